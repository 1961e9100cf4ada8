"""Which functions of a module mean what their text says: nothing rebinds a name they rely on."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from proofsmith.verifiers.contracts.expressions import BUILTINS, Unsupported

_MODELLED = frozenset(BUILTINS) | {"range", "divmod", "True", "False"}
"""Names that the translation takes for Python's own."""

_HARMLESS = frozenset({"__future__", "typing", "collections.abc", "math"})
"""Modules whose import changes nothing that is modelled."""

_NOT_PLAIN = (
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.Import, ast.ImportFrom),
    *(ast.Global, ast.Nonlocal, ast.Try, ast.TryStar, ast.Match, ast.Yield, ast.YieldFrom, ast.Await),
)
"""What changes a function's meaning, or binds names, even in a part of it that is never reached."""


def functions_of(source: str) -> dict[str, ast.FunctionDef]:
    """Return the module's plain top-level functions by name.

    Functions that are defined twice or not plain code are left out.

    Raises:
        Unsupported: the module does something at import, or rebinds a name that the translation
            takes for Python's own; then no function of it can be trusted to mean what it says.
    """
    found: dict[str, ast.FunctionDef | None] = {}
    imported: set[str] = set()
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef):
            _check_header(node)
            plain = node.name not in found and _is_plain(node)
            found[node.name] = node if plain else None
        elif isinstance(node, ast.Import | ast.ImportFrom):
            imported |= _check_import(node)
        elif not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            raise Unsupported(f"line {node.lineno}: {type(node).__name__} statements outside of functions")
    functions = {name: node for name, node in found.items() if node is not None}
    bound = {name for function in functions.values() for name in _bound(function)}
    for name in sorted({*found, *imported, *bound}):
        if name in _MODELLED or (name in found and name in {*imported, *bound}):
            raise Unsupported(f"rebinding {name}")
    return functions


def _is_plain(function: ast.FunctionDef) -> bool:
    return not any(n is not function and isinstance(n, _NOT_PLAIN) for n in ast.walk(function))


def _check_header(function: ast.FunctionDef) -> None:
    """What stands around a body is evaluated when the module is imported: it must do nothing."""
    if function.decorator_list:
        raise Unsupported(f"line {function.lineno}: a decorator of {function.name}")
    if getattr(function, "type_params", None):
        raise Unsupported(f"line {function.lineno}: type parameters of {function.name}")
    a = function.args
    parts = [*a.defaults, *a.kw_defaults, function.returns]
    parts += [p.annotation for p in (*a.posonlyargs, *a.args, *a.kwonlyargs, a.vararg, a.kwarg) if p]
    for part in parts:
        if part is not None and any(
            isinstance(n, ast.Call | ast.NamedExpr | ast.Await | ast.Lambda) for n in ast.walk(part)
        ):
            raise Unsupported(f"line {function.lineno}: a call in the header of {function.name}")


def _check_import(node: ast.Import | ast.ImportFrom) -> set[str]:
    """Refuse an import that may change what is modelled; return the names it binds."""
    modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
    if any(module not in _HARMLESS for module in modules):
        raise Unsupported(f"line {node.lineno}: importing {', '.join(modules)}")
    names = {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
    if "*" in names:
        raise Unsupported(f"line {node.lineno}: an import of everything")
    return names


def _bound(function: ast.FunctionDef) -> Iterator[str]:
    """Names that a function binds, its parameters among them."""
    for node in ast.walk(function):
        if isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
            yield node.id
