"""Rows into the database, many at a time, by statements compiled once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, bindparam, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import IntegrityError

from proofsmith.errors import StoreError
from proofsmith.store import rows, schema


class PlacedRow(NamedTuple):
    """An event's row with its number in the run, its time, and the hash of the program that it is about."""

    seq: int
    at: float
    row: rows.EventRow
    program: str | None


class Statements:
    """The statements that write events, built once for a database."""

    def __init__(self, dialect: Dialect) -> None:
        self.candidates = _Insert(schema.candidates, dialect, known=True)
        self.tasks = _Insert(schema.tasks, dialect, known=True)
        self.texts = _Insert(schema.texts, dialect, known=True)
        self.events = _Insert(schema.events, dialect)
        self.calls = _Insert(schema.model_calls, dialect)
        self.run = update(schema.runs).where(schema.runs.c.key == bindparam("run_key"))


class _Insert:
    """An INSERT of whole rows; with `known`, rows whose key is there already are passed over.

    SQLAlchemy compiles it for the database once; rows then go to the driver as they are, which takes
    a tenth of the time of executing it for each.
    """

    def __init__(self, table: Table, dialect: Dialect, *, known: bool = False) -> None:
        self._names = [column.name for column in table.columns]
        build: Any = postgresql.insert if dialect.name == "postgresql" else sqlite.insert
        clause = build(table)
        if known:
            clause = clause.on_conflict_do_nothing()
        compiled = clause.compile(dialect=dialect, column_keys=self._names)
        self._text = str(compiled)
        self._positional = compiled.positional
        assert not compiled.positional or list(compiled.positiontup) == self._names

    def run(self, connection: Connection, found: Sequence[tuple[Any, ...]]) -> None:
        """Insert rows, each with a value for every column, in the order of the table's columns."""
        if found:
            values: Any = list(found)
            if not self._positional:
                values = [dict(zip(self._names, row, strict=True)) for row in found]
            connection.exec_driver_sql(self._text, values)


def insert_events(
    connection: Connection, statements: Statements, run: tuple[int, str], placed: Sequence[PlacedRow]
) -> None:
    """Insert events of a run with all that was taken out of them, in the open transaction.

    Args:
        connection: with an open transaction.
        statements: for its database.
        run: the run's key and id.
        placed: the events.

    Raises:
        StoreError: the run has other events in these places: another process went on with it.
    """
    key, run_id = run
    found = [p.row.candidate for p in placed if p.row.candidate is not None]
    statements.candidates.run(connection, [(c.hash, c.language, rows.source_bytes(c)) for c in found])
    statements.texts.run(connection, [text for p in placed for text in p.row.texts])
    try:
        statements.events.run(
            connection,
            [(key, seq, at, row.kind, row.node, program, row.status, row.json)
             for seq, at, row, program in placed],
        )  # fmt: skip
    except IntegrityError:
        raise StoreError(f"run {run_id} was continued by another process meanwhile") from None
    calls = [(key, p.seq, *p.row.call) for p in placed if p.row.call is not None]
    statements.calls.run(connection, calls)
