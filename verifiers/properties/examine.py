"""Trying one candidate on prepared inputs, and making the input that breaks it small."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

from proofsmith import values
from proofsmith.errors import ToolFailure
from proofsmith.python_spec import Call
from proofsmith.types import Counterexample
from proofsmith.verifiers.properties.bench import Bench, OutOfTime, Program
from proofsmith.verifiers.properties.judge import Finding
from proofsmith.verifiers.properties.prepare import Prepared
from proofsmith.verifiers.properties.shrink import shrink
from proofsmith.verifiers.sandbox import CallResult, Run
from proofsmith.verifiers.text import show

SHRINK_SECONDS = 3.0
"""Wall clock for making a failing input small; what has been reached by then is shown."""

_ENDED_SECONDS = 1.0
"""The same for a program whose every try ends its process, and so costs a new one."""


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


def examine(program: Program, prepared: Prepared, bench: Bench) -> Examination:
    """Run the candidate on every input, and once more backwards, in fresh processes.

    Raises:
        OutOfTime: the deadline passed before the candidate had its turn, or its results were judged.
        ToolFailure: the sandbox failed.
    """
    run = bench.run(program, prepared.calls)
    findings = prepared.judge.findings(bench, prepared.calls, prepared.expected, run.results)
    unstable = None
    settled = run.status == "ok" and not any(f.bad for f in findings)
    if settled and 2 * run.seconds < bench.left:
        unstable = _second_pass(program, prepared, bench, run)
    return Examination(run, tuple(findings), unstable)


def _second_pass(program: Program, prepared: Prepared, bench: Bench, first: Run) -> Finding | None:
    """Find what depends on chance or on earlier calls."""
    calls, expected = prepared.calls[::-1], prepared.expected[::-1]
    second = bench.run(program, calls)
    changed = [
        at
        for at, (one, other) in enumerate(zip(first.results[::-1], second.results, strict=True))
        if other.status != "skipped" and _outcome_key(one) != _outcome_key(other)
    ]
    if not changed:
        return None
    findings = prepared.judge.findings(
        bench,
        [calls[i] for i in changed],
        [expected[i] for i in changed],
        [second.results[i] for i in changed],
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


def smallest(finding: Finding, program: Program, prepared: Prepared, bench: Bench) -> Finding:
    """Return the simplest failure of the same kind that shrinking reaches from `finding`."""
    found = finding
    bench = bench.within(_ENDED_SECONDS if finding.kind == "ended" else SHRINK_SECONDS)
    oracle, judge = prepared.oracle, prepared.judge

    def still(calls: Sequence[Call]) -> int | None:
        nonlocal found
        asked = [at for at, ok in enumerate(oracle.admitted(bench, calls)) if ok]
        batch = [calls[at] for at in asked]
        if not batch:
            return None
        expected = oracle.expected(bench, batch)
        results = bench.run(program, batch).results
        for at, new in zip(asked, judge.findings(bench, batch, expected, results), strict=True):
            if new.kind == finding.kind and (not finding.violated or new.violated == finding.violated):
                found = new
                return at
        return None

    with contextlib.suppress(OutOfTime, ToolFailure):  # a larger failure is a failure all the same
        shrink(finding.call, prepared.shapes, still)
    return found


def counterexample(finding: Finding, names: Sequence[str]) -> Counterexample:
    """Return the finding for people and for the search."""
    labels = [*names, *(f"argument {i + 1}" for i in range(len(names), len(finding.call.args)))]
    inputs = [(label, show(value, 2000)) for label, value in zip(labels, finding.call.args, strict=False)]
    inputs += [(name, show(value, 2000)) for name, value in finding.call.kwargs]
    return Counterexample(tuple(inputs), finding.expected, finding.actual, finding.violated, finding.example)
