"""From what the user typed to tasks."""

from __future__ import annotations

import re
from pathlib import Path

from proofsmith.environments.reading import check_is_file
from proofsmith.environments.table import FOLDER_PREFIXES, LOADERS, Loader
from proofsmith.errors import BadInput
from proofsmith.types import Task

_SELECTED = re.compile(r"^(?P<path>.+?\.(?:jsonl\.gz|jsonl|py|toml)):(?P<select>.+)$", re.DOTALL)


def load(target: str, *, function: str | None = None) -> tuple[Task, ...]:
    """Return the tasks of `target`: a file, or ``FILE:NAME`` for one task in it.

    The format follows from the file's name: ``suite.jsonl[.gz]``, ``task.toml``, ``test_x.py`` or
    ``x_test.py`` (pytest), ``.sl`` (SyGuS), ``.smt2``, ``.dfy``, ``.v``, ``.sv``, or
    any other ``.py`` (a module with holes).
    `function` chooses the function, as ``function`` or ``module:function``.

    Raises:
        BadInput: the file is missing, of no known format, or cannot be used.
    """
    path, select = split_target(target)
    if not path.startswith(FOLDER_PREFIXES):
        check_is_file(path)
    loader = loader_for(path)
    return loader.load(path, select=select or function)


def split_target(target: str) -> tuple[str, str | None]:
    """Split ``FILE:NAME`` where it is that; a name of an existing file is never split."""
    match = _SELECTED.match(target)
    try:
        exists = Path(target).exists()
    except (OSError, ValueError):
        exists = False
    if match is None or exists:
        return target, None
    return match["path"], match["select"]


def loader_for(path: str) -> Loader:
    """Return the first loader that accepts the file's name.

    Raises:
        BadInput: none does.
    """
    for name in LOADERS.names():
        loader = LOADERS.get(name)()
        if loader.accepts(path):
            return loader
    raise BadInput(
        "not a format that can be read",
        path=path,
        hint="give a .py module, a pytest file, a .toml task, a .jsonl suite, a .sl, .smt2, .dfy or .v file",
    )
