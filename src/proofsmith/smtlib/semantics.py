"""What the operators compute, exactly as SMT-LIB 2.6 defines them.

Values: Int as int, Bool as bool, String as str of code points up to 0x2FFFF, BitVec of width w as int in
[0, 2**w). All operators are total. The standard leaves integer division by zero open (any function of
the dividend will do); here ``(div x 0)`` is 0 and ``(mod x 0)`` is x unless the caller knows better.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Sequence
from functools import lru_cache, reduce
from typing import Any

from proofsmith.smtlib.sexpr import MAX_CODE
from proofsmith.smtlib.signature import split_name
from proofsmith.smtlib.terms import Sort

Value = int | bool | str
Operation = Callable[..., Any]

MAX_LENGTH = 1_000_000
"""Longest string that is computed, in characters."""
MAX_BITS = 100_000
"""Largest integer that is computed, in bits."""
MAX_DIGITS = 4_000
"""Longest decimal number that is converted from or to a string."""


class TooLarge(Exception):
    """A value grew beyond what is computed here."""


def euclidean_div(a: int, b: int) -> int:
    """Return SMT-LIB's quotient: the remainder is never negative. 0 for a zero divisor."""
    if b == 0:
        return 0
    return a // b if b > 0 else -(a // -b)


def euclidean_mod(a: int, b: int) -> int:
    """Return SMT-LIB's remainder, in [0, abs(b)). `a` for a zero divisor."""
    return a % abs(b) if b else a


def _times(a: int, b: int) -> int:
    if a.bit_length() + b.bit_length() > MAX_BITS:
        raise TooLarge("an integer of more than a hundred thousand bits")
    return a * b


def _join(*parts: str) -> str:
    if sum(map(len, parts)) > MAX_LENGTH:
        raise TooLarge("a string of more than a million characters")
    return "".join(parts)


def _substr(s: str, start: int, count: int) -> str:
    return s[start : start + count] if 0 <= start < len(s) and count > 0 else ""


def _at(s: str, i: int) -> str:
    return s[i] if 0 <= i < len(s) else ""


def _indexof(s: str, part: str, start: int) -> int:
    return s.find(part, start) if 0 <= start <= len(s) else -1


def _replace(s: str, old: str, new: str) -> str:
    return _fitting(s.replace(old, new, 1))


def _replace_all(s: str, old: str, new: str) -> str:
    if not old:
        return s
    if s.count(old) * len(new) > MAX_LENGTH:
        raise TooLarge("a string of more than a million characters")
    return s.replace(old, new)


def _fitting(s: str) -> str:
    if len(s) > MAX_LENGTH:
        raise TooLarge("a string of more than a million characters")
    return s


def _is_digit(s: str) -> bool:
    return len(s) == 1 and "0" <= s <= "9"


def _to_code(s: str) -> int:
    return ord(s) if len(s) == 1 else -1


def _from_code(n: int) -> str:
    return chr(n) if 0 <= n <= MAX_CODE else ""


def _to_int(s: str) -> int:
    if not (s.isascii() and s.isdecimal()):
        return -1
    digits = s.lstrip("0")
    if len(digits) > MAX_DIGITS:
        raise TooLarge(f"a number of more than {MAX_DIGITS} digits")
    return int(digits or "0")


def _from_int(n: int) -> str:
    if n.bit_length() > 13_000:
        raise TooLarge(f"a number of more than {MAX_DIGITS} digits")
    return str(n) if n >= 0 else ""


def _chain(test: Callable[[Any, Any], bool]) -> Operation:
    def run(*args: Any) -> bool:
        return all(test(a, b) for a, b in itertools.pairwise(args))

    return run


def _minus(*args: int) -> int:
    return -args[0] if len(args) == 1 else reduce(operator.sub, args)


def _implies(*args: bool) -> bool:
    return not all(args[:-1]) or args[-1]


def _ite(test: bool, yes: Any, no: Any) -> Any:
    return yes if test else no


_PLAIN: dict[str, Operation] = {
    "not": operator.not_,
    "and": lambda *args: all(args),
    "or": lambda *args: any(args),
    "xor": lambda *args: sum(args) % 2 == 1,
    "=>": _implies,
    "=": _chain(operator.eq),
    "distinct": lambda *args: len(set(args)) == len(args),
    "ite": _ite,
    "+": lambda *args: sum(args),
    "-": _minus,
    "*": lambda *args: reduce(_times, args),
    "div": lambda *args: reduce(euclidean_div, args),
    "mod": euclidean_mod,
    "abs": abs,
    "<": _chain(operator.lt),
    "<=": _chain(operator.le),
    ">": _chain(operator.gt),
    ">=": _chain(operator.ge),
    "str.++": _join,
    "str.len": len,
    "str.at": _at,
    "str.substr": _substr,
    "str.prefixof": lambda part, s: s.startswith(part),
    "str.suffixof": lambda part, s: s.endswith(part),
    "str.contains": lambda s, part: part in s,
    "str.indexof": _indexof,
    "str.replace": _replace,
    "str.replace_all": _replace_all,
    "str.is_digit": _is_digit,
    "str.to_code": _to_code,
    "str.from_code": _from_code,
    "str.to_int": _to_int,
    "str.from_int": _from_int,
    "str.<": _chain(operator.lt),
    "str.<=": _chain(operator.le),
    "bvult": operator.lt,
    "bvule": operator.le,
    "bvugt": operator.gt,
    "bvuge": operator.ge,
    "bv2nat": lambda a: a,
    "bvand": lambda *args: reduce(operator.and_, args),
    "bvor": lambda *args: reduce(operator.or_, args),
    "bvxor": lambda *args: reduce(operator.xor, args),
}


