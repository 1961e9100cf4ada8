"""Bringing a store to the schema of this code: checks, a backup, then Alembic's migrations."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, inspect, text

import proofsmith
from proofsmith.errors import StoreError
from proofsmith.store import schema
from proofsmith.store.database import connect
from proofsmith.store.location import file_of, shown

FOLDER = Path(__file__).parent / "migrations"
"""Alembic's folder, which is part of the package."""


def upgrade(engine: Engine) -> None:
    """Create the schema, or migrate an older one after a backup of an SQLite file beside it.

    Raises:
        StoreError: the store is newer than this code, or the database is not a store.
        sqlalchemy.exc.SQLAlchemyError: the database failed.
    """
    url = engine.url
    with connect(engine) as connection:
        found = version_of(connection, url)
    if found == schema.HEAD:
        return
    if found is not None:
        _backup(url, found)
    with connect(engine, writes=True) as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(7087667)"))  # one migration at a time
        if version_of(connection, url) != schema.HEAD:  # another process may have been quicker
            _run(connection)


def version_of(connection: Connection, url: URL) -> str | None:
    """Return the schema version found, ``None`` in an empty database.

    Raises:
        StoreError: the version is newer than this code, or the tables are somebody else's.
    """
    tables = set(inspect(connection).get_table_names())
    if schema.VERSION_TABLE not in tables:
        foreign = tables if connection.dialect.name == "sqlite" else tables & set(schema.metadata.tables)
        if foreign:
            raise StoreError(
                f"{shown(url)} is a database, but not a store of Proofsmith (it has a table "
                f"{min(foreign)!r}); name another one with --store"
            )
        return None
    found = connection.execute(text(f"SELECT version_num FROM {schema.VERSION_TABLE}")).scalar()
    if found is not None and str(found) > schema.HEAD:
        raise StoreError(
            f"the store {shown(url)} has schema version {found}, and Proofsmith "
            f"{proofsmith.__version__} knows versions up to {schema.HEAD}; update Proofsmith "
            "(pip install -U proofsmith) or name another store with --store"
        )
    return None if found is None else str(found)


def _backup(url: URL, version: str) -> None:
    """Copy an SQLite file, with what is still in its log, to ``<file>.v<version>.backup``."""
    path = file_of(url)
    if path is None:
        return
    copy = path.with_name(f"{path.name}.v{version}.backup")
    number = 1
    while copy.exists():
        number += 1
        copy = path.with_name(f"{path.name}.v{version}.backup{number}")
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)


def _run(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
