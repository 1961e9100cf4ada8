"""A docstring with the place of its lines in the file, and calls read out of it."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from proofsmith.environments import literals
from proofsmith.python_spec import Call, Outcome, Signature
from proofsmith.source import Span


@dataclass(frozen=True)
class Docstring:
    """The value of a docstring, and where its lines stand.

    Attributes:
        text: the value as Python has it, not dedented.
        first_line: one-based file line of its first line.
        first_column: zero-based column of its first character.
        exact: whether line n of the value is line n of the file's text (no line-joining escapes).
        raw: its source between the quotes, with escapes as they were typed.
    """

    text: str
    first_line: int = 1
    first_column: int = 0
    exact: bool = True
    raw: str = ""

    @property
    def lines(self) -> list[str]:
        """The lines of the value."""
        return self.text.split("\n")

    def line(self, index: int) -> int:
        """Return the one-based file line of line `index` of the value."""
        return self.first_line + index if self.exact else self.first_line

    def span(self, index: int, column: int, end_index: int, end_column: int) -> Span:
        """Return the place of a piece of the value, given by lines and character columns."""
        if not self.exact:
            return Span(self.first_line)
        return Span(
            self.line(index),
            self._column(index, column),
            self.line(end_index),
            self._column(end_index, end_column),
        )

    def _column(self, index: int, column: int) -> int:
        offset = self.first_column if index == 0 else 0
        return offset + len(self.lines[index][:column].encode())

    @property
    def clean(self) -> str:
        """The docstring dedented, as `inspect.cleandoc` does."""
        return inspect.cleandoc(self.text)


def of_function(function: ast.FunctionDef, text: str) -> Docstring | None:
    """Return the docstring of a function of the module `text`, with its place.

    It may follow imports, as people write it in unfinished functions.
    """
    constants = (n.value for n in function.body if isinstance(n, ast.Expr))
    node = next((c for c in constants if isinstance(c, ast.Constant) and isinstance(c.value, str)), None)
    if node is None:
        return None
    segment = ast.get_source_segment(text, node) or ""
    opening = len(segment) - len(segment.lstrip("rRuUbBfF"))
    opening += 3 if segment[opening : opening + 3] in ('"""', "'''") else 1
    rows = (node.end_lineno or node.lineno) - node.lineno
    quotes = 3 if segment[opening - 3 : opening] in ('"""', "'''") else 1
    raw = re.sub(r"\r\n|\r", "\n", segment[opening:-quotes])
    assert isinstance(node.value, str)
    exact = node.value.count("\n") == rows
    return Docstring(node.value, node.lineno, node.col_offset + opening, exact, raw)


def is_call_of(node: ast.AST, name: str) -> bool:
    """Say whether `node` is a call of the function `name` by its plain name."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name


def read_call(node: ast.Call, names: Mapping[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return the argument values of a call.

    Raises:
        literals.NotPlain: an argument is not plain data, or is passed by ``*`` or ``**``.
    """
    for part in (*node.args, *(k.value for k in node.keywords)):
        if isinstance(part, ast.Starred) or literals.iterates(part):
            raise literals.NotPlain("not plain data")
    if any(k.arg is None for k in node.keywords):
        raise literals.NotPlain("** is not supported in an example")
    args = tuple(literals.evaluate(a, names) for a in node.args)
    return args, {k.arg or "": literals.evaluate(k.value, names) for k in node.keywords}


def bind(signature: Signature, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Call | None:
    """Return the call in its usual form (by position where possible), or ``None`` if it does not fit."""
    parameters = [
        inspect.Parameter(
            p.name,
            inspect._ParameterKind[p.kind],
            default=inspect.Parameter.empty if p.default is None else None,
        )
        for p in signature.parameters
    ]
    try:
        bound = inspect.Signature(parameters).bind(*args, **kwargs)
    except TypeError:
        return None
    return Call(bound.args, tuple(bound.kwargs.items()))


def same_outcome(a: Outcome, b: Outcome, strict: bool) -> bool:
    """Say whether two expected outcomes ask for the same, types compared if `strict`."""
    if a.exception is not None or b.exception is not None:
        return a.exception == b.exception
    return a.stdout == b.stdout and Outcome(a.value).meets(Outcome(b.value), strict)
