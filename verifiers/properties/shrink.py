"""Making a call smaller while something stays true of it (delta debugging, Zeller 2002, on values).

Candidates come in batches, simplest first, because a batch costs one round trip to the sandbox.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from proofsmith.python_spec import Call
from proofsmith.verifiers.properties.shapes import Shape, conforms

BATCH = 48
"""Simpler calls tried in one round trip."""


def shrink(
    call: Call,
    shapes: Sequence[Shape],
    still: Callable[[Sequence[Call]], int | None],
    rounds: int = 60,
) -> Call:
    """Return the simplest call found for which `still` holds; it must hold for `call`.

    `still` takes calls, simplest first, and returns the index of the first that will do. Stops when
    no simpler call will do, or after `rounds` batches. Every step is simpler by `weight`, so it ends.
    """
    tried = {call.key}
    while rounds > 0:
        progress = False
        pending = [c for c in sorted(simpler(call, shapes), key=weight) if c.key not in tried]
        for start in range(0, len(pending), BATCH):
            batch = pending[start : start + BATCH]
            tried.update(c.key for c in batch)
            rounds -= 1
            found = still(batch)
            if found is not None:
                call, progress = batch[found], True
                break
            if rounds <= 0:
                break
        if not progress:
            break
    return call


def simpler(call: Call, shapes: Sequence[Shape]) -> Iterator[Call]:
    """Yield calls with one argument made simpler (or dropped, if passed by name), all of less weight."""
    limit = weight(call)
    for candidate in _variants(call, shapes):
        if weight(candidate) < limit:
            yield candidate


def _variants(call: Call, shapes: Sequence[Shape]) -> Iterator[Call]:
    for at, value in enumerate(call.args):
        shape = shapes[min(at, len(shapes) - 1)]
        for smaller in simpler_values(value):
            if conforms(smaller, shape):
                yield Call((*call.args[:at], smaller, *call.args[at + 1 :]), call.kwargs)
    for at, (name, value) in enumerate(call.kwargs):
        for smaller in simpler_values(value):
            if type(smaller) is type(value):
                yield Call(call.args, (*call.kwargs[:at], (name, smaller), *call.kwargs[at + 1 :]))
    for changed in _together(call):
        if all(conforms(v, shapes[min(i, len(shapes) - 1)]) for i, v in enumerate(changed.args)):
            yield changed
    sized = [i for i, a in enumerate(call.args) if type(a) in (list, str, tuple)]
    if len(sized) > 1:  # arguments of related lengths must shrink together
        shortest = min(len(call.args[i]) for i in sized)
        for drop in range(shortest):
            args = tuple(a[:drop] + a[drop + 1 :] if i in sized else a for i, a in enumerate(call.args))
            if all(conforms(args[i], shapes[min(i, len(shapes) - 1)]) for i in sized):
                yield Call(args, call.kwargs)


def _together(call: Call) -> Iterator[Call]:
    """Change every occurrence of an int or a character at once, or all ints by as much.

    Arguments are often related (an item of a list, in order, of one sum), and stay so.
    """
    numbers: dict[int, None] = {}
    characters: dict[str, None] = {}

    def note(part: Any) -> Any:
        if type(part) is int:
            numbers[part] = None
        elif type(part) is str:
            characters.update(dict.fromkeys(part))
        return part

    _mapped(call, note)
    for number in numbers:
        for smaller in _simpler_ints(number):
            yield _mapped(call, _replacing(number, smaller))
    for shift in sorted({min(numbers, default=0, key=abs), 1, -1}):
        yield _mapped(call, _shifting(shift))
    for character in characters:
        for simple in _simpler_characters(character):
            yield _mapped(call, _replacing(character, simple))


def _replacing(old: int | str, new: int | str) -> Callable[[Any], Any]:
    """An int for an int, a character for a character, everywhere."""

    def change(part: Any) -> Any:
        if type(part) is str and isinstance(old, str):
            return part.replace(old, str(new))
        return new if type(part) is int and part == old else part

    return change


def _shifting(shift: int) -> Callable[[Any], Any]:
    return lambda part: part - shift if type(part) is int else part


def _mapped(call: Call, change: Callable[[Any], Any]) -> Call:
    """Apply `change` to every part of every argument that holds no others."""

    def walk(value: Any) -> Any:
        kind = type(value)
        if kind in (list, tuple):
            return kind([walk(item) for item in value])
        if kind in (set, frozenset):
            return kind([walk(item) for item in sorted(value, key=repr)])
        if kind is dict:
            return {walk(k): walk(v) for k, v in value.items()}
        return change(value)

    return Call(tuple(map(walk, call.args)), tuple((n, walk(v)) for n, v in call.kwargs))


def simpler_values(value: Any) -> Iterator[Any]:
    """Yield values that are simpler than `value`, of the same type except that anything may be None."""
    kind = type(value)
    if kind is bool:
        if value:
            yield False
    elif kind is int:
        yield from _simpler_ints(value)
    elif kind is float:
        yield from _simpler_floats(value)
    elif kind is str:
        yield from ("".join(part) for part in _simpler_sequences(list(value), _simpler_characters))
    elif kind in (list, tuple):
        yield from (kind(part) for part in _simpler_sequences(list(value), simpler_values))
    elif kind in (set, frozenset):
        members = sorted(value, key=repr)
        yield from (kind(part) for part in _simpler_sequences(members, simpler_values))
    elif kind is dict:
        for part in _simpler_sequences(list(value.items()), _simpler_items):
            yield dict(part)
    elif kind is bytes:
        yield from (value[:i] + value[i + 1 :] for i in range(len(value)))


def _simpler_ints(value: int) -> Iterator[int]:
    yield from (v for v in (0, 1, 2, 3) if abs(v) < abs(value))
    if value < 0:
        yield -value
    yield from (v for v in (int(value / 2) if abs(value) < 2**53 else value // 2,) if abs(v) < abs(value))
    for step in (10, 1):
        smaller = value - step if value > 0 else value + step
        if abs(smaller) < abs(value):
            yield smaller


def _simpler_floats(value: float) -> Iterator[float]:
    if value != value or value in (float("inf"), float("-inf")):
        yield 0.0
        return
    yield from (v for v in (0.0, 1.0, 2.0) if abs(v) < abs(value))
    if value < 0:
        yield -value
    for smaller in (float(int(value)), float(int(value / 2)), round(value, 1), round(value, 2)):
        if smaller != value:
            yield smaller


def _simpler_characters(character: str) -> Iterator[str]:
    if character.isalpha():
        options = "aA" if character.isupper() else "ab"
    else:
        options = "01" if character.isdigit() else "a"
    yield from (c for c in options if _character_weight(c) < _character_weight(character))


def _simpler_items(item: tuple[Any, Any]) -> Iterator[tuple[Any, Any]]:
    key, value = item
    yield from ((k, value) for k in simpler_values(key))
    yield from ((key, v) for v in simpler_values(value))


def _simpler_sequences(items: list[Any], inside: Callable[[Any], Iterator[Any]]) -> Iterator[list[Any]]:
    """Halves, all but one, all but two neighbours, one item simpler, sorted."""
    n = len(items)
    if n == 0:
        return
    yield []
    if n > 3:
        yield items[: n // 2]
        yield items[n // 2 :]
    for at in range(n):
        if n > 1:
            yield items[:at] + items[at + 1 :]
    for at in range(n - 1):
        if n > 2:
            yield items[:at] + items[at + 2 :]
    for at, item in enumerate(items):
        for smaller in inside(item):
            yield [*items[:at], smaller, *items[at + 1 :]]


def weight(call: Call) -> tuple[int, int]:
    """Order calls by how much there is to read: parts first, then their magnitude."""
    parts = [value_weight(v) for v in (*call.args, *(v for _, v in call.kwargs))]
    return sum(p for p, _ in parts), sum(m for _, m in parts)


def value_weight(value: Any) -> tuple[int, int]:
    """Return (number of parts, magnitude) of a value."""
    kind = type(value)
    if kind is bool:
        return 1, int(value)
    if kind is int:
        return 1, min(2 * abs(value) + (value < 0), 10**18)
    if kind is float:
        if value != value or abs(value) > 10**9:
            return 3, 10**9
        return (1 if value == int(value) else 2), int(abs(value) * 200) + (value < 0)
    if kind is str:
        return 1 + len(value), sum(map(_character_weight, value))
    if kind is dict:
        items = [value_weight(v) for pair in value.items() for v in pair]
    elif kind in (list, tuple, set, frozenset):
        items = [value_weight(v) for v in value]
    else:
        return 1, 0 if value is None else 1
    return 1 + sum(p for p, _ in items), sum(m for _, m in items)


def _character_weight(character: str) -> int:
    """Letters before digits, digits before blanks, the rest by code point."""
    if character == " ":
        return 60
    if character.isdigit():
        return 30 + ord(character) % 16
    if character.isascii() and character.isalpha():
        return ord(character.lower()) - 96 + (27 if character.isupper() else 0)
    return 64 + ord(character)
