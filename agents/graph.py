"""The search loop as a LangGraph graph: plan -> select -> expand -> verify -> critique -> backup.

The graph's state holds ids and counters only; the tree lives in memory and, as events, in the
store. A checkpoint is written at the end of every lap of the loop (about once a second) and
replaces the one before, so checkpoints neither grow with the run nor slow its steps down. Where a
checkpoint and the events disagree (the process was killed between laps), the events are right.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any, Protocol, TypedDict

from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import END, START, StateGraph

from proofsmith.tree import ROOT, Tree

_LAP_SECONDS = 1.0
_STEPS_PER_LAP = 100_000_000
"""LangGraph's recursion limit; the lap's clock ends it long before."""


class Steps(Protocol):
    """What the graph drives; `proofsmith.agents.run.Run` is the one implementation."""

    tree: Tree

    def pending(self) -> list[int]:
        """Return nodes that an earlier sitting added and did not judge."""
        ...

    def select(self) -> int | None:
        """Return the node to expand, ``None`` if there is none."""
        ...

    def expand(self, node: int) -> list[int]:
        """Return the ids of new nodes below `node`."""
        ...

    def verify(self, nodes: list[int]) -> list[int]:
        """Judge candidates; return those that were."""
        ...

    def critique(self, nodes: list[int]) -> None:
        """Learn from verdicts."""
        ...

    def backup(self, parent: int, nodes: list[int]) -> None:
        """Back rewards up the tree."""
        ...

    def ended(self) -> str | None:
        """Return why the run is over, if it is."""
        ...


class LoopState(TypedDict):
    """Ids and counters of the loop: `node` being expanded, its `fresh` children, why it ended."""

    node: int
    fresh: list[int]
    rounds: int
    reason: str


def drive(steps: Steps, checkpoint_path: str | None = None, thread: str = "run") -> str:
    """Run the loop until `steps` says why it ended; return that reason.

    Args:
        steps: the run.
        checkpoint_path: SQLite file that keeps the state of the last lap; ``None`` for none.
        thread: the run's name in that file.
    """
    if checkpoint_path is None:
        return _laps(steps, None, thread)
    with closing(sqlite3.connect(checkpoint_path, check_same_thread=False)) as connection:
        return _laps(steps, SqliteSaver(connection), thread)


def _laps(steps: Steps, saver: SqliteSaver | None, thread: str) -> str:
    lap_ends = [0.0]
    graph = _build(steps, lambda: time.monotonic() >= lap_ends[0]).compile(checkpointer=saver)
    while True:
        lap_ends[0] = time.monotonic() + _LAP_SECONDS
        state = LoopState(node=ROOT, fresh=[], rounds=steps.tree.rounds, reason="")
        config: Any = {"recursion_limit": _STEPS_PER_LAP, "configurable": {"thread_id": thread}}
        if saver is None:
            state = graph.invoke(state, config)
        else:
            saver.delete_thread(thread)
            state = graph.invoke(state, config, durability="exit")
        if state["reason"]:
            return str(state["reason"])


def _build(steps: Steps, lap_over: Callable[[], bool]) -> Any:
    def plan(state: LoopState) -> dict[str, Any]:
        reason = steps.ended()
        if reason or steps.tree.rounds:
            return {"reason": reason or "", "fresh": [] if reason else steps.pending()}
        return {"node": ROOT, "fresh": steps.expand(ROOT)}

    def select(state: LoopState) -> dict[str, Any]:
        node = steps.select()
        return {"reason": "exhausted"} if node is None else {"node": node}

    def expand(state: LoopState) -> dict[str, Any]:
        return {"fresh": steps.expand(state["node"])}

    def verify(state: LoopState) -> dict[str, Any]:
        return {"fresh": steps.verify(state["fresh"])}

    def critique(state: LoopState) -> dict[str, Any]:
        steps.critique(state["fresh"])
        return {}

    def backup(state: LoopState) -> dict[str, Any]:
        steps.backup(state["node"], state["fresh"])
        return {"rounds": steps.tree.rounds, "fresh": [], "reason": steps.ended() or ""}

    graph = StateGraph(LoopState)
    for name, step in [
        ("plan", plan),
        ("select", select),
        ("expand", expand),
        ("verify", verify),
        ("critique", critique),
        ("backup", backup),
    ]:
        graph.add_node(name, step)
    graph.add_edge(START, "plan")
    graph.add_conditional_edges(
        "plan", lambda s: END if s["reason"] else "verify" if s["fresh"] else "select"
    )
    graph.add_conditional_edges("select", lambda s: END if s["reason"] else "expand")
    graph.add_edge("expand", "verify")
    graph.add_edge("verify", "critique")
    graph.add_edge("critique", "backup")
    graph.add_conditional_edges("backup", lambda s: END if s["reason"] or lap_over() else "select")
    return graph
