"""Proofs by induction over state bits that are always equal: one combinational question for all time.

After van Eijk, "Sequential equivalence checking based on structural similarities", 2000, for state bits
alone. Those with the same place in a vector that are equal in random simulation are taken for equal; what
random states then tell apart is taken apart again. That the rest stays equal, and that nothing bad can be
seen while it is, remains to be proved for all states and inputs. Two designs that store the same are proved
like this, however deep they are.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping
from itertools import islice

from proofsmith.verifiers.yosys.aig import NO, Aig
from proofsmith.verifiers.yosys.cases import swept
from proofsmith.verifiers.yosys.exhaustive import exhausted
from proofsmith.verifiers.yosys.pool import YosysPool

_STEPS = 32
_WIDTH, _BLOCK = 320, 32
_FULL = (1 << _BLOCK) - 1
_MOST_ROUNDS, _TRIALS = 60, 12
_WORK = 3_000_000
"""Most and-gates that are evaluated to find candidates, each for many streams at once."""

Classes = Mapping[int, int]
"""The state bits that are taken for equal: each with the one that stands for them, itself among them."""


def proved_by_correspondence(
    pool: YosysPool, aig: Aig, bad: int, states: Iterator[Mapping[int, int]], seconds: float
) -> str:
    """Return what proves that `bad` is never 1; empty if equal state bits are not enough for that.

    Args:
        pool: has ABC.
        aig: a graph with state.
        bad: the literal.
        states: the words of all state bits, step by step, in a random simulation.
        seconds: wall clock.

    Raises:
        ToolMissing: there is no ABC.
    """
    deadline = time.monotonic() + seconds
    cone = aig.cone([bad])
    latches = [latch for latch in aig.latches if latch.literal in cone]
    signatures: dict[int, list[int]] = {latch.literal: [latch.init] for latch in latches}
    places = {latch.literal: latch.name.partition("[")[2] for latch in latches}
    for state in islice(states, max(4, min(_STEPS, _WORK // (aig.size + 1)))):
        for literal, words in signatures.items():
            words.append(state[literal])
        if time.monotonic() > deadline:
            return ""
    classes = _classes({literal: (places[literal], *words) for literal, words in signatures.items()})
    rng = random.Random(1)
    for _ in range(_MOST_ROUNDS):
        if time.monotonic() > deadline:
            return ""
        graph, following, root = _collapsed(aig, cone, classes, bad)
        finer = classes
        for _ in range(_TRIALS):
            values = _random(graph, rng)
            if _word(values, root):
                return ""
            finer = _classes({n: (finer[n], _word(values, following[n])) for n in classes})
            if finer != classes:
                break
        if finer == classes:
            if _hashed(aig, cone, classes, bad, deadline):
                return "induction over equal registers"
            changes = [graph.xor(following[n], following[rep]) for n, rep in classes.items() if n != rep]
            return _proved(pool, graph, graph.any([root, *changes]), deadline - time.monotonic())
        classes = finer
    return ""


def _hashed(aig: Aig, cone: set[int], classes: Classes, bad: int, deadline: float) -> bool:
    """Say whether those bits are enough whose next states are the same gates."""
    for _ in range(_MOST_ROUNDS):
        if time.monotonic() > deadline:
            return False
        _, following, root = _collapsed(aig, cone, classes, bad)
        finer = _classes({n: (classes[n], following[n]) for n in classes})
        if root != NO:
            return False
        if finer == classes:
            return True
        classes = finer
    return False


def _classes(marks: Mapping[int, object]) -> dict[int, int]:
    """Return classes of the state bits with equal marks."""
    first: dict[object, int] = {}
    return {literal: first.setdefault(mark, literal) for literal, mark in marks.items()}


def _collapsed(aig: Aig, cone: set[int], classes: Classes, bad: int) -> tuple[Aig, dict[int, int], int]:
    """Return a graph without state in which equal bits are one input, with all next states, and `bad`."""
    chosen = {rep: f"state {rep}" for rep in classes.values()}
    new, made = aig.unrolled(cone, chosen, classes)
    following = {
        latch.literal: made[latch.next & ~1] ^ (latch.next & 1)
        for latch in aig.latches
        if latch.literal in classes
    }
    return new, following, made[bad & ~1] ^ (bad & 1)


def _random(graph: Aig, rng: random.Random) -> dict[int, int]:
    """Simulate random inputs and states: some streams of few ones and some of few zeros, as carries need."""
    words = []
    for _ in graph.inputs:
        word = few = rng.getrandbits(_BLOCK)
        for _ in range(_WIDTH // _BLOCK // 2 - 1):
            few &= rng.getrandbits(_BLOCK)
            word = word << _BLOCK | few
            word = word << _BLOCK | few ^ _FULL
        words.append(word << _BLOCK | rng.getrandbits(_BLOCK))
    return graph.simulate(words, {}, (1 << _WIDTH) - 1)


def _word(values: Mapping[int, int], literal: int) -> int:
    word = values[literal & ~1]
    return word ^ ((1 << _WIDTH) - 1) if literal & 1 else word


def _proved(pool: YosysPool, graph: Aig, root: int, seconds: float) -> str:
    if exhausted(graph, root, seconds / 3) is True:
        return "induction over equal registers, trying every input"
    if swept(pool, graph, root, seconds / 2):
        return "induction over equal registers by SAT sweeping"
    return ""
