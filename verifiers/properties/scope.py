"""Every input of a small scope, in order of size."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from proofsmith.python_spec import Call, PythonSpec
from proofsmith.verifiers.properties.shapes import Shape

MOST = 4000
"""Largest number of calls in a scope."""


@dataclass(frozen=True)
class Scope:
    """All calls within `bound`, a text that says which those are."""

    calls: tuple[Call, ...]
    bound: str


@dataclass(frozen=True)
class _Size:
    """How far values of each kind go: outermost ints, ints inside containers, lengths, characters."""

    number: int
    inner: int
    length: int
    alphabet: str


def small_scope(spec: PythonSpec, shapes: Sequence[Shape]) -> Scope | None:
    """Return the largest scope with at most `MOST` calls, or ``None`` if the types are not enumerable.

    Floats, bytes and values of any type are not; nor are variadic and keyword-only parameters.
    """
    parameters = spec.signature.parameters
    if not parameters or any(not p.kind.startswith("POSITIONAL") for p in parameters):
        return None
    if any(not _enumerable(s) for s in shapes):
        return None
    alphabet = _alphabet(spec)
    for size in _sizes(alphabet):
        rows = itertools.product(*(list(_values(s, size, size.number)) for s in shapes))
        calls = tuple(Call(row) for row in itertools.islice(rows, MOST + 1))
        if len(calls) <= MOST:
            return Scope(calls, _bound(shapes, size))
    return None


def _sizes(alphabet: str) -> Iterator[_Size]:
    """From large to small, containers before numbers."""
    for numbers in ((1000, 300, 100, 30, 15, 10, 7, 5), (3, 2, 1)):
        for length, inner in ((5, 2), (4, 3), (4, 2), (3, 3), (3, 2), (3, 1), (2, 2), (2, 1)):
            for number in numbers:
                yield _Size(number, inner, length, alphabet)


_ENUMERABLE = frozenset(
    ("int", "bool", "str", "none", "list", "tuple", "tuple...", "union", "literal", "set", "frozenset")
)


def _enumerable(shape: Shape) -> bool:
    if shape.kind in ("set", "frozenset") and any(
        i.mentions(k) for i in shape.items for k in ("list", "set")
    ):
        return False
    return shape.kind in _ENUMERABLE and all(_enumerable(item) for item in shape.items)


def _alphabet(spec: PythonSpec) -> str:
    """The three commonest characters of the examples' strings, or ``ab `` where there are none."""
    seen: Counter[str] = Counter()

    def count(value: Any) -> None:
        if type(value) is str:
            seen.update(value)
        elif type(value) in (list, tuple, set, frozenset):
            for item in value:
                count(item)

    for example in spec.examples:
        for value in example.call.args:
            count(value)
    common = sorted(seen, key=lambda c: (-seen[c], c))[:3]
    return "".join(dict.fromkeys([*common, *"ab "]))[:3]


def _values(shape: Shape, size: _Size, number: int) -> Iterator[Any]:
    kind = shape.kind
    if kind == "none":
        yield None
    elif kind == "bool":
        yield from (False, True)
    elif kind == "int":
        yield from sorted(range(-number, number + 1), key=abs)
    elif kind == "literal":
        yield from shape.choices
    elif kind == "union":
        for option in shape.items:
            yield from _values(option, size, number)
    elif kind == "str":
        for length in range(size.length + 1):
            yield from map("".join, itertools.product(size.alphabet, repeat=length))
    elif kind == "tuple":
        yield from itertools.product(*(list(_values(s, size, size.inner)) for s in shape.items))
    else:
        # Cut where it is too much anyway, before memory is.
        items = list(itertools.islice(_values(shape.items[0], size, size.inner), MOST + 1))
        for length in range(size.length + 1):
            if kind in ("set", "frozenset"):
                make = set if kind == "set" else frozenset
                yield from map(make, itertools.combinations(items, length))
            else:
                rows = itertools.islice(itertools.product(items, repeat=length), MOST + 1)
                yield from (list(row) if kind == "list" else row for row in rows)


def _bound(shapes: Sequence[Shape], size: _Size) -> str:
    parts = []
    if any(_outside(s, "int") for s in shapes):
        parts.append(f"ints from -{size.number} to {size.number}")
    if any(_inside(s, "int") for s in shapes):
        parts.append(f"ints from -{size.inner} to {size.inner} inside")
    if any(s.mentions("str") for s in shapes):
        parts.append(f"strings of up to {size.length} of the characters {size.alphabet!r}")
    if any(s.mentions(k) for s in shapes for k in ("list", "tuple...", "set", "frozenset")):
        parts.append(f"up to {size.length} items")
    return ", ".join(parts) or "all values of the types"


def _outside(shape: Shape, kind: str) -> bool:
    return shape.kind == kind or (shape.kind == "union" and any(_outside(s, kind) for s in shape.items))


def _inside(shape: Shape, kind: str) -> bool:
    if shape.kind == "union":
        return any(_inside(option, kind) for option in shape.items)
    return any(item.mentions(kind) for item in shape.items)
