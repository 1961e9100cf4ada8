"""Direct expressions, and conditionals made from partial expressions. They share one enumerator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from proofsmith.agents.policies.symbolic.conditionals import Leaf, Tree, unify
from proofsmith.agents.policies.symbolic.expr import Env, compiled
from proofsmith.agents.policies.symbolic.problem import Problem
from proofsmith.agents.policies.symbolic.program import Program, from_expression, make, text_of
from proofsmith.agents.policies.symbolic.schemes.base import Stop, advance, results
from proofsmith.agents.policies.symbolic.weights import combined, from_partial
from proofsmith.agents.policies.symbolic.workspace import Workspace

REFOCUS = (10, 25)
"""Turns before which the weights adapt to the partial programs found so far."""


class Expressions:
    """``return EXPR``, comprehensions and sort keys included."""

    name = "expression"
    thought = "Write the result as one expression of the arguments."

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._taken = 0
        self._turns = 0
        self._tried = [workspace.weights]
        self._best = 0
        self.prior = 4.0
        self.evaluated = 0

    @property
    def exhausted(self) -> bool:
        """The enumerator has ended and everything it found was handed on."""
        focused = self._workspace.focused
        return focused.exhausted and self._taken == len(focused.fits)

    def turn(self, evaluations: int, stop: Stop) -> list[Program]:
        """See `Scheme.turn`."""
        self._turns += 1
        if self._turns in REFOCUS and not self._workspace.focused.fits:
            self._refocus()
        focused = self._workspace.focused
        self.evaluated += advance(focused, evaluations, stop)
        fresh = focused.fits[self._taken :]
        self._taken = len(focused.fits)
        problem = self._workspace.problem
        programs = [from_expression(problem, self.name, e) for e in fresh[:40]]
        return programs or self._partial()

    def _refocus(self) -> None:
        """Start again with the weights that the partial programs so far speak for, if they are new."""
        workspace = self._workspace
        weights = combined(workspace.weights, from_partial(workspace.focused))
        if weights not in self._tried:
            self._tried.append(weights)
            workspace.focus(weights)
            self._taken = 0

    def _partial(self) -> list[Program]:
        """The expression that meets the most examples, if it is better than before."""
        masks = self._workspace.focused.masks
        best = max(masks, key=lambda m: (m.bit_count(), -masks[m][0].cost), default=0)
        if best.bit_count() <= self._best or best == self._workspace.problem.goal.full:
            return []
        self._best = best.bit_count()
        return [from_expression(self._workspace.problem, self.name, masks[best][0])]


class Conditionals:
    """``if`` statements over expressions that are right on some of the examples."""

    name = "conditional"
    thought = "Tell cases apart with conditions and give each case an expression of its own."

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._progress = (0, 0)
        self._known: set[tuple[str, ...]] = set()
        self.prior = 1.5 + (1.0 if "@conditional" in workspace.problem.hints else 0.0)
        self.evaluated = 0
        self.exhausted = False

    def turn(self, evaluations: int, stop: Stop) -> list[Program]:
        """See `Scheme.turn`."""
        main = self._workspace.main
        self.evaluated += advance(main, evaluations, stop)
        self.exhausted = main.exhausted
        progress = (len(main.masks), main.level)
        if progress == self._progress or stop():
            return []
        self._progress = progress
        tree = unify(main)
        if tree is None or tree.leaves < 2:
            return []
        program = from_tree(self._workspace.problem, self.name, tree)
        if program.body in self._known:
            return []
        self._known.add(program.body)
        return [program]


def from_tree(problem: Problem, scheme: str, tree: Tree) -> Program:
    """Return the program with the tree's tests as ``if`` statements with early returns."""
    run = runner(problem, tree)
    vals = results(problem.rows, run)
    made = make(problem, scheme, _lines(problem, tree, ""), tree.parts(), tree.cost, run, vals)
    return replace(made, branches=tree.leaves - 1)


def runner(problem: Problem, tree: Tree) -> Callable[[Env], Any]:
    """Return a function that computes a tree."""
    depth = len(problem.names)
    if isinstance(tree, Leaf):
        return compiled(tree.term, depth)
    test, yes, no = compiled(tree.test, depth), runner(problem, tree.yes), runner(problem, tree.no)
    return lambda env: yes(env) if test(env) else no(env)


def _lines(problem: Problem, tree: Tree, indent: str) -> list[str]:
    if isinstance(tree, Leaf):
        return [f"{indent}return {text_of(problem, tree.term)}"]
    test, yes, no = text_of(problem, tree.test), tree.yes, tree.no
    if yes.leaves > no.leaves:
        test, yes, no = f"not ({test})", no, yes
    lines = [f"{indent}if {test}:", *_lines(problem, yes, indent + "    ")]
    return lines + _lines(problem, no, indent)
