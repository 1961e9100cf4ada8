"""Names of temporary folders that say whose they are, so that those of killed processes are cleared away."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from functools import cache
from pathlib import Path

_NAME = re.compile(r"proofsmith-[a-z0-9]+-(?P<space>\d+)-(?P<process>\d+)-(?P<started>\d+)-")


def owned_prefix(what: str) -> str:
    """Return a prefix for the names of temporary folders of this process (for `tempfile`).

    The first call of a process removes what processes of the same user left behind that were killed.

    Args:
        what: lower-case letters, for people who look into the temporary folder.
    """
    _sweep_once(os.getpid())
    process = os.getpid()
    return f"proofsmith-{what}-{_space()}-{process}-{_started(process) or 0}-"


def sweep(folder: Path) -> None:
    """Remove the folders in `folder` whose owners are gone. What cannot be removed stays."""
    with contextlib.suppress(OSError):
        for entry in os.scandir(folder):
            found = _NAME.match(entry.name)
            if found is None or int(found["space"]) != _space():
                continue  # processes of another container cannot be seen from here
            if _started(int(found["process"])) == int(found["started"]):
                continue
            with contextlib.suppress(OSError):
                if entry.is_dir(follow_symlinks=False) and entry.stat().st_uid == os.getuid():
                    shutil.rmtree(entry.path, ignore_errors=True)


@cache
def _sweep_once(process: int) -> None:
    if Path("/proc/self/stat").exists():  # elsewhere it is not known who is gone
        sweep(Path(tempfile.gettempdir()))


@cache
def _space() -> int:
    """The namespace that process ids belong to; 0 where there is none."""
    try:
        return os.stat("/proc/self/ns/pid").st_ino
    except OSError:
        return 0


def _started(process: int) -> int | None:
    """When a process started, in ticks since the start of the machine; ``None`` if it is gone."""
    try:
        text = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()  # the name before may hold anything
    return None if fields[0] in "ZX" else int(fields[19])
