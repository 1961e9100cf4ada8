"""Operators that could blow up, with limits. Beyond a limit they raise, like any failing operator."""

from __future__ import annotations

import itertools
import math
from typing import Any

MAX_LENGTH = 2_000
MAX_BITS = 256


class TooLarge(ValueError):
    """A result beyond the limits of enumeration."""


def _int(value: int) -> int:
    if value.bit_length() > MAX_BITS:
        raise TooLarge
    return value


def _sized(value: Any) -> Any:
    if len(value) > MAX_LENGTH:
        raise TooLarge
    return value


def mul(a: int, b: int) -> int:
    """Product of two ints."""
    return _int(a * b)


def power(a: int, b: int) -> int:
    """``a ** b`` for a small exponent that is not negative."""
    if not 0 <= b <= 64:
        raise TooLarge
    return _int(a**b)


def fpower(a: float, b: float) -> float:
    """Float power that stays real."""
    if abs(b) > 64:
        raise TooLarge
    result = float(a) ** float(b)  # ints may come in place of floats, and their power may be endless
    if isinstance(result, complex):
        raise TooLarge
    return float(result)


def concat(a: Any, b: Any) -> Any:
    """Concatenation of two strings or sequences."""
    return _sized(a + b)


def repeat(a: Any, n: int) -> Any:
    """``a * n`` of a string or sequence."""
    if n * len(a) > MAX_LENGTH:
        raise TooLarge
    return a * n


def join(separator: str, parts: tuple[str, ...]) -> str:
    """``separator.join(parts)``."""
    return str(_sized(separator.join(parts)))


def replace(text: str, old: str, new: str) -> str:
    """``text.replace(old, new)``."""
    return str(_sized(text.replace(old, new)))


def range1(n: int) -> tuple[int, ...]:
    """``range(n)``."""
    return range2(0, n)


def range2(a: int, b: int) -> tuple[int, ...]:
    """``range(a, b)``."""
    if b - a > MAX_LENGTH:
        raise TooLarge
    return tuple(range(a, b))


def range3(a: int, b: int, step: int) -> tuple[int, ...]:
    """``range(a, b, step)``."""
    span = range(a, b, step)
    if len(span) > MAX_LENGTH:
        raise TooLarge
    return tuple(span)


def factorial(n: int) -> int:
    """``math.factorial(n)`` for small n."""
    if n > 57:
        raise TooLarge
    return math.factorial(n)


def prod(xs: tuple[int, ...]) -> int:
    """``math.prod(xs)``."""
    result = 1
    for x in xs:
        result = _int(result * x)
    return result


def to_int(text: str) -> int:
    """``int(text)``."""
    if len(text) > 70:
        raise TooLarge
    return int(text)


def float_to_int(x: float) -> int:
    """``int(x)`` of a float."""
    return _int(int(x))


def to_base(text: str, base: int) -> int:
    """``int(text, base)``."""
    if len(text) > 200:
        raise TooLarge
    return _int(int(text, base))


def rjust(text: str, width: int, fill: str) -> str:
    """``text.rjust(width, fill)``."""
    if width > MAX_LENGTH:
        raise TooLarge
    return text.rjust(width, fill)


def zfill(text: str, width: int) -> str:
    """``text.zfill(width)``."""
    if width > MAX_LENGTH:
        raise TooLarge
    return text.zfill(width)


def combinations2(xs: tuple[Any, ...]) -> tuple[tuple[Any, Any], ...]:
    """``list(combinations(xs, 2))``."""
    if len(xs) > 60:
        raise TooLarge
    return tuple(itertools.combinations(xs, 2))


def combinations3(xs: tuple[Any, ...]) -> tuple[tuple[Any, Any, Any], ...]:
    """``list(combinations(xs, 3))``."""
    if len(xs) > 20:
        raise TooLarge
    return tuple(itertools.combinations(xs, 3))


def flatten(xss: tuple[Any, ...]) -> tuple[Any, ...]:
    """Concatenate the elements of a sequence of sequences."""
    if sum(map(len, xss)) > MAX_LENGTH:
        raise TooLarge
    return tuple([x for xs in xss for x in xs])


def transpose(xss: tuple[Any, ...]) -> tuple[Any, ...]:
    """The columns of a sequence of rows."""
    if sum(map(len, xss)) > MAX_LENGTH:
        raise TooLarge
    return tuple(zip(*xss, strict=False))