def signed(value: int, width: int) -> int:
    """Return the two's-complement reading of a bit-vector."""
    return value - (1 << width) if value >> (width - 1) else value


def _vector_operations(w: int) -> dict[str, Operation]:
    """Operations on bit-vectors of `w` bits whose results need the width."""
    mask = (1 << w) - 1

    def two(change: Callable[[int, int], int]) -> Operation:
        return lambda a, b: change(signed(a, w), signed(b, w)) & mask

    def compare(test: Callable[[int, int], bool]) -> Operation:
        return lambda a, b: test(signed(a, w), signed(b, w))

    return {
        "bvnot": lambda a: a ^ mask,
        "bvneg": lambda a: -a & mask,
        "bvnand": lambda a, b: (a & b) ^ mask,
        "bvnor": lambda a, b: (a | b) ^ mask,
        "bvxnor": lambda a, b: a ^ b ^ mask,
        "bvadd": lambda *args: sum(args) & mask,
        "bvsub": lambda a, b: (a - b) & mask,
        "bvmul": lambda *args: reduce(lambda a, b: a * b & mask, args),
        "bvudiv": lambda a, b: a // b if b else mask,
        "bvurem": lambda a, b: a % b if b else a,
        "bvsdiv": two(_signed_div),
        "bvsrem": two(_signed_rem),
        "bvsmod": two(lambda a, b: a % b if b else a),
        "bvshl": lambda a, b: (a << b) & mask if b < w else 0,
        "bvlshr": lambda a, b: a >> b if b < w else 0,
        "bvashr": lambda a, b: (signed(a, w) >> min(b, w)) & mask,
        "bvslt": compare(operator.lt),
        "bvsle": compare(operator.le),
        "bvsgt": compare(operator.gt),
        "bvsge": compare(operator.ge),
        "bvcomp": lambda a, b: int(a == b),
        "bvredor": lambda a: int(a != 0),
        "bvredand": lambda a: int(a == mask),
    }


def _signed_div(a: int, b: int) -> int:
    """Truncating quotient; by zero as the standard's reduction to ``bvudiv`` gives it."""
    if b == 0:
        return 1 if a < 0 else -1
    quotient = abs(a) // abs(b)
    return quotient if (a < 0) == (b < 0) else -quotient


def _signed_rem(a: int, b: int) -> int:
    if b == 0:
        return a
    remainder = abs(a) % abs(b)
    return -remainder if a < 0 else remainder


def _concat(widths: tuple[int, ...]) -> Operation:
    def run(*args: int) -> int:
        made = 0
        for value, width in zip(args, widths, strict=True):
            made = made << width | value
        return made

    return run


def _indexed(name: str, indices: tuple[int, ...], arguments: tuple[Sort, ...]) -> Operation:
    w, n = arguments[0].width, indices[0]
    if name == "extract":
        high, low = indices
        mask = (1 << (high - low + 1)) - 1
        return lambda a: a >> low & mask
    if name == "zero_extend":
        return lambda a: a
    if name == "sign_extend":
        wide = (1 << (w + n)) - 1
        return lambda a: signed(a, w) & wide
    if name == "repeat":
        return lambda a: _concat((w,) * n)(*((a,) * n))
    if name in ("rotate_left", "rotate_right"):
        left = n % w if name == "rotate_left" else -n % w
        ones = (1 << w) - 1
        return lambda a: (a << left | a >> (w - left)) & ones
    if name == "int2bv":
        return lambda a: a % (1 << n)
    if name == "divisible":
        return lambda a: a % n == 0
    raise KeyError(name)


@lru_cache(maxsize=4096)
def operation(name: str, arguments: tuple[Sort, ...]) -> Operation:
    """Return the Python function of an operator (by the name a term carries) on those argument sorts.

    Raises:
        KeyError: no such operator.
    """
    plain = _PLAIN.get(name)
    if plain is not None:
        return plain
    base, indices = split_name(name)
    if indices:
        return _indexed(base, indices, arguments)
    if base == "concat":
        return _concat(tuple(s.width for s in arguments))
    return _vector_operations(arguments[0].width)[base]


def sorts_of(terms: Sequence[Any]) -> tuple[Sort, ...]:
    """Return the sorts of terms."""
    return tuple(t.sort for t in terms)
