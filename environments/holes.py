"""Finding the functions of a module whose body is missing, and splitting the text around them.

The split is exact: ``prefix + header + filling + suffix`` is the file's text, character by
character (only a header that shares its line with the hole gets a line end of its own).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from proofsmith.environments.docstring import Docstring, of_function
from proofsmith.environments.reading import parse_python
from proofsmith.errors import BadInput
from proofsmith.python_spec import Parameter, Signature


@dataclass(frozen=True)
class Hole:
    """A function without a body.

    Attributes:
        signature: its header.
        docstring: its docstring with its place, if it has one.
        prefix: text before its decorators.
        header: decorators, ``def``, docstring and comments, up to the hole; ends in a line end.
        filling: the text that a body replaces; empty for a body of nothing but a docstring.
        suffix: text after it.
        indent: indentation of the body.
        line: one-based line of the ``def``.
        explicit: ``...`` or ``raise NotImplementedError``; otherwise it is ``pass`` or nothing, which
            is a hole only when examples say so.
    """

    signature: Signature
    docstring: Docstring | None
    prefix: str
    header: str
    filling: str
    suffix: str
    indent: str
    line: int
    explicit: bool


def find_holes(text: str, path: str | None = None, first_line: int = 1) -> tuple[Hole, ...]:
    """Return the holes among the top-level functions of a module, in order.

    Raises:
        BadInput: a syntax error; or a hole that is defined again below it; or there are only
            holes of a kind that is not supported (methods, async or nested functions).
    """
    tree = parse_python(text, path, first_line)
    holes = []
    for index, node in enumerate(tree.body):
        if not isinstance(node, ast.FunctionDef) or is_overload(node):
            continue
        body = hole_in(node)
        if body is None:
            continue
        _refuse_defined_again(tree.body[index + 1 :], node.name, path, first_line)
        holes.append(_split(node, body, body, text, path))
    if not holes:
        _refuse_unsupported(tree, path, first_line)
    return tuple(holes)


def hole_of_finished(node: ast.FunctionDef, text: str, path: str | None = None) -> Hole | None:
    """Return the hole that a function of the module `text` had before its body was written.

    ``None`` if the body is missing.

    Raises:
        BadInput: the function is defined again below, or its body does not begin on a line of its own.
    """
    if hole_in(node) is not None:
        return None
    tree = parse_python(text, path)
    _refuse_defined_again([n for n in tree.body if n.lineno > node.lineno], node.name, path, 1)
    first = node.body[1 if _is_docstring(node.body[0]) else 0]
    return _split(node, first, node.body[-1], text, path)


def functions(tree: ast.Module) -> list[ast.FunctionDef]:
    """Return the functions at top level, overloads left out."""
    return [n for n in tree.body if isinstance(n, ast.FunctionDef) and not is_overload(n)]


def source_of(node: ast.FunctionDef, text: str) -> str:
    """Return the text of a function of the module `text`, its decorators left out."""
    lines = Lines(text)
    return text[lines.start(node.lineno) : lines.start((node.end_lineno or node.lineno) + 1)]


def _refuse_defined_again(below: list[ast.stmt], name: str, path: str | None, first_line: int) -> None:
    again = next((n for n in below if name in set(_bound_names(n))), None)
    if again is not None:
        raise BadInput(
            f"{name} is defined again, so what stands above is never used",
            path=path,
            line=first_line + again.lineno - 1,
        )


class Lines:
    """Offsets of lines and of `ast` positions (UTF-8 columns) in a text, for any line ends."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = [0, *(m.end() for m in re.finditer(r"\r\n|\r|\n", text)), len(text)]

    def start(self, line: int) -> int:
        """Return the offset at which the one-based `line` starts; the text's end if there is none."""
        return self._starts[min(line - 1, len(self._starts) - 1)]

    def offset(self, line: int, column: int) -> int:
        """Return the offset of an `ast` position."""
        begin = self.start(line)
        row = self._text[begin : self.start(line + 1)]
        return begin + len(row.encode()[:column].decode())


def hole_in(node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.stmt | None:
    """Return the statement that stands for the missing body, or ``None`` if the body is there.

    Imports may stand before it. For a body that ends in a docstring it is the docstring. ``pass`` counts.
    """
    last = node.body[-1]
    before = node.body[:-1]
    if not all(_is_docstring(n) or isinstance(n, ast.Import | ast.ImportFrom) for n in before):
        return None
    stands = _is_docstring(last) or isinstance(last, ast.Pass) or _is_explicit(last)
    return last if stands else None


def _is_explicit(node: ast.stmt) -> bool:
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant) and node.value.value is Ellipsis
    if not isinstance(node, ast.Raise):
        return False
    raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
    return isinstance(raised, ast.Name) and raised.id == "NotImplementedError"


