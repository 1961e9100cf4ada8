"""The operators of the theories Core, Ints, FixedSizeBitVectors and Strings: names, sorts, arities.

Source: the SMT-LIB 2.6 standard and its theory declarations. Names of the older SyGuS dialect
(``str.to.int``) map to the standard ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from proofsmith.smtlib.terms import BOOL, INT, STRING, Sort, bitvec

MAX_WIDTH = 1 << 16
"""Widest bit-vector that is read."""


class SortMismatch(Exception):
    """The arguments do not fit the operator; the text says how."""


ALIASES = {
    "str.to.int": "str.to_int",
    "int.to.str": "str.from_int",
    "str.to-int": "str.to_int",
    "str.from-int": "str.from_int",
    "str.to.code": "str.to_code",
    "str.from.code": "str.from_code",
    "str.replaceall": "str.replace_all",
    "str.isdigit": "str.is_digit",
    "implies": "=>",
    "iff": "=",
    "nat2bv": "int2bv",
    "ubv_to_int": "bv2nat",
    "int_to_bv": "int2bv",
}
"""Other names of operators, to those of SMT-LIB 2.6 that are used everywhere inside."""

_LEFT = "and or xor + - * div str.++ concat bvand bvor bvxor bvadd bvmul"
LEFT_ASSOCIATIVE = frozenset(_LEFT.split())
"""Operators whose n-ary form abbreviates nested binary ones, from the left."""

_EITHER = "and or xor + * = distinct bvand bvor bvxor bvadd bvmul bvnand bvnor bvxnor"
COMMUTATIVE = frozenset(_EITHER.split())
"""Binary operators that do not care about the order of their arguments."""

Rule = Callable[[str, Sequence[int], Sequence[Sort]], Sort]


def _words(sorts: Sequence[Sort]) -> str:
    return " ".join(map(str, sorts)) or "nothing"


def _fixed(arguments: tuple[Sort, ...], result: Sort) -> Rule:
    def rule(name: str, indices: Sequence[int], sorts: Sequence[Sort]) -> Sort:
        if tuple(sorts) != arguments:
            raise SortMismatch(f"{name} takes {_words(arguments)}, not {_words(sorts)}")
        return result

    return rule


def _at_least(count: int, argument: Sort, result: Sort) -> Rule:
    def rule(name: str, indices: Sequence[int], sorts: Sequence[Sort]) -> Sort:
        if len(sorts) < count or any(s != argument for s in sorts):
            raise SortMismatch(f"{name} takes {count} or more {argument}, not {_words(sorts)}")
        return result

    return rule


def _same(count: int) -> Rule:
    def rule(name: str, indices: Sequence[int], sorts: Sequence[Sort]) -> Sort:
        if len(sorts) < count or any(s != sorts[0] for s in sorts):
            raise SortMismatch(f"{name} takes {count} or more terms of one sort, not {_words(sorts)}")
        return BOOL

    return rule


def _ite(name: str, indices: Sequence[int], sorts: Sequence[Sort]) -> Sort:
    if len(sorts) != 3 or sorts[0] != BOOL or sorts[1] != sorts[2]:
        raise SortMismatch(f"ite takes Bool and two terms of one sort, not {_words(sorts)}")
    return sorts[1]


def _vectors(count: int, more: bool = False, result: Sort | None = None) -> Rule:
    """`count` bit-vectors of one width (or more of them), to `result` or to that width."""

    def rule(name: str, indices: Sequence[int], sorts: Sequence[Sort]) -> Sort:
        fits = len(sorts) == count or (more and len(sorts) > count)
        if not fits or any(s.name != "BitVec" or s != sorts[0] for s in sorts):
            number = f"{count} or more" if more else str(count)
            raise SortMismatch(f"{name} takes {number} bit-vectors of one width, not {_words(sorts)}")
        return sorts[0] if result is None else result

    return rule


def _width_of(name: str, sorts: Sequence[Sort]) -> int:
    if len(sorts) != 1 or sorts[0].name != "BitVec":
        raise SortMismatch(f"{name} takes one bit-vector, not {_words(sorts)}")
    return sorts[0].width


def _concat(name: str, indices: Sequence[int], sorts: Sequence[Sort]) -> Sort:
    if len(sorts) < 2 or any(s.name != "BitVec" for s in sorts):
        raise SortMismatch(f"concat takes 2 or more bit-vectors, not {_words(sorts)}")
    return _checked_width(name, sum(s.width for s in sorts))


def _extract(name: str, indices: Sequence[int], sorts: Sequence[Sort]) -> Sort:
    width = _width_of(name, sorts)
    high, low = indices
    if not low <= high < width:
        raise SortMismatch(f"extract {high} {low} does not fit {width} bits")
    return bitvec(high - low + 1)


def _extend(name: str, indices: Sequence[int], sorts: Sequence[Sort]) -> Sort:
    return _checked_width(name, _width_of(name, sorts) + indices[0])


def _repeat(name: str, indices: Sequence[int], sorts: Sequence[Sort]) -> Sort:
    if indices[0] < 1:
        raise SortMismatch("repeat takes a positive index")
    return _checked_width(name, _width_of(name, sorts) * indices[0])


def _rotate(name: str, indices: Sequence[int], sorts: Sequence[Sort]) -> Sort:
    return bitvec(_width_of(name, sorts))


def _bv2nat(name: str, indices: Sequence[int], sorts: Sequence[Sort]) -> Sort:
    _width_of(name, sorts)
    return INT


def _int2bv(name: str, indices: Sequence[int], sorts: Sequence[Sort]) -> Sort:
    if tuple(sorts) != (INT,) or indices[0] < 1:
        raise SortMismatch(f"int2bv takes a positive index and one Int, not {_words(sorts)}")
    return _checked_width(name, indices[0])


def _minus(name: str, indices: Sequence[int], sorts: Sequence[Sort]) -> Sort:
    return _at_least(1, INT, INT)(name, indices, sorts)


def _checked_width(name: str, width: int) -> Sort:
    if width > MAX_WIDTH:
        raise SortMismatch(f"{name} makes {width} bits; {MAX_WIDTH} are the most that is supported")
    return bitvec(width)


def _table() -> dict[str, tuple[int, Rule]]:
    """Map each operator to its number of indices and its sort rule."""
    plain: dict[str, Rule] = {
        "not": _fixed((BOOL,), BOOL),
        "=>": _at_least(2, BOOL, BOOL),
        "and": _at_least(1, BOOL, BOOL),
        "or": _at_least(1, BOOL, BOOL),
        "xor": _at_least(2, BOOL, BOOL),
        "=": _same(2),
        "distinct": _same(2),
        "ite": _ite,
        "+": _at_least(1, INT, INT),
        "-": _minus,
        "*": _at_least(2, INT, INT),
        "div": _at_least(2, INT, INT),
        "mod": _fixed((INT, INT), INT),
        "abs": _fixed((INT,), INT),
        "concat": _concat,
        "bvcomp": _vectors(2, result=bitvec(1)),
        "bvnot": _vectors(1),
        "bvneg": _vectors(1),
        "bvredor": _vectors(1, result=bitvec(1)),
        "bvredand": _vectors(1, result=bitvec(1)),
        "bv2nat": _bv2nat,
        "str.++": _at_least(1, STRING, STRING),
        "str.len": _fixed((STRING,), INT),
        "str.at": _fixed((STRING, INT), STRING),
        "str.substr": _fixed((STRING, INT, INT), STRING),
        "str.prefixof": _fixed((STRING, STRING), BOOL),
        "str.suffixof": _fixed((STRING, STRING), BOOL),
        "str.contains": _fixed((STRING, STRING), BOOL),
        "str.indexof": _fixed((STRING, STRING, INT), INT),
        "str.replace": _fixed((STRING, STRING, STRING), STRING),
        "str.replace_all": _fixed((STRING, STRING, STRING), STRING),
        "str.is_digit": _fixed((STRING,), BOOL),
        "str.to_code": _fixed((STRING,), INT),
        "str.from_code": _fixed((INT,), STRING),
        "str.to_int": _fixed((STRING,), INT),
        "str.from_int": _fixed((INT,), STRING),
    }
    plain |= {name: _at_least(2, INT, BOOL) for name in ("<", "<=", ">", ">=")}
    plain |= {name: _at_least(2, STRING, BOOL) for name in ("str.<", "str.<=")}
    plain |= {f"bv{n}": _vectors(2, more=True) for n in ("and", "or", "xor", "add", "mul")}
    binary = ("nand", "nor", "xnor", "sub", "udiv", "urem", "sdiv", "srem", "smod", "shl", "lshr", "ashr")
    plain |= {f"bv{n}": _vectors(2) for n in binary}
    plain |= {f"bv{s}{c}": _vectors(2, result=BOOL) for s in "us" for c in ("lt", "le", "gt", "ge")}
    indexed: dict[str, tuple[int, Rule]] = {
        "extract": (2, _extract),
        "zero_extend": (1, _extend),
        "sign_extend": (1, _extend),
        "repeat": (1, _repeat),
        "rotate_left": (1, _rotate),
        "rotate_right": (1, _rotate),
        "int2bv": (1, _int2bv),
        "divisible": (1, _fixed((INT,), BOOL)),
    }
    return {name: (0, rule) for name, rule in plain.items()} | indexed


OPERATORS: dict[str, tuple[int, Rule]] = _table()
"""Operator name (without indices) to its number of indices and its sort rule."""


def is_operator(name: str) -> bool:
    """Say whether `name` is an operator of the standard, or ``true`` or ``false``."""
    return name in OPERATORS or name in ("true", "false")


def result_sort(name: str, indices: Sequence[int], sorts: Sequence[Sort]) -> Sort:
    """Return the sort of an operator applied to arguments of the given sorts.

    Raises:
        KeyError: there is no such operator.
        SortMismatch: wrong number of indices or arguments, or wrong sorts.
    """
    count, rule = OPERATORS[name]
    if len(indices) != count:
        raise SortMismatch(f"{name} takes {count} indices, not {len(indices)}")
    if name == "divisible" and indices[0] < 1:
        raise SortMismatch("divisible takes a positive index")
    return rule(name, indices, sorts)


def full_name(name: str, indices: Sequence[int]) -> str:
    """Return the name that a term carries: ``(_ extract 7 0)`` for indexed operators."""
    return f"(_ {name} {' '.join(map(str, indices))})" if indices else name


def split_name(name: str) -> tuple[str, tuple[int, ...]]:
    """Undo `full_name`."""
    if not name.startswith("(_ "):
        return name, ()
    parts = name[3:-1].split()
    return parts[0], tuple(map(int, parts[1:]))
