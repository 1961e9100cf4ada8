"""What an enumerator looks for: the values that the examples ask for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from proofsmith.agents.policies.symbolic.expr import FAILED
from proofsmith.agents.policies.symbolic.types import CHR, FLOAT, INT, STR, Type, parts_of


class Goal:
    """The wanted values (in immutable form) on the first ``len(target)`` rows.

    With `strict` an int is not the float of the same value; floats are equal within `rel` and `abs_`.
    """

    def __init__(
        self,
        type_: Type,
        target: Sequence[Any],
        strict: bool = True,
        rel: float = 1e-9,
        abs_: float = 1e-12,
    ) -> None:
        self.type = type_
        self.target = tuple(target)
        self.size = len(self.target)
        self.full = (1 << self.size) - 1
        self.strict = strict
        self._near = FLOAT in parts_of(type_) or "any" in {t.name for t in parts_of(type_)}
        self._rel, self._abs = rel, abs_

    def wants(self, type_: Type) -> bool:
        """Say whether an expression of this type could meet the goal."""
        if type_ == self.type:
            return True
        return (type_ == CHR and self.type == STR) or (type_ == INT and self.type == FLOAT)

    def mask(self, vals: tuple[Any, ...]) -> int:
        """Return the bit mask of the rows on which `vals` are as wanted."""
        mask = 0
        if self._near:
            for i, wanted in enumerate(self.target):
                if self.same(vals[i], wanted):
                    mask |= 1 << i
            return mask
        if vals[: self.size] == self.target:
            return self.full
        for i, wanted in enumerate(self.target):
            value = vals[i]
            if value is not FAILED and value == wanted:
                mask |= 1 << i
        return mask

    def same(self, value: Any, wanted: Any) -> bool:
        """Say whether a value is what is wanted."""
        if value is FAILED:
            return False
        a, b = type(value), type(wanted)
        if a is not b:
            numbers = (bool, int, float)
            loose = not self.strict and a in numbers and b in numbers
            return loose and self._close(value, wanted)
        if a is float:
            return self._close(value, wanted)
        if a is tuple:
            return len(value) == len(wanted) and all(map(self.same, value, wanted))
        return bool(value == wanted)

    def _close(self, a: float, b: float) -> bool:
        try:
            return math.isclose(a, b, rel_tol=self._rel, abs_tol=self._abs)
        except (OverflowError, ValueError):
            return False
