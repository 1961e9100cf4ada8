"""Reading runs back, page by page, and saying clearly where a record is damaged."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Engine, Select, literal_column, select

from proofsmith.errors import StoreError
from proofsmith.events import Event
from proofsmith.store import rows, schema
from proofsmith.store.database import connect, in_plain_words
from proofsmith.types import Candidate, Task, Verdict

_PAGE = 500
"""Events read at a time. Each page is a transaction of its own, so a slow reader holds nothing up."""

_DAMAGE = (ValueError, TypeError, AttributeError, LookupError, RecursionError)
"""What decoding a damaged row can raise."""


def read_events(engine: Engine, run: Any) -> Iterator[tuple[float, Event]]:
    """Yield (time, event) of the run of a row of ``runs``, in order.

    Raises:
        StoreError: an event is missing or damaged; the message names the run and its number.
    """
    e, c = schema.events.c, schema.candidates.c
    program = (c.hash == e.candidate) & (e.kind == "NodeAdded")
    query = (
        select(e.seq, e.time, e.kind, e.candidate, e.json, c.language, c.source)
        .select_from(schema.events.outerjoin(schema.candidates, program))
        .where(e.run == run["key"])
        .order_by(e.seq)
        .limit(_PAGE)
    )
    task: rows.StoredTask | None = None
    expected = 0
    while True:
        with in_plain_words(engine.url), connect(engine) as connection:
            if task is None:
                task = read_task(connection, run["task"], run["id"])
            page = connection.execute(query.where(e.seq >= expected)).mappings().all()
            texts = read_texts(connection, [row["json"] for row in page if row["kind"] == "ModelCalled"])
        for row in page:
            if row["seq"] != expected:
                raise StoreError(f"run {run['id']}: event {expected} is missing")
            yield row["time"], _event_of(row, run["id"], task, texts)
            expected += 1
        if len(page) < _PAGE:
            return


def read_texts(connection: Connection, found: Sequence[str]) -> dict[str, str]:
    """Return the texts that were taken out of rows of `ModelCalled`, by hash; those missing are left out."""
    hashes = set()
    for text in found:
        with contextlib.suppress(*_DAMAGE):  # said when the event itself is read
            hashes.update(rows.text_hashes(text))
    wanted, texts = sorted(hashes), schema.texts.c
    kept: dict[str, str] = {}
    for start in range(0, len(wanted), _PAGE):
        query = select(texts.hash, texts.body).where(texts.hash.in_(wanted[start : start + _PAGE]))
        kept.update({row[0]: row[1] for row in connection.execute(query)})
    return kept


def _event_of(row: Any, run_id: str, task: rows.StoredTask, texts: Mapping[str, str]) -> Event:
    try:
        candidate = None
        if row["source"] is not None:
            candidate = checked_candidate(row["candidate"], row["language"], row["source"])
        return rows.from_row(row["kind"], row["json"], candidate, task, texts)
    except _DAMAGE as error:
        raise StoreError(f"run {run_id}: event {row['seq']} is damaged: {error}") from error


def checked_candidate(digest: str, language: str, source: bytes) -> Candidate:
    """Return a kept program.

    Raises:
        ValueError: it is not the text that was recorded.
    """
    candidate = rows.candidate_of(language, source)
    if candidate.hash != digest:
        raise ValueError("its program is not the one that was recorded")
    return candidate


def read_task(connection: Connection, digest: str, run_id: str) -> rows.StoredTask:
    """Return the task kept under `digest`.

    Raises:
        StoreError: it is missing or damaged; the message names the run.
    """
    tasks = schema.tasks.c
    text = connection.execute(select(tasks.json).where(tasks.digest == digest)).scalar()
    try:
        if text is None:
            raise ValueError("it is missing")
        return rows.task_of(digest, text)
    except _DAMAGE as error:
        raise StoreError(f"run {run_id}: its task is damaged: {error}") from error


def read_verified(
    engine: Engine, language: str, limit: int | None
) -> Iterator[tuple[Task, Candidate, Verdict]]:
    """Yield programs that passed, newest first, each once per task.

    A node that was judged again and did not pass then is left out.

    Raises:
        StoreError: a record is damaged.
    """
    newest: dict[tuple[str, str], tuple[int, int]] = {}
    with in_plain_words(engine.url), connect(engine) as connection:
        for row in connection.execute(_passed(language).execution_options(yield_per=200)):
            if limit is not None and len(newest) >= limit:
                break
            newest.setdefault((row.task, row.hash), (row.run, row.seq))
    tasks: dict[str, Task] = {}
    for (digest, _), (run, seq) in newest.items():
        with in_plain_words(engine.url), connect(engine) as connection:
            record = connection.execute(_one_verified(run, seq)).mappings().one()
            if digest not in tasks:
                tasks[digest] = read_task(connection, digest, record["id"]).task
        try:
            candidate = checked_candidate(record["candidate"], record["language"], record["source"])
            verdict = rows.verdict_in(record["json"])
        except _DAMAGE as error:
            raise StoreError(f"run {record['id']}: event {seq} is damaged: {error}") from error
        yield tasks[digest], candidate, verdict


def _passed(language: str) -> Select[Any]:
    """Select (task, candidate, run, seq) of every verdict that is a PASS and still stands, newest first."""
    e, c, r = schema.events.c, schema.candidates.c, schema.runs.c
    later = schema.events.alias().c
    judged_again = (
        select(later.seq)
        .where(later.run == e.run, later.seq > e.seq, later.kind == "NodeJudged", later.node == e.node)
        .exists()
    )
    return (
        select(r.task, c.hash, e.run, e.seq)
        .select_from(
            schema.events.join(schema.candidates, c.hash == e.candidate).join(schema.runs, r.key == e.run)
        )
        # A literal, because a bound value would keep SQLite from using the partial index.
        .where(e.status == literal_column("'PASS'"), c.language == language, ~judged_again)
        .order_by(e.time.desc())
    )


def _one_verified(run: int, seq: int) -> Select[Any]:
    e, c, r = schema.events.c, schema.candidates.c, schema.runs.c
    return (
        select(e.json, e.candidate, c.language, c.source, r.id)
        .select_from(
            schema.events.join(schema.candidates, c.hash == e.candidate).join(schema.runs, r.key == e.run)
        )
        .where(e.run == run, e.seq == seq)
    )
