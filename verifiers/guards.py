"""Guards: whether a candidate may be judged at all. They look, they never run anything."""

from __future__ import annotations

import ast
from functools import lru_cache

from proofsmith.python_spec import PythonSpec, split_candidate
from proofsmith.source import Span
from proofsmith.types import Candidate, Diagnostic, Task

MAX_SOURCE = 200_000
"""Longest candidate, in characters."""


def check_candidate(task: Task[PythonSpec], candidate: Candidate) -> Diagnostic | None:
    """Return what disqualifies `candidate`, or ``None``.

    It must parse, define the function exactly once with the task's parameters, and leave the
    module around the hole alone: no name of the protected text is bound anew.
    """
    if candidate.language != "python":
        return Diagnostic(f"the program is in {candidate.language}, not Python", code="guard")
    if len(candidate.source) > MAX_SOURCE:
        return Diagnostic(f"the program is longer than {MAX_SOURCE} characters", code="guard")
    spec = task.spec
    try:
        split_candidate(candidate.source, spec.signature)
        assembled = ast.parse(spec.assemble(candidate.source))
        tree = ast.parse(candidate.source)
    except SyntaxError as error:
        span = Span(error.lineno) if error.lineno else None
        return Diagnostic(f"the program does not parse in its place: {error.msg}", span, "guard")
    except (ValueError, RecursionError, MemoryError) as error:
        return Diagnostic(f"the program {error}", code="guard")
    protected = _bound(spec.prefix) | _bound(spec.suffix)
    for node in tree.body:
        for name in sorted(_names(node)):
            if name == "*":
                return Diagnostic("star imports hide what they bind", Span(node.lineno), "guard")
            same = isinstance(node, ast.Import | ast.ImportFrom) and ast.unparse(node) in spec.prefix
            if name in protected and name != spec.signature.name and not same:
                message = f"the program binds {name} anew, which belongs to the task's module"
                return Diagnostic(message, Span(node.lineno), "guard")
    definitions = sum(
        isinstance(n, ast.FunctionDef) and n.name == spec.signature.name for n in assembled.body
    )
    if definitions != 1:
        return Diagnostic(f"{spec.signature.name} would be defined {definitions} times", code="guard")
    return None


@lru_cache(maxsize=256)
def _bound(source: str) -> frozenset[str]:
    """Names that a text binds at its top level; none if it does not parse."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError):
        return frozenset()
    return frozenset().union(*(_names(node) for node in body))


def _names(node: ast.stmt) -> set[str]:
    """Names that one top-level statement binds."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom):
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            return set()
        return {(a.asname or a.name).partition(".")[0] for a in node.names}
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
