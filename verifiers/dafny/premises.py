"""What a task takes on trust: assumptions in its own text, and included files that do not verify."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

from proofsmith.dafny.assumptions import assumptions
from proofsmith.dafny.declarations import Include, Program
from proofsmith.dafny.nodes import walk
from proofsmith.dafny.openings import is_called_for, is_open, open_bodies
from proofsmith.dafny.parser import parse
from proofsmith.dafny_spec import DafnySpec, IncludedDafny
from proofsmith.errors import BadInput
from proofsmith.verifiers.dafny.pool import DafnyPool


def assumed_in(source: str) -> tuple[str, ...]:
    """Return in words everything that a program takes on trust, but for what it includes.

    Raises:
        BadInput: the program cannot be read.
    """
    return tuple(_assumed(parse(source), ""))


def unwritten(task: str, candidate: str, rest_holds: bool) -> tuple[str, ...]:
    """Return what still has no body in a candidate although one was asked for.

    Asked for are bodies that are marked. The others that are missing may be meant as declarations, and are
    asked for where nothing else is: where the rest of the task verifies as it is, or where a candidate writes
    some of them.

    Args:
        task: the program as it was given.
        candidate: the program with its additions.
        rest_holds: whether the task verifies but for what has no body in it.

    Raises:
        BadInput: a program cannot be read.
    """
    asked, left = _without_body(task), _without_body(candidate)
    if rest_holds or len(left) < len(asked):
        return tuple(name for name, _ in left)
    return tuple(name for name, marked in left if marked)


def _without_body(source: str) -> list[tuple[str, bool]]:
    """Names of open declarations that have no body at all, and whether the marker stands there."""
    program = parse(source)
    return [
        (n.name or "the constructor", is_called_for(program, n))
        for n in open_bodies(program)
        if is_open(program, n)
    ]


def assumed_by_includes(pool: DafnyPool, spec: DafnySpec, deadline: float) -> tuple[str, ...]:
    """Return in words everything that the files which a task includes take on trust.

    Dafny does not verify the bodies in included files, so each is verified by itself.

    Raises:
        BadInput: an included program cannot be read.
        ToolMissing, ToolFailure: as `DafnyPool.confirm`.
    """
    found: list[str] = []
    for included in spec.includes:
        try:
            program = parse(included.text)
        except BadInput as error:
            raise BadInput(error.cause, path=included.path, line=error.line, hint=error.hint) from None
        own = list(_assumed(program, f"{included.path}, "))
        found += own
        beside = _beside(included, spec)
        if beside is None:
            found.append(f"{included.path} is not verified: it includes files of other folders")
            continue
        left = max(0.0, deadline - time.monotonic())
        report = pool.confirm(included.text, seconds=left, includes=beside, strict=not own)
        if not report.verified:
            found.append(f"{included.path} does not verify by itself ({report.status})")
    return tuple(found)


def _assumed(program: Program, where: str) -> Iterator[str]:
    included = {program.tokens[n.first].start for n in walk(program) if isinstance(n, Include)}
    places = {(t.line, t.column) for t in program.tokens if t.start in included}
    for one in assumptions(program):
        if (one.line, one.column) not in places:
            yield f"{where}line {one.line}: {one.what}"


def _beside(main: IncludedDafny, spec: DafnySpec) -> tuple[IncludedDafny, ...] | None:
    """Return the other included files as seen from the folder of `main`; ``None`` if one is outside it."""
    program = parse(main.text)
    if not any(isinstance(node, Include) for node in walk(program)):
        return ()
    folder = os.path.dirname(main.path)
    found = []
    for other in spec.includes:
        path = os.path.relpath(other.path, folder or ".")
        if path.startswith(".."):
            return None
        found.append(IncludedDafny(path, other.text))
    return tuple(found)
