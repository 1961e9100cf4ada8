"""Where the store is: from what the user typed to a database URL, and the files beside it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

import platformdirs
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from proofsmith.errors import BadInput

VARIABLE = "PROOFSMITH_STORE"


def default_folder() -> Path:
    """Return the user's data folder for Proofsmith (not created here)."""
    return Path(platformdirs.user_data_dir("proofsmith", appauthor=False))


def resolve(text: str | None = None, environment: Mapping[str, str] | None = None) -> URL:
    """Return the database URL for `text`: a URL, a file path, or ``None`` for the default.

    The default is ``PROOFSMITH_STORE`` of `environment`, else ``store.sqlite`` in the user's
    data folder. Nothing is opened or created.

    Raises:
        BadInput: the URL cannot be read or names a database that is not supported.
    """
    environment = os.environ if environment is None else environment
    text = text or environment.get(VARIABLE) or None
    if text is None:
        return _of_file(default_folder() / "store.sqlite")
    if "://" not in text:
        return _of_file(Path(text))
    try:
        url = make_url(text)
    except ArgumentError:
        raise BadInput("not a database URL", path=text, hint="such as postgresql://user@host/name") from None
    if url.drivername in ("postgres", "postgresql"):
        url = url.set(drivername="postgresql+psycopg")
    backend = url.get_backend_name()
    if backend == "sqlite":
        if not url.database or url.database == ":memory:":
            raise BadInput("a store in memory would keep nothing", path=text, hint="name a file")
        return _of_file(Path(url.database)).update_query_dict(dict(url.query))
    if backend != "postgresql":
        raise BadInput(
            f"{backend} is not supported as a store", path=text, hint="use an SQLite file or PostgreSQL"
        )
    return url


def _of_file(path: Path) -> URL:
    path = Path(os.path.abspath(path.expanduser()))
    if path.is_dir():
        raise BadInput("is a folder, not a store", path=str(path), hint="name a file in it")
    return URL.create("sqlite", database=str(path))


def file_of(url: URL) -> Path | None:
    """Return the SQLite file of `url`, or ``None`` for a database server."""
    if url.get_backend_name() == "sqlite" and url.database:
        return Path(url.database)
    return None


def checkpoint_file(url: URL) -> Path:
    """Return the SQLite file for graph checkpoints: beside the store; for a server, in the data folder."""
    path = file_of(url)
    if path is not None:
        return path.with_name(path.name + ".checkpoints.sqlite")
    name = hashlib.sha256(url.render_as_string(hide_password=True).encode()).hexdigest()[:12]
    return default_folder() / f"{name}.checkpoints.sqlite"


def shown(url: URL) -> str:
    """Return `url` as people name it: the path of a file, or the URL without its password."""
    path = file_of(url)
    return str(path) if path is not None else url.render_as_string(hide_password=True)
