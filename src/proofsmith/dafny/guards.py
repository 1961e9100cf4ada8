"""The guards: what a candidate adds to a Dafny program, and whether it may.

`additions` answers with the parts added or with a complaint. What may be added is said in `addable`,
how the task is found inside the candidate in `alignment`.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from proofsmith.dafny.addable import Names, names_of
from proofsmith.dafny.alignment import Addition, Aligner
from proofsmith.dafny.complaints import SYNTAX, Complaint
from proofsmith.dafny.declarations import Program
from proofsmith.dafny.lexer import DafnySyntaxError
from proofsmith.dafny.parser import parse

MAX_ADDED = 500_000
"""Most characters by which a candidate may be longer than its task, so that guarding takes bounded time."""


def check_additions(task: str, candidate: str, includes: Iterable[str] = ()) -> Complaint | None:
    """Say why `candidate` is not `task` with allowed additions; ``None`` if it is.

    Args:
        task: the program as given.
        candidate: the whole program with its additions.
        includes: texts of the files that the task includes.

    Raises:
        DafnySyntaxError: the task itself cannot be read.
    """
    found = additions(task, candidate, includes)
    return found if isinstance(found, Complaint) else None


def additions(task: str, candidate: str, includes: Iterable[str] = ()) -> tuple[Addition, ...] | Complaint:
    """Return what `candidate` adds to `task`, in the order of its text, or why it is refused.

    Raises:
        DafnySyntaxError: the task itself cannot be read.
    """
    program, names = _task(task, tuple(includes))
    if len(candidate) > len(task) + MAX_ADDED:
        return Complaint(SYNTAX, f"more than {MAX_ADDED:,} characters longer than the task", 1, 1)
    try:
        theirs = parse(candidate)
    except DafnySyntaxError as error:
        return Complaint(SYNTAX, error.plain, error.line or 1, error.column)
    try:
        return Aligner(program, theirs, names).additions()
    except RecursionError:
        return Complaint(SYNTAX, "nested too deeply", 1, 1)


@lru_cache(maxsize=64)
def _task(text: str, includes: tuple[str, ...]) -> tuple[Program, Names]:
    """Return a task's tree and names; one task is compared with many candidates."""
    program = parse(text)
    return program, names_of([program, *(parse(included) for included in includes)])
