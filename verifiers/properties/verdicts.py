"""From what a candidate did to the verdict on it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from proofsmith.python_spec import PythonSpec
from proofsmith.types import Assurance, Candidate, Diagnostic, Status, Task, Tool, Verdict
from proofsmith.verifiers.assembly import program_text
from proofsmith.verifiers.guards import check_candidate
from proofsmith.verifiers.properties.bench import Bench, OutOfTime, Program
from proofsmith.verifiers.properties.examine import Examination, counterexample, examine, smallest
from proofsmith.verifiers.properties.judge import Finding
from proofsmith.verifiers.properties.prepare import ENOUGH, Prepared
from proofsmith.verifiers.properties.shapes import UnsupportedAnnotation
from proofsmith.verifiers.text import show_call

NAME = "properties"

NO_SANDBOX = "no sandbox"
"""The note of every verdict on a program that ran as a plain process."""

_SHARE = 0.25
"""Least share of the inputs that must say something of a candidate that is to pass."""


def without_running(task: Task[PythonSpec], candidate: Candidate) -> Verdict | None:
    """Return the verdict where it needs no run: nothing to check, or no program for the task."""
    spec = task.spec
    if not spec.properties and spec.reference is None:
        return unknown("the task has neither properties nor a reference to check against")
    problem = check_candidate(task, candidate)
    if problem is not None:
        return Verdict(Status.FAIL, NAME, diagnostics=(problem,), tool=tool())
    return None


def tested(task: Task[PythonSpec], candidate: Candidate, prepared: Prepared, bench: Bench) -> Verdict:
    """Return the verdict of running `candidate` on the prepared inputs; a PASS is TESTED.

    Raises:
        OutOfTime, ToolFailure: as `examine`.
    """
    if not prepared.enough:
        return unknown(
            f"only {len(prepared.calls)} of {prepared.generated} generated inputs meet the preconditions; "
            "loosen them or give examples that meet them"
        )
    spec = task.spec
    program = Program(program_text(task, candidate), spec.signature.name)
    seen = examine(program, prepared, bench)
    notes = () if bench.sandbox.kind == "bubblewrap" else (NO_SANDBOX,)
    base = Verdict(
        Status.UNKNOWN, NAME, score=_score(seen), tool=tool(), behaviour=seen.behaviour, notes=notes
    )
    bad = seen.first_bad
    if bad is not None:
        return refuted(base, smallest(bad, program, prepared, bench), spec)
    if seen.run.status not in ("ok", "timeout"):
        message = f"cannot be loaded: {seen.run.detail or seen.run.status}"
        return replace(base, status=Status.FAIL, diagnostics=(Diagnostic(message),))
    if seen.unstable is not None and seen.unstable.bad:
        note = "another run of the same calls went well: the program depends on chance or on earlier calls"
        return refuted(replace(base, notes=(*notes, note)), seen.unstable, spec)
    return _unrefuted(base, seen, prepared, bench)


def refuted(base: Verdict, bad: Finding, spec: PythonSpec) -> Verdict:
    """Return `base` as a FAIL that shows `bad`."""
    names = [p.name for p in spec.signature.parameters if p.kind.startswith("POSITIONAL")]
    return replace(
        base,
        status=Status.FAIL,
        assurance=None,
        bound="",
        score=min(base.score, 0.99),
        diagnostics=(Diagnostic(bad.message),),
        counterexample=counterexample(bad, names),
    )


def _unrefuted(base: Verdict, seen: Examination, prepared: Prepared, bench: Bench) -> Verdict:
    """The verdict on a candidate that nothing speaks against."""
    name = prepared.judge.name
    results = zip(prepared.calls, seen.run.results, strict=True)
    hung = next((c for c, r in results if r.status == "timeout"), None)
    if hung is not None:
        message = f"{show_call(name, hung)} did not end; all inputs together have {bench.seconds:.3g} s"
        return replace(base, status=Status.TIMEOUT, diagnostics=(Diagnostic(message),))
    problems = [f for f in seen.findings if f.kind == "problem"]
    if problems:
        found = tuple(Diagnostic(f.message, code="property") for f in problems[:3])
        return replace(base, status=Status.ERROR, diagnostics=found)
    if seen.unstable is not None and seen.unstable.kind != "ok":
        message = f"the outcome of {show_call(name, seen.unstable.call)} differs from run to run"
        return replace(base, diagnostics=(Diagnostic(message),))
    decided, all_ = sum(f.kind == "ok" for f in seen.findings), len(prepared.calls)
    if decided < min(ENOUGH, all_) or decided < _SHARE * all_:
        message = (
            f"only {decided} of {all_} inputs say anything: on the others the reference is silent (too "
            "slow, or no plain data), or an exception that some example asks for was raised"
        )
        return replace(base, diagnostics=(Diagnostic(message),))
    notes = (f"held on {decided} inputs", *base.notes)
    return replace(base, status=Status.PASS, assurance=Assurance.TESTED, score=1.0, notes=notes)


def _score(seen: Examination) -> float:
    """Share of inputs on which all went well, kept below 1: only a PASS has 1."""
    good = sum(f.kind == "ok" for f in seen.findings)
    return min(good / max(1, len(seen.findings)), 0.99)


def unknown(message: str) -> Verdict:
    """Return an UNKNOWN verdict that says why."""
    return Verdict(Status.UNKNOWN, NAME, diagnostics=(Diagnostic(message),), tool=tool())


def of_error(error: Exception) -> Verdict:
    """Return the verdict on what kept us from judging: our own failure is an ERROR."""
    if isinstance(error, UnsupportedAnnotation):
        return unknown(f"no inputs can be generated: {error}")
    if isinstance(error, OutOfTime):
        return unknown("there was no time left to judge the program")
    return Verdict(Status.ERROR, NAME, diagnostics=(Diagnostic(str(error)),), tool=tool())


@cache
def tool() -> Tool:
    """Hypothesis and its installed version."""
    return Tool("hypothesis", installed("hypothesis"))


def installed(package: str) -> str:
    """Return the installed version of a package, or ``"unknown"``."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"
