"""Bit-vector operators on uint64 columns, widths 1 to 64, by SMT-LIB 2.6 (division by zero included)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
U = np.uint64


def mask(width: int) -> np.uint64:
    """Return the all-ones value of `width` bits."""
    return U((1 << width) - 1)


def signed(a: Array, width: int) -> Array:
    """Return the two's complement value as int64."""
    shift = np.int64(64 - width)
    out: Array = (a.astype(U) << U(64 - width)).view(np.int64) >> shift
    return out


def _shl(a: Array, b: Array, w: int) -> Array:
    out: Array = np.where(b >= U(w), U(0), (a << np.minimum(b, U(63))) & mask(w))
    return out


def _lshr(a: Array, b: Array, w: int) -> Array:
    out: Array = np.where(b >= U(w), U(0), a >> np.minimum(b, U(63)))
    return out


def _ashr(a: Array, b: Array, w: int) -> Array:
    shifted = signed(a, w) >> np.minimum(b, U(63)).astype(np.int64)
    out: Array = shifted.astype(np.int64).view(U) & mask(w)
    return out


def _udiv(a: Array, b: Array, w: int) -> Array:
    out: Array = np.where(b == 0, mask(w), a // np.where(b == 0, U(1), b))
    return out


def _urem(a: Array, b: Array, w: int) -> Array:
    out: Array = np.where(b == 0, a, a % np.where(b == 0, U(1), b))
    return out


def _neg(a: Array, w: int) -> Array:
    out: Array = (~a + U(1)) & mask(w)
    return out


def _sign(a: Array, w: int) -> Array:
    out: Array = (a >> U(w - 1)) != 0
    return out


def _abs(a: Array, w: int) -> Array:
    out: Array = np.where(_sign(a, w), _neg(a, w), a)
    return out


def _sdiv(a: Array, b: Array, w: int) -> Array:
    q = _udiv(_abs(a, w), _abs(b, w), w)
    out: Array = np.where(_sign(a, w) != _sign(b, w), _neg(q, w), q)
    return out


def _srem(a: Array, b: Array, w: int) -> Array:
    r = _urem(_abs(a, w), _abs(b, w), w)
    out: Array = np.where(_sign(a, w), _neg(r, w), r)
    return out


def _smod(a: Array, b: Array, w: int) -> Array:
    r = _urem(_abs(a, w), _abs(b, w), w)
    sa, sb = _sign(a, w), _sign(b, w)
    wrapped = np.where(sa & sb, _neg(r, w), np.where(sa, (_neg(r, w) + b) & mask(w), (r + b) & mask(w)))
    out: Array = np.where(~sa & ~sb, r, np.where(r == 0, r, wrapped))
    return out


BINARY: dict[str, Callable[[Array, Array, int], Array]] = {
    "bvadd": lambda a, b, w: (a + b) & mask(w),
    "bvsub": lambda a, b, w: (a - b) & mask(w),
    "bvmul": lambda a, b, w: (a * b) & mask(w),
    "bvand": lambda a, b, w: a & b,
    "bvor": lambda a, b, w: a | b,
    "bvxor": lambda a, b, w: a ^ b,
    "bvnand": lambda a, b, w: ~(a & b) & mask(w),
    "bvnor": lambda a, b, w: ~(a | b) & mask(w),
    "bvxnor": lambda a, b, w: ~(a ^ b) & mask(w),
    "bvshl": _shl,
    "bvlshr": _lshr,
    "bvashr": _ashr,
    "bvudiv": _udiv,
    "bvurem": _urem,
    "bvsdiv": _sdiv,
    "bvsrem": _srem,
    "bvsmod": _smod,
    "bvcomp": lambda a, b, w: (a == b).astype(U),
    "bvult": lambda a, b, w: a < b,
    "bvule": lambda a, b, w: a <= b,
    "bvugt": lambda a, b, w: a > b,
    "bvuge": lambda a, b, w: a >= b,
    "bvslt": lambda a, b, w: signed(a, w) < signed(b, w),
    "bvsle": lambda a, b, w: signed(a, w) <= signed(b, w),
    "bvsgt": lambda a, b, w: signed(a, w) > signed(b, w),
    "bvsge": lambda a, b, w: signed(a, w) >= signed(b, w),
}
"""(left, right, width of the arguments) to the result, by name."""

UNARY: dict[str, Callable[[Array, int], Array]] = {
    "bvnot": lambda a, w: ~a & mask(w),
    "bvneg": _neg,
}

ASSOCIATIVE = frozenset({"bvadd", "bvmul", "bvand", "bvor", "bvxor"})


def indexed(name: str, args: list[Array], widths: list[int]) -> Array | None:
    """Apply ``concat`` or an indexed operator such as ``(_ extract 7 0)``; ``None`` if unknown."""
    if name == "concat":
        out = args[0]
        for a, w in zip(args[1:], widths[1:], strict=True):
            out = (out << U(w)) | a
        return out
    words = name.strip("()").split()
    if len(words) < 3 or words[0] != "_":
        return None
    a, w, n = args[0], widths[0], int(words[2])
    match words[1]:
        case "extract":
            low = int(words[3])
            return (a >> U(low)) & mask(n - low + 1)
        case "zero_extend":
            return a
        case "sign_extend":
            return signed(a, w).view(U) & mask(w + n)
        case "rotate_left" | "rotate_right":
            left = n % w if words[1] == "rotate_left" else -n % w
            return a if left == 0 else ((a << U(left)) | (a >> U(w - left))) & mask(w)
        case "repeat":
            return indexed("concat", [a] * n, [w] * n)
    return None
