"""Putting a finished dataset in place: one folder under its final name, whoever else writes there too.

A dataset is made in a hidden folder beside the final one. Its maker holds a lock on it, so that what a killed
export left behind is told from what another is writing just now.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import shutil
import tempfile
from pathlib import Path

from proofsmith.errors import BadInput

MANIFEST = "MANIFEST.sha256"

_HERE, _EXCHANGE = -100, 2
"""``AT_FDCWD`` and ``RENAME_EXCHANGE`` of Linux."""


def check_out(out: Path, overwrite: bool) -> None:
    """Refuse a folder that exists, unless it may be replaced.

    Raises:
        BadInput: it exists, and not `overwrite`, or it is neither empty nor a dataset of ours.
    """
    if not os.path.lexists(out):
        return
    if not out.is_dir():
        raise BadInput("exists and is no folder", path=str(out), hint="name another folder")
    if not overwrite:
        raise BadInput("exists already", path=str(out), hint="name another folder, or give --overwrite")
    if any(out.iterdir()) and not (out / MANIFEST).is_file():
        raise BadInput(
            "is not a dataset of ours, so it is not replaced", path=str(out), hint="name another folder"
        )


def partial_folder(out: Path) -> tuple[Path, int]:
    """Make the folder in which a dataset grows; return it, and its lock (a file descriptor, to be closed).

    What killed exports to the same place have left behind is removed.

    Raises:
        OSError: it cannot be made.
    """
    prefix = f".{out.name}.partial-"
    for left in out.parent.glob(_literal(prefix) + "*"):
        with contextlib.suppress(OSError):
            lock = os.open(left, os.O_RDONLY | os.O_DIRECTORY)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(left, ignore_errors=True)
            finally:
                os.close(lock)
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=out.parent))
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    with contextlib.suppress(OSError):  # a file system without locks: nothing is removed there either
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return folder, lock


def put_in_place(folder: Path, out: Path, overwrite: bool) -> None:
    """Give a finished folder its final name; with `overwrite` it takes the place of what is there.

    Raises:
        BadInput: something has come to stand there in the meantime, and must not be replaced.
        OSError: the disk failed; what stood there stands there still.
    """
    for _ in range(100):  # others may put their own there, or take it away, between two steps
        check_out(out, overwrite)
        try:
            if not os.path.lexists(out):
                folder.rename(out)
            elif _exchange(folder, out):
                shutil.rmtree(folder, ignore_errors=True)
            else:
                _replace(folder, out)
        except FileNotFoundError:
            if not folder.exists():
                raise
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
        else:
            return
    raise BadInput("is replaced by others all the time", path=str(out), hint="name another folder")


def _exchange(one: Path, other: Path) -> bool:
    """Swap two names in one step; ``False`` where the system cannot.

    Raises:
        FileNotFoundError: one of them is not there.
    """
    swap = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if swap is None:
        return False
    if swap(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0:
        return True
    if ctypes.get_errno() == errno.ENOENT:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(other))
    return False


def _replace(folder: Path, out: Path) -> None:
    """Do the same in two steps; what stood there comes back if the second fails."""
    old = folder.with_name(f".{out.name}.old-{os.getpid()}")
    out.rename(old)
    try:
        folder.rename(out)
    except OSError:
        old.rename(out)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _literal(text: str) -> str:
    return "".join(f"[{c}]" if c in "*?[" else c for c in text)
