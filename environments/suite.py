"""Tasks from JSONL suites, one JSON object a line, plain or gzipped, in two published forms.

- HumanEval (Chen et al., 2021, arXiv 2107.03374): ``task_id, prompt, entry_point,
  canonical_solution, test``. The prompt is a module that ends in the function's docstring; the
  examples in that docstring are the specification. ``test`` and ``canonical_solution`` are for
  scoring alone (`proofsmith.environments.hidden`) and never become part of a task.
- MBPP (Austin et al., 2021, arXiv 2108.07732): ``task_id, text (or prompt), code, test_list`` and
  ``test_setup_code`` or ``test_imports``. By convention the ``test_list`` is given as specification;
  ``code`` never becomes part of a task, only its function's name and parameter names are read.
"""

from __future__ import annotations

import difflib
import gzip
import json
import zlib
from collections.abc import Iterator
from typing import Any

from proofsmith.environments.holes import find_holes
from proofsmith.environments.mbpp import mbpp_task
from proofsmith.environments.python_module import spec_of, statement_of, verifiers_for
from proofsmith.environments.reading import check_is_file, reason
from proofsmith.errors import BadInput
from proofsmith.types import Origin, Task

MAX_LINE = 4_000_000
"""Longest line that is read, in bytes."""


class SuiteLoader:
    """Loader of ``suite.jsonl`` and ``suite.jsonl.gz``."""

    def accepts(self, path: str) -> bool:
        """Say whether the name is that of a JSONL file."""
        return path.endswith((".jsonl", ".jsonl.gz"))

    def load(self, path: str, *, select: str | None = None) -> tuple[Task, ...]:
        """Return the tasks of every line, or the one whose ``task_id`` is `select`.

        Raises:
            BadInput: a line is not such an object, two lines have the same id, or there is no such id.
        """
        return tuple(_task(row, path, line) for line, row in rows(path, select))


def rows(path: str, select: str | None = None) -> list[tuple[int, dict[str, Any]]]:
    """Return (line number, object) of every line of a suite, or of the line whose id is `select`.

    Raises:
        BadInput: as `SuiteLoader.load`.
    """
    seen: dict[str, int] = {}
    found: list[tuple[int, dict[str, Any]]] = []
    for line, text in _lines(path):
        row = _object(text, path, line)
        name = str(row["task_id"])
        if name in seen:
            raise BadInput(f"task id {name} is also on line {seen[name]}", path=path, line=line)
        seen[name] = line
        if select is None or name == select:
            found.append((line, row))
    if not seen:
        raise BadInput("the file is empty", path=path)
    if select is not None and not found:
        close = (
            difflib.get_close_matches(select, seen, 1) or [n for n in seen if n.endswith(f"/{select}")][:1]
        )
        hint = f"did you mean {close[0]}?" if close else f"the first is {next(iter(seen))}"
        raise BadInput(f"there is no task {select!r} in this suite", path=path, hint=hint)
    return found


def _lines(path: str) -> Iterator[tuple[int, bytes]]:
    file = check_is_file(path)
    try:
        with gzip.open(file, "rb") if path.endswith(".gz") else file.open("rb") as stream:
            number = 0
            while line := stream.readline(MAX_LINE + 1):
                number += 1
                if len(line) > MAX_LINE:
                    raise BadInput(f"the line is longer than {MAX_LINE:,} bytes", path=path, line=number)
                if line.strip():
                    yield number, line
    except (OSError, EOFError, zlib.error) as error:
        raise BadInput(f"cannot be read: {reason(error)}", path=path) from None


def _object(text: bytes, path: str, line: int) -> dict[str, Any]:
    try:
        row = json.loads(text)
    except UnicodeDecodeError:
        raise BadInput("not readable as UTF-8", path=path, line=line) from None
    except (ValueError, RecursionError) as error:
        cause = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        raise BadInput(f"not a JSON object: {cause}", path=path, line=line) from None
    if not isinstance(row, dict):
        raise BadInput("not a JSON object", path=path, line=line)
    if not isinstance(row.get("task_id"), str | int) or isinstance(row.get("task_id"), bool):
        raise BadInput("there is no task_id", path=path, line=line)
    return row


def _task(row: dict[str, Any], path: str, line: int) -> Task:
    if isinstance(row.get("prompt"), str) and isinstance(row.get("entry_point"), str):
        return _humaneval_task(row, path, line)
    if isinstance(row.get("test_list"), list):
        return mbpp_task(row, path, line)
    raise BadInput(
        "neither of HumanEval form (prompt, entry_point) nor of MBPP form (test_list)", path=path, line=line
    )


def _humaneval_task(row: dict[str, Any], path: str, line: int) -> Task:
    name, task_id = row["entry_point"], str(row["task_id"])
    try:
        holes = find_holes(row["prompt"])
        hole = next((h for h in holes if h.signature.name == name), None)
        if hole is None:
            raise BadInput(f"the prompt has no function {name} without a body")
        spec = spec_of(hole, "solution", None)
    except BadInput as error:
        where = f" (line {error.line} of its prompt)" if error.line else ""
        raise BadInput(f"{task_id}: {error.cause}{where}", path=path, line=line, hint=error.hint) from None
    return Task(
        id=task_id,
        statement=statement_of(hole.docstring, name),
        language="python",
        spec=spec,
        verifiers=verifiers_for(spec),
        origin=Origin(path=path, source=f"line {line}"),
    )
