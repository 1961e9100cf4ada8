"""Verifying programs again on the way out."""

from __future__ import annotations

from dataclasses import replace

from proofsmith.errors import ProofsmithError
from proofsmith.python_spec import Example, PythonSpec
from proofsmith.store.export.reading import Place, Source
from proofsmith.store.export.request import REVERIFIED, SAMPLE, Check, Tally
from proofsmith.types import Candidate, Task, Verdict


class Approver:
    """Says whether a program that passed still does; each program is judged once.

    Args:
        source: where the evidence of a run is read.
        check: judges a program.
        mode: ``"auto"``, ``"all"``, ``"sample"`` or ``"none"``.
        programs: how many passing programs there are, for the size of the sample.
        tally: what no longer passes goes there.
    """

    def __init__(self, source: Source, check: Check, mode: str, programs: int, tally: Tally) -> None:
        self._source, self._check, self._tally = source, check, tally
        if mode == "auto":
            mode = "all" if programs < REVERIFIED else "sample"
        self._share = {"all": 1.0, "sample": min(1.0, SAMPLE / max(1, programs)), "none": 0.0}[mode]
        self._known: dict[tuple[str, str], bool | None] = {}

    @property
    def words(self) -> str:
        """How programs are verified again, for the card."""
        if self._share >= 1.0:
            return "every program that is exported as right was verified again"
        if self._share > 0:
            return f"a sample of {self._share:.2%} of the programs exported as right was verified again"
        return "no program was verified again"

    def approve(self, place: Place, candidate: Candidate) -> bool:
        """Say whether the program at a place may be exported as right; one that fails now is reported."""
        return self.verdict(place, candidate) is not False

    def verdict(self, place: Place, candidate: Candidate) -> bool | None:
        """As `approve`, but ``None`` where the program was not verified again."""
        key = (place.task, candidate.hash)
        if key not in self._known:
            self._known[key] = self._verify(place, candidate)
        return self._known[key]

    def known(self, task_digest: str, program: str) -> bool | None:
        """Say what came of verifying a program (its content hash) again; ``None`` if that was not done."""
        return self._known.get((task_digest, program))

    def _verify(self, place: Place, candidate: Candidate) -> bool | None:
        if int(candidate.hash[:12], 16) / 16**12 >= self._share:
            return None
        task = self._source.task(place.task)
        if task is None:
            return False
        task = with_evidence(task, self._source.evidence(place))
        try:
            decided, _ = self._check(task, candidate)
        except ProofsmithError as error:
            self._report(place.run_id, place.node, f"could not be verified: {error}")
            return False
        self._tally.counts["verified again"] += 1
        if decided.accepts(task.assurance):
            return True
        self._report(place.run_id, place.node, words_of(decided))
        return False

    def _report(self, run: str, node: int, words: str) -> None:
        self._tally.counts["no longer pass"] += 1
        if len(self._tally.failed) < self._tally.SHOWN:
            self._tally.failed.append((run, node, words))


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
