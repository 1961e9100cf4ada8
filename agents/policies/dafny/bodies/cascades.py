"""Cascades of conditionals over values that are right on some inputs each.

Alur, Radhakrishna, Udupa: Scaling enumerative program synthesis via divide and conquer (TACAS 2017).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

_WIDTH = 12


@dataclass(frozen=True)
class Partial:
    """A text that is right on the inputs in `mask` (as bits)."""

    mask: int
    size: int
    text: str


def cascade(
    todo: int,
    right: Sequence[Partial],
    conditions: Sequence[tuple[int, str]],
    depth: int,
    join: Callable[[str, str, str], str],
    stop: Callable[[], bool],
) -> str | None:
    """Return a text that is right on the inputs `todo`; ``None`` if none is found.

    Args:
        todo: the inputs in question, as bits.
        right: what to choose from.
        conditions: the inputs where each holds, and its text.
        depth: most conditionals inside each other.
        join: (condition, then, otherwise) to a text.
        stop: says that the time is over.
    """
    whole = [r for r in right if todo & ~r.mask == 0]
    if whole:
        return min(whole, key=lambda r: r.size).text
    if depth == 0 or stop():
        return None
    options = []
    for holds, test in conditions:
        inside = holds & todo
        if inside and inside != todo and any(inside & ~r.mask == 0 for r in right):
            options.append((-inside.bit_count(), len(test), holds, test))
    for _, _, holds, test in sorted(options)[:_WIDTH]:
        then = min((r for r in right if holds & todo & ~r.mask == 0), key=lambda r: r.size).text
        otherwise = cascade(todo & ~holds, right, conditions, depth - 1, join, stop)
        if otherwise is not None:
            return join(test, then, otherwise)
    return None
