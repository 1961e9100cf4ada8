"""Calls whose arguments have to do with one another, as independent draws seldom do.

Programs compare their arguments: a length with a count, an item with a list, a sum with a bound. What
they do where those are equal is where they go wrong.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from proofsmith.python_spec import Call
from proofsmith.verifiers.properties.shapes import Shape, conforms

_SIZED = (list, str, tuple, dict, set, frozenset)


def relate(call: Call, shapes: Sequence[Shape], rng: random.Random) -> Call:
    """Return `call` with one or two positional arguments derived from others, or as it is."""
    args = list(call.args)
    if len(args) < 2:
        return call
    numbers = [i for i, a in enumerate(args) if type(a) is int]
    if len(numbers) > 1 and rng.random() < 0.3:
        most = rng.choice((2, 4, 8))
        for i in numbers:
            args[i] = rng.randint(0, most)
    for _ in range(rng.choice((1, 1, 2))):
        at = rng.randrange(len(args))
        others = [a for i, a in enumerate(args) if i != at]
        found = [v for v in _derived(args[at], others, rng) if conforms(v, shapes[min(at, len(shapes) - 1)])]
        if found:
            args[at] = rng.choice(found)
    if all(conforms(a, shapes[min(i, len(shapes) - 1)]) for i, a in enumerate(args)):
        return Call(tuple(args), call.kwargs)
    return call


def _derived(value: Any, others: Sequence[Any], rng: random.Random) -> list[Any]:
    """Values for the place of `value` that the other arguments suggest."""
    found = [o for o in others if type(o) is type(value)]
    if type(value) in (int, float):
        numbers = [o for o in others if type(o) in (int, float)]
        found += [o + d for o in numbers for d in (-1, 1)]
        if len(numbers) > 1:
            found += [sum(numbers), numbers[0] - numbers[1], numbers[1] - numbers[0], numbers[0] * numbers[1]]
        found += [len(o) + d for o in others if type(o) in _SIZED for d in (-1, 0, 1)]
    for other in others:
        if type(other) in (list, tuple) and other:
            found.append(rng.choice(other))
        elif type(other) is str and type(value) is str:
            start, end = sorted((rng.randint(0, len(other)), rng.randint(0, len(other))))
            found += [other[start:end], other[:end], other + value, other[::-1]]
        elif type(other) is dict and other:
            found.append(rng.choice(list(other)))
        elif type(other) in (int, float, str) and type(value) is list:
            at = rng.randint(0, len(value))
            found.append([*value[:at], other, *value[at:]])
    if type(value) is list:
        lists = [o for o in others if type(o) is list]
        found += [rng.sample(o, len(o)) for o in lists] + [o[: len(value)] for o in lists]
    return found
