"""Source text of a candidate: imports, helpers, the function; simplified and formatted."""

from __future__ import annotations

import ast
import textwrap

from proofsmith.agents.policies.symbolic.program import Program
from proofsmith.agents.policies.symbolic.simplify import simplified
from proofsmith.python_spec import Signature


def source_of(signature: Signature, program: Program) -> str:
    """Return the formatted source of a program for this signature."""
    body = textwrap.indent("\n".join(program.body), "    ")
    module = simplified(ast.parse(f"{signature.render()}\n{body}\n"))
    text = _without_double_parentheses(ast.unparse(module))
    imports = "\n".join(sorted(program.imports))
    parts = [imports, *(h.strip() for h in program.helpers), text]
    return formatted("\n\n\n".join(p for p in parts if p) + "\n")


def _without_double_parentheses(text: str) -> str:
    """Remove what `ast.unparse` writes too many of: ``sum((x for x in xs))``, ``a, b = (b, a)``."""
    lines = text.splitlines()
    spots: list[tuple[int, int]] = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords:
            (arg,) = node.args
            if isinstance(arg, ast.GeneratorExp) and arg.end_lineno and arg.end_col_offset:
                spots += [(arg.lineno - 1, arg.col_offset), (arg.end_lineno - 1, arg.end_col_offset - 1)]
        elif isinstance(node, ast.Assign | ast.Return) and isinstance(node.value, ast.Tuple):
            value = node.value
            first = lines[value.lineno - 1].encode()[value.col_offset : value.col_offset + 1]
            if first == b"(" and len(value.elts) > 1 and value.end_lineno and value.end_col_offset:
                spots += [
                    (value.lineno - 1, value.col_offset),
                    (value.end_lineno - 1, value.end_col_offset - 1),
                ]
    for line, column in sorted(spots, reverse=True):
        raw = lines[line].encode()
        lines[line] = (raw[:column] + raw[column + 1 :]).decode()
    return "\n".join(lines)


def formatted(source: str) -> str:
    """Format with black, as a person's editor would."""
    import black

    return black.format_str(source, mode=black.Mode(line_length=100))
