"""Where keys stand in a TOML file, for error messages (`tomllib` does not say)."""

from __future__ import annotations

import re

_TABLE = re.compile(r"^\s*\[\[?\s*([^\]\s]+)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""^\s*(?:"([^"]+)"|'([^']+)'|([A-Za-z0-9_-]+))\s*(?:\.[^=]*)?=""")


class Places:
    """Lines of keys, by scanning; lines inside multi-line strings are skipped."""

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()
        self._keys: dict[tuple[str, int, str], int] = {}
        self._tables: dict[tuple[str, int], int] = {}
        self._scan()

    def _scan(self) -> None:
        table, count, inside = "", 0, ""
        seen: dict[str, int] = {}
        for number, line in enumerate(self._lines, 1):
            if inside:
                if inside in line:
                    inside = ""
                continue
            if match := _TABLE.match(line):
                table = match[1]
                count = seen.get(table, -1) + 1
                seen[table] = count
                self._tables[table, count] = number
            elif match := _KEY.match(line):
                self._keys.setdefault((table, count, match[1] or match[2] or match[3]), number)
                for quotes in ('"""', "'''"):
                    if line.count(quotes) % 2:
                        inside = quotes

    def line(self, key: str) -> int | None:
        """Return the one-based line of a top-level key or table, or ``None``."""
        return self._keys.get(("", 0, key)) or self._tables.get((key, 0))

    def text_line(self, key: str) -> int | None:
        """Return the line of the first character of the string at `key` (TOML drops a first line end)."""
        line = self.line(key)
        if line is not None and self._lines[line - 1].rstrip().endswith(('"""', "'''")):
            line += 1
        return line

    def line_of_text(self, text: str) -> int | None:
        """Return the first line that holds `text`, or ``None``."""
        return next((n for n, line in enumerate(self._lines, 1) if text in line), None)

    def of_table(self, name: str, index: int) -> TablePlaces:
        """Return the places in the table ``[[name]]`` number `index`."""
        prefix = (name, index)
        keys = {key: line for (table, count, key), line in self._keys.items() if (table, count) == prefix}
        return TablePlaces(keys, self._tables.get(prefix) or self.line(name))


class TablePlaces:
    """The lines of one table and its keys."""

    def __init__(self, keys: dict[str, int], start: int | None) -> None:
        self._keys = keys
        self.start = start

    def line(self, key: str) -> int | None:
        """Return the line of `key`, or that of the table."""
        return self._keys.get(key, self.start)

    @property
    def end(self) -> int | None:
        """The last line that has a key, or ``None``."""
        return max(self._keys.values(), default=self.start)
