"""Bodies that a candidate may write: those that are missing, and those marked ``// PROOFSMITH: body``.

A method or lemma without a body is open, unless its author says that none is to come: by ``{:axiom}`` or
``{:extern}``, or by leaving it to classes and modules that refine it (in a trait or abstract module). A
function is open only where the marker stands, because a function without a body may be meant as one of
which nothing is known. A marked block may get any statements beside those it has.
"""

from __future__ import annotations

from proofsmith.dafny.declarations import Class, Function, FunctionBody, Method, Module, Program
from proofsmith.dafny.nodes import Node, walk
from proofsmith.dafny.parser import BODY_MARKER
from proofsmith.dafny.statements import Alternative, Block, MatchStatementCase

_ELSEWHERE = ("axiom", "extern")

Row = Block | Alternative | MatchStatementCase
"""Nodes whose statements stand in a row, to which others may be added."""


def is_marked(program: Program, row: Row) -> bool:
    """Say whether the marker stands directly in a row of statements."""
    places = [s.first for s in row.statements]
    places.append(row.last - 1 if isinstance(row, Block) else row.last)
    return any(BODY_MARKER in program.tokens[place].before for place in places)


def is_open(program: Program, node: Method | Function) -> bool:
    """Say whether the whole body of a method, lemma or function is to be written."""
    if node.skeleton:
        return False
    if isinstance(node, Method):
        return node.body is None and (is_called_for(program, node) or not _is_left_open(program, node))
    if isinstance(node.body, FunctionBody):
        return node.body.value is None
    return is_called_for(program, node)


def is_called_for(program: Program, node: Method | Function) -> bool:
    """Say whether the marker asks for a whole body: behind the header, or in the braces of a function."""
    if node.body is None:
        return BODY_MARKER in program.tokens[node.last].before
    return isinstance(node.body, FunctionBody) and node.body.value is None


def _is_left_open(program: Program, node: Method) -> bool:
    """Say whether the author of a method without a body says that it has none here."""
    if any(a.name.lstrip("@").lower() in _ELSEWHERE for a in node.attributes):
        return True
    return any(_is_abstract(outer) and _holds(outer, node) for outer in walk(program))


def _is_abstract(outer: Node) -> bool:
    if isinstance(outer, Class):
        return outer.kind == "trait"
    return isinstance(outer, Module) and ("abstract" in outer.modifiers or bool(outer.refines))


def _holds(outer: Node, node: Node) -> bool:
    return outer.first <= node.first and node.last <= outer.last


def open_bodies(program: Program) -> tuple[Method | Function, ...]:
    """Return the methods, lemmas and functions with a body, or part of one, to be written."""
    found = []
    for node in program.callables():
        rows = [n for n in walk(node) if isinstance(n, Row)]
        if is_open(program, node) or any(is_marked(program, row) for row in rows):
            found.append(node)
    return tuple(found)
