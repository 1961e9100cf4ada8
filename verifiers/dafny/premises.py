"""What a task takes on trust: assumptions in its own text, and included files that do not verify."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

from proofsmith.dafny.assumptions import assumptions
from proofsmith.dafny.declarations import Include, Method, Program
from proofsmith.dafny.nodes import walk
from proofsmith.dafny.openings import open_bodies
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


def unwritten(task: str, candidate: str) -> tuple[str, ...]:
    """Return the methods without bodies that a candidate leaves so although it writes others.

    Who writes none takes them all on trust, as the task does; who writes some has been asked to write.

    Raises:
        BadInput: a program cannot be read.
    """
    asked, left = _open_methods(task), _open_methods(candidate)
    return tuple(left) if 0 < len(left) < len(asked) else ()


def _open_methods(source: str) -> list[str]:
    program = parse(source)
    return [
        n.name for n in open_bodies(program) if isinstance(n, Method) and not n.is_ghost and n.body is None
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
