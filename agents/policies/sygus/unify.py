"""Divide and conquer: terms that are right on some points, joined by a decision tree over predicates.

As in EUSolver (Alur, Radhakrishna, Udupa: Scaling enumerative program synthesis via divide and
conquer, TACAS 2017): each point is labelled by all terms that are right there, weighted by how
many points they cover, and the tree is learnt by information gain on these soft labels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True)
class Leaf:
    """Use the term number `term`."""

    term: int


@dataclass(frozen=True)
class Split:
    """Where the predicate number `predicate` holds go on with `then`, elsewhere with `other`."""

    predicate: int
    then: Leaf | Split
    other: Leaf | Split


Tree = Leaf | Split


def cover(right: Array, most: int) -> list[int] | None:
    """Return few terms that together are right on every point (greedily), ``None`` if there are none.

    Args:
        right: which term (row) is right on which point (column); cheaper terms first.
        most: give up if this many terms are not enough.
    """
    left = np.ones(right.shape[1], dtype=bool)
    chosen: list[int] = []
    counts = right.sum(axis=1)
    while left.any():
        best = int(np.argmax(counts)) if len(counts) else 0
        if not len(counts) or counts[best] == 0 or len(chosen) >= most:
            return None
        chosen.append(best)
        gained = right[best] & left
        left &= ~right[best]
        counts = counts - right[:, gained].sum(axis=1)
    return chosen


def learn_tree(right: Array, predicates: Array, depth: int = 24) -> Tree | None:
    """Return a tree over `predicates` whose leaves are right on their points; ``None`` if none is found.

    Args:
        right: terms x points.
        predicates: predicates x points.
        depth: deepest tree.
    """
    weights = right.T * right.sum(axis=1)[None, :].astype(np.float32)
    total = weights.sum(axis=1, keepdims=True)
    if (total == 0).any():
        return None
    return _Learner(right, predicates, (weights / total).astype(np.float32)).grow(
        np.arange(right.shape[1]), depth
    )


class _Learner:
    def __init__(self, right: Array, predicates: Array, weights: Array) -> None:
        self.right, self.predicates, self.weights = right, predicates, weights

    def grow(self, points: Array, depth: int) -> Tree | None:
        everywhere = self.right[:, points].all(axis=1)
        if everywhere.any():
            return Leaf(int(np.argmax(everywhere)))
        if depth == 0:
            return None
        best = self._best(points)
        if best is None:
            return None
        truth = self.predicates[best][points]
        then = self.grow(points[truth], depth - 1)
        other = None if then is None else self.grow(points[~truth], depth - 1)
        return None if then is None or other is None else Split(best, then, other)

    def _best(self, points: Array) -> int | None:
        """The predicate with the least entropy left; ties go to the cheaper one."""
        weights = self.weights[points]
        here = self.predicates[:, points]
        count = here.sum(axis=1)
        useful = np.flatnonzero((count > 0) & (count < len(points)))
        if not len(useful):
            return None
        # most predicates repeat on few points: look at each behaviour once
        packed = np.packbits(here[useful], axis=1)
        _, first = np.unique(packed, axis=0, return_index=True)
        useful = useful[np.sort(first)]
        inside = here[useful].astype(np.float32)
        yes = inside @ weights
        no = weights.sum(axis=0)[None, :] - yes
        left = _entropy(yes) + _entropy(no)
        return int(useful[np.argmin(np.round(left, 4))])


def _entropy(sums: Array) -> Array:
    """Entropy times weight of label sums: rows of non-negative numbers."""
    sums = np.maximum(sums, 0.0)
    total = sums.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        plogp = np.where(sums > 0, sums * np.log2(sums), 0.0).sum(axis=1)
        out: Array = np.where(total > 0, total * np.log2(total), 0.0) - plogp
    return out


def size(tree: Tree) -> int:
    """Return the number of leaves."""
    return 1 if isinstance(tree, Leaf) else size(tree.then) + size(tree.other)
