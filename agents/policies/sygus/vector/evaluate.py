"""Evaluation of terms on columns. The last axis of an array is the points; the others broadcast.

Sorts: BitVec (up to 64 bits) as uint64, Int as int64 (saturated at `INVALID_INT`), Bool as bool,
String as numbers of an `Interner`. Saturated values make a result wrong, never a proof: every
answer is proved elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from proofsmith.agents.policies.sygus.vector import bits
from proofsmith.agents.policies.sygus.vector.strings import FUNCTIONS, INVALID_INT, Interner, tabulate
from proofsmith.smtlib.terms import Sort, Term, postorder

Array = NDArray[Any]

DTYPES: dict[str, Any] = {"BitVec": np.uint64, "Int": np.int64, "Bool": np.bool_, "String": np.int32}


class NotVectorised(Exception):
    """A sort, an operator or a value that columns cannot hold."""


class Evaluator:
    """Evaluates terms on columns; strings are numbered by its `interner`."""

    def __init__(self, interner: Interner | None = None) -> None:
        self.interner = interner or Interner()

    def column(self, values: Sequence[Any], sort: Sort) -> Array:
        """Return a column of Python values.

        Raises:
            NotVectorised: a value is too large, or the sort has no columns.
        """
        if sort.name == "String":
            return self.interner.column(values)
        if sort.name not in DTYPES or sort.width > 64:
            raise NotVectorised(f"no columns for {sort}")
        if sort.name == "Int" and any(abs(v) >= INVALID_INT for v in values):
            raise NotVectorised("an integer beyond 62 bits")
        return np.array(values, dtype=DTYPES[sort.name])

    def values(self, column: Array, sort: Sort) -> list[Any]:
        """Return a column's Python values."""
        if sort.name == "String":
            return [self.interner.text[i] for i in column.tolist()]
        return list(column.tolist())

    def evaluate(self, term: Term, env: Mapping[str, Array]) -> Array:
        """Evaluate `term`, which applies operators only, with the columns of its variables.

        Raises:
            NotVectorised: as `apply`.
        """
        made: dict[int, Array] = {}
        for t in postorder(term):
            if t.kind == "var":
                made[id(t)] = env[t.name]
            elif t.kind == "const":
                made[id(t)] = self.column([t.value], t.sort)
            elif t.kind == "app":
                made[id(t)] = self.apply(t, [made[id(a)] for a in t.args])
            else:
                raise NotVectorised(f"{t.kind} {t.name}")
        return made[id(term)]

    def apply(self, term: Term, args: list[Array]) -> Array:
        """Apply the operator of `term` (whose own arguments tell the sorts) to columns.

        Raises:
            NotVectorised: the operator is not known here.
        """
        name, sorts = term.name, [a.sort for a in term.args]
        shared = _shared(name, args)
        if shared is not None:
            return shared
        if term.sort.width > 64 or any(s.width > 64 for s in sorts):
            raise NotVectorised("bit-vectors of more than 64 bits")
        if name in FUNCTIONS:
            return tabulate(self.interner, name, term.sort.name, [s.name for s in sorts], args)
        if sorts and sorts[0].name == "BitVec":
            return _bitvector(name, args, [s.width for s in sorts])
        if sorts and sorts[0].name == "Int":
            return _integer(name, args)
        raise NotVectorised(f"operator {name}")


def _shared(name: str, args: list[Array]) -> Array | None:
    """The core theory's operators."""
    out: Array
    match name:
        case "=":
            out = reduce(np.logical_and, (a == b for a, b in pairwise(args)))
        case "distinct":
            pairs = [(a, b) for i, a in enumerate(args) for b in args[i + 1 :]]
            out = reduce(np.logical_and, (a != b for a, b in pairs))
        case "ite":
            out = np.where(args[0], args[1], args[2])
        case "not":
            out = ~args[0]
        case "and":
            out = reduce(np.logical_and, args)
        case "or":
            out = reduce(np.logical_or, args)
        case "xor":
            out = reduce(np.logical_xor, args)
        case "=>":
            out = args[-1]
            for a in reversed(args[:-1]):
                out = ~a | out
        case _:
            return None
    return out


def _bitvector(name: str, args: list[Array], widths: list[int]) -> Array:
    width = widths[0]
    if name in bits.UNARY:
        return bits.UNARY[name](args[0], width)
    if name in bits.BINARY:
        function = bits.BINARY[name]
        if len(args) > 2 and name not in bits.ASSOCIATIVE:
            raise NotVectorised(f"{name} of {len(args)} arguments")
        return reduce(lambda a, b: function(a, b, width), args)
    found = bits.indexed(name, args, widths)
    if found is None:
        raise NotVectorised(f"operator {name}")
    return found


def _clip(a: Array) -> Array:
    out: Array = np.clip(a, -INVALID_INT, INVALID_INT)
    return out


def _times(a: Array, b: Array) -> Array:
    product = a * b
    if product.size and float(np.abs(a).max()) * float(np.abs(b).max()) >= INVALID_INT:
        big = np.abs(a.astype(np.float64) * b.astype(np.float64)) >= INVALID_INT
        product = np.where(big, INVALID_INT, product)
    return product


def _div(a: Array, b: Array) -> Array:
    """Euclidean division of SMT-LIB; by zero it gives zero (the verifier decides in the end)."""
    safe = np.where(b == 0, 1, b)
    quotient = np.where(safe > 0, a // np.abs(safe), -(a // np.abs(safe)))
    out: Array = np.where(b == 0, 0, quotient)
    return out


def _mod(a: Array, b: Array) -> Array:
    out: Array = np.where(b == 0, a, a % np.abs(np.where(b == 0, 1, b)))
    return out


def _integer(name: str, args: list[Array]) -> Array:
    out: Array
    match name:
        case "+":
            return reduce(lambda a, b: _clip(a + b), args)
        case "-":
            return -args[0] if len(args) == 1 else reduce(lambda a, b: _clip(a - b), args)
        case "*":
            return reduce(_times, args)
        case "div":
            return reduce(_div, args)
        case "mod":
            return _mod(args[0], args[1])
        case "abs":
            return np.abs(args[0])
        case "<" | "<=" | ">" | ">=":
            compare = {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal}[name]
            out = reduce(np.logical_and, (compare(a, b) for a, b in pairwise(args)))
            return out
    raise NotVectorised(f"operator {name}")
