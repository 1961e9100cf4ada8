"""The engine, its transactions, and what database failures mean in plain words."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, IntegrityError, NoSuchModuleError, SQLAlchemyError

from proofsmith.errors import StoreError, ToolMissing
from proofsmith.store.location import file_of, shown

LOCK_SECONDS = 4.0
"""How long a statement waits for another process's lock before it is an error."""

_WRITES = "proofsmith_writes"


def engine_for(url: URL) -> Engine:
    """Return an engine for `url`; nothing is connected yet.

    SQLite runs in WAL mode with ``synchronous=NORMAL``: a commit is in the operating system's
    hands when it returns, so ``kill -9`` of this process loses nothing. Only a power cut or a
    crash of the operating system can lose the last commits, and even then the file stays whole
    and the events stay a prefix (https://sqlite.org/pragma.html#pragma_synchronous).

    Raises:
        ToolMissing: the database's driver is not installed.
    """
    if file_of(url) is None:
        waits = {"connect_timeout": 10, "options": f"-c lock_timeout={LOCK_SECONDS:.0f}s"}
        arguments = {name: value for name, value in waits.items() if name not in url.query}
        try:
            return create_engine(url, pool_pre_ping=True, max_overflow=-1, connect_args=arguments)
        except (ImportError, NoSuchModuleError):
            raise ToolMissing(
                f"the driver for {url.drivername}", "pip install 'proofsmith[postgres]'"
            ) from None
    # The pool keeps connections open: when the last one closes, SQLite empties and removes the log,
    # which costs more than everything else that a short run writes.
    engine = create_engine(url, connect_args={"timeout": LOCK_SECONDS}, max_overflow=-1)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    # sqlite3 would open transactions by itself, and late; SQLAlchemy's documentation of the
    # pysqlite dialect gives this way to have them begin where we say.
    connection.isolation_level = None
    mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
    # Without WAL (some network file systems) NORMAL could leave a damaged file after a power cut.
    connection.execute(f"PRAGMA synchronous={'NORMAL' if mode == 'wal' else 'FULL'}")
    connection.execute("PRAGMA foreign_keys=ON")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def connect(engine: Engine, *, writes: bool = False) -> Connection:
    """Return a connection. With `writes` its transactions take SQLite's write lock at once.

    A transaction that reads first and writes later cannot wait for another writer: SQLite fails
    it immediately, because its snapshot is old.
    """
    connection = engine.connect()
    return connection.execution_options(**{_WRITES: True}) if writes else connection


@contextlib.contextmanager
def in_plain_words(url: URL) -> Iterator[None]:
    """Turn failures of the database or the disk into `StoreError`, in one line that says what to do."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise StoreError(explain(error, url)) from error
    except OSError as error:
        raise StoreError(f"the store {shown(url)} cannot be used: {error.strerror or error}") from error


def explain(error: Exception, url: URL) -> str:
    """Return one line on what `error` means for the store at `url`."""
    place = f"the store {shown(url)}"
    original: Any = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(original, "sqlite_errorname", "") or getattr(original, "sqlstate", "") or ""
    for prefix, text in _MEANINGS:
        if code.startswith(prefix):
            return f"{place} {text}"
    detail = str(original).strip().splitlines() or [type(error).__name__]
    if isinstance(error, IntegrityError):
        return f"{place} refused a row: {detail[0]}"
    return f"{place} failed: {detail[0]}"


_MEANINGS = (
    (
        "SQLITE_BUSY",
        f"is locked by another process, which held it for more than {LOCK_SECONDS:.0f} s; "
        "end that process or name another store with --store",
    ),
    ("SQLITE_LOCKED", "is locked by another connection"),
    ("55P03", f"is locked by another process, which held it for more than {LOCK_SECONDS:.0f} s"),
    ("53100", "cannot grow: the server's disk is full; what was recorded before stays readable"),
    ("SQLITE_FULL", "cannot grow: the disk is full; what was recorded before stays readable"),
    ("SQLITE_IOERR", "cannot be written or read: disk error, quota or file-size limit; "
     "what was recorded before stays readable"),
    ("SQLITE_NOTADB", "is not a database; name another file with --store"),
    ("SQLITE_CORRUPT", "is damaged; restore a backup, or save what can be read with `sqlite3 FILE .recover`"),
    ("SQLITE_CANTOPEN", "cannot be opened: check that its folder exists and may be written to"),
    ("SQLITE_READONLY", "is read-only; change its permissions or name another store with --store"),
    ("SQLITE_PERM", "may not be accessed; change its permissions or name another store with --store"),
)  # fmt: skip
