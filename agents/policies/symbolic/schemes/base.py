"""What every scheme promises."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from proofsmith.agents.policies.symbolic.enumerate import Enumerator
from proofsmith.agents.policies.symbolic.expr import FAILED, Env
from proofsmith.agents.policies.symbolic.program import Program

Stop = Callable[[], bool]
"""Says that the time is over."""


class Scheme(Protocol):
    """A line of attack on one problem.

    Attributes:
        name: used in the operator of its thought, ``plan:<name>``.
        thought: the plan in words.
        prior: how promising it looks, positive.
        evaluated: programs evaluated so far.
    """

    name: str
    thought: str
    prior: float
    evaluated: int

    @property
    def exhausted(self) -> bool:
        """There is nothing more to find."""
        ...

    def turn(self, evaluations: int, stop: Stop) -> list[Program]:
        """Search for about `evaluations` more programs; return new fits and better partial programs."""
        ...


def advance(enumerator: Enumerator, evaluations: int, stop: Stop) -> int:
    """Advance until the evaluations are used or the time is over; return how many were made."""
    start = enumerator.evaluated
    enumerator.advance(evaluations, stop)
    return enumerator.evaluated - start


def rotated(items: Sequence[Any], count: int) -> list[Any]:
    """Return `count` items, taken round and round."""
    return [items[k % len(items)] for k in range(count)]


def results(rows: Sequence[Env], run: Callable[[Env], Any]) -> tuple[Any, ...]:
    """Return what `run` computes on every row; FAILED where it raises."""
    vals = []
    for row in rows:
        try:
            vals.append(run(row))
        except Exception:
            vals.append(FAILED)
    return tuple(vals)
