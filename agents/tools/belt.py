"""What the tools do, under the budget of the run. An answer is text; so is what was wrong with a call."""

from __future__ import annotations

import ast
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from proofsmith.agents import critic
from proofsmith.agents.contracts.contract import Broken
from proofsmith.agents.judge import Judge
from proofsmith.agents.policies.model import blocks
from proofsmith.agents.policies.model.cutting import cut_log, cut_program
from proofsmith.agents.policies.model.languages.table import language_of
from proofsmith.agents.prompts.templates import quoted
from proofsmith.agents.tools.recall import Recall
from proofsmith.budget import Budget, Meter
from proofsmith.errors import ProofsmithError
from proofsmith.python_spec import Call, Example, PythonSpec
from proofsmith.tree import Node
from proofsmith.types import Candidate, Status, Task, Verdict
from proofsmith.verifiers.assembly import program_text
from proofsmith.verifiers.table import VERIFIERS
from proofsmith.verifiers.text import show_call, show_outcome
from proofsmith.verifiers.toolbox import Toolbox

ANSWER = 4_000
"""Characters of a tool's answer."""
CALLS = 20
"""Inputs that one use of run takes."""
_RECALLED = 3


@dataclass(frozen=True)
class Use:
    """A use of a tool: its name, the program it is about, further arguments as JSON values."""

    tool: str
    program: str = ""
    arguments: tuple[tuple[str, Any], ...] = ()


class Belt:
    """The tools of one run.

    Attributes:
        verifier_calls: verifier calls made so far by all uses.
    """

    def __init__(self, toolbox: Toolbox, memory: Sequence[tuple[Task, Candidate]] = ()) -> None:
        self._toolbox = toolbox
        self._recall = Recall(memory)
        self.verifier_calls = 0

    def use(self, use: Use, task: Task, evidence: Sequence[Example], budget: Budget) -> str:
        """Return what the tool answers. Never raises for what the model did wrong."""
        tools = {
            "run": self._run,
            "verify": self._verify,
            "counterexample": self._counterexample,
            "recall": self._recalled_by,
        }
        tool = tools.get(use.tool)
        if tool is None:
            return f"error: there is no tool {use.tool[:40]!r}; there are {', '.join(tools)}"
        try:
            return cut_log(tool(use, with_evidence(task, evidence), budget), ANSWER)
        except Broken as broken:
            return f"error: {broken}"
        except ProofsmithError as error:
            return f"error: the tool could not work: {error}"

    def judge(self, task: Task, candidate: Candidate, budget: Budget) -> Verdict:
        """Ask the task's verifiers about a program; counted in `verifier_calls`.

        Raises:
            ProofsmithError: a verifier cannot work.
        """
        meter = Meter(budget)
        judge = Judge([VERIFIERS.get(v).create(self._toolbox) for v in task.verifiers], meter)
        try:
            return judge.decide(judge.rest(task, candidate, judge.first(task, candidate)))
        finally:
            self.verifier_calls += meter.spent.verifier_calls
            judge.close()

    def blame(self, task: Task, node: Node, budget: Budget) -> str:
        """Return where the node's program goes wrong, as text for a prompt; empty if nothing can be told."""
        candidate = None if node.proposal is None else node.proposal.candidate
        if candidate is None or node.verdict is None:
            return ""
        return quoted("TRACE", blocks.trace_of(task, candidate, node.verdict, self._toolbox, budget))

    def recalled(self, task: Task, query: str = "", program: str = "") -> str:
        """Return similar solved tasks with their programs, as text for a prompt; empty if there are none."""
        found = self._recall.similar(task, _RECALLED, query, program)
        parts = []
        for item in found:
            source = cut_program(item.candidate.source, task.language, 1_500)
            parts.append(f"{item.task.statement[:500]}\n\n{source}")
        return quoted("SOLVED", "\n\n----\n\n".join(parts))

    def _verify(self, use: Use, task: Task, budget: Budget) -> str:
        verdict = self._judged(use, task, budget)
        lines = [f"{verdict.verifier}: {verdict.status.value}, score {verdict.score:.2f}"]
        lines += [d.message for d in verdict.diagnostics]
        return "\n".join(lines)

    def _counterexample(self, use: Use, task: Task, budget: Budget) -> str:
        verdict = self._judged(use, task, budget)
        if verdict.status is Status.PASS:
            return "none was found: the program passes"
        if verdict.counterexample is None:
            return f"none was found; {verdict.status.value}: {critic.feedback(verdict)}"
        return critic.feedback(verdict)

    def _judged(self, use: Use, task: Task, budget: Budget) -> Verdict:
        if budget.verifier_calls is not None and budget.verifier_calls <= 0:
            raise Broken("no verifier calls are left")
        return self.judge(task, language_of(task.language).admit(task, use.program), budget)

    def _run(self, use: Use, task: Task, budget: Budget) -> str:
        if not isinstance(task.spec, PythonSpec):
            raise Broken(f"{task.language} programs cannot be run; use verify")
        candidate = language_of("python").admit(task, use.program)
        calls = read_calls(dict(use.arguments).get("calls"))
        sandbox = self._toolbox.sandbox
        name = task.spec.signature.name
        run = sandbox.run(program_text(task, candidate), name, calls, sandbox.limits(budget.seconds))
        if run.status == "load_error":
            return f"the program cannot be loaded: {run.detail}"
        lines = []
        for call, result in zip(calls, run.results, strict=True):
            did = (
                show_outcome(result.outcome) if result.outcome is not None else result.detail or result.status
            )
            lines.append(f"{show_call(name, call)} {did}")
        return "\n".join(lines)

    def _recalled_by(self, use: Use, task: Task, budget: Budget) -> str:
        query = dict(use.arguments).get("query", "")
        found = self.recalled(task, query if isinstance(query, str) else "", use.program)
        return found or "nothing similar was solved before"


def with_evidence(task: Task, evidence: Sequence[Example]) -> Task:
    """Return the task with the examples that a run has learnt."""
    if not evidence or not isinstance(task.spec, PythonSpec):
        return task
    return task.with_spec(replace(task.spec, examples=(*task.spec.examples, *evidence)))


def read_calls(value: Any) -> tuple[Call, ...]:
    """Return calls written as a list of argument lists in JSON; ``"py:..."`` holds a Python literal.

    Raises:
        Broken: it is something else, or empty.
    """
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise Broken("calls is not JSON") from None
    if not isinstance(value, list) or not value:
        raise Broken("calls must be a list of argument lists, such as [[1, 2], [3, 4]]")
    found = []
    for item in value[:CALLS]:
        if not isinstance(item, list):
            raise Broken("each call must be the list of its arguments")
        found.append(Call(tuple(_argument(a) for a in item)))
    return tuple(found)


def _argument(value: Any) -> Any:
    if isinstance(value, list):
        return [_argument(v) for v in value]
    if isinstance(value, dict):
        return {str(k): _argument(v) for k, v in value.items()}
    if isinstance(value, str) and value.startswith("py:"):
        try:
            return ast.literal_eval(value[3:].strip())
        except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
            raise Broken(f"{value[:60]!r} holds no Python literal") from None
    return value
