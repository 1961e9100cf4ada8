"""Rules that rest on what registers never hold: constant, opposite and computable ones, and simpler tests.

The facts are conjectures from reached states and from random walks; the verifier proves what is made of
them. A register that others determine is a functional dependency (Jiang & Brayton 2004).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from proofsmith.agents.policies.verilog.logic import MAX_INPUTS, Table, expression_of, literals
from proofsmith.agents.policies.verilog.registers import computed_instead
from proofsmith.agents.policies.verilog.rewrite import Design, Rewrite, rewritten
from proofsmith.verilog.constants import COMPARISONS
from proofsmith.verilog.edits import Edit, replace_expression
from proofsmith.verilog.evaluate import Unknown, evaluate
from proofsmith.verilog.printing import text_of
from proofsmith.verilog.relations import relations
from proofsmith.verilog.stepping import State, system_of
from proofsmith.verilog.syntax import (
    Binary,
    Concat,
    Expr,
    Index,
    Name,
    Number,
    Unary,
    names,
    walk,
)

MAX_REGISTERS = 64
_MAX_BITS = 10
_MAX_SOURCE_BITS = 8
_MAX_DETERMINED = 8
"""Widest register that is computed from others, in bits."""
_MAX_COMPANIONS = 8
_FLIP_FLOP, _GATE = 24, 8
"""About what a flip-flop and a literal of logic take, in transistors."""
_LONGEST_NOTE = 40


def register_facts(design: Design) -> Iterator[Rewrite]:
    """Registers that are constant, that are equal or opposite to another, or that others determine."""
    known = design.states.functions
    signals = design.module.signals()
    registers = [n for n, f in known.items() if f.registered and not signals[n].signed][:MAX_REGISTERS]
    system = system_of(design.scope, registers) if registers else None
    if system is None:
        return
    order = sorted(range(len(system.registers)), key=lambda i: not signals[system.registers[i]].direction)
    found = relations(system, order, _compared_with(design))
    for r in found:
        name = system.registers[r.register]
        if name not in registers:
            continue
        if r.source is None:
            value: Expr = Number(r.value, system.widths[r.register])
            thought = f"{name} always holds {text_of(value)}."
            yield from _computed(design, name, value, "constant-register", thought, 5.0)
            continue
        other = system.registers[r.source]
        if r.value:
            thought = f"{name} is always the opposite of {other}."
            yield from _computed(design, name, Unary("~", Name(other)), "opposite-register", thought, 4.0)
        else:
            thought = f"{name} always holds the value of {other}."
            yield from _computed(design, name, Name(other), "merge-registers", thought, 4.0)
    related = {system.registers[r.register] for r in found}
    for name in registers:
        if name not in related:
            yield from _determined(design, name, registers)


def _compared_with(design: Design) -> list[int]:
    """The constants that the design speaks of, on which its paths depend."""
    found = {node.value for node in walk(design.module) if isinstance(node, Number)}
    return sorted(v for v in found | set(design.scope.constants.values()) if v is not None)[:200]


def _determined(design: Design, name: str, registers: Sequence[str]) -> Iterator[Rewrite]:
    """A register whose value follows from one or two others in every state that is reached."""
    width = design.scope.signal_width(name) or 0
    around = design.states.around(name)
    if around is None or not 0 < width <= _MAX_DETERMINED:
        return
    others = [n for n in around.registers if n != name and n in registers]
    for count in (1, 2):
        for sources in combinations(others, count):
            bits = _bits(design, sources)
            if bits is None or len(bits) > _MAX_SOURCE_BITS:
                continue
            value = _as_function(around.values([*sources, name]), bits, sources, width)
            if value is not None and literals(value) * _GATE < _FLIP_FLOP * width + _GATE:
                thought = f"{name} follows from {' and '.join(sources)} in every state that is reached."
                yield from _computed(design, name, value, "dependent-register", thought, 3.0)
                return
    yield from _in_step(design, name, [n for n in registers if n != name and n not in around.registers])


def _in_step(design: Design, name: str, others: Sequence[str]) -> Iterator[Rewrite]:
    """A register that goes through its states in step with another one, which it does not depend on."""
    width = design.scope.signal_width(name) or 0
    for other in others[:_MAX_COMPANIONS]:
        bits = _bits(design, [other])
        if bits is None or len(bits) > _MAX_SOURCE_BITS:
            continue
        both = design.states.jointly(name, other)
        value = None if both is None else _as_function(both.values([other, name]), bits, [other], width)
        if value is not None and literals(value) * _GATE < _FLIP_FLOP * width + _GATE:
            thought = f"{name} goes in step with {other}, from which it can be told."
            yield from _computed(design, name, value, "dependent-register", thought, 3.0)
            return


def _as_function(
    states: frozenset[State], bits: list[tuple[str, int]], sources: Sequence[str], width: int
) -> Expr | None:
    """The last value of each state as logic of the others; ``None`` if these do not determine it."""
    rows: dict[int, int] = {}
    for state in states:
        if rows.setdefault(_row(state, bits, sources), state[-1]) != state[-1]:
            return None
    free = frozenset(range(1 << len(bits))).difference(rows)
    signals = [_bit(n, i, all(b != (n, 1) for b in bits)) for n, i in bits]
    parts = [
        expression_of(Table(len(bits), frozenset(r for r, v in rows.items() if v >> i & 1), free), signals)
        for i in reversed(range(width))
    ]
    return parts[0] if width == 1 else Concat(tuple(parts))


def _computed(
    design: Design, name: str, value: Expr, rule: str, thought: str, weight: float
) -> Iterator[Rewrite]:
    edits = computed_instead(design, name, value)
    if edits:
        yield from rewritten(design, edits, rule, thought, weight)


# -- tests of registers -----------------------------------------------------------------------------


def simplify_tests(design: Design) -> Iterator[Rewrite]:
    """Test only those bits of registers that tell the values apart which they have: all tests, then each."""
    edits: list[tuple[Edit, str]] = []
    done: list[tuple[int, int]] = []
    for site in design.sites:
        e, (start, end) = site.expr, site.expr.at
        inside = any(a <= start and end <= b for a, b in done)
        if start < 0 or inside or site.frozen & names(e) or not _is_test(design, e):
            continue
        new = _simplified(design, e)
        if new is not None:
            done.append((start, end))
            edits.append(_noted(design, e, new))
    for chosen in [edits, *([e] for e in edits)] if len(edits) > 1 else [edits] if edits else []:
        told = ", ".join(text for _, text in chosen[:3]) + (", ..." if len(chosen) > 3 else "")
        thought = f"Of the values that registers have, fewer bits tell: {told}."
        yield from rewritten(design, [edit for edit, _ in chosen], "simplify-tests", thought, 3.0)


def _is_test(design: Design, e: Expr) -> bool:
    return design.scope.width(e) == 1 and any(
        isinstance(n, Binary) and n.operator in COMPARISONS for n in walk(e)
    )


def _noted(design: Design, old: Expr, new: Expr) -> tuple[Edit, str]:
    """The edit, with what stood there as a comment if that is short."""
    edit = replace_expression(design.source, old, new)
    text = text_of(old, design.source)
    short = len(text) <= _LONGEST_NOTE and "/" not in text and "\n" not in text
    return (Edit(edit.start, edit.end, f"{edit.text} /* {text} */") if short else edit), text


def _simplified(design: Design, e: Expr) -> Expr | None:
    """A shorter test that agrees on all values that are reached; ``None`` if none is known."""
    used = sorted(names(e) - design.scope.constants.keys())
    if not used or any(n not in design.states.functions for n in used):
        return None
    if any(not design.states.functions[n].registered for n in used):
        return None
    bits = _bits(design, used)
    size = sum(_test_size(design, n) for n in walk(e) if isinstance(n, Binary))
    if bits is not None and len(bits) <= _MAX_BITS:
        states = design.states.together(used)
        new = None if states is None else _of_table(design, e, used, bits, states)
    else:
        new = _at_end(design, e)
    return None if new is None or literals(new) >= size else new


def _test_size(design: Design, e: Binary) -> int:
    return (design.scope.width(e.left) or 1) if e.operator in COMPARISONS else 0


def _of_table(
    design: Design, e: Expr, used: Sequence[str], bits: list[tuple[str, int]], states: frozenset[State]
) -> Expr | None:
    ones: set[int] = set()
    seen: set[int] = set()
    for state in states:
        row = _row(state, bits, used)
        seen.add(row)
        try:
            if evaluate(e, design.scope, dict(zip(used, state, strict=True))):
                ones.add(row)
        except Unknown:
            return None
    free = frozenset(range(1 << len(bits))) - seen
    signals = [_bit(n, i, design.scope.signal_width(n) == 1) for n, i in bits]
    new = expression_of(Table(len(bits), frozenset(ones), free), signals)
    for row in free:  # what these bits alone would need; without a gain over it ABC does as well
        values = _values_of(row, bits)
        try:
            if evaluate(e, design.scope, values):
                ones.add(row)
        except Unknown:
            return None
    plain = expression_of(Table(len(bits), frozenset(ones)), signals)
    return new if literals(new) < literals(plain) else None


def _values_of(row: int, bits: list[tuple[str, int]]) -> dict[str, int]:
    values: dict[str, int] = {}
    for place, (name, i) in enumerate(bits):
        values[name] = values.get(name, 0) | (row >> (len(bits) - 1 - place) & 1) << i
    return values


def _at_end(design: Design, e: Expr) -> Expr | None:
    """``q == K`` where K is the largest value: all bits of K are set; where it is the least, none others."""
    if not isinstance(e, Binary) or e.operator not in ("==", "!=", ">=", "<"):
        return None
    value = design.scope.value(e.right)
    interval = design.states.ranges.get(e.left.name) if isinstance(e.left, Name) else None
    if value is None or interval is None or value != interval[1] or value < 1:
        return None
    ones = [Index(e.left, Number(i)) for i in reversed(range(value.bit_length())) if value >> i & 1]
    result: Expr = ones[0]
    for one in ones[1:]:
        result = Binary("&", result, one)
    return result if e.operator in ("==", ">=") else Unary("~", result)


def _bits(design: Design, used: Sequence[str]) -> list[tuple[str, int]] | None:
    """The bits of signals, highest first; ``None`` if their ranges do not end at 0."""
    found: list[tuple[str, int]] = []
    for name in used:
        bounds = design.scope.bounds(name)
        if bounds is None or bounds[1] != 0 or bounds[0] >= MAX_INPUTS:
            return None
        found += [(name, i) for i in reversed(range(bounds[0] + 1))]
    return found


def _bit(name: str, i: int, whole: bool) -> Expr:
    return Name(name) if whole else Index(Name(name), Number(i))


def _row(state: State, bits: list[tuple[str, int]], used: Sequence[str]) -> int:
    values = dict(zip(used, state, strict=False))
    row = 0
    for name, i in bits:
        row = row << 1 | values[name] >> i & 1
    return row
