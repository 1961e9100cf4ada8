"""How two programs differ, in tokens and lines."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from proofsmith.store.export.languages.base import Token, tokens
from proofsmith.store.export.similarity import LONGEST

MAX_TOKENS = 3_000
"""Longer programs are not compared token by token."""

TOKEN_WEIGHT = 1.0
LINE_WEIGHT = 0.5
"""Weights of the characters that differ, and of the rest of their lines; all others have none."""


@dataclass(frozen=True)
class Marked:
    """Characters `start` to `end` (exclusive) of a text; `level` is ``"token"`` or ``"line"``."""

    start: int
    end: int
    level: str
    weight: float


def distance(a: Sequence[Token], b: Sequence[Token], best: int | None = None) -> int | None:
    """Return how many tokens must be taken out and put in to turn `a` into `b`.

    ``None`` if that is surely not below `best`, or a program is too long to compare.
    """
    if max(len(a), len(b)) > MAX_TOKENS or (best is not None and abs(len(a) - len(b)) >= best):
        return None
    matcher = difflib.SequenceMatcher(None, [t.text for t in a], [t.text for t in b], autojunk=False)
    if best is not None and len(a) + len(b) - matcher.quick_ratio() * (len(a) + len(b)) >= best:
        return None
    same = sum(block.size for block in matcher.get_matching_blocks())
    return len(a) + len(b) - 2 * same


def nearest(program: str, others: Sequence[tuple[int, str]]) -> tuple[int, int] | None:
    """Return (number, distance) of the program in `others` that is the smallest change of `program`."""
    if len(program) > LONGEST:
        return None
    mine = tokens(program)
    found: tuple[int, int] | None = None
    for number, text in others:
        if len(text) > LONGEST:
            continue
        far = distance(mine, tokens(text), None if found is None else found[1])
        if far is not None and (found is None or far < found[1]):
            found = (number, far)
    return found


def marks(right: str, wrong: str) -> tuple[tuple[Marked, ...], tuple[Marked, ...]]:
    """Return what differs in each of two programs, at token and line level (after FAIT, 2025)."""
    a, b = tokens(right), tokens(wrong)
    matcher = difflib.SequenceMatcher(None, [t.text for t in a], [t.text for t in b], autojunk=False)
    left: list[tuple[int, int]] = []
    other: list[tuple[int, int]] = []
    for kind, a0, a1, b0, b1 in matcher.get_opcodes():
        if kind != "equal":
            left += [(a[a0].start, a[a1 - 1].end)] if a1 > a0 else []
            other += [(b[b0].start, b[b1 - 1].end)] if b1 > b0 else []
    return _with_lines(right, left), _with_lines(wrong, other)


def _with_lines(text: str, spans: list[tuple[int, int]]) -> tuple[Marked, ...]:
    found = [Marked(start, end, "token", TOKEN_WEIGHT) for start, end in spans]
    at = 0
    for line in text.splitlines(keepends=True):
        end = at + len(line.rstrip("\r\n"))
        if any(start < end and at < stop for start, stop in spans):
            found.append(Marked(at, end, "line", LINE_WEIGHT))
        at += len(line)
    return tuple(sorted(found, key=lambda m: (m.start, m.level)))
