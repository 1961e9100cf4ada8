"""The dafny verifier: guards, then a warm server, then a check for contradictions, then a cold call."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeVar

from proofsmith.budget import Budget
from proofsmith.dafny.guards import check_additions
from proofsmith.dafny_spec import DafnySpec
from proofsmith.errors import BadInput, ToolFailure
from proofsmith.source import Span
from proofsmith.types import Candidate, Diagnostic, Status, Task, Verdict
from proofsmith.verifiers.dafny.layout import Identity, Layout, layout_of
from proofsmith.verifiers.dafny.pool import DafnyPool
from proofsmith.verifiers.dafny.premises import assumed_by_includes, assumed_in, unwritten
from proofsmith.verifiers.dafny.report import Crashed, Report
from proofsmith.verifiers.dafny.vacuity import Region, probed, unreachable
from proofsmith.verifiers.dafny.verdicts import NAME, verdict_of
from proofsmith.verifiers.toolbox import Toolbox

T = TypeVar("T")
NO_LIMIT = 3600.0
"""Seconds that a check without a budget may take."""
MAX_TASKS = 256
"""Tasks about which facts are kept."""
PROBE_SECONDS = 5.0
"""Most seconds for showing that the end of one method cannot be reached."""


@dataclass(frozen=True)
class _Given:
    """How many proofs the task itself has, and whether it verifies but for what it takes on trust."""

    count: int
    verified: bool


@dataclass(frozen=True)
class _Beside:
    """What is known of the task itself, the regions that contradictions made unreachable, and notes.

    `given` is ``None`` if there was no time to find out.
    """

    given: _Given | None
    flagged: tuple[Region, ...]
    notes: tuple[str, ...]


class DafnyVerifier:
    """Judges Dafny programs. A PASS is PROVED, by a call of the command line on the whole program.

    What the task itself takes on trust stays so, and is noted. Safe to use from threads.
    """

    name = NAME

    def __init__(self, pool: DafnyPool) -> None:
        self._pool = pool
        self._lock = threading.Lock()
        self._given: OrderedDict[DafnySpec, _Given] = OrderedDict()
        self._known_includes: OrderedDict[DafnySpec, tuple[str, ...]] = OrderedDict()

    @classmethod
    def create(cls, toolbox: Toolbox) -> DafnyVerifier:
        """Return a verifier on the toolbox's servers."""
        return cls(toolbox.shared(DafnyPool.create))

    def close(self) -> None:
        """Nothing of its own to stop: the processes are the toolbox's."""

    def check(self, task: Task, candidate: Candidate, budget: Budget) -> Verdict:
        """Prove the candidate, or find what does not hold.

        Raises:
            ToolMissing: Dafny or its Z3 is not installed.
        """
        started = time.monotonic()
        seconds = NO_LIMIT if budget.seconds is None else budget.seconds
        try:
            if not isinstance(task.spec, DafnySpec):
                verdict = self._say(Status.UNKNOWN, "the dafny verifier judges Dafny programs only")
            elif seconds <= 0:
                verdict = self._say(Status.UNKNOWN, "no time was left to prove anything")
            else:
                verdict = self._check(task.spec, candidate, started + seconds)
        except Crashed as crash:  # on the candidate, so others go on; on the task itself nothing can be said
            own = isinstance(task.spec, DafnySpec) and candidate.source == task.spec.source
            verdict = self._say(Status.ERROR if own else Status.UNKNOWN, str(crash))
        except (ToolFailure, BadInput) as error:
            verdict = self._say(Status.ERROR, str(error))
        except MemoryError:
            verdict = self._say(Status.ERROR, "out of memory")
        return replace(verdict, seconds=time.monotonic() - started)

    def _say(self, status: Status, message: str) -> Verdict:
        return Verdict(status, self.name, diagnostics=(Diagnostic(message),))

    def _check(self, spec: DafnySpec, candidate: Candidate, deadline: float) -> Verdict:
        complaint = check_additions(spec.source, candidate.source, [i.text for i in spec.includes])
        if complaint is not None:
            span = Span(complaint.line, complaint.column - 1)
            diagnostic = Diagnostic(complaint.message, span, f"guard: {complaint.kind}")
            return Verdict(Status.FAIL, self.name, diagnostics=(diagnostic,))
        premises = (*assumed_in(candidate.source), *self._included(spec, deadline))
        expected = 0
        beside: Future[_Beside] | None = None
        if candidate.source != spec.source and self._pool.dafny.server:
            warm = self._warm(spec, candidate.source, premises, deadline)
            if not warm.verified:
                return verdict_of(warm, self._pool.dafny)
            expected = len(warm.methods)
            beside = _in_thread(lambda: self._beside(spec, candidate, premises, deadline))
        report = self._pool.confirm(
            candidate.source,
            expected=expected,
            seconds=_left(deadline),
            includes=spec.includes,
            strict=not premises,
        )
        verdict = verdict_of(report, self._pool.dafny)
        if report.verified:
            seen = (
                beside.result() if beside is not None else self._beside(spec, candidate, premises, deadline)
            )
            count = 0 if seen.given is None else seen.given.count
            if len(report.methods) < count:
                few = Diagnostic(f"only {len(report.methods)} proofs where the task has {count}")
                return replace(verdict, status=Status.UNKNOWN, assurance=None, score=0.0, diagnostics=(few,))
            return self._accepted(spec, candidate, premises, verdict, seen)
        if expected and verdict.status is Status.FAIL:
            said = Diagnostic("a warm server proves this, a new call of the command line does not")
            return replace(verdict, status=Status.UNKNOWN, diagnostics=(said, *verdict.diagnostics))
        return verdict

    def _beside(
        self, spec: DafnySpec, candidate: Candidate, premises: tuple[str, ...], deadline: float
    ) -> _Beside:
        """What a PASS needs beside the cold call; on the warm servers, so that both fit into the time."""
        same = candidate.source == spec.source
        given = _Given(0, True) if same else self._task_itself(spec, deadline)
        flagged, notes = self._contradictions(spec, candidate, premises, deadline)
        if given is None:
            notes = (*notes, "its proofs were not counted against the task's: the time was used up")
        return _Beside(given, flagged, notes)

    def _warm(self, spec: DafnySpec, source: str, premises: tuple[str, ...], deadline: float) -> Report:
        seconds = _left(deadline)
        return self._pool.verify(source, seconds=seconds, includes=spec.includes, strict=not premises)

    def _included(self, spec: DafnySpec, deadline: float) -> tuple[str, ...]:
        """Return what the files that the task includes take on trust."""
        if not spec.includes:
            return ()
        with self._lock:
            known = self._known_includes.get(spec)
        if known is None:
            known = assumed_by_includes(self._pool, spec, deadline)
            with self._lock:
                _remember(self._known_includes, spec, known)
        return known

    def _task_itself(self, spec: DafnySpec, deadline: float) -> _Given | None:
        """Return what is known of the task as it was given: a solution must not have fewer proofs.

        ``None`` if there was no time to find out.
        """
        with self._lock:
            known = self._given.get(spec)
        if known is None:
            premises = (*assumed_in(spec.source), *self._included(spec, deadline))
            report = self._warm(spec, spec.source, premises, deadline)
            if report.note:
                return None
            known = _Given(len(report.methods), report.verified)
            with self._lock:
                _remember(self._given, spec, known)
        return known

    def _accepted(
        self,
        spec: DafnySpec,
        candidate: Candidate,
        premises: tuple[str, ...],
        verdict: Verdict,
        seen: _Beside,
    ) -> Verdict:
        """Refuse what rests on a contradiction, and say what the proof rests on."""
        notes = (*verdict.notes, *(f"taken on trust: {premise}" for premise in premises), *seen.notes)
        if seen.flagged:
            found = tuple(
                Diagnostic(_contradiction(region), Span(region.line), "contradiction")
                for region in seen.flagged
            )
            return replace(
                verdict, status=Status.FAIL, assurance=None, score=0.0, diagnostics=found, notes=notes
            )
        if not premises:
            return replace(verdict, notes=notes)
        if candidate.source == spec.source:
            said = Diagnostic(f"it verifies, but rests on {_counted(premises)} that nobody has proved")
            return replace(
                verdict, status=Status.UNKNOWN, assurance=None, score=0.999, diagnostics=(said,), notes=notes
            )
        rest_holds = seen.given is None or seen.given.verified
        left = unwritten(spec.source, candidate.source, rest_holds)
        if left:
            said = Diagnostic(f"what is there verifies, but {' and '.join(left)} still has no body")
            return replace(
                verdict, status=Status.UNKNOWN, assurance=None, score=0.999, diagnostics=(said,), notes=notes
            )
        return replace(verdict, bound=f"given {_counted(premises)} of the task's own", notes=notes)

    def _contradictions(
        self, spec: DafnySpec, candidate: Candidate, premises: tuple[str, ...], deadline: float
    ) -> tuple[tuple[Region, ...], tuple[str, ...]]:
        """Return the regions that the candidate's additions made unreachable, and notes on others."""
        layout, before = layout_of(candidate.source), layout_of(spec.source)
        if layout is None:
            return (), ("not checked for contradictions",)
        old: dict[Identity, str] = {}
        if before is not None and candidate.source != spec.source:
            old = {body.identity: body.digest for body in before.bodies}
        changed = {b.identity for b in layout.bodies if old.get(b.identity) != b.digest}
        strict = not premises
        found = self._unreachable(layout, lambda r: r.method in changed, strict, deadline)
        if found is None:
            return (), ("not checked for contradictions: the time was used up",)
        already = {region.key for region in found}
        if found and old and before is not None:
            known = self._unreachable(before, lambda r: r.key in already, strict, deadline)
            already = {region.key for region in known or ()}
        flagged = tuple(r for r in found if r.key not in already and not r.lemma)
        notes = tuple(f"line {r.line}: {_contradiction(r)}" for r in found if r not in flagged)
        return flagged, notes

    def _unreachable(
        self, layout: Layout, only: Callable[[Region], bool], strict: bool, deadline: float
    ) -> tuple[Region, ...] | None:
        """Return the regions among those picked whose ends cannot be reached; ``None`` if time ran out."""
        probes = probed(layout, only)
        while probes.regions:
            report = self._pool.verify(
                probes.source, seconds=_left(deadline), method_seconds=PROBE_SECONDS, strict=strict
            )
            if report.note:
                return None
            found = {region.key for region in unreachable(probes, report)}
            if len(found) == len(probes.regions):
                break
            probes = probed(layout, lambda region, found=found: region.key in found)  # type: ignore[misc]
        return tuple(region for region, _ in probes.regions)


def _in_thread(work: Callable[[], T]) -> Future[T]:
    """Start some work; a thread of its own ends with it."""
    with_one = ThreadPoolExecutor(1, "dafny")
    try:
        return with_one.submit(work)
    finally:
        with_one.shutdown(wait=False)


def _contradiction(region: Region) -> str:
    if region.loop is not None:
        what = f"no round of this loop of {region.title} ever ends"
    else:
        what = f"no run of the {'lemma' if region.lemma else 'method'} {region.title} ever ends"
    return f"{what}: what is known there contradicts itself"


def _counted(premises: tuple[str, ...]) -> str:
    return f"{len(premises)} assumption{'' if len(premises) == 1 else 's'}"


def _left(deadline: float) -> float:
    return max(0.0, deadline - time.monotonic())


def _remember(known: OrderedDict[DafnySpec, T], spec: DafnySpec, value: T) -> None:
    known[spec] = value
    while len(known) > MAX_TASKS:
        known.popitem(last=False)
