"""Which parts of sequences recursive functions are called with, and which they recurse on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from proofsmith.agents.policies.dafny.context import functions_of
from proofsmith.agents.policies.dafny.formula import Formula
from proofsmith.dafny import expressions as ex
from proofsmith.dafny.declarations import Program
from proofsmith.dafny.interpret_domains import stripped
from proofsmith.dafny.nodes import Expression, Node, walk

_FRONT, _BACK = "..i", "i.."

Call = tuple[str, int, str]
"""A function, the number of an argument, and whether that is the front or the back of a sequence."""


@dataclass(frozen=True)
class Parts:
    """The calls with parts of sequences in a formula.

    Attributes:
        calls: those of recursive functions. Two formulas that say the same of different parts
            are proved in different ways.
        fit: whether each part is one that the function recurses on, so that a step of a loop is one of its.
    """

    calls: frozenset[Call]
    fit: bool


def parts_in(found: Formula, recursed: frozenset[Call]) -> Parts:
    """Return the calls with parts of sequences in a formula, of functions of which some are `recursed` on."""
    functions = {name for name, _, _ in recursed}
    calls = frozenset(c for c in _calls(found.tree) if c[0] in functions)
    known = {(name, place) for name, place, _ in recursed}
    return Parts(calls, all(c in recursed for c in calls if c[:2] in known))


def recursed_on(program: Program) -> frozenset[Call]:
    """Return the calls with parts of sequences that functions make of themselves."""
    return frozenset(
        call
        for f in functions_of(program)
        if f.body is not None
        for call in _calls(f.body)
        if call[0] == f.name
    )


def _calls(tree: Node) -> Iterator[Call]:
    for node in walk(tree):
        if isinstance(node, ex.Call) and isinstance(node.callee, ex.Name):
            for place, argument in enumerate(node.arguments):
                part = _part(stripped(argument))
                if part:
                    yield node.callee.name, place, part


def _part(e: Expression) -> str:
    if not isinstance(e, ex.Slice) or (e.low is None) == (e.high is None):
        return ""
    return _BACK if e.high is None else _FRONT
