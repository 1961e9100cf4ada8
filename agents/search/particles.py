"""Particle filtering over candidate states (Puri et al. 2025), with verifier scores as likelihoods.

A generation of particles is the nodes of one depth. The parent of each new particle is drawn from the
generation before in proportion to ``p / (1 - p)`` (a softmax over logits), where p is its score; so
promising states get many offspring, poor ones few but not none. When the last generation is full,
another sweep begins: every generation gets as many particles again, drawn among all that are there.
What was best stays among them, as the reference trajectory does in particle Gibbs.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from proofsmith.agents.search.beam import worth
from proofsmith.agents.search.mcts import mean_backup
from proofsmith.tree import ROOT, Tree, Update

_LEAST = 0.02
"""Scores are kept this far from 0 and 1, where logits are infinite."""


@dataclass(frozen=True)
class ParticleFilter:
    """See the module.

    Attributes:
        particles: particles of a generation and sweep.
        generations: generations of a sweep.
    """

    particles: int = 8
    generations: int = 12
    name: str = "particles"

    def select(self, tree: Tree, rng: random.Random) -> int | None:
        """Draw the parent of the next particle with `rng`."""
        if not tree.is_open(ROOT):
            return None
        wanted = self.particles * (1 + (len(tree) - 1) // (self.particles * self.generations))
        parents: list[int] = []
        for depth in range(self.generations):
            here = [n for n in tree.at_depth(depth) if tree.is_open(n) and not tree[n].exhausted]
            parents += here
            if here and len(tree.at_depth(depth + 1)) < wanted:
                return _drawn(tree, here, rng)
        if parents:
            return _drawn(tree, parents, rng)
        return next((n.id for n in tree if not n.exhausted and tree.is_open(n.id)), None)

    def backup(self, tree: Tree, node: int, reward: float) -> tuple[Update, ...]:
        """Keep counts and means for display; selection looks at scores only."""
        return mean_backup(tree, node, reward)


def _drawn(tree: Tree, nodes: list[int], rng: random.Random) -> int:
    shares = [min(1 - _LEAST, max(_LEAST, worth(tree[n]))) for n in nodes]
    return rng.choices(nodes, [p / (1 - p) for p in shares])[0]
