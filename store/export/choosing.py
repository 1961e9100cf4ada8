"""Which solutions of a task are exported, and how many."""

from __future__ import annotations

import math

from proofsmith.store.export.request import ExportRequest
from proofsmith.store.export.reverify import Approver
from proofsmith.store.export.survey import Solution, Survey


class Chooser:
    """Chooses distinct, approved solutions.

    Of near-duplicates one is kept. Surer ones come first, then those that are better by the task's
    objective, if it has one, then shorter or faster ones (``prefer``;
    preferring the quick teaches it, after active inheritance, Shimabucoro et al. 2024). With ``balance``
    a harder task gives more of its solutions (after DART-Math's Prop2Diff, Tong et al. 2024).
    """

    def __init__(self, survey: Survey, approver: Approver, request: ExportRequest) -> None:
        self._survey, self._approver, self._request = survey, approver, request
        rates = (pool.pass_rate for pool in survey.pools)
        self._hardest = max((1 - rate for rate in rates if rate is not None), default=0.0)

    def quota(self, pool: int) -> int:
        """Return how many solutions a task may give."""
        most = self._request.solutions
        if self._request.balance != "difficulty" or self._hardest <= 0:
            return most
        rate = self._survey.pools[pool].pass_rate
        hardness = 0.0 if rate is None else 1 - rate
        return max(1, math.ceil(most * hardness / self._hardest))

    def choose(self, pool: int, quota: int | None = None) -> list[Solution]:
        """Return the solutions of a task to export, at most `quota` of them (its own by default)."""
        quota = self.quota(pool) if quota is None else quota
        chosen: list[Solution] = []
        clusters: set[str] = set()
        tally = self._survey.source.tally
        for solution in sorted(self._survey.solutions.get(pool, ()), key=self._order):
            if len(chosen) == quota:
                break
            cluster = self._survey.cluster(solution.hash)
            if cluster in clusters:
                tally.counts["near-duplicates"] += 1
                continue
            if self._approved(solution):
                clusters.add(cluster)
                chosen.append(solution)
        return chosen

    def _order(self, solution: Solution) -> tuple[float, ...]:
        measure = solution.seconds if self._request.prefer == "fast" else solution.size
        return (
            -solution.assurance.rank,
            solution.cost,
            measure,
            solution.size,
            solution.place.run,
            solution.place.node,
        )

    def _approved(self, solution: Solution) -> bool:
        candidate = self._survey.source.candidate(solution.hash)
        return candidate is not None and self._approver.approve(solution.place, candidate, solution.assurance)
