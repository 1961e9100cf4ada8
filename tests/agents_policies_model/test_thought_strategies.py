"""What the strategies for thoughts and steps do that the others do not."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from proofsmith.agents.search.beam import BeamSearch
from proofsmith.agents.search.hybrid import HybridMcts
from proofsmith.agents.search.mcts import Mcts
from proofsmith.agents.search.particles import ParticleFilter
from proofsmith.agents.search.rethink import RethinkMcts
from proofsmith.events import BackedUp, Expanded, NodeAdded, NodeJudged, ThoughtRevised, ValueEstimated
from proofsmith.tree import ROOT, Tree
from proofsmith.types import Candidate, Proposal, Status, Verdict


def grown(scores, estimates=(), parent=ROOT, tree=None):
    """A tree with a judged child for each score below `parent`, or a thought where it is None."""
    tree = tree or Tree()
    first = len(tree)
    for i, score in enumerate(scores):
        program = None if score is None else Candidate(str(first + i))
        tree.apply(NodeAdded(first + i, parent, Proposal(program, thought=f"t{i}"), 1 / len(scores)))
        if score is not None:
            tree.apply(NodeJudged(first + i, Verdict(Status.FAIL, "test", score=score)))
    for i, value in enumerate(estimates):
        tree.apply(ValueEstimated(first + i, value))
    tree.apply(Expanded(parent, exhausted=True))
    return tree


def test_an_estimate_leads_until_rewards_are_measured():
    tree = grown([None, None], [0.1, 0.9])
    hybrid = HybridMcts()
    assert hybrid.select(tree, random.Random(0)) == 2
    for _ in range(4):
        tree.apply(BackedUp(2, 0.0, hybrid.backup(tree, 2, 0.0)))
        tree.apply(BackedUp(1, 0.3, hybrid.backup(tree, 1, 0.3)))
    assert hybrid.select(tree, random.Random(0)) == 1


def test_without_estimates_the_hybrid_is_plain_mcts():
    tree = grown([0.2, 0.7, 0.4])
    for node in (1, 2, 3):
        score = tree[node].verdict.score
        tree.apply(BackedUp(node, score, Mcts().backup(tree, node, score)))
    assert HybridMcts().select(tree, random.Random(0)) == Mcts().select(tree, random.Random(0))


def test_returns_are_discounted_maxima():
    tree = grown([None])
    grown([0.8, 0.2], parent=1, tree=tree)
    strategy = RethinkMcts()
    for node in (2, 3):
        score = tree[node].verdict.score
        tree.apply(BackedUp(node, score, strategy.backup(tree, node, score)))
    assert tree[2].value == 0.8
    assert tree[1].value == pytest.approx(0.72)
    assert tree[ROOT].value == pytest.approx(0.648)


def test_the_beam_goes_on_with_the_most_valuable_of_a_level():
    tree = grown([0.1, 0.9, 0.5, 0.8])
    beam = BeamSearch(beam=2, samples=1)
    order = []
    for _ in range(2):
        order.append(beam.select(tree, random.Random(0)))
        grown([0.3, 0.2], parent=order[-1], tree=tree)
    assert order == [2, 4]
    assert tree[beam.select(tree, random.Random(0))].parent in order


def test_the_beam_takes_estimates_for_thoughts():
    tree = grown([None, None, None], [0.2, 0.9, 0.4])
    assert BeamSearch(beam=1).select(tree, random.Random(0)) == 2


def test_a_beam_that_ended_uses_the_rest_of_the_budget():
    tree = Tree()
    tree.apply(Expanded(ROOT))
    tree.apply(Expanded(ROOT))
    tree.apply(Expanded(ROOT))
    tree.apply(Expanded(ROOT))
    assert BeamSearch().select(tree, random.Random(0)) == ROOT
    tree.apply(Expanded(ROOT, exhausted=True))
    assert BeamSearch().select(tree, random.Random(0)) is None


def test_particles_are_drawn_in_proportion_to_their_odds():
    tree = grown([0.8, 0.2, 0.5], [])
    drawn = Counter(ParticleFilter(particles=8).select(tree, random.Random(seed)) for seed in range(2000))
    odds = {1: 4.0, 2: 0.25, 3: 1.0}
    for node, weight in odds.items():
        assert drawn[node] / 2000 == pytest.approx(weight / sum(odds.values()), abs=0.04)


def test_a_generation_is_filled_before_the_next():
    tree = grown([0.5] * 4)
    strategy = ParticleFilter(particles=4, generations=3)
    depths = []
    for seed in range(8):
        node = strategy.select(tree, random.Random(seed))
        depths.append(tree[node].depth)
        new = len(tree)
        tree.apply(NodeAdded(new, node, Proposal(Candidate(str(new))), 1.0))
        tree.apply(NodeJudged(new, Verdict(Status.FAIL, "test", score=0.5)))
        tree.apply(Expanded(node))
    assert depths == [1, 1, 1, 1, 2, 2, 2, 2]


def test_a_revised_thought_keeps_its_place_and_its_statistics():
    tree = grown([None, None])
    tree.apply(BackedUp(1, 0.5, Mcts().backup(tree, 1, 0.5)))
    before = tree[1]
    tree.apply(ThoughtRevised(1, "better", "what was wrong"))
    after = tree[1]
    assert (after.proposal.thought, after.revisions) == ("better", 1)
    assert (after.visits, after.value, after.prior) == (before.visits, before.value, before.prior)
    with pytest.raises(ValueError, match="no thought"):
        grown([0.5]).apply(ThoughtRevised(1, "x"))
