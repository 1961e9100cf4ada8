"""Which code of Proofsmith is running: what makes a run must be known to whoever trains on it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import proofsmith
from proofsmith.errors import ProofsmithError
from proofsmith.process import run


@dataclass(frozen=True)
class Revision:
    """A state of the code.

    Attributes:
        version: of the package.
        commit: full name of the Git commit; empty where the code is no checkout of ours.
        dirty: whether tracked files differ from it; ``None`` where that is not known.
    """

    version: str
    commit: str = ""
    dirty: bool | None = None


@cache
def running() -> Revision:
    """Return the state of the code that is running, as it was when first asked in this process."""
    folder = Path(proofsmith.__file__).resolve().parent
    root = folder.parent.parent
    if folder.parent.name != "src" or not (root / ".git").exists():
        return Revision(proofsmith.__version__)
    try:
        head = run(["git", "-C", str(root), "rev-parse", "HEAD"], seconds=10)
        if head.code != 0:
            return Revision(proofsmith.__version__)
        status = run(["git", "-C", str(root), "status", "--porcelain", "--untracked-files=no"], seconds=20)
    except ProofsmithError:
        return Revision(proofsmith.__version__)
    dirty = bool(status.stdout.strip()) if status.code == 0 else None
    return Revision(proofsmith.__version__, head.stdout.strip(), dirty)
