"""The search tree as a fold over events: the same code grows it in a run and rebuilds it later."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from proofsmith.budget import Spend
from proofsmith.events import (
    BackedUp,
    Event,
    ExampleLearnt,
    Expanded,
    ModelCalled,
    NodeAdded,
    NodeJudged,
    NodeMerged,
    RunFinished,
    RunResumed,
    RunStarted,
    Spent,
    ThoughtRevised,
    Update,
    ValueEstimated,
)
from proofsmith.python_spec import Example
from proofsmith.types import Proposal, Status, Verdict

__all__ = ["Node", "Tree", "Update"]

ROOT = 0
"""Id of the root node. It stands for the task and has no proposal."""


@dataclass(frozen=True)
class Node:
    """One node of the tree.

    Attributes:
        id: position in the tree, 0 for the root; a parent's id is smaller than its child's.
        parent: id of the parent, ``None`` for the root.
        proposal: what stands here, ``None`` for the root.
        prior: the proposal's weight, in (0, 1] relative to siblings proposed with it.
        verdict: the deciding verdict, once judged.
        verdicts: every verifier's answer, in the order they were asked.
        merged_into: the node that behaves alike and was judged instead of this one.
        visits, value, best: search statistics; `value` in [0, 1] is what the strategy backs up,
            `best` the highest reward seen here or below.
        reward: what was backed up for its own verdict, if that was done.
        expansions: how often a policy was asked to propose below it.
        exhausted: its policy has nothing more to propose below it.
        feedback: what the critic made of the verdict.
        revisions: how often the thought that stands here was rewritten.
        estimate: what a model thinks it is worth, in [0, 1]; ``None`` if it was not asked.
        depth: steps from the root.
    """

    id: int
    parent: int | None
    proposal: Proposal | None = None
    prior: float = 1.0
    verdict: Verdict | None = None
    verdicts: tuple[Verdict, ...] = ()
    merged_into: int | None = None
    visits: int = 0
    value: float = 0.0
    best: float = 0.0
    reward: float | None = None
    expansions: int = 0
    exhausted: bool = False
    feedback: str = ""
    depth: int = 0
    revisions: int = 0
    estimate: float | None = None

    @property
    def is_thought(self) -> bool:
        """Whether this is a plan without a program of its own."""
        return self.proposal is not None and self.proposal.candidate is None


class Tree:
    """Nodes of one run. Grows by `apply` only; everything else reads.

    `apply` is O(1) for all events but `BackedUp`, which is O(depth).
    """

    def __init__(self) -> None:
        self._nodes: list[Node] = [Node(id=ROOT, parent=None)]
        self._children: list[list[int]] = [[]]
        self._open: list[list[int]] = [[]]
        self._open_prior: list[float] = [0.0]
        self._levels: list[list[int]] = [[ROOT]]
        self.evidence: list[Example] = []
        self.spent = Spend()
        self.unpriced = 0
        self.started: RunStarted | None = None
        self.finished: RunFinished | None = None
        self.best: int | None = None
        self.rounds = 0
        self.passed: list[int] = []

    @classmethod
    def of(cls, events: Iterable[Event]) -> Tree:
        """Rebuild a tree from the events of a run, in order."""
        tree = cls()
        for event in events:
            tree.apply(event)
        return tree

    def __len__(self) -> int:
        return len(self._nodes)

    def __iter__(self) -> Iterator[Node]:
        return iter(self._nodes)

    def __getitem__(self, node: int) -> Node:
        return self._nodes[node]

    def children(self, node: int) -> list[int]:
        """Ids of the children of `node`, in order of insertion. Do not change the list."""
        return self._children[node]

    def at_depth(self, depth: int) -> Sequence[int]:
        """Ids of the nodes that are `depth` steps from the root, in order of insertion."""
        return self._levels[depth] if depth < len(self._levels) else ()

    def open_children(self, node: int) -> list[int]:
        """Ids of the children of `node` below which something may still be expanded. Do not change it.

        Closed are nodes merged into a twin, nodes that passed (unless the task has an objective, by which
        there may be better ones below), nodes that we failed to judge, and exhausted nodes without an
        open child.
        """
        return self._open[node]

    def open_prior(self, node: int) -> float:
        """Sum of the priors of the open children of `node`."""
        return self._open_prior[node]

    def is_open(self, node: int) -> bool:
        """Say whether `node` or something below it may still be expanded."""
        n = self._nodes[node]
        status = None if n.verdict is None else n.verdict.status
        improvable = self.started is not None and self.started.task.objective is not None
        settled = status is Status.ERROR or (status is Status.PASS and not improvable)
        if n.merged_into is not None or settled:
            return False
        return not n.exhausted or bool(self._open[node])

    def path(self, node: int) -> tuple[Node, ...]:
        """Nodes from the root to `node`, inclusive."""
        path = []
        at: int | None = node
        while at is not None:
            path.append(self._nodes[at])
            at = self._nodes[at].parent
        return tuple(reversed(path))

    def apply(self, event: Event) -> None:
        """Take one event into the tree.

        Raises:
            ValueError: the event does not fit (an unknown node, an id out of order).
        """
        match event:
            case NodeAdded():
                self._add(event)
            case NodeJudged():
                self._change(
                    event.node, verdict=event.verdict, verdicts=event.verdicts, feedback=event.feedback
                )
                self._consider_best(event.node)
                self._close(event.node)
            case NodeMerged():
                self._change(event.node, merged_into=event.into, verdict=self._at(event.into).verdict)
                self._close(event.node)
            case BackedUp():
                for update in event.updates:
                    self._change(update.node, visits=update.visits, value=update.value, best=update.best)
                judged = self._at(event.node)
                if judged.verdict is not None and judged.reward is None:
                    self._change(event.node, reward=event.reward)
            case Expanded():
                node = self._at(event.node)
                self._change(event.node, expansions=node.expansions + 1, exhausted=event.exhausted)
                self.rounds += 1
                self._close(event.node)
            case ThoughtRevised():
                self._revise(event)
            case ValueEstimated():
                self._change(event.node, estimate=event.value)
            case ExampleLearnt():
                self.evidence.append(event.example)
            case Spent():
                self.spent += event.spend
            case ModelCalled():  # its seconds pass within those of the run
                self.spent += replace(event.reply.spend, seconds=0.0)
                self.unpriced += event.reply.cost is None
            case RunStarted():
                self.started = event
            case RunResumed():
                self.finished = None
            case RunFinished():
                self.finished = event

    def _add(self, event: NodeAdded) -> None:
        if event.node != len(self._nodes):
            raise ValueError(f"node {event.node} added out of order, expected {len(self._nodes)}")
        parent = self._at(event.parent)
        self._nodes.append(
            Node(event.node, event.parent, event.proposal, event.prior, depth=parent.depth + 1)
        )
        self._children.append([])
        self._open.append([])
        self._children[event.parent].append(event.node)
        if parent.depth + 1 == len(self._levels):
            self._levels.append([])
        self._levels[parent.depth + 1].append(event.node)
        self._open[event.parent].append(event.node)
        self._open_prior.append(0.0)
        self._open_prior[event.parent] += event.prior

    def _revise(self, event: ThoughtRevised) -> None:
        node = self._at(event.node)
        if node.proposal is None or node.proposal.candidate is not None:
            raise ValueError(f"node {event.node} is no thought")
        proposal = replace(node.proposal, thought=event.thought)
        self._change(event.node, proposal=proposal, revisions=node.revisions + 1)

    def _at(self, node: int) -> Node:
        if not 0 <= node < len(self._nodes):
            raise ValueError(f"there is no node {node}")
        return self._nodes[node]

    def _change(self, node: int, **changes: object) -> None:
        self._nodes[node] = replace(self._at(node), **changes)  # type: ignore[arg-type]

    def _close(self, node: int) -> None:
        """Take `node` out of its parent's open children if it closed, and so on upwards."""
        at: int | None = node
        while at is not None and not self.is_open(at):
            parent = self._nodes[at].parent
            if parent is None or at not in self._open[parent]:
                return
            self._open[parent].remove(at)
            self._open_prior[parent] = max(0.0, self._open_prior[parent] - self._nodes[at].prior)
            at = parent

    def _consider_best(self, node: int) -> None:
        verdict = self._nodes[node].verdict
        passed = verdict is not None and verdict.assurance is not None
        if passed and node not in self.passed:
            self.passed.append(node)
        elif not passed and node in self.passed:
            self.passed.remove(node)
        if self.best == node:  # judged again: it may have lost its place
            self.best = max(range(len(self)), key=lambda n: (_rank(self._nodes[n]), -n))
        elif self.best is None or _rank(self._nodes[node]) > _rank(self._nodes[self.best]):
            self.best = node


def _rank(node: Node) -> tuple[int, int, float]:
    return rank(node.verdict)


def rank(verdict: Verdict | None) -> tuple[int, int, float]:
    """Return how good a verdict is, for comparison: any PASS by assurance, then partial scores.

    No verdict, and an ERROR, which says nothing about the candidate, come last.
    """
    if verdict is None or verdict.status is Status.ERROR:
        return (-1, 0, 0.0)
    if verdict.assurance is not None:
        return (1, verdict.assurance.rank, verdict.score)
    return (0, 0, verdict.score)
