"""Weaves additions into a program text, each on lines of its own, and knows them again by their lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Addition:
    """One annotation that may be added.

    Attributes:
        offset: where in the task's text, in characters; just before the token that stands there.
        text: the annotation; usually one line, without a line end.
        family: the template family that made it.
        owner: name of the method, lemma or function it belongs to.
        rank: additions at one offset stand in the order of their ranks (bounds before what needs them).
        promise: how likely it is to be needed, positive.
    """

    offset: int
    text: str
    family: str
    owner: str
    rank: int = 0
    promise: float = 1.0


@dataclass(frozen=True)
class Woven:
    """A text with additions in it. `lines` maps one-based lines to the addition that stands there."""

    text: str
    additions: tuple[Addition, ...]
    lines: dict[int, Addition] = field(repr=False)
    origins: tuple[int, ...] = field(repr=False)
    pieces: tuple[tuple[int, int], ...] = field(repr=False)

    def origin(self, line: int) -> int:
        """Return the one-based line of the task's text that a line of this text stems from."""
        return self.origins[min(max(line, 1), len(self.origins)) - 1]

    def source_offset(self, line: int, column: int) -> int:
        """Return the offset in the task's text that a place of this text stems from.

        Args:
            line: counted from one.
            column: counted from zero.
        """
        at = 0
        for _ in range(line - 1):
            at = self.text.find("\n", at) + 1
        at += column
        begin, origin = [p for p in self.pieces if p[0] <= at][-1]
        after = next((o for b, o in self.pieces if b > begin), None)
        found = origin + at - begin
        return found if after is None else min(found, after)


def weave(source: str, additions: Iterable[Addition]) -> Woven:
    """Put `additions` into `source`, whose text stays as it is but for blanks before an addition's line."""
    ordered = sorted(additions, key=lambda a: (a.offset, a.rank, -a.promise, a.text))
    parts: list[str] = []
    lines: dict[int, Addition] = {}
    origins: list[int] = []
    pieces: list[tuple[int, int]] = []
    line, at, original = 1, 0, 1
    for offset, group in _grouped(ordered):
        indent, fresh = _indentation(source, offset)
        piece = source[at:offset] if fresh else source[at:offset].rstrip(" \t")
        pieces.append((sum(map(len, parts)), at))
        parts.append(piece)
        for _ in range(piece.count("\n")):
            origins.append(original)
            original += 1
        line += piece.count("\n")
        inner = indent + "  " if source[offset : offset + 1] in ("{", "}", "") else indent
        lead = inner[len(indent) :] if fresh else "\n" + inner
        for addition in group:
            body = addition.text.replace("\n", "\n" + inner)
            shown = lead + body
            started = line + lead.count("\n")
            line = started + body.count("\n")
            for n in range(started, line + 1):
                lines[n] = addition
            origins += [original] * shown.count("\n")
            parts.append(shown)
            lead = "\n" + inner
        parts.append("\n" + indent)
        origins.append(original)
        line += 1
        at = offset
    pieces.append((sum(map(len, parts)), at))
    parts.append(source[at:])
    origins += range(original, original + source[at:].count("\n") + 1)
    return Woven("".join(parts), tuple(ordered), lines, tuple(origins), tuple(pieces))


def _grouped(ordered: Sequence[Addition]) -> list[tuple[int, list[Addition]]]:
    groups: dict[int, list[Addition]] = {}
    for addition in ordered:
        groups.setdefault(addition.offset, []).append(addition)
    return list(groups.items())


def _indentation(source: str, offset: int) -> tuple[str, bool]:
    """The white space that the line of `offset` begins with, and whether nothing else precedes it."""
    begin = source.rfind("\n", 0, offset) + 1
    before = source[begin:offset]
    indent = before[: len(before) - len(before.lstrip())]
    return indent, not before.strip()
