"""Tree search with a soft value backup, after Diffusion Tree Sampling (Jain et al. 2025).

The value of a node is the soft maximum of what was found below it,

    V = log( mean( exp(beta * V_child) ) ) / beta,

over its children weighted by visits and its own rewards, so that earlier rollouts are reused at
every step and the estimate sharpens with time. `DiffusionTreeSampling` draws the next node in
proportion to ``prior * exp(beta * V)``, which samples programs in proportion to their reward;
`DiffusionTreeSearch` (the paper's greedy variant, DTS*) takes the best.

The soft mean over all rewards in a subtree equals the visit-weighted soft mean of its parts, so a
backup needs one exponential per ancestor and no look at siblings.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from proofsmith.agents.search.mcts import EXPAND, walk
from proofsmith.tree import Node, Tree, Update


@dataclass(frozen=True)
class DiffusionTreeSampling:
    """Soft backup; children drawn from the Boltzmann distribution over their values.

    Attributes:
        beta: inverse temperature; 0 would be the mean, infinity the maximum.
        widening: a node is expanded while its expansions are at most ``(visits + 1) ** widening``.
    """

    beta: float = 30.0
    widening: float = 0.5
    name: str = "dts"

    def select(self, tree: Tree, rng: random.Random) -> int | None:
        """Walk down from the root, drawing each step with `rng`."""

        def choose(tree: Tree, node: Node, open_children: list[int]) -> int:
            if not open_children or self._widen(node):
                return EXPAND
            weights = [
                tree[c].prior * math.exp(self.beta * self._value(tree[c], node)) for c in open_children
            ]
            return rng.choices(open_children, weights)[0]

        return walk(tree, choose)

    def backup(self, tree: Tree, node: int, reward: float) -> tuple[Update, ...]:
        """Take `reward` into the soft mean of every node from `node` up to the root."""
        updates = []
        for n in reversed(tree.path(node)):
            old, new = math.exp(self.beta * (n.value - 1)), math.exp(self.beta * (reward - 1))
            mean = old + (new - old) / (n.visits + 1) if n.visits else new
            value = min(1.0, max(0.0, 1 + math.log(mean) / self.beta))
            updates.append(Update(n.id, n.visits + 1, value, max(n.best, reward)))
        return tuple(updates)

    def _widen(self, node: Node) -> bool:
        return not node.exhausted and node.expansions <= (node.visits + 1) ** self.widening - 1

    def _value(self, child: Node, parent: Node) -> float:
        return child.value if child.visits else parent.value


@dataclass(frozen=True)
class DiffusionTreeSearch(DiffusionTreeSampling):
    """Soft backup; the best child is taken, with an upper confidence bonus (DTS*).

    Attributes:
        exploration: weight of the bonus ``p * sqrt(N) / (1 + n)``, p adding up to 1 over the children.
    """

    exploration: float = 0.2
    name: str = "dts-greedy"

    def select(self, tree: Tree, rng: random.Random) -> int | None:
        """Walk down from the root by the highest soft value and bonus; ties go to the first made."""

        def choose(tree: Tree, node: Node, open_children: list[int]) -> int:
            if not open_children or self._widen(node):
                return EXPAND
            scale = self.exploration * math.sqrt(node.visits + 1) / (tree.open_prior(node.id) or 1.0)

            def score(child: int) -> float:
                c = tree[child]
                return self._value(c, node) + scale * c.prior / (1 + c.visits)

            return max(open_children, key=score)

        return walk(tree, choose)
