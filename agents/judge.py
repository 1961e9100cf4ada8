"""Asks the verifiers of a task in order, cheapest first, and combines their answers."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from proofsmith.budget import Meter, Spend
from proofsmith.errors import ToolFailure
from proofsmith.protocols import Verifier
from proofsmith.python_spec import PythonSpec
from proofsmith.types import Candidate, Diagnostic, Status, Task, Verdict
from proofsmith.verifiers.guards import check_candidate


class Judge:
    """The verifiers of one task, ready to be asked.

    Args:
        verifiers: in the order of ``task.verifiers``.
        meter: charged one verifier call for every answer.
    """

    def __init__(self, verifiers: Sequence[Verifier], meter: Meter) -> None:
        self._verifiers = tuple(verifiers)
        self._meter = meter

    def first(self, task: Task, candidate: Candidate) -> Verdict:
        """Return the cheapest verifier's answer, or the guard's FAIL."""
        python = isinstance(task.spec, PythonSpec)  # other languages' verifiers guard for themselves
        complaint = check_candidate(task, candidate) if python else None
        if complaint is not None:
            return Verdict(Status.FAIL, "guard", diagnostics=(complaint,))
        return self._ask(self._verifiers[0], task, candidate)

    def rest(self, task: Task, candidate: Candidate, first: Verdict) -> tuple[Verdict, ...]:
        """Return all answers, beginning with `first`, up to the one that is not a PASS."""
        verdicts = [first]
        for verifier in self._verifiers[1:]:
            if verdicts[-1].status is not Status.PASS or not self._meter.may_verify():
                break
            verdicts.append(self._ask(verifier, task, candidate))
        return tuple(verdicts)

    def decide(self, verdicts: Sequence[Verdict]) -> Verdict:
        """Combine the answers: a PASS needs every verifier; otherwise the last answer decides.

        The score of what is not a PASS counts the verifiers passed before it, so that a later
        failure is worth more than an earlier one. A PASS that the budget kept from the remaining
        verifiers is UNKNOWN.
        """
        last = verdicts[-1]
        if last.status is not Status.PASS:
            score = (len(verdicts) - 1 + last.score) / max(len(self._verifiers), len(verdicts))
            return replace(last, score=min(score, 0.999))
        if len(verdicts) < len(self._verifiers):
            missing = self._verifiers[len(verdicts)].name
            note = Diagnostic(f"the budget ended before {missing} could judge")
            score = len(verdicts) / len(self._verifiers)
            return replace(last, status=Status.UNKNOWN, assurance=None, score=score, diagnostics=(note,))
        return last

    def close(self) -> None:
        """Close every verifier."""
        for verifier in self._verifiers:
            verifier.close()

    def _ask(self, verifier: Verifier, task: Task, candidate: Candidate) -> Verdict:
        started = time.monotonic()
        self._meter.charge(Spend(verifier_calls=1))
        try:
            return verifier.check(task, candidate, self._meter.remaining())
        except (ToolFailure, OSError) as failure:  # OSError: a full disk, too many open files
            seconds = time.monotonic() - started
            return Verdict(
                Status.ERROR, verifier.name, diagnostics=(Diagnostic(str(failure)),), seconds=seconds
            )
