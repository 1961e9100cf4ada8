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

from proofsmith.agents.policies.symbolic.enumerate import DENSITY
from proofsmith.agents.policies.symbolic.program import Program
from proofsmith.agents.policies.symbolic.types import BOOL, Type
from proofsmith.agents.policies.symbolic.workspace import Workspace

TINY = 2.0**-12
"""Chance that is added to every other: no example says more than twelve bits."""
ALIKE = 2.0
"""Bits taken off because examples resemble each other: whoever meets one meets the next more easily."""
BRANCHING = 4.0
"""Bits for the choice of the examples that a branch of a conditional covers."""


def information(workspace: Workspace, cost: int) -> float:
    """Return how many bits the examples say: how improbable it is to meet all of them by chance.

    Chances are read off all behaviours but one of this cost, the program's own. A result that an
    earlier example asked for too says less: whoever meets the one, for instance with a constant, tends
    to meet the other.
    """
    goal, met = workspace.problem.goal, workspace.main.met
    own: float = min(2.0 ** (-DENSITY * cost), met.get(goal.full, 0.0))
    total = sum(met.values()) - own

    def weight(rows: int) -> float:
        return max(0.0, sum(w for m, w in met.items() if m & rows == rows) - own)

    bits = 0.0
    for row, wanted in enumerate(goal.target):
        chance = (weight(1 << row) + TINY * total) / total if total > 0 else 1.0
        for earlier in range(row):
            if goal.same(goal.target[earlier], wanted):
                first, both = weight(1 << earlier), weight(1 << earlier | 1 << row)
                chance = max(chance, (both + TINY * total) / (first + TINY * total))
        bits -= math.log2(min(1.0, chance))
    return bits


def description(workspace: Workspace, parts: Sequence[tuple[Type, int]]) -> float:
    """Return the bits that name the parts of a program among everything as cheap."""
    bits = 0.0
    for type_, cost in parts:
        bits += math.log2(1 + workspace.main.behaviours(type_, cost))
        bits += DENSITY * max(0, cost - workspace.main.level)
    return bits


def margin(workspace: Workspace, program: Program, said: float | None = None) -> float:
    """Return the bits by which a program is surer than a fit by chance; negative is doubtful.

    `said` is what the examples say to a program of its cost, if that is known already.
    """
    said = information(workspace, program.cost) if said is None else said
    bits = said - description(workspace, program.parts)
    bits -= 2.0 * (len(workspace.problem.names) - len(program.variables))
    if workspace.problem.returns is not BOOL:
        bits -= ALIKE
    if program.branches:
        # That the tests send each further example to the right branch is evidence of its own.
        leaves = program.branches + 1
        bits += max(0, workspace.problem.goal.size - leaves) * math.log2(leaves)
    return bits - 1.0 * program.magic - BRANCHING * program.branches


def order(workspace: Workspace, programs: Sequence[Program]) -> list[tuple[float, Program]]:
    """Return fitting programs with their margins, most trusted first."""
    said = {cost: information(workspace, cost) for cost in {p.cost for p in programs}}
    rated = [(margin(workspace, p, said[p.cost]), p) for p in programs]
    return sorted(rated, key=lambda r: (-r[0], r[1].cost, r[1].body))
