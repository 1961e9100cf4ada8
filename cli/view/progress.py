"""The state behind every view: the tree of the run so far, its last counterexample and remarks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from proofsmith.budget import Budget, Spend
from proofsmith.events import Event, ExampleLearnt, NodeAdded, NodeJudged, Remark, RunResumed, RunStarted
from proofsmith.tree import Tree
from proofsmith.types import Candidate, Counterexample


class Progress:
    """A recorder that folds the events of one run. Written by the search, read by a drawing thread.

    Args:
        clock: seconds, for the time shown.
        began: what the clock showed when the work began; now, if that is not given.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, began: float | None = None) -> None:
        self._lock = threading.Lock()
        self._clock = clock
        self._began = clock() if began is None else began
        self._earlier = 0.0
        self.tree = Tree()
        self.budget = Budget()
        self.counterexample: Counterexample | None = None
        self.latest: int | None = None
        self.learnt = 0
        self.remarks: list[Remark] = []
        self.notice = ""
        self._candidates = 0
        self._calls = 0

    def record(self, event: Event) -> None:
        """Take one event."""
        self.record_all((event,))

    def record_all(self, events: Sequence[Event]) -> None:
        """Take several events, in order."""
        with self._lock:
            for event in events:
                self._take(event)

    def replay(self, events: Sequence[Event]) -> None:
        """Take the events of an earlier sitting; time already used is shown as used."""
        self.record_all(events)
        self._earlier = self.tree.spent.seconds

    @contextmanager
    def reading(self) -> Iterator[Progress]:
        """Hold back the search for as long as a drawing function looks at the state."""
        with self._lock:
            yield self

    @property
    def spent(self) -> Spend:
        """What was used so far: the clock, and counts taken from the events themselves."""
        if self.tree.finished is not None:
            return self.tree.finished.spend
        spent = self.tree.spent
        return replace(spent, seconds=self.seconds, candidates=self._candidates, verifier_calls=self._calls)

    @property
    def seconds(self) -> float:
        """Wall-clock seconds used so far, with those of earlier sittings."""
        return self._earlier + self._clock() - self._began

    @property
    def best(self) -> Candidate | None:
        """The best program so far."""
        if self.tree.best is None:
            return None
        proposal = self.tree[self.tree.best].proposal
        return None if proposal is None else proposal.candidate

    def _take(self, event: Event) -> None:
        self.tree.apply(event)
        match event:
            case RunStarted() | RunResumed():
                self.budget = event.budget
            case NodeAdded():
                self._candidates += event.proposal.candidate is not None
            case NodeJudged():
                self._calls += sum(verdict.verifier != "guard" for verdict in event.verdicts)
                self.latest = event.node
                if event.verdict.counterexample is not None:
                    self.counterexample = event.verdict.counterexample
            case ExampleLearnt():
                self.learnt += 1
            case Remark():
                self.remarks.append(event)
            case _:
                pass
