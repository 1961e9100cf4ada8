"""Formats of whole paths: process supervision, reinforcement learning, raw events."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from proofsmith.store.export.context import RunContext

Row = dict[str, Any]


def process(run: RunContext) -> Iterator[Row]:
    """Yield the steps that lead to a judged program, with the values and visits of the tree.

    A step's label says whether a solution was found in its subtree: the hard estimate of
    Math-Shepherd (Wang et al. 2024); its value is what the search backed up, as in AlphaMath.
    """
    for node, path in _paths(run):
        graph = run.graph
        yield run.row(
            "process",
            node,
            **run.asked("stepwise"),
            steps=[run.step(step, run.graph.added_seq[node]) for step in path],
            step_values=[graph.values[step] for step in path],
            step_visits=[graph.visits[step] for step in path],
            step_labels=[run.below[0][step] > 0 for step in path],
        )


def process_stepwise(run: RunContext) -> Iterator[Row]:
    """Yield the same in the columns that TRL up to 1.12 had for stepwise supervision."""
    for node, path in _paths(run):
        yield run.row(
            "process_stepwise",
            node,
            **run.asked("stepwise"),
            completions=[run.step(step, run.graph.added_seq[node]) for step in path],
            labels=[run.below[0][step] > 0 for step in path],
        )


def _paths(run: RunContext) -> Iterator[tuple[int, list[int]]]:
    """Yield (node, path) of approved solutions and failing programs; no step is undecided."""
    for node in (*run.right_nodes, *run.wrong_nodes):
        path = run.graph.path(node)
        undecided = path is None or any(
            run.is_program(step) and not run.right(step) and not run.wrong(step) for step in path
        )
        if path and not undecided:
            yield node, path


def grpo(run: RunContext) -> Iterator[Row]:
    """Yield each task once, solved or not, with all that the reward function needs to judge answers."""
    if not run.plan.fresh("grpo", run.pool_number):
        return
    pool = run.pool
    yield run.task_row(
        "grpo",
        **run.asked(),
        task=run.plan.source.task_json(run.head.task),
        attempts=pool.passed + pool.failed,
        pass_rate=pool.pass_rate,
    )


def events(run: RunContext) -> Iterator[Row]:
    """Yield every event as it was recorded: what ``proofsmith import`` rebuilds a run from."""
    head = run.head
    shared = {
        "run": head.id,
        "split": run.split,
        "task_id": head.task_id,
        "task_hash": head.task,
        "task_cluster": run.plan.clusters[run.pool_number],
    }
    for seq, time, kind, node, candidate, event, _, source in run.plan.source.rows(head, whole=True):
        program = None if source is None else bytes(source).decode("utf-8", "surrogatepass")
        yield {
            **shared,
            "seq": seq,
            "at": time,
            "kind": kind,
            "node": node,
            "candidate_hash": candidate,
            "program": program,
            "event": event,
        }
