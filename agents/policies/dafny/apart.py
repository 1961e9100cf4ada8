"""Guesses with which a proof ran out of time, tried again apart from the others.

A formula that is proved at once by itself may take a prover forever beside others that are true as well,
bounds beside products above all. So here the guess is what stays, and its company is what goes.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from proofsmith.agents.policies.dafny.houdini import Standing, shrink
from proofsmith.agents.policies.dafny.prover import Prover
from proofsmith.agents.policies.dafny.weave import Addition

_MOST = 12


def apart(
    source: str,
    guesses: Sequence[Addition],
    company: Sequence[Addition],
    beside: Sequence[Addition],
    prover: Prover,
    ends: float,
) -> Iterator[Standing]:
    """Yield what stands with one guess after the other: alone, then beside as much as goes with it.

    Args:
        source: the text they are woven into.
        guesses: those that a proof ran out of time with, in one method; the best promise most.
        company: what else may stand in that method.
        beside: what is needed anyway, such as measures and what stands in other methods.
        prover: asked for every attempt.
        ends: `time.monotonic()` at which to stop.
    """

    def stop() -> bool:
        return prover.over() or time.monotonic() > ends

    firm: tuple[Addition, ...] = ()
    groups = [[a for a in guesses if a.text == text] for text in dict.fromkeys(_best_first(guesses))]
    for group in groups[:_MOST]:
        alone = shrink(source, [*beside, *firm, *group], prover, stop, {*beside, *firm})
        if alone.proved:
            yield alone
            return
        if alone.answer is None:
            return
        if set(group) & set(alone.deferred):
            continue  # hard by itself
        wanted = [*beside, *firm, *group]
        standing = shrink(source, [*wanted, *company], prover, stop, set(wanted))
        if standing.answer is None:
            return
        if set(group) & set(standing.kept):
            firm = tuple(a for a in (*firm, *group) if a in standing.kept)
            yield standing
            if standing.proved:
                return


def _best_first(guesses: Sequence[Addition]) -> list[str]:
    return [a.text for a in sorted(guesses, key=lambda a: -a.promise)]
