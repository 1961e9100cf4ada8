"""Elements of collections and arrays, literals, and conversions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from proofsmith.dafny import expressions as ex
from proofsmith.dafny.interpret_values import Bag, Map, Ref, Undefined, Value

if TYPE_CHECKING:
    from proofsmith.dafny.interpret import Frame

_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "\\": "\\", "'": "'", '"': '"'}


def literal_value(e: ex.Literal) -> Value:
    """Return the value of a literal."""
    text = e.text
    if e.kind == "int":
        return int(text.replace("_", ""), 0)
    if e.kind == "real":
        return Fraction(text.replace("_", ""))
    if e.kind == "bool":
        return text == "true"
    if e.kind == "null":
        return None
    if text.startswith("@"):
        return tuple(text[2:-1].replace('""', '"'))
    characters = tuple(_unescaped(text[1:-1]))
    return characters[0] if e.kind == "char" else characters


def _unescaped(text: str) -> Iterator[str]:
    k = 0
    while k < len(text):
        if text[k] != "\\":
            yield text[k]
            k += 1
        elif text[k + 1] == "u":
            yield chr(int(text[k + 2 : k + 6], 16))
            k += 6
        else:
            yield _ESCAPES.get(text[k + 1], text[k + 1])
            k += 2


def element(value: Value, index: Value, f: Frame) -> Value:
    """Return ``value[index]`` of a sequence, array, map or multiset."""
    if isinstance(value, Ref):
        value = f.contents(value)
    elif isinstance(value, Bag):
        return value[index]
    elif isinstance(value, Map):
        if index not in value.items:
            raise Undefined("key not in map")
        return value.items[index]
    if not 0 <= index < len(value):
        raise Undefined("index out of range")
    return value[index]


def cell(value: Value, indices: Sequence[int], f: Frame) -> Value:
    """Return an element of an array of several dimensions."""
    return f.contents(value)[flat(value, indices)]


def flat(array: Ref, indices: Sequence[int]) -> int:
    """Return where an element stands in row-major order."""
    at = 0
    for n, i in zip(array.dims, indices, strict=True):
        if not 0 <= i < n:
            raise Undefined("index out of range")
        at = at * n + i
    return at


def sequence_of(value: Value, f: Frame) -> tuple[Value, ...]:
    """Return the elements of an array or sequence."""
    return tuple(f.contents(value)) if isinstance(value, Ref) else value


def updated(value: Value, key: Value, new: Value) -> Value:
    """Return ``value[key := new]``."""
    if isinstance(value, Map):
        return Map({**value.items, key: new})
    if isinstance(value, Bag):
        counts = {**value.counts, key: new}
        return Bag(counts)
    if not 0 <= key < len(value):
        raise Undefined("index out of range")
    return (*value[:key], new, *value[key + 1 :])


def objects(value: Value) -> Sequence[Value]:
    """Return the members of a collection of objects, or the object."""
    return tuple(value) if isinstance(value, (tuple, frozenset)) else (value,)


def to_char(value: Value) -> str:
    """Convert to ``char``."""
    return chr(value) if isinstance(value, int) else str(value)


def to_int(value: Value) -> int:
    """Convert to ``int``; a real must be whole."""
    if isinstance(value, str):
        return ord(value)
    if isinstance(value, Fraction) and value.denominator != 1:
        raise Undefined("not an integer")
    return int(value)
