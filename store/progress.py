"""A run's summary as a fold over its events; the recorder keeps it up to date as it writes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from proofsmith.budget import Spend
from proofsmith.events import (
    Event,
    ModelCalled,
    NodeAdded,
    NodeJudged,
    RunFinished,
    RunResumed,
    RunStarted,
    Spent,
)
from proofsmith.tree import rank
from proofsmith.types import Verdict


@dataclass
class Known:
    """What the fold remembers of each node: the hash of its program and its latest verdict."""

    programs: dict[int, str] = field(default_factory=dict)
    verdicts: dict[int, Verdict] = field(default_factory=dict)


class Progress(NamedTuple):
    """How far a run has come.

    Attributes:
        seq: number of the next event.
        candidates, verifier_calls: how many there were.
        spent: what else it has used.
        best: the best judged node.
        status, reason, finished: as the run's row has them; "running" until a `RunFinished`.
    """

    seq: int = 0
    candidates: int = 0
    verifier_calls: int = 0
    best: int | None = None
    spent: Spend = Spend()
    status: str = "running"
    reason: str = ""
    finished: float | None = None

    @property
    def spend(self) -> Spend:
        """All that the run has used."""
        return replace(self.spent, candidates=self.candidates, verifier_calls=self.verifier_calls)


def advance(progress: Progress, event: Event, time: float, known: Known) -> Progress:
    """Return the progress after `event`, recorded at `time`; `known` is updated in place."""
    seq, candidates, calls, best, spent, status, reason, finished = progress
    match event:
        case NodeAdded():
            if event.proposal.candidate is not None:
                known.programs[event.node] = event.proposal.candidate.hash
                candidates += 1
        case NodeJudged():
            known.verdicts[event.node] = event.verdict
            calls += len(event.verdicts)
            best = _best(best, event.node, known)
        case ModelCalled():  # its seconds pass within those of the run
            spent += replace(event.reply.spend, seconds=0.0)
        case Spent():
            spent += event.spend
        case RunResumed():
            status, reason, finished = "running", "", None
        case RunFinished():
            status, reason, finished = status_of(event.reason), event.reason, time
            best = best if event.best is None else event.best
            if event.spend != Spend():
                spent = event.spend
                candidates, calls = spent.candidates, spent.verifier_calls
    return Progress(seq + 1, candidates, calls, best, spent, status, reason, finished)


def _best(best: int | None, judged: int, known: Known) -> int:
    verdicts = known.verdicts
    if best == judged:  # judged again: it may have lost its place
        return max(verdicts, key=lambda n: (rank(verdicts[n]), -n))
    if best is None or rank(verdicts[judged]) > rank(verdicts.get(best)):
        return judged
    return best


def status_of(reason: str) -> str:
    """Return the status of a run that finished for `reason` (see `RunFinished`)."""
    if reason in ("solved", "interrupted"):
        return reason
    return "failed" if reason.startswith("failed") else "unsolved"


def start_columns(started: RunStarted) -> dict[str, Any]:
    """Return the columns of ``runs`` that say how the run was started."""
    return {
        "strategy": started.strategy,
        "policy": started.policy,
        "seed": str(started.seed),
        "version": started.version,
    }


def summary_columns(progress: Progress, known: Known) -> dict[str, Any]:
    """Return the columns of ``runs`` that are derived from the events."""
    spend, best = progress.spend, progress.best
    verdict = None if best is None else known.verdicts.get(best)
    assurance = None if verdict is None else verdict.assurance
    return {
        "status": progress.status,
        "reason": progress.reason,
        "finished": progress.finished,
        "best_node": best,
        "best_candidate": None if best is None else known.programs.get(best),
        "best_status": None if verdict is None else verdict.status.value,
        "best_assurance": None if assurance is None else assurance.value,
        "best_score": None if verdict is None else verdict.score,
        "seconds": spend.seconds,
        "candidates": spend.candidates,
        "verifier_calls": spend.verifier_calls,
        "model_calls": spend.model_calls,
        "tokens": spend.tokens,
        "cost": spend.cost,
    }
