"""Guards: whether a candidate may be judged at all. They look, they never run anything."""

from __future__ import annotations

import ast
from functools import lru_cache

from proofsmith.python_spec import PythonSpec
from proofsmith.source import Span
from proofsmith.types import Candidate, Diagnostic, Task
from proofsmith.verifiers.assembly import program_text

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
        assembled = ast.parse(program_text(task, candidate))
        tree = ast.parse(candidate.source)
    except SyntaxError as error:
        span = Span(error.lineno) if error.lineno else None
        return Diagnostic(f"the program does not parse in its place: {error.msg}", span, "guard")
    except (ValueError, RecursionError, MemoryError) as error:
        return Diagnostic(f"the program {error}", code="guard")
    protected, imported = _protected(spec.prefix, spec.suffix)
    for node in tree.body:
        own_imports = _imports(node)
        for name in sorted(_names(node)):
            if name == "*":
                return Diagnostic("star imports hide what they bind", Span(node.lineno), "guard")
            again = own_imports.get(name) is not None and own_imports[name] == imported.get(name)
            if name in protected and name != spec.signature.name and not again:
                message = f"the program binds {name} anew, which belongs to the task's module"
                return Diagnostic(message, Span(node.lineno), "guard")
    definitions = sum(
        isinstance(n, ast.FunctionDef) and n.name == spec.signature.name for n in assembled.body
    )
    if definitions != 1:
        return Diagnostic(f"{spec.signature.name} would be defined {definitions} times", code="guard")
    return None


@lru_cache(maxsize=256)
def _protected(prefix: str, suffix: str) -> tuple[frozenset[str], dict[str, str]]:
    """Return the names that the protected text binds at its top level, and what its imports bind."""
    names: set[str] = set()
    imports: dict[str, str] = {}
    for text in (prefix, suffix):
        try:
            body = ast.parse(text).body
        except (SyntaxError, ValueError, RecursionError):
            continue
        for node in body:
            names |= _names(node)
            imports.update(_imports(node))
    return frozenset(names), imports


def _imports(node: ast.stmt) -> dict[str, str]:
    """Return what an import statement binds: name, and what it stands for."""
    if isinstance(node, ast.Import):
        return {(a.asname or a.name).partition(".")[0]: f"{a.name} as {a.asname}" for a in node.names}
    if isinstance(node, ast.ImportFrom):
        return {a.asname or a.name: f"{'.' * node.level}{node.module}:{a.name}" for a in node.names}
    return {}


def _names(node: ast.stmt) -> set[str]:
    """Names that one top-level statement binds."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom):
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            return set()
        return {(a.asname or a.name).partition(".")[0] for a in node.names}
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
