"""What conversations with models quote of other tasks: a prompt may show solved tasks that are alike.

Where such a task is in another split, or was left out as contaminated, the conversation would carry its
solution across, so the plain prompt takes its place.
"""

from __future__ import annotations

from collections.abc import Iterable

from proofsmith.store.export.similarity import digest
from proofsmith.types import Task

_LONGEST = 500
"""Characters of a statement that prompts quote at most."""
_SHORTEST = 12
"""Shorter paragraphs are the same by chance."""
_BEFORE = 2
"""Lines before a quotation that may stand in its paragraph: what it is, and the mark where it begins."""


class Quotations:
    """Knows tasks by the first paragraphs of their statements."""

    def __init__(self) -> None:
        self._tasks: dict[bytes, set[int]] = {}

    def add(self, task: Task, number: int) -> None:
        """Note a task and its number."""
        first = task.statement.strip()[:_LONGEST].partition("\n\n")[0].strip()
        if len(first) >= _SHORTEST:
            self._tasks.setdefault(digest(first), set()).add(number)

    def among(self, texts: Iterable[str]) -> set[int]:
        """Return the numbers of the tasks that the texts quote. Linear in their length."""
        found: set[int] = set()
        for text in texts:
            for paragraph in text.split("\n\n"):
                said = paragraph.strip()
                for _ in range(_BEFORE + 1):
                    if len(said) >= _SHORTEST:
                        found |= self._tasks.get(digest(said), set())
                    said = said.partition("\n")[2].strip()
        return found
