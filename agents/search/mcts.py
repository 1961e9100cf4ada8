"""Monte Carlo tree search with PUCT selection and progressive widening.

At every node the choice is among its children and expanding the node itself once more (the
"widen" action of VerMCTS, Brandfonbrener et al. 2024). All are scored by PUCT (Silver et al. 2017):

    Q(a) + c * p(a) * sqrt(N) / (1 + n(a))

where N counts the node's visits, n(a) the action's, and priors p add up to 1 over the node's
actions. Rewards lie in [0, 1] and verdicts are deterministic, so what can still come out of a
program is told by the best below it as much as by the average: Q of a program is half the mean and
half the maximum of the rewards backed up through it. Q of what was not judged itself (a thought) is
the mean alone: each of its expansions is a fresh draw. Expanding a program is worth what the
program itself is worth.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass

from proofsmith.tree import ROOT, Node, Tree, Update

EXPAND = -1
"""The action of expanding the node itself, among the ids of its children."""

Choose = Callable[[Tree, Node, list[int]], int]
"""A choice: (tree, node, its open children) to an id or ``EXPAND``, never ``EXPAND`` where exhausted."""


@dataclass(frozen=True)
class Mcts:
    """PUCT with a blend of mean and maximum.

    Attributes:
        exploration: the constant c.
        widen_prior: weight of expanding a node once more, where its children's priors weigh as they are.
        optimism: share of the maximum in a program's value.
    """

    exploration: float = 0.25
    widen_prior: float = 1.0
    optimism: float = 0.5
    name: str = "mcts"

    def select(self, tree: Tree, rng: random.Random) -> int | None:
        """Walk down from the root by PUCT to the node to expand; ties go to the first made."""
        return walk(tree, self._choose)

    def backup(self, tree: Tree, node: int, reward: float) -> tuple[Update, ...]:
        """Take `reward` into mean and maximum of every node from `node` up to the root."""
        return mean_backup(tree, node, reward)

    def _choose(self, tree: Tree, node: Node, open_children: list[int]) -> int:
        if not node.exhausted and node.expansions == 0:
            return EXPAND
        scale = self.exploration * math.sqrt(node.visits + 1) / (self.widen_prior + tree.open_prior(node.id))
        best, best_score = EXPAND, -math.inf
        if not node.exhausted:
            own = node.value if node.reward is None else node.reward
            best_score = own + scale * self.widen_prior / (1 + node.expansions)
        here = self._value(node)
        for child in open_children:  # may be a thousand
            c = tree[child]
            visits = c.visits
            score = self._outlook(c, here) + scale * c.prior / (1 + visits)
            if score > best_score:
                best, best_score = child, score
        return best

    def _outlook(self, child: Node, here: float) -> float:
        """What a child is worth: as its parent (`here`) until it was visited."""
        return self._value(child) if child.visits else here

    def _value(self, node: Node) -> float:
        if node.verdict is None:
            return node.value
        return self.optimism * node.best + (1 - self.optimism) * node.value


def mean_backup(tree: Tree, node: int, reward: float) -> tuple[Update, ...]:
    """Return the updates that take `reward` into mean and maximum from `node` up to the root."""
    return tuple(
        Update(n.id, n.visits + 1, n.value + (reward - n.value) / (n.visits + 1), max(n.best, reward))
        for n in reversed(tree.path(node))
    )


def walk(tree: Tree, choose: Choose) -> int | None:
    """Descend from the root, asking `choose` at each node, until it says to expand."""
    at = ROOT
    if not tree.is_open(at):
        return None
    while True:
        action = choose(tree, tree[at], tree.open_children(at))
        if action == EXPAND:
            return at
        at = action
