"""Monte Carlo tree search with PUCT selection and progressive widening.

At every node the choice is among its children and expanding the node itself once more (the
"widen" action of VerMCTS, Brandfonbrener et al. 2024). All are scored by PUCT (Silver et al. 2017):

    Q(a) + c * p(a) * sqrt(N) / (1 + n(a))

where N counts the node's visits and n(a) the action's. Rewards lie in [0, 1]; Q is the mean of
the rewards backed up (``Mcts``). A child that was never visited is valued like its parent.
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
    """PUCT with mean backup.

    Attributes:
        exploration: the constant c.
        widen_prior: prior of expanding a node once more, relative to its children's sum of 1.
    """

    exploration: float = 0.7
    widen_prior: float = 0.5
    name: str = "mcts"

    def select(self, tree: Tree, rng: random.Random) -> int | None:
        """Walk down from the root by PUCT to the node to expand; ties go to the first made."""
        return walk(tree, self._choose)

    def backup(self, tree: Tree, node: int, reward: float) -> tuple[Update, ...]:
        """Add `reward` to the mean of every node from `node` up to the root."""
        return tuple(
            Update(n.id, n.visits + 1, n.value + (reward - n.value) / (n.visits + 1))
            for n in reversed(tree.path(node))
        )

    def _choose(self, tree: Tree, node: Node, open_children: list[int]) -> int:
        scale = self.exploration * math.sqrt(node.visits + 1)
        best, best_score = EXPAND, -math.inf
        if not node.exhausted:
            best_score = node.value + scale * self.widen_prior / (1 + node.expansions)
            if node.expansions == 0:
                return EXPAND
        for child in open_children:
            c = tree[child]
            value = c.value if c.visits else node.value
            score = value + scale * c.prior / (1 + c.visits)
            if score > best_score:
                best, best_score = child, score
        return best


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
