"""Probe inputs: variations of the example inputs, for which no output is known.

Programs that agree on the examples but not on the probes are kept apart, and a program that fails
on many of them is less trusted. They are made by a generator of their own with a fixed seed.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from proofsmith.agents.policies.symbolic.types import ANY, CHR, Type

Row = tuple[Any, ...]


def probes(rows: Sequence[Row], types: Sequence[Type], wanted: int) -> list[Row]:
    """Return up to `wanted` new rows that look like `rows` and have the same types."""
    rng = random.Random(20_260_101)
    known = set(map(repr, rows))
    found: list[Row] = []
    for attempt in range(wanted * 6):
        if len(found) == wanted:
            break
        base = rows[attempt % len(rows)]
        other = rows[rng.randrange(len(rows))]
        row = tuple(vary(v, mate, t, rng) for v, mate, t in zip(base, other, types, strict=True))
        if repr(row) not in known:
            known.add(repr(row))
            found.append(row)
    return found


def vary(value: Any, mate: Any, type_: Type, rng: random.Random) -> Any:
    """Return a value like `value`; `mate` is another example's value of the same parameter."""
    kind = type(value)
    if kind is bool or value is None:
        return rng.choice((value, mate))
    if kind is int:
        near = value + rng.choice((-2, -1, 1, 2, 3))
        return abs(near) if value >= 0 else near
    if kind is float:
        return round(value + rng.choice((-1.5, -0.25, 0.5, 1.25)), 6)
    if kind is str:
        return "".join(_vary_items(list(value), list(mate) if type(mate) is str else [], CHR, rng))
    if kind is tuple and type_.name == "tuple" and len(type_.args) == len(value):
        mates = mate if type(mate) is tuple and len(mate) == len(value) else value
        return tuple(vary(v, m, t, rng) for v, m, t in zip(value, mates, type_.args, strict=True))
    if kind is tuple:
        element = type_.element or ANY
        items = _vary_items(list(value), list(mate) if type(mate) is tuple else [], element, rng)
        return tuple(items)
    return mate if type(mate) is kind else value


def _vary_items(items: list[Any], mates: list[Any], element: Type, rng: random.Random) -> list[Any]:
    items = list(items)
    move = rng.randrange(6)
    if move == 0 and len(items) > 1:
        items.pop(rng.randrange(len(items)))
    elif move == 1:
        items.reverse()
    elif move == 2 and items:
        items.insert(rng.randrange(len(items) + 1), rng.choice(items + mates[:8]))
    elif move == 3:
        rng.shuffle(items)
    elif move == 4 and mates:
        items = items[: (len(items) + 1) // 2] + mates[len(mates) // 2 :]
    elif items:
        at = rng.randrange(len(items))
        items[at] = (
            rng.choice(mates[:8] + items)
            if isinstance(items[at], str)
            else vary(items[at], items[0], element, rng)
        )
    return items
