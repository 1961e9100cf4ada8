"""The specification of a Python function, and how a candidate fills its hole.

A Python task asks for one function. The module around the hole is part of the protected
specification: a candidate supplies imports, helpers and the function, `PythonSpec.assemble`
puts them in place, and nothing else of the module can change.
"""

from __future__ import annotations

import ast
import re
import textwrap
from dataclasses import dataclass
from typing import Any

from proofsmith import values
from proofsmith.source import Span


@dataclass(frozen=True)
class Parameter:
    """One parameter: `annotation` and `default` are source texts; `kind` is as in `inspect`."""

    name: str
    annotation: str | None = None
    default: str | None = None
    kind: str = "POSITIONAL_OR_KEYWORD"


@dataclass(frozen=True)
class Signature:
    """The header of the function that is asked for."""

    name: str
    parameters: tuple[Parameter, ...]
    returns: str | None = None

    def render(self) -> str:
        """Return the header as source, ``def name(...) -> ...:``."""
        positional_only = ast.arguments(
            posonlyargs=[_arg(p) for p in self.parameters if p.kind == "POSITIONAL_ONLY"],
            args=[_arg(p) for p in self.parameters if p.kind == "POSITIONAL_OR_KEYWORD"],
            vararg=next((_arg(p) for p in self.parameters if p.kind == "VAR_POSITIONAL"), None),
            kwonlyargs=[_arg(p) for p in self.parameters if p.kind == "KEYWORD_ONLY"],
            kw_defaults=[_default(p) for p in self.parameters if p.kind == "KEYWORD_ONLY"],
            kwarg=next((_arg(p) for p in self.parameters if p.kind == "VAR_KEYWORD"), None),
            defaults=[
                ast.parse(p.default, mode="eval").body
                for p in self.parameters
                if p.default is not None and p.kind.startswith("POSITIONAL")
            ],
        )
        returns = None if self.returns is None else ast.parse(self.returns, mode="eval").body
        node = ast.FunctionDef(
            name=self.name, args=positional_only, body=[ast.Pass()], decorator_list=[], returns=returns
        )
        node.type_params = []  # type: ignore[attr-defined, unused-ignore]
        return ast.unparse(ast.fix_missing_locations(node)).rsplit("\n", 1)[0]


def _arg(parameter: Parameter) -> ast.arg:
    annotation = None
    if parameter.annotation is not None:
        annotation = ast.parse(parameter.annotation, mode="eval").body
    return ast.arg(arg=parameter.name, annotation=annotation)


def _default(parameter: Parameter) -> ast.expr | None:
    return None if parameter.default is None else ast.parse(parameter.default, mode="eval").body


@dataclass(frozen=True)
class Outcome:
    """What a call did: returned `value`, or raised the exception named `exception`.

    `exception` is the class name without its module. `message` is ``None`` where any text
    will do. `stdout` is ``None`` where what was printed does not matter.
    """

    value: Any = None
    exception: str | None = None
    message: str | None = None
    stdout: str | None = None

    def render(self) -> str:
        """Return a one-line text of the outcome for people."""
        if self.exception is not None:
            return f"raises {self.exception}" + (f"({self.message!r})" if self.message else "")
        return repr(self.value)

    def meets(
        self, expected: Outcome, strict: bool = True, tolerance: values.Tolerance | None = None
    ) -> bool:
        """Say whether this actual outcome is what `expected` asks for."""
        if expected.stdout is not None and self.stdout != expected.stdout:
            return False
        if expected.exception is not None or self.exception is not None:
            return self.exception == expected.exception and expected.message in (None, self.message)
        return values.equal(self.value, expected.value, strict, tolerance or values.DEFAULT_TOLERANCE)


@dataclass(frozen=True)
class Call:
    """Arguments of one call, plain data."""

    args: tuple[Any, ...] = ()
    kwargs: tuple[tuple[str, Any], ...] = ()

    def render(self, function: str) -> str:
        """Return the call as source text."""
        parts = [repr(a) for a in self.args] + [f"{k}={v!r}" for k, v in self.kwargs]
        return f"{function}({', '.join(parts)})"

    @property
    def key(self) -> str:
        """Digest of the arguments; equal for equal calls."""
        return values.digest(list(self.args), [list(p) for p in self.kwargs])


@dataclass(frozen=True)
class Example:
    """A call and what it must do.

    Attributes:
        call: the arguments.
        expected: the outcome asked for.
        strict: whether types must agree at every level (as for printed values), or ``==`` decides.
        may_mutate: whether the call may change its arguments; if not, a change is a FAIL.
        origin: ``"doctest"``, ``"docstring"``, ``"pytest"``, ``"task"``, ``"reference"``, ``"user"``,
            ``"counterexample"``.
        span: where it stands in the task's file.
    """

    call: Call
    expected: Outcome
    strict: bool = True
    may_mutate: bool = True
    origin: str = "task"
    span: Span | None = None


@dataclass(frozen=True)
class Property:
    """A Boolean expression over the parameter names and, for postconditions, ``result``."""

    expression: str
    name: str = ""
    span: Span | None = None


@dataclass(frozen=True)
class TestFile:
    """A pytest file that judges the function. It imports it from `module`.

    `name` is a file name without directories. `support` are further files (name, source) beside it.
    """

    name: str
    source: str
    module: str
    support: tuple[tuple[str, str], ...] = ()

    __test__ = False  # not a test class, whatever pytest thinks of the name


