"""Statements on lines of their own."""

from __future__ import annotations

from proofsmith.dafny.declarations import Method
from proofsmith.dafny.nodes import walk
from proofsmith.dafny.parser import parse
from proofsmith.dafny.statements import Block, MatchStatement, MatchStatementCase

_STEP = "  "


def laid_out(body: str) -> str:
    """Return statements one a line, indented by what stands around them; every line ends with a line end."""
    program = parse(f"method m() {{ {body} }}")
    method = program.declarations[0]
    assert isinstance(method, Method)
    assert method.body is not None
    tokens = program.tokens
    opening, closing, cases = set(), set(), set()
    for node in walk(method.body):
        if isinstance(node, Block):
            opening.add(node.first)
            closing.add(node.last - 1)
        elif isinstance(node, MatchStatement) and tokens[node.last - 1].text == "}":
            opening.add(min(c.first for c in node.cases) - 1)
            closing.add(node.last - 1)
        elif isinstance(node, MatchStatementCase):
            cases.add(node.first)
    lines: list[str] = []
    line, depth, in_case = "", 1, [0]

    def finish() -> None:
        nonlocal line
        if line.strip():
            lines.append(_STEP * (depth + in_case[-1]) + line.strip())
        line = ""

    for k in range(method.body.first + 1, method.body.last - 1):
        token = tokens[k]
        if k in closing:
            finish()
            depth -= 1
            in_case.pop()
            line = "}"
            if tokens[k + 1].text != "else":
                finish()
        elif k in cases:
            finish()
            in_case[-1] = 0
            line = token.text
        else:
            line += (" " if token.before.strip() or token.before else "") + token.text
            if k in opening:
                finish()
                depth += 1
                in_case.append(0)
            elif token.text == ";":
                finish()
            elif token.text == "=>" and lines and _opens_case(line):
                finish()
                in_case[-1] = 1
    finish()
    return "".join(f"{text}\n" for text in lines)


def _opens_case(line: str) -> bool:
    return line.lstrip().startswith("case ")
