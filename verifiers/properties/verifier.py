"""The property verifier: preconditions, properties and a reference function, on generated inputs.

Hypothesis makes the inputs (MacIver et al., JOSS 2019); where more than TESTED is wanted, CrossHair
looks at all of them symbolically.
"""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from proofsmith.budget import Budget
from proofsmith.errors import ToolFailure, ToolMissing
from proofsmith.python_spec import PythonSpec
from proofsmith.types import Assurance, Candidate, Diagnostic, Status, Task, Tool, Verdict
from proofsmith.verifiers.assembly import program_text
from proofsmith.verifiers.guards import check_candidate
from proofsmith.verifiers.properties import symbolic
from proofsmith.verifiers.properties.examine import Examination, Program, counterexample, examine, smallest
from proofsmith.verifiers.properties.inputs import literals
from proofsmith.verifiers.properties.judge import Finding
from proofsmith.verifiers.properties.prepare import ENOUGH, Prepared, prepare
from proofsmith.verifiers.properties.settings import PropertySettings
from proofsmith.verifiers.properties.shapes import UnsupportedAnnotation
from proofsmith.verifiers.sandbox import Limits, Sandbox
from proofsmith.verifiers.text import show_call
from proofsmith.verifiers.toolbox import Toolbox

NAME = "properties"

_KEPT = 4


class PropertyVerifier:
    """Judges Python candidates against the properties and the reference of a task."""

    name = NAME

    def __init__(self, toolbox: Toolbox, settings: PropertySettings | None = None) -> None:
        self._toolbox = toolbox
        self._settings = settings or PropertySettings()
        self._lock = threading.Lock()
        self._prepared: list[tuple[PythonSpec, Prepared]] = []

    @classmethod
    def create(cls, toolbox: Toolbox) -> PropertyVerifier:
        """Return a verifier that uses the sandbox of `toolbox`."""
        return cls(toolbox)

    def check(self, task: Task[PythonSpec], candidate: Candidate, budget: Budget) -> Verdict:
        """Judge `candidate` on generated inputs that meet the preconditions.

        UNKNOWN where there is nothing to check, or too few inputs meet the preconditions.

        Raises:
            BadInput: the specification's own code is wrong or contradicts itself.
        """
        started = time.monotonic()
        deadline = started + _seconds(budget, self._settings)
        sandbox = self._toolbox.sandbox
        verdict = _early(task, candidate)
        if verdict is None:
            limits = _limits(sandbox, self._settings, deadline)
            try:
                prepared = self._prepare(task.spec, sandbox, limits)
                verdict = _judge(task, candidate, prepared, sandbox, deadline, limits)
                if self._wants_symbolic(task, verdict):
                    until = min(deadline, time.monotonic() + self._settings.symbolic_seconds)
                    question = symbolic.Question(task, candidate, prepared, sandbox, until, limits)
                    verdict = symbolic.strengthen(verdict, question)
            except (ToolFailure, ToolMissing, UnsupportedAnnotation) as error:
                verdict = _failed(error)
        return replace(verdict, seconds=time.monotonic() - started)

    def close(self) -> None:
        """Forget prepared inputs; the processes are the toolbox's."""
        with self._lock:
            self._prepared.clear()

    def _wants_symbolic(self, task: Task, verdict: Verdict) -> bool:
        wanted = self._settings.symbolic or task.assurance is not Assurance.TESTED
        return verdict.status is Status.PASS and wanted

    def _prepare(self, spec: PythonSpec, sandbox: Sandbox, limits: Limits) -> Prepared:
        """The task's inputs, made once; a search asks about one specification many times."""
        with self._lock:
            for known, prepared in self._prepared:
                if known is spec:
                    return prepared
        prepared = prepare(spec, sandbox, limits, self._settings.inputs, self._settings.seed)
        with self._lock:
            self._prepared = [(spec, prepared), *self._prepared[: _KEPT - 1]]
        return prepared


def falsify(
    task: Task[PythonSpec],
    candidate: Candidate,
    budget: Budget,
    toolbox: Toolbox,
    seed: int,
    settings: PropertySettings | None = None,
) -> Verdict:
    """Try to break a candidate that passed the examples, on more inputs than a check and on new ones.

    Inputs are also built around the candidate's own constants, where its behaviour changes. A PASS
    means that nothing broke it; UNKNOWN, that there is nothing to break it with.

    Raises:
        BadInput: as `PropertyVerifier.check`.
    """
    settings = settings or PropertySettings(inputs=400)
    started = time.monotonic()
    deadline = started + _seconds(budget, settings)
    verdict = _early(task, candidate)
    if verdict is None:
        sandbox = toolbox.sandbox
        limits = _limits(sandbox, settings, deadline)
        constants = literals(candidate.source)
        try:
            prepared = prepare(task.spec, sandbox, limits, settings.inputs, seed + 1, constants)
            verdict = _judge(task, candidate, prepared, sandbox, deadline, limits)
        except (ToolFailure, ToolMissing, UnsupportedAnnotation) as error:
            verdict = _failed(error)
    return replace(verdict, seconds=time.monotonic() - started)


