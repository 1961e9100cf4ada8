"""A linter for languages with a parser of ours: lines that can be missing, names that must be declared."""

from __future__ import annotations

import re
from collections.abc import Callable

from proofsmith.store.export.languages.base import Lines

MAX_LINES = 120
"""Longer programs come as a whole: every unit costs a parse."""

_WORD = re.compile(r"[A-Za-z_][\w$']*")
_CLOSING = re.compile(r"\s*(\}|end\b|endmodule\b|endcase\b|endfunction\b|endgenerate\b)")


class LineLinter:
    """Accepts a text that parses and uses no name that it does not declare.

    Args:
        parses: whether a text is accepted by the language's parser.
        declared: the names that a text declares.
        plain: takes comments and strings out of a text, so that words in them do not count.
        open_parts: the ranges of lines in which something may be missing; everywhere by default.
    """

    def __init__(
        self,
        parses: Callable[[str], bool],
        declared: Callable[[str], set[str]],
        plain: Callable[[str], str],
        open_parts: Callable[[str], list[Lines]] | None = None,
    ) -> None:
        self._parses, self._declared, self._plain = parses, declared, plain
        self._open_parts = open_parts

    def units(self, source: str) -> tuple[Lines, ...]:
        """Return lines, and blocks up to their closing line, without which the rest still parses."""
        lines = source.splitlines(keepends=True)
        if len(lines) > MAX_LINES:
            return ()
        parts = [(0, len(lines))] if self._open_parts is None else self._open_parts(source)
        found = []
        for first, line in enumerate(lines):
            if not line.strip():
                continue
            for end in {first + 1, _block_end(lines, first)}:
                if not any(start <= first and end <= stop for start, stop in parts):
                    continue
                rest = "".join(lines[:first] + lines[end:])
                if rest.strip() and self._parses(rest):
                    found.append((first, end))
        return tuple(found) or (((0, len(lines)),) if source.strip() else ())

    def broken(self, source: str, whole: str) -> tuple[Lines, ...]:
        """Return the lines that use what is declared in `whole` and not here, or all if nothing parses."""
        if not self._parses(source):
            return ((0, source.count("\n") + 1),)
        missing = self._declared(whole) - self._declared(source)
        if not missing:
            return ()
        lines = self._plain(source).splitlines()
        return tuple((n, n + 1) for n, line in enumerate(lines) if missing & set(_WORD.findall(line)))


def _block_end(lines: list[str], first: int) -> int:
    """Return the line after the one that closes the block which begins at `first`."""
    indent = len(lines[first]) - len(lines[first].lstrip())
    for at in range(first + 1, len(lines)):
        line = lines[at]
        if line.strip() and len(line) - len(line.lstrip()) <= indent:
            return at + 1 if _CLOSING.match(line) else at
    return len(lines)
