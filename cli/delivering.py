"""Where a solution goes: standard output, a file of the user's choice, the hole in the user's file."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from proofsmith.cli.diff import difference
from proofsmith.cli.report import complete_program, print_program, program_text, tell
from proofsmith.environments.fill import destination, fill, write_atomically
from proofsmith.errors import BadInput
from proofsmith.types import Candidate, Task

Solved = tuple[Task, Candidate]


def check_destination(output: str | None) -> None:
    """Refuse an output path that cannot be written, before time is spent on searching.

    Raises:
        BadInput: its folder is missing or not writable, or it is a folder itself.
    """
    if output is None:
        return
    path = Path(output)
    if path.is_dir():
        raise BadInput("is a folder", path=output, hint="give -o the name of a file")
    if not path.parent.is_dir():
        raise BadInput("its folder does not exist", path=output, hint=f"mkdir -p {path.parent}")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise BadInput("cannot be written", path=output, hint="check its permissions")


def original_of(tasks: Sequence[Task]) -> bytes:
    """Return the file that the tasks came from, as it is before anything is filled in."""
    path = Path(tasks[0].origin.path)
    return path.read_bytes() if path.suffix == ".py" and path.is_file() else b""


def complete_text(solved: Sequence[Solved], original: bytes) -> str:
    """Return the module `original` with every solved hole filled; of other files, the programs in order.

    All tasks come from one file. What is not solved stays as it was.
    """
    path = Path(solved[0][0].origin.path)
    if len(solved) == 1 or path.suffix != ".py":
        return "\n\n".join(complete_program(*one) for one in solved)
    with tempfile.TemporaryDirectory(prefix="proofsmith-") as folder:
        copy = Path(folder, path.name)
        copy.write_bytes(original)
        for task, candidate in solved:
            write_atomically(str(copy), fill(str(copy), task, candidate.source))
        with copy.open(encoding="utf-8", newline="") as file:
            return file.read()


def fill_in_place(task: Task, candidate: Candidate) -> None:
    """Write the program into the hole of the file that the task came from, all or nothing.

    Raises:
        BadInput: the file changed meanwhile, or cannot be written.
    """
    path = destination(task.origin.path, task)
    write_atomically(path, fill(task.origin.path, task, candidate.source))
    tell(f"filled: {path}")


def deliver(solved: Sequence[Solved], original: bytes, *, output: str | None, quiet: bool) -> None:
    """Print the solved programs and write them to `output`.

    On a terminal the functions are printed, in colours, or what was added to a Dafny program;
    otherwise the complete text, so that ``proofsmith solve f.py > g.py`` gives a module that works.
    """
    if not solved:
        return
    if not quiet and sys.stdout.isatty():
        added = [difference(*one) for one in solved]
        text = "\n\n".join(new or program_text(*one) for new, one in zip(added, solved, strict=True))
        print_program(text, "diff" if any(added) else solved[0][1].language)
    elif not quiet:
        print_program(complete_text(solved, original), None)
    if output is not None:
        write_atomically(output, complete_text(solved, original))
        tell(f"written: {output}")