@dataclass(frozen=True)
class PythonSpec:
    """What is asked of a Python function, and the module text around it.

    Attributes:
        signature: the header; protected.
        docstring: the function's docstring, dedented.
        examples: calls with expected outcomes.
        preconditions: what callers promise; inputs outside are never tried.
        properties: what must hold of every result.
        reference: source of a module that defines `reference_name`, the oracle.
        reference_name: name of the reference function.
        tests: pytest files that must pass.
        prefix: module source before the function; kept verbatim.
        suffix: module source after the function; kept verbatim.
        header: the function's source up to its hole (decorators, ``def`` line, docstring),
            verbatim and ending in a newline; empty means `signature` is rendered.
        indent: indentation of the function's body, as in the header.
        tolerance: how close floats must be.
    """

    signature: Signature
    docstring: str = ""
    examples: tuple[Example, ...] = ()
    preconditions: tuple[Property, ...] = ()
    properties: tuple[Property, ...] = ()
    reference: str | None = None
    reference_name: str = ""
    tests: tuple[TestFile, ...] = ()
    prefix: str = ""
    suffix: str = ""
    header: str = ""
    indent: str = "    "
    tolerance: values.Tolerance = values.DEFAULT_TOLERANCE

    def assemble(self, candidate: str) -> str:
        """Return the whole module with the candidate's function in place of the hole.

        The candidate is a module text that defines the function, and before it any imports and
        helper functions. The task's own header (with its docstring) replaces the candidate's.

        Raises:
            ValueError: the candidate does not parse, or does not define the function exactly once
                at top level with the task's parameters.
        """
        imports, helpers, function = split_candidate(candidate, self.signature)
        header = self.header or self.signature.render() + "\n"
        newline = "\r\n" if "\r\n" in header else "\n"
        body = _body_source(candidate, function, self.indent).replace("\n", newline)
        before = _future_first(self.prefix, imports, newline)
        if self.header and not helpers and (before == self.prefix or self.prefix.strip()):
            return before + header + body + self.suffix
        text = before + "".join(h.replace("\n", newline) + newline * 3 for h in helpers)
        if text and not text.endswith(newline * 3):
            text = text.rstrip("\r\n") + newline * 3
        return text.lstrip("\r\n") + header + body + self.suffix


def split_candidate(candidate: str, signature: Signature) -> tuple[list[str], list[str], ast.FunctionDef]:
    """Split a candidate's text into import lines, helper definitions and the function's node.

    Raises:
        ValueError: see `PythonSpec.assemble`.
    """
    try:
        tree = ast.parse(candidate)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ValueError(f"does not parse: {error}") from None
    imports: list[str] = []
    helpers: list[str] = []
    found: list[ast.FunctionDef] = []
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            imports.append(ast.unparse(node))
        elif isinstance(node, ast.FunctionDef) and node.name == signature.name:
            found.append(node)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            segment = None if node.decorator_list else ast.get_source_segment(candidate, node)
            helpers.append(segment or ast.unparse(node))
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            helpers.append(ast.unparse(node))
        else:
            raise ValueError(f"line {node.lineno}: only imports, definitions and constants may stand here")
    if len(found) != 1:
        raise ValueError(f"must define {signature.name} exactly once, not {len(found)} times")
    wanted = [p.name for p in signature.parameters]
    arguments = found[0].args
    given = [a.arg for a in (*arguments.posonlyargs, *arguments.args)]
    given += [a.arg for a in (arguments.vararg,) if a] + [a.arg for a in arguments.kwonlyargs]
    given += [a.arg for a in (arguments.kwarg,) if a]
    if sorted(given) != sorted(wanted):
        raise ValueError(f"{signature.name} must take ({', '.join(wanted)}), not ({', '.join(given)})")
    return imports, helpers, found[0]


def _body_source(candidate: str, function: ast.FunctionDef, indent: str) -> str:
    """The function's statements without its docstring, indented by `indent`, newline at the end."""
    body = function.body
    if (
        len(body) > 1
        and isinstance(body[0], ast.Expr)
        and isinstance(body[0].value, ast.Constant)
        and isinstance(body[0].value.value, str)
    ):
        body = body[1:]
    first, last = body[0], body[-1]
    lines = re.split(r"\r\n|\r|\n", candidate)
    decorated = isinstance(first, ast.FunctionDef | ast.ClassDef) and bool(first.decorator_list)
    own_lines = indent == lines[first.lineno - 1][: first.col_offset] and not decorated
    if own_lines and not any("\\" in line for line in lines[first.lineno - 1 : last.end_lineno]):
        return "\n".join(lines[first.lineno - 1 : last.end_lineno]) + "\n"
    text = "\n".join(ast.unparse(statement) for statement in body)
    return textwrap.indent(text, indent) + "\n"


def _future_first(prefix: str, imports: list[str], newline: str) -> str:
    """Insert import lines where the prefix's own imports end; future imports before all others."""
    known = prefix.splitlines()
    missing = sorted((line for line in imports if line not in known), key=lambda line: not _is_future(line))
    if not missing:
        return prefix
    try:
        body = ast.parse(prefix).body
    except SyntaxError:
        body = []
    lines = prefix.splitlines(keepends=True)
    start = at = next((i for i, line in enumerate(lines) if not line.startswith("#")), len(lines))
    opening = at == 0
    for index, node in enumerate(body):
        docstring = index == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if not (docstring or isinstance(node, ast.Import | ast.ImportFrom)):
            break
        at = node.end_lineno or at
        start = at if docstring else start
        opening = False
    if opening:
        return "".join(line + newline for line in missing) + newline * 2 + prefix.lstrip("\r\n")
    future = [line + newline for line in missing if _is_future(line)]
    others = [line + newline for line in missing if not _is_future(line)]
    return "".join((*lines[:start], *future, *lines[start:at], *others, *lines[at:]))


def _is_future(line: str) -> bool:
    return line.startswith("from __future__ ")
