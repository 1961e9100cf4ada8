"""Single-operator mutants of a Verilog module: what a verifier has to tell apart from the original."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from proofsmith.verilog.edits import Edit, apply
from proofsmith.verilog.printing import text_of
from proofsmith.verilog.reading import read_modules
from proofsmith.verilog.syntax import (
    Always,
    Binary,
    Choice,
    Continuous,
    Event,
    Expr,
    If,
    Node,
    Number,
    Unary,
    walk,
)

SWAPS = {
    "+": ("-", "|"), "-": ("+",), "*": ("+",), "&": ("|", "^"), "|": ("&", "^"), "^": ("&", "|", "~^"),
    "~^": ("^",), "&&": ("||",), "||": ("&&",), "==": ("!=",), "!=": ("==",), "<": ("<=", ">="),
    "<=": ("<", ">"), ">": (">=", "<="), ">=": (">", "<"), "<<": (">>",), ">>": ("<<",),
    "/": ("%",), "%": ("/",),
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """A changed text: what was changed, at which one-based line."""

    source: str
    change: str
    line: int


def mutants(source: str) -> tuple[Mutant, ...]:
    """Return every mutant of `source` with one operator, literal, condition, branch or edge changed.

    Some of them behave like the original. Constant expressions of declarations are left alone.

    Raises:
        BadInput: `source` cannot be read.
    """
    found: list[Mutant] = []
    for module in read_modules(source):
        for item in module.items:
            if not isinstance(item, Always | Continuous):
                continue
            for node in walk(item):
                for edit, change in _changes(node, source):
                    line = source.count("\n", 0, edit.start) + 1
                    found.append(Mutant(apply(source, [edit]), change, line))
    return tuple(found)


def _changes(node: Node, source: str) -> Iterator[tuple[Edit, str]]:
    match node:
        case Binary():
            for operator in SWAPS.get(node.operator, ()):
                yield _between(node, operator, source), f"{node.operator} to {operator}"
        case Unary() if node.operator in ("~", "!"):
            start = node.at[0]
            yield Edit(start, start + 1, " "), f"{node.operator} removed"
        case Choice():
            swapped = replace(node, then=node.other, other=node.then)
            yield _whole(node, swapped, source), "branches of ?: exchanged"
        case If():
            start, end = node.condition.at
            yield Edit(start, end, f"!({source[start:end]})"), "condition negated"
        case Number() if node.value is not None and node.width is not None and not node.signed:
            value = node.value ^ 1
            yield Edit(*node.at, f"{node.width}'d{value}"), "lowest bit of a literal flipped"
        case Event() if node.edge:
            other = "negedge" if node.edge == "posedge" else "posedge"
            start = node.at[0]
            yield Edit(start, start + 7, other), f"{node.edge} to {other}"


def _between(node: Binary, operator: str, source: str) -> Edit:
    """The edit of the operator between the operands, which may stand in parentheses."""
    start, end = node.left.at[1], node.right.at[0]
    gap = source[start:end]
    spelled = node.operator if node.operator in gap else "^~"
    at = start + gap.index(spelled)
    return Edit(at, at + len(spelled), operator)


def _whole(old: Choice, new: Expr, source: str) -> Edit:
    assert isinstance(new, Choice)
    parts = [f"({text_of(p, source)})" for p in (new.condition, new.then, new.other)]
    return Edit(*old.at, f"{parts[0]} ? {parts[1]} : {parts[2]}")
