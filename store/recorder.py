"""Writing a run: every event is committed before `record` returns."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from proofsmith.errors import StoreError
from proofsmith.events import Event, ModelCalled, RunFinished, RunResumed, RunStarted, Spent
from proofsmith.store import leases, rows, schema
from proofsmith.store.database import connect, in_plain_words
from proofsmith.store.progress import Known, Progress, advance, start_columns, summary_columns

_SUMMARISED = (ModelCalled, Spent, RunResumed, RunFinished)
"""Events after which the run's summary is written; between them it may lag behind."""


class Statements:
    """The statements of every `record`, built once so that SQLAlchemy finds their compiled form."""

    def __init__(self, dialect: str) -> None:
        build: Any = postgresql.insert if dialect == "postgresql" else sqlite.insert
        self.candidate = build(schema.candidates).on_conflict_do_nothing()
        self.task = build(schema.tasks).on_conflict_do_nothing()
        self.text = build(schema.texts).on_conflict_do_nothing()
        self.event = schema.events.insert()
        self.call = schema.model_calls.insert()
        self.run = update(schema.runs).where(schema.runs.c.key == bindparam("run_key"))


def insert_row(
    connection: Connection,
    statements: Statements,
    place: tuple[int, int, float],
    row: rows.EventRow,
    program: str | None,
) -> None:
    """Insert an event with all that was taken out of it, in the open transaction.

    Args:
        connection: with an open transaction.
        statements: for its database.
        place: the run's key, the event's number, its time.
        row: the event.
        program: hash of the program of the node that it is about.
    """
    if row.candidate is not None:
        connection.execute(
            statements.candidate,
            {
                "hash": row.candidate.hash,
                "language": row.candidate.language,
                "source": rows.source_bytes(row.candidate),
            },
        )
    if row.texts:
        connection.execute(statements.text, [{"hash": name, "body": body} for name, body in row.texts])
    run, seq, at = place
    values = {
        "run": run,
        "seq": seq,
        "time": at,
        "kind": row.kind,
        "node": row.node,
        "candidate": program,
        "status": row.status,
        "json": row.json,
    }
    connection.execute(statements.event, values)
    if row.call is not None:
        connection.execute(statements.call, {"run": run, "seq": seq, **row.call})


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
        self._statements = Statements(engine.dialect.name)
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
            before = progress = self._progress
            with self._connection.begin():
                for event in events:
                    progress = self._write(self._connection, event, progress)
                if progress.best != before.best or any(isinstance(e, _SUMMARISED) for e in events):
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

    def _write(self, connection: Connection, event: Event, progress: Progress) -> Progress:
        """Insert one event in the open transaction and return the progress after it."""
        if isinstance(event, RunStarted):
            if event == self._started:
                return progress
            if event.task != self._started.task or progress.seq > 1:
                raise StoreError(f"run {self.run_id} has started already, with other settings")
            connection.execute(self._statements.run, {"run_key": self._key, **start_columns(event)})
        now = time.time()
        row = rows.to_row(event)
        after = advance(progress, event, now, self._known)
        program = None if row.node is None else self._known.programs.get(row.node)
        try:
            insert_row(connection, self._statements, (self._key, progress.seq, now), row, program)
        except IntegrityError:
            raise StoreError(f"run {self.run_id} was continued by another process meanwhile") from None
        return after

    def _summarise(self, connection: Connection, progress: Progress) -> None:
        columns = summary_columns(progress, self._known)
        connection.execute(self._statements.run, {"run_key": self._key, **columns})
