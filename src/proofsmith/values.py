"""Plain Python data that may cross a process boundary: codec, comparison, digest.

Data are ``None``, ``bool``, ``int``, ``float``, ``complex``, ``str``, ``bytes``, ``list``,
``tuple``, ``dict``, ``set`` and ``frozenset`` of exactly these types, nested without cycles.
Anything else is carried as an ``Opaque``: the name of its type and a short text, equal to
nothing. So an object that claims to equal everything equals nothing here.

This module uses the standard library alone and never imports the rest of Proofsmith: the
sandbox worker loads it by path.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

MAX_DEPTH = 200
"""Deepest nesting that is carried; deeper (or cyclic) data become ``Opaque``."""


@dataclass(frozen=True, eq=False)
class Opaque:
    """A value that is not plain data: `type_name` and a shortened `text`. Equal to nothing."""

    type_name: str
    text: str

    def __repr__(self) -> str:
        return f"<{self.type_name}: {self.text}>"


def encode(value: Any, depth: int = 0) -> Any:
    """Return `value` as JSON-able data; the inverse is `decode`.

    Strings, bools, ``None`` and small ints stand for themselves, everything else is a
    one-key object naming its type. Never calls a method of a value that is not exactly one
    of the data types above.
    """
    kind = type(value)
    if value is None or kind is bool or kind is str:
        return value
    if kind is int:
        return value if -(2**53) < value < 2**53 else {"int": hex(value)}
    if kind is float:
        return {"float": value.hex()}
    if depth >= MAX_DEPTH:
        return {"opaque": [kind.__name__, "nested too deeply"]}
    if kind in (list, tuple):
        return {kind.__name__: [encode(item, depth + 1) for item in value]}
    if kind in (set, frozenset):  # sorted, so that equal sets have one text in every process
        return {kind.__name__: sorted((encode(item, depth + 1) for item in value), key=_text)}
    if kind is dict:
        return {"dict": [[encode(k, depth + 1), encode(v, depth + 1)] for k, v in value.items()]}
    if kind is bytes:
        return {"bytes": value.hex()}
    if kind is complex:
        return {"complex": [value.real.hex(), value.imag.hex()]}
    if kind is Opaque:
        return {"opaque": [value.type_name, value.text]}
    return {"opaque": [str(getattr(kind, "__qualname__", "?"))[:80], "not plain data"]}


def decode(data: Any) -> Any:
    """Return the value that `encode` turned into `data`.

    Raises:
        ValueError: `data` is not something `encode` produces.
    """
    try:
        return _decode(data)
    except (TypeError, AttributeError, LookupError, OverflowError, RecursionError) as error:
        raise ValueError(f"not an encoded value: {error}") from None


def _decode(data: Any) -> Any:
    if data is None or type(data) in (bool, int, str):
        return data
    if not (type(data) is dict and len(data) == 1):
        raise ValueError(f"not an encoded value: {str(data)[:60]}")
    ((kind, body),) = data.items()
    simple = _DECODERS.get(kind)
    if simple is None:
        raise ValueError(f"unknown kind of value: {kind[:60]}")
    return simple(body)


def _items(body: Any) -> list[Any]:
    if type(body) is not list:
        raise ValueError(f"not a list of encoded values: {str(body)[:60]}")
    return [_decode(item) for item in body]


def _pairs(body: Any) -> dict[Any, Any]:
    if type(body) is not list or any(type(pair) is not list for pair in body):
        raise ValueError(f"not a list of encoded pairs: {str(body)[:60]}")
    keys = _hashable([_decode(key) for key, _ in body])
    return dict(zip(keys, (_decode(value) for _, value in body), strict=True))


def _hashable(items: list[Any]) -> list[Any]:
    """Return `items`, or refuse them when so many share a hash that a set of them takes for ever."""
    if len(items) > 100 and max(Counter(map(hash, items)).values()) > 100:
        raise ValueError("too many equal hashes")
    return items


_DECODERS: dict[str, Any] = {
    "int": lambda b: int(b, 16),
    "float": float.fromhex,
    "complex": lambda b: complex(float.fromhex(b[0]), float.fromhex(b[1])),
    "bytes": bytes.fromhex,
    "list": _items,
    "tuple": lambda b: tuple(_items(b)),
    "set": lambda b: set(_hashable(_items(b))),
    "frozenset": lambda b: frozenset(_hashable(_items(b))),
    "dict": _pairs,
    "opaque": lambda b: Opaque(str(b[0]), str(b[1])),
}


def is_data(value: Any) -> bool:
    """Say whether `value` is plain data all the way down."""
    return not any(type(part) is Opaque for part in _parts(decode(encode(value))))


def _parts(value: Any) -> Iterator[Any]:
    yield value
    if type(value) in (list, tuple, set, frozenset):
        for item in value:
            yield from _parts(item)
    elif type(value) is dict:
        for key, item in value.items():
            yield from _parts(key)
            yield from _parts(item)


@dataclass(frozen=True)
class Tolerance:
    """How close two floats must be (as in `math.isclose`)."""

    rel: float = 1e-9
    abs: float = 1e-12


DEFAULT_TOLERANCE = Tolerance()


def equal(a: Any, b: Any, strict: bool = True, tolerance: Tolerance = DEFAULT_TOLERANCE) -> bool:
    """Deep equality of two data values; floats within `tolerance`, NaN equals NaN.

    With `strict` the types must agree at every level (``1`` is not ``1.0`` nor ``True``), as
    printed values must; without it numbers compare as Python's ``==`` does. Neither side's
    methods are ever called: what is not plain data is unequal.
    """
    ta, tb = type(a), type(b)
    numbers = (bool, int, float)
    if ta is not tb:
        if strict:
            return False
        if ta in numbers and tb in numbers:
            return _close(a, b, tolerance)
        return {ta, tb} == {set, frozenset} and _tokens(a, strict).keys() == _tokens(b, strict).keys()
    if ta is float:
        return _close(a, b, tolerance)
    if ta in (list, tuple):
        return len(a) == len(b) and all(equal(x, y, strict, tolerance) for x, y in zip(a, b, strict=True))
    if ta is dict:
        left, right = _tokens(a, strict), _tokens(b, strict)
        return left.keys() == right.keys() and all(
            equal(a[key], b[right[token]], strict, tolerance) for token, key in left.items()
        )
    if ta in (set, frozenset):
        return _tokens(a, strict).keys() == _tokens(b, strict).keys()
    if ta is complex:
        return _close(a.real, b.real, tolerance) and _close(a.imag, b.imag, tolerance)
    if a is None or ta in (bool, int, str, bytes):
        return bool(a == b)
    return False


def _tokens(container: Any, strict: bool) -> dict[Any, Any]:
    """Map a token of every member of a set (or key of a dict) to the member.

    Two members have equal tokens exactly when they are equal data: with `strict`, of equal types
    too, which Python's own lookup ignores (``1 == True``). Floats must be the same here, not
    close; NaN is itself.
    """
    return {_token(member, strict): member for member in container}


def _token(member: Any, strict: bool) -> Any:
    kind = type(member)
    if kind in (float, complex) and member != member:
        return (kind.__name__ if strict else "number", repr(member))
    if kind in (bool, int, float, complex):
        return (kind.__name__ if strict else "number", member)
    if member is None or kind in (str, bytes):
        return (kind.__name__, member)
    if kind is tuple:
        return ("tuple", *(_token(item, strict) for item in member))
    if kind is frozenset:
        return ("frozenset", frozenset(_token(item, strict) for item in member))
    return object()  # not data, so equal to nothing


def _close(a: Any, b: Any, tolerance: Tolerance) -> bool:
    if type(a) is not float and type(b) is not float:
        return bool(a == b)
    try:
        if math.isnan(a) or math.isnan(b):
            return math.isnan(a) and math.isnan(b)
        return math.isclose(a, b, rel_tol=tolerance.rel, abs_tol=tolerance.abs)
    except OverflowError:  # an int too large for a float
        return False


def digest(*parts: Any) -> str:
    """Return a hex SHA-256 of data values, the same on every machine and run."""
    text = json.dumps([_canonical(encode(p)) for p in parts], sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _text(data: Any) -> str:
    return json.dumps(data, sort_keys=True)


def _canonical(data: Any) -> Any:
    """Sort what has no order, so that equal sets and dicts have equal digests."""
    if type(data) is list:
        return [_canonical(x) for x in data]
    if type(data) is not dict:
        return data
    ((kind, body),) = data.items()
    body = _canonical(body)
    if kind in ("set", "frozenset", "dict"):
        body = sorted(body, key=_text)
    return {kind: body}
