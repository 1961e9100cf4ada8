"""One search from the command line: store, sandbox, view and signals around `agents.solve`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from proofsmith import revision
from proofsmith.agents.building import agent_pairs
from proofsmith.agents.engine import Host, SearchSettings, Solution, solve
from proofsmith.agents.models.types import Models
from proofsmith.agents.table import EMBEDDED, MODEL_POLICY
from proofsmith.budget import Budget
from proofsmith.cli.asking import asker
from proofsmith.cli.exits import FAILURE, INTERRUPTED, SOLVED, UNSOLVED
from proofsmith.cli.stopping import Stopper
from proofsmith.cli.view.base import View, choose_view
from proofsmith.cli.view.progress import Progress
from proofsmith.events import Event, Remark, RunStarted
from proofsmith.protocols import Recorder, Recorders
from proofsmith.store.store import Store
from proofsmith.tree import Tree
from proofsmith.types import Candidate, Task
from proofsmith.verifiers.toolbox import Toolbox

_MEMORY = 500
"""Verified programs of earlier runs that a policy may learn from."""


@dataclass(frozen=True)
class Manner:
    """How a run is shown, and whether the user is asked."""

    json: bool = False
    plain: bool = False
    ask: bool = False


@dataclass(frozen=True)
class Ended:
    """A run that ended.

    Attributes:
        task: as it was searched.
        run_id: its name in the store.
        solution: how it ended.
        remarks: what a person should know.
    """

    task: Task
    run_id: str
    solution: Solution
    remarks: tuple[Remark, ...]

    @property
    def code(self) -> int:
        """The exit code that says how it ended."""
        if self.solution.solved:
            return SOLVED
        if self.solution.reason == "interrupted":
            return INTERRUPTED
        return FAILURE if self.solution.reason.startswith("failed") else UNSOLVED


class _Kept:
    """Passes events to the store, except the `RunStarted` that the store wrote when it made the run."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def record(self, event: Event) -> None:
        """Keep one event."""
        self.record_all((event,))

    def record_all(self, events: Sequence[Event]) -> None:
        """Keep several events."""
        kept = [event for event in events if not isinstance(event, RunStarted)]
        if kept:
            self._recorder.record_all(kept)


def search(
    task: Task,
    settings: SearchSettings,
    budget: Budget,
    store: Store,
    toolbox: Toolbox,
    manner: Manner,
    models: Models | None = None,
) -> Ended:
    """Start a run of `task`, show it, and return how it ended. `models` may answer for the agents.

    Raises:
        ProofsmithError: as `proofsmith.agents.engine.solve`.
    """
    if settings.policy == SearchSettings.policy:
        asked = models is not None and (models.planner is not None or models.coder is not None)
        policy = MODEL_POLICY if asked else EMBEDDED.get(task.language, settings.policy)
        settings = replace(settings, policy=policy)
    pairs = (*settings.as_pairs(), *agent_pairs(models or Models(), toolbox))
    code = revision.running()
    started = RunStarted(
        task,
        settings.strategy,
        settings.policy,
        settings.seed,
        budget,
        code.version,
        pairs,
        code.commit,
        code.dirty,
    )
    progress = Progress()
    view = choose_view(progress, json=manner.json, plain=manner.plain)
    memory = _memory(store, task)
    with store.start_run(started) as recorder, Stopper(view.stopping) as stopper:
        recorders = Recorders([_Kept(recorder), view])
        host = Host(
            recorder=recorders,
            toolbox=toolbox,
            memory=memory,
            models=models or Models(),
            stop=stopper,
            ask=asker(view) if manner.ask else None,
            checkpoint_path=str(store.checkpoint_path(recorder.run_id)),
            run_id=recorder.run_id,
        )
        with view:
            solution = solve(task, settings, budget, host)
        return Ended(task, recorder.run_id, solution, tuple(progress.remarks))


def search_on(
    run_id: str,
    events: Sequence[Event],
    budget: Budget,
    store: Store,
    toolbox: Toolbox,
    manner: Manner,
    models: Models | None = None,
) -> Ended:
    """Go on with the stopped run whose `events` are given, with `budget` as its new total.

    Raises:
        ProofsmithError: as `proofsmith.agents.engine.solve`; `StoreError` if it is in use.
    """
    tree = Tree.of(events)
    assert tree.started is not None
    task = tree.started.task
    settings = _recorded_settings(tree.started)
    progress = Progress()
    progress.replay(events)
    view = choose_view(progress, json=manner.json, plain=manner.plain)
    with store.continue_run(run_id) as recorder, Stopper(view.stopping) as stopper:
        host = Host(
            recorder=Recorders([recorder, view]),
            toolbox=toolbox,
            memory=_memory(store, task),
            models=models or Models(),
            stop=stopper,
            ask=asker(view) if manner.ask else None,
            checkpoint_path=str(store.checkpoint_path(run_id)),
            run_id=run_id,
        )
        with view:
            solution = solve(task, settings, budget, host, resume=tree)
        return Ended(task, run_id, solution, tuple(progress.remarks))


def _recorded_settings(started: RunStarted) -> SearchSettings:
    """The search settings a run was started with; settings of other versions are ignored."""
    pairs = dict(started.settings)
    width = int(pairs["width"]) if pairs.get("width", "").isdigit() else SearchSettings().width
    return SearchSettings(started.strategy, started.policy, started.seed, width)


def _memory(store: Store, task: Task) -> tuple[tuple[Task, Candidate], ...]:
    found: Iterable[tuple[Task, Candidate, object]] = store.verified(task.language, _MEMORY)
    return tuple((t, c) for t, c, _ in islice(found, _MEMORY))


def warn_about_sandbox(toolbox: Toolbox) -> None:
    """Say on standard error when candidates will run without bubblewrap."""
    if toolbox.sandbox.kind != "bubblewrap":
        print(
            "proofsmith: warning: bubblewrap is not in force, candidates run in a plain limited process "
            "(apt-get install bubblewrap)",
            file=sys.stderr,
        )


__all__ = ["Ended", "Manner", "View", "search", "search_on", "warn_about_sandbox"]
