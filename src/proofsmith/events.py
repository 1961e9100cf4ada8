"""What happens in a run, as append-only events. A run is rebuilt from these and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field

from proofsmith.budget import Budget, Spend
from proofsmith.model_calls import Reply, Request
from proofsmith.python_spec import Example
from proofsmith.types import Proposal, Task, Verdict


@dataclass(frozen=True)
class Update:
    """New search statistics of one node; `best` is the highest reward backed up through it."""

    node: int
    visits: int
    value: float
    best: float = 0.0


@dataclass(frozen=True)
class RunStarted:
    """The first event of a run: all that is needed to do it again.

    `settings` are the (name, text) pairs of every setting in force that can change the result.
    `commit` and `dirty` say which code of Proofsmith ran (see `proofsmith.revision.Revision`).
    """

    task: Task
    strategy: str
    policy: str
    seed: int
    budget: Budget
    version: str
    settings: tuple[tuple[str, str], ...] = ()
    commit: str = ""
    dirty: bool | None = None


@dataclass(frozen=True)
class RunResumed:
    """The run goes on after a stop, with `budget` as the new total."""

    budget: Budget


@dataclass(frozen=True)
class NodeAdded:
    """A proposal became a node. `prior` is normalised among the proposals of the same answer."""

    node: int
    parent: int
    proposal: Proposal
    prior: float


@dataclass(frozen=True)
class NodeJudged:
    """The verifiers answered. `verdict` decides; `verdicts` are all answers in order."""

    node: int
    verdict: Verdict
    verdicts: tuple[Verdict, ...] = ()
    feedback: str = ""


@dataclass(frozen=True)
class NodeMerged:
    """`node` behaves like `into`, which was judged already."""

    node: int
    into: int


@dataclass(frozen=True)
class BackedUp:
    """A reward was backed up from `node`; `updates` are the changed statistics."""

    node: int
    reward: float
    updates: tuple[Update, ...]


@dataclass(frozen=True)
class Expanded:
    """The policy was asked to expand `node`; with `exhausted` it has nothing more to propose there."""

    node: int
    exhausted: bool = False


@dataclass(frozen=True)
class ThoughtRevised:
    """A line of attack was rewritten in place: `thought` stands at `node` from now on (after RethinkMCTS).

    What it was before is in the earlier events. `wrong` says what was wrong with it, `block` is the
    number of the block of the failed program that was blamed (0 for none), `failed` that program's node.
    """

    node: int
    thought: str
    wrong: str = ""
    block: int = 0
    failed: int | None = None


@dataclass(frozen=True)
class ValueEstimated:
    """A model's estimate, in [0, 1], of how promising `node` is; it is no reward and is not backed up."""

    node: int
    value: float


@dataclass(frozen=True)
class ExampleLearnt:
    """A counterexample (or an answer of the user) that every later candidate must meet."""

    example: Example
    node: int | None = None


@dataclass(frozen=True)
class ModelCalled:
    """A language model was asked and answered; recorded, and paid for, before the answer is read.

    `agent` is ``"planner"``, ``"coder"`` or ``"critic"``; `node` the node it worked on. A proposal made
    from the answer has the data pair ``("call", reply.call)``.
    """

    request: Request
    reply: Reply
    agent: str = ""
    node: int | None = None


@dataclass(frozen=True)
class Spent:
    """An amount used since the last such event, wall-clock seconds included."""

    spend: Spend


@dataclass(frozen=True)
class Remark:
    """Something a person should know: a warning, an ambiguity, a failure of ours."""

    text: str
    kind: str = "note"
    data: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class RunFinished:
    """The run ended. `reason` is ``"solved"``, ``"budget: NAME"``, ``"exhausted"``,
    ``"interrupted"`` or ``"failed: CAUSE"``; `best` is the best node, solved or not.
    """

    reason: str
    best: int | None = None
    spend: Spend = field(default_factory=Spend)


Event = (
    RunStarted
    | RunResumed
    | NodeAdded
    | NodeJudged
    | NodeMerged
    | BackedUp
    | Expanded
    | ThoughtRevised
    | ValueEstimated
    | ExampleLearnt
    | ModelCalled
    | Spent
    | Remark
    | RunFinished
)
