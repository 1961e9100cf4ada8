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
from proofsmith.types import Proposal, Proposals, Task

AGAIN = 30.0
"""Seconds after which a server that was gone is asked again."""


class MixPolicy:
    """Two policies that share a tree.

    Attributes:
        remarks: what a person should know, for the run to record; taken out by it.
    """

    name = "mix"

    def __init__(self, symbolic: Policy, model: ModelPolicy, share: float = 0.5) -> None:
        """Args:
        symbolic: the language's embedded policy.
        model: without a symbolic policy of its own.
        share: the model's share of the prior, in [0, 1].
        """
        self._symbolic, self._model, self._share = symbolic, model, share
        self._over: set[tuple[str, int]] = set()
        self._down_until = 0.0
        self._limited = False
        self.remarks: list[str] = []

    def propose(self, task: Task, view: NodeView, budget: Budget) -> Proposals:
        """See `Policy.propose`.

        Raises:
            Unavailable: the server is gone, and the symbolic half has nothing left at this node.
        """
        meter = Meter(budget)
        halves = [h for h in self._halves(view) if (h.name, view.node.id) not in self._over]
        answers: list[tuple[Proposals, float]] = []
        trouble: Unavailable | None = None
        for half in halves:
            share = self._share if half is self._model else 1.0 - self._share
            width = max(1, round(view.width * share)) if len(halves) > 1 else view.width
            try:
                answer = self._ask(half, task, replace(view, width=width), meter.remaining())
            except Stopped:
                raise
            except Unavailable as error:
                trouble = error
                continue
            if answer.exhausted:
                self._over.add((half.name, view.node.id))
            answers.append((answer, share))
        self.remarks += take_remarks(self._model)
        if (
            trouble is not None
            and not any(a.items for a, _ in answers)
            and all(a.exhausted for a, _ in answers)
        ):
            raise trouble
        return self._merged(view, answers)

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
            return half.propose(task, view, budget)
        except Stopped:
            raise
        except LimitReached as error:
            self._limited = True
            self.remarks.append(f"{error}; the search goes on without the model")
            return Proposals(exhausted=True)
        except Unavailable as error:
            if not self._down_until:
                self.remarks.append(
                    f"{error}; the search goes on without the model, which is asked again later"
                )
            self._down_until = time.monotonic() + AGAIN
            raise

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
