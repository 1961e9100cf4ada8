"""A rule for small functions: written anew from their truth tables, with states never reached left free."""

from __future__ import annotations

from collections.abc import Iterator

from proofsmith.agents.policies.verilog.logic import Table, expression_of, literals
from proofsmith.agents.policies.verilog.places import Place, places
from proofsmith.agents.policies.verilog.rewrite import Design, Rewrite, rewritten
from proofsmith.verilog.evaluate import Unknown, evaluate
from proofsmith.verilog.syntax import (
    Binary,
    Choice,
    Concat,
    Expr,
    Index,
    Name,
    Number,
    Unary,
    names,
    walk,
)

MAX_BITS = 9
MAX_WIDTH = 8
MAX_LITERALS = 60
"""Longest logic that is still read by people."""


def minimise_logic(design: Design) -> Iterator[Rewrite]:
    """Write signals and registers of few inputs as minimised logic."""
    for place in places(design):
        if any(gives_names(design, e) for e in place.values.values()) or not computes(place):
            continue
        new: dict[str, Expr] = {}
        for name, value in place.values.items():
            found = _minimised(design, name, value)
            if found is not None:
                new[name] = found
        if len(new) == len(place.values) and sum(map(literals, new.values())) <= MAX_LITERALS:
            thought = f"{_told(place)} by truth table, minimised."
            yield from rewritten(design, [place.edit(new)], "minimise-logic", thought, 1.5)


def _told(place: Place) -> str:
    return " and ".join(place.values) + (" (next value)" if place.registered else "")


def computes(place: Place) -> bool:
    """Whether there is more than wires that go elsewhere."""
    kinds = (Binary, Choice, Unary)
    return any(isinstance(n, kinds) for value in place.values.values() for n in walk(value))


def gives_names(design: Design, e: Expr) -> bool:
    """Whether results are named constants (states, for example), which would be lost."""
    if isinstance(e, Choice):
        return gives_names(design, e.then) or gives_names(design, e.other)
    return isinstance(e, Name) and e.name in design.scope.constants


def _minimised(design: Design, name: str, value: Expr) -> Expr | None:
    scope = design.scope
    width = scope.signal_width(name)
    support = sorted(names(value) - scope.constants.keys())
    widths = {n: scope.signal_width(n) for n in support}
    bits = [(n, i) for n in support for i in reversed(range(widths[n] or 0))]
    known = all(w is not None and scope.bounds(n) == (w - 1, 0) for n, w in widths.items())
    if not known or width is None or width > MAX_WIDTH or not 1 < len(bits) <= MAX_BITS:
        return None
    free = set(_never(design, bits))
    ones: list[set[int]] = [set() for _ in range(width)]
    for row in range(1 << len(bits)):
        values: dict[str, int] = dict.fromkeys(support, 0)
        for place, (source, i) in enumerate(bits):
            values[source] |= (row >> (len(bits) - 1 - place) & 1) << i
        try:
            result = 0 if row in free else evaluate(value, scope, values, width)
        except Unknown:  # an x in the source, a division by zero: whatever is best
            free.add(row)
            continue
        for i in range(width):
            if result >> i & 1:
                ones[i].add(row)
    if len(free) == 1 << len(bits):
        return None
    signals = [Name(n) if widths[n] == 1 else Index(Name(n), Number(i)) for n, i in bits]
    parts = [expression_of(Table(len(bits), frozenset(o), frozenset(free)), signals) for o in reversed(ones)]
    return parts[0] if width == 1 else Concat(tuple(parts))


def _never(design: Design, bits: list[tuple[str, int]]) -> frozenset[int]:
    """The rows whose registers hold values that are not reached together."""
    functions = design.states.functions
    registers = sorted({n for n, _ in bits if n in functions and functions[n].registered})
    registers = [r for r in registers if design.states.around(r) is not None]
    states = design.states.together(registers) if registers else None
    if states is None:
        return frozenset()
    never = set()
    for row in range(1 << len(bits)):
        values = dict.fromkeys(registers, 0)
        for place, (name, i) in enumerate(bits):
            if name in values:
                values[name] |= (row >> (len(bits) - 1 - place) & 1) << i
        if tuple(values.values()) not in states:
            never.add(row)
    return frozenset(never)
