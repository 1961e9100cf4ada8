"""Learning a predicate over states from states in, states out, and implications between states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from proofsmith.agents.policies.sygus.goals import Point
from proofsmith.agents.policies.sygus.linear import simplified
from proofsmith.agents.policies.sygus.unify import Leaf, Tree, learn_tree
from proofsmith.agents.policies.sygus.vector.evaluate import Evaluator
from proofsmith.smtlib.terms import BOOL, Sort, Term, app, const

Array = NDArray[Any]


class Learner:
    """Proposes decision trees over `atoms` that agree with everything learnt so far.

    An implication between states is decided both ways at once: the first state is taken to be out
    unless it is known to be in, which then puts the second in (as Houdini's order does).
    """

    def __init__(self, state: Mapping[str, Sort], atoms: Sequence[Term]) -> None:
        self._state, self._atoms = dict(state), list(atoms)
        self._points: list[Point] = []
        self._label: list[bool | None] = []
        self._edges: list[tuple[int, int]] = []
        self._truth: list[Array] = []
        self._evaluator = Evaluator()
        self._consistent = True

    def must_hold(self, point: Point) -> None:
        """Learn a state that is in."""
        self._set(self._index(point), True)

    def must_fail(self, point: Point) -> None:
        """Learn a state that is out."""
        self._set(self._index(point), False)

    def implies(self, first: Point, second: Point) -> None:
        """Learn that if `first` is in, `second` is too."""
        edge = self._index(first), self._index(second)
        self._edges.append(edge)
        if self._label[edge[0]] is True:
            self._set(edge[1], True)
        if self._label[edge[1]] is False:
            self._set(edge[0], False)

    def tree(self) -> Term | None:
        """Return a predicate that agrees; ``None`` if there is none over the atoms."""
        if not self._consistent:
            return None
        for default in (True, False):
            labels = [default if v is None else v for v in self._label]
            if not default or all(labels[b] or not labels[a] for a, b in self._edges):
                found = self._learn(np.array(labels, dtype=bool))
                if found is not None:
                    return found
        return None

    def _learn(self, labels: Array) -> Term | None:
        if not len(labels):
            return const(True, BOOL)
        right = np.stack([labels, ~labels])
        truth = np.stack(self._truth, axis=1)
        tree = learn_tree(right, truth, depth=40)
        return None if tree is None else simplified(self._written(tree))

    def _written(self, tree: Tree) -> Term:
        if isinstance(tree, Leaf):
            return const(tree.term == 0, BOOL)
        test = self._atoms[tree.predicate]
        then, other = self._written(tree.then), self._written(tree.other)
        return app("or", BOOL, app("and", BOOL, test, then), app("and", BOOL, app("not", BOOL, test), other))

    def _index(self, point: Point) -> int:
        if point in self._points:
            return self._points.index(point)
        self._points.append(point)
        self._label.append(None)
        env = {}
        for name, sort in self._state.items():
            env[name] = self._evaluator.column([point[name]], sort)
        self._truth.append(
            np.array([bool(self._evaluator.evaluate(a, env)[0]) for a in self._atoms], dtype=bool)
        )
        return len(self._points) - 1

    def _set(self, i: int, value: bool) -> None:
        """Label a state, and whatever the implications carry that to."""
        stack = [(i, value)]
        while stack:
            at, v = stack.pop()
            if self._label[at] is not None:
                self._consistent &= self._label[at] == v
                continue
            self._label[at] = v
            stack += [(b, True) for a, b in self._edges if a == at and v]
            stack += [(a, False) for a, b in self._edges if b == at and not v]
