"""Python: programs compared by their syntax trees, partial programs judged by parser and scopes."""

from __future__ import annotations

import ast
import builtins
import re
import symtable
from collections.abc import Collection

from proofsmith.store.export.languages.base import Lines, Linter, tokens
from proofsmith.store.export.languages.forms import OWN, Part

_EMPTY_BLOCK = re.compile(r"expected an indented block after .* on line (\d+)")


class Python:
    """Python programs."""

    fence = "python"

    def __init__(self) -> None:
        self.linter: Linter | None = PythonLinter()

    def parts(self, source: str) -> tuple[Part, ...]:
        """Return the statements at top level, printed afresh without docstrings and annotations.

        Names that the program does not bind itself (builtins, imports, what the task's module has)
        stay, and so do attributes and keyword arguments. A text that does not parse is compared by
        its tokens.
        """
        try:
            tree = ast.parse(source)
            body = [node for node in tree.body if not _is_text(node)]
            shared = {_defined(node) for node in body}
            made = [ast.unparse(_Plain(node, shared).visit(node)) for node in body]
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return (tuple(token.text for token in tokens(source)),)
        return tuple(tuple(_shown(token.text) for token in tokens(text)) for text in made)


_MARK = "__own_"


def _shown(text: str) -> str:
    return OWN + text[len(_MARK) :] if text.startswith(_MARK) else text


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _defined(node: ast.stmt) -> str:
    """Return the name that a definition at top level binds; empty for other statements."""
    defines = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    return str(getattr(node, "name", "")) if defines else ""


class _Plain(ast.NodeTransformer):
    """Numbers the names that a definition binds, and drops docstrings and annotations."""

    def __init__(self, tree: ast.stmt, shared: Collection[str]) -> None:
        self._shared = shared
        self._bound: set[str] = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                self._bound.add(node.name)
            elif isinstance(node, ast.arg):
                self._bound.add(node.arg)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                self._bound.add(node.id)
        self._numbers: dict[str, str] = {}

    def _renamed(self, name: str) -> str:
        if name in self._shared:
            return _MARK
        if name not in self._bound:
            return name
        return self._numbers.setdefault(name, f"{_MARK}{len(self._numbers)}")

    def visit(self, node: ast.AST) -> ast.AST:
        """Change `node`, children in the order in which they stand."""
        body = getattr(node, "body", None)
        if isinstance(body, list) and len(body) > 1 and _is_text(body[0]):
            del body[0]
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.returns = None
            node.name = self._renamed(node.name)
        elif isinstance(node, ast.ClassDef):
            node.name = self._renamed(node.name)
        elif isinstance(node, ast.arg):
            node.annotation = None
            node.arg = self._renamed(node.arg)
        elif isinstance(node, ast.Name):
            node.id = self._renamed(node.id)
        return self.generic_visit(node)


class PythonLinter:
    """The parser, and a linter that reports names which nothing binds."""

    def units(self, source: str) -> tuple[Lines, ...]:
        """Return the lines of every statement; of one with a body, the body included."""
        try:
            tree = ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return ()
        found = {_lines(node) for node in ast.walk(tree) if isinstance(node, ast.stmt)}
        return tuple(sorted(found))

    def broken(self, source: str, whole: str) -> tuple[Lines, ...]:
        """Return the headers of empty blocks, or the statements that use names which nothing binds.

        Names that `whole` does not bind either belong to the task's module.
        """
        try:
            tree = ast.parse(source)
        except SyntaxError as error:
            empty = _EMPTY_BLOCK.search(error.msg or "")
            line = int(empty[1]) if empty else error.lineno or 1
            return ((line - 1, line),)
        except (ValueError, RecursionError, MemoryError):
            return ((0, source.count("\n") + 1),)
        unbound = _unbound(source) - _unbound(whole)
        if not unbound:
            return ()
        uses = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id in unbound]
        return tuple({_smallest(tree, n.lineno) for n in uses})


def _lines(node: ast.stmt) -> Lines:
    first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
    return first - 1, node.end_lineno or node.lineno


def _smallest(tree: ast.Module, line: int) -> Lines:
    """The lines of the innermost statement that holds a line; a header goes with its body."""
    around = [_lines(n) for n in ast.walk(tree) if isinstance(n, ast.stmt)]
    return min((r for r in around if r[0] < line <= r[1]), key=lambda r: (r[1] - r[0], r))


def _unbound(source: str) -> set[str]:
    """Names that are looked up globally and bound neither there nor among the builtins."""
    top = symtable.symtable(source, "program", "exec")
    bound = {
        s.get_name() for s in top.get_symbols() if s.is_assigned() or s.is_imported() or s.is_namespace()
    }
    found: set[str] = set()
    tables = [top]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        for symbol in table.get_symbols():
            name = symbol.get_name()
            local = table is not top and not symbol.is_global()
            if symbol.is_referenced() and not local and name not in bound and not hasattr(builtins, name):
                found.add(name)
    return found
