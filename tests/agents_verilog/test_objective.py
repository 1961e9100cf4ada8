"""What a search with something to minimise backs up, and that it goes on below what was accepted."""

from __future__ import annotations

import pytest

from proofsmith.agents import critic
from proofsmith.agents.search.mcts import Mcts
from proofsmith.budget import Budget
from proofsmith.events import BackedUp, Expanded, NodeAdded, NodeJudged, RunStarted
from proofsmith.logic_spec import SygusSpec
from proofsmith.tree import Tree
from proofsmith.types import Assurance, Candidate, Proposal, Status, Task, Verdict

PASS = Verdict(Status.PASS, "v", Assurance.PROVED, score=1.0)
FAIL = Verdict(Status.FAIL, "v", score=0.9)


def test_the_reward_orders_by_acceptance_then_by_the_measure():
    def worth(measure: float) -> float:
        value = critic.objective_reward(PASS, measure, 100.0)
        assert value is not None
        return value

    rejected = critic.objective_reward(FAIL, 1.0, 100.0)
    assert rejected is not None
    assert 0 < rejected < 0.5
    values = [worth(m) for m in (1e9, 200, 110, 100, 95, 90, 50, 0)]
    assert values == sorted(values)
    assert values[0] >= 0.5
    assert worth(100) == pytest.approx(0.75)
    assert values[-1] == 1.0
    assert critic.objective_reward(PASS, 9, 10) == pytest.approx(critic.objective_reward(PASS, 90, 100))
    assert critic.objective_reward(Verdict(Status.ERROR, "v"), 1.0, 1.0) is None
    assert critic.objective_reward(PASS, 0.0, 0.0) == 0.75


@pytest.mark.parametrize(("objective", "open_below"), [("area", True), (None, False)])
def test_what_passed_may_be_improved_only_where_something_is_minimised(objective, open_below):
    task = Task("t", "", "verilog", SygusSpec(""), ("v",), objective=objective)
    tree = Tree()
    tree.apply(RunStarted(task, "mcts", "p", 0, Budget(), "0"))
    tree.apply(NodeAdded(1, 0, Proposal(Candidate("a", "verilog")), 1.0))
    tree.apply(Expanded(0, exhausted=True))
    tree.apply(NodeJudged(1, PASS))
    tree.apply(BackedUp(1, 0.75, Mcts().backup(tree, 1, 0.75)))
    assert tree.is_open(1) is open_below
    assert tree[1].reward == 0.75
    tree.apply(Expanded(1, exhausted=True))
    assert not tree.is_open(1)
