"""What a critic on a model does after new nodes were judged: breaks programs, mends plans, estimates values.

It only adds to what the run knows. A program it broke is judged anew by the counterexample, which
specification or reference confirmed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from proofsmith.agents import critic
from proofsmith.agents.models.types import ModelError, Stopped
from proofsmith.agents.policies.model.critic import ModelCritic
from proofsmith.budget import Meter, Spend
from proofsmith.events import Event, NodeJudged, Remark, ThoughtRevised, ValueEstimated
from proofsmith.protocols import NodeView
from proofsmith.tree import Tree
from proofsmith.types import Assurance, Status, Task

MAX_REVISIONS = 2
"""Times that one line of attack is rewritten."""


class Reviewer:
    """The model critic at work in a run.

    Args:
        model: the critic.
        tree: the run's tree.
        meter: the run's meter.
        emit: records events.
        view: what may be seen of the tree from a node.
    """

    def __init__(
        self,
        model: ModelCritic,
        tree: Tree,
        meter: Meter,
        emit: Callable[..., None],
        view: Callable[[int], NodeView],
    ) -> None:
        self._model: ModelCritic | None = model
        self._tree, self._meter, self._view = tree, meter, view
        self._emit: Callable[[Event], None] = emit

    def review(self, task: Task, nodes: Sequence[int], at: Callable[[int], None]) -> None:
        """Review new nodes; `at` is told which one is being worked on.

        A critic that cannot be asked any more is left out from then on; the run goes on.
        """
        if self._model is None:
            return
        try:
            for node in nodes:
                at(node)
                self._falsify(self._model, task, node)
            self._rethink(self._model, task, nodes, at)
            if self._model.settings.estimate:
                for node in nodes:
                    at(node)
                    self._estimate(self._model, task, node)
        except Stopped:
            return
        except ModelError as error:
            self._model = None
            self._emit(Remark(f"{error}; the run goes on without the critic's model", "models"))

    def _falsify(self, model: ModelCritic, task: Task, node: int) -> None:
        n = self._tree[node]
        tested = n.verdict is not None and n.verdict.assurance is Assurance.TESTED
        if not tested or n.merged_into is not None or not self._meter.may_verify():
            return
        verdict = model.falsify(task, self._view(node), self._meter.remaining())
        if verdict is None:
            return
        self._meter.charge(Spend(verifier_calls=1))
        self._emit(NodeJudged(node, verdict, (*n.verdicts, verdict), critic.feedback(verdict)))

    def _rethink(
        self, model: ModelCritic, task: Task, nodes: Sequence[int], at: Callable[[int], None]
    ) -> None:
        """Rewrite the plan that all of its new programs failed after."""
        tree = self._tree
        judged = [n for n in nodes if tree[n].verdict is not None and tree[n].merged_into is None]
        failed = [n for n in judged if _failed(tree, n)]
        if not model.settings.rethink or not failed or len(failed) < len(judged):
            return
        best = max(failed, key=lambda n: (_score(tree, n), -n))
        thought = tree[best].parent
        if thought is None or not _is_plan(tree, thought) or tree[thought].revisions >= MAX_REVISIONS:
            return
        at(thought)
        left = self._meter.remaining()
        revision = model.rethink(task, self._view(thought), self._view(best), left)
        if revision is not None:
            self._emit(ThoughtRevised(thought, revision.thought, revision.wrong, revision.block, best))

    def _estimate(self, model: ModelCritic, task: Task, node: int) -> None:
        n = self._tree[node]
        passed = n.verdict is not None and n.verdict.status in (Status.PASS, Status.ERROR)
        if not passed and n.merged_into is None and n.estimate is None:
            value = model.estimate(task, self._view(node), self._meter.remaining())
            self._emit(ValueEstimated(node, value))


def _failed(tree: Tree, node: int) -> bool:
    verdict = tree[node].verdict
    return verdict is not None and verdict.status in (Status.FAIL, Status.TIMEOUT)


def _score(tree: Tree, node: int) -> float:
    verdict = tree[node].verdict
    return 0.0 if verdict is None else verdict.score


def _is_plan(tree: Tree, node: int) -> bool:
    n = tree[node]
    return n.is_thought and n.proposal is not None and n.proposal.operator == "plan"
