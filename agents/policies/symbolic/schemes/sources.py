"""Sequences that a program can go through: the lists and strings that the arguments offer."""

from __future__ import annotations

from dataclasses import dataclass

from proofsmith.agents.policies.symbolic.expr import FAILED, Expr
from proofsmith.agents.policies.symbolic.types import Type
from proofsmith.agents.policies.symbolic.workspace import Workspace

_OPS = {
    "split",
    "splitby",
    "range",
    "rangeto",
    "rangelen",
    "range2to",
    "zip",
    "adjacent",
    "digits",
    "sorted",
    "reverse",
    "sortdown",
    "items",
    "keys",
    "values",
    "str",
    "binary",
    "lower",
    "upto",
    "from",
    "unique",
    "tolist",
    "sortstr",
}


@dataclass(frozen=True)
class Source:
    """A sequence: its expression over the parameters and the type of its elements."""

    expr: Expr
    element: Type


def sources(workspace: Workspace, limit: int = 8, max_cost: int = 10) -> list[Source]:
    """Return the cheapest sequences over the parameters, parameters first."""
    workspace.main.complete(7, workspace.stop)
    found: list[Source] = []
    main = workspace.main
    candidates = [
        e
        for t in sorted(workspace.problem.universe, key=str)
        if t.element is not None and t.name in ("list", "str")
        for e in main.every(t, max_cost)
        if any(p.slot is not None for p in e.walk())
    ]
    for e in sorted(candidates, key=lambda e: (e.cost, e.serial)):
        element = e.type.element if e.type.name != "chr" else None
        plain = all(p.op is None or p.op.name in _OPS for p in e.walk())
        if element is None or not plain or all(v is FAILED or not v for v in e.vals):
            continue
        found.append(Source(e, element))
        if len(found) == limit:
            break
    return found
