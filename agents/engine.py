"""Solving one task: the entry that the command line, batches and tests use."""

from __future__ import annotations

from proofsmith.agents.host import Host, Solution
from proofsmith.agents.run import Run
from proofsmith.agents.settings import SearchSettings
from proofsmith.budget import Budget
from proofsmith.protocols import Policy
from proofsmith.tree import Tree
from proofsmith.types import Task

__all__ = ["Host", "SearchSettings", "Solution", "solve"]


def solve(
    task: Task,
    settings: SearchSettings,
    budget: Budget,
    host: Host,
    *,
    policy: Policy | None = None,
    resume: Tree | None = None,
) -> Solution:
    """Search for a program that the task's verifiers accept, within `budget`.

    Args:
        task: what is asked.
        settings: how to search.
        budget: what the whole run may use; a resumed run's earlier use counts against it.
        host: recorder, sandbox and the like.
        policy: used in place of the one named in `settings`.
        resume: the tree of a stopped run of the same task and settings, to go on from.

    Raises:
        BadInput: unknown strategy, policy or verifier, or a task without verifiers.
        ToolMissing: a verifier's tool is not installed.
        StoreError: an event could not be kept.
    """
    from proofsmith.agents.graph import drive

    run = Run(task, settings, budget, host, policy, resume)
    try:
        run.open()
        reason = drive(run, host.checkpoint_path, host.run_id)
        return run.finish(reason)
    except BaseException as error:
        run.abandon(error)
        raise
    finally:
        close = getattr(run.policy, "close", None)  # policies that work in processes of their own have it
        if close is not None:
            close()
        run.judge.close()
