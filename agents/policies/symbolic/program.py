"""A program that a scheme found, with what is needed to rank it and to write it down."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from proofsmith.agents.policies.symbolic.expr import Env, Expr, Names, compiled, listed, render
from proofsmith.agents.policies.symbolic.problem import Problem
from proofsmith.agents.policies.symbolic.types import Type


@dataclass(frozen=True)
class Program:
    """A function body found by a scheme.

    Attributes:
        scheme: name of the scheme.
        body: the statements, as source lines without indentation.
        ops: names of the operators in it; `imports` and `helpers` are the sources they need.
        cost: description length in bits under the operators' weights.
        hinted: how many different operators the statement's words speak for.
        magic: how many constants were taken from the outputs.
        branches: how many conditions were put together by unification.
        parts: (type, cost) of the expressions it was put together from.
        vals: results on all rows, examples first.
        mask: bit mask of the examples it meets.
        run: computes it in process; raises what it raises.
        variables: the parameters it uses.
    """

    scheme: str
    body: tuple[str, ...]
    ops: frozenset[str]
    imports: frozenset[str]
    helpers: tuple[str, ...]
    cost: int
    parts: tuple[tuple[Type, int], ...]
    vals: tuple[Any, ...]
    mask: int
    run: Callable[[Env], Any]
    variables: frozenset[int]
    hinted: int = 0
    magic: int = 0
    branches: int = 0


def needs(exprs: Iterable[Expr]) -> tuple[frozenset[str], frozenset[str], tuple[str, ...]]:
    """Return operator names, import lines and helper sources of expressions."""
    ops, imports, helpers = set(), set(), set()
    for expr in exprs:
        for part in expr.walk():
            if part.op is not None:
                ops.add(part.op.name)
                if part.op.imports:
                    imports.add(part.op.imports)
                if part.op.helper:
                    helpers.add(part.op.helper)
    return frozenset(ops), frozenset(imports), tuple(sorted(helpers))


def parameters_used(exprs: Iterable[Expr], count: int) -> frozenset[int]:
    """Return the slots of the parameters that occur in `exprs`."""
    slots = {part.slot for expr in exprs for part in expr.walk() if part.slot is not None}
    return frozenset(s for s in slots if s < count)


def hinted(exprs: Iterable[Expr]) -> int:
    """Return how many different operators in `exprs` the statement's words speak for."""
    return len({p.op.name for e in exprs for p in e.walk() if p.op is not None and p.op.hinted})


def magic(exprs: Iterable[Expr]) -> int:
    """Return how many constants in `exprs` were taken from the outputs."""
    return sum(1 for e in exprs for p in e.walk() if p.op is None and p.slot is None and p.cost >= 8)


def make(
    problem: Problem,
    scheme: str,
    body: Sequence[str],
    exprs: Sequence[Expr],
    cost: int,
    run: Callable[[Env], Any],
    vals: tuple[Any, ...],
) -> Program:
    """Put a program together from the expressions that its body was written from."""
    ops, imports, helpers = needs(exprs)
    return Program(
        scheme,
        tuple(body),
        ops,
        imports,
        helpers,
        cost,
        tuple((e.type, e.plain_cost) for e in exprs),
        vals,
        problem.goal.mask(vals),
        run,
        parameters_used(exprs, len(problem.names)),
        hinted(exprs),
        magic(exprs),
    )


def text_of(problem: Problem, expr: Expr) -> str:
    """Return the source text of an expression over the parameters."""
    return listed(expr, render(expr, problem.names, Names(set(problem.names))))


def from_expression(problem: Problem, scheme: str, expr: Expr) -> Program:
    """Return the program ``return EXPR``."""
    return make(
        problem,
        scheme,
        (f"return {text_of(problem, expr)}",),
        (expr,),
        expr.plain_cost,
        compiled(expr, len(problem.names)),
        expr.vals,
    )
