"""Progress as plain lines on standard error: one for each thing worth knowing."""

from __future__ import annotations

import sys

from proofsmith.cli.view.base import Lines
from proofsmith.cli.view.progress import Progress
from proofsmith.cli.view.text import budget_text, one_line, spend_text, verdict_detail, verdict_words
from proofsmith.events import (
    Event,
    ExampleLearnt,
    NodeAdded,
    NodeJudged,
    Remark,
    RunFinished,
    RunResumed,
    RunStarted,
    ThoughtRevised,
)
from proofsmith.types import Status

_SILENCE = 10.0
"""Seconds without a line after which one says that the search goes on."""


class PlainView(Lines):
    """Writes lines as events come. Nothing is redrawn, so that it reads well in a log file."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        best = None if progress.tree.best is None else progress.tree[progress.tree.best].verdict
        self._score = 0.0 if best is None else best.score
        self._spoke = progress.seconds

    def record(self, event: Event) -> None:
        """Take one event."""
        self._progress.record(event)
        text = self._line(event)
        now = self._progress.seconds
        if not text and now - self._spoke > _SILENCE:
            text = f"searching: {spend_text(self._progress.spent)}"
        if text:
            self._spoke = now
            print(f"{now:7.1f} s  {one_line(text, 160)}", file=sys.stderr, flush=True)

    def _line(self, event: Event) -> str:
        match event:
            case RunStarted():
                limits = budget_text(event.budget) or "no limits"
                return f"{event.task.id}: {event.strategy}, {event.policy}, seed {event.seed}; {limits}"
            case RunResumed():
                return f"resumed; {budget_text(event.budget) or 'no limits'}"
            case NodeAdded() if event.proposal.candidate is None:
                return f"thought {event.node}: {event.proposal.thought or event.proposal.operator}"
            case ThoughtRevised():
                return f"thought {event.node} rewritten ({event.wrong}): {event.thought}"
            case NodeJudged():
                return self._judged(event)
            case ExampleLearnt():
                call, expected = event.example.call, event.example.expected
                return f"learnt: {call.render('f')} -> {expected.render()}"
            case Remark():
                return f"{event.kind}: {event.text}"
            case RunFinished():
                return f"{event.reason}; {spend_text(event.spend, self._progress.tree.unpriced)}"
            case _:
                return ""

    def _judged(self, event: NodeJudged) -> str:
        verdict = event.verdict
        if verdict.status is not Status.ERROR and verdict.score <= self._score:
            return ""
        self._score = max(self._score, verdict.score)
        detail = verdict_detail(verdict)
        words = f"candidate {event.node}: {verdict_words(verdict)}, score {verdict.score:.2f}"
        return f"{words}; {detail}" if detail else words
