"""Best-of-n: independent proposals, the honest baseline that every search must beat.

Nothing that was learnt about one candidate changes which is tried next. Where a policy's first
answer at the root is thoughts, they take turns in proportion to their priors and each is expanded afresh.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from proofsmith.agents.search.mcts import mean_backup
from proofsmith.tree import ROOT, Tree, Update


@dataclass(frozen=True)
class BestOfN:
    """Expand the root, or a thought below it; never a candidate."""

    name: str = "best-of-n"

    def select(self, tree: Tree, rng: random.Random) -> int | None:
        """Return the thought that is furthest behind its share, or the root if there are none."""
        children = tree.children(ROOT)
        planned = bool(children) and tree[children[0]].is_thought
        open_thoughts = [c for c in children if not tree[c].exhausted] if planned else []
        if not open_thoughts:
            return None if tree[ROOT].exhausted else ROOT
        return min(open_thoughts, key=lambda t: ((tree[t].expansions + 1) / tree[t].prior, t))

    def backup(self, tree: Tree, node: int, reward: float) -> tuple[Update, ...]:
        """Keep counts and means for display; selection does not look at them."""
        return mean_backup(tree, node, reward)
