"""The critic's symbolic half: what a verdict teaches, in words, examples and a reward.

It never decides correctness; it reads what the verifiers found.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from proofsmith.python_spec import Example
from proofsmith.types import Status, Verdict


def reward(verdict: Verdict) -> float | None:
    """Return what to back up for a verdict, in [0, 1]; ``None`` for an ERROR, which is not backed up."""
    return None if verdict.status is Status.ERROR else verdict.score


def feedback(verdict: Verdict) -> str:
    """Return what went wrong as a short text for the next proposer; empty for a PASS."""
    if verdict.status is Status.PASS:
        return ""
    counterexample = verdict.counterexample
    if counterexample is not None:
        inputs = ", ".join(f"{name}={value}" for name, value in counterexample.inputs)
        told = [f"expected {counterexample.expected}"] if counterexample.expected else []
        told += [f"got {counterexample.actual}"] if counterexample.actual else []
        told += [f"violates {counterexample.violated}"] if counterexample.violated else []
        return f"for {inputs}: " + ", ".join(told)
    return verdict.diagnostics[0].message if verdict.diagnostics else verdict.status.value


def lesson(verdict: Verdict, known: Collection[str]) -> Example | None:
    """Return the counterexample as an example for the rest of the run, if it is a new one.

    Args:
        verdict: what was found.
        known: `Call.key` of every call that already has an expected outcome.
    """
    if verdict.status is not Status.FAIL or verdict.counterexample is None:
        return None
    example = verdict.counterexample.example
    if example is None or example.call.key in known:
        return None
    return replace(example, origin="counterexample")
