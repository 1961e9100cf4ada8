"""Trying one candidate on prepared inputs, and making the input that breaks it small."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from proofsmith import values
from proofsmith.errors import ToolFailure
from proofsmith.python_spec import Call
from proofsmith.types import Counterexample
from proofsmith.verifiers.properties.judge import Finding
from proofsmith.verifiers.properties.prepare import Prepared
from proofsmith.verifiers.properties.shrink import shrink
from proofsmith.verifiers.sandbox import CallResult, Limits, Run, Sandbox
from proofsmith.verifiers.text import show

SHRINK_SECONDS = 3.0
"""Wall clock for making a failing input small; what has been reached by then is shown."""


@dataclass(frozen=True)
class Program:
    """A module text and the function in it that is examined."""

    source: str
    function: str


@dataclass(frozen=True)
class Examination:
    """What a candidate did.

    Attributes:
        run: the first pass over the inputs, in order.
        findings: one an input.
        unstable: an input on which a second pass, in a new process and in the opposite order,
            went differently: the finding there (bad, or a remark on what differed).
    """

    run: Run
    findings: tuple[Finding, ...]
    unstable: Finding | None = None

    @property
    def behaviour(self) -> str:
        """Digest of the outcomes on all inputs."""
        return values.digest(*(_outcome_key(r) for r in self.run.results))

    @property
    def first_bad(self) -> Finding | None:
        """The simplest failing input that was tried."""
        return next((f for f in self.findings if f.bad), None)


def examine(
    program: Program, prepared: Prepared, sandbox: Sandbox, deadline: float, limits: Limits
) -> Examination:
    """Run the candidate on every input, and once more backwards, in fresh processes.

    Raises:
        ToolFailure: the sandbox failed.
    """
    run = sandbox.run(program.source, program.function, prepared.calls, _until(limits, deadline))
    findings = prepared.judge.findings(prepared.calls, prepared.expected, run.results)
    unstable = None
    settled = run.status == "ok" and not any(f.bad for f in findings)
    if settled and 2 * run.seconds < deadline - time.monotonic():
        unstable = _second_pass(program, prepared, sandbox, _until(limits, deadline), run)
    return Examination(run, tuple(findings), unstable)


def _until(limits: Limits, deadline: float) -> Limits:
    seconds = max(0.05, min(limits.seconds, deadline - time.monotonic()))
    return Limits(seconds, None, limits.memory_mb, limits.output_bytes, limits.result_bytes)


def _second_pass(
    program: Program, prepared: Prepared, sandbox: Sandbox, limits: Limits, first: Run
) -> Finding | None:
    """Find what depends on chance or on earlier calls."""
    calls, expected = prepared.calls[::-1], prepared.expected[::-1]
    second = sandbox.run(program.source, program.function, calls, limits)
    changed = [
        at
        for at, (one, other) in enumerate(zip(first.results[::-1], second.results, strict=True))
        if other.status != "skipped" and _outcome_key(one) != _outcome_key(other)
    ]
    if not changed:
        return None
    findings = prepared.judge.findings(
        [calls[i] for i in changed], [expected[i] for i in changed], [second.results[i] for i in changed]
    )
    return next((f for f in reversed(findings) if f.bad), findings[-1])


def _outcome_key(result: CallResult) -> list[object]:
    outcome = result.outcome
    if outcome is None:
        return [result.status]
    return [
        outcome.value,
        outcome.exception,
        list(result.args_after) if result.args_after is not None else None,
    ]


def smallest(
    finding: Finding, program: Program, prepared: Prepared, sandbox: Sandbox, deadline: float, limits: Limits
) -> Finding:
    """Return the simplest failure of the same kind that shrinking reaches from `finding`."""
    found = finding
    deadline = min(deadline, time.monotonic() + SHRINK_SECONDS)

    def still(calls: Sequence[Call]) -> int | None:
        nonlocal found
        if time.monotonic() >= deadline:
            return None
        admitted = prepared.oracle.admitted(calls)
        asked = [at for at, ok in enumerate(admitted) if ok]
        batch = [calls[at] for at in asked]
        if not batch:
            return None
        expected = prepared.oracle.expected(batch)
        run = sandbox.run(program.source, program.function, batch, _until(limits, deadline))
        for at, new in zip(asked, prepared.judge.findings(batch, expected, run.results), strict=True):
            if new.kind == finding.kind and (not finding.violated or new.violated == finding.violated):
                found = new
                return at
        return None

    try:
        shrink(finding.call, prepared.shapes, still)
    except ToolFailure:
        return found  # a failure that is less small is a failure all the same
    return found


def counterexample(finding: Finding, names: Sequence[str]) -> Counterexample:
    """Return the finding for people and for the search."""
    labels = [*names, *(f"argument {i + 1}" for i in range(len(names), len(finding.call.args)))]
    inputs = [(label, show(value, 2000)) for label, value in zip(labels, finding.call.args, strict=False)]
    inputs += [(name, show(value, 2000)) for name, value in finding.call.kwargs]
    return Counterexample(tuple(inputs), finding.expected, finding.actual, finding.violated, finding.example)
