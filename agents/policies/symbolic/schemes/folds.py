"""Loops with an accumulator: a step function is enumerated, and run over a sequence.

Steps are told apart on sample states; each new one is run on the examples, from every start value.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from proofsmith.agents.policies.symbolic.enumerate import Enumerator
from proofsmith.agents.policies.symbolic.expr import (
    FAILED,
    Env,
    Expr,
    Names,
    compiled,
    constant,
    render,
    variable,
)
from proofsmith.agents.policies.symbolic.problem import Constant, readable
from proofsmith.agents.policies.symbolic.program import Program, make
from proofsmith.agents.policies.symbolic.schemes.base import Stop, advance, results, rotated
from proofsmith.agents.policies.symbolic.schemes.sources import Source, sources
from proofsmith.agents.policies.symbolic.types import BOOL, FLOAT, INT, STR
from proofsmith.agents.policies.symbolic.workspace import Workspace

SAMPLES = 20
MAX_STEPS = 400
LOOP = ((BOOL, 3), (BOOL, 3))
"""What a loop adds to the parts of a program: its start value, and that it is a loop."""


class Fold:
    """``result = START; for x in xs: result = STEP; return result``."""

    def __init__(self, workspace: Workspace, source: Source, index: int) -> None:
        self._workspace = workspace
        self._source = source
        self.name = f"fold-{index}"
        problem = workspace.problem
        shown = render(source.expr, problem.names, Names(set(problem.names)))
        self.thought = f"Go through {shown} and carry a result along."
        self.prior = 1.0 + (1.0 if "@fold" in problem.hints else 0.0)
        self.evaluated = 0
        self._starts = self._start_values()
        self._found: list[tuple[Expr, Constant]] = []
        self._depth = len(problem.names)
        self._source_fn = compiled(source.expr, self._depth)
        self._bank = Enumerator(workspace.simple_ops, self._leaves(), capacity=20_000)
        self._bank.uses_floats()
        self._bank.listener, self._bank.listens_to = self._try, problem.returns
        self._columns = source.expr.vals[: problem.goal.size]

    @property
    def exhausted(self) -> bool:
        """See `Scheme`."""
        return self._bank.exhausted

    def _start_values(self) -> list[Constant]:
        problem = self._workspace.problem
        wanted = {"int": (0, 1), "float": (0.0, 1.0), "str": ("",), "bool": (True, False), "list": ((),)}
        type_ = problem.returns
        return [
            Constant(v, readable(v, type_), type_, 2 + k) for k, v in enumerate(wanted.get(type_.name, ()))
        ]

    def _leaves(self) -> list[Expr]:
        problem = self._workspace.problem
        rng = random.Random(7)
        cells = [
            (r, c)
            for r, column in enumerate(self._source.expr.vals)
            if column is not FAILED
            for c in column or ()
        ]
        rng.shuffle(cells)
        picked = rotated(cells, SAMPLES)
        states = [s.value for s in self._starts] + [t for t in problem.goal.target if t is not None]
        if problem.returns is INT:
            states += [3, -2, 7]
        sampled = rotated(states, SAMPLES)
        rng.shuffle(sampled)
        element = self._source.element
        depth = len(problem.names)
        leaves = [
            variable(name, slot, type_, 3, tuple(problem.rows[r][slot] for r, _ in picked))
            for slot, (name, type_) in enumerate(zip(problem.names, problem.types, strict=True))
        ]
        leaves.append(variable("result", depth, problem.returns, 1, tuple(sampled)))
        leaves.append(variable("element", depth + 1, element, 1, tuple(c for _, c in picked)))
        for k, part in enumerate(element.args if element.name == "tuple" else ()):
            leaves.append(variable("part", depth + 2 + k, part, 1, tuple(c[k] for _, c in picked)))
        return leaves + [constant(c.value, c.text, c.type, c.cost, SAMPLES) for c in problem.constants]

    def _try(self, step: Expr) -> None:
        """Run a new step over the examples from every start value."""
        slots = {p.slot for p in step.walk()}
        if self._depth not in slots or not any(s is not None and s > self._depth for s in slots):
            return
        fn = compiled(step, self._depth + 2 + self._wide)
        goal, rows = self._workspace.problem.goal, self._workspace.problem.rows
        for start in self._starts:
            for row, column, wanted in zip(rows, self._columns, goal.target, strict=False):
                try:
                    met = goal.same(self._through(fn, row, column, start.value), wanted)
                except Exception:
                    met = False
                if not met:
                    break
            else:
                self._found.append((step, start))

    @property
    def _wide(self) -> int:
        element = self._source.element
        return len(element.args) if element.name == "tuple" else 0

    def _through(self, fn: Callable[[Env], Any], row: Env, column: Any, start: Any) -> Any:
        state = start
        if len(column) > MAX_STEPS:
            raise ValueError("too long a loop")
        if self._wide:
            for x in column:
                state = fn((*row, state, x, *x))
        else:
            for x in column:
                state = fn((*row, state, x))
        return state

    def turn(self, evaluations: int, stop: Stop) -> list[Program]:
        """See `Scheme.turn`."""
        self.evaluated += advance(self._bank, evaluations, stop)
        fresh, self._found = self._found[:12], []
        return [self._program(step, start) for step, start in fresh]

    def _program(self, step: Expr, start: Constant) -> Program:
        problem, source = self._workspace.problem, self._source
        names = Names(set(problem.names))
        state = "result" if "result" not in names.taken else "accumulated"
        names = names.within(state)
        if self._wide:
            letters = [n for n in "abcdefgh" if n not in names.taken][: self._wide]
            cell, target = (f"({', '.join(letters)})", *letters), ", ".join(letters)
        else:
            name = names.fresh(source.element, source.expr.op is not None and "range" in source.expr.op.name)
            cell, target = (name,), name
        scope = (*problem.names, state, *cell)
        body = (
            f"{state} = {start.text}",
            f"for {target} in {render(source.expr, problem.names, names)}:",
            f"    {state} = {render(step, scope, names.within(*scope))}",
            f"return {state}",
        )
        fn, source_fn, value = compiled(step, self._depth + 2 + self._wide), self._source_fn, start.value

        def run(env: Env) -> Any:
            return self._through(fn, env, source_fn(env), value)

        cost = source.expr.cost + step.cost + start.cost + 3
        made = make(problem, self.name, body, (source.expr, step), cost, run, results(problem.rows, run))
        return replace(made, parts=(*made.parts, *LOOP))


def folds(workspace: Workspace) -> list[Fold]:
    """Return folds over the cheapest sequences, if the result can be accumulated."""
    problem = workspace.problem
    kinds = (INT, FLOAT, STR, BOOL)
    if problem.optional or not (problem.returns in kinds or problem.returns.name == "list"):
        return []
    usable = [
        s for s in sources(workspace, 4) if not any(v is FAILED for v in s.expr.vals[: problem.goal.size])
    ]
    return [Fold(workspace, source, k + 1) for k, source in enumerate(usable[:2])]
