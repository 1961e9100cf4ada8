"""Changes of a source text at given places: everything else stays as it is, comments included."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from proofsmith.verilog.printing import text_of
from proofsmith.verilog.syntax import Expr, Extent


@dataclass(frozen=True)
class Edit:
    """Put `text` in place of the characters from `start` up to `end`."""

    start: int
    end: int
    text: str


def apply(source: str, edits: Iterable[Edit]) -> str:
    """Return `source` with all `edits` made.

    Raises:
        ValueError: two of them overlap.
    """
    parts: list[str] = []
    at = 0
    for edit in sorted(set(edits), key=lambda e: (e.start, e.end)):
        if edit.start < at:
            raise ValueError("edits overlap")
        parts += [source[at : edit.start], edit.text]
        at = edit.end
    return "".join([*parts, source[at:]])


def outermost(edits: Iterable[Edit]) -> list[Edit]:
    """Return `edits` without those that lie within one that deletes its extent anyway."""
    found = list(edits)
    deleted = [(e.start, e.end) for e in found if not e.text]
    return [
        e
        for e in found
        if not any(a <= e.start and e.end <= b and (a, b) != (e.start, e.end) for a, b in deleted)
    ]


def replace_expression(source: str, old: Expr, new: Expr) -> Edit:
    """Return the edit that puts `new` where `old` stands, in parentheses unless the place has them."""
    start, end = old.at
    before, after = source[:start].rstrip()[-1:], source[end:].lstrip()[:1]
    enclosed = before in "(=,{[:?" and after in ");,}]"
    # after "?" or ":" a conditional expression would still need its parentheses
    loose = enclosed and not (before in "?:" or after == ":")
    text = text_of(new, source, 0 if loose else 14)
    return Edit(start, end, text)


def remove_item(source: str, extent: Extent) -> Edit:
    """Return the edit that takes out an item, with its line if nothing else is on it."""
    start, end = extent
    line = source.rfind("\n", 0, start) + 1
    stop = source.find("\n", end)
    stop = len(source) if stop < 0 else stop + 1
    rest = source[end:stop].strip()
    if not source[line:start].strip() and (not rest or rest.startswith("//")):
        return Edit(line, stop, "")
    return Edit(start, end, "")


def indent_at(source: str, offset: int) -> str:
    """Return the white space that the line at `offset` begins with."""
    line = source.rfind("\n", 0, offset) + 1
    text = source[line:offset]
    return text[: len(text) - len(text.lstrip())]


def insert_before(source: str, offset: int, lines: Iterable[str]) -> Edit:
    """Return the edit that puts `lines` before the item at `offset`, indented like it."""
    indent = indent_at(source, offset)
    return Edit(offset, offset, "".join(f"{line}\n{indent}" for line in lines))


def fresh_name(source: str, wish: str) -> str:
    """Return `wish`, or `wish` with a number, such that the text does not have it yet."""
    taken = set(re.findall(r"[A-Za-z_][A-Za-z0-9_$]*", source))
    if wish not in taken:
        return wish
    return next(f"{wish}_{i}" for i in range(2, 1_000_000) if f"{wish}_{i}" not in taken)
