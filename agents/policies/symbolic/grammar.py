"""The operators of a problem: instantiated, weighted by the statement's words and by experience."""

from __future__ import annotations

from collections.abc import Mapping

from proofsmith.agents.policies.symbolic.expr import Op
from proofsmith.agents.policies.symbolic.operators.components import COMPONENTS, helper_source
from proofsmith.agents.policies.symbolic.operators.containers import FUNCTIONS, LISTS
from proofsmith.agents.policies.symbolic.operators.scalars import BOOLEANS, NUMBERS, STRINGS
from proofsmith.agents.policies.symbolic.operators.signature import instantiate
from proofsmith.agents.policies.symbolic.problem import Problem
from proofsmith.agents.policies.symbolic.types import Type

TABLES = (*NUMBERS, *BOOLEANS, *STRINGS, *LISTS, *FUNCTIONS, *COMPONENTS)


def operators(problem: Problem, weights: Mapping[str, int] | None = None) -> list[Op]:
    """Return the operators for a problem, those that can lead to its result type.

    `weights` are added to an operator's cost (negative: cheaper), as learnt from verified programs
    or from partial successes of this run.
    """
    hints = problem.hints
    made: list[Op] = []
    for entry, op in instantiate(TABLES, set(problem.universe)):
        if "h" in entry.flags and op.name not in hints:
            continue
        op.hinted = op.name in hints
        plain = max(1, op.cost + 1 - hints.discount(op.name))
        op.cost = max(1, plain + (weights or {}).get(op.name, 0))
        op.shift = plain - op.cost
        op.helper = helper_source(op.name)
        made.append(op)
    return _useful(made, problem.returns)


def _useful(ops: list[Op], goal: Type) -> list[Op]:
    """Drop operators whose results can never become part of a result of the goal's type."""
    wanted = {goal}
    if goal.name == "str":
        wanted.add(Type("chr"))
    if goal.name == "float":
        wanted.add(Type("int"))
    grew = True
    while grew:
        before = len(wanted)
        for op in ops:
            if op.ret in wanted or (op.ret.name == "chr" and Type("str") in wanted):
                for a in op.args:
                    wanted |= {a.args[1]} if a.name == "fn" else {a}
        if Type("float") in wanted:
            wanted.add(Type("int"))
        if Type("str") in wanted:
            wanted.add(Type("chr"))
        grew = len(wanted) > before
    return [op for op in ops if op.ret in wanted]


def first_order(ops: list[Op]) -> list[Op]:
    """Return the operators that take no function."""
    return [op for op in ops if not op.binder]
