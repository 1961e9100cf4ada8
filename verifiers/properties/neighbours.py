"""Small changes to values: inputs near the examples, which look as valid as the examples do."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

from proofsmith.verifiers.properties.shapes import Shape, conforms


def mutate(value: Any, shape: Shape, pool: Sequence[Any], rng: random.Random) -> Any:
    """Return a value of `shape` one small change away from `value`, or `value` if none was found.

    `pool` holds values to take parts from.
    """
    for _ in range(4):
        changed = _change(value, pool, rng)
        if conforms(changed, shape):
            return changed
    return value


def _change(value: Any, pool: Sequence[Any], rng: random.Random) -> Any:
    kind = type(value)
    alike = [v for v in pool if type(v) is kind]
    if alike and rng.random() < 0.15:
        return rng.choice(alike)
    if kind is bool:
        return not value
    if kind is int:
        return rng.choice((value + 1, value - 1, value + 2, -value, 2 * value, value // 2, 0, value * 10))
    if kind is float:
        return rng.choice((value + 1.0, value - 0.5, -value, value / 2, float(round(value)), 0.0))
    if kind is str:
        return "".join(_reshape(list(value), [*"".join(alike)], rng, _change_character))
    if kind in (list, tuple):
        inside = [item for v in pool if type(v) in (list, tuple) for item in v]
        return kind(_reshape(list(value), inside, rng, lambda item: _change(item, pool, rng)))
    if kind is dict:
        return _change_dict(value, pool, rng)
    if kind in (set, frozenset):
        members = sorted(value, key=repr)
        inside = [item for v in alike for item in sorted(v, key=repr)]
        return kind(_reshape(members, inside, rng, lambda item: _change(item, pool, rng)))
    return rng.choice(list(pool)) if pool else value


def _change_dict(value: dict[Any, Any], pool: Sequence[Any], rng: random.Random) -> dict[Any, Any]:
    entries = list(value.items())
    if not entries:
        return value
    at = rng.randrange(len(entries))
    key, item = entries[at]
    how = rng.randrange(3)
    if how == 0:
        del entries[at]
    elif how == 1:
        entries[at] = (key, _change(item, pool, rng))
    else:
        entries[at] = (_change(key, pool, rng), item)
    return dict(entries)


def _change_character(character: str) -> str:
    return character.lower() if character.isupper() else character.upper()


def _reshape(
    items: list[Any], inside: Sequence[Any], rng: random.Random, change: Callable[[Any], Any]
) -> list[Any]:
    """Delete, repeat, swap, insert, change, cut, reverse or sort items."""
    if not items:
        return [rng.choice(inside)] if inside else items
    at, other = rng.randrange(len(items)), rng.randrange(len(items))
    how = rng.randrange(9)
    if how == 0:
        return items[:at] + items[at + 1 :]
    if how == 1:
        return items[: at + 1] + items[at:]
    if how == 2:
        items[at], items[other] = items[other], items[at]
        return items
    if how == 3 and inside:
        return [*items[:at], rng.choice(inside), *items[at:]]
    if how == 4 and inside:
        return [*items[:at], rng.choice(inside), *items[at + 1 :]]
    if how == 5:
        return items[: len(items) // 2]
    if how == 6:
        return items[::-1]
    if how == 7:
        try:
            return sorted(items)
        except TypeError:
            return items
    return [*items[:at], change(items[at]), *items[at + 1 :]]
