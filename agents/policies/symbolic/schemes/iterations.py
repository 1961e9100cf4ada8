"""While loops over one number: change it until a test holds; count, add up, collect, or return it.

The examples answer for the recursive calls where they can (an oracle, as in Albarghouthi et al.,
"Recursive program synthesis", 2013): a step from n to m is possible only if f(m) is what the loop leaves
to be done. So steps, also conditional ones, are found per example, before any loop is run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from proofsmith.agents.policies.symbolic.conditionals import Branch, Leaf, Tree
from proofsmith.agents.policies.symbolic.expr import FAILED, Env, Expr, Names, compiled, render
from proofsmith.agents.policies.symbolic.program import Program, make
from proofsmith.agents.policies.symbolic.schemes.base import Stop, results
from proofsmith.agents.policies.symbolic.types import BOOL, INT
from proofsmith.agents.policies.symbolic.workspace import Workspace

ENOUGH = 20
"""Fits after which a turn ends."""
MAX_ROUNDS = 300
TESTS, STOPS, CHOICES = 40, 30, 14
STAGES = ((9, 300), (13, 1_500), (17, 12_000))
"""Up to what cost, and how many, expressions are tried as steps, one stage after the other."""


@dataclass(frozen=True)
class Yield:
    """What the loop gives: ``count`` of rounds, ``sum`` of `each`, ``last`` value or all ``states``."""

    kind: str
    each: Expr | None = None


class Iterations:
    """``while not STOP: n = STEP`` with one int argument."""

    name = "while"
    thought = "Change the number step by step until a condition holds."

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.prior = 1.0 + 2.0 * workspace.problem.hints.strength.get("@while", 0)
        self.evaluated = 0
        self.exhausted = False
        problem = workspace.problem
        size = problem.goal.size
        self._inputs = [r[0] for r in problem.rows[:size]]
        self._known = dict(zip(self._inputs, problem.goal.target, strict=True))
        self._found: list[Program] = []
        self._search = self._all()

    def turn(self, evaluations: int, stop: Stop) -> list[Program]:
        """See `Scheme.turn`."""
        end = self.evaluated + evaluations
        while self.evaluated < end and len(self._found) < ENOUGH and not stop():
            if next(self._search, True):
                self.exhausted = True
                break
        fresh, self._found = self._found, []
        return fresh

    def _yields(self, terms: list[Expr]) -> list[Yield]:
        if self._workspace.problem.returns is not INT:
            return [Yield("states")]
        return [Yield("count"), Yield("last"), *(Yield("sum", t) for t in terms[:8])]

    def _all(self) -> Iterator[bool]:
        """Try every combination, cheapest first; yields False at each point where it can pause."""
        for cost, count in STAGES:
            self._workspace.main.complete(cost, self._workspace.stop)
            yield from self._stage(count)

    def _stage(self, count: int) -> Iterator[bool]:
        main = self._workspace.main
        size = len(self._inputs)
        terms = [t for t in islice(main.every(INT), count) if FAILED not in t.vals[:size] and t.op]
        tests = list(islice((t for t in main.every(BOOL) if FAILED not in t.vals[:size]), TESTS))
        for given in self._yields(terms):
            masks = [(t, *self._possible(given, t)) for t in terms]
            for stop in [t for t in tests if t.size <= 3][:STOPS]:
                if not self._base_holds(given, stop):
                    continue
                todo = sum(1 << k for k in range(size) if not stop.vals[k])
                yield False
                for tree in self._steps(masks, tests, todo):
                    self.evaluated += 4
                    self._try(given, stop, tree)
                    yield False

    def _possible(self, given: Yield, step: Expr) -> tuple[int, int]:
        """Return on which examples the step is possible, and on which the examples confirm it."""
        possible = confirmed = 0
        self.evaluated += 1
        for k, n in enumerate(self._inputs):
            after = step.vals[k]
            if after == n:
                continue
            if after not in self._known:
                possible |= 1 << k
            elif self._left(given, k) == self._known[after]:
                possible |= 1 << k
                confirmed |= 1 << k
        return possible, confirmed

    def _left(self, given: Yield, k: int) -> Any:
        """What the rest of the loop has to give after the first round on example `k`."""
        wanted = self._known[self._inputs[k]]
        if given.kind == "states":
            return wanted[1:]
        if given.kind == "last":
            return wanted
        each = 1 if given.each is None else given.each.vals[k]
        return FAILED if each is FAILED else wanted - each

    def _base_holds(self, given: Yield, stop: Expr) -> bool:
        """Whether the examples on which the loop stops at once have the value that it then gives."""
        ended = [n for k, n in enumerate(self._inputs) if stop.vals[k]]
        return bool(ended) and all(self._known[n] == _BASE[given.kind](n) for n in ended)

    def _steps(self, masks: list[tuple[Expr, int, int]], tests: list[Expr], todo: int) -> Iterator[Tree]:
        """Yield the steps that are possible on all of `todo`: plain ones, then with one condition."""
        for term, possible, confirmed in masks:
            if todo & possible == todo and confirmed & todo:
                yield Leaf(term.cost, term)
        for test in tests:
            yes = sum(1 << k for k in range(len(self._inputs)) if test.vals[k]) & todo
            no = todo & ~yes
            if not yes or not no:
                continue
            for a in _best(masks, yes):
                for b in _best(masks, no):
                    cost = test.cost + a[0].cost + b[0].cost + 2
                    yield Branch(cost, test, Leaf(a[0].cost, a[0]), Leaf(b[0].cost, b[0]), 2)

    def _try(self, given: Yield, stop: Expr, tree: Tree) -> None:
        run = _loop(given, stop, tree)
        goal, rows = self._workspace.problem.goal, self._workspace.problem.rows
        for row, wanted in zip(rows, goal.target, strict=False):
            try:
                if run(row, _rounds(given, wanted)) != wanted:
                    return
            except Exception:
                return
        parts = [*tree.parts(), stop, *([given.each] if given.each is not None else [])]
        cost = tree.cost + stop.cost + 4 + (given.each.cost if given.each is not None else 0)
        body = self._body(given, stop, tree)
        problem = self._workspace.problem
        made = make(problem, self.name, body, parts, cost, run, results(problem.rows, run))
        made = replace(made, parts=(*made.parts, (BOOL, 3)), branches=tree.leaves - 1)
        self._found.append(made)

    def _body(self, given: Yield, stop: Expr, tree: Tree) -> list[str]:
        scope = self._workspace.problem.names
        names = Names(set(scope))
        n = scope[0]
        step = [f"    {n} = {_text(tree, scope, names)}"]
        if isinstance(tree, Branch) and isinstance(tree.yes, Leaf) and isinstance(tree.no, Leaf):
            step = [
                f"    if {render(tree.test, scope, names)}:",
                f"        {n} = {render(tree.yes.term, scope, names)}",
                "    else:",
                f"        {n} = {render(tree.no.term, scope, names)}",
            ]
        head = f"while not ({render(stop, scope, names)}):"
        if given.kind == "last":
            return [head, *step, f"return {n}"]
        if given.kind == "states":
            return [f"result = [{n}]", head, *step, f"    result.append({n})", "return result"]
        if given.each is None:
            return ["steps = 0", head, *step, "    steps += 1", "return steps"]
        each = render(given.each, scope, names)
        return ["result = 0", head, f"    result += {each}", *step, "return result"]


def _best(masks: list[tuple[Expr, int, int]], rows: int) -> list[tuple[Expr, int, int]]:
    """Return the steps that are possible on all of `rows`, those that most examples confirm first."""
    fitting = [m for m in masks if rows & m[1] == rows and m[2] & rows]
    return sorted(fitting, key=lambda m: (-(m[2] & rows).bit_count(), m[0].cost))[:CHOICES]


def _zero(n: int) -> int:
    return 0


_BASE: dict[str, Callable[[int], Any]] = {
    "count": _zero,
    "sum": _zero,
    "last": lambda n: n,
    "states": lambda n: (n,),
}
"""What a loop gives that ends at once."""


def _text(tree: Tree, scope: tuple[str, ...], names: Names) -> str:
    if isinstance(tree, Leaf):
        return render(tree.term, scope, names)
    test = render(tree.test, scope, names)
    return f"({_text(tree.yes, scope, names)}) if ({test}) else ({_text(tree.no, scope, names)})"


def _step(tree: Tree) -> Callable[[Env], Any]:
    if isinstance(tree, Leaf):
        return compiled(tree.term, 1)
    test, yes, no = compiled(tree.test, 1), _step(tree.yes), _step(tree.no)
    return lambda env: yes(env) if test(env) else no(env)


def _rounds(given: Yield, wanted: Any) -> int:
    """Return how many rounds a loop that gives `wanted` can take."""
    if given.kind == "count":
        return min(MAX_ROUNDS, max(0, int(wanted)))
    return min(MAX_ROUNDS, len(wanted)) if given.kind == "states" else MAX_ROUNDS


def _loop(given: Yield, stop: Expr, tree: Tree) -> Callable[..., Any]:
    ends, step = compiled(stop, 1), _step(tree)
    each = None if given.each is None else compiled(given.each, 1)

    def run(env: Env, rounds: int = MAX_ROUNDS) -> Any:
        states = [env[0]]
        total = 0
        while not ends((states[-1],)):
            if len(states) > rounds:
                raise ValueError("too long a loop")
            total += 1 if each is None else each((states[-1],))
            states.append(step((states[-1],)))
        if given.kind == "last":
            return states[-1]
        return tuple(states) if given.kind == "states" else total

    return run


def iterations(workspace: Workspace) -> list[Iterations]:
    """Return the scheme if the task has one int argument and an int or a list of ints as result."""
    problem = workspace.problem
    listed = problem.returns.name == "list" and problem.returns.args[0] is INT
    if problem.types != (INT,) or not (problem.returns is INT or listed) or problem.optional:
        return []
    return [Iterations(workspace)] if problem.goal.size >= 3 else []
