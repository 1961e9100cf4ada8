"""Reads Verilog expressions (IEEE 1364-2005, clause 5; operators and precedence of table 5-4)."""

from __future__ import annotations

from proofsmith.verilog.cursor import Cursor
from proofsmith.verilog.syntax import (
    Binary,
    Call,
    Choice,
    Concat,
    Expr,
    Index,
    Name,
    Number,
    Opaque,
    Repeat,
    Slice,
    Unary,
)

PRECEDENCE = {
    "**": 12, "*": 11, "/": 11, "%": 11, "+": 10, "-": 10, "<<": 9, ">>": 9, "<<<": 9, ">>>": 9,
    "<": 8, "<=": 8, ">": 8, ">=": 8, "==": 7, "!=": 7, "===": 7, "!==": 7, "==?": 7, "!=?": 7,
    "&": 6, "^": 5, "~^": 5, "|": 4, "&&": 3, "||": 2,
}  # fmt: skip
CHOICE_PRECEDENCE = 1
UNARY_PRECEDENCE = 13
UNARY = ("+", "-", "!", "~", "&", "|", "^", "~&", "~|", "~^")


def read_expression(c: Cursor, least: int = 0) -> Expr:
    """Read an expression whose operators bind at least as tightly as `least`."""
    start = c.start
    left = _unary(c)
    while True:
        operator = {"^~": "~^"}.get(c.here.text, c.here.text)
        strength = PRECEDENCE.get(operator, -1)
        if c.here.kind == "operator" and strength >= max(least, 2):
            c.next()
            right = read_expression(c, strength + 1)
            left = Binary(operator, left, right, at=(start, c.end))
        elif least <= CHOICE_PRECEDENCE and c.at("?"):
            c.next()
            then = read_expression(c)
            c.need(":")
            other = read_expression(c, CHOICE_PRECEDENCE)
            return Choice(left, then, other, at=(start, c.end))
        else:
            return left


def _unary(c: Cursor) -> Expr:
    start = c.start
    operator = {"^~": "~^"}.get(c.here.text, c.here.text)
    if c.here.kind == "operator" and operator in UNARY:
        c.next()
        return Unary(operator, _unary(c), at=(start, c.end))
    return _primary(c)


def _primary(c: Cursor) -> Expr:
    start, place = c.start, c.place
    token = c.here
    if token.kind == "number":
        c.next()
        if c.at("'"):
            return _cast(c, start, place)
        return number(token.text, (token.start, token.end))
    if token.kind == "string" or token.kind == "macro":
        c.next()
        if c.at("("):
            c.skip_group()
        return Opaque(c.source[start : c.end], c.names_since(place), at=(start, c.end))
    if token.kind == "system":
        c.next()
        return Call(token.text, _arguments(c) if c.at("(") else (), at=(start, c.end))
    if token.text == "(":
        c.next()
        inner = read_expression(c)
        c.need(")")
        return _cast(c, start, place) if c.at("'") else inner
    if token.text == "{":
        return _selected(c, _braces(c), start)
    if token.kind != "name":
        raise c.error(f"expected an expression, found {token.text or 'the end'!r}")
    c.next()
    if c.at("(") and token.text not in KEYWORDS:
        return Call(token.text, _arguments(c), at=(start, c.end))
    if c.at("'", ".", "::"):
        return _cast(c, start, place)
    return _selected(c, Name(token.text, at=(token.start, token.end)), start)


def _cast(c: Cursor, start: int, place: int) -> Expr:
    """``8'(x)``, ``a.b.c``, ``p::X``: kept as text."""
    while c.take("'", ".", "::"):
        if c.at("(", "{"):
            c.skip_group()
        else:
            c.next()
    while c.at("[", "("):
        c.skip_group()
    return Opaque(c.source[start : c.end], c.names_since(place), at=(start, c.end))


def _arguments(c: Cursor) -> tuple[Expr, ...]:
    c.need("(")
    found: list[Expr] = []
    while not c.take(")"):
        found.append(read_expression(c))
        c.take(",")
    return tuple(found)


def _braces(c: Cursor) -> Expr:
    start = c.start
    c.need("{")
    first = read_expression(c)
    if c.at("{"):
        c.need("{")
        parts = _parts(c)
        c.need("}")
        c.need("}")
        return Repeat(first, parts, at=(start, c.end))
    parts = (first, *_parts(c)) if c.take(",") else (first,)
    c.need("}")
    return Concat(parts, at=(start, c.end))


def _parts(c: Cursor) -> tuple[Expr, ...]:
    found = [read_expression(c)]
    while c.take(","):
        found.append(read_expression(c))
    return tuple(found)


def _selected(c: Cursor, base: Expr, start: int) -> Expr:
    while c.at("["):
        c.next()
        left = read_expression(c)
        if c.at(":", "+:", "-:"):
            kind = c.next().text
            right = read_expression(c)
            c.need("]")
            base = Slice(base, kind, left, right, at=(start, c.end))
        else:
            c.need("]")
            base = Index(base, left, at=(start, c.end))
    return base


def read_target(c: Cursor) -> Expr:
    """Read the left side of an assignment."""
    if c.at("{"):
        return _braces(c)
    token = c.need_name()
    if c.at(".", "::"):
        raise c.error("a hierarchical name is outside of what is supported")
    return _selected(c, Name(token.text, at=(token.start, token.end)), token.start)


def number(text: str, at: tuple[int, int]) -> Number:
    """Return the literal `text`."""
    digits = text.replace("_", "").replace(" ", "").replace("\n", "").lower()
    if "'" not in digits:
        whole = digits.isdigit()
        return Number(int(digits) if whole else None, None, whole, text, at=at)
    size, _, rest = digits.partition("'")
    if rest in ("0", "1", "x", "z") and not size:
        return Number(int(rest) if rest.isdigit() else None, None, False, text, True, at=at)
    signed = rest.startswith("s")
    rest = rest.removeprefix("s")
    base = {"b": 2, "o": 8, "d": 10, "h": 16}[rest[0]]
    width = int(size) if size else None
    if any(d in "xz?" for d in rest[1:]):
        return Number(None, width, signed, text, at=at)
    value = int(rest[1:], base)
    if width is not None:
        value &= (1 << width) - 1
    return Number(value, width, signed, text, at=at)


KEYWORDS = frozenset(
    """always always_comb always_ff always_latch assign begin case casex casez default else end endcase
    endfunction endgenerate endmodule endtask for function generate genvar if initial inout input integer
    localparam logic module negedge or output parameter posedge reg signed task typedef unique priority
    while wire""".split()  # noqa: SIM905
)
"""Reserved words of the subset, which no name may be."""
