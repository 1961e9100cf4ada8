"""What the commands do for Dafny alone: tasks to verify, the Z3 it needs."""

from __future__ import annotations

from pathlib import Path

from proofsmith.dafny_spec import DafnySpec
from proofsmith.environments.load import load
from proofsmith.errors import BadInput, ToolFailure, ToolMissing
from proofsmith.types import Task
from proofsmith.verifiers.dafny.fetch_z3 import fetch_z3
from proofsmith.verifiers.dafny.settings import DafnySettings
from proofsmith.verifiers.dafny.tools import GOOD_Z3, find_dafny, private_z3, z3_version
from proofsmith.verifiers.toolbox import Toolbox

SUFFIX = ".dfy"


def tasks_against(original: str) -> tuple[Task, ...]:
    """Return the task of completing the Dafny program `original`.

    Raises:
        BadInput: it is no Dafny program.
    """
    if not original.endswith(SUFFIX):
        raise BadInput("a Dafny program is compared with another one", path=original, hint="name a .dfy file")
    return load(original)


def own_text(task: Task) -> str | None:
    """Return the program of a Dafny task, which may be judged as it is; ``None`` for other tasks."""
    return task.spec.source if isinstance(task.spec, DafnySpec) else None


def mend(toolbox: Toolbox) -> str:
    """Fetch the Z3 that Dafny 2.3 was made for, if it is Dafny 2.3 and has another; return what was done.

    Raises:
        ToolMissing: Dafny is not installed.
        ToolFailure: Z3 cannot be fetched.
    """
    settings = toolbox.settings_of(DafnySettings)
    if settings.dafny_z3:
        return f"the settings name {settings.dafny_z3}"
    if find_dafny(settings, look_for_z3=False).major >= 3:
        return "nothing to fetch: this Dafny brings its own Z3"
    if _works(private_z3()):
        return f"Z3 {GOOD_Z3} is there: {private_z3()}"
    path = fetch_z3()
    checksum = (path.parent / "SHA256").read_text(encoding="utf-8").split()[0]
    return f"Z3 {GOOD_Z3} fetched: {path} (wheel SHA-256 {checksum})"


def _works(z3: Path) -> bool:
    try:
        return z3_version(str(z3)) == GOOD_Z3
    except (ToolFailure, ToolMissing):
        return False
