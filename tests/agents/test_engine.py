"""The search loop with scripted policies and the real unit-test verifier."""

from __future__ import annotations

import sys
import types
from dataclasses import dataclass, field

import pytest

from proofsmith.agents.engine import Host, SearchSettings, solve
from proofsmith.agents.policies.scripted import ScriptedPolicy
from proofsmith.budget import Budget
from proofsmith.errors import BadInput, ToolFailure
from proofsmith.events import BackedUp, NodeAdded, NodeJudged, NodeMerged, Remark, RunFinished, RunStarted
from proofsmith.python_spec import Call, Example, Outcome, Parameter, PythonSpec, Signature
from proofsmith.tree import Tree
from proofsmith.types import Assurance, Proposals, Status, Task, Verdict
from proofsmith.verifiers.toolbox import Toolbox

DOUBLE = PythonSpec(
    Signature("double", (Parameter("x", "int"),), "int"),
    examples=tuple(Example(Call((x,)), Outcome(2 * x)) for x in (0, 1, 5)),
)
TASK = Task("double", "twice x", "python", DOUBLE, ("unit-tests",))
RIGHT = "def double(x):\n    return 2 * x\n"
WRONG = "def double(x):\n    return x\n"
WRONG_TOO = "def double(x):\n    return x + 0\n"
CLOSE = "def double(x):\n    return x if x == 0 else 2\n"


@dataclass
class Memory:
    """A recorder that keeps events in a list, and may stop the world after some of them."""

    events: list = field(default_factory=list)
    limit: int | None = None

    def record(self, event) -> None:
        self.record_all((event,))

    def record_all(self, events) -> None:
        self.events.extend(events)
        if self.limit is not None and len(self.events) >= self.limit:
            raise KeyboardInterrupt

    def of(self, kind) -> list:
        return [e for e in self.events if isinstance(e, kind)]


@pytest.fixture(scope="module")
def toolbox():
    with Toolbox() as toolbox:
        yield toolbox


def run(sources, toolbox, budget=None, task=TASK, width=2, memory=None, **more):
    memory = memory or Memory()
    settings = SearchSettings(width=width, strategy=more.pop("strategy", "mcts"))
    policy = ScriptedPolicy(sources)
    resume = more.pop("resume", None)
    host = Host(memory, toolbox, **more)
    solution = solve(task, settings, budget or Budget(seconds=200.0), host, policy=policy, resume=resume)
    return solution, memory


@pytest.mark.parametrize("strategy", ["mcts", "dts", "dts-greedy", "best-of-n"])
def test_every_strategy_finds_the_program_in_a_script(strategy, toolbox):
    solution, _ = run([WRONG, CLOSE, RIGHT], toolbox, strategy=strategy)
    assert solution.solved
    assert solution.reason == "solved"
    assert solution.candidate.source == RIGHT
    assert solution.verdict.assurance is Assurance.TESTED


def test_an_unsolved_run_keeps_the_best_partial_program(toolbox):
    solution, memory = run([WRONG, CLOSE], toolbox)
    assert not solution.solved
    assert solution.reason == "exhausted"
    assert solution.candidate.source == CLOSE
    assert memory.of(RunFinished)[-1].best == solution.node


def test_the_tree_is_the_fold_of_the_recorded_events(toolbox):
    solution, memory = run([WRONG, CLOSE, RIGHT], toolbox)
    rebuilt = Tree.of(memory.events)
    assert list(rebuilt) == list(solution.tree)
    assert rebuilt.best == solution.tree.best
    assert isinstance(memory.events[0], RunStarted)


@pytest.mark.parametrize("limit", ["candidates", "verifier_calls"])
def test_budgets_in_calls_are_exact(limit, toolbox):
    sources = [f"def double(x):\n    return x - {i}\n" for i in range(1, 20)]
    solution, memory = run(sources, toolbox, Budget(**{limit: 5}))
    assert solution.reason == f"budget: {limit}"
    assert getattr(solution.spent, limit) == 5
    assert len(memory.of(NodeJudged)) == 5


def test_time_ends_a_run_near_its_deadline(toolbox, in_time):
    slow = [f"def double(x):\n    while True:\n        x += {i}\n" for i in range(20)]
    with in_time(1.5):
        solution, _ = run(slow, toolbox, Budget(seconds=1.5))
    assert solution.reason == "budget: seconds"


def test_programs_that_behave_alike_are_merged(toolbox):
    _, memory = run([WRONG, WRONG, WRONG_TOO, CLOSE], toolbox, width=4)
    assert len(memory.of(NodeMerged)) == 2
    assert len(memory.of(NodeJudged)) == 2


def test_a_stopped_run_goes_on_and_judges_nothing_twice(toolbox):
    sources = [WRONG, CLOSE, "def double(x):\n    return 7\n", RIGHT]
    for limit in range(1, 14):
        memory = Memory(limit=limit)
        try:
            run(sources, toolbox, memory=memory, width=1)
        except KeyboardInterrupt:
            pass
        memory.limit = None
        tree = Tree.of(memory.events)
        started = tree.started is not None
        solution, _ = run(sources, toolbox, memory=memory, resume=tree if started else None, width=1)
        assert solution.solved
        judged = [e.node for e in memory.of(NodeJudged)]
        assert len(judged) == len(set(judged))
        programs = {solution.tree[n].proposal.candidate.source for n in judged}
        assert len(programs) == len(judged)
        assert not solution.tree.is_open(solution.node)


