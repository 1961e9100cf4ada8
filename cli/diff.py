"""What an answer adds to a file that it is the whole of."""

from __future__ import annotations

import difflib
from pathlib import Path

from proofsmith.dafny_spec import DafnySpec
from proofsmith.types import Candidate, Task


def difference(task: Task, candidate: Candidate) -> str | None:
    """Return what an answer adds to a Dafny program, as a unified diff; ``None`` for other tasks."""
    if not isinstance(task.spec, DafnySpec):
        return None
    name = Path(task.origin.path).name or task.id
    lines = difflib.unified_diff(
        task.spec.source.splitlines(), candidate.source.splitlines(), name, f"{name} (completed)", lineterm=""
    )
    return "".join(f"{line}\n" for line in lines)
