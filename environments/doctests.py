"""Doctest examples (``>>>``) of a docstring, read without running anything.

What is a plain call with a plain result becomes an `Example`. What is not (method chains,
``sorted(f(x))``, statements that build on each other) stays a doctest: it is handed back as
script text, which `doctest_file` turns into a pytest file that runs it with the standard library's
`doctest`. Nothing that was written is dropped, except what is marked ``+SKIP``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from proofsmith.environments import literals
from proofsmith.environments.docstring import Docstring, bind, is_call_of, read_call
from proofsmith.environments.prose import read_prose
from proofsmith.errors import BadInput
from proofsmith.python_spec import Example, Outcome, Signature, TestFile
from proofsmith.source import Span

_PROMPT = re.compile(r"^(?P<indent>[ \t]*)>>>(?: |$|(?=[^\s>]))(?P<source>.*)$")
_OPTION = re.compile(r"#\s*doctest:\s*(.+)$", re.MULTILINE)
_TRACEBACK = re.compile(r"^Traceback \((?:most recent call last|innermost last)\):\s*$")
_RAISED = re.compile(r"^(?P<name>[A-Za-z_][\w.]*)(?::\s?(?P<message>.*))?$")


@dataclass(frozen=True)
class Statement:
    """One ``>>>`` statement: its source, the text expected after it, and its place."""

    source: str
    want: str
    start: int
    stop: int
    span: Span

    @property
    def parses(self) -> bool:
        """Say whether the source is valid Python."""
        try:
            ast.parse(self.source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
        return True

    def has_option(self, name: str) -> bool:
        """Say whether the directive ``+name`` stands in its source."""
        return any(f"+{name}" in m.group(1).replace(" ", "") for m in _OPTION.finditer(self.source))


@dataclass(frozen=True)
class Doctests:
    """What the ``>>>`` statements of a docstring say.

    Attributes:
        examples: single calls with their outcomes.
        script: doctest text of what could not be read as single calls; empty if all could.
        rows: docstring lines that belong to a statement or its expected text.
    """

    examples: tuple[Example, ...] = ()
    script: str = ""
    rows: frozenset[int] = frozenset()


def statements(docstring: Docstring) -> Iterator[Statement]:
    """Yield the ``>>>`` statements in order. As `doctest`, but a missing blank is forgiven."""
    lines = docstring.lines
    row = 0
    while row < len(lines):
        match = _PROMPT.match(lines[row])
        if match is None:
            row += 1
            continue
        start, indent = row, match["indent"]
        source = [match["source"]]
        row += 1
        while row < len(lines) and re.match(rf"^{indent}\.\.\.(?: |$)", lines[row]):
            source.append(lines[row][len(indent) + 4 :])
            row += 1
        want_start = row
        while row < len(lines) and lines[row].strip() and not _PROMPT.match(lines[row]):
            row += 1
        want = [_cut(line, indent) for line in lines[want_start:row]]
        last = row - 1
        span = docstring.span(start, len(indent), last, len(lines[last].rstrip()))
        yield Statement("\n".join(source), "\n".join(want), start, row, span)


def _cut(line: str, indent: str) -> str:
    return line[len(indent) :].rstrip() if line.startswith(indent) else line.strip()


def read_doctests(docstring: Docstring, signature: Signature, path: str | None = None) -> Doctests:
    """Read every ``>>>`` statement of `docstring` that concerns the function of `signature`.

    Raises:
        BadInput: a call does not fit the signature.
    """
    reader = _Reader(signature, path)
    rows: set[int] = set()
    for statement in statements(docstring):
        rows.update(range(statement.start, statement.stop))
        if not statement.has_option("SKIP"):
            reader.take(statement)
    return Doctests(tuple(reader.examples), reader.script(), frozenset(rows))


class _Reader:
    """Goes through the statements in order; knows what names stand for."""

    def __init__(self, signature: Signature, path: str | None) -> None:
        self._signature = signature
        self._path = path
        self._values: dict[str, Any] = {}
        self._calls: dict[str, ast.Call] = {}
        self._kept: list[tuple[Statement, bool]] = []
        self.examples: list[Example] = []

    def take(self, statement: Statement) -> None:
        """Read one statement as an example, as set-up, or keep it for the script."""
        if not statement.want and (not statement.parses or "#" in statement.source):
            stated = read_prose(Docstring(statement.source), self._signature)
            if stated:  # as in ">>> f(3)  # 9" or ">>> f(3) -> 9"
                self.examples += (replace(example, span=statement.span) for example in stated)
                return
        if not statement.parses:
            self._kept.append((statement, True))
            return
        body = ast.parse(statement.source).body
        if not body:
            return
        node = body[0]
        if len(body) == 1 and not statement.want and self._is_setup(node):
            self._kept.append((statement, False))
            return
        example = None
        if len(body) == 1 and isinstance(node, ast.Expr):
            example = self._example(node.value, statement)
            if example is None and not statement.want and not isinstance(node.value, ast.Call):
                return  # a value that is shown without its text says nothing
        if example is None:
            shown = isinstance(node, ast.Expr) and self._resolve(node.value) is not None
            if shown and not statement.want:  # a call without its result asks for nothing by itself
                self._kept.append((statement, False))
            else:
                self._kept.append((statement, True))
            return
        self.examples.append(example)
        if _names(node) & (self._values.keys() | self._calls.keys()):
            # A later statement may look at what this call did to its arguments.
            self._kept.append((statement, False))

    def script(self) -> str:
        """Return the statements that were not read as examples, with what they need."""
        if not any(needed for _, needed in self._kept):
            return ""
        blocks = []
        for statement, _ in self._kept:
            first, *more = statement.source.split("\n")
            block = [f">>> {first}", *(f"... {line}" for line in more)]
            blocks.append("\n".join(block + ([statement.want] if statement.want else [])) + "\n")
        return "\n".join(blocks)

    def _is_setup(self, node: ast.stmt) -> bool:
        if isinstance(node, ast.Import | ast.ImportFrom):
            self._values.update(literals.imported(node))
            return True
        if not isinstance(node, ast.Assign) or len(node.targets) != 1:
            return False
        target = node.targets[0]
        if not isinstance(target, ast.Name):
            return False
        self._values.pop(target.id, None)
        self._calls.pop(target.id, None)
        if is_call_of(node.value, self._signature.name):
            assert isinstance(node.value, ast.Call)
            self._calls[target.id] = node.value
            return True
        try:
            self._values[target.id] = literals.evaluate(node.value, self._values)
        except literals.NotPlain:
            return False
        return not literals.iterates(node.value)

    def _example(self, node: ast.expr, statement: Statement) -> Example | None:
        """Return what ``>>> node`` followed by the expected text asks for, if it is one call."""
        want = statement.want
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and want in ("True", ""):
            return self._comparison(node, statement)
        if is_call_of(node, "print") and isinstance(node, ast.Call):
            if len(node.args) != 1 or node.keywords:
                return None
            call = self._resolve(node.args[0])
            if call is None or not want or want.startswith("Traceback"):
                return None
            value = self._printed_value(want)
            return None if value is None else self._build(call, value, statement)
        call = self._resolve(node)
        if call is None or (not want and not self._may_return_none()):
            return None
        if "..." in want and statement.has_option("ELLIPSIS") and not _TRACEBACK.match(want.split("\n")[0]):
            return None
        outcome = self._outcome(want)
        return None if outcome is None else self._build(call, outcome, statement)

    def _resolve(self, node: ast.expr) -> ast.Call | None:
        if isinstance(node, ast.Name):
            return self._calls.get(node.id)
        if isinstance(node, ast.Call) and is_call_of(node, self._signature.name):
            return node
        return None

    def _may_return_none(self) -> bool:
        returns = self._signature.returns
        return returns is None or re.search(r"\b(None|Optional|Any|object)\b", returns) is not None

    def _comparison(self, node: ast.Compare, statement: Statement) -> Example | None:
        left, right = node.left, node.comparators[0]
        if self._resolve(left) is None:
            left, right = right, left
        call = self._resolve(left)
        if call is None or not isinstance(node.ops[0], ast.Eq | ast.Is) or literals.iterates(right):
            return None
        try:
            value = literals.evaluate(right, self._values)
        except literals.NotPlain:
            return None
        if isinstance(node.ops[0], ast.Is):
            constant = value is None or isinstance(value, bool)
            return self._build(call, Outcome(value), statement) if constant else None
        return self._build(call, Outcome(value), statement, strict=False)

    def _build(
        self, call: ast.Call, outcome: Outcome, statement: Statement, strict: bool = True
    ) -> Example | None:
        try:
            args, kwargs = read_call(call, self._values)
        except literals.NotPlain:
            return None
        bound = bind(self._signature, args, kwargs)
        if bound is None:
            if outcome.exception == "TypeError":
                return None
            raise BadInput(
                f"the example {ast.unparse(call)[:60]} does not fit {self._signature.render().rstrip(':')}",
                path=self._path,
                line=statement.span.line,
            )
        return Example(bound, outcome, strict, origin="doctest", span=statement.span)

    def _outcome(self, want: str) -> Outcome | None:
        """Read the text expected after a call: a printed result, output, or a traceback."""
        returns = self._signature.returns
        lines = want.split("\n")
        if _TRACEBACK.match(lines[0]):
            last = next((line for line in reversed(lines[1:]) if _RAISED.match(line)), None)
            match = _RAISED.match(last) if last is not None else None
            return None if match is None else Outcome(exception=match["name"].rpartition(".")[2])
        if not want:
            return Outcome(None)
        if returns == "None":
            return Outcome(None, stdout=want.replace("<BLANKLINE>", "") + "\n")
        for end in range(len(lines), 0, -1):
            if end < len(lines) and not _is_prose(lines[end]):
                continue
            try:
                return Outcome(literals.read_printed("\n".join(lines[:end])))
            except literals.NotPlain:
                continue
        if returns == "str":
            return Outcome(want)
        if returns is not None or re.match(r"[<(\[{]|[A-Za-z_][\w.]*\(", want):
            return None
        return Outcome(None, stdout=want.replace("<BLANKLINE>", "") + "\n")

    def _printed_value(self, want: str) -> Outcome | None:
        """Return the result whose `str` is `want`; either reading of ``3`` prints the same."""
        if self._signature.returns != "str":
            try:
                value = literals.read_printed(want)
            except literals.NotPlain:
                pass
            else:
                return None if isinstance(value, str) else Outcome(value)
        if self._signature.returns not in (None, "str"):
            return None
        return Outcome(want.replace("<BLANKLINE>", ""))


def _is_prose(line: str) -> bool:
    """Say whether a line after an expected value is a remark rather than more output."""
    return bool(re.match(r"^\s*(#|[A-Z][a-z]*:|[-*]\s)", line)) or len(re.findall(r"[A-Za-z]{2,}", line)) >= 3


def _names(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


def doctest_file(script: str, module: str, function: str) -> TestFile:
    """Return a pytest file that runs `script` with the standard library's doctest."""
    literal = script.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    source = (
        f'"""The doctests of {function} that are more than single calls."""\n\n'
        f"import doctest\n\nimport {module} as subject\n\n"
        f'SCRIPT = """\n{literal}"""\n\n\n'
        f"def test_doctests_of_{function}():\n"
        f'    script = doctest.DocTestParser().get_doctest(SCRIPT, vars(subject), "{function}", None, 0)\n'
        "    report = []\n"
        "    failed = doctest.DocTestRunner(verbose=False).run(script, out=report.append).failed\n"
        '    assert not failed, "".join(report)\n'
    )
    return TestFile(f"test_doctests_of_{function}.py", source, module)
