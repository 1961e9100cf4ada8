"""The critic's symbolic half: what a verdict teaches, in words, examples and a reward.

It never decides correctness; it reads what the verifiers found.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from proofsmith.python_spec import Example
from proofsmith.types import Status, Verdict

_SHARPNESS = 8
"""Exponent that turns a ratio of measures into a preference: 10 % less is preferred by 0.7."""


def reward(verdict: Verdict) -> float | None:
    """Return what to back up for a verdict, in [0, 1]; ``None`` for an ERROR, which is not backed up."""
    return None if verdict.status is Status.ERROR else verdict.score


def objective_reward(verdict: Verdict, measure: float, baseline: float) -> float | None:
    """Return what to back up where something is to be minimised; ``None`` for an ERROR.

    Whatever is accepted is worth more than whatever is not: partial scores fill [0, 0.5), accepted
    programs [0.5, 1]. Among these the worth is the probability with which the program is preferred to
    the one of the `baseline` in a Bradley-Terry model with strengths ``measure ** -8``, so it depends on
    the ratio of the measures alone, whatever their unit; 0.75 is as good as the baseline.

    Args:
        verdict: what was found.
        measure: what the objective is at the program, not negative.
        baseline: what it is at the first program accepted.
    """
    if verdict.status is not Status.PASS:
        return None if verdict.status is Status.ERROR else verdict.score / 2
    if measure <= 0 or baseline <= 0:
        return 0.75 if measure == baseline else (1.0 if measure < baseline else 0.5)
    preference = 1 / (1 + min(measure / baseline, 1e6) ** _SHARPNESS)
    return 0.5 + preference / 2


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
