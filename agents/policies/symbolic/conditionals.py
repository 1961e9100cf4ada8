"""Conditionals by unification: partial programs and the predicates that choose between them.

After Alur et al., "Scaling enumerative program synthesis via divide and conquer" (EUSolver, 2017):
terms that meet some examples become the leaves of a decision tree over enumerated predicates.
The cheapest tree wins; its cost is the sum of its terms and predicates, plus two bits a branch.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from proofsmith.agents.policies.symbolic.enumerate import Enumerator
from proofsmith.agents.policies.symbolic.expr import FAILED, Expr
from proofsmith.agents.policies.symbolic.types import BOOL

BRANCH = 2
MAX_PREDICATES = 400
MAX_TERMS = 400
MAX_STEPS = 60_000
"""Tests tried in one unification; beyond that the best tree so far is taken."""


@dataclass(frozen=True)
class Leaf:
    """A term that meets all examples that reach it."""

    cost: int
    term: Expr
    leaves: int = 1

    def parts(self) -> list[Expr]:
        """Return every expression in the tree."""
        return [self.term]


@dataclass(frozen=True)
class Branch:
    """A test with two trees. `cost` is in bits, `leaves` the number of terms."""

    cost: int
    test: Expr
    yes: Tree
    no: Tree
    leaves: int

    def parts(self) -> list[Expr]:
        """Return every expression in the tree."""
        return [self.test, *self.yes.parts(), *self.no.parts()]


Tree = Leaf | Branch


def split_masks(tests: Iterable[Expr], rows: int) -> dict[int, Expr]:
    """Return for each way to divide the examples the cheapest test that does it."""
    full = (1 << rows) - 1
    found: dict[int, Expr] = {}
    for test in tests:
        values = test.vals[:rows]
        if FAILED in values:
            continue
        mask = sum(1 << i for i, v in enumerate(values) if v)
        if 0 < mask < full and (mask not in found or test.cost < found[mask].cost):
            found[mask] = test
    return found


def unify(bank: Enumerator, depth: int = 3) -> Tree | None:
    """Return the cheapest tree of at most `depth` tests whose every branch meets its examples."""
    goal = bank.goal
    if goal is None or goal.size < 2:
        return None
    terms = sorted(((m, e[0]) for m, e in bank.masks.items()), key=lambda t: t[1].cost)[:MAX_TERMS]
    tests = sorted(split_masks(bank.every(BOOL), goal.size).items(), key=lambda t: t[1].cost)
    return _Builder(terms, tests[:MAX_PREDICATES]).best(goal.full, depth, 10_000)


class _Builder:
    """Dynamic programming over sets of examples."""

    def __init__(self, terms: Sequence[tuple[int, Expr]], tests: Sequence[tuple[int, Expr]]) -> None:
        self._terms = terms
        self._tests = tests
        self._steps = MAX_STEPS
        self._known: dict[tuple[int, int], tuple[Tree | None, int]] = {}

    def best(self, rows: int, depth: int, limit: int) -> Tree | None:
        """Return the cheapest tree for the examples in `rows` that costs less than `limit`."""
        known = self._known.get((rows, depth))
        if known is not None and (known[0] is not None or known[1] >= limit):
            tree = known[0]
            return tree if tree is not None and tree.cost < limit else None
        best: Tree | None = None
        bound = limit
        for mask, term in self._terms:
            if term.cost >= bound:
                break
            if mask & rows == rows:
                best, bound = Leaf(term.cost, term), term.cost
                break
        if depth:
            for mask, test in self._tests:
                self._steps -= 1
                if test.cost + BRANCH + 2 >= bound or self._steps < 0:
                    break
                inside, outside = mask & rows, rows & ~mask
                if not inside or not outside:
                    continue
                left = bound - test.cost - BRANCH
                yes = self.best(inside, depth - 1, left - 1)
                no = self.best(outside, depth - 1, left - yes.cost) if yes is not None else None
                if yes is not None and no is not None:
                    bound = test.cost + BRANCH + yes.cost + no.cost
                    best = Branch(bound, test, yes, no, yes.leaves + no.leaves)
        self._known[(rows, depth)] = (best, limit)
        return best
