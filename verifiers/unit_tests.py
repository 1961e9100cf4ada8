"""The unit-test verifier: examples, judged by their outputs.

The candidate's process gets the inputs and reports what its function did; what was expected stays
on this side, which decodes and compares.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Sequence
from dataclasses import replace

from proofsmith import values
from proofsmith.budget import Budget
from proofsmith.errors import ProofsmithError
from proofsmith.python_spec import Example, PythonSpec
from proofsmith.source import Span
from proofsmith.types import Assurance, Candidate, Counterexample, Diagnostic, Status, Task, Tool, Verdict
from proofsmith.verifiers.assembly import program_text
from proofsmith.verifiers.guards import check_candidate
from proofsmith.verifiers.properties.harmless import why_not_harmless
from proofsmith.verifiers.sandbox import CallResult, Limits, Run
from proofsmith.verifiers.text import shorten, show, show_call, show_expected, show_outcome
from proofsmith.verifiers.toolbox import Toolbox

MAX_DIAGNOSTICS = 10


class UnitTestVerifier:
    """Judges a candidate by ``task.spec.examples``; a PASS is TESTED. Safe to use from threads."""

    name = "unit-tests"

    def __init__(self, toolbox: Toolbox) -> None:
        self._toolbox = toolbox

    @classmethod
    def create(cls, toolbox: Toolbox) -> UnitTestVerifier:
        """Return a verifier on the toolbox's sandbox."""
        return cls(toolbox)

    def close(self) -> None:
        """Nothing of its own to stop: the processes are the toolbox's."""

    def check(self, task: Task[PythonSpec], candidate: Candidate, budget: Budget) -> Verdict:
        """Run the candidate on every example's input and compare what it did."""
        started = time.monotonic()
        verdict = self._check(task, candidate, budget)
        return replace(verdict, seconds=time.monotonic() - started)

    def _check(self, task: Task[PythonSpec], candidate: Candidate, budget: Budget) -> Verdict:
        spec = task.spec
        if not spec.examples:
            return self._answer(Status.UNKNOWN, Diagnostic("the task has no examples"))
        problem = check_candidate(task, candidate)
        if problem is not None:
            return self._answer(Status.FAIL, problem)
        if budget.seconds is not None and budget.seconds <= 0:
            return self._answer(Status.UNKNOWN, Diagnostic("no time was left to run the program"))
        program = program_text(task, candidate)
        try:
            sandbox = self._toolbox.sandbox
            limits = sandbox.limits(budget.seconds)
            verdict = self._run(spec, program, candidate, limits)
            notes = () if sandbox.kind == "bubblewrap" else ("no sandbox",)
            tool = Tool("cpython", platform.python_version(), sandbox.describe())
        except ProofsmithError as error:
            return self._answer(Status.ERROR, Diagnostic(str(error)))
        return replace(verdict, tool=tool, notes=notes)

    def _run(self, spec: PythonSpec, program: str, candidate: Candidate, limits: Limits) -> Verdict:
        """Judge in a warm process what cannot do any harm there, and confirm a PASS in a fresh one."""
        sandbox = self._toolbox.sandbox
        name, calls = spec.signature.name, [e.call for e in spec.examples]
        if not why_not_harmless(candidate.source):
            run = sandbox.try_warm(program, name, calls, limits.seconds)
            if run is not None:
                verdict = judge(spec, program, run)
                if verdict.status is not Status.PASS:
                    return verdict
        return judge(spec, program, sandbox.run(program, name, calls, limits))

    def _answer(self, status: Status, problem: Diagnostic) -> Verdict:
        return Verdict(status, self.name, diagnostics=(problem,))


