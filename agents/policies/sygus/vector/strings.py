"""Columns of strings: every distinct string gets a number, operators are tabulated on distinct values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

INVALID_INT = 1 << 62
"""Stands for an integer too large for a column; rows with it are dropped."""
INVALID_STRING = -1
"""Number of no string: the result was longer than is worth keeping."""


class Interner:
    """Numbers for strings: ``text[i]`` is the string with the number `i`; 0 is the empty string.

    Attributes:
        longest: strings longer than this (code points) are not kept.
    """

    def __init__(self, longest: int = 10_000) -> None:
        self.longest = longest
        self.text: list[str] = [""]
        self._numbers: dict[str, int] = {"": 0}

    def number(self, text: str) -> int:
        """Return the number of `text`, `INVALID_STRING` if it is too long to keep."""
        found = self._numbers.get(text)
        if found is None:
            if len(text) > self.longest:
                return INVALID_STRING
            found = self._numbers[text] = len(self.text)
            self.text.append(text)
        return found

    def column(self, texts: Sequence[str]) -> Array:
        """Return the numbers of `texts` as a column."""
        return np.array([self.number(t) for t in texts], dtype=np.int32)


def substr(s: str, start: int, length: int) -> str:
    """``str.substr`` of SMT-LIB 2.6."""
    return s[start : start + length] if 0 <= start < len(s) and length > 0 else ""


def at(s: str, i: int) -> str:
    """``str.at``."""
    return s[i] if 0 <= i < len(s) else ""


def indexof(s: str, t: str, start: int) -> int:
    """``str.indexof``; -1 where there is none or `start` is outside."""
    return s.find(t, start) if 0 <= start <= len(s) else -1


def replace(s: str, old: str, new: str) -> str:
    """``str.replace``: the first occurrence; an empty `old` puts `new` in front."""
    return s.replace(old, new, 1)


def replace_all(s: str, old: str, new: str) -> str:
    """``str.replace_all``; an empty `old` changes nothing."""
    return s.replace(old, new) if old else s


def to_int(s: str) -> int:
    """``str.to_int``: -1 unless all digits (ASCII, at least one)."""
    return int(s) if s and len(s) < 19 and s.isascii() and s.isdigit() else -1


def from_int(i: int) -> str:
    """``str.from_int``: empty for negative numbers."""
    return str(i) if i >= 0 else ""


def is_digit(s: str) -> bool:
    """``str.is_digit``: one ASCII digit."""
    return len(s) == 1 and "0" <= s <= "9"


def to_code(s: str) -> int:
    """``str.to_code``: -1 unless one character long."""
    return ord(s) if len(s) == 1 else -1


def from_code(i: int) -> str:
    """``str.from_code``: empty outside the characters of SMT-LIB."""
    return chr(i) if 0 <= i <= 0x2FFFF else ""


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "str.substr": substr,
    "str.at": at,
    "str.indexof": indexof,
    "str.replace": replace,
    "str.replace_all": replace_all,
    "str.to_int": to_int,
    "str.from_int": from_int,
    "str.len": len,
    "str.prefixof": lambda a, b: b.startswith(a),
    "str.suffixof": lambda a, b: b.endswith(a),
    "str.contains": lambda a, b: b in a,
    "str.<": lambda a, b: a < b,
    "str.<=": lambda a, b: a <= b,
    "str.is_digit": is_digit,
    "str.to_code": to_code,
    "str.from_code": from_code,
    "str.++": lambda *parts: "".join(parts),
}
"""The string operators that columns know, by SMT-LIB 2.6 name, on Python values."""


def tabulate(
    interner: Interner, name: str, result: str, sorts: Sequence[str], args: Sequence[Array]
) -> Array:
    """Apply a string operator to columns that broadcast against each other.

    Args:
        interner: numbers of the strings.
        name: an operator of `FUNCTIONS`.
        result: name of the result's sort.
        sorts: names of the arguments' sorts.
        args: columns; the last axis is the points.
    """
    shape = np.broadcast_shapes(*(a.shape for a in args))
    out = np.empty(shape, dtype=_DTYPES[result])
    rank = len(shape)
    full = [a.reshape((1,) * (rank - a.ndim) + a.shape) for a in args]
    call = _Call(interner, FUNCTIONS[name], result, sorts)
    for point in range(shape[-1]):
        layer = [a[..., point if a.shape[-1] > 1 else 0] for a in full]
        out[..., point] = call.layer(layer)
    return out


_DTYPES: dict[str, Any] = {"String": np.int32, "Int": np.int64, "Bool": np.bool_}


class _Call:
    """One operator on one point after the other."""

    def __init__(
        self, interner: Interner, function: Callable[..., Any], result: str, sorts: Sequence[str]
    ) -> None:
        self.interner, self.function, self.result, self.sorts = interner, function, result, sorts

    def layer(self, args: Sequence[Array]) -> Array:
        """Apply to the values at one point: distinct argument values only, then spread out."""
        shape = np.broadcast_shapes(*(a.shape for a in args))
        distinct, places, combos = [], [], 1
        for a in args:
            values, inverse = np.unique(a, return_inverse=True)
            distinct.append(values)
            places.append(inverse.reshape(a.shape))
            combos *= len(values)
        size = int(np.prod(shape)) if shape else 1
        if combos <= size:
            table = self._values(np.meshgrid(*distinct, indexing="ij") if len(args) > 1 else distinct)
            spread: Array = table.reshape([len(d) for d in distinct])[tuple(places)]
            return spread
        flat = [np.broadcast_to(a, shape).ravel() for a in args]
        return self._values(flat).reshape(shape)

    def _values(self, columns: Sequence[Array]) -> Array:
        text, number = self.interner.text, self.interner.number
        lists: list[list[Any]] = []
        bad = np.zeros(columns[0].size, dtype=bool)
        for column, sort in zip(columns, self.sorts, strict=True):
            flat = column.ravel()
            if sort == "String":
                bad |= flat < 0
                lists.append([text[i] for i in flat.tolist()])
            else:
                if sort == "Int":
                    bad |= np.abs(flat) >= INVALID_INT
                lists.append(flat.tolist())
        results = map(self.function, *lists)
        made: Array
        if self.result == "String":
            made = np.array([number(r) for r in results], dtype=np.int32)
            made[bad] = INVALID_STRING
        else:
            made = np.array(list(results), dtype=_DTYPES[self.result])
            if self.result == "Int":
                made[bad] = INVALID_INT
        return made