def _early(task: Task[PythonSpec], candidate: Candidate) -> Verdict | None:
    """Answer what needs no run."""
    spec = task.spec
    if not spec.properties and spec.reference is None:
        return _unknown("the task has neither properties nor a reference to check against")
    problem = check_candidate(task, candidate)
    if problem is not None:
        return Verdict(Status.FAIL, NAME, diagnostics=(problem,), tool=tool())
    return None


def _judge(
    task: Task[PythonSpec],
    candidate: Candidate,
    prepared: Prepared,
    sandbox: Sandbox,
    deadline: float,
    limits: Limits,
) -> Verdict:
    if not prepared.enough:
        return _unknown(
            f"only {len(prepared.calls)} of {prepared.generated} generated inputs meet the preconditions; "
            "loosen them or give examples that meet them"
        )
    spec = task.spec
    program = Program(program_text(task, candidate), spec.signature.name)
    seen = examine(program, prepared, sandbox, deadline, limits)
    notes = () if sandbox.kind == "bubblewrap" else (symbolic.NO_SANDBOX,)
    base = Verdict(
        Status.UNKNOWN, NAME, score=_score(seen), tool=tool(), behaviour=seen.behaviour, notes=notes
    )
    if seen.run.status == "load_error":
        return replace(
            base, status=Status.FAIL, diagnostics=(Diagnostic(f"cannot be loaded: {seen.run.detail}"),)
        )
    bad = seen.first_bad
    if bad is not None:
        bad = smallest(bad, program, prepared, sandbox, deadline, limits)
        return _refuted(base, bad, spec)
    if seen.unstable is not None and seen.unstable.bad:
        note = "another run of the same calls went well: the program depends on chance or on earlier calls"
        return _refuted(replace(base, notes=(*notes, note)), seen.unstable, spec)
    return _unrefuted(base, seen, prepared, limits)


def _unrefuted(base: Verdict, seen: Examination, prepared: Prepared, limits: Limits) -> Verdict:
    """The verdict on a candidate that nothing speaks against."""
    hung = next(
        (c for c, r in zip(prepared.calls, seen.run.results, strict=True) if r.status == "timeout"), None
    )
    if hung is not None:
        call = show_call(prepared.judge.name, hung)
        message = f"{call} did not end; all inputs together have {limits.seconds:.3g} s"
        return replace(base, status=Status.TIMEOUT, diagnostics=(Diagnostic(message),))
    problems = [f for f in seen.findings if f.kind == "problem"]
    if problems:
        found = tuple(Diagnostic(f.message, code="property") for f in problems[:3])
        return replace(base, status=Status.ERROR, diagnostics=found)
    if seen.unstable is not None and seen.unstable.kind != "ok":
        message = (
            f"the outcome of {show_call(prepared.judge.name, seen.unstable.call)} differs from run to run"
        )
        return replace(base, diagnostics=(Diagnostic(message),))
    decided = sum(f.kind == "ok" for f in seen.findings)
    if decided < min(ENOUGH, len(prepared.calls)):
        message = (
            f"only {decided} of {len(prepared.calls)} inputs say anything: on the others the reference is "
            "silent (too slow, or no plain data), or an exception that some example asks for was raised"
        )
        return replace(base, diagnostics=(Diagnostic(message),))
    notes = (f"held on {decided} inputs", *base.notes)
    return replace(base, status=Status.PASS, assurance=Assurance.TESTED, score=1.0, notes=notes)


def _refuted(base: Verdict, bad: Finding, spec: PythonSpec) -> Verdict:
    names = [p.name for p in spec.signature.parameters if p.kind.startswith("POSITIONAL")]
    shown = counterexample(bad, names)
    return replace(base, status=Status.FAIL, diagnostics=(Diagnostic(bad.message),), counterexample=shown)


def _score(seen: Examination) -> float:
    """Share of inputs on which all went well, kept below 1: only a PASS has 1."""
    good = sum(f.kind == "ok" for f in seen.findings)
    return min(good / max(1, len(seen.findings)), 0.99)


def _seconds(budget: Budget, settings: PropertySettings) -> float:
    return settings.seconds if budget.seconds is None else min(settings.seconds, budget.seconds)


def _limits(sandbox: Sandbox, settings: PropertySettings, deadline: float) -> Limits:
    left = max(0.05, deadline - time.monotonic())
    return sandbox.limits(min(settings.call_seconds, left))


def _unknown(message: str) -> Verdict:
    return Verdict(Status.UNKNOWN, NAME, diagnostics=(Diagnostic(message),), tool=tool())


def _failed(error: Exception) -> Verdict:
    """Our own failure is an ERROR; not knowing how to make inputs is UNKNOWN."""
    if isinstance(error, UnsupportedAnnotation):
        return _unknown(f"no inputs can be generated: {error}")
    return Verdict(Status.ERROR, NAME, diagnostics=(Diagnostic(str(error)),), tool=tool())


@cache
def tool() -> Tool:
    """Hypothesis and its installed version."""
    try:
        return Tool("hypothesis", version("hypothesis"))
    except PackageNotFoundError:
        return Tool("hypothesis", "unknown")
