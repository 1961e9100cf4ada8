"""Symbolic and model proposals in one tree, with priors from both.

Each half plans at the root and goes on below its own plans; a program that failed is improved by both,
whoever wrote it. The halves' priors are scaled to their shares. When the model's server is gone
the symbolic half goes on alone, and the model is asked again from time to time.
"""

from __future__ import annotations

import time
from dataclasses import replace

from proofsmith.agents.models.types import LimitReached, Stopped, Unavailable
from proofsmith.agents.policies.model.policy import ModelPolicy, take_remarks
from proofsmith.budget import Budget, Meter
from proofsmith.protocols import NodeView, Policy
from proofsmith.tree import ROOT
from proofsmith.types import Proposal, Proposals, Task

_PAUSE = 0.2
"""Seconds to wait where only a server that is gone could go on."""
_REFUSALS = 3
"""Times in a row that a server may be gone before nothing more is expected of it."""
AGAIN = 30.0
"""Seconds after which a server that was gone is asked again."""


class MixPolicy:
    """Two policies that share a tree.

    Attributes:
        remarks: what a person should know, for the run to record; taken out by it.
    """

    name = "mix"

    def __init__(
        self, symbolic: Policy, model: ModelPolicy, share: float = 0.5, again: float = AGAIN
    ) -> None:
        """Args:
        symbolic: the language's embedded policy.
        model: without a symbolic policy of its own.
        share: the model's share of the prior, in [0, 1].
        again: seconds after which a server that was gone is asked again.
        """
        self._symbolic, self._model, self._share, self._again = symbolic, model, share, again
        self._over: set[tuple[str, int]] = set()
        self._gone: Unavailable | None = None
        self._refusals = 0
        self._down_until = 0.0
        self._limited = False
        self.remarks: list[str] = []

    def propose(self, task: Task, view: NodeView, budget: Budget) -> Proposals:
        """See `Policy.propose`. A server that is gone is no failure here, but told in `remarks`."""
        meter = Meter(budget)
        halves = [h for h in self._halves(view) if (h.name, view.node.id) not in self._over]
        answers: list[tuple[Proposals, float]] = []
        for half in halves:
            share = self._share if half is self._model else 1.0 - self._share
            width = max(1, round(view.width * share)) if len(halves) > 1 else view.width
            answer = self._ask(half, task, replace(view, width=width), meter.remaining())
            if answer.exhausted:
                self._over.add((half.name, view.node.id))
            answers.append((answer, share))
        self.remarks += take_remarks(self._model)
        merged = self._merged(view, answers)
        if self._gone is None or merged.items or merged.exhausted or self._symbolic_open(view):
            return merged
        if view.node.id != ROOT or self._refusals >= _REFUSALS:
            return replace(merged, exhausted=True)  # the root stays for when the server is back
        left = meter.remaining().seconds
        time.sleep(_PAUSE if left is None else min(_PAUSE, left))
        return merged

    def close(self) -> None:
        """Stop what the halves run."""
        for half in (self._symbolic, self._model):
            close = getattr(half, "close", None)
            if close is not None:
                close()

    def _halves(self, view: NodeView) -> list[Policy]:
        """Whose turn it is: below a plan its author's, elsewhere both."""
        proposal = view.node.proposal
        if proposal is not None and proposal.candidate is None:
            return [self._model if proposal.policy == self._model.name else self._symbolic]
        return [self._symbolic, self._model]

    def _ask(self, half: Policy, task: Task, view: NodeView, budget: Budget) -> Proposals:
        if half is not self._model:
            return half.propose(task, view, budget)
        if self._limited:
            return Proposals(exhausted=True)
        if time.monotonic() < self._down_until:
            return Proposals()
        try:
            answer = half.propose(task, view, budget)
        except Stopped:
            raise
        except LimitReached as error:
            self._limited = True
            self.remarks.append(f"{error}; the search goes on without the model")
            return Proposals(exhausted=True)
        except Unavailable as error:
            if self._gone is None:
                self.remarks.append(
                    f"{error}; the search goes on without the model, which is asked again later"
                )
            self._gone, self._refusals = error, self._refusals + 1
            self._down_until = time.monotonic() + self._again
            return Proposals()
        self._gone, self._refusals = None, 0
        return answer

    def _symbolic_open(self, view: NodeView) -> bool:
        """Whether the symbolic half may still propose something at this node."""
        return self._symbolic in self._halves(view) and (self._symbolic.name, view.node.id) not in self._over

    def _merged(self, view: NodeView, answers: list[tuple[Proposals, float]]) -> Proposals:
        """The halves' proposals in turn, priors scaled so that each half has its share."""
        lists = [_scaled(answer.items, share) for answer, share in answers]
        items: list[Proposal] = []
        for place in range(max((len(x) for x in lists), default=0)):
            items += [x[place] for x in lists if place < len(x)]
        spent = [a.spend for a, _ in answers]
        total = sum(spent[1:], spent[0]) if spent else Proposals().spend
        over = all((h.name, view.node.id) in self._over for h in self._halves(view))
        return Proposals(tuple(items), over, total)


def _scaled(items: tuple[Proposal, ...], share: float) -> list[Proposal]:
    total = sum(p.prior for p in items) or 1.0
    return [replace(p, prior=max(1e-6, share * p.prior / total)) for p in items]