def is_overload(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Say whether it is one of the headers of an overloaded function (`typing.overload`)."""
    return any(ast.unparse(d).rpartition(".")[2] == "overload" for d in node.decorator_list)


def _bound_names(node: ast.stmt) -> Iterator[str]:
    """Yield the names that a top-level statement binds."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
        return
    for child in ast.walk(node):
        if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store | ast.Del):
            yield child.id
        elif isinstance(child, ast.FunctionDef | ast.ClassDef):
            yield child.name
        elif isinstance(child, ast.alias):
            yield (child.asname or child.name).partition(".")[0]


def _split(node: ast.FunctionDef, hole: ast.stmt, last: ast.stmt, text: str, path: str | None) -> Hole:
    """Cut `text` around the statements of `node` from `hole` to `last`."""
    lines = Lines(text)
    start = lines.start(_first_line(node))
    end_line = last.end_lineno or last.lineno
    after = lines.start(end_line + 1)
    newline = "\r\n" if "\r\n" in text[start:after] else "\n"
    only_docstring = hole is last and _is_docstring(hole)
    row = _first_line(hole)
    hole_at = after if only_docstring else lines.offset(row, hole.col_offset)
    line_start = lines.start(row)
    before = text[line_start : lines.offset(row, hole.col_offset)]
    if before.strip() == "":
        indent = before
        hole_at = hole_at if only_docstring else line_start
        header = text[start:hole_at]
        if not header.endswith(("\n", "\r")):
            header += newline
    elif only_docstring or hole is not node.body[0]:
        raise BadInput(
            f"the body of {node.name} must begin on a line of its own", path=path, line=hole.lineno
        )
    else:
        indent = "    "
        header = text[start:hole_at].rstrip() + newline
        hole_at = start + len(text[start:hole_at].rstrip())
    if header.rstrip().endswith("\\"):
        raise BadInput(f"the body of {node.name} must not follow a backslash", path=path, line=hole.lineno)
    return Hole(
        signature_of(node),
        of_function(node, text),
        text[:start],
        header,
        text[hole_at:after],
        text[after:],
        indent,
        node.lineno,
        _is_explicit(hole),
    )


def _first_line(node: ast.stmt) -> int:
    """Return the line on which a statement begins, its decorators included."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return min([node.lineno, *(d.lineno for d in node.decorator_list)])
    return node.lineno


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(getattr(node.value, "value", None), str)


def signature_of(node: ast.FunctionDef) -> Signature:
    """Return the header of a function definition; annotations and defaults as normalised source."""
    arguments = node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(arguments.defaults))
    defaults += arguments.defaults
    parameters = []
    for index, (argument, default) in enumerate(zip(positional, defaults, strict=True)):
        only = index < len(arguments.posonlyargs)
        kind = "POSITIONAL_ONLY" if only else "POSITIONAL_OR_KEYWORD"
        parameters.append(_parameter(argument, default, kind))
    if arguments.vararg:
        parameters.append(_parameter(arguments.vararg, None, "VAR_POSITIONAL"))
    for argument, keyword_default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        parameters.append(_parameter(argument, keyword_default, "KEYWORD_ONLY"))
    if arguments.kwarg:
        parameters.append(_parameter(arguments.kwarg, None, "VAR_KEYWORD"))
    return Signature(node.name, tuple(parameters), _source(node.returns))


def _parameter(argument: ast.arg, default: ast.expr | None, kind: str) -> Parameter:
    return Parameter(argument.arg, _source(argument.annotation), _source(default), kind)


def _source(node: ast.expr | None) -> str | None:
    return None if node is None else ast.unparse(node)


def _refuse_unsupported(tree: ast.Module, path: str | None, first_line: int) -> None:
    """Raise for the first hole of a kind that is not supported, if there is one."""
    for node in tree.body:
        for child in ast.walk(node):
            if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            hole = hole_in(child)
            if hole is None or not _is_explicit(hole) or is_overload(child):
                continue
            line = first_line + child.lineno - 1
            if isinstance(child, ast.AsyncFunctionDef):
                raise BadInput(f"{child.name} is async; async functions are not supported yet", path, line)
            if isinstance(node, ast.ClassDef):
                raise BadInput(
                    f"{node.name}.{child.name} is a method; methods are not supported yet",
                    path,
                    line,
                    "move what is missing into a function at top level",
                )
            raise BadInput(f"{child.name} is not at top level, where a hole must be", path, line)
