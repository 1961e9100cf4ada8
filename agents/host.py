"""What a run is given by its caller, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from proofsmith.agents.ambiguity import Ask
from proofsmith.agents.models.types import Models
from proofsmith.budget import Spend
from proofsmith.events import Event
from proofsmith.protocols import Recorder
from proofsmith.tree import Tree
from proofsmith.types import Candidate, Task, Verdict
from proofsmith.verifiers.toolbox import Toolbox


def _never() -> bool:
    return False


class Forget:
    """A recorder for runs that nobody will look at again."""

    def record(self, event: Event) -> None:
        """Keep nothing."""

    def record_all(self, events: Sequence[Event]) -> None:
        """Keep nothing."""


@dataclass(frozen=True)
class Host:
    """What the caller lends to a run.

    Attributes:
        recorder: keeps the events.
        toolbox: the sandbox and other processes, shared between runs.
        memory: verified programs of earlier runs.
        models: the language models of the agents; calls are billed to the run by the run itself.
        stop: asked before every step; true ends the run as interrupted.
        ask: answers questions about ambiguous specifications; ``None`` if nobody is there.
        checkpoint_path: SQLite file for the graph's checkpoints; ``None`` for none.
        run_id: name of the run in that file.
        began: when the work on the task began, by `time.monotonic`: preparing it counts against the
            budget. ``None``: when the run is made.
    """

    recorder: Recorder
    toolbox: Toolbox
    memory: Sequence[tuple[Task, Candidate]] = ()
    models: Models = field(default_factory=Models)
    stop: Callable[[], bool] = _never
    ask: Ask | None = None
    checkpoint_path: str | None = None
    run_id: str = "run"
    began: float | None = None


@dataclass(frozen=True)
class Solution:
    """How a run ended.

    Attributes:
        solved: whether `candidate` passed with the assurance that the task wants.
        reason: as in `RunFinished`.
        node: the best node, solved or not; ``None`` if nothing was judged.
        candidate: the best program.
        verdict: what decided about it.
        spent: what the run used, earlier sittings included.
        tree: the search tree.
    """

    solved: bool
    reason: str
    node: int | None
    candidate: Candidate | None
    verdict: Verdict | None
    spent: Spend
    tree: Tree = field(repr=False)
