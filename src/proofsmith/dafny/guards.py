"""The guards: what a candidate adds to a Dafny program, and whether it may.

`additions` answers with the parts added or with a complaint. What may be added is said in `addable`,
how the task is found inside the candidate in `alignment`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from proofsmith.dafny.addable import Names, names_of
from proofsmith.dafny.alignment import Addition, Aligner
from proofsmith.dafny.assumptions import assumptions
from proofsmith.dafny.complaints import FORBIDDEN, SYNTAX, Complaint
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
        found = Aligner(program, theirs, names).additions()
        return found if isinstance(found, Complaint) else _more_on_trust(program, theirs) or found
    except RecursionError:
        return Complaint(SYNTAX, "nested too deeply", 1, 1)


def _more_on_trust(task: Program, candidate: Program) -> Complaint | None:
    """Complain of the first thing that a candidate takes on trust and its task does not.

    The rules let nothing of the kind through; whatever they overlook is caught here.
    """
    allowed = Counter(one.what for one in assumptions(task))
    for one in assumptions(candidate):
        allowed[one.what] -= 1
        if allowed[one.what] < 0:
            return Complaint(FORBIDDEN, f"may not be added: {one.what}", one.line, one.column)
    return None


@lru_cache(maxsize=64)
def _task(text: str, includes: tuple[str, ...]) -> tuple[Program, Names]:
    """Return a task's tree and names; one task is compared with many candidates."""
    program = parse(text)
    return program, names_of([program, *(parse(included) for included in includes)])
