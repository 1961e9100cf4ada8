"""The property verifier: preconditions, properties and a reference function, on generated inputs.

Hypothesis makes the inputs (MacIver et al., JOSS 2019); where more than TESTED is wanted, all inputs
of a small scope are tried and CrossHair looks at all paths.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from proofsmith.budget import Budget
from proofsmith.errors import BadInput, ToolFailure, ToolMissing
from proofsmith.python_spec import PythonSpec
from proofsmith.types import Assurance, Candidate, Status, Task, Verdict
from proofsmith.verifiers.properties import symbolic, verdicts
from proofsmith.verifiers.properties.bench import Bench, OutOfTime
from proofsmith.verifiers.properties.inputs import literals
from proofsmith.verifiers.properties.prepare import Prepared, prepare
from proofsmith.verifiers.properties.settings import PropertySettings
from proofsmith.verifiers.properties.shapes import UnsupportedAnnotation
from proofsmith.verifiers.toolbox import Toolbox

_KEPT = 4
"""Specifications whose inputs are kept."""

_FALSIFIER = PropertySettings(inputs=400)

_FAILURES = (ToolFailure, ToolMissing, UnsupportedAnnotation, OutOfTime)


class PropertyVerifier:
    """Judges Python candidates against the properties and the reference of a task. Safe for threads."""

    name = verdicts.NAME

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

        UNKNOWN where there is nothing to check, or too few inputs meet the preconditions. The same
        task and candidate get the same verdict every time, unless the candidate itself plays dice.

        Raises:
            BadInput: the specification's own code is wrong or contradicts itself.
        """
        started = time.monotonic()
        verdict = verdicts.without_running(task, candidate)
        if verdict is None:
            try:
                bench = _bench(self._toolbox, budget, self._settings)
                prepared = self._prepare(task, bench)
                verdict = verdicts.tested(task, candidate, prepared, bench)
                if self._wants_more(task, verdict):
                    question = symbolic.Question(
                        task, candidate, prepared, bench.within(self._settings.symbolic_seconds)
                    )
                    verdict = symbolic.strengthen(verdict, question)
            except _FAILURES as error:
                verdict = verdicts.of_error(error)
        return replace(verdict, seconds=time.monotonic() - started)

    def close(self) -> None:
        """Forget prepared inputs; the processes are the toolbox's."""
        with self._lock:
            self._prepared.clear()

    def _wants_more(self, task: Task[PythonSpec], verdict: Verdict) -> bool:
        wanted = self._settings.symbolic or task.assurance is not Assurance.TESTED
        return verdict.status is Status.PASS and wanted

    def _prepare(self, task: Task[PythonSpec], bench: Bench) -> Prepared:
        """The task's inputs, made once; a search asks about one specification many times."""
        spec = task.spec
        with self._lock:
            for known, prepared in self._prepared:
                if known is spec:
                    return prepared
        prepared = _prepared(task, bench, self._settings, 0, ())
        if bench.left > 0:  # else it was cut short, and must not be what later checks rest on
            with self._lock:
                self._prepared = [(spec, prepared), *self._prepared[: _KEPT - 1]]
        return prepared


def falsify(
    task: Task[PythonSpec],
    candidate: Candidate,
    budget: Budget,
    toolbox: Toolbox,
    seed: int,
    settings: PropertySettings = _FALSIFIER,
) -> Verdict:
    """Try to break a candidate that passed the examples, on more inputs than a check and on new ones.

    Inputs are also built around the candidate's own constants, where its behaviour changes. A PASS
    means that nothing broke it; UNKNOWN, that there is nothing to break it with.

    Raises:
        BadInput: as `PropertyVerifier.check`.
    """
    started = time.monotonic()
    verdict = verdicts.without_running(task, candidate)
    if verdict is None:
        try:
            bench = _bench(toolbox, budget, settings)
            constants = literals(candidate.source)
            prepared = _prepared(task, bench, settings, seed + 1, constants)
            verdict = verdicts.tested(task, candidate, prepared, bench)
        except _FAILURES as error:
            verdict = verdicts.of_error(error)
    return replace(verdict, seconds=time.monotonic() - started)


def _prepared(
    task: Task[PythonSpec], bench: Bench, settings: PropertySettings, seed: int, constants: Sequence[Any]
) -> Prepared:
    try:
        return prepare(task.spec, bench, settings.inputs, settings.seed + seed, constants)
    except BadInput as error:
        error.path = error.path or task.origin.path or None
        raise


def _bench(toolbox: Toolbox, budget: Budget, settings: PropertySettings) -> Bench:
    seconds = settings.seconds if budget.seconds is None else min(settings.seconds, budget.seconds)
    return Bench(toolbox.sandbox, time.monotonic() + seconds, settings.call_seconds)
