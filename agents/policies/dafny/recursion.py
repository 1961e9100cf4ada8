"""Measures of functions that call themselves or each other, chosen on the calls that real values lead to."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import permutations, product
from typing import Any

from proofsmith.agents.policies.dafny.formula import Formula, formula
from proofsmith.dafny import expressions as ex
from proofsmith.dafny.declarations import Function, Program
from proofsmith.dafny.interpret import Frame, Machine
from proofsmith.dafny.interpret_values import Bag, Data, Map, Ref, Trouble, Value
from proofsmith.dafny.nodes import walk

_INTEGERS = ("int", "nat")
_NOTHING = Formula("0")
_SINGLES = 12
_TRIES = 150
_CALLS = 160
_GAS = 1500
_TOGETHER = 400
"""So many choices of measures for functions that call each other are looked at."""

Measure = tuple[Formula, ...]


@dataclass
class Tracer(Machine):
    """A machine that remembers which call of which function made which."""

    program: Program
    rng: random.Random
    pairs: list[tuple[str, tuple[Value, ...], str, tuple[Value, ...]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(self.program, self.rng)
        self._above: list[tuple[str, tuple[Value, ...]]] = []

    def call_named(self, name: str, given: Sequence[Value], frame: Frame) -> Value:
        """See `Machine.call_named`."""
        if name not in self.functions:
            return super().call_named(name, given, frame)
        if self._above and len(self.pairs) < _CALLS:
            self.pairs.append((*self._above[-1], name, tuple(given)))
        self._above.append((name, tuple(given)))
        try:
            return super().call_named(name, given, frame)
        finally:
            self._above.pop()


class Recursion:
    """The recursion of a program's functions.

    Args:
        program: with functions.
        seed: of the random values.
    """

    def __init__(self, program: Program, seed: int) -> None:
        self._program, self._seed = program, seed
        self._functions = {
            f.name: f for f in program.callables() if isinstance(f, Function) and f.body is not None
        }

    def group(self, function: Function) -> list[Function]:
        """Return the functions that call each other with `function`, and itself."""
        below = {name: self._called(f) for name, f in self._functions.items()}
        reached = _reached(function.name, below)
        return [
            f for n, f in self._functions.items() if n in reached and function.name in _reached(n, below)
        ] or [function]

    def measures(self, function: Function, texts: Sequence[str]) -> list[str]:
        """Return those of `texts` that decrease, as tuples, on every call seen; all if none was seen."""
        group = self.group(function)
        if len(group) > 1:
            return self._together(function, group)
        pairs, machine = self._observed(group)
        if not pairs:  # what is no integer goes down more often
            ints = {p.name for p in function.parameters if p.type is not None and p.type.name in _INTEGERS}
            return sorted(texts, key=lambda t: bool((formula(t.partition(",")[0]) or _NOTHING).names & ints))
        singles = [t for t in texts if "," not in t]
        further = [f"{a}, {b}" for a, b in permutations(singles[:_SINGLES], 2)]
        wanted = [t for t in dict.fromkeys(texts) if self._decreases({function.name: t}, pairs, machine)]
        return wanted or [t for t in further if self._decreases({function.name: t}, pairs, machine)]

    def _together(self, function: Function, group: list[Function]) -> list[str]:
        """Measures of a function that go with those of the others: a term each, and an order of names."""
        pairs, machine = self._observed(group)
        terms = [list(_terms(f)) for f in group]
        orders = list(permutations(range(len(group)))) if len(group) < 4 else [tuple(range(len(group)))]
        found: list[str] = []
        for k, (chosen, order) in enumerate(product(product(*terms), [None, *orders])):
            if k > _TOGETHER:
                break
            ends = ["" if order is None else f", {order[n]}" for n in range(len(group))]
            whole = {f.name: t + e for f, t, e in zip(group, chosen, ends, strict=True)}
            if not pairs or self._decreases(whole, pairs, machine):
                found.append(whole[function.name])
        return found

    def _observed(
        self, group: list[Function]
    ) -> tuple[list[tuple[str, tuple[Value, ...], str, tuple[Value, ...]]], Machine]:
        """The calls among a group of functions that random values lead to."""
        rng = random.Random(self._seed)
        machine = Tracer(self._program, rng)
        names = {f.name for f in group}
        ends = time.monotonic() + 1.0
        for k in range(_TRIES):
            function = group[k % len(group)]
            machine.maker.mood()
            frame = machine.empty_frame()
            try:
                given = [machine.maker.value(p.type, frame.heap) for p in function.parameters if p.type]
                call = ex.Call(ex.Name(function.name), tuple(ex.Name(p.name) for p in function.parameters))
                values = dict(zip((p.name for p in function.parameters), given, strict=True))
                machine.evaluate(call, frame.with_vars(values), _GAS)
            except Trouble:
                pass
            if time.monotonic() > ends or len(machine.pairs) >= _CALLS:
                break
        return [p for p in machine.pairs if p[0] in names and p[2] in names], machine

    def _decreases(self, texts: dict[str, str], pairs: Sequence[Any], machine: Machine) -> bool:
        measures = {name: measure(text) for name, text in texts.items()}
        for caller, before, callee, after in pairs:
            one, other = measures[caller], measures[callee]
            if one is None or other is None:
                return False
            first = self._values(machine, self._functions[caller], before, one)
            second = self._values(machine, self._functions[callee], after, other)
            if first is None or second is None or not _less(second, first):
                return False
        return True

    def _values(
        self, machine: Machine, function: Function, given: tuple[Value, ...], terms: Measure
    ) -> list[int] | None:
        frame = machine.empty_frame().with_vars(
            dict(zip((p.name for p in function.parameters), given, strict=False))
        )
        try:
            return [_rank(machine.evaluate(t.tree, frame, _GAS)) for t in terms]
        except Trouble:
            return None

    def _called(self, function: Function) -> set[str]:
        return {
            n.callee.name
            for n in walk(function)
            if isinstance(n, ex.Call) and isinstance(n.callee, ex.Name) and n.callee.name in self._functions
        }


def _reached(name: str, below: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    rest = [name]
    while rest:
        for n in below.get(rest.pop(), ()):
            if n not in found:
                found.add(n)
                rest.append(n)
    return found


def measure(text: str) -> Measure | None:
    """Return the components of a measure, which commas divide; ``None`` if one is no expression."""
    whole = formula(f"({text})")
    if whole is None:
        return None
    tree = whole.tree
    parts = [whole.at(p) for p in tree.items] if isinstance(tree, ex.Tuple) else [text]
    found = [formula(p) for p in parts]
    return None if None in found else tuple(f for f in found if f is not None)


def _less(one: list[int], other: list[int]) -> bool:
    """Whether a measure is below another: in the first component that differs, which is not negative."""
    for a, b in zip(one, other, strict=False):
        if a != b:
            return a < b and b >= 0 and (a >= 0 or b >= 0)
    return False


def _rank(value: Value) -> int:
    """The integer that orders a value.

    Raises:
        Trouble: it has none.
    """
    if isinstance(value, Data):
        return value.size()
    if isinstance(value, tuple | frozenset):
        return len(value)
    if isinstance(value, Map):
        return len(value.items)
    if isinstance(value, Ref | Bag | str) or value is None:
        raise Trouble("no order")
    return int(value)


def _terms(function: Function) -> Iterator[str]:
    """Terms that a function may go down on: its parameters and their sizes."""
    for p in function.parameters:
        kind = p.type.name if p.type is not None else ""
        if kind in ("seq", "string", "set", "multiset"):
            yield f"|{p.name}|"
        elif not kind.startswith("array"):
            yield p.name
    for one, other in permutations(function.parameters, 2):
        if all(p.type is not None and p.type.name in _INTEGERS for p in (one, other)):
            yield f"{one.name} - {other.name}"
