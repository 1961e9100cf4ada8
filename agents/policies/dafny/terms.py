"""Expressions of small size, by kind, without those that have the same values on all sample states."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from proofsmith.agents.policies.dafny.formula import enclosed, formula
from proofsmith.agents.policies.dafny.setting import kind_of
from proofsmith.dafny.interpret import Frame, Machine
from proofsmith.dafny.interpret_values import Trouble, Value
from proofsmith.dafny.nodes import Type

_UNDEFINED = "undefined"
_INT = ("+", "-", "*", "/", "%")
_KINDS = {"nat": "int", "string": "seq"}
_TESTS = ("<", "<=", "==", "!=")


@dataclass
class Terms:
    """A bank of terms.

    Args:
        machine: evaluates them.
        frames: sample states; terms with the same values on all of them are alike.
        most: how many terms of one kind are kept.
    """

    machine: Machine
    frames: Sequence[Frame]
    most: int = 400
    _by_kind: dict[str, list[str]] = field(default_factory=dict)
    _seen: set[tuple[str, tuple[Value, ...]]] = field(default_factory=set)

    def of(self, kind: str) -> list[str]:
        """Return the terms of a kind, smaller ones first."""
        return self._by_kind.get(kind, [])

    def add(self, text: str) -> bool:
        """Take a term if it is new and has a value somewhere; say whether it was taken."""
        found = formula(text)
        if found is None:
            return False
        values: list[Value] = []
        kind = ""
        for frame in self.frames:
            try:
                value = self.machine.evaluate(found.tree, frame, 500)
            except Trouble:
                value = _UNDEFINED
            else:
                kind = kind or kind_of(value) or ""
            values.append(value)
        if not kind or len(self.of(kind)) >= self.most:
            return False
        key = (kind, tuple(values))
        if key in self._seen:
            return False
        self._seen.add(key)
        self._by_kind.setdefault(kind, []).append(text)
        return True

    def grow(self, ends: float, extra: Sequence[str] = ()) -> None:
        """Add the terms that one operator makes of those there are, until `ends` (monotonic)."""
        for text in (*self._combinations(), *extra):
            if time.monotonic() > ends:
                return
            self.add(text)

    def _combinations(self) -> Iterator[str]:
        ints, bools, rows = list(self.of("int")), list(self.of("bool")), list(self.of("seq"))
        reals, chars, sets = list(self.of("real")), list(self.of("char")), list(self.of("set"))
        for a in (*ints[:4], *reals[:4]):
            zero = "0" if a in ints else "0.0"
            yield f"if {a} >= {zero} then {a} else -{enclosed(a)}"
        for kind in (ints, reals, chars):
            for a in kind[:14]:
                for b in kind[:14]:
                    if a != b:
                        for op in _TESTS:
                            yield f"{enclosed(a)} {op} {enclosed(b)}"
        for a in ints[:14]:
            for b in ints[:14]:
                for op in _INT:
                    yield f"{enclosed(a)} {op} {enclosed(b)}"
        for a in reals[:12]:
            for b in reals[:12]:
                for op in ("+", "-", "*"):
                    yield f"{enclosed(a)} {op} {enclosed(b)}"
        for a in bools[:12]:
            yield f"!{enclosed(a)}"
            for b in bools[:12]:
                if a < b:
                    yield f"{enclosed(a)} && {enclosed(b)}"
                    yield f"{enclosed(a)} || {enclosed(b)}"
        for collection in (rows, sets):
            for a in collection[:8]:
                for b in collection[:8]:
                    yield f"{enclosed(a)} + {enclosed(b)}"
                for b in (*ints[:6], *chars[:6], *bools[:3]):
                    yield f"{b} in {enclosed(a)}"
        for a in rows[:4]:
            for b in ints[:6]:
                yield f"{enclosed(a)}[{b}]"
                yield f"{enclosed(a)}[..{b}]"
                yield f"{enclosed(a)}[{b}..]"


def kind_named(declared: Type | None) -> str:
    """Return the kind of a type, as `Setting.kinds` names it."""
    return "" if declared is None else _KINDS.get(declared.name, declared.name)
