"""Monte Carlo tree search with a hybrid value, after I-MCTS (Liang et al. 2025).

A node that was never tried is worth what a model thinks of it; the more often it was tried, the more
its measured rewards count:

    V = w * estimate + (1 - w) * measured,    w = trust / (n + trust)

where n counts its visits. Without an estimate it is worth what it is in `Mcts`.
"""

from __future__ import annotations

from dataclasses import dataclass

from proofsmith.agents.search.mcts import Mcts
from proofsmith.tree import Node


@dataclass(frozen=True)
class HybridMcts(Mcts):
    """PUCT on hybrid values.

    Attributes:
        trust: visits after which measured rewards count as much as the estimate.
    """

    trust: float = 0.2
    name: str = "i-mcts"

    def _outlook(self, child: Node, here: float) -> float:
        measured = super()._outlook(child, here)
        if child.estimate is None:
            return measured
        weight = self.trust / (child.visits + self.trust)
        return weight * child.estimate + (1 - weight) * measured
