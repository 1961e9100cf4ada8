"""Takes away additions that a proof does not need.

Zeller, Hildebrandt: Simplifying and isolating failure-inducing input (TSE 2002), with proofs for tests.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from proofsmith.agents.policies.dafny.prover import Prover
from proofsmith.agents.policies.dafny.weave import Addition, weave


def minimise(
    source: str, additions: Sequence[Addition], prover: Prover, stop: Callable[[], bool]
) -> tuple[tuple[Addition, ...], bool]:
    """Return additions that prove the text, and whether none of them can be taken away.

    Args:
        source: the text they belong to.
        additions: with all of them everything is proved.
        prover: asked for every attempt.
        stop: says that the time is over; then what is reached is returned.
    """
    kept = list(dict.fromkeys(additions))
    kept.sort(key=lambda a: a.promise)
    owners = list(dict.fromkeys(a.owner for a in kept))
    needed: set[Addition] = set()
    size = max(1, len(kept) // max(1, 2 * len(owners)))
    while not stop():
        groups = {o: [a for a in kept if a.owner == o and a not in needed] for o in owners}
        parts = {o: g[:size] for o, g in groups.items() if g}
        if not parts:
            return tuple(kept), True
        removed = {a for part in parts.values() for a in part}
        answer = prover.ask(weave(source, [a for a in kept if a not in removed]).text)
        if not answer.readable:
            failing = set(owners) if len(parts) == 1 else None
        else:
            failing = {o for o in owners if any(t == o or t.endswith(f".{o}") for t in answer.failed)}
        if answer.proved:
            kept = [a for a in kept if a not in removed]
            size *= 2
            continue
        if failing is None or not failing & set(parts):
            owners_left = list(parts)[:1]  # taken together they say nothing: one owner at a time
            failing = set(owners_left)
            parts = {o: parts[o] for o in owners_left}
            answer = prover.ask(weave(source, [a for a in kept if a not in parts[owners_left[0]]]).text)
            if answer.proved:
                kept = [a for a in kept if a not in parts[owners_left[0]]]
                continue
        for owner, part in parts.items():
            if owner not in failing:
                kept = [a for a in kept if a not in part]
            elif len(part) == 1:
                needed.add(part[0])
        if size > 1:
            size = max(1, size // 2)
    return tuple(kept), False
