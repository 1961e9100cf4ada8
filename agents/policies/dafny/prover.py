"""Asks the warm Dafny servers, counts the calls, and reads what they say of each method."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from proofsmith.dafny_spec import IncludedDafny
from proofsmith.errors import ToolFailure
from proofsmith.verifiers.dafny.pool import DafnyPool
from proofsmith.verifiers.dafny.report import Crashed, Outcome, Report

_MOST_FAILURES = 4


@dataclass(frozen=True)
class Complaint:
    """One thing the verifier could not prove: one-based line, zero-based column, code such as BP5003.

    `related` are the lines and columns that belong to it, such as those of the postcondition.
    """

    line: int
    column: int
    code: str
    message: str
    related: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Answer:
    """What the verifier says of a text.

    Attributes:
        complaints: what it could not prove, or the syntax and type errors.
        readable: whether the text has no syntax or type error.
        proved: whether everything was proved.
        broken_off: whether the time of the whole call ended before all methods were looked at.
        timed_out: names of the methods and functions whose proof gave no answer in its time.
        failed: names of those that were not proved.
        seconds: how long it took.
        score: share in [0, 1] of the proof obligations that were proved.
        crash: what Dafny said when it crashed on this text; then nothing else is known.
    """

    complaints: tuple[Complaint, ...]
    readable: bool
    proved: bool
    broken_off: bool = False
    timed_out: frozenset[str] = frozenset()
    failed: frozenset[str] = frozenset()
    seconds: float = 0.0
    score: float = 0.0
    crash: str = ""


@dataclass
class Prover:
    """Counts what is asked, and keeps the answers.

    Attributes:
        verify: (text, seconds) to an answer; must return on time.
        limit: seconds for one call.
        ends: `time.monotonic()` at which the time is over.
        calls: how many calls were made.
        failures: how many of them Dafny did not answer, whatever the text.
    """

    verify: Callable[[str, float], Answer]
    limit: float = 8.0
    ends: float = float("inf")
    calls: int = 0
    failures: int = 0
    _known: dict[str, Answer] = field(default_factory=dict, repr=False)

    @property
    def left(self) -> float:
        """Seconds until the time is over."""
        return self.ends - time.monotonic()

    def over(self) -> bool:
        """Whether the time is over."""
        return self.left <= 0

    def ask(self, text: str) -> Answer:
        """Return the verifier's answer about `text`.

        Raises:
            ToolFailure: Dafny does not work, for the fifth time. A text that crashes it is no reason.
        """
        known = self._known.get(text)
        if known is not None:
            return known
        self.calls += 1
        started = time.monotonic()
        try:
            answer = self.verify(text, max(0.1, min(self.limit, self.left)))
        except Crashed as crash:  # the additions, taken in parts, tell which of them it is
            answer = Answer((), True, False, broken_off=True, crash=str(crash))
            self._known[text] = answer
            return answer
        except ToolFailure:
            if self.failures >= _MOST_FAILURES:
                raise
            self.failures += 1
            return Answer((), True, False, broken_off=True)
        if time.monotonic() - started < self.limit or answer.proved:
            self._known[text] = answer
        return answer


def asking(
    pool: DafnyPool, strict: bool, includes: tuple[IncludedDafny, ...] = (), method_seconds: float = 3.0
) -> Callable[[str, float], Answer]:
    """Return what a `Prover` asks: the warm servers of `pool`."""

    def verify(text: str, seconds: float) -> Answer:
        limit = max(1.0, min(method_seconds, seconds))
        report = pool.verify(text, seconds=seconds, method_seconds=limit, strict=strict, includes=includes)
        return answer_of(report)

    return verify


def answer_of(report: Report) -> Answer:
    """Return the part of a report that the search looks at."""
    complaints = tuple(
        Complaint(
            f.line, f.column, f.code, f.message, tuple((r.line, r.column) for r in f.related if not r.file)
        )
        for f in report.faults
        if not f.file
    )
    late = frozenset(m.title for m in report.methods if m.outcome in (Outcome.TIMEOUT, Outcome.UNKNOWN))
    failed = frozenset(m.title for m in report.methods if m.outcome is not Outcome.VERIFIED)
    readable = report.status != "syntax"
    broken_off = report.status == "timeout" and not late
    return Answer(
        complaints, readable, report.verified, broken_off, late, failed, report.seconds, report.score
    )
