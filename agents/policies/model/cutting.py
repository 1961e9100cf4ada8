"""Making long texts short by meaning: whole functions, blocks and lines, never half of one.

Programs are read with tree-sitter where there is a grammar for their language. Parts that hold what matters
(the function asked for, lines that a verifier blames) stay; of others first the bodies and then
the whole go, each replaced by a line that says so. Logs keep their first and last lines and those that
name an error.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

import tree_sitter

_ERROR = re.compile(r"error|fail|exception|assert|expected|counterexample|warning|violat", re.IGNORECASE)
_COMMENTS = {"python": "#", "sygus": ";", "dafny": "//", "verilog": "//"}


@dataclass(frozen=True)
class Part:
    """A top-level part of a program: lines `start` to `end` (0-based, end exclusive), and its names.

    `body` is the first line of its body, where it has one that can be left out.
    """

    start: int
    end: int
    names: frozenset[str]
    body: int | None = None


def cut_program(source: str, language: str, limit: int, keep: Collection[str] = ()) -> str:
    """Return `source` in about `limit` characters, by leaving out whole bodies and then whole parts.

    Args:
        source: a program or specification.
        language: its language.
        limit: characters wanted; exceeded where what must be kept is longer.
        keep: names whose definitions stay whole.
    """
    if len(source) <= limit:
        return source
    lines = source.splitlines()
    parts = split(source, language)
    firsts = {i: p.end for i, p in enumerate(parts)}  # the first line that is left out
    size = len(source)
    order = sorted(range(len(parts)), key=lambda i: (-_length(lines, parts[i]), -i))
    for whole in (False, True):
        for index in order:
            part = parts[index]
            first = part.start if whole else part.body
            if size <= limit or part.names & set(keep) or first is None or first >= firsts[index]:
                continue
            size -= sum(len(line) + 1 for line in lines[first : firsts[index]])
            firsts[index] = first
    return _shown(lines, parts, firsts, _COMMENTS.get(language, "#"))


def _shown(lines: list[str], parts: list[Part], firsts: dict[int, int], sign: str) -> str:
    """The lines that are left; each run of lines left out is one comment."""
    out: list[str] = []
    gap, indent, at = 0, "", 0

    def close() -> None:
        nonlocal gap
        if gap:
            out.append(f"{indent}{sign} ... {gap} lines left out")
        gap = 0

    for index, part in enumerate(parts):
        between = lines[at : part.start]
        if any(line.strip() for line in between):
            close()
            out += between
        elif not gap:
            out += between
        if firsts[index] > part.start:
            close()
            out += lines[part.start : firsts[index]]
        if firsts[index] < part.end:
            left = lines[firsts[index]]
            indent = indent if gap else " " * (len(left) - len(left.lstrip()))
            gap += part.end - firsts[index]
        at = part.end
    close()
    return "\n".join([*out, *lines[at:]]) + "\n"


def cut_log(text: str, limit: int) -> str:
    """Return the telling lines of a tool's output in about `limit` characters, gaps marked by ``...``."""
    if len(text) <= limit:
        return text
    lines = [line if len(line) <= 500 else line[:240] + " ... " + line[-240:] for line in text.splitlines()]
    middle = [i for i in range(len(lines)) if _ERROR.search(lines[i])]
    edges = [i for pair in zip(range(len(lines)), reversed(range(len(lines))), strict=True) for i in pair]
    chosen: set[int] = set()
    size = 0
    for index in [*edges[:6], *middle, *edges[6:]]:
        if index in chosen:
            continue
        size += len(lines[index]) + 1
        if size > limit:
            break
        chosen.add(index)
    out, last = [], -1
    for index in sorted(chosen):
        if index != last + 1:
            out.append("...")
        out.append(lines[index])
        last = index
    return "\n".join(out if last == len(lines) - 1 else [*out, "..."]) + "\n"


def split(source: str, language: str) -> list[Part]:
    """Return the top-level parts of a program, in order and without overlap."""
    grammar = _grammar(language)
    if grammar is None:
        return _paragraphs(source, every_line=language == "sygus")
    data = source.encode("utf-8", "replace")
    root = tree_sitter.Parser(grammar).parse(data).root_node
    parts: list[Part] = []
    for node in root.children:
        start, end = node.start_point[0], node.end_point[0] + (node.end_point[1] > 0)
        if parts and start < parts[-1].end:  # two on one line
            last = parts.pop()
            parts.append(Part(last.start, max(end, last.end), last.names | _names(node), None))
            continue
        parts.append(Part(start, end, _names(node), _body(node)))
    return parts


def _names(node: tree_sitter.Node) -> frozenset[str]:
    """Names that a top-level node defines: identifiers before its body."""
    body = node.child_by_field_name("body")
    stop = node.end_byte if body is None else body.start_byte
    found: set[str] = set()
    stack = [node]
    while stack and len(found) < 200:
        n = stack.pop()
        if n.start_byte >= stop:
            continue
        if n.type in ("identifier", "simple_identifier") and n.text is not None:
            found.add(n.text.decode("utf-8", "replace"))
        stack.extend(n.children)
    return frozenset(found)


def _body(node: tree_sitter.Node) -> int | None:
    inner = node.child_by_field_name("definition") or node
    body = inner.child_by_field_name("body")
    if body is None or body.start_point[0] <= node.start_point[0]:
        return None
    return int(body.start_point[0])


def _paragraphs(source: str, every_line: bool) -> list[Part]:
    """Parts of a language without grammar: they end where brackets are closed, and a blank line follows.

    With `every_line` they end at any line where brackets are closed.
    """
    lines = source.splitlines()
    parts, start, depth = [], None, 0
    for index, line in enumerate([*lines, ""]):
        if start is None:
            if line.strip():
                start = index
            else:
                continue
        depth += sum(line.count(c) for c in "({") - sum(line.count(c) for c in ")}")
        ends = index + 1 if every_line and index < len(lines) else index
        if (depth <= 0 and (every_line or not line.strip())) or index == len(lines):
            text = "\n".join(lines[start:ends])
            parts.append(Part(start, ends, frozenset(re.findall(r"[A-Za-z_]\w*", text[:300]))))
            start, depth = None, 0
    return parts


def _length(lines: list[str], part: Part) -> int:
    return sum(len(line) for line in lines[part.start : part.end])


@lru_cache(maxsize=4)
def _grammar(language: str) -> tree_sitter.Language | None:
    if language == "python":
        import tree_sitter_python

        return tree_sitter.Language(tree_sitter_python.language())
    if language == "verilog":
        import tree_sitter_verilog

        return tree_sitter.Language(tree_sitter_verilog.language())
    return None
