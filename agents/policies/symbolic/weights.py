"""Operator weights that adapt: to verified programs of earlier runs, and to partial successes of this one.

The second is Probe's idea (Barke et al., "Just-in-time learning for bottom-up enumerative synthesis",
2020): an operator that occurs in programs which meet many of the examples becomes cheaper.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from proofsmith.agents.policies.symbolic.enumerate import Enumerator
from proofsmith.agents.policies.symbolic.types import BOOL
from proofsmith.types import Candidate, Task

_NODES: dict[type[ast.AST], str] = {
    ast.Add: "add concat fadd",
    ast.Sub: "sub fsub",
    ast.Mult: "mul repeat fmul",
    ast.FloorDiv: "floordiv",
    ast.Div: "fdiv",
    ast.Mod: "mod divides even odd",
    ast.Pow: "pow square",
    ast.Eq: "eq",
    ast.NotEq: "ne",
    ast.Lt: "lt",
    ast.Gt: "lt",
    ast.LtE: "le",
    ast.GtE: "le",
    ast.In: "in",
    ast.NotIn: "notin",
    ast.And: "and",
    ast.Or: "or",
    ast.Not: "not",
    ast.IfExp: "if",
    ast.ListComp: "map filter mapfilter",
    ast.DictComp: "dictof",
    ast.Slice: "slice from upto reverse",
    ast.Subscript: "at charat",
}
_CALLS: dict[str, str] = {
    "sum": "sum sumof countif",
    "max": "max max2 maxby maxof",
    "min": "min min2 minby minof",
    "sorted": "sorted sortby sortdown tolist",
    "any": "anyof",
    "all": "allof",
    "range": "range range2 rangeto rangelen",
    "join": "join joinof",
    "split": "split splitby",
    "fromkeys": "unique",
    "Counter": "counter",
    "pairwise": "adjacent",
    "is_prime": "isprime",
}
MANY = 0.4
SOME = 0.15


def learnt(memory: Sequence[tuple[Task, Candidate]]) -> dict[str, int]:
    """Return what to add to the operators' costs, from verified programs of earlier runs.

    An operator in at least two programs and a share SOME of all becomes one bit cheaper, with a share
    MANY two bits.
    """
    seen: Counter[str] = Counter()
    for _, candidate in memory:
        try:
            seen.update(operators_in(candidate.source))
        except (SyntaxError, ValueError, RecursionError):
            continue
    total = len(memory)
    return {
        name: -2 if count >= MANY * total else -1
        for name, count in sorted(seen.items())
        if count >= 2 and count >= SOME * total
    }


def operators_in(source: str) -> set[str]:
    """Return the names of the operators that a program's text may have been made of."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        found.update(_NODES.get(type(node), "").split())
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            found.update(_CALLS.get(name, name).split())
    return found


def from_partial(bank: Enumerator) -> dict[str, int]:
    """Return what to add to the operators' costs, from the partial programs of an enumeration.

    An operator in a program that meets a third of the examples becomes one bit cheaper, with two
    thirds two bits. A Boolean result is met half of the time by chance: it teaches nothing.
    """
    goal = bank.goal
    if goal is None or goal.type is BOOL or goal.size < 2:
        return {}
    best: dict[str, float] = {}
    for mask, exprs in bank.masks.items():
        share = mask.bit_count() / goal.size
        for expr in exprs[:1]:
            for part in expr.walk():
                if part.op is not None:
                    best[part.op.name] = max(best.get(part.op.name, 0.0), share)
    return {name: -2 if s >= 2 / 3 else -1 for name, s in sorted(best.items()) if s >= 1 / 3}


def combined(*all_weights: Mapping[str, int]) -> dict[str, int]:
    """Return the sum of several weight tables."""
    names: Iterable[str] = sorted(set().union(*all_weights))
    return {name: sum(w.get(name, 0) for w in all_weights) for name in names}
