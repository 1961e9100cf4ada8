"""Joins partly right terms of a bank into a conditional program that is right everywhere."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from proofsmith.agents.policies.sygus.bank import Bank
from proofsmith.agents.policies.sygus.branches import Branch
from proofsmith.agents.policies.sygus.goals import Goal
from proofsmith.agents.policies.sygus.unify import Leaf, Tree, cover, learn_tree, size
from proofsmith.smtlib.terms import Term

Array = NDArray[Any]

MOST_TERMS = 150
"""Partly right terms that a tree may use."""
MOST_PREDICATES = 30_000
"""Distinct predicates that a tree may use, cheapest first."""


def join(bank: Bank, goal: Goal, branch: Branch) -> tuple[Term, int] | None:
    """Return a conditional program that is right on all points of `goal`, and its number of leaves.

    ``None`` if the terms of the bank do not cover all points, or its predicates do not tell them apart.
    """
    terms, right = _distinct(
        ((first, goal.right(rows)) for first, rows in bank.rows(branch.nonterminal)), 1 << 20, False
    )
    if not len(terms) or not right.any(axis=0).all():
        return None
    chosen = cover(right, 64)
    if chosen is None:
        return None
    most = np.argsort(-right.sum(axis=1), kind="stable")[:MOST_TERMS]
    kept = np.unique(np.concatenate([most, np.array(chosen, dtype=most.dtype)]))
    tests, truth = _distinct(branch.conditions(bank), MOST_PREDICATES, True)
    if not len(tests):
        return None
    tree = learn_tree(right[kept], truth)
    if tree is None:
        return None
    return _written(tree, bank, branch, terms[kept], tests), size(tree)


def _distinct(blocks: Iterable[tuple[int, Array]], most: int, complement: bool) -> tuple[Array, Array]:
    """Return numbers and rows of the distinct boolean rows that are somewhere true, in order.

    With `complement` a row and its negation count as the same, and constant rows are left out.
    """
    numbers: list[Array] = []
    kept: list[Array] = []
    seen: set[bytes] = set()
    total = 0
    for first, rows in blocks:
        some = rows.any(axis=1)
        if complement:
            some &= ~rows.all(axis=1)
        index = np.flatnonzero(some)
        chosen = rows[index]
        keys = chosen ^ chosen[:, :1] if complement else chosen
        packed = np.packbits(keys, axis=1)
        new = []
        for i, key in enumerate(map(bytes, packed)):
            if key not in seen:
                seen.add(key)
                new.append(i)
        numbers.append(index[new] + first)
        kept.append(chosen[new])
        total += len(new)
        if total >= most:
            break
    if not kept:
        return np.zeros(0, dtype=np.int64), np.zeros((0, 0), dtype=bool)
    return np.concatenate(numbers)[:most], np.concatenate(kept)[:most]


def _written(tree: Tree, bank: Bank, branch: Branch, terms: Array, tests: Array) -> Term:
    if isinstance(tree, Leaf):
        return bank.term(branch.nonterminal, int(terms[tree.term]))
    return branch.build(
        bank.term(branch.tests, int(tests[tree.predicate])),
        _written(tree.then, bank, branch, terms, tests),
        _written(tree.other, bank, branch, terms, tests),
    )
