"""What planner, coder and critic have in common: the values of a prompt, and the request made of it."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass, replace

from proofsmith.agents.contracts.contract import Caller
from proofsmith.agents.models.types import ModelClient, Shorten
from proofsmith.agents.policies.model.cutting import cut_log, cut_program
from proofsmith.agents.policies.model.languages.base import SPECIFICATION, Language
from proofsmith.agents.policies.model.languages.table import language_of
from proofsmith.agents.policies.model.settings import AgentSettings
from proofsmith.agents.prompts.templates import Template, quoted, template
from proofsmith.model_calls import Message, Request, Sampling
from proofsmith.protocols import NodeView
from proofsmith.tree import Node
from proofsmith.types import Status, Task, Verdict

PROGRAM = 12_000
"""Characters of a program that are shown."""
LOG = 4_000
"""Characters of a verifier's messages that are shown."""
_FAILURES = 6
"""Failed attempts that are told to the model."""


@dataclass(frozen=True)
class Prompt:
    """A filled template that can be made shorter.

    Attributes:
        template: what is filled.
        task: what is asked.
        values: the values that do not depend on room.
        program: the program shown, as it stands.
    """

    template: Template
    task: Task
    values: tuple[tuple[str, str], ...]
    program: str = ""

    def messages(self, share: float = 1.0) -> tuple[Message, ...]:
        """Return the messages, with specification and program cut by meaning to a share of their room."""
        language = language_of(self.task.language)
        values = dict(self.values)
        values["specification"] = quoted(
            "SPECIFICATION", language.specification(self.task, int(SPECIFICATION * share))
        )
        if self.program:
            values["program"] = quoted("PROGRAM", _shown(self.program, self.task, language, share))
        for name in ("failures", "recalled", "evidence", "verdict", "trace"):
            if share < 1.0 and values.get(name):
                values[name] = cut_log(values[name], int(len(values[name]) * share))
        return self.template.fill(values)


@dataclass(frozen=True)
class Asker:
    """A client with the settings by which requests are made of prompts."""

    client: ModelClient
    settings: AgentSettings

    @property
    def caller(self) -> Caller:
        """The client under contracts."""
        return Caller(self.client, self.settings.constrain != "none")

    def request(
        self, prompt: Prompt, purpose: str, n: int, seed: int, temperature: float | None = None
    ) -> Request:
        """Return the request for `n` answers to `prompt`."""
        sampling = Sampling(
            temperature=self.settings.temperature if temperature is None else temperature,
            max_tokens=self.settings.answer_tokens,
            seed=seed % 2**31,
            n=n,
        )
        return Request(prompt.messages(), sampling, purpose=purpose, template=prompt.template.hash)

    @staticmethod
    def shortener(prompt: Prompt) -> Shorten:
        """Return what makes a request of `prompt` fit into a smaller context: the same, cut by meaning."""
        return lambda request, share: replace(request, messages=prompt.messages(share))


def prompt_for(role: str, task: Task, view: NodeView | None = None, **more: str) -> Prompt:
    """Return the prompt of a role for a node of a task; `more` are values of its own, `program` raw."""
    language = language_of(task.language)
    node = None if view is None else view.node
    candidate = None if node is None or node.proposal is None else node.proposal.candidate
    program = more.pop("program", candidate.source if candidate is not None else "")
    values = {
        "language": task.language,
        "version": platform.python_version().rpartition(".")[0],
        "statement": quoted("TASK", _statement(task)),
        "thought": quoted("PLAN", thought_at(view)),
        "evidence": quoted("EVIDENCE", "" if view is None else language.evidence(task, view.evidence)),
        "failures": quoted("ATTEMPTS", "" if view is None else failures(view)),
        "verdict": quoted("VERDICT", verdict_text(node)) if node is not None else "",
        "blame": "",
        "trace": "",
        "recalled": "",
        "program": "",
        **language.values(task),
        **more,
    }
    return Prompt(template(role, task.language), task, tuple(values.items()), program)


def _statement(task: Task) -> str:
    if task.objective is None:
        return task.statement
    return f"{task.statement}\n\nAmong right answers the one with the least {task.objective} is wanted."


def thought_at(view: NodeView | None) -> str:
    """The nearest line of attack on the path to a node; empty if there is none."""
    for node in reversed(view.path if view is not None else ()):
        if node.is_thought and node.proposal is not None:
            return node.proposal.thought
    return ""


def failures(view: NodeView) -> str:
    """What was tried below and beside a node, and what became of it (introspective expansion, I-MCTS)."""
    tried = [n for n in (*view.children, *view.siblings) if n.proposal is not None]
    tried.sort(key=lambda n: -n.id)
    lines = []
    for node in tried[:_FAILURES]:
        assert node.proposal is not None
        name = node.proposal.thought or node.proposal.operator or "attempt"
        lines.append(f"- {_one_line(name)}: {_one_line(outcome(node))}")
    return "\n".join(lines)


def outcome(node: Node) -> str:
    """What became of an attempt, in words."""
    if node.verdict is None:
        best = f", best score below it {node.best:.2f}" if node.visits else ""
        return f"not judged itself{best}" if node.is_thought else "not judged"
    text = node.feedback or node.verdict.status.value
    return f"score {node.verdict.score:.2f}; {text}"


def verdict_text(node: Node, limit: int = LOG) -> str:
    """What the verifiers say of a node's program: the answer that decided and its counterexample."""
    verdict = node.verdict
    if verdict is None:
        return ""
    lines = [f"{verdict.verifier}: {verdict.status.value}, score {verdict.score:.2f}", *_told(verdict)]
    lines += [f"measured {name}: {value:g}" for name, value in verdict.metrics]
    if node.feedback and verdict.status is not Status.PASS:
        lines.append(f"Smallest failure: {node.feedback}")
    return cut_log("\n".join(lines), limit)


def _told(verdict: Verdict) -> Sequence[str]:
    told = []
    for diagnostic in verdict.diagnostics:
        place = f"line {diagnostic.span.line}: " if diagnostic.span is not None else ""
        told.append(f"- {place}{diagnostic.message}")
    return told


def _shown(program: str, task: Task, language: Language, share: float) -> str:
    return cut_program(program, task.language, int(PROGRAM * share), language.keep(task))


def _one_line(text: str, limit: int = 240) -> str:
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 4] + " ..."
