"""Proofs by cases: inputs that select something are set to 0 and to 1, and each case is proved by itself.

Two designs that differ in where they choose (one shared multiplier, or one for each branch) become
the same graph once the selecting inputs are constants: structural hashing proves what SAT cannot.
"""

from __future__ import annotations

import time
from collections import Counter

from proofsmith.verifiers.yosys.aig import NO, YES, Aig
from proofsmith.verifiers.yosys.pool import YosysPool

MAX_SPLIT = 5
"""Most inputs that cases are made of."""
_PROVED = ("Networks are equivalent", "UNSATISFIABLE")


def proved_by_cases(pool: YosysPool, aig: Aig, bad: int, seconds: float) -> bool:
    """Say whether `bad`, of a graph without state, is 0 in every case of the inputs most used.

    A case that hashing does not decide goes to SAT sweeping; all of them share `seconds`.

    Raises:
        ToolMissing: there is no ABC.
    """
    deadline = time.monotonic() + seconds
    waiting = [(aig, bad, MAX_SPLIT)]
    while waiting:
        graph, root, left = waiting.pop()
        if root == NO:
            continue
        if root == YES or time.monotonic() > deadline:
            return False
        select = _most_used(graph, root) if left else None
        if select is None:
            if not swept(pool, graph, root, deadline - time.monotonic()):
                return False
            continue
        waiting += [(*graph.restricted({select: value}, root), left - 1) for value in (NO, YES)]
    return True


def _most_used(aig: Aig, root: int) -> int | None:
    """The input that selects most: that is an operand of most gates, one-bit ports before others."""
    uses: Counter[int] = Counter()
    for _, (a, b) in aig.gates([root]):
        uses[a & ~1] += 1
        uses[b & ~1] += 1
    ports = Counter(name.rpartition("[")[0] for _, name in aig.inputs)
    best: tuple[bool, int, int] | None = None
    for literal, name in aig.inputs:
        if uses[literal]:
            rank = (ports[name.rpartition("[")[0]] == 1, uses[literal], -literal)
            best = rank if best is None or rank > best else best
    return None if best is None else -best[2]


def swept(pool: YosysPool, aig: Aig, root: int, seconds: float) -> bool:
    """Say whether SAT sweeping in ABC proves that `root`, of a graph without state, is never 1.

    Raises:
        ToolMissing: there is no ABC.
    """
    if seconds <= 0:
        return False
    data, _ = aig.aiger([root])
    commands = f"read_aiger m.aig; &get; &cec -m -T {max(1, int(seconds))}"
    done, _ = pool.run_abc(commands, {"m.aig": data}, seconds)
    return any(line.startswith(_PROVED) for line in done.stdout.splitlines())