def judge(spec: PythonSpec, program: str, run: Run) -> Verdict:
    """Compare a run of `program` on the examples' inputs with what the examples expect. Pure."""
    name = UnitTestVerifier.name
    if not run.results or all(r.status == "skipped" for r in run.results):
        status = Status.TIMEOUT if run.status == "timeout" else Status.FAIL
        return Verdict(status, name, diagnostics=(_loading(program, run),))
    pairs = list(zip(spec.examples, run.results, strict=True))
    failed = [(e, r) for e, r in pairs if not meets(e, r, spec)]
    behaviour = _behaviour(run.results)
    if not failed:
        return Verdict(Status.PASS, name, Assurance.TESTED, score=1.0, behaviour=behaviour)
    timed_out = any(r.status == "timeout" for r in run.results)
    shown = [(e, r) for e, r in failed if r.status != "skipped"] or failed
    smallest = min(shown, key=lambda pair: len(show(pair[0].call, 100_000)))
    return Verdict(
        Status.TIMEOUT if timed_out else Status.FAIL,
        name,
        score=(len(pairs) - len(failed)) / len(pairs),
        diagnostics=tuple(_diagnostic(spec, program, e, r) for e, r in shown[:MAX_DIAGNOSTICS]),
        counterexample=counterexample(spec, *smallest),
        behaviour=behaviour,
    )


def meets(example: Example, result: CallResult, spec: PythonSpec) -> bool:
    """Say whether the call did what the example asks for, its arguments left alone if they must be."""
    if result.status != "ok" or (result.mutated and not example.may_mutate):
        return False
    return result.meets(example.expected, example.strict, spec.tolerance)


def counterexample(spec: PythonSpec, example: Example, result: CallResult) -> Counterexample:
    """Return the failed example as a counterexample."""
    named = [p.name for p in spec.signature.parameters]
    extra = [f"argument {i + 1}" for i in range(len(named), len(example.call.args))]
    inputs = [(n, show(a)) for n, a in zip([*named, *extra], example.call.args, strict=False)]
    inputs += [(n, show(a)) for n, a in example.call.kwargs]
    violated = "the arguments must not be changed" if result.mutated and not example.may_mutate else ""
    return Counterexample(tuple(inputs), show_expected(example.expected), _did(result), violated, example)


def _did(result: CallResult) -> str:
    if result.outcome is not None:
        return show_outcome(result.outcome)
    if result.status == "skipped":
        return "was not called any more"
    return result.detail or result.status


def _diagnostic(spec: PythonSpec, program: str, example: Example, result: CallResult) -> Diagnostic:
    call = show_call(spec.signature.name, example.call)
    expected = show_expected(example.expected)
    if result.mutated and not example.may_mutate and result.args_after is not None:
        text = f"{call} changed its arguments to {show(result.args_after)}"
    elif result.outcome is None:
        text = f"{call}: {_did(result)}, expected {expected}"
    else:
        text = f"{call} {show_outcome(result.outcome)}{_where(program, result)}, expected {expected}"
        printed = result.outcome.stdout
        if example.expected.stdout is not None and printed != example.expected.stdout:
            text += f"; printed {show(printed)}"
    return Diagnostic(text, example.span, result.status if result.outcome is None else None)


def _where(program: str, result: CallResult) -> str:
    """Return the line of the program that raised, as text."""
    if not result.trace:
        return ""
    line = result.trace[-1].line
    lines = program.splitlines()
    source = lines[line - 1].strip() if 0 < line <= len(lines) else ""
    return f" at line {line}: {shorten(source, 80)!r}"


def _loading(program: str, run: Run) -> Diagnostic:
    span = Span(run.trace[-1].line) if run.trace else None
    return Diagnostic(f"the program cannot be loaded: {run.detail}", span, run.status)


def _behaviour(results: Sequence[CallResult]) -> str | None:
    """Digest of all outcomes; ``None`` where a call did not end or its value cannot be told apart."""
    parts: list[object] = []
    for result in results:
        outcome = result.outcome
        if outcome is None or not values.is_data(outcome.value):
            return None
        parts.append([outcome.exception, outcome.value, outcome.stdout, result.args_after])
    return values.digest(*parts)
