"""The coder: whole programs, or search/replace edits of the parent, as proposals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from proofsmith.agents.contracts.contract import Accepted, Answers, Contract
from proofsmith.agents.policies.model.asking import Asker, Prompt, prompt_for
from proofsmith.agents.policies.model.edits import EDIT_MARK, apply_edits, parse_edits
from proofsmith.agents.policies.model.languages.table import language_of
from proofsmith.agents.policies.model.signals import facts, weights
from proofsmith.budget import Budget, Meter
from proofsmith.model_calls import Sample
from proofsmith.protocols import NodeView
from proofsmith.types import Candidate, Proposal, Status, Task

LONG = 40
"""Lines from which on ``edits="auto"`` asks for edits."""
_PATIENCE = 2
"""Calls for edits in a row that may fail before whole programs are asked for at once."""


class Coder:
    """Asks a model for programs.

    Attributes:
        failed_edits: calls for edits in a row that gave no program.
    """

    def __init__(self, asker: Asker) -> None:
        self._asker = asker
        self.failed_edits = 0

    def write(
        self, task: Task, view: NodeView, budget: Budget, recalled: str = ""
    ) -> tuple[tuple[Proposal, ...], str]:
        """Return new programs after the node's line of attack, and why there are none if there are none.

        Raises:
            Unavailable: the server is gone.
        """
        meter = Meter(budget)
        source = language_of(task.language).base(task)
        if self._by_edits(source):
            proposals = self._edits(task, view, budget, source)
            if proposals:
                return proposals, ""
        return self._whole("code", task, view, meter.remaining(), recalled=recalled)

    def improve(
        self, task: Task, view: NodeView, budget: Budget, blame: str = ""
    ) -> tuple[tuple[Proposal, ...], str]:
        """Return changed versions of the node's program, by edits or anew. Raises as `write`."""
        meter = Meter(budget)
        source = _source(view)
        if self._by_edits(source):
            proposals = self._edits(task, view, budget, source, blame)
            if proposals:
                return proposals, ""
        accepted = view.node.verdict is not None and view.node.verdict.status is Status.PASS
        role = "optimise" if accepted else "improve"
        return self._whole(role, task, view, meter.remaining(), blame=blame)

    def _by_edits(self, source: str) -> bool:
        mode = self._asker.settings.edits
        if mode == "whole" or not source or self.failed_edits >= _PATIENCE:
            return False
        return mode == "edit" or source.count("\n") >= LONG

    def _whole(
        self, role: str, task: Task, view: NodeView, budget: Budget, **more: str
    ) -> tuple[tuple[Proposal, ...], str]:
        language = language_of(task.language)
        prompt = prompt_for(role, task, view, **more)
        source = _source(view) or language.base(task)

        def read(sample: Sample) -> Candidate:
            if source and EDIT_MARK in sample.text:  # some models edit whatever they are asked for
                return language.admit(task, apply_edits(source, parse_edits(sample.text)))
            return language.program(task, sample)

        contract = self._contract(role, view, read)
        if self._asker.settings.constrain == "all" or language.has_exact_grammar(task):
            contract = replace(contract, grammar=language.grammar(task))
        return self._ask(role, prompt, contract, view, budget)

    def _edits(
        self, task: Task, view: NodeView, budget: Budget, source: str, blame: str = ""
    ) -> tuple[Proposal, ...]:
        """Return versions of `source` changed by search/replace; none where the model's edits do not fit."""
        language = language_of(task.language)

        def read(sample: Sample) -> Candidate:
            return language.admit(task, apply_edits(source, parse_edits(sample.text)))

        prompt = prompt_for("edit", task, view, blame=blame, program=source)
        contract = replace(self._contract("edit", view, read), attempts=1)
        proposals, _ = self._ask("edit", prompt, contract, view, budget)
        self.failed_edits = 0 if proposals else self.failed_edits + 1
        return proposals

    def _contract(
        self, name: str, view: NodeView, read: Callable[[Sample], Candidate]
    ) -> Contract[Candidate]:
        parent = _source(view).strip()
        known = {n.proposal.candidate.hash for n in view.children if n.proposal and n.proposal.candidate}

        def holds(candidate: Candidate) -> str | None:
            if candidate.source.strip() == parent:
                return "the program is unchanged"
            return "the program was proposed here before" if candidate.hash in known else None

        return Contract(name, read, holds, attempts=self._asker.settings.attempts)

    def _ask(
        self, role: str, prompt: Prompt, contract: Contract[Candidate], view: NodeView, budget: Budget
    ) -> tuple[tuple[Proposal, ...], str]:
        request = self._asker.request(prompt, role, view.width, view.seed)
        answers = self._asker.caller.ask(request, contract, budget, shorten=self._asker.shortener(prompt))
        return self._proposals(role, answers, prompt.template.hash), _why(answers)

    def _proposals(self, role: str, answers: Answers[Candidate], template: str) -> tuple[Proposal, ...]:
        """One proposal for each distinct program, the most promising first."""
        settings = self._asker.settings
        ranked = list(zip(answers.accepted, weights(answers.accepted, settings.rank_by), strict=True))
        best: dict[str, tuple[Accepted[Candidate], float]] = {}
        for accepted, weight in ranked:
            known = best.get(accepted.value.hash)
            if known is None or weight > known[1]:
                best[accepted.value.hash] = (accepted, weight)
        order = sorted(best.values(), key=lambda pair: -pair[1])
        return tuple(self._proposal(role, accepted, weight, template) for accepted, weight in order)

    def _proposal(self, role: str, accepted: Accepted[Candidate], weight: float, template: str) -> Proposal:
        sample = accepted.sample
        return Proposal(
            accepted.value,
            weight,
            _said(sample),
            f"model:{role}",
            "model",
            logprobs=None if sample is None else sample.logprobs,
            data=facts(accepted, template, self._asker.settings.temperature),
        )


def _source(view: NodeView) -> str:
    proposal = view.node.proposal
    return "" if proposal is None or proposal.candidate is None else proposal.candidate.source


def _why(answers: Answers[Candidate]) -> str:
    return "" if answers.accepted else answers.failure or "; ".join(dict.fromkeys(answers.rejected))


def _said(sample: Sample | None, limit: int = 300) -> str:
    """The words before the first code block: what the model says it does."""
    if sample is None:
        return ""
    before: Sequence[str] = sample.text[:20_000].split("```", 1)
    text = (
        " ".join(before[0].split("<<<<<<<", 1)[0].split())
        if len(before) > 1 or "<<<<<<<" in before[0]
        else ""
    )
    return text[:limit]