def test_stop_is_obeyed_before_the_next_step(toolbox):
    answers = iter([False] * 4 + [True] * 100)
    solution, _ = run([WRONG] * 50, toolbox, stop=lambda: next(answers))
    assert solution.reason == "interrupted"


def _install(monkeypatch, cls) -> str:
    module = types.ModuleType("a_verifier_for_tests")
    module.Verifier = cls
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return f"{module.__name__}:Verifier"


class Broken:
    """Fails by itself for some programs, as a crashing tool does."""

    name = "broken"

    @classmethod
    def create(cls, toolbox):
        return cls()

    def check(self, task, candidate, budget):
        if "2 * x" not in candidate.source:
            raise ToolFailure("the tool crashed")
        return Verdict(Status.PASS, self.name, Assurance.TESTED, score=1.0)

    def close(self):
        pass


def test_our_own_failure_is_never_the_candidates(monkeypatch, toolbox):
    task = Task("t", "", "python", DOUBLE, (_install(monkeypatch, Broken),))
    solution, memory = run([WRONG, CLOSE, RIGHT], toolbox, task=task)
    assert solution.solved
    errors = [e for e in memory.of(NodeJudged) if e.verdict.status is Status.ERROR]
    assert [e.node for e in errors] == [1, 2]
    assert not {e.node for e in memory.of(BackedUp)} & {1, 2}
    assert len(memory.of(Remark)) == 2


def test_a_tool_that_always_crashes_ends_the_run(monkeypatch, toolbox):
    task = Task("t", "", "python", DOUBLE, (_install(monkeypatch, Broken),))
    sources = [f"def double(x):\n    return {i}\n" for i in range(30)]
    solution, memory = run(sources, toolbox, task=task)
    assert solution.reason == "failed: the tool crashed"
    assert solution.node is None or not solution.solved
    assert len(memory.of(NodeJudged)) < 10


def test_several_solutions_are_told_apart_by_an_input_and_an_answer_settles_it(toolbox):
    spec = PythonSpec(DOUBLE.signature, examples=(Example(Call((2,)), Outcome(4)),))
    task = Task("ambiguous", "", "python", spec, ("unit-tests",))
    square = "def double(x):\n    return x * x\n"
    solution, memory = run([square, RIGHT], toolbox, task=task)
    assert solution.candidate.source == square
    (remark,) = [r for r in memory.of(Remark) if r.kind == "ambiguous"]
    assert remark.text.count("double(") == 1

    def ask(ambiguity):
        (value,) = ambiguity.call.args
        assert len({o.value for o in ambiguity.outcomes}) == 2
        return Example(ambiguity.call, Outcome(2 * value), origin="user")

    solution, _ = run([square, RIGHT], toolbox, task=task, ask=ask)
    assert solution.candidate.source == RIGHT


def test_the_assurance_asked_for_is_not_given_up(toolbox):
    task = Task("proved", "", "python", DOUBLE, ("unit-tests",), assurance=Assurance.PROVED)
    solution, _ = run([RIGHT], toolbox, task=task)
    assert not solution.solved
    assert solution.candidate.source == RIGHT


def test_an_objective_is_minimised_among_solutions(toolbox):
    task = Task("short", "", "python", DOUBLE, ("unit-tests",), objective="length")
    long = "def double(x):\n    result = x + x\n    return result\n"
    solution, _ = run([long, RIGHT, WRONG], toolbox, task=task)
    assert solution.reason == "solved"
    assert solution.candidate.source == RIGHT


@pytest.mark.parametrize("kind", ["strategy", "policy"])
def test_unknown_names_are_bad_input_that_lists_the_known(kind, toolbox):
    settings = SearchSettings(**{kind: "nonsense"})
    with pytest.raises(BadInput, match="known: "):
        solve(TASK, settings, Budget(seconds=1.0), Host(Memory(), toolbox))


def test_checkpoints_keep_ids_only_and_do_not_grow(toolbox, tmp_path):
    path = tmp_path / "checkpoints.sqlite"
    sizes = []
    for count in (5, 300):
        sources = [f"def double(x):\n    return x - {i}  # {'long ' * 50}\n" for i in range(1, count)]
        run(sources, toolbox, checkpoint_path=str(path), run_id=f"run-{count}")
        sizes.append(path.stat().st_size)
    assert sizes[1] < 2 * sizes[0] + 10_000


def test_each_node_added_below_a_parent_shares_its_prior(toolbox):
    _, memory = run([WRONG, CLOSE], toolbox)
    assert sum(e.prior for e in memory.of(NodeAdded)) == pytest.approx(1.0)
    assert isinstance(Proposals().items, tuple)
