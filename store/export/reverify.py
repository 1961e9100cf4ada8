"""Verifying programs again on the way out."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from proofsmith.errors import ProofsmithError
from proofsmith.python_spec import Example, PythonSpec
from proofsmith.store.export.reading import Place, Source
from proofsmith.store.export.request import REVERIFIED, SAMPLE, Check, Tally
from proofsmith.types import Assurance, Candidate, Status, Task, Verdict

Answer = Assurance | Literal[False, "open"] | None
"""How sure a program is now; ``False`` if it is wrong, ``"open"`` if that could not be found out."""

LOST, OPEN = "no longer pass", "could not be verified again"
"""Reasons to leave a program out, as they are counted."""


class Approver:
    """Says whether a program that passed still does, and is as sure; each program is judged once.

    Args:
        source: where the evidence of a run is read.
        check: judges a program.
        mode: ``"auto"``, ``"all"``, ``"sample"`` or ``"none"``.
        programs: how many passing programs there are, for the size of the sample.
        tally: what no longer passes, or cannot be judged, goes there.
    """

    def __init__(self, source: Source, check: Check, mode: str, programs: int, tally: Tally) -> None:
        self._source, self._check, self._tally = source, check, tally
        if mode == "auto":
            mode = "all" if programs < REVERIFIED else "sample"
        self._share = {"all": 1.0, "sample": min(1.0, SAMPLE / max(1, programs)), "none": 0.0}[mode]
        self._known: dict[tuple[str, str], Answer] = {}
        self._less_sure: set[Place] = set()

    @property
    def words(self) -> str:
        """How programs are verified again, for the card."""
        if self._share >= 1.0:
            return "every program that is exported as right was verified again"
        if self._share > 0:
            return f"a sample of {self._share:.2%} of the programs exported as right was verified again"
        return "no program was verified again"

    def approve(self, place: Place, candidate: Candidate, recorded: Assurance) -> bool:
        """Say whether the program at a place may be exported as right and as sure as `recorded`.

        One that fails now, or about which less is known than was recorded, is reported, and so is one that
        cannot be judged now: a missing tool, or no answer in time, says nothing of the program.
        """
        key = (place.task, candidate.hash)
        if key not in self._known:
            self._known[key] = self._verify(place, candidate)
        now = self._known[key]
        if isinstance(now, Assurance) and not now.covers(recorded) and place not in self._less_sure:
            self._less_sure.add(place)
            self._report(place, f"was recorded as {recorded.value}, and is {now.value} now", LOST)
        return now != "open" and self.known(place.task, candidate.hash, recorded) is not False

    def known(self, task_digest: str, program: str, recorded: Assurance | None) -> bool | None:
        """Say whether a program (its content hash) is as sure as recorded.

        ``None`` if it was not verified again, or was no PASS (`recorded` is ``None``).
        """
        if recorded is None:
            return None
        now = self._known.get((task_digest, program))
        if isinstance(now, Assurance):
            return now.covers(recorded)
        return None if now == "open" else now

    def _verify(self, place: Place, candidate: Candidate) -> Answer:
        """Return what is found of a program now; ``None`` outside the sample."""
        if int(candidate.hash[:12], 16) / 16**12 >= self._share:
            return None
        task = self._source.task(place.task)
        if task is None:
            return False
        task = with_evidence(task, self._source.evidence(place))
        try:
            decided, _ = self._check(task, candidate)
        except ProofsmithError as error:
            self._report(place, f"could not be verified: {error}", OPEN)
            return "open"
        self._tally.counts["verified again"] += 1
        if decided.assurance is not None and decided.accepts(task.assurance):
            return decided.assurance
        wrong = decided.status in (Status.FAIL, Status.PASS)  # a PASS that is less sure than the task wants
        self._report(place, words_of(decided), LOST if wrong else OPEN)
        return False if wrong else "open"

    def _report(self, place: Place, words: str, reason: str) -> None:
        self._tally.counts[reason] += 1
        if len(self._tally.failed) < self._tally.SHOWN:
            self._tally.failed.append((place.run_id, place.node, words))


def words_of(verdict: Verdict) -> str:
    """Return a verdict in a few words, with the tool that gave it."""
    tool = f" [{verdict.tool.name} {verdict.tool.version}]" if verdict.tool is not None else ""
    sure = f", {verdict.assurance.value}" if verdict.assurance is not None else ""
    why = f": {verdict.diagnostics[0].message}" if verdict.diagnostics else ""
    return f"{verdict.verifier} says {verdict.status.value}{sure}{why}{tool}"


def with_evidence(task: Task, evidence: tuple[Example, ...]) -> Task:
    """Return the task with the examples that were learnt in a run."""
    spec = task.spec
    if not evidence or not isinstance(spec, PythonSpec):
        return task
    return task.with_spec(replace(spec, examples=(*spec.examples, *evidence)))
