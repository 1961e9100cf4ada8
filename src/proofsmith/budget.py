"""Budgets: what a run may use, what it has used, and the meter that compares them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, fields, replace

_SLACK = 1.0 + 1e-9
"""Sums of prices are not exact: ten calls of a tenth of a cent cost a cent."""


@dataclass(frozen=True)
class Spend:
    """An amount used. Seconds of wall clock, counts, tokens, and cost in US dollars."""

    seconds: float = 0.0
    candidates: int = 0
    verifier_calls: int = 0
    model_calls: int = 0
    tokens: int = 0
    cost: float = 0.0

    def __add__(self, other: Spend) -> Spend:
        return Spend(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


@dataclass(frozen=True)
class Budget:
    """Upper limits, each in the unit of the `Spend` field of its name; ``None`` is no limit."""

    seconds: float | None = None
    candidates: int | None = None
    verifier_calls: int | None = None
    model_calls: int | None = None
    tokens: int | None = None
    cost: float | None = None

    def minus(self, spent: Spend) -> Budget:
        """Return what is left after `spent`, never below zero."""
        left = {}
        for f in fields(self):
            limit = getattr(self, f.name)
            left[f.name] = None if limit is None else max(limit - getattr(spent, f.name), 0)
        return Budget(**left)

    def within(self, seconds: float) -> Budget:
        """Return this budget with at most `seconds` of wall clock."""
        limit = seconds if self.seconds is None else min(seconds, self.seconds)
        return Budget(**{**self.__dict__, "seconds": limit})

    def split(self, parts: int) -> tuple[Budget, ...]:
        """Share out every limit evenly over `parts` budgets; the counts add up exactly.

        Raises:
            ValueError: `parts` is not positive.
        """
        if parts < 1:
            raise ValueError("a budget splits into at least one part")
        shares = []
        for i in range(parts):
            share: dict[str, float | int | None] = {}
            for f in fields(self):
                limit = getattr(self, f.name)
                if limit is None or isinstance(limit, float):
                    share[f.name] = None if limit is None else limit / parts
                else:
                    share[f.name] = limit // parts + (1 if i < limit % parts else 0)
            shares.append(Budget(**share))  # type: ignore[arg-type]
        return tuple(shares)

    def exceeded_by(self, spent: Spend) -> str | None:
        """Name the first limit that `spent` has reached, or ``None``."""
        for f in fields(self):
            limit = getattr(self, f.name)
            if limit is not None and getattr(spent, f.name) >= limit:
                return f.name
        return None


class Meter:
    """Adds up what a run spends. Time passes by itself; everything else is charged.

    What several calls at a time may use is reserved first, so that together they keep the limits.
    Thread-safe.

    Args:
        budget: the limits.
        spent: what was used before.
        clock: seconds, from any beginning.
        began: what the clock showed when the work began, if that was before now.
    """

    def __init__(
        self,
        budget: Budget,
        spent: Spend | None = None,
        clock: Callable[[], float] = time.monotonic,
        began: float | None = None,
    ) -> None:
        self.budget = budget
        self._charged = spent or Spend()
        self._reserved = Spend()
        self._lock = threading.Lock()
        self._clock = clock
        self._started = clock() if began is None else began

    @property
    def spent(self) -> Spend:
        """All that was used so far, with the wall clock of earlier sittings of a resumed run."""
        return self._charged + Spend(seconds=self._clock() - self._started)

    def charge(self, spend: Spend) -> None:
        """Add `spend`; its seconds are ignored, because the meter's own clock counts them."""
        with self._lock:
            self._charged += replace(spend, seconds=0.0)

    @property
    def reserved(self) -> Spend:
        """What was reserved and not settled yet."""
        return self._reserved

    def reserve(self, most: Spend) -> str | None:
        """Set aside what something may use at most; or name the limit that it might exceed.

        What was reserved is given back by `settle`. Seconds cannot be reserved.
        """
        with self._lock:
            total = self._charged + self._reserved + most
            for name in ("candidates", "verifier_calls", "model_calls", "tokens", "cost"):
                limit = getattr(self.budget, name)
                if limit is not None and getattr(most, name) > 0 and getattr(total, name) > limit * _SLACK:
                    return name
            self._reserved += replace(most, seconds=0.0)
            return None

    def settle(self, most: Spend, used: Spend) -> None:
        """Give back the reservation of `most` and charge what was `used`."""
        with self._lock:
            back = {f.name: -getattr(most, f.name) for f in fields(most)}
            self._reserved += Spend(**{**back, "seconds": 0.0})
            self._charged += replace(used, seconds=0.0)

    def remaining(self) -> Budget:
        """What may still be used."""
        return self.budget.minus(self.spent)

    def may_verify(self) -> bool:
        """Whether time and verifier calls are left: other limits end proposing, not judging."""
        left = self.remaining()
        return left.seconds != 0 and left.verifier_calls != 0

    def exhausted(self) -> str | None:
        """Name the limit that ended the run, or ``None`` while there is budget left."""
        return self.budget.exceeded_by(self.spent)
