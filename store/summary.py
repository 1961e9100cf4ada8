"""What a listing shows of a run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from proofsmith.budget import Spend
from proofsmith.types import Assurance, Status


@dataclass(frozen=True)
class RunSummary:
    """A run in one line.

    Attributes:
        id: the run's id.
        task: the task's id.
        status: ``"running"`` (a live process holds it), ``"stopped"`` (its process is gone; it can
            be continued), ``"solved"``, ``"unsolved"``, ``"interrupted"`` or ``"failed"``.
        reason: as in `RunFinished`; empty while the run has not finished.
        verdict, assurance, score: of the best node, ``None`` if nothing was judged.
        best: the best node; `candidate` is the hash of its program.
        started, finished: in UTC.
        spend: what the run has used, all sittings together. While it runs, up to a second old.
        seed: the run's random seed.
        version: of Proofsmith, when the run started.
    """

    id: str
    task: str
    status: str
    reason: str
    verdict: Status | None
    assurance: Assurance | None
    score: float | None
    best: int | None
    candidate: str | None
    started: datetime
    finished: datetime | None
    spend: Spend
    strategy: str
    policy: str
    seed: int
    version: str

    @property
    def seconds(self) -> float:
        """Wall-clock seconds used."""
        return self.spend.seconds

    @property
    def candidates(self) -> int:
        """Programs proposed."""
        return self.spend.candidates

    @property
    def verifier_calls(self) -> int:
        """Verdicts asked for."""
        return self.spend.verifier_calls


def summary_of(row: Any, task: str, alive: bool) -> RunSummary:
    """Return the summary of a row of ``runs``; `alive` says whether a live process holds the run."""
    status = row["status"]
    if status == "running" and not alive:
        status = "stopped"
    finished = row["finished"]
    return RunSummary(
        id=row["id"],
        task=task,
        status=status,
        reason=row["reason"],
        verdict=None if row["best_status"] is None else Status(row["best_status"]),
        assurance=None if row["best_assurance"] is None else Assurance(row["best_assurance"]),
        score=row["best_score"],
        best=row["best_node"],
        candidate=row["best_candidate"],
        started=datetime.fromtimestamp(row["started"], UTC),
        finished=None if finished is None else datetime.fromtimestamp(finished, UTC),
        spend=spend_of(row),
        strategy=row["strategy"],
        policy=row["policy"],
        seed=int(row["seed"]),
        version=row["version"],
    )


def spend_of(row: Any) -> Spend:
    """Return what a row of ``runs`` says was used."""
    return Spend(
        row["seconds"],
        row["candidates"],
        row["verifier_calls"],
        row["model_calls"],
        row["tokens"],
        row["cost"],
    )
