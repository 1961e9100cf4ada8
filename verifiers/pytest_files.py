"""The pytest verifier: the user's test files as they are, with the program in a process of its own."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import cache
from importlib.metadata import version

from proofsmith.budget import Budget
from proofsmith.errors import ProofsmithError
from proofsmith.python_spec import PythonSpec
from proofsmith.source import Span
from proofsmith.types import Assurance, Candidate, Diagnostic, Status, Task, Tool, Verdict
from proofsmith.verifiers.assembly import program_text
from proofsmith.verifiers.guards import check_candidate
from proofsmith.verifiers.pytest_run import TestReport, TestRun, run_tests
from proofsmith.verifiers.text import shorten
from proofsmith.verifiers.toolbox import Toolbox

MAX_DIAGNOSTICS = 10
NOTE = "pytest ran in the sandbox; the program in a process of its own"


class PytestVerifier:
    """Judges a candidate by ``task.spec.tests``; a PASS is TESTED. Safe to use from threads.

    Calls cross between two processes (see `proofsmith.verifiers.sandbox.inside.crossing`), so tests
    cannot reach into the program: replacing a global of its module has no effect on it.
    """

    name = "pytest"

    def __init__(self, toolbox: Toolbox) -> None:
        self._toolbox = toolbox

    @classmethod
    def create(cls, toolbox: Toolbox) -> PytestVerifier:
        """Return a verifier on the toolbox's sandbox."""
        return cls(toolbox)

    def close(self) -> None:
        """Nothing of its own to stop: the processes are the toolbox's."""

    def check(self, task: Task[PythonSpec], candidate: Candidate, budget: Budget) -> Verdict:
        """Run the task's test files with the candidate behind their import."""
        started = time.monotonic()
        verdict = self._check(task, candidate, budget)
        return replace(verdict, seconds=time.monotonic() - started)

    def _check(self, task: Task[PythonSpec], candidate: Candidate, budget: Budget) -> Verdict:
        if not task.spec.tests:
            return _answer(Status.UNKNOWN, Diagnostic("the task has no test files"))
        problem = check_candidate(task, candidate)
        if problem is not None:
            return _answer(Status.FAIL, problem)
        if budget.seconds is not None and budget.seconds <= 0:
            return _answer(Status.UNKNOWN, Diagnostic("no time was left to run the tests"))
        try:
            sandbox = self._toolbox.sandbox
            run = run_tests(task, program_text(task, candidate), sandbox, budget.seconds)
            notes = (NOTE,) if sandbox.kind == "bubblewrap" else (NOTE, "no sandbox")
            tool = Tool("pytest", _pytest_version(), sandbox.describe())
        except ProofsmithError as error:
            return _answer(Status.ERROR, Diagnostic(str(error)))
        verdict = judge(run)
        return replace(verdict, tool=tool, notes=(*notes, *verdict.notes))


@cache
def _pytest_version() -> str:
    return version("pytest")


def _answer(status: Status, *problems: Diagnostic) -> Verdict:
    return Verdict(status, PytestVerifier.name, diagnostics=problems)


def judge(run: TestRun) -> Verdict:
    """Turn a run into a verdict. Pure; when in doubt, not a PASS."""
    if run.load.status != "ok":
        span = Span(run.load.trace[-1].line) if run.load.trace else None
        status = Status.TIMEOUT if run.load.status == "timeout" else Status.FAIL
        return _answer(status, Diagnostic(f"the program cannot be loaded: {run.load.detail}", span))
    bad = [r for r in run.reports if r.outcome == "failed"]
    spoilt = {r.name for r in bad}
    passed = {r.name for r in run.reports if r.outcome == "passed"} - spoilt
    total = len(run.collected)
    score = min(len(passed) / total, total / (total + 1)) if total else 0.0
    found = tuple(_diagnostic(r) for r in bad[:MAX_DIAGNOSTICS])
    if run.ended is not None:
        status = Status.TIMEOUT if run.ended[0] == "timeout" else Status.FAIL
        first = Diagnostic(f"the program: {run.ended[1]}", code=run.ended[0])
        return replace(_answer(status, first, *found), score=score)
    if run.uncollected is not None:
        text, program = run.uncollected
        problem = Diagnostic(f"the tests cannot be collected: {shorten(text, 600)}", code="collection")
        return _answer(Status.FAIL if program else Status.ERROR, problem)
    guilty = [r for r in bad if not r.crossing and not r.innocent]
    if guilty:
        ordered = sorted(bad, key=lambda r: r not in guilty)[:MAX_DIAGNOSTICS]
        failed = _answer(Status.FAIL, *(_diagnostic(r) for r in ordered))
        return replace(failed, score=score, behaviour=run.behaviour)
    if any(r.innocent and not r.crossing for r in bad):
        return _answer(Status.ERROR, Diagnostic("a test fails without calling the program"), *found)
    if bad or any(r.crossing for r in run.reports):
        crossing = tuple(Diagnostic(r.crossing, code="crossing") for r in run.reports if r.crossing)
        return replace(_answer(Status.UNKNOWN, *crossing[:MAX_DIAGNOSTICS]), score=score)
    if not passed:
        return _answer(Status.UNKNOWN, Diagnostic("no test was run: none found, or all skipped"))
    others = {r.name for r in run.reports if r.outcome in ("skipped", "xfail")}
    if run.code != 0 or not set(run.collected) <= passed | others:
        return _answer(Status.ERROR, Diagnostic(f"pytest ended with exit code {run.code}"))
    notes = (f"{len(others - passed)} tests were skipped",) if others - passed else ()
    return Verdict(
        Status.PASS,
        PytestVerifier.name,
        Assurance.TESTED,
        score=1.0,
        behaviour=run.behaviour,
        notes=notes,
    )


def _diagnostic(report: TestReport) -> Diagnostic:
    name = report.name.rpartition("::")[2] or report.name
    text = " ".join(report.message.split())
    return Diagnostic(f"{name}: {shorten(text, 400)}", Span(report.line) if report.line else None)
