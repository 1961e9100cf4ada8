"""The store: runs are started, continued, listed and read back here."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Select, insert, select
from sqlalchemy.exc import IntegrityError

from proofsmith import codec
from proofsmith.errors import BadInput, StoreError
from proofsmith.events import Event, RunStarted
from proofsmith.store import leases, migrate, rows, schema
from proofsmith.store.database import connect, engine_for, in_plain_words
from proofsmith.store.inserting import Statements
from proofsmith.store.location import checkpoint_file, file_of, resolve, shown
from proofsmith.store.progress import Known, Progress, advance, start_columns, summary_columns
from proofsmith.store.reading import checked_candidate, read_events, read_verified
from proofsmith.store.recorder import RunRecorder
from proofsmith.store.summary import RunSummary, summary_of
from proofsmith.tree import Tree
from proofsmith.types import Candidate, Task, Verdict


class Store:
    """A place that keeps runs. Open one with `Store.open`; close it, or use it in ``with``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.url = engine.url

    @classmethod
    def open(cls, text: str | None = None, *, create: bool = True) -> Store:
        """Open the store that `text` names (see `proofsmith.store.location.resolve`).

        It is made if there is none, and migrated if it is older than this code; a copy of the
        older SQLite file stays beside it. Without `create`, only the default one is made.

        Raises:
            BadInput: `text` is not a path or a supported database URL, or names no store and there
                is nothing to `create` one for.
            StoreError: it is locked, damaged, not a store, newer than this code, or not writable.
            ToolMissing: the database's driver is not installed.
        """
        url = resolve(text)
        path = file_of(url)
        if path is not None and not create and path != file_of(resolve(None)) and not path.exists():
            raise BadInput(
                "there is no store here", path=str(path), hint="runs are kept where solve put them"
            )
        with in_plain_words(url):
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
            engine = engine_for(url)
            try:
                migrate.upgrade(engine)
            except BaseException:
                engine.dispose()
                raise
        return cls(engine)

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections. Recorders are closed on their own."""
        self._engine.dispose()

    @property
    def engine(self) -> Engine:
        """The database, for reading in bulk."""
        return self._engine

    @property
    def name(self) -> str:
        """The store as people name it: its path, or its URL without the password."""
        return shown(self.url)

    def checkpoint_path(self, run_id: str) -> Path:
        """Return the SQLite file for the search graph's own checkpoints; all runs share it.

        Its folder exists. The checkpoints hold ids and counters, never what the events hold.
        """
        path = checkpoint_file(self.url)
        with in_plain_words(self.url):
            path.parent.mkdir(parents=True, exist_ok=True)
        return path

    # -- writing -----------------------------------------------------------------------------

    def start_run(self, started: RunStarted) -> RunRecorder:
        """Make a run, record `started` as its first event, and return its recorder.

        Raises:
            StoreError: it cannot be written.
        """
        task = codec.dumps(started.task)
        digest = rows.digest_of(task)
        statements = Statements(self._engine.dialect)
        for last in (False, False, False, True):
            run_id = _new_id()
            try:
                with in_plain_words(self.url), connect(self._engine, writes=True) as c, c.begin():
                    statements.tasks.run(c, [(digest, started.task.id, started.task.language, task)])
                    values = {"id": run_id, "task": digest, "started": time.time()}
                    values |= start_columns(started) | summary_columns(Progress(), Known())
                    key = c.execute(
                        insert(schema.runs).values(values).returning(schema.runs.c.key)
                    ).scalar_one()
                    holder = leases.take(c, key, run_id)
                    row = rows.to_row(started)
                    first = {"run": key, "seq": 0, "time": time.time(), "kind": row.kind, "json": row.json}
                    c.execute(insert(schema.events).values(first))
            except StoreError as error:
                if last or not isinstance(error.__cause__, IntegrityError):
                    raise
            else:
                return RunRecorder(self._engine, (key, run_id), holder, started, Progress(seq=1), Known())
        raise AssertionError("unreachable")

    def continue_run(self, run_id: str, *, force: bool = False) -> RunRecorder:
        """Return a recorder that appends to an earlier run.

        One process at a time may do so. The claim of a process that is dead lapses by itself; with
        `force` the claim of one that cannot be asked (on another machine) is taken over too.

        Raises:
            BadInput: there is no such run.
            StoreError: another process is appending to it, or it cannot be read.
        """
        run = self._run(run_id)
        with in_plain_words(self.url), connect(self._engine, writes=True) as c, c.begin():
            holder = leases.take(c, run["key"], run_id, force=force)
        try:
            known, progress, started = Known(), Progress(), None
            for at, event in read_events(self._engine, run):
                progress = advance(progress, event, at, known)
                if isinstance(event, RunStarted):
                    started = event
            if started is None:
                raise StoreError(f"run {run_id}: event 0 is missing")
            return RunRecorder(self._engine, (run["key"], run_id), holder, started, progress, known)
        except BaseException:
            with in_plain_words(self.url), connect(self._engine, writes=True) as c, c.begin():
                leases.release(c, run["key"], holder)
            raise

    # -- reading -----------------------------------------------------------------------------

    def events(self, run_id: str) -> Iterator[Event]:
        """Yield the events of a run in order, in constant memory.

        Raises:
            BadInput: there is no such run.
            StoreError: an event is missing or damaged; the message names the run and its number.
        """
        return (event for _, event in read_events(self._engine, self._run(run_id)))

    def timed_events(self, run_id: str) -> Iterator[tuple[datetime, Event]]:
        """Yield (time in UTC, event) of a run, as `events`."""
        run = self._run(run_id)
        return ((datetime.fromtimestamp(at, UTC), event) for at, event in read_events(self._engine, run))

    def tree(self, run_id: str) -> Tree:
        """Rebuild the search tree of a run.

        Raises:
            BadInput: there is no such run.
            StoreError: its record is damaged.
        """
        events = self.events(run_id)
        try:
            return Tree.of(events)
        except ValueError as error:
            raise StoreError(f"run {run_id}: its events do not fit together: {error}") from error

    def find(self, prefix: str) -> str:
        """Return the id of the one run whose id begins with `prefix`, or whose last part does.

        ``"latest"`` is the run started last.

        Raises:
            BadInput: no run or several runs match; the hint names some.
        """
        r = schema.runs.c
        query = select(r.id).order_by(r.started.desc())
        with in_plain_words(self.url), connect(self._engine) as c:
            newest = c.execute(query.limit(5)).scalars().all()
            if prefix == "latest" and newest:
                return str(newest[0])
            matches = r.id.startswith(prefix, autoescape=True)
            if "-" not in prefix:
                matches |= r.id.contains(f"-{prefix}", autoescape=True)
            found = c.execute(query.where(matches).limit(6)).scalars().all() if prefix else []
        if len(found) == 1 or prefix in found:
            return str(found[0] if len(found) == 1 else prefix)
        if found:
            more = ", ..." if len(found) > 5 else ""
            raise BadInput(f"several runs match {prefix!r}", hint=f"{', '.join(found[:5])}{more}")
        hint = f"the newest are {', '.join(newest)}" if newest else f"{self.name} holds no runs yet"
        raise BadInput(f"there is no run {prefix!r}", hint=hint)

    def runs(
        self, limit: int | None = 50, *, task: str | None = None, status: str | None = None
    ) -> tuple[RunSummary, ...]:
        """Return the newest runs, newest first.

        Args:
            limit: at most so many; ``None`` for all.
            task: only runs of tasks with this id.
            status: only runs with this status, one of those of `RunSummary.status`.
        """
        query = self._listing().order_by(schema.runs.c.started.desc(), schema.runs.c.key.desc())
        if task is not None:
            query = query.where(schema.tasks.c.id == task)
        if status is not None:
            stored = "running" if status == "stopped" else status
            query = query.where(schema.runs.c.status == stored)
        found: list[RunSummary] = []
        with in_plain_words(self.url), connect(self._engine) as c:
            for row in c.execute(query.execution_options(yield_per=100)).mappings():
                if limit is not None and len(found) >= limit:
                    break
                summary = _summary(row)
                if status in (None, summary.status):
                    found.append(summary)
        return tuple(found)

    def summary(self, run_id: str) -> RunSummary:
        """Return the summary of one run.

        Raises:
            BadInput: there is no such run.
        """
        with in_plain_words(self.url), connect(self._engine) as c:
            row = c.execute(self._listing().where(schema.runs.c.id == run_id)).mappings().first()
        if row is None:
            raise self._unknown(run_id)
        return _summary(row)

    def verified(
        self, language: str = "python", limit: int | None = None
    ) -> Iterator[tuple[Task, Candidate, Verdict]]:
        """Yield programs that passed, newest first, each once per task, with the verdict.

        Raises:
            StoreError: a record is damaged.
        """
        return read_verified(self._engine, language, limit)

    def candidate(self, digest: str) -> Candidate | None:
        """Return the program kept under a content hash, or ``None``.

        Raises:
            StoreError: it is damaged.
        """
        columns = schema.candidates.c
        query = select(columns.language, columns.source).where(columns.hash == digest)
        with in_plain_words(self.url), connect(self._engine) as c:
            row = c.execute(query).first()
        try:
            return None if row is None else checked_candidate(digest, row[0], row[1])
        except ValueError as error:
            raise StoreError(f"program {digest[:12]} is damaged: {error}") from error

    def _run(self, run_id: str) -> Any:
        query = select(schema.runs).where(schema.runs.c.id == run_id)
        with in_plain_words(self.url), connect(self._engine) as c:
            row = c.execute(query).mappings().first()
        if row is None:
            raise self._unknown(run_id)
        return row

    def _unknown(self, run_id: str) -> BadInput:
        return BadInput(f"there is no run {run_id!r} in {self.name}", hint="`proofsmith runs` lists them")

    @staticmethod
    def _listing() -> Select[Any]:
        return (
            select(schema.runs, schema.tasks.c.id.label("task_id"), *_LEASE)
            .join(schema.tasks, schema.tasks.c.digest == schema.runs.c.task)
            .outerjoin(schema.leases, schema.leases.c.run == schema.runs.c.key)
        )


_LEASE = [column.label(f"lease_{column.name}") for column in schema.leases.c]


def _summary(row: Any) -> RunSummary:
    alive = (
        row["status"] == "running"
        and row["lease_host"] is not None
        and not leases.Holder(row["lease_host"], row["lease_pid"], row["lease_born"]).is_gone()
    )
    try:
        return summary_of(row, row["task_id"], alive)
    except (ValueError, TypeError, OverflowError, OSError) as error:
        raise StoreError(f"run {row['id']}: its record is damaged: {error}") from error


def _new_id() -> str:
    """Return a new run id: UTC date and time, so that ids sort by age, and four random letters."""
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    return f"{stamp}-" + "".join(secrets.choice("23456789abcdefghjkmnpqrstuvwxyz") for _ in range(4))
