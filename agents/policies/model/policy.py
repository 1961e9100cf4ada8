"""The model policy: thoughts at the root, programs below them, better programs below programs.

What a model says outside its contract never becomes a proposal. Where a call gave nothing inside it, the
symbolic policy of the language stands in for that expansion, if there is one; what it proposed, it
also expands later.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from proofsmith.agents.models.types import ModelClient
from proofsmith.agents.policies.model.asking import Asker
from proofsmith.agents.policies.model.coder import Coder
from proofsmith.agents.policies.model.planner import Planner
from proofsmith.agents.policies.model.settings import AgentSettings
from proofsmith.agents.policies.model.subtasks import Subtasks, is_partial
from proofsmith.agents.tools.belt import Belt
from proofsmith.agents.tools.talking import ToolUser
from proofsmith.budget import Budget, Meter, Spend
from proofsmith.protocols import NodeView, Policy
from proofsmith.types import Proposal, Proposals, Task

_TOLD = 3
"""Remarks on answers that were not used, at most."""
PATIENCE = 3
"""Expansions of a node in a row that gave nothing, after which nothing more is expected there."""

Made = tuple[tuple[Proposal, ...], str]
"""Proposals, and why there are none if there are none."""


class ModelPolicy:
    """Proposes what language models say, inside contracts.

    Attributes:
        remarks: what a person should know, for the run to record; taken out by it.
    """

    name = "model"

    def __init__(
        self,
        coder: ModelClient,
        planner: ModelClient | None = None,
        settings: AgentSettings | None = None,
        belt: Belt | None = None,
        symbolic: Policy | None = None,
    ) -> None:
        """Args:
        coder: writes programs; billed already.
        planner: thinks of lines of attack; ``None`` goes straight to code.
        settings: how they work.
        belt: the tools of the coder, also for judging subtasks; ``None`` for none.
        symbolic: stands in where a model gives nothing inside its contract.
        """
        settings = settings or AgentSettings()
        self.settings = settings
        self.remarks: list[str] = []
        asker = Asker(coder, settings)
        self._coder = Coder(asker)
        self._planner = (
            None if planner is None or settings.thoughts < 1 else Planner(Asker(planner, settings))
        )
        self._belt, self._symbolic = belt, symbolic
        self._tools = ToolUser(asker, belt) if belt is not None and settings.model_tools else None
        self._subtasks = Subtasks(asker, belt) if settings.decompose else None
        self._fruitless: Counter[int] = Counter()
        self._unplanned = 0
        self._told: set[str] = set()

    def propose(self, task: Task, view: NodeView, budget: Budget) -> Proposals:
        """See `Policy.propose`.

        Raises:
            Unavailable: the server is gone.
            LimitReached: the budget does not allow another call.
        """
        if self._symbolic is not None and _made_by(view, self._symbolic.name):
            return self._symbolic.propose(task, view, budget)
        meter = Meter(budget)
        calls = 0 if self._belt is None else self._belt.verifier_calls
        items, why = self._work(task, view, budget)
        used = Spend(verifier_calls=0 if self._belt is None else self._belt.verifier_calls - calls)
        if items:
            self._fruitless.pop(view.node.id, None)
            return Proposals(items, spend=used)
        self._tell(why)
        self._fruitless[view.node.id] += 1
        if self._symbolic is not None:
            instead = self._symbolic.propose(task, view, meter.remaining())
            if instead.items:
                return replace(instead, exhausted=False, spend=used)
        return Proposals(exhausted=self._fruitless[view.node.id] >= PATIENCE, spend=used)

    def close(self) -> None:
        """Stop what the symbolic policy runs."""
        close = getattr(self._symbolic, "close", None)
        if close is not None:
            close()

    def _work(self, task: Task, view: NodeView, budget: Budget) -> Made:
        node = view.node
        meter = Meter(budget)
        if node.id == 0 and self._planner is not None and self._unplanned < PATIENCE:
            thoughts, why = self._planner.plan(task, view, budget, self._recalled(task))
            if thoughts or any(child.is_thought for child in view.children):
                return thoughts, why
            self._tell(why)  # no plan at all: straight to code
            self._unplanned += 1
            budget = meter.remaining()
        if self._subtasks is not None and task.language == "python":
            if is_partial(node):
                return self._subtasks.fill(task, view, budget)
            if node.is_thought or node.id == 0:
                return self._subtasks.decompose(task, view, budget)
        if self._tools is not None:
            return self._tools.propose(task, view, budget)
        if node.proposal is None or node.is_thought:
            return self._coder.write(task, view, budget, self._recalled(task))
        blame = "" if self._belt is None else self._belt.blame(task, node, budget)
        return self._coder.improve(task, view, meter.remaining(), blame)

    def _recalled(self, task: Task) -> str:
        return "" if self._belt is None else self._belt.recalled(task)

    def _tell(self, why: str) -> None:
        """Keep a remark on the first troubles; the calls are all recorded."""
        if why and len(self._told) < _TOLD and why not in self._told:
            self._told.add(why)
            self.remarks.append(f"answers of the model were not used: {why[:200]}")


def _made_by(view: NodeView, policy: str) -> bool:
    """Whether the node (not the root) was proposed by `policy`."""
    return view.node.proposal is not None and view.node.proposal.policy == policy


def take_remarks(policy: object) -> Sequence[str]:
    """Take the remarks out of a policy that keeps some."""
    remarks = getattr(policy, "remarks", None)
    if not isinstance(remarks, list):
        return ()
    taken = tuple(remarks)
    remarks.clear()
    return taken
