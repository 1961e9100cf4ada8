"""Search over thoughts with maximal returns, after RethinkMCTS (Li et al. 2024).

The value of a node is the highest discounted return found below it; a node is expanded until it has
`width` children, and again only when nothing below it is open. Children are chosen by P-UCB with an
exploration weight that grows with the visits:

    Q + (ln((N + 11) / 10) + 4) * p * sqrt(ln N) / (1 + n)

Rewriting a wrong thought in place is the critic's part (`proofsmith.agents.reviewing`).
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from proofsmith.agents.search.mcts import EXPAND, walk
from proofsmith.tree import Node, Tree, Update


@dataclass(frozen=True)
class RethinkMcts:
    """P-UCB on maximal discounted returns.

    Attributes:
        discount: factor for every step between a reward and the node it is backed up to.
        width: children of a node.
        base, start: constants of the exploration weight; `start` as in the paper.
    """

    discount: float = 0.9
    width: int = 3
    base: float = 10.0
    start: float = 4.0
    name: str = "rethink"

    def select(self, tree: Tree, rng: random.Random) -> int | None:
        """Walk down from the root by P-UCB to a node that wants children; ties go to the first made."""
        return walk(tree, self._choose)

    def backup(self, tree: Tree, node: int, reward: float) -> tuple[Update, ...]:
        """Take `reward`, discounted by its distance, into the maximum of every node up to the root."""
        updates = []
        for n in reversed(tree.path(node)):
            distance = tree[node].depth - n.depth
            value = max(n.value, reward * self.discount**distance)
            updates.append(Update(n.id, n.visits + 1, value, max(n.best, reward)))
        return tuple(updates)

    def _choose(self, tree: Tree, node: Node, open_children: list[int]) -> int:
        full = len(tree.children(node.id)) >= self.width or node.expansions >= self.width
        if not node.exhausted and (not full or not open_children):
            return EXPAND
        visits = node.visits + 1
        weight = (math.log((visits + self.base + 1) / self.base) + self.start) * math.sqrt(math.log(visits))
        total = tree.open_prior(node.id) or 1.0

        def score(child: int) -> float:
            c = tree[child]
            return c.value + weight * c.prior / total / (1 + c.visits)

        return max(open_children, key=score)
