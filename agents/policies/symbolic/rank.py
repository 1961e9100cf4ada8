"""How far to trust a program that fits the examples.

Minimum description length: a program of `cost` bits was one of about 2^(cost * DENSITY) tried; the
examples leave room for 2^information answers. What is left after subtracting is the margin against a
fit by chance. Words of the statement enter through the operators' weights.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from proofsmith.agents.policies.symbolic.problem import Problem
from proofsmith.agents.policies.symbolic.program import Program

DENSITY = 0.7
"""Bits of distinct behaviour per bit of cost, measured on the enumerator's level sizes."""


def information(target: Sequence[Any]) -> float:
    """Return about how many bits it takes to guess these results, one after another."""
    bits = 0.0
    seen: dict[str, int] = {}
    for value in target:
        key = repr(value)
        if key in seen:
            bits += 1.0 if not isinstance(value, bool) or len(seen) > 1 else 0.4
        else:
            bits += min(24.0, _surprise(value))
        seen[key] = seen.get(key, 0) + 1
    return bits


def _surprise(value: Any) -> float:
    if value is None or isinstance(value, bool):
        return 1.0
    if isinstance(value, int):
        return 1.5 + math.log2(min(abs(value), 2**20) + 1)
    if isinstance(value, float):
        return 6.0
    if isinstance(value, str):
        return 1.5 + 2.5 * min(len(value), 8)
    if isinstance(value, dict):
        return 2.0 + sum(_surprise(v) for v in value.values())
    if isinstance(value, tuple | frozenset):
        return 1.5 + sum(0.8 * _surprise(v) for v in value)
    return 4.0


def margin(problem: Problem, program: Program) -> float:
    """Return the bits by which a program is surer than a fit by chance; negative is doubtful."""
    bits = information(problem.goal.target) - DENSITY * program.cost
    bits -= 2.0 * (len(problem.names) - len(program.variables))
    bits -= 1.5 * program.magic
    return bits + 1.0 * min(program.hinted, 3)


def order(problem: Problem, programs: Sequence[Program]) -> list[Program]:
    """Sort fitting programs, most trusted first."""
    return sorted(programs, key=lambda p: (-margin(problem, p), p.cost, p.body))
