"""A finished program as a sequence of insertions (after LintSeq, Piterbarg et al. 2024, arXiv 2410.02749).

The sequence is made backwards: lines are taken out at random, then those that the linter complains of
without them, until nothing is left. Read forwards, every state is accepted by parser and linter.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from proofsmith.store.export.languages.base import Lines, Linter

MAX_LINES, MAX_LENGTH = 400, 40_000
"""Longest program that is taken apart, in lines and characters."""


@dataclass(frozen=True)
class Insertion:
    """`text` (whole lines) goes before line `line`, counted from 0, of what stands so far."""

    line: int
    text: str


def insertions(source: str, linter: Linter, seed: str) -> tuple[tuple[Insertion, ...], ...] | None:
    """Return the edits that write `source` from nothing; each edit is one or several insertions.

    Insertions of one edit are in the order of their lines and counted in the text before the edit,
    so that they are carried out from the last to the first. ``None`` if the linter does not accept
    the finished program, or it is longer than `MAX_LINES`.
    """
    if len(source) > MAX_LENGTH:
        return None
    lines = source.splitlines(keepends=True)
    if not lines or len(lines) > MAX_LINES or linter.broken(source, source):
        return None
    rng = random.Random(seed)
    kept = list(range(len(lines)))
    edits: list[tuple[Insertion, ...]] = []
    while kept:
        left = _without_some(kept, lines, linter, source, rng)
        edits.append(_difference(left, kept, lines))
        kept = left
    return tuple(reversed(edits))


def carried_out(edits: tuple[tuple[Insertion, ...], ...]) -> tuple[str, ...]:
    """Return the text after each edit, the finished program last."""
    texts, lines = [], list[str]()
    for edit in edits:
        for insertion in reversed(edit):
            lines[insertion.line : insertion.line] = insertion.text.splitlines(keepends=True)
        texts.append("".join(lines))
    return tuple(texts)


def _without_some(
    kept: list[int], lines: list[str], linter: Linter, whole: str, rng: random.Random
) -> list[int]:
    """Take out one unit, and whatever the linter then complains of."""
    text = "".join(lines[i] for i in kept)
    units = linter.units(text) or ((0, len(kept)),)
    left = _cut(kept, rng.choice(units))
    while left:
        wrong = linter.broken("".join(lines[i] for i in left), whole)
        if not wrong:
            break
        for extent in sorted(wrong, reverse=True):
            left = _cut(left, extent)
    # Blank lines and comments alone are no program; they come with the first edit.
    return left if linter.units("".join(lines[i] for i in left)) else []


def _cut(kept: list[int], extent: Lines) -> list[int]:
    first, end = max(0, min(extent[0], len(kept) - 1)), min(len(kept), max(extent[1], extent[0] + 1))
    return kept[:first] + kept[max(end, first + 1) :]


def _difference(left: list[int], kept: list[int], lines: list[str]) -> tuple[Insertion, ...]:
    """Return what has to be inserted into the lines `left` to have the lines `kept`."""
    found: list[Insertion] = []
    standing, at = set(left), 0
    block: list[str] = []
    for number in kept:
        if number in standing:
            if block:
                found.append(Insertion(at, "".join(block)))
                block = []
            at += 1
        else:
            block.append(lines[number])
    if block:
        found.append(Insertion(at, "".join(block)))
    return tuple(found)
