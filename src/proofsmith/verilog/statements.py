"""Reads procedural statements; loops and other statements outside of the subset are kept as text."""

from __future__ import annotations

from proofsmith.verilog.cursor import Cursor
from proofsmith.verilog.expressions import read_expression, read_target
from proofsmith.verilog.syntax import Arm, Assign, Block, Case, Empty, Expr, If, Opaque, Statement


def read_statement(c: Cursor) -> Statement:
    """Read one statement, its semicolon included."""
    start, place = c.start, c.place
    if c.take(";"):
        return Empty(at=(start, c.end))
    if c.at("begin"):
        return _block(c)
    if c.at("unique", "unique0", "priority"):
        c.next()
    if c.at("if"):
        return _if(c, start)
    if c.at("case", "casez", "casex"):
        return _case(c, start)
    if c.at("for", "while", "repeat", "forever", "#", "@", "wait"):
        return _timed(c)
    if c.here.kind == "system" or c.at("fork", "->", "disable", "return", "break", "continue", "assert"):
        c.skip_past(";")
        return _opaque(c, start, place)
    if c.here.kind != "name" and not c.at("{"):
        raise c.error(f"expected a statement, found {c.here.text or 'the end'!r}")
    return _assignment(c, start, place)


def _assignment(c: Cursor, start: int, place: int) -> Statement:
    declared = c.at("integer", "reg", "logic", "int", "automatic", "static", "bit")
    called = c.ahead().text in ("(", ";") or c.ahead().kind == "name"
    if declared or called or c.ahead().text in (".", "::"):
        c.skip_past(";")
        return _opaque(c, start, place)
    target = read_target(c)
    if not c.at("=", "<="):  # +=, ++ and the like
        c.skip_past(";")
        return _opaque(c, start, place)
    blocking = c.next().text == "="
    if c.at("#", "@"):
        c.skip_past(";")
        return _opaque(c, start, place)
    value = read_expression(c)
    c.need(";")
    return Assign(target, value, blocking, at=(start, c.end))


def _block(c: Cursor) -> Block:
    start = c.start
    c.need("begin")
    label = c.need_name().text if c.take(":") else ""
    body: list[Statement] = []
    while not c.take("end"):
        body.append(read_statement(c))
    if c.take(":"):
        c.need_name()
    return Block(tuple(body), label, at=(start, c.end))


def _if(c: Cursor, start: int) -> If:
    c.need("if")
    c.need("(")
    condition = read_expression(c)
    c.need(")")
    then = read_statement(c)
    other = read_statement(c) if c.take("else") else None
    return If(condition, then, other, at=(start, c.end))


def _case(c: Cursor, start: int) -> Case:
    kind = c.next().text
    c.need("(")
    subject = read_expression(c)
    c.need(")")
    arms: list[Arm] = []
    while not c.take("endcase"):
        begins = c.start
        labels: tuple[Expr, ...] = ()
        if c.take("default"):
            c.take(":")
        else:
            found = [read_expression(c)]
            while c.take(","):
                found.append(read_expression(c))
            c.need(":")
            labels = tuple(found)
        body = read_statement(c)
        arms.append(Arm(labels, body, at=(begins, c.end)))
    return Case(kind, subject, tuple(arms), at=(start, c.end))


def _timed(c: Cursor) -> Opaque:
    """A loop or a delay, with the statement that it governs, as text."""
    start, place = c.start, c.place
    word = c.next().text
    if c.at("("):
        c.skip_group()
    elif word in ("#", "@", "repeat"):
        c.next()
    read_statement(c)
    return _opaque(c, start, place)


def _opaque(c: Cursor, start: int, place: int) -> Opaque:
    return Opaque(c.source[start : c.end], c.names_since(place), at=(start, c.end))
