"""Tool-integrated reasoning: a conversation in which the model may use tools before it answers.

Where the server has tool calls they are used; elsewhere the model writes a line ``TOOL: NAME {arguments}``
after the program that the tool is to look at. Both end in the same `Belt`, under the same budget.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace

from proofsmith.agents.contracts.contract import Accepted, Broken
from proofsmith.agents.models.types import CallFailed, LimitReached, Shorten
from proofsmith.agents.policies.model.asking import Asker, Prompt, prompt_for
from proofsmith.agents.policies.model.extract import blocks
from proofsmith.agents.policies.model.languages.table import language_of
from proofsmith.agents.policies.model.signals import facts
from proofsmith.agents.prompts.templates import fragment, quoted
from proofsmith.agents.tools.belt import Belt, Use
from proofsmith.budget import Budget, Meter, Spend
from proofsmith.model_calls import Message, Reply, Request, Sample, ToolCall, ToolSpec
from proofsmith.protocols import NodeView
from proofsmith.types import Candidate, Proposal, Task

ROUNDS = 6
"""Replies of one conversation; the last must be the answer."""
_LINE = re.compile(r"^TOOL:[ \t]*(\w+)[ \t]*(\{.*\})?[ \t]*$", re.MULTILINE)
_PROGRAM = {"program": {"type": "string", "description": "the complete program"}}
_CALLS = {"calls": {"type": "array", "items": {"type": "array"}, "description": "arguments of each call"}}


def _tool(name: str, description: str, arguments: dict[str, object]) -> ToolSpec:
    schema = {"type": "object", "properties": arguments, "required": list(arguments)}
    return ToolSpec(name, description, json.dumps(schema))


SPECS = (
    _tool("run", "Run the program on inputs and see what it returns. Python only.", {**_PROGRAM, **_CALLS}),
    _tool("verify", "Have the verifier judge the program.", {**_PROGRAM}),
    _tool("counterexample", "Find an input on which the program is wrong.", {**_PROGRAM}),
    _tool("recall", "Look for similar tasks that were solved before.", {"query": {"type": "string"}}),
)


class ToolUser:
    """A coder that may use tools."""

    def __init__(self, asker: Asker, belt: Belt) -> None:
        self._asker, self._belt = asker, belt

    def propose(self, task: Task, view: NodeView, budget: Budget) -> tuple[tuple[Proposal, ...], str]:
        """Return the programs that conversations ended with, at most one for each of ``view.width``.

        Raises:
            Unavailable: the server is gone.
            LimitReached: the budget does not allow a call, and nothing was proposed.
        """
        meter = Meter(budget)
        found: dict[str, Proposal] = {}
        why = ""
        for number in range(view.width):
            left = meter.remaining()
            if left.seconds is not None and left.seconds <= 0:
                break
            calls = self._belt.verifier_calls
            try:
                proposal, complaint = self._talk(task, replace(view, seed=view.seed + number), left)
            except LimitReached:
                if not found:
                    raise
                break
            finally:
                meter.charge(Spend(verifier_calls=self._belt.verifier_calls - calls))
            if proposal is not None and proposal.candidate is not None:
                found.setdefault(proposal.candidate.hash, proposal)
            why = why or complaint
        return tuple(found.values()), "" if found else why

    def _talk(self, task: Task, view: NodeView, budget: Budget) -> tuple[Proposal | None, str]:
        native = self._asker.client.features.tools is True
        prompt = prompt_for("tools", task, view, tools="" if native else fragment("tool-protocol"))
        request = self._asker.request(prompt, "tools", 1, view.seed)
        request = replace(request, tools=SPECS if native else ())
        language, meter, why = language_of(task.language), Meter(budget), ""
        for turn in range(ROUNDS):
            try:
                reply = self._asker.client.complete(request, meter.remaining(), _shortener(prompt))
            except CallFailed as error:
                return None, str(error)
            sample = reply.samples[0] if reply.samples else Sample("")
            uses = () if turn == ROUNDS - 1 else _uses(sample)
            if uses:
                calls = self._belt.verifier_calls
                request = _told(
                    request,
                    sample,
                    [(u, self._belt.use(u[1], task, view.evidence, meter.remaining())) for u in uses],
                )
                meter.charge(Spend(verifier_calls=self._belt.verifier_calls - calls))
                continue
            try:
                candidate = language.program(task, sample)
            except Broken as broken:
                why = str(broken)
                request = _answered(request, sample, f"That is no answer: {why}.")
                continue
            return self._proposal(candidate, reply, sample, prompt.template.hash, turn), ""
        return None, why or "the conversation came to no answer"

    def _proposal(
        self, candidate: Candidate, reply: Reply, sample: Sample, template: str, turns: int
    ) -> Proposal:
        data = facts(Accepted(candidate, reply, sample), template, self._asker.settings.temperature)
        return Proposal(
            candidate,
            1.0,
            "",
            "model:tools",
            "model",
            logprobs=sample.logprobs,
            data=(*data, ("tool_turns", str(turns))),
        )


def _shortener(prompt: Prompt) -> Shorten:
    """Makes a conversation fit: a shorter prompt, and its last messages."""

    def shorten(request: Request, share: float) -> Request:
        said = request.messages[2:]
        start = next(
            (i for i, m in enumerate(said[-4:], max(0, len(said) - 4)) if m.role == "assistant"), len(said)
        )
        return replace(request, messages=(*prompt.messages(share), *said[start:]))

    return shorten


def _uses(sample: Sample) -> tuple[tuple[ToolCall | None, Use], ...]:
    """The tools that a reply asks for: by tool calls, else by the last line of the text protocol."""
    if sample.tool_calls:
        return tuple((call, _native(call)) for call in sample.tool_calls[:4])
    lines = list(_LINE.finditer(sample.text))
    if not lines:
        return ()
    line = lines[-1]
    fenced = blocks(sample.text[: line.start()])
    program = fenced[-1].text if fenced else ""
    return ((None, Use(line[1], program, _arguments(line[2] or "{}"))),)


def _native(call: ToolCall) -> Use:
    arguments = dict(_arguments(call.arguments))
    program = arguments.pop("program", "")
    return Use(call.name, program if isinstance(program, str) else "", tuple(arguments.items()))


def _arguments(text: str) -> tuple[tuple[str, object], ...]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return ()
    return tuple(value.items()) if isinstance(value, dict) else ()


def _told(
    request: Request, sample: Sample, answers: list[tuple[tuple[ToolCall | None, Use], str]]
) -> Request:
    """The conversation with the tools' answers, marked as data."""
    messages = [Message("assistant", sample.text, sample.tool_calls)]
    for (call, use), text in answers:
        if call is not None:
            messages.append(Message("tool", text, tool_call_id=call.id))
        else:
            messages.append(Message("user", f"{use.tool} answers:\n{quoted('ANSWER', text)}"))
    return replace(request, messages=(*request.messages, *messages), index=0)


def _answered(request: Request, sample: Sample, text: str) -> Request:
    return replace(
        request,
        messages=(*request.messages, Message("assistant", sample.text[:20_000]), Message("user", text)),
    )
