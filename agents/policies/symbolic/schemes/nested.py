"""Structural recursion over nested lists: an expression for a leaf, and a way to put results together.

A function of a list of leaves and lists, nested however deeply, follows the data: what it gives for a
list is made of what it gives for the lists in it and of what an expression gives for the leaves in it
(a catamorphism: Meijer et al., "Functional programming with bananas, lenses, envelopes and barbed
wire", 1991). Leaf expressions are enumerated; each new one is run over the examples in every shape.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from proofsmith.agents.policies.symbolic.enumerate import Enumerator
from proofsmith.agents.policies.symbolic.expr import Env, Expr, Names, Op, compiled, render, variable
from proofsmith.agents.policies.symbolic.expr import constant as constant_leaf
from proofsmith.agents.policies.symbolic.grammar import first_order, operators
from proofsmith.agents.policies.symbolic.nesting import inner, is_nested, leaf_type, leaves_of
from proofsmith.agents.policies.symbolic.operators import guards
from proofsmith.agents.policies.symbolic.problem import Problem
from proofsmith.agents.policies.symbolic.program import Program, make
from proofsmith.agents.policies.symbolic.schemes.base import Stop, advance, results
from proofsmith.agents.policies.symbolic.types import ANY, BOOL, FLOAT, INT, STR, Type
from proofsmith.agents.policies.symbolic.workspace import Workspace

MAX_CELLS = 40
"""Leaves of the examples on which leaf expressions are told apart."""
RECURSION = ((BOOL, 3),)
"""What the choice of a shape adds to the parts of a program."""
Parts = tuple[Any, ...]


@dataclass(frozen=True)
class Shape:
    """How the results for a list's elements are put together.

    Attributes:
        kind: ``append`` (leaves to a flat list), ``select`` (the leaves that pass a test, flat), ``sieve``
            (the same, nested), or ``fold``.
        leaf: the type of the expression for a leaf, or of the test for it BOOL.
        whole: for a fold: source text of the result, ``{0}`` stands for the parts.
        combine: computes the same from the parts.
        inside: source text of what becomes of the result for a list inside, ``{0}``.
        after: computes the same.
        cost: bits for the choice of this shape.
    """

    kind: str
    leaf: Type
    whole: str = ""
    combine: Callable[[Parts], Any] = tuple
    cost: int = 2
    inside: str = "{0}"
    after: Callable[[Any], Any] | None = None


def _max0(parts: Parts) -> Any:
    return max(parts, default=0)


def _plus_one(value: Any) -> Any:
    return value + 1


def _joined(parts: Parts) -> str:
    return guards.join("", parts)


def _bracketed(text: str) -> str:
    return f"({text})"


_SUM: tuple[str, Callable[[Parts], Any]] = ("sum({0})", sum)
_MAX: tuple[str, Callable[[Parts], Any]] = ("max({0})", max)
_MAX0: tuple[str, Callable[[Parts], Any]] = ("max(({0}), default=0)", _max0)


def _numeric(leaf: Type) -> list[Shape]:
    return [
        Shape("fold", leaf, *_SUM, 1),
        Shape("fold", leaf, *_MAX),
        Shape("fold", leaf, "min({0})", min),
        Shape("fold", leaf, *_MAX0, 3),
        Shape("fold", leaf, "1 + sum({0})", lambda parts: 1 + sum(parts), 4),
        Shape("fold", leaf, "1 + max(({0}), default=0)", lambda parts: 1 + _max0(parts), 4),
        *(Shape("fold", leaf, *how, 4, "{0} + 1", _plus_one) for how in (_SUM, _MAX, _MAX0)),
    ]


def shapes(returns: Type, leaf: Type) -> list[Shape]:
    """Return the shapes of functions from lists of such leaves to such results, likely ones first."""
    if returns in (INT, FLOAT):
        return _numeric(returns)
    if returns is BOOL:
        return [Shape("fold", BOOL, "any({0})", any), Shape("fold", BOOL, "all({0})", all)]
    if returns is STR:
        plain = Shape("fold", STR, '"".join({0})', _joined, 3)
        return [plain, replace(plain, inside='"(" + {0} + ")"', after=_bracketed, cost=6)]
    if returns.name != "list":
        return []
    (element,) = returns.args
    found = []
    if element is leaf or element is not ANY:
        found.append(Shape("append", element))
    if element is leaf:
        found.append(Shape("select", BOOL, cost=3))
    found += [Shape("fold", leaf, "[{0}]", tuple, 3), Shape("sieve", BOOL, cost=4)]
    return found


class Nested:
    """``f(xs)`` from ``f(x)`` for the lists ``x`` in it, and from an expression for the leaves in it."""

    name = "nested"

    def __init__(self, workspace: Workspace, slot: int, leaf: Type) -> None:
        self._workspace = workspace
        self._slot = slot
        self._leaf = leaf
        problem = workspace.problem
        self._depth = len(problem.names)
        self.thought = f"Go into the lists inside {problem.names[slot]} by recursion."
        self.prior = 5.0
        self.evaluated = 0
        self._shapes = shapes(problem.returns, leaf)
        self._types = list(dict.fromkeys(s.leaf for s in self._shapes))
        self._taken = dict.fromkeys(self._types, 0)
        self._bank = Enumerator(self._operators(), self._leaves(), capacity=10_000)
        self._bank.uses_floats()

    @property
    def exhausted(self) -> bool:
        """See `Scheme`."""
        return self._bank.exhausted and not any(map(self._fresh, self._types))

    def _operators(self) -> list[Op]:
        """Those that can lead to an expression for a leaf."""
        found: dict[tuple[Any, ...], Op] = {}
        for type_ in self._types:
            problem = replace(self._workspace.problem, returns=type_)
            for op in first_order(operators(problem, self._workspace.weights)):
                found.setdefault((op.name, op.args, op.ret), op)
        return list(found.values())

    def _leaves(self) -> list[Expr]:
        problem = self._workspace.problem
        cells = _cells(problem, self._slot)
        leaves = [
            variable(name, slot, type_, 2, tuple(problem.rows[r][slot] for r, _ in cells))
            for slot, (name, type_) in enumerate(zip(problem.names, problem.types, strict=True))
            if slot != self._slot
        ]
        leaves.append(variable("element", self._depth, self._leaf, 1, tuple(c for _, c in cells)))
        constants = [c for c in problem.constants if not inner(c.value)]
        return leaves + [constant_leaf(c.value, c.text, c.type, c.cost, len(cells)) for c in constants]

    def _fresh(self, type_: Type) -> bool:
        return next(islice(self._bank.every(type_), self._taken[type_], None), None) is not None

    def turn(self, evaluations: int, stop: Stop) -> list[Program]:
        """See `Scheme.turn`."""
        self.evaluated += advance(self._bank, evaluations // 4, stop)
        found: list[Program] = []
        for type_ in self._types:
            for expr in islice(self._bank.every(type_), self._taken[type_], None):
                if stop():
                    return found
                self._taken[type_] += 1
                if type_ is BOOL and all(p.slot != self._depth for p in expr.walk()):
                    continue  # a test that is the same for every leaf
                for shape in self._shapes:
                    if shape.leaf is type_:
                        self.evaluated += 1
                        run = self._runner(shape, expr)
                        if self._meets(run):
                            found.append(self._program(shape, expr, run))
        return found

    def _meets(self, run: Callable[[Env], Any]) -> bool:
        goal = self._workspace.problem.goal
        try:
            return all(
                goal.same(run(row), wanted)
                for row, wanted in zip(self._workspace.problem.rows, goal.target, strict=False)
            )
        except Exception:
            return False

    def _runner(self, shape: Shape, expr: Expr) -> Callable[[Env], Any]:
        leaf = compiled(expr, self._depth + 1)
        slot, kind, after, combine = self._slot, shape.kind, shape.after, shape.combine

        def through(env: Env, items: Parts) -> Any:
            parts: list[Any] = []
            for x in items:
                if inner(x):
                    part = through(env, x)
                    if kind in ("append", "select"):
                        parts.extend(part)
                    else:
                        parts.append(part if after is None else after(part))
                elif kind in ("append", "fold"):
                    parts.append(leaf((*env, x)))
                elif leaf((*env, x)):
                    parts.append(x)
            return combine(tuple(parts))

        return lambda env: through(env, env[slot])

    def _program(self, shape: Shape, expr: Expr, run: Callable[[Env], Any]) -> Program:
        problem = self._workspace.problem
        body = self._body(shape, expr)
        made = make(
            problem, self.name, body, (expr,), expr.cost + shape.cost + 4, run, results(problem.rows, run)
        )
        # Lists and leaves that both matter are evidence that a Boolean alone is not.
        branches = int(problem.returns is BOOL)
        variables = made.variables | {self._slot}
        return replace(made, parts=made.parts + RECURSION, variables=variables, branches=branches)

    def _body(self, shape: Shape, expr: Expr) -> list[str]:
        problem = self._workspace.problem
        names = Names(set(problem.names) | {problem.function})
        nested = problem.names[self._slot]
        x = names.fresh(INT if self._leaf is ANY else self._leaf)
        if self._leaf is not INT and self._leaf is not FLOAT:
            x = "item" if "item" not in names.taken else x  # it may be a list: no name for a string
        given = [x if n == nested else n for n in problem.names]
        call = f"{problem.function}({', '.join(given)})"
        text = render(expr, (*problem.names, x), names.within(x))
        is_list = f"isinstance({x}, list)"
        if shape.kind == "fold":
            each = f"{shape.inside.format(call)} if {is_list} else {text} for {x} in {nested}"
            return [f"return {shape.whole.format(each)}"]
        if shape.kind == "sieve":
            each = f"{call} if {is_list} else {x}"
            return [f"return [{each} for {x} in {nested} if {is_list} or ({text})]"]
        result = "result" if "result" not in names.taken else "found"
        other = ("else:", text) if shape.kind == "append" else (f"elif {text}:", x)
        return [
            f"{result} = []",
            f"for {x} in {nested}:",
            f"    if {is_list}:",
            f"        {result}.extend({call})",
            f"    {other[0]}",
            f"        {result}.append({other[1]})",
            f"return {result}",
        ]


def _cells(problem: Problem, slot: int) -> list[tuple[int, Any]]:
    """Return distinct (row, leaf) pairs, the rows in turn."""
    columns = [list(dict.fromkeys(leaves_of(row[slot]))) if inner(row[slot]) else [] for row in problem.rows]
    found = [
        (r, column[k])
        for k in range(max(map(len, columns), default=0))
        for r, column in enumerate(columns)
        if k < len(column)
    ]
    return sorted(found[:MAX_CELLS], key=lambda cell: cell[0])


def nested(workspace: Workspace) -> list[Nested]:
    """Return the scheme for the first parameter that is a nested list."""
    problem = workspace.problem
    if problem.optional:
        return []
    for slot, type_ in enumerate(problem.types):
        column = [row[slot] for row in problem.rows]
        if is_nested(type_, column) and shapes(problem.returns, leaf_type(column)):
            return [Nested(workspace, slot, leaf_type(column))]
    return []
