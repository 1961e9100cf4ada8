"""The strategies as pure functions: on trees grown at random, and on a tree with one good branch."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofsmith.agents.search.beam import BeamSearch
from proofsmith.agents.search.best_of_n import BestOfN
from proofsmith.agents.search.hybrid import HybridMcts
from proofsmith.agents.search.mcts import Mcts
from proofsmith.agents.search.particles import ParticleFilter
from proofsmith.agents.search.rethink import RethinkMcts
from proofsmith.agents.search.soft import DiffusionTreeSampling, DiffusionTreeSearch
from proofsmith.events import BackedUp, Expanded, NodeAdded, NodeJudged
from proofsmith.protocols import Strategy
from proofsmith.tree import ROOT, Tree
from proofsmith.types import Candidate, Proposal, Status, Verdict

STRATEGIES = [
    Mcts(),
    DiffusionTreeSampling(),
    DiffusionTreeSearch(),
    BestOfN(),
    HybridMcts(),
    RethinkMcts(),
    BeamSearch(),
    ParticleFilter(),
]


def grow(strategy: Strategy, seed: int, rounds: int, reward, width: int = 2, dry: float = 0.2) -> Tree:
    """Grow a tree: each expansion gives `width` children with the reward of their path, or runs dry."""
    rng = random.Random(seed)
    tree = Tree()
    for _ in range(rounds):
        node = strategy.select(tree, rng)
        if node is None:
            break
        assert tree.is_open(node)
        assert not tree[node].exhausted
        made = 0 if tree[node].depth > 3 else width
        first = len(tree)
        for i in range(made):
            proposal = Proposal(Candidate(f"{first + i}"))
            tree.apply(NodeAdded(first + i, node, proposal, 1 / made))
        tree.apply(Expanded(node, exhausted=rng.random() < dry or not made))
        if not made:
            tree.apply(BackedUp(node, 0.0, strategy.backup(tree, node, 0.0)))
        for child in range(first, first + made):
            value = reward(tree, child, rng)
            tree.apply(NodeJudged(child, Verdict(Status.FAIL, "test", score=value)))
            tree.apply(BackedUp(child, value, strategy.backup(tree, child, value)))
    return tree


def any_reward(tree: Tree, node: int, rng: random.Random) -> float:
    return rng.random() * 0.99


@given(seed=st.integers(0, 10_000), rounds=st.integers(0, 60))
@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda s: s.name)
def test_visits_and_values_are_those_of_the_rewards_below(strategy, seed, rounds):
    tree = grow(strategy, seed, rounds, any_reward)
    for node in tree:
        below = sum(tree[c].visits for c in tree.children(node.id))
        assert node.visits >= below
        assert 0.0 <= node.value <= 1.0
    rewards = [n.verdict.score for n in tree if n.verdict]
    dry = tree[ROOT].visits - len(rewards)
    if rewards:
        rewards += [0.0] * dry
        mean = sum(rewards) / len(rewards)
        if isinstance(strategy, DiffusionTreeSampling):
            beta = strategy.beta
            mean = math.log(sum(math.exp(beta * r) for r in rewards) / len(rewards)) / beta
        if isinstance(strategy, RethinkMcts):
            mean = max(n.verdict.score * strategy.discount**n.depth for n in tree if n.verdict)
        assert tree[ROOT].value == pytest.approx(mean, abs=1e-9)


@given(seed=st.integers(0, 10_000))
@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda s: s.name)
def test_the_same_seed_gives_the_same_tree(strategy, seed):
    one, two = (grow(strategy, seed, 40, any_reward) for _ in range(2))
    assert list(one) == list(two)


@given(seed=st.integers(0, 10_000))
@pytest.mark.parametrize("strategy", [s for s in STRATEGIES if s.name != "best-of-n"], ids=lambda s: s.name)
def test_open_children_are_exactly_those_below_which_something_can_be_expanded(strategy, seed):
    tree = grow(strategy, seed, 40, any_reward, dry=0.6)

    def expandable(node: int) -> bool:
        return not tree[node].exhausted or any(expandable(c) for c in tree.children(node))

    for node in tree:
        wanted = [c for c in tree.children(node.id) if expandable(c)]
        assert tree.open_children(node.id) == wanted
    assert (strategy.select(tree, random.Random(0)) is None) == (not expandable(ROOT))


@pytest.mark.parametrize("strategy", [s for s in STRATEGIES if s.name != "best-of-n"], ids=lambda s: s.name)
def test_search_spends_most_of_its_visits_where_the_rewards_are(strategy):
    def reward(tree: Tree, node: int, rng: random.Random) -> float:
        path = tree.path(node)
        good = len(path) > 1 and path[1].id == 2
        return 0.9 if good else 0.1

    tree = grow(strategy, 0, 150, reward, dry=0.0)
    first = [c for c in tree.children(ROOT) if c <= 2]
    visits = {c: tree[c].visits for c in first}
    assert visits[2] > 3 * visits[1]


def test_soft_backup_lies_between_mean_and_maximum():
    rewards = [0.1, 0.2, 0.9]
    tree = Tree()
    strategy = DiffusionTreeSampling()
    for i, value in enumerate(rewards):
        tree.apply(NodeAdded(i + 1, ROOT, Proposal(Candidate(str(i))), 1.0))
        tree.apply(BackedUp(i + 1, value, strategy.backup(tree, i + 1, value)))
    assert sum(rewards) / 3 < tree[ROOT].value < 0.9


def test_best_of_n_takes_thoughts_in_proportion_to_their_priors():
    tree = Tree()
    tree.apply(NodeAdded(1, ROOT, Proposal(None, thought="a"), 0.75))
    tree.apply(NodeAdded(2, ROOT, Proposal(None, thought="b"), 0.25))
    tree.apply(Expanded(ROOT, exhausted=True))
    for _ in range(40):
        node = BestOfN().select(tree, random.Random(0))
        tree.apply(Expanded(node))
    assert (tree[1].expansions, tree[2].expansions) == (30, 10)
