"""The planner: several distinct plans with confidences, before any code (after RethinkMCTS)."""

from __future__ import annotations

from proofsmith.agents.contracts.contract import Contract
from proofsmith.agents.policies.model.asking import Asker, prompt_for
from proofsmith.agents.policies.model.languages.table import language_of
from proofsmith.agents.policies.model.signals import facts
from proofsmith.budget import Budget
from proofsmith.protocols import NodeView
from proofsmith.types import Proposal, Task


class Planner:
    """Asks a model for plans in the form that the task's language wants."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker

    def plan(
        self, task: Task, view: NodeView, budget: Budget, recalled: str = ""
    ) -> tuple[tuple[Proposal, ...], str]:
        """Return plans that are new at the node, and why there are none if there are none.

        Raises:
            Unavailable: the server is gone.
        """
        settings = self._asker.settings
        form = language_of(task.language).plans(task)
        count = max(1, min(settings.thoughts, view.width))
        known = [n.proposal.thought for n in view.children if n.is_thought and n.proposal is not None]
        prompt = prompt_for(form.role, task, view, count=str(count), recalled=recalled)
        contract = Contract(
            "plan",
            form.read,
            lambda thoughts: None if form.distinct(thoughts, known) else "no thought is new",
            json_schema=form.json_schema,
            attempts=settings.attempts,
        )
        request = self._asker.request(prompt, "plan", 1, view.seed)
        answers = self._asker.caller.ask(request, contract, budget, shorten=self._asker.shortener(prompt))
        if not answers.accepted:
            return (), answers.failure or "; ".join(answers.rejected)
        accepted = answers.accepted[0]
        data = facts(accepted, prompt.template.hash, settings.temperature)
        return tuple(
            Proposal(
                None,
                max(0.01, t.confidence),
                t.text,
                "plan",
                "model",
                data=(*data, ("confidence", f"{t.confidence:.3f}")),
            )
            for t in form.distinct(accepted.value, known)[:count]
        ), ""
