"""What the benchmarks share: arguments that are refused in one line, and results that outlive the program."""

from __future__ import annotations

import argparse
import json
import threading
from pathlib import Path
from typing import Any


def command_line(about: str | None) -> argparse.ArgumentParser:
    """Return a parser whose ``--help`` shows a module's docstring as it stands."""
    return argparse.ArgumentParser(description=about, formatter_class=argparse.RawTextHelpFormatter)


def positive(text: str) -> float:
    """Read a number above 0."""
    number = float(text)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return number


def counted(text: str) -> int:
    """Read a whole number from 1."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return number


def folder(text: str) -> Path:
    """Read the name of a folder that is there."""
    path = Path(text)
    if not path.is_dir():
        raise argparse.ArgumentTypeError(f"{text} is not a folder")
    return path


class Kept:
    """Results as JSON lines in a file, or in memory alone without one; safe for threads.

    What the file holds already is kept: `rows` begins with it. A line that was cut off does not count.
    """

    def __init__(self, path: Path | None) -> None:
        self._path, self._lock = path, threading.Lock()
        self.rows: list[dict[str, Any]] = []
        if path is None or not path.is_file():
            return
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        self.rows = [json.loads(line) for line in lines if line.endswith("\n")]
        path.write_text("".join(json.dumps(row) + "\n" for row in self.rows), encoding="utf-8")

    def add(self, row: dict[str, Any]) -> None:
        """Keep one more."""
        with self._lock:
            self.rows.append(row)
            if self._path is not None:
                with self._path.open("a", encoding="utf-8") as out:
                    out.write(json.dumps(row) + "\n")
