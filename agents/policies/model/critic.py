"""The critic on a language model: tries to break programs, mends plans, estimates values.

It never decides correctness. An input it invents counts only where specification or reference say that the
program is wrong on it (after REFUTE); what it says of a plan or a value only steers the search.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass

from proofsmith.agents.contracts.contract import Broken, Contract
from proofsmith.agents.contracts.json_answers import json_object, share, words
from proofsmith.agents.models.types import ModelClient
from proofsmith.agents.policies.model import blocks
from proofsmith.agents.policies.model.asking import Asker, prompt_for
from proofsmith.agents.policies.model.languages.table import language_of
from proofsmith.agents.policies.model.settings import AgentSettings
from proofsmith.agents.prompts.templates import quoted
from proofsmith.agents.tools.belt import read_calls
from proofsmith.budget import Budget, Meter
from proofsmith.errors import ProofsmithError
from proofsmith.model_calls import Sample
from proofsmith.protocols import NodeView
from proofsmith.python_spec import Call, PythonSpec
from proofsmith.types import Candidate, Status, Task, Verdict
from proofsmith.verifiers.assembly import program_text
from proofsmith.verifiers.properties.bench import Bench, OutOfTime, Program
from proofsmith.verifiers.properties.judge import Judge
from proofsmith.verifiers.properties.oracle import Oracle
from proofsmith.verifiers.properties.shapes import UnsupportedAnnotation, conforms, parameter_shapes
from proofsmith.verifiers.properties.verdicts import refuted
from proofsmith.verifiers.sandbox import CallResult
from proofsmith.verifiers.text import show_call
from proofsmith.verifiers.toolbox import Toolbox

NEUTRAL = 0.5
"""The value of what the critic cannot say anything about."""
_SECONDS = 5.0
"""Most seconds for trying the inputs of one answer."""
_CALL_SCHEMA = json.dumps(
    {
        "type": "object",
        "properties": {"calls": {"type": "array", "maxItems": 20, "items": {"type": "array"}}},
        "required": ["calls"],
    }
)
_VALUE_SCHEMA = json.dumps(
    {
        "type": "object",
        "properties": {"value": {"type": "number", "minimum": 0, "maximum": 1}},
        "required": ["value"],
    }
)
_PLAN_SCHEMA = json.dumps(
    {
        "type": "object",
        "properties": {
            "block": {"type": "integer", "minimum": 0},
            "wrong": {"type": "string"},
            "thought": {"type": "string"},
            "confidence": {"type": "number", "minimum": 0, "maximum": 1},
        },
        "required": ["block", "wrong", "thought", "confidence"],
    }
)


@dataclass(frozen=True)
class Revision:
    """A plan thought over: the whole new one, what was wrong with the old one, the block blamed (0: none)."""

    thought: str
    wrong: str
    block: int
    confidence: float


class ModelCritic:
    """See the module."""

    def __init__(self, client: ModelClient, settings: AgentSettings, toolbox: Toolbox) -> None:
        self._asker = Asker(client, settings)
        self._toolbox = toolbox
        self.settings = settings

    def falsify(self, task: Task, view: NodeView, budget: Budget) -> Verdict | None:
        """Return a FAIL with a checked counterexample, or ``None`` if the program was not broken.

        Raises:
            Unavailable, LimitReached: the model cannot be asked.
        """
        spec, proposal = task.spec, view.node.proposal
        checkable = isinstance(spec, PythonSpec) and bool(spec.reference or spec.properties)
        if self.settings.falsify < 1 or not checkable or proposal is None or proposal.candidate is None:
            return None
        meter = Meter(budget)
        tried = "\n".join(
            show_call(spec.signature.name, e.call) for e in (*spec.examples, *view.evidence)[:20]
        )
        prompt = prompt_for(
            "falsify", task, view, count=str(self.settings.falsify), tried=quoted("TRIED", tried)
        )
        contract = Contract(
            "falsify",
            _read_calls,
            lambda calls: None if any(admissible(spec, c) for c in calls) else "no input is allowed",
            json_schema=_CALL_SCHEMA,
        )
        request = self._asker.request(prompt, "falsify", 1, view.seed, temperature=0.8)
        answers = self._asker.caller.ask(request, contract, budget, shorten=self._asker.shortener(prompt))
        for answer in answers.accepted:
            calls = [c for c in answer.value if admissible(spec, c)][: self.settings.falsify]
            return checked(task, proposal.candidate, calls, self._toolbox, meter.remaining())
        return None

    def rethink(self, task: Task, thought: NodeView, failed: NodeView, budget: Budget) -> Revision | None:
        """Return the plan at `thought` rewritten after the program at `failed` did not meet the task.

        Raises:
            Unavailable, LimitReached: the model cannot be asked.
        """
        node, plan = failed.node, thought.node.proposal
        if plan is None or node.proposal is None or node.proposal.candidate is None or node.verdict is None:
            return None
        meter = Meter(budget)
        candidate = node.proposal.candidate
        python = task.language == "python"
        form = language_of(task.language).plans(task)
        text = blocks.numbered(candidate.source) if python else candidate.source
        told = blocks.trace_of(task, candidate, node.verdict, self._toolbox, budget)
        prompt = prompt_for(
            "rethink",
            task,
            failed,
            program=text,
            trace=quoted("TRACE", told),
            thought=quoted("PLAN", plan.thought),
        )
        most = len(blocks.code_blocks(candidate.source)) if python else 0

        def holds(revision: Revision) -> str | None:
            if revision.thought.split() == plan.thought.split():
                return "the plan is unchanged"
            broken = form.broken(plan.thought, revision.thought)
            if broken is not None:
                return broken
            return None if revision.block <= most or not python else f"there is no block {revision.block}"

        contract = Contract("rethink", _read_revision, holds, json_schema=_PLAN_SCHEMA)
        request = self._asker.request(prompt, "rethink", 1, failed.seed)
        answers = self._asker.caller.ask(
            request, contract, meter.remaining(), shorten=self._asker.shortener(prompt)
        )
        return answers.accepted[0].value if answers.accepted else None

    def estimate(self, task: Task, view: NodeView, budget: Budget) -> float:
        """Return the model's estimate of how promising a node is, in [0, 1]; neutral where it gives none.

        Raises:
            Unavailable, LimitReached: the model cannot be asked.
        """
        prompt = prompt_for("value", task, view)
        contract = Contract(
            "value", lambda s: share(json_object(s).get("value"), "value"), json_schema=_VALUE_SCHEMA
        )
        request = self._asker.request(prompt, "value", 1, view.seed, temperature=0.0)
        answers = self._asker.caller.ask(
            request, contract, budget, fallback=lambda: NEUTRAL, shorten=self._asker.shortener(prompt)
        )
        return answers.accepted[0].value


def admissible(spec: PythonSpec, call: Call) -> bool:
    """Whether a call has as many arguments as the function takes, and of the annotated types."""
    positional = [p for p in spec.signature.parameters if p.kind.startswith("POSITIONAL")]
    needed = sum(p.default is None for p in positional)
    if any(p.kind == "KEYWORD_ONLY" and p.default is None for p in spec.signature.parameters):
        return False
    if not needed <= len(call.args) <= len(positional):
        return False
    try:
        shapes = parameter_shapes(spec)
    except UnsupportedAnnotation:
        return False
    return all(conforms(a, s) for a, s in zip(call.args, shapes, strict=False))


def checked(
    task: Task[PythonSpec], candidate: Candidate, calls: Sequence[Call], toolbox: Toolbox, budget: Budget
) -> Verdict | None:
    """Return a FAIL if specification or reference say that the candidate is wrong on one of `calls`.

    Inputs that a precondition rules out, and those on which nothing can be said, do not count; nor
    does anything that goes wrong on our side.
    """
    spec = task.spec
    seconds = _SECONDS if budget.seconds is None else min(_SECONDS, budget.seconds)
    bench = Bench(toolbox.sandbox, time.monotonic() + seconds, seconds)
    try:
        oracle = Oracle(spec)
        allowed = [c for c, ok in zip(calls, oracle.admitted(bench, calls), strict=True) if ok]
        if not allowed:
            return None
        expected = oracle.expected(bench, allowed)
        program = Program(program_text(task, candidate), spec.signature.name)
        run = bench.run(program, allowed)
        if run.status == "load_error":
            return None
        findings = Judge(spec, oracle).findings(bench, allowed, expected, run.results)
    except (ProofsmithError, OutOfTime, ValueError):
        return None
    judged = zip(findings, expected, run.results, strict=True)
    bad = next(
        (f for f, wanted, did in judged if f.bad and (wanted is not None or not _exhausted(did))), None
    )
    if bad is None:
        return None
    good = sum(f.kind == "ok" for f in findings) / len(findings)
    return refuted(Verdict(Status.UNKNOWN, "properties", score=min(good, 0.99)), bad, spec)


def _exhausted(result: CallResult) -> bool:
    """Whether a call used up our memory or stack: on so large an input that need not be its fault."""
    return result.outcome is None or result.outcome.exception in ("RecursionError", "MemoryError")


def _read_calls(sample: Sample) -> tuple[Call, ...]:
    return read_calls(json_object(sample).get("calls"))


def _read_revision(sample: Sample) -> Revision:
    data = json_object(sample)
    block = data.get("block", 0)
    if isinstance(block, bool) or not isinstance(block, int) or block < 0:
        raise Broken("block is not a number of a block")
    return Revision(
        words(data.get("thought"), "thought"),
        words(data.get("wrong"), "wrong", 2000),
        block,
        share(data.get("confidence"), "confidence"),
    )
