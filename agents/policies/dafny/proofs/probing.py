"""Asks about many hints at once, each on a path of its own, so that a false one hides no other.

A verifier goes on as if a refuted assertion held, so of several false ones at one point it names but
the first. Behind conditions of which only one can be true each is judged by itself, in one call.
"""

from __future__ import annotations

from collections.abc import Sequence

from proofsmith.agents.policies.dafny.houdini import blamed
from proofsmith.agents.policies.dafny.prover import Prover
from proofsmith.agents.policies.dafny.weave import Addition, weave

_FEW = 3
"""With fewer hints at every point it is not worth a call."""


def probed(
    source: str, kept: Sequence[Addition], hints: Sequence[Addition], prover: Prover
) -> list[Addition]:
    """Return the hints that are not refuted when each stands alone beside `kept`.

    Args:
        source: the text they belong to.
        kept: what stands.
        hints: to be judged; each stands between statements.
        prover: asked once.
    """
    points: dict[int, list[Addition]] = {}
    for hint in hints:
        points.setdefault(hint.offset, []).append(hint)
    if not points or max(map(len, points.values())) <= _FEW or prover.over():
        return list(hints)
    words = " ".join((source, *(a.text for a in (*kept, *hints))))
    name = next(f"probe{n}x" for n in range(1000) if f"probe{n}x" not in words)
    twins: dict[Addition, Addition] = {}
    extra: list[Addition] = []
    for number, (offset, group) in enumerate(points.items()):
        choice = f"{name}{number}"
        extra.append(Addition(offset, f"ghost var {choice}: int :| true;", "probe", group[0].owner, rank=90))
        for k, hint in enumerate(group):
            text = f"if {choice} == {k} {{ {hint.text} }}"
            twin = Addition(offset, text, "probe", hint.owner, rank=91, promise=-float(k))
            twins[twin] = hint
    woven = weave(source, (*kept, *extra, *twins))
    answer = prover.ask(woven.text)
    refuted = {twins[a] for a in blamed(woven, answer) if a in twins}
    if answer.broken_off or (not answer.readable and not refuted):
        return list(hints)
    return [h for h in hints if h not in refuted]
