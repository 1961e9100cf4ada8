"""Places in source text."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Span:
    """A place in a text: one-based lines, zero-based columns (as in `ast`), end exclusive."""

    line: int
    column: int = 0
    end_line: int | None = None
    end_column: int | None = None
