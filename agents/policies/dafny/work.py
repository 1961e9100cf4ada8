"""What is known of one method while its loops are annotated, and what is to be tried next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from proofsmith.agents.policies.dafny.context import MethodContext
from proofsmith.agents.policies.dafny.formula import formula, is_hard
from proofsmith.agents.policies.dafny.prover import Complaint
from proofsmith.agents.policies.dafny.weave import Addition

_AGAIN = 16
"""So many of the guesses that were refuted beside fewer others are tried again with each slice."""
_LEAST_BATCH = 3
_PUT_OFF = 3
_EASY = 4
"""So many more are tried that are not hard for a prover."""
_UNLIKELY, _FEW = 0.4, 2
"""Of hard guesses that promise less, so many are tried at a time."""


@dataclass
class Work:
    """What is known of one method.

    Attributes:
        method: the method.
        queues: for each loop, guesses not tried yet, best first.
        hints: assertions and calls to try with the later slices, in the order of their stages.
        dropped: guesses that were refuted beside others; they may stand beside more.
        kept: additions that stand, and those about to be tried.
        firm: those that stood the last time.
        deferred: how often additions were put off because a proof ran out of time with them.
        batch: how many guesses about one loop are tried at a time; fewer after proofs ran out of time.
        open: the complaints that are left, with lines of the task's own text.
        late: whether its proof ran out of time.
    """

    method: MethodContext
    queues: list[list[Addition]] = field(default_factory=list)
    hints: list[list[Addition]] = field(default_factory=list)
    dropped: tuple[Addition, ...] = ()
    kept: tuple[Addition, ...] = ()
    firm: frozenset[Addition] = frozenset()
    batch: int = 1000
    deferred: Counter[Addition] = field(default_factory=Counter)
    open: tuple[Complaint, ...] = ()
    late: bool = False

    @property
    def proved(self) -> bool:
        """Whether nothing is left to prove."""
        return not self.open and not self.late

    def advance(self, size: int) -> bool:
        """Take the next slice of guesses, and once more what was dropped; say whether there was any.

        What is taken at one loop is taken at the others too.
        """
        size = min(size, self.batch)
        chosen = {a for queue in self.queues for a in _slice(queue, size)}
        said = {_shape(a.text) for a in chosen}  # what holds around a loop is kept if it says it too
        fresh = [a for queue in self.queues for a in queue if a in chosen or _shape(a.text) in said]
        taken = set(fresh)
        for queue in self.queues:
            queue[:] = [a for a in queue if a not in taken]
        if self.hints and (self.kept or self.dropped or not self.queues):
            fresh += self.hints.pop(0)
        if not fresh:
            return False
        again = sorted(self.dropped, key=lambda a: -a.promise)[:_AGAIN]
        self.kept = tuple(dict.fromkeys((*self.kept, *again, *fresh)))
        self.dropped = tuple(a for a in self.dropped if a not in again)
        return True

    def defer(self, out: Sequence[Addition]) -> None:
        """Try `out` again later, fewer at a time, because the proof ran out of time with them.

        What was put off a few times is given up.
        """
        self.deferred.update(out)
        out = [a for a in out if self.deferred[a] <= _PUT_OFF]
        if out:
            self.batch = max(_LEAST_BATCH, min(self.batch, len(out)) // 2)
            self.queues.append(sorted(out, key=lambda a: -a.promise))


def _slice(queue: Sequence[Addition], size: int) -> list[Addition]:
    """The first additions of a queue: `size` that are hard for a prover, and about as many that are easy.

    Of those that are hard and unlikely there are few: each may cost the proof its time.
    """
    hard = [a for a in queue if is_hard(a.text)]
    likely = [a for a in hard if a.promise >= _UNLIKELY]
    unlikely = [a for a in hard if a.promise < _UNLIKELY]
    easy = [a for a in queue if not is_hard(a.text)]
    chosen = {*likely[:size], *unlikely[: max(_FEW, size // 8)], *easy[: size + _EASY]}
    return [a for a in queue if a in chosen]


def _shape(text: str) -> tuple[str, ...]:
    """What an invariant says, names of bound variables aside."""
    found = formula(text.removeprefix("invariant "))
    return (text,) if found is None else found.shape
