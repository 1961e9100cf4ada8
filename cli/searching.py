"""One search from the command line: store, sandbox, view and signals around `agents.solve`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
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
from proofsmith.cli.view.base import choose_view
from proofsmith.cli.view.progress import Progress
from proofsmith.events import Event, Remark, RunStarted
from proofsmith.protocols import Recorder, Recorders
from proofsmith.store.store import Store
from proofsmith.tree import Tree
from proofsmith.types import Candidate, Task
from proofsmith.verifiers.toolbox import Toolbox

Memory = tuple[tuple[Task, Candidate], ...]

_MEMORY = 500
"""Verified programs of earlier runs that a policy may learn from."""


@dataclass(frozen=True)
class Manner:
    """How a run is shown, and whether the user is asked."""

    json: bool = False
    plain: bool = False
    ask: bool = False


@dataclass(frozen=True)
class Lent:
    """What a command lends to its runs.

    Attributes:
        store: where they are kept.
        toolbox: sandbox, solvers and other tools.
        manner: how they are shown.
        models: who answers for the agents; none, if they are symbolic.
    """

    store: Store
    toolbox: Toolbox
    manner: Manner
    models: Models = field(default_factory=Models)


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


def search(task: Task, settings: SearchSettings, budget: Budget, lent: Lent, began: float) -> Ended:
    """Start a run of `task`, show it, and return how it ended.

    Args:
        task: prepared for the search.
        settings: how to search.
        budget: what it may use, time since `began` included.
        lent: store, tools, models, and how to show the run.
        began: when the work on the task began, by `time.monotonic`.

    Raises:
        ProofsmithError: as `proofsmith.agents.engine.solve`.
    """
    if settings.policy == SearchSettings.policy:
        asked = lent.models.planner is not None or lent.models.coder is not None
        policy = MODEL_POLICY if asked else EMBEDDED.get(task.language, settings.policy)
        settings = replace(settings, policy=policy)
    pairs = (*settings.as_pairs(), *agent_pairs(lent.models, lent.toolbox))
    code = revision.running()
    made_by = (code.version, pairs, code.commit, code.dirty)
    started = RunStarted(task, settings.strategy, settings.policy, settings.seed, budget, *made_by)
    memory = _memory(lent.store, task)
    with lent.store.start_run(started) as recorder:
        recorders, progress = _Kept(recorder), Progress(began=began)
        host = _host(recorders, recorder.run_id, memory, lent, began)
        solution = _shown(progress, host, lent.manner, lambda shown: solve(task, settings, budget, shown))
        return Ended(task, recorder.run_id, solution, tuple(progress.remarks))


def search_on(run_id: str, events: Sequence[Event], budget: Budget, lent: Lent, began: float) -> Ended:
    """Go on with the stopped run whose `events` are given, with `budget` as its new total.

    Raises:
        ProofsmithError: as `proofsmith.agents.engine.solve`; `StoreError` if it is in use.
    """
    tree = Tree.of(events)
    assert tree.started is not None
    task = tree.started.task
    settings = _recorded_settings(tree.started)
    progress = Progress(began=began)
    progress.replay(events)
    with lent.store.continue_run(run_id) as recorder:
        host = _host(recorder, run_id, _memory(lent.store, task), lent, began)

        def go_on(shown: Host) -> Solution:
            return solve(task, settings, budget, shown, resume=tree)

        solution = _shown(progress, host, lent.manner, go_on)
        return Ended(task, run_id, solution, tuple(progress.remarks))


def _host(recorder: Recorder, run_id: str, memory: Memory, lent: Lent, began: float) -> Host:
    return Host(
        recorder=recorder,
        toolbox=lent.toolbox,
        memory=memory,
        models=lent.models,
        checkpoint_path=str(lent.store.checkpoint_path(run_id)),
        run_id=run_id,
        began=began,
    )


def _shown(progress: Progress, host: Host, manner: Manner, run: Callable[[Host], Solution]) -> Solution:
    """Run with a view of it on the screen; a signal stops it, and the user may be asked."""
    view = choose_view(progress, json=manner.json, plain=manner.plain)
    with Stopper(view.stopping) as stopper, view:
        recorders = Recorders([host.recorder, view])
        ask = asker(view) if manner.ask else None
        return run(replace(host, recorder=recorders, stop=stopper, ask=ask))


def _recorded_settings(started: RunStarted) -> SearchSettings:
    """The search settings a run was started with; settings of other versions are ignored."""
    pairs = dict(started.settings)
    width = int(pairs["width"]) if pairs.get("width", "").isdigit() else SearchSettings().width
    return SearchSettings(started.strategy, started.policy, started.seed, width)


def _memory(store: Store, task: Task) -> Memory:
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


__all__ = ["Ended", "Lent", "Manner", "search", "search_on", "warn_about_sandbox"]
