"""Writing a run: every event is committed before `record` returns."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from sqlalchemy import Connection, Engine

from proofsmith.errors import StoreError
from proofsmith.events import Event, ModelCalled, RunFinished, RunResumed, RunStarted, Spent
from proofsmith.store import leases, rows
from proofsmith.store.database import connect, in_plain_words
from proofsmith.store.inserting import PlacedRow, Statements, insert_events
from proofsmith.store.progress import Known, Progress, advance, start_columns, summary_columns

_SUMMARISED = (ModelCalled, Spent, RunResumed, RunFinished)
"""Events after which the run's summary is written; between them it may lag behind."""


class RunRecorder:
    """Appends events to one run. Thread-safe; close it (or use ``with``) so that others may continue the run.

    Made by `Store.start_run` and `Store.continue_run`.
    """

    def __init__(
        self,
        engine: Engine,
        run: tuple[int, str],
        holder: leases.Holder,
        started: RunStarted,
        progress: Progress,
        known: Known,
    ) -> None:
        self._engine = engine
        self._key, self.run_id = run
        self._holder = holder
        self._started = started
        self._progress = progress
        self._known = known
        self._statements = Statements(engine.dialect)
        self._lock = threading.Lock()
        with in_plain_words(engine.url):
            self._connection: Connection | None = connect(engine, writes=True)

    def __enter__(self) -> RunRecorder:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def events(self) -> int:
        """How many events the run has so far."""
        return self._progress.seq

    def record(self, event: Event) -> None:
        """Keep one event; when this returns it is committed. See `record_all`."""
        self.record_all((event,))

    def record_all(self, events: Sequence[Event]) -> None:
        """Keep several events in one transaction: all of them, or none.

        A run starts once: a `RunStarted` equal to the one the run was made with is not kept again.
        Before anything else has happened, one with other settings for the same task is.

        Raises:
            StoreError: they could not be kept, and the run is as it was before. The run must stop.
        """
        with self._lock, in_plain_words(self._engine.url):
            if self._connection is None:
                raise StoreError(f"run {self.run_id} is closed; continue it to record more")
            progress, placed = self._placed(events)
            summarised = progress.best != self._progress.best or any(
                isinstance(e, _SUMMARISED) for e in events
            )
            with self._connection.begin():
                for event in events:
                    if isinstance(event, RunStarted):
                        columns = start_columns(event)
                        self._connection.execute(self._statements.run, {"run_key": self._key, **columns})
                insert_events(self._connection, self._statements, (self._key, self.run_id), placed)
                if summarised:
                    self._summarise(self._connection, progress)
            self._progress = progress

    def close(self) -> None:
        """Release the run, so that another process can continue it. May be called twice.

        Raises:
            StoreError: the store does not answer; the claim lapses when this process ends.
        """
        with self._lock, in_plain_words(self._engine.url):
            connection, self._connection = self._connection, None
            if connection is not None:
                with connection, connection.begin():
                    if leases.release(connection, self._key, self._holder):
                        self._summarise(connection, self._progress)

    def _placed(self, events: Sequence[Event]) -> tuple[Progress, list[PlacedRow]]:
        """Return the progress after `events`, and their rows; those that are not kept are left out."""
        progress, known, placed = self._progress, self._known, []
        for event in events:
            if isinstance(event, RunStarted):
                if event == self._started:
                    continue
                if event.task != self._started.task or progress.seq > 1:
                    raise StoreError(f"run {self.run_id} has started already, with other settings")
            row, now = rows.to_row(event), time.time()
            after = advance(progress, event, now, known)
            program = None if row.node is None else known.programs.get(row.node)
            placed.append(PlacedRow(progress.seq, now, row, program))
            progress = after
        return progress, placed

    def _summarise(self, connection: Connection, progress: Progress) -> None:
        columns = summary_columns(progress, self._known)
        connection.execute(self._statements.run, {"run_key": self._key, **columns})
