"""What rules have gained: measured in this run, or estimated from accepted designs of earlier ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from proofsmith.protocols import NodeView
from proofsmith.tree import Node
from proofsmith.types import Status

_PRIOR = 2.0
"""So many measurements weigh as much as what the rule promises."""
_LEAST, _MOST = 0.4, 2.5
_FULL = 0.05
"""Share of the objective whose loss doubles the promise of a rule."""


class Gains:
    """Mean gain of each rule over the design that it was applied to.

    Args:
        earlier: gains of rules in earlier runs.
    """

    def __init__(self, earlier: Mapping[str, Sequence[float]] | None = None) -> None:
        self._seen: set[int] = set()
        self._gains: dict[str, list[float]] = defaultdict(list)
        for rule, gains in (earlier or {}).items():
            self._gains[rule] += gains

    def learn(self, view: NodeView, objective: str) -> None:
        """Take in what is measured of the nodes in view, each once."""
        for parent, child in zip(view.path, view.path[1:], strict=False):
            self._take(parent, child, objective)
        for child in view.children:
            self._take(view.node, child, objective)
        for sibling in view.siblings if len(view.path) > 1 else ():
            self._take(view.path[-2], sibling, objective)

    def _take(self, parent: Node, child: Node, objective: str) -> None:
        if child.id in self._seen or child.proposal is None or child.verdict is None:
            return
        before = None if parent.verdict is None else dict(parent.verdict.metrics).get(objective)
        if not before or child.verdict.status is Status.ERROR:
            return
        self._seen.add(child.id)
        after = dict(child.verdict.metrics).get(objective, before)
        self._gains[child.proposal.operator].append((before - after) / before)

    def factor(self, rule: str) -> float:
        """How much more (or less) to expect of a rule than its weight says; 1 where nothing is known."""
        measured = self._gains.get(rule)
        if not measured:
            return 1.0
        mean = sum(measured) / (len(measured) + _PRIOR)
        doubt = _PRIOR / (len(measured) + _PRIOR)
        return min(_MOST, max(_LEAST, doubt + (1 - doubt) * (0.5 + mean / _FULL)))
