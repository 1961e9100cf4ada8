"""Polynomial equalities that hold on every observed state of a loop, found by linear algebra.

Sharma, Gupta, Hariharan, Aiken, Liang, Nori: A data driven approach for algebraic loop invariants
(ESOP 2013): the null space of the matrix of monomials over the observed states.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations_with_replacement

_MAX_COEFFICIENT = 60
"""Relations with larger coefficients are accidents of the sample."""


def monomials(names: Sequence[str], degree: int) -> list[tuple[str, ...]]:
    """Return all products of at most `degree` names, ``()`` for 1, simpler ones first."""
    return [m for d in range(degree + 1) for m in combinations_with_replacement(names, d)]


def equalities(
    names: Sequence[str], rows: Sequence[Sequence[int]], degree: int, most_terms: int = 5
) -> list[str]:
    """Return equalities between the columns as Dafny text, e.g. ``"r == i * i"``.

    Args:
        names: a term for each column; put first those in which the others should be expressed.
        rows: observed integer values, one row a state.
        degree: the largest degree of a product.
        most_terms: relations with more summands on the right are left out.
    """
    at = {name: k for k, name in enumerate(names)}
    distinct = list(dict.fromkeys(tuple(row) for row in rows))
    leading: list[tuple[str, ...]] = []
    found: list[str] = []
    for d in range(1, degree + 1):
        columns = [m for m in monomials(names, d) if not any(_divides(lead, m) for lead in leading)]
        table = [[Fraction(math.prod(row[at[n]] for n in m)) for m in columns] for row in distinct]
        for free, pivots in _null_space(table, len(columns)):
            leading.append(columns[free])
            terms = [(c, columns[k]) for k, c in pivots if c]
            shared = set(columns[free]).intersection(*(m for _, m in terms)) if terms else set()
            if shared:
                continue  # it says that a factor is 0 or something else holds: an accident, and hard
            if len(terms) <= most_terms and len(distinct) >= len(terms) + 3:
                text = _written(columns[free], terms)
                found += [] if text is None else [text]
    return found


def _divides(factor: tuple[str, ...], product: tuple[str, ...]) -> bool:
    return all(product.count(name) >= factor.count(name) for name in factor)


def _null_space(table: list[list[Fraction]], width: int) -> list[tuple[int, list[tuple[int, Fraction]]]]:
    """For every column that depends on earlier ones: its number, and its coefficients over them."""
    pivots: list[int] = []
    rank = 0
    for column in range(width):
        row = next((r for r in range(rank, len(table)) if table[r][column]), None)
        if row is None:
            continue
        table[rank], table[row] = table[row], table[rank]
        inverse = 1 / table[rank][column]
        table[rank] = [x * inverse for x in table[rank]]
        for r in range(len(table)):
            factor = table[r][column]
            if r != rank and factor:
                table[r] = [x - factor * y for x, y in zip(table[r], table[rank], strict=True)]
        pivots.append(column)
        rank += 1
    free = [c for c in range(width) if c not in set(pivots)]
    return [(c, [(p, table[k][c]) for k, p in enumerate(pivots) if p < c]) for c in free]


def _written(left: tuple[str, ...], terms: Sequence[tuple[Fraction, tuple[str, ...]]]) -> str | None:
    scale = math.lcm(*(c.denominator for c, _ in terms), 1)
    if scale > _MAX_COEFFICIENT or any(abs(c * scale) > _MAX_COEFFICIENT for c, _ in terms):
        return None
    plus = [_term(int(c * scale), m) for c, m in terms if c > 0]
    minus = [_term(int(-c * scale), m) for c, m in terms if c < 0]
    left_side = " + ".join([_term(scale, left), *minus])
    return f"{left_side} == {' + '.join(plus) or '0'}"


def _term(coefficient: int, monomial: tuple[str, ...]) -> str:
    if not monomial:
        return str(coefficient)
    product = " * ".join(monomial)
    return product if coefficient == 1 else f"{coefficient} * {product}"
