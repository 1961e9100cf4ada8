"""How far to trust a program that fits the examples.

A program of some cost was one of N distinct behaviours that were tried up to that cost. An example
that a share p of all behaviours meets is met by chance with probability p. So log2(1 / (N * p1 * p2 * ...))
is the margin, in bits, by which a fit is surer than chance (minimum description length, with the
probabilities read off the enumeration itself). Words of the statement enter through the operators'
weights: what they speak for is cheap, and so one of few.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from proofsmith.agents.policies.symbolic.program import Program
from proofsmith.agents.policies.symbolic.types import Type
from proofsmith.agents.policies.symbolic.workspace import Workspace

DENSITY = 0.6
"""Bits of distinct behaviour per bit of cost beyond what was enumerated."""

BRANCHING = 5.0
"""Bits for the choice of the examples that a branch of a conditional covers."""


def information(workspace: Workspace) -> float:
    """Return how many bits the examples say: how improbable it is to meet all of them by chance.

    A result that an earlier example asked for too says less: whoever meets the one, for instance
    with a constant, tends to meet the other.
    """
    goal = workspace.problem.goal
    met = {m: n for m, n in workspace.main.met.items() if m != goal.full}
    total = sum(met.values())
    bits = 0.0
    for row, wanted in enumerate(goal.target):
        hits = sum(n for m, n in met.items() if m >> row & 1)
        said = math.log2((total + 2) / (hits + 1))
        for earlier in range(row):
            if goal.same(goal.target[earlier], wanted):
                first = sum(n for m, n in met.items() if m >> earlier & 1)
                both = sum(n for m, n in met.items() if m >> earlier & 1 and m >> row & 1)
                said = min(said, math.log2((first + 2) / (both + 1)))
        bits += said
    return bits


def description(workspace: Workspace, parts: Sequence[tuple[Type, int]]) -> float:
    """Return the bits that name the parts of a program among everything as cheap."""
    bits = 0.0
    for type_, cost in parts:
        bits += math.log2(1 + workspace.main.behaviours(type_, cost))
        bits += DENSITY * max(0, cost - workspace.main.level)
    return bits


def margin(workspace: Workspace, program: Program) -> float:
    """Return the bits by which a program is surer than a fit by chance; negative is doubtful."""
    bits = information(workspace) - description(workspace, program.parts)
    bits -= 2.0 * (len(workspace.problem.names) - len(program.variables))
    return bits - 2.0 * program.magic - BRANCHING * program.branches


def order(workspace: Workspace, programs: Sequence[Program]) -> list[tuple[float, Program]]:
    """Return fitting programs with their margins, most trusted first."""
    rated = [(margin(workspace, p), p) for p in programs]
    return sorted(rated, key=lambda r: (-r[0], r[1].cost, r[1].body))
