"""Putting the files that a program includes beside it, where Dafny looks for them."""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

from proofsmith.dafny_spec import IncludedDafny
from proofsmith.errors import ToolFailure
from proofsmith.verifiers.scratch import owned_prefix


def write_included(folder: Path, includes: Sequence[IncludedDafny]) -> None:
    """Write included files below `folder`.

    Raises:
        ToolFailure: a path leads out of the folder, or a file cannot be written.
    """
    root = folder.resolve()
    for included in includes:
        path = Path(os.path.normpath(root / included.path))
        if not path.is_relative_to(root) or path == root:
            raise ToolFailure(f"the included file {included.path} is outside the task's folder")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(included.text, encoding="utf-8", errors="surrogatepass")
        except OSError as error:
            raise ToolFailure(f"the included file {included.path} cannot be written: {error}") from None


class IncludeFolders:
    """A folder for each set of included files, in one that is removed on closing. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._root: tempfile.TemporaryDirectory[str] | None = None
        self._made: dict[str, Path] = {}

    def folder(self, includes: Sequence[IncludedDafny]) -> Path:
        """Return a folder that holds `includes`."""
        texts = [part for included in includes for part in (included.path, included.text)]
        digest = hashlib.sha256("\0".join(texts).encode("utf-8", "surrogatepass")).hexdigest()[:16]
        with self._lock:
            if digest not in self._made:
                if self._root is None:
                    self._root = tempfile.TemporaryDirectory(
                        prefix=owned_prefix("dafny"), ignore_cleanup_errors=True
                    )
                path = Path(self._root.name, digest)
                write_included(path, includes)
                self._made[digest] = path
            return self._made[digest]

    def close(self) -> None:
        """Remove everything. May be called twice."""
        with self._lock:
            root, self._root = self._root, None
            self._made.clear()
        if root is not None:
            root.cleanup()
