"""What a module imports, and whether that is installed or lies beside it. Nothing is imported here."""

from __future__ import annotations

import ast
import sys
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

from proofsmith.environments.reading import SourceFile
from proofsmith.errors import BadInput


def find_installed(top: str, folder: Path) -> ModuleSpec | None:
    """Return where the module `top` is installed; `folder` and the working directory do not count."""
    excluded = {folder.resolve(), Path.cwd()}
    try:
        places = [p for p in sys.path if p and Path(p).resolve() not in excluded]
        return PathFinder.find_spec(top, places)
    except (ImportError, ValueError, OSError):
        return None


def is_standard(top: str) -> bool:
    """Say whether `top` is a module of the standard library."""
    return top in sys.stdlib_module_names


def refuse_local_imports(text: str, path: str) -> None:
    """Raise if the module `text` imports modules that lie beside it: the sandbox does not see them.

    Raises:
        BadInput: it does, or it uses relative imports; the first such line is named.
    """
    folder = Path(path).parent
    for node in ast.parse(text).body:
        if isinstance(node, ast.ImportFrom) and node.level:
            raise BadInput("relative imports are not supported yet", path=path, line=node.lineno)
        modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        modules = [a.name for a in node.names] if isinstance(node, ast.Import) else modules
        for top in (m.partition(".")[0] for m in modules):
            beside = (folder / f"{top}.py").is_file() or (folder / top).is_dir()
            if beside and not is_standard(top) and find_installed(top, folder) is None:
                raise BadInput(
                    f"imports {top}, which lies beside this file; only what is installed can be imported",
                    path=path,
                    line=node.lineno,
                    hint="move what the function needs into this file, or install it",
                )


def defined_names(file: SourceFile) -> set[str]:
    """Return the names that a module binds at top level; ``*`` if it imports some by star.

    Raises:
        SyntaxError, ValueError: it does not parse.
    """
    names: set[str] = set()
    for node in ast.parse(file.text).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
            continue
        for child in ast.walk(node):
            if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
                names.add(child.id)
            elif isinstance(child, ast.alias):
                names.add((child.asname or child.name).partition(".")[0])
    return names
