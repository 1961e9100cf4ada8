"""Taking proof hints out of a program, whole or one by one, so that its layout stays neat."""

from __future__ import annotations

import re
from collections.abc import Iterable

from proofsmith.dafny.declarations import Method, Program
from proofsmith.dafny.nodes import Node, walk
from proofsmith.dafny.statements import Assert, Block, Calc, For, While, WhileCases

_LINE_END = re.compile(r"\r\n|\n|\r")


def hints(program: Program) -> tuple[Node, ...]:
    """Return the invariants and decreases clauses of loops, assertions and calculations of methods.

    Those inside another are not named again.
    """
    found: list[Node] = []
    for method in program.callables():
        if not isinstance(method, Method) or method.body is None:
            continue
        for node in walk(method.body):
            if found and node.last <= found[-1].last:
                continue
            if isinstance(node, While | WhileCases | For):
                # a loop's clauses stand before its body, so they are met in the order of the text
                found += [c for c in node.clauses if c.kind in ("invariant", "decreases") and not c.free]
            elif isinstance(node, Block):
                continue
            elif isinstance(node, Assert | Calc):
                found.append(node)
    unique = {(n.first, n.last): n for n in found}
    return tuple(unique[key] for key in sorted(unique))


def without(program: Program, nodes: Iterable[Node]) -> str:
    """Return the program's text without some of its parts; lines that held nothing else go too."""
    return cut(program.source, (program.span(node) for node in nodes))


def without_hints(program: Program) -> str:
    """Return the program's text without its proof hints: a task whose solution is known."""
    return without(program, hints(program))


def cut(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """Return `text` without the spans (offsets, end not included); lines left blank by that go too."""
    parts: list[str] = []
    at = 0
    for start, stop in sorted(spans):
        if stop <= at and at:
            continue
        begin, end = _with_line(text, max(start, at), stop, at)
        parts.append(text[at:begin])
        at = end
    parts.append(text[at:])
    return "".join(parts)


def _with_line(text: str, start: int, stop: int, floor: int) -> tuple[int, int]:
    """Widen a span: to its whole lines if it has them to itself, else by the blanks on one side."""
    begin = start
    while begin > floor and text[begin - 1] in " \t":
        begin -= 1
    end = stop
    while end < len(text) and text[end] in " \t":
        end += 1
    line_end = _LINE_END.match(text, end)
    at_line_start = begin == 0 or text[begin - 1] in "\r\n"
    if at_line_start and line_end is not None:
        return begin, line_end.end()
    if line_end is not None or end == len(text):
        return begin, end
    return start, end if begin < start or at_line_start else stop
