"""Writing a solution into the user's file; outside the hole not a byte changes."""

from __future__ import annotations

import contextlib
import os
import tempfile
from dataclasses import replace
from pathlib import Path

from proofsmith.dafny_spec import DafnySpec
from proofsmith.environments.holes import Hole, find_holes
from proofsmith.environments.pytest_file import is_test_file, module_path
from proofsmith.environments.reading import SourceFile, read_python, read_text, reason
from proofsmith.errors import BadInput
from proofsmith.python_spec import PythonSpec
from proofsmith.types import Task


def destination(path: str, task: Task[PythonSpec | DafnySpec]) -> str:
    """Return the file that a solution of `task` is written into: `path`, or the module a test imports.

    Raises:
        BadInput: the task's file has no place for a program.
    """
    if isinstance(task.spec, DafnySpec):
        return path
    if not path.endswith(".py"):
        raise BadInput("a solution cannot be written into this kind of file", path=path, hint="use -o FILE")
    if is_test_file(path):
        return str(module_path(path, task.spec.tests[0].module))
    return path


def fill(path: str, task: Task[PythonSpec | DafnySpec], candidate: str) -> str:
    """Return the new full text of `destination`, the hole filled with the candidate's function.

    A Dafny answer is the full text already. The hole is found again in the file as it is now, so several
    holes can be filled one after another.

    Raises:
        BadInput: the hole is not there any more, or what the solution was judged by (the header with
            its docstring, the text around it, the tests) has changed since the task was loaded.
        ValueError: as `PythonSpec.assemble`.
    """
    target = destination(path, task)
    if isinstance(task.spec, DafnySpec):
        if read_text(target).text != task.spec.source:
            raise _changed(target)
        return candidate
    if target != path and not _has_test(path, task.spec):
        raise _changed(path)
    text = read_python(target).text if target == path or Path(target).exists() else ""
    name = task.spec.signature.name
    hole = next((h for h in find_holes(text, target) if h.signature.name == name), None)
    if hole is None and target != path:
        if text.rstrip() != task.spec.prefix.rstrip():
            raise _changed(target)
        return task.spec.assemble(candidate)
    if hole is None:
        raise BadInput(f"{name} has no missing body any more", path=target)
    if hole.signature != task.spec.signature:
        raise BadInput(f"the header of {name} has changed", path=target, line=hole.line)
    if hole.header != task.spec.header or not _fits(hole, task.spec):
        raise _changed(target)
    spec = replace(task.spec, prefix=hole.prefix, header=hole.header, suffix=hole.suffix, indent=hole.indent)
    return spec.assemble(candidate)


def _changed(path: str) -> BadInput:
    return BadInput("has changed since the search began", path=path, hint="use -o FILE")


def _has_test(path: str, spec: PythonSpec) -> bool:
    """Say whether a test file is still the one that the solution was judged by."""
    text = read_python(path).text
    return any(test.name == Path(path).name and test.source == text for test in spec.tests)


def _fits(hole: Hole, spec: PythonSpec) -> bool:
    """Say whether the text around a hole is as it was; with several holes, others may be filled by now."""
    alone = len(find_holes(f"{spec.prefix}{spec.header}{spec.indent}...\n{spec.suffix}")) == 1
    return not alone or (hole.prefix, hole.suffix) == (spec.prefix, spec.suffix)


def write_atomically(path: str, text: str) -> None:
    """Replace a file's content as a whole, keeping its encoding and permissions; a reader never sees a part.

    Raises:
        BadInput: it cannot be written, or the text does not fit the file's encoding.
    """
    file = Path(path).resolve()
    encoding = "utf-8"
    if file.exists():
        encoding = _encoding(path)
    try:
        data = text.encode(encoding)
    except UnicodeEncodeError as error:
        raise BadInput(f"the program does not fit the file's encoding ({error})", path=path) from None
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(temporary, file.stat().st_mode & 0o7777 if file.exists() else 0o666 & ~_umask())
        os.replace(temporary, file)
    except OSError as error:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise BadInput(f"cannot be written: {reason(error)}", path=path) from None


def _encoding(path: str) -> str:
    try:
        file: SourceFile = read_python(path)
    except BadInput:
        return "utf-8"  # an empty or unreadable file is replaced
    return file.encoding


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
