"""The yosys verifier: a design must be equivalent to the task's, and is measured."""

from __future__ import annotations

import time
from dataclasses import replace

from proofsmith.budget import Budget
from proofsmith.errors import BadInput, ProofsmithError, ToolMissing
from proofsmith.source import Span
from proofsmith.types import Assurance, Candidate, Diagnostic, Status, Task, Tool, Verdict
from proofsmith.verifiers.toolbox import Toolbox
from proofsmith.verifiers.yosys.equivalence import Answer, Equivalence, UnreadableGate, check_equivalent
from proofsmith.verifiers.yosys.metrics import measure
from proofsmith.verifiers.yosys.netlist import Unsupported
from proofsmith.verifiers.yosys.pool import YosysPool
from proofsmith.verifiers.yosys.reading import NAME, Design, OutOfTime, Unreadable
from proofsmith.verifiers.yosys.source_check import complaints
from proofsmith.verilog_spec import VerilogSpec

_UNSUPPORTED = (
    *("unsupported", "not supported", "only supported"),
    *("not implemented", "unimplemented", "non-synthesizable"),
)


class YosysVerifier:
    """Judges Verilog against a reference design. Safe to use from threads.

    PASS is PROVED for all inputs and for ever; BOUNDED where it was shown for a number of clock
    cycles only, or rests on an assumption that the verdict's bound names. The verdict of a task to
    optimise carries the metrics of `proofsmith.verifiers.yosys.metrics`.
    """

    name = "yosys"

    def __init__(self, pool: YosysPool) -> None:
        self._pool = pool

    @classmethod
    def create(cls, toolbox: Toolbox) -> YosysVerifier:
        """Return a verifier on the toolbox's Yosys processes."""
        return cls(toolbox.shared(YosysPool.create))

    def close(self) -> None:
        """Nothing of its own to stop: the processes are the toolbox's."""

    def check(self, task: Task, candidate: Candidate, budget: Budget) -> Verdict:
        """Prove the candidate equivalent to the task's design, or find inputs on which it differs.

        Raises:
            ToolMissing: Yosys or ABC is not installed.
            BadInput: the task's own design cannot be read.
        """
        started = time.monotonic()
        limit = self._pool.settings.equivalence_seconds
        seconds = limit if budget.seconds is None else min(limit, budget.seconds)
        verdict = self._verdict(task, candidate, seconds, budget)
        tool = Tool("yosys", self._pool.version) if self._pool.version else None
        return replace(verdict, seconds=time.monotonic() - started, tool=tool)

    def _verdict(self, task: Task, candidate: Candidate, seconds: float, budget: Budget) -> Verdict:
        spec = task.spec
        if not isinstance(spec, VerilogSpec) or not spec.source or not spec.reference_specifies:
            return self._say(Status.UNKNOWN, "the task has no design to be compared with")
        if seconds <= 0:
            return self._say(Status.UNKNOWN, "no time was left to prove anything")
        bad = complaints(candidate.source, [name for name, _ in spec.files])
        if bad:
            return Verdict(Status.FAIL, self.name, diagnostics=bad)
        gold = Design(spec.source, spec.reference_top, spec.files)
        gate = Design(candidate.source, spec.top, spec.files)
        try:
            answer = check_equivalent(self._pool, gold, gate, seconds, spec.depth)
        except UnreadableGate as error:
            return self._unreadable(error, gate, seconds)
        except Unreadable as error:
            hint = "the design itself must be right before anything can be compared with it"
            raise BadInput(error.cause, task.origin.path or None, error.line, hint) from None
        except ToolMissing:
            raise
        except ProofsmithError as error:
            return self._say(Status.ERROR, str(error))
        verdict = self._judged(answer)
        if verdict.status is not Status.PASS or spec.goal != "optimize":
            return verdict
        return self._measured(verdict, gate, spec, budget)

    def _measured(self, verdict: Verdict, gate: Design, spec: VerilogSpec, budget: Budget) -> Verdict:
        """Add the metrics; a design that cannot be measured in the time is not accepted as an optimum."""
        limit = self._pool.settings.equivalence_seconds
        left = limit if budget.seconds is None else min(limit, budget.seconds - verdict.seconds)
        try:
            metrics = measure(self._pool, gate, max(left, 0.1), spec.liberty or None)
        except (OutOfTime, Unsupported, Unreadable) as error:
            return self._say(Status.UNKNOWN, f"equivalent, but it cannot be measured: {error}")
        except ToolMissing:
            raise
        except ProofsmithError as error:
            return self._say(Status.ERROR, str(error))
        return replace(verdict, metrics=metrics.as_pairs())

    def _judged(self, answer: Equivalence) -> Verdict:
        method = (f"by {answer.method}",) if answer.method else ()
        notes = (*method, *answer.notes)
        if answer.answer is Answer.PROVED:
            verdict = Verdict(Status.PASS, self.name, Assurance.PROVED, score=1.0, notes=notes)
        elif answer.answer is Answer.BOUNDED:
            verdict = Verdict(Status.PASS, self.name, Assurance.BOUNDED, answer.bound, score=1.0, notes=notes)
        elif answer.answer is Answer.DIFFERENT:
            message = answer.reason or "an output differs from the original's"
            verdict = Verdict(
                Status.FAIL,
                self.name,
                diagnostics=(Diagnostic(message, code=answer.method if answer.trace is None else "differs"),),
                counterexample=None if answer.trace is None else answer.trace.counterexample(),
            )
        elif answer.answer is Answer.TIMEOUT:
            verdict = self._say(Status.TIMEOUT, answer.reason)
        else:
            verdict = self._say(Status.UNKNOWN, answer.reason)
        return replace(verdict, behaviour=answer.digest or None, seconds=answer.seconds)

    def _unreadable(self, error: Unreadable, gate: Design, seconds: float) -> Verdict:
        """A design that Yosys does not take is wrong, unless that is Verilog which Yosys lacks."""
        lacking = any(word in error.cause.lower() for word in _UNSUPPORTED) or self._compiles(gate, seconds)
        span = None if error.line is None else Span(error.line)
        cause = f"{error.file}: {error.cause}" if error.file else error.cause
        status = Status.UNKNOWN if lacking else Status.FAIL
        return Verdict(status, self.name, diagnostics=(Diagnostic(cause, span, "unreadable"),))

    def _compiles(self, design: Design, seconds: float) -> bool:
        """Say whether Icarus Verilog, where it is installed, takes the design."""
        sources = [name for name, _ in design.files if name.endswith((".v", ".sv"))]
        files = {**dict(design.files), NAME: design.source}
        try:
            return self._pool.icarus.compile(files, [*sources, NAME], design.top, seconds).compiled
        except ToolMissing:
            return False

    def _say(self, status: Status, message: str) -> Verdict:
        return Verdict(status, self.name, diagnostics=(Diagnostic(message),))
