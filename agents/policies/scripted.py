"""Policies that need no search of their own: for tests, benchmarks and replaying known programs."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from proofsmith.budget import Budget, Spend
from proofsmith.protocols import NodeView
from proofsmith.types import Candidate, Proposal, Proposals, Task


@dataclass
class ScriptedPolicy:
    """Proposes the given programs in order, whichever node is expanded, then is exhausted.

    Attributes:
        sources: program texts.
        language: their language.
    """

    sources: Sequence[str]
    language: str = "python"
    name: str = "scripted"
    _next: int = field(default=0, init=False)

    def propose(self, task: Task, view: NodeView, budget: Budget) -> Proposals:
        """Return the next ``view.width`` programs of the script."""
        chosen = self.sources[self._next : self._next + view.width]
        self._next += len(chosen)
        items = tuple(
            Proposal(Candidate(s, self.language), operator="script", policy=self.name) for s in chosen
        )
        return Proposals(items, self._next >= len(self.sources), Spend(candidates=len(items)))


@dataclass(frozen=True)
class NoisyPolicy:
    """Improves its parent with a known probability: a model of a coder with known skill.

    Programs are words over `alphabet` of a fixed `length`, starting from `template` with the
    word in place of ``{}``; a proposal changes one position of its parent's word at random. What
    it needs to be right is up to the verifier. Used to compare strategies at equal skill.
    """

    alphabet: str
    length: int
    template: str = "{}"
    name: str = "noisy"

    def propose(self, task: Task, view: NodeView, budget: Budget) -> Proposals:
        """Return ``view.width`` one-position changes of the node's word (random words at the root)."""
        rng = random.Random(view.seed)
        parent = None if view.node.proposal is None else dict(view.node.proposal.data).get("word")
        items = []
        for _ in range(view.width):
            if parent is None:
                word = "".join(rng.choice(self.alphabet) for _ in range(self.length))
            else:
                at = rng.randrange(self.length)
                word = parent[:at] + rng.choice(self.alphabet) + parent[at + 1 :]
            source = self.template.format(word)
            items.append(
                Proposal(
                    Candidate(source, task.language),
                    operator="noise",
                    policy=self.name,
                    data=(("word", word),),
                )
            )
        return Proposals(tuple(items), spend=Spend(candidates=len(items)))
