"""Files as they stand: functions that have their body, and what their file says they must do.

For judging a program that is already in its place. The text around a function is protected, and its
own text is the candidate, so that the two together are the file.
"""

from __future__ import annotations

from dataclasses import dataclass

from proofsmith.environments.docstring import of_function
from proofsmith.environments.holes import functions, hole_of_finished, signature_of, source_of
from proofsmith.environments.imports import refuse_local_imports
from proofsmith.environments.load import split_target
from proofsmith.environments.pytest_file import find_holes_or_none, is_test_file, task_of_finished
from proofsmith.environments.python_module import is_specified, task_of
from proofsmith.environments.reading import SourceFile, check_is_file, parse_python, read_python
from proofsmith.errors import BadInput
from proofsmith.python_spec import PythonSpec
from proofsmith.types import Candidate, Task


@dataclass(frozen=True)
class Finished:
    """A task whose answer stands in its file.

    Attributes:
        task: the specification; its module text is the file around the function.
        candidate: the function as it stands.
    """

    task: Task[PythonSpec]
    candidate: Candidate


def finished(target: str, function: str | None = None) -> tuple[tuple[Finished, ...], tuple[str, ...]]:
    """Return what can be judged of a Python file: of a module its functions, of a test file what it tests.

    Beside it the names of the functions that should be judged and have no body yet. `target` is
    ``FILE`` or ``FILE:FUNCTION``; `function` chooses as well.

    Raises:
        BadInput: nothing has both a body and something that says what it must do; or what reading
            the file can raise.
    """
    path, select = split_target(target)
    check_is_file(path)
    wanted = (select or function or "").rpartition(":")[2] or None
    file = read_python(path)
    if is_test_file(path):
        task, source = task_of_finished(file, wanted)
        return (Finished(task, Candidate(source, "python")),), ()
    found = _of_module(file, wanted)
    holes = find_holes_or_none(file) if wanted is None else ()
    return found, tuple(
        h.signature.name for h in holes if h.explicit or is_specified(h.docstring, h.signature, path)
    )


def _of_module(file: SourceFile, wanted: str | None) -> tuple[Finished, ...]:
    found = []
    for node in functions(parse_python(file.text, file.path)):
        signature, docstring = signature_of(node), of_function(node, file.text)
        if wanted != node.name and (wanted or not is_specified(docstring, signature, file.path)):
            continue
        hole = hole_of_finished(node, file.text, file.path)
        if hole is not None:
            found.append(Finished(task_of(hole, file.path), Candidate(source_of(node, file.text), "python")))
    if not found:
        subject = f"no function {wanted}" if wanted else "no function in this file"
        raise BadInput(
            f"{subject} has both a body and examples or a contract to judge it by",
            path=file.path,
            hint="write >>> examples or ensures: lines in its docstring; "
            "if the body is missing, name the program with --candidate PROGRAM",
        )
    refuse_local_imports(file.text, file.path)
    return tuple(found)
