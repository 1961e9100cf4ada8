"""Functions of a number by recursion on it: f(n) from f(n-1), f(n-2), ..., written as a loop.

The first values come from the examples where they are given, otherwise from a few small numbers.
Steps are told apart on sample states; each new one is run up to the examples' numbers.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from proofsmith.agents.policies.symbolic.enumerate import Enumerator
from proofsmith.agents.policies.symbolic.expr import Env, Expr, Names, compiled, constant, render, variable
from proofsmith.agents.policies.symbolic.program import Program, make
from proofsmith.agents.policies.symbolic.schemes.base import Stop, advance, results
from proofsmith.agents.policies.symbolic.types import INT
from proofsmith.agents.policies.symbolic.workspace import Workspace

SAMPLES = 14
MAX_N = 400
FREE = (0, 1, 2)
"""What a first value can be that no example gives."""


class Recurrence:
    """``f(n)`` from the `order` values before it."""

    def __init__(self, workspace: Workspace, slot: int, order: int) -> None:
        self._workspace = workspace
        self._slot = slot
        self._order = order
        name = workspace.problem.names[slot]
        self.name = f"recurrence-{order}"
        before = ", ".join(f"f({name}-{k})" for k in range(1, order + 1))
        self.thought = f"Compute f({name}) from {before}, starting from known values."
        self.prior = (1.0 if order == 1 else 0.7) + (1.5 if "@sequence" in workspace.problem.hints else 0.0)
        self.evaluated = 0
        self._found: list[tuple[Expr, int, tuple[int, ...]]] = []
        self._bases = self._base_values()
        self._depth = len(workspace.problem.names)
        self._bank = Enumerator(workspace.simple_ops, self._leaves(), capacity=20_000)
        self._bank.listener, self._bank.listens_to = self._try, INT

    @property
    def exhausted(self) -> bool:
        """See `Scheme`."""
        return self._bank.exhausted

    def _base_values(self) -> list[tuple[int, tuple[int, ...]]]:
        """Return (first index, values from there on) to start from."""
        problem = self._workspace.problem
        known: dict[int, int] = {}
        if len(problem.names) == 1:
            known = {r[0]: t for r, t in zip(problem.rows, problem.goal.target, strict=False)}
        starts: list[tuple[int, tuple[int, ...]]] = []
        for first in (0, 1):
            choices = [(known[k],) if k in known else FREE for k in range(first, first + self._order)]
            starts += [(first, values) for values in itertools.product(*choices)][:27]
        return starts

    def _leaves(self) -> list[Expr]:
        problem = self._workspace.problem
        rng = random.Random(11)
        depth = len(problem.names)
        rows = [problem.rows[k % len(problem.rows)] for k in range(SAMPLES)]
        leaves = [
            variable(name, slot, type_, 4, tuple(r[slot] for r in rows))
            for slot, (name, type_) in enumerate(zip(problem.names, problem.types, strict=True))
            if slot != self._slot
        ]
        for k in range(self._order):
            values = tuple(rng.randrange(0, 12) for _ in range(SAMPLES))
            leaves.append(variable("state", depth + k, INT, 1, values))
        indices = tuple(rng.randrange(1, 12) for _ in range(SAMPLES))
        leaves.append(variable("index", depth + self._order, INT, 2, indices))
        return leaves + [constant(c.value, c.text, c.type, c.cost, SAMPLES) for c in problem.constants]

    def _try(self, step: Expr) -> None:
        slots = {p.slot for p in step.walk()}
        if not any(self._depth + k in slots for k in range(self._order)):
            return
        if self._order > 1 and self._depth not in slots:
            return
        fn = compiled(step, self._depth + self._order + 1)
        problem = self._workspace.problem
        for first, values in self._bases:
            for row, wanted in zip(problem.rows, problem.goal.target, strict=False):
                try:
                    met = self._value(fn, row, first, values) == wanted
                except Exception:
                    met = False
                if not met:
                    break
            else:
                self._found.append((step, first, values))

    def _value(self, fn: Any, row: Env, first: int, values: Sequence[int]) -> Any:
        n = row[self._slot]
        if n > MAX_N:
            raise ValueError("too long a loop")
        state = tuple(values)
        for index in range(first + self._order, n + self._order):
            state = (*state[1:], fn((*row, *state, index)))
        return state[0]

    def turn(self, evaluations: int, stop: Stop) -> list[Program]:
        """See `Scheme.turn`."""
        self.evaluated += advance(self._bank, evaluations, stop)
        fresh, self._found = self._found[:8], []
        return [self._program(*found) for found in fresh]

    def _program(self, step: Expr, first: int, values: tuple[int, ...]) -> Program:
        problem = self._workspace.problem
        names = Names(set(problem.names))
        if self._order == 1:
            state = ["result" if "result" not in names.taken else "value"]
        else:
            state = [n for n in "abcdefgh" if n not in names.taken][: self._order]
        slots = {p.slot for p in step.walk()}
        counted = self._depth + self._order in slots
        index = names.within(*state).fresh(INT, index=True) if counted else "_"
        scope = (*problem.names, *state, index)
        text = render(step, scope, names.within(*scope))
        n = problem.names[self._slot]
        offset = first if not counted else first + self._order
        upper = n if not counted else f"{n} + {self._order}"
        span = f"range({upper})" if offset == 0 else f"range({offset}, {upper})"
        shifted = ", ".join([*state[1:], f"{text}"])
        body = (
            f"{', '.join(state)} = {', '.join(map(str, values))}",
            f"for {index} in {span}:",
            f"    {', '.join(state)} = {shifted}",
            f"return {state[0]}",
        )
        fn = compiled(step, self._depth + self._order + 1)

        def run(env: Env) -> Any:
            return self._value(fn, env, first, values)

        cost = step.cost + 2 + 2 * self._order
        vals = results(problem.rows, run)
        number = problem.names.index(n)
        made = make(problem, self.name, body, (step,), cost, run, vals)
        extra = ((INT, 2),) * self._order
        return _with_parameter(made, number, extra)


def _with_parameter(program: Program, slot: int, parts: tuple[Any, ...]) -> Program:
    return replace(program, variables=program.variables | {slot}, parts=program.parts + parts)


def recurrences(workspace: Workspace) -> list[Recurrence]:
    """Return recurrences of order one to four, if the task is an int function with an int argument."""
    problem = workspace.problem
    slots = [k for k, t in enumerate(problem.types) if t is INT]
    if problem.returns is not INT or problem.optional or not slots or len(problem.names) > 2:
        return []
    small = all(0 <= r[slots[0]] <= MAX_N for r in problem.rows[: problem.goal.size])
    if not small or problem.goal.size < 2:
        return []
    orders = (1, 2, 3, 4) if problem.goal.size >= 4 else (1, 2)
    return [Recurrence(workspace, slots[0], order) for order in orders]
