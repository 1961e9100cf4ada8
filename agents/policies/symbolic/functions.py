"""Functions of a list's elements: bodies of comprehensions, predicates and sort keys.

A function is an expression over the parameters and an element. It is enumerated on a pool of
(row, element) pairs; afterwards it is a table per row, so that applying it is a look-up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from proofsmith.agents.policies.symbolic.enumerate import Enumerator
from proofsmith.agents.policies.symbolic.expr import FAILED, Env, Expr, Op, compiled, constant, variable
from proofsmith.agents.policies.symbolic.problem import Problem
from proofsmith.agents.policies.symbolic.types import Type

POOL = 48
"""How many (row, element) pairs tell functions apart."""


class Table(dict[Any, Any]):
    """The values of a function on one row; computes what it has not seen."""

    __slots__ = ("compute", "env", "wide")

    def __init__(self, known: Any, compute: Callable[[Env], Any], env: Env, wide: bool) -> None:
        super().__init__(known)
        self.compute, self.env, self.wide = compute, env, wide

    def __missing__(self, element: Any) -> Any:
        extra = (element, *element) if self.wide else (element,)
        value = self.compute((*self.env, *extra))
        if len(self) < 5_000:
            self[element] = value
        return value


class FunctionBank:
    """Every function of an element type, by result type and cost."""

    def __init__(
        self,
        problem: Problem,
        element: Type,
        sources: Sequence[Expr],
        ops: Sequence[Op],
        max_evaluations: int = 40_000,
    ) -> None:
        self.element = element
        self.rows = problem.rows
        self.depth = len(problem.names)
        self.wide = element.name == "tuple"
        self.pool = _pool(sources, len(problem.rows))
        if self.wide:
            self.pool = [(r, e) for r, e in self.pool if len(e) == len(element.args)]
        leaves = element_leaves(problem, element, self.pool)
        self.bank = Enumerator(
            ops, leaves, capacity=8_000, max_cost=18, max_evaluations=max_evaluations if self.pool else 0
        )
        self.bank.uses_floats()
        self._levels: dict[tuple[Type, int], list[Expr]] = {}
        self._spans = [[k for k, (i, _) in enumerate(self.pool) if i == row] for row in range(len(self.rows))]

    def level(self, result: Type, cost: int, stop: Callable[[], bool] = bool) -> Sequence[Expr]:
        """Return the functions with this result type and cost; their values are look-up functions.

        Returns none if the time is over before they are all there.
        """
        key = (result, cost)
        if key not in self._levels:
            self.bank.complete(cost, stop)
            if stop():
                return ()
            self._levels[key] = [self.function(e) for e in self.bank.of(result, cost) if self._varies(e)]
        return self._levels[key]

    def _varies(self, expr: Expr) -> bool:
        """Whether a function depends on its element at all."""
        return any(p.slot is not None and p.slot >= self.depth for p in expr.walk())

    def function(self, body: Expr) -> Expr:
        """Return `body` as an argument for operators that take functions."""
        compute = compiled(body, self.depth + (1 + len(self.element.args) if self.wide else 1))
        getters = []
        for env, span in zip(self.rows, self._spans, strict=True):
            known = [(self.pool[k][1], body.vals[k]) for k in span if body.vals[k] is not FAILED]
            getters.append(Table(known, compute, env, self.wide).__getitem__)
        made = Expr(body.op, body.args, body.type, body.cost, tuple(getters))
        made.slot, made.text, made.table = body.slot, body.text, body.table
        return made


def _pool(sources: Sequence[Expr], rows: int) -> list[tuple[int, Any]]:
    """Choose distinct (row, element) pairs, the rows in turn."""
    columns: list[list[Any]] = [[] for _ in range(rows)]
    for source in sources:
        for row, value in enumerate(source.vals):
            if value is not FAILED and value is not None:
                columns[row].extend(
                    value[:20] if not isinstance(value, frozenset) else sorted(value, key=repr)[:20]
                )
    distinct = [list(dict.fromkeys(c)) for c in columns]
    chosen: list[tuple[int, Any]] = []
    for k in range(max(map(len, distinct), default=0)):
        chosen += [(row, column[k]) for row, column in enumerate(distinct) if k < len(column)]
    return sorted(chosen[:POOL], key=lambda pair: pair[0])


def element_leaves(problem: Problem, element: Type, pool: Sequence[tuple[int, Any]]) -> list[Expr]:
    """Return the leaves of a function's body: its element (or the parts of it), parameters, constants."""
    depth = len(problem.names)
    leaves = []
    if element.name == "tuple":
        leaves.append(variable("pair", depth, element, 3, tuple(e for _, e in pool)))
        for k, part in enumerate(element.args):
            leaves.append(variable("part", depth + 1 + k, part, 1, tuple(e[k] for _, e in pool)))
    else:
        leaves.append(variable("element", depth, element, 1, tuple(e for _, e in pool)))
    for slot, (name, type_) in enumerate(zip(problem.names, problem.types, strict=True)):
        leaves.append(variable(name, slot, type_, 2, tuple(problem.rows[i][slot] for i, _ in pool)))
    for c in problem.constants:
        leaves.append(constant(c.value, c.text, c.type, c.cost, len(pool)))
    return leaves
