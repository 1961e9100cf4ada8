"""The promises between parts. Small on purpose: implement one of these to extend Proofsmith."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from proofsmith.budget import Budget
from proofsmith.events import Event
from proofsmith.python_spec import Example
from proofsmith.tree import Node, Tree, Update
from proofsmith.types import Candidate, Proposals, Task, Verdict


@dataclass(frozen=True)
class NodeView:
    """What a policy may see of the tree when it is asked to expand a node.

    Attributes:
        node: the node to expand.
        path: from the root to `node`, inclusive.
        children: the node's children so far, with their verdicts.
        siblings: the other children of the node's parent.
        evidence: examples learnt during the run (shrunk counterexamples, answers of the user);
            they hold for the task like its own examples do.
        seed: what randomness must be derived from; differs per expansion, same for the same run seed.
        width: how many proposals are wanted at most.
    """

    node: Node
    path: tuple[Node, ...]
    children: tuple[Node, ...] = ()
    siblings: tuple[Node, ...] = ()
    evidence: tuple[Example, ...] = ()
    seed: int = 0
    width: int = 4


class Policy(Protocol):
    """Proposes programs (or thoughts) below a node."""

    name: str

    def propose(self, task: Task, view: NodeView, budget: Budget) -> Proposals:
        """Return proposals for children of ``view.node``, within `budget`.

        Deterministic in (task, view, earlier calls on this instance). Must return on time when
        ``budget.seconds`` ends, with what it has.
        """
        ...


class Verifier(Protocol):
    """Judges candidates. Its answer is data; what goes wrong on our side is an ERROR verdict."""

    name: str

    def check(self, task: Task, candidate: Candidate, budget: Budget) -> Verdict:
        """Judge `candidate` against the task's specification within ``budget.seconds``."""
        ...

    def close(self) -> None:
        """Stop every process this verifier started. May be called twice."""
        ...


class Strategy(Protocol):
    """A search strategy: two pure functions over the tree."""

    name: str

    def select(self, tree: Tree, rng: random.Random) -> int | None:
        """Return the id of the node to expand next; ``None`` when nothing can be expanded."""
        ...

    def backup(self, tree: Tree, node: int, reward: float) -> tuple[Update, ...]:
        """Return the new statistics of `node` and its ancestors after `reward` in [0, 1] at `node`."""
        ...


class Recorder(Protocol):
    """Keeps what happens. The store is one, the live view another."""

    def record(self, event: Event) -> None:
        """Take one event; when this returns, the event is kept.

        Raises:
            StoreError: it could not be kept; the run must stop.
        """
        ...

    def record_all(self, events: Sequence[Event]) -> None:
        """Take several events, in order: all of them are kept, or none is. Raises as `record`."""
        ...


class Recorders:
    """Several recorders as one; each event goes to all of them in order."""

    def __init__(self, recorders: Sequence[Recorder]) -> None:
        self._recorders = tuple(recorders)

    def record(self, event: Event) -> None:
        """Pass `event` to every recorder."""
        self.record_all((event,))

    def record_all(self, events: Sequence[Event]) -> None:
        """Pass `events` to every recorder."""
        for recorder in self._recorders:
            recorder.record_all(events)
