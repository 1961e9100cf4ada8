"""Value-guided step-level beam search, after AlphaMath (Chen et al. 2024).

The tree is grown level by level. Each node of the beam gets some children; of all that came out of a level
the most valuable go on. A judged program is worth its score, anything else what a model thinks of it,
or its prior. When the beam has come to its end without a solution, nodes that it went through are
expanded again, the least expanded first, so that a budget that is left is used.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from proofsmith.agents.search.mcts import mean_backup
from proofsmith.tree import ROOT, Node, Tree, Update


@dataclass(frozen=True)
class BeamSearch:
    """See the module.

    Attributes:
        beam: nodes of a level that are expanded.
        samples: children of each.
        depth: levels.
    """

    beam: int = 3
    samples: int = 4
    depth: int = 12
    name: str = "beam"

    def select(self, tree: Tree, rng: random.Random) -> int | None:
        """Return the next node of the beam, or the least expanded one where the beam has ended."""
        level, seen = [ROOT], []
        for _ in range(self.depth):
            for node in level:
                tried = max(tree[node].expansions, len(tree.children(node)))
                if tried < self.samples and not tree[node].exhausted:
                    return node
            seen += level
            below = [child for node in level for child in tree.open_children(node)]
            level = sorted(below, key=lambda n: (-worth(tree[n]), n))[: self.beam]
            if not level:
                break
        again = [n for n in seen if not tree[n].exhausted]
        if again:
            return min(again, key=lambda n: (tree[n].expansions, -worth(tree[n]), n))
        return next((n.id for n in tree if not n.exhausted and tree.is_open(n.id)), None)

    def backup(self, tree: Tree, node: int, reward: float) -> tuple[Update, ...]:
        """Keep counts and means: they are the process values of steps, for display and export."""
        return mean_backup(tree, node, reward)


def worth(node: Node) -> float:
    """What a node promises, in [0, 1], before anything below it was tried."""
    if node.verdict is not None:
        return node.verdict.score
    return node.prior if node.estimate is None else node.estimate
