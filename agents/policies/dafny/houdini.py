"""Houdini: add many annotations, drop those that the verifier refutes, keep the largest set that stands.

Flanagan, Leino: Houdini, an annotation assistant for ESC/Java (FME 2001). Here the verifier's own
diagnostics name the annotations to drop; methods are shrunk side by side, because each is proved alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from proofsmith.agents.policies.dafny.formula import is_hard
from proofsmith.agents.policies.dafny.prover import Answer, Complaint, Prover
from proofsmith.agents.policies.dafny.weave import Addition, Woven, weave

_ROUNDS = 40
"""So many shrinking steps at most: each drops something, so this bounds only very large sets."""


@dataclass(frozen=True)
class Standing:
    """What is left when nothing more has to be dropped.

    Attributes:
        kept: the additions that stand.
        dropped: those that were refuted, beside all that were there at the time.
        deferred: those taken out because the proof ran out of time with them.
        answer: the verifier's last answer; ``None`` when the time ended before there was one.
        woven: the text that was answered about.
    """

    kept: tuple[Addition, ...]
    dropped: tuple[Addition, ...]
    deferred: tuple[Addition, ...]
    answer: Answer | None
    woven: Woven

    @property
    def proved(self) -> bool:
        """Whether everything is proved."""
        return self.answer is not None and self.answer.proved

    @property
    def settled(self) -> bool:
        """Whether `answer` is about exactly `kept` and refutes none of them."""
        return self.answer is not None and not blamed(self.woven, self.answer)

    def unproved(self) -> tuple[Complaint, ...]:
        """The complaints that blame no addition: what is still to be proved."""
        if self.answer is None:
            return ()
        return tuple(c for c in self.answer.complaints if c.line not in self.woven.lines)


def blamed(woven: Woven, answer: Answer) -> set[Addition]:
    """Return the additions that the verifier's complaints point at."""
    return {woven.lines[c.line] for c in answer.complaints if c.line in woven.lines}


def shrink(
    source: str,
    additions: Iterable[Addition],
    prover: Prover,
    stop: Callable[[], bool],
    firm: Collection[Addition] = (),
) -> Standing:
    """Drop additions until the verifier refutes none of them.

    Args:
        source: the text they are woven into.
        additions: all that may stand.
        prover: asked once a round.
        stop: says that the time is over.
        firm: those that stood before; they are the last to go where the proof runs out of time.
    """
    kept = tuple(dict.fromkeys(additions))
    dropped: list[Addition] = []
    deferred: list[Addition] = []
    answer: Answer | None = None
    woven = weave(source, kept)
    was_late = False
    for _ in range(_ROUNDS):
        if stop():
            answer = None
            break
        answer = prover.ask(woven.text)
        refuted = blamed(woven, answer)
        late = () if refuted else _too_much(kept, answer, firm, once_more=was_late)
        if not answer.readable and not refuted:
            late = _suspects(kept)  # a wrong type can show at another place
        if not refuted and not late:
            break
        was_late = bool(late)
        dropped += [a for a in kept if a in refuted]
        deferred += late
        out = refuted.union(late)
        kept = tuple(a for a in kept if a not in out)
        woven = weave(source, kept)
        answer = None
    return Standing(kept, tuple(dropped), tuple(deferred), answer, woven)


def _suspects(kept: Sequence[Addition]) -> tuple[Addition, ...]:
    """The less promising half of all additions."""
    return tuple(sorted(kept, key=lambda a: a.promise)[: (len(kept) + 1) // 2])


def _too_much(
    kept: Sequence[Addition], answer: Answer, firm: Collection[Addition], once_more: bool
) -> tuple[Addition, ...]:
    """The less promising half of what is new at every point of methods whose proof ran out of time.

    What is easy for a prover stays while there is anything else: the rest may need it. Where the time ran
    out `once_more`, the other half goes too, because each attempt costs the time of a whole proof.
    """
    out: list[Addition] = []
    for owner in dict.fromkeys(a.owner for a in kept):
        if answer.broken_off or any(
            title == owner or title.endswith(f".{owner}") for title in answer.timed_out
        ):
            mine = sorted((a for a in kept if a.owner == owner), key=lambda a: a.promise)
            new = [a for a in mine if a not in firm]
            if once_more and new and len(new) < len(mine):
                out += [a for a in new if is_hard(a.text)] or new
                continue
            new = new or mine
            new = [a for a in new if is_hard(a.text)] or new
            points = {a.offset: [b for b in new if b.offset == a.offset] for a in new}
            halves = [part[: len(part) // 2] for part in points.values()]
            out += [a for half in halves for a in half] or new[:1]
    return tuple(out)
