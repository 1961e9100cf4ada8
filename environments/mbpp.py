"""One MBPP row as a task: its asserts are the specification."""

from __future__ import annotations

import ast
from typing import Any

from proofsmith.environments.asserts import CallShapes, read_asserts, signature_from_calls
from proofsmith.environments.examples import merge
from proofsmith.environments.holes import signature_of
from proofsmith.environments.python_module import verifiers_for
from proofsmith.errors import BadInput
from proofsmith.python_spec import PythonSpec, Signature, TestFile
from proofsmith.types import Origin, Task

MODULE = "solution"
"""Name under which the generated test file imports the function."""


def mbpp_task(row: dict[str, Any], path: str, line: int) -> Task[PythonSpec]:
    """Return the task of an MBPP row; `path` and `line` are its place.

    Raises:
        BadInput: the row has no statement or no usable asserts, or they contradict each other.
    """
    task_id = str(row["task_id"])
    statement = row.get("text") or row.get("prompt")
    asserts = row["test_list"]
    if not isinstance(statement, str) or not all(isinstance(a, str) for a in asserts):
        raise BadInput(f"{task_id}: text and test_list must be text", path=path, line=line)
    setup = [row.get("test_setup_code") or "", *(row.get("test_imports") or [])]
    try:
        source = "\n".join(a.strip() for a in asserts)
        signature = _signature(row.get("code"), source)
        examples, rest = read_asserts(source, signature)
        examples = merge(examples, signature.name)
    except BadInput as error:
        raise BadInput(f"{task_id}: {error.cause}", path=path, line=line, hint=error.hint) from None
    spec = PythonSpec(
        signature=signature,
        docstring=statement.strip(),
        examples=examples,
        tests=_test_file(signature.name, [s for s in setup if s.strip()], rest) if rest else (),
    )
    return Task(
        id=task_id,
        statement=statement.strip(),
        language="python",
        spec=spec,
        verifiers=verifiers_for(spec),
        origin=Origin(path=path, source=f"line {line}"),
    )


def _signature(code: Any, asserts: str) -> Signature:
    """Return the header of the function the asserts call; parameter names from the reference's header."""
    shapes = CallShapes.of(asserts)
    defined: dict[str, ast.FunctionDef] = {}
    if isinstance(code, str):
        try:
            body = ast.parse(code).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            body = []
        defined = {node.name: node for node in body if isinstance(node, ast.FunctionDef)}
    called = [name for name in shapes.names if name in defined] or list(shapes.names)
    if not called:
        raise BadInput("the asserts call no function")
    if called[0] in defined:
        return signature_of(defined[called[0]])
    return signature_from_calls(called[0], shapes)


def _test_file(function: str, setup: list[str], rest: list[str]) -> tuple[TestFile, ...]:
    head = "\n".join([*setup, f"from {MODULE} import {function}"])
    tests = "".join(f"\n\ndef test_{number}():\n    {text}\n" for number, text in enumerate(rest, 1))
    return (TestFile(f"test_{function}.py", f"{head}\n{tests}", MODULE),)
