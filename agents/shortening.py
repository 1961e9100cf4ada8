"""After a PASS: what a program's proof does not need is taken out of it, whoever proposed it."""

from __future__ import annotations

from proofsmith.budget import Budget, Spend
from proofsmith.types import Candidate, Proposal, Task
from proofsmith.verifiers.toolbox import Toolbox

SHORTENED = "shortened"
"""The operator of what this proposes."""

_SHARE = 0.5
_LONGEST = 20.0
"""Seconds, at most, and the share of what is left at most."""
_LEAST = 4.0
"""With fewer seconds left it is not tried."""


def shorter(task: Task, passed: Proposal, budget: Budget, toolbox: Toolbox) -> tuple[Proposal | None, Spend]:
    """Return a shorter program that does the same, if one is found, and what looking for it cost.

    Only Dafny programs have parts that may go. Those of the policy that shortens its own answers
    are left alone.

    Args:
        task: what was asked.
        passed: a program that the task's verifiers accept.
        budget: what may still be used.
        toolbox: of the run.
    """
    seconds = _LONGEST if budget.seconds is None else min(_LONGEST, _SHARE * budget.seconds)
    own = passed.policy == task.language
    if task.language != "dafny" or own or passed.candidate is None or seconds < _SHARE * _LEAST:
        return None, Spend()
    from proofsmith.agents.policies.dafny.minimise import shortened
    from proofsmith.verifiers.dafny.pool import DafnyPool

    pool = toolbox.shared(DafnyPool.create)
    found, calls = shortened(task.spec, passed.candidate.source, pool, seconds)
    return (None if found is None else _proposal(found)), Spend(verifier_calls=calls)


def _proposal(found: Candidate) -> Proposal:
    thought = "The same without the hints that the proof does not need."
    return Proposal(found, thought=thought, operator=SHORTENED, policy=found.language)
