"""Bodies that a candidate may write: those that are missing, and those marked ``// PROOFSMITH: body``.

A method or lemma without a body is open. A function is open only where the marker stands, because a
function without a body may be meant as one of which nothing is known. A marked block may get any
statements beside those it has.
"""

from __future__ import annotations

from proofsmith.dafny.declarations import Function, FunctionBody, Method, Program
from proofsmith.dafny.nodes import walk
from proofsmith.dafny.parser import BODY_MARKER
from proofsmith.dafny.statements import Alternative, Block, MatchStatementCase

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
        return node.body is None
    if isinstance(node.body, FunctionBody):
        return node.body.value is None
    return BODY_MARKER in program.tokens[node.last].before


def open_bodies(program: Program) -> tuple[Method | Function, ...]:
    """Return the methods, lemmas and functions with a body, or part of one, to be written."""
    found = []
    for node in program.callables():
        rows = [n for n in walk(node) if isinstance(n, Row)]
        if is_open(program, node) or any(is_marked(program, row) for row in rows):
            found.append(node)
    return tuple(found)
