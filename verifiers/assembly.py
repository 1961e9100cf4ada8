"""The module text that is run: the task's module with the candidate in its hole, and no answers.

A docstring with examples tells what is expected, so docstrings, comments, tests and the
``__main__`` block of the *protected* text do not go into the sandbox. Lines keep their numbers.
"""

from __future__ import annotations

import ast
import io
import tokenize
from functools import lru_cache

from proofsmith.python_spec import PythonSpec, Signature
from proofsmith.types import Candidate, Task


def program_text(task: Task[PythonSpec], candidate: Candidate) -> str:
    """Return the text to run for `candidate`.

    Raises:
        ValueError: the candidate does not fit the hole (see `PythonSpec.assemble`).
    """
    spec = task.spec
    return _assembled(spec.signature, spec.prefix, spec.header, spec.suffix, candidate.source)


@lru_cache(maxsize=64)
def _assembled(signature: Signature, prefix: str, header: str, suffix: str, source: str) -> str:
    prefix, header, suffix = _without_answers(prefix, header or _header(signature), suffix)
    return PythonSpec(signature, prefix=prefix, header=header, suffix=suffix).assemble(source)


@lru_cache(maxsize=256)
def _header(signature: Signature) -> str:
    return signature.render() + "\n"


@lru_cache(maxsize=256)
def _without_answers(prefix: str, header: str, suffix: str) -> tuple[str, str, str]:
    body = "    pass\n"
    stripped = strip_answers(header + body)
    return strip_answers(prefix), stripped.removesuffix(body), strip_answers(suffix)


def strip_answers(source: str) -> str:
    """Return `source` without docstrings, comments, top-level tests and ``__main__`` block.

    The lines stay where they are. Text that does not parse is returned as it is.
    """
    try:
        tree = ast.parse(source)
        comments = _comments(source)
    except (SyntaxError, ValueError, RecursionError, tokenize.TokenError):
        return source
    cuts = [(*place, "#") for place in comments]
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                cuts.append((*_place(first), '""'))
    used = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    dropped = [n for n in tree.body if _is_main_block(n) or _is_unused_test(n, used)]
    inside = [(*_place(node), "pass") for node in dropped]
    cuts = [c for c in cuts if not any(i[0] <= c[0] and c[1] <= i[1] for i in inside)] + inside
    lines = [line.encode() for line in source.splitlines(keepends=True)]
    for start, end, text in sorted(cuts, reverse=True):
        (row, column), (end_row, end_column) = start, end
        tail = lines[end_row - 1][end_column:]
        breaks = b"\n" * (end_row - row)
        if breaks and tail.strip():
            return ast.unparse(_bare(tree)) + "\n"
        lines[row - 1 : end_row] = [lines[row - 1][:column] + text.encode() + breaks + tail]
        lines[row:row] = [b""] * (end_row - row)
    return b"".join(lines).decode()


def _place(node: ast.stmt) -> tuple[tuple[int, int], tuple[int, int]]:
    start = (node.lineno, node.col_offset)
    for decorator in getattr(node, "decorator_list", ()):
        start = min(start, (decorator.lineno, decorator.col_offset - 1))
    return start, (node.end_lineno or node.lineno, node.end_col_offset or 0)


def _comments(source: str) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    if "#" not in source:
        return []
    found = []
    lines = source.splitlines(keepends=True)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            line = lines[row - 1]
            byte = len(line[:column].encode())
            found.append(((row, byte), (row, byte + len(token.string.encode()))))
    return found


def _is_main_block(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and "__name__" in ast.unparse(node.test) and not node.orelse


def _is_unused_test(node: ast.stmt, used: set[str]) -> bool:
    if not isinstance(node, ast.FunctionDef | ast.ClassDef):
        return False
    return node.name.lower().startswith("test") and node.name not in used


def _bare(tree: ast.Module) -> ast.Module:
    """The fallback for layouts that cannot be cut in place: the same without docstrings."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                first.value = ast.Constant(value="")
    used = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    tree.body = [n for n in tree.body if not (_is_main_block(n) or _is_unused_test(n, used))]
    return tree
