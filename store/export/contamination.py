"""Tasks and programs that are also in given suites: word 8-grams of statements, normalised programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from proofsmith.environments.load import load, loader_for
from proofsmith.environments.suite import rows
from proofsmith.errors import BadInput
from proofsmith.store.export.languages.base import tokens
from proofsmith.store.export.prompts import subject_of
from proofsmith.store.export.similarity import digest, ngrams, normal_hash, terms_of
from proofsmith.types import Task

NGRAM = 8
"""Words in a row that a statement must share with a suite's to be contaminated."""

FORMAL_NGRAM = 32
"""The same for formal specifications, in tokens: their declarations are alike by nature."""

LEAST_TOKENS = 24
"""Shorter programs are the same by chance, and are not compared."""

_SOLUTION_KEYS = ("canonical_solution", "code", "solution")


class Suites:
    """The n-grams and programs of the suites that a dataset must not contain.

    Args:
        paths: files that Proofsmith can load, and folders of such files.

    Raises:
        BadInput: a path does not exist, or holds nothing that can be loaded.
    """

    def __init__(self, paths: Iterable[str]) -> None:
        self.names: list[str] = []
        self._statements: dict[bytes, int] = {}
        self._programs: dict[bytes, int] = {}
        for path in paths:
            found = False
            for file in _files(path):
                found = self._read(file) or found
            if not found:
                raise BadInput("holds no tasks to compare with", path=path)

    def statement(self, task: Task) -> str | None:
        """Return the name of the suite that shares eight words in a row with the task, if one does."""
        return self._match(_grams(task), self._statements)

    def program(self, source: str, language: str) -> str | None:
        """Return the name of the suite with the same program up to layout and names, if one has it."""
        if len(tokens(source)) < LEAST_TOKENS:
            return None
        return self._match((normal_hash(source, language),), self._programs)

    def _match(self, keys: Iterable[bytes], known: dict[bytes, int]) -> str | None:
        if not known:
            return None
        found = next((known[key] for key in keys if key in known), None)
        return None if found is None else self.names[found]

    def _read(self, file: Path) -> bool:
        try:
            loader_for(str(file))
            tasks = load(str(file))
        except BadInput:
            return False
        number = len(self.names)
        self.names.append(file.name)
        for task in tasks:
            for gram in _grams(task):
                self._statements.setdefault(gram, number)
        for language, program in _solutions(file):
            if len(tokens(program)) >= LEAST_TOKENS:
                self._programs.setdefault(normal_hash(program, language), number)
        return True


def _grams(task: Task) -> set[bytes]:
    subject = subject_of(task)
    return {digest(gram) for gram in ngrams(terms_of(subject), FORMAL_NGRAM if subject.formal else NGRAM)}


def _files(path: str) -> list[Path]:
    place = Path(path)
    if not place.exists():
        raise BadInput("does not exist", path=path, hint="give a suite or a folder of task files")
    if place.is_file():
        loader_for(path)
        return [place]
    return sorted(p for p in place.rglob("*") if p.is_file())


def _solutions(file: Path) -> Iterator[tuple[str, str]]:
    """Yield (language, program) of the published solutions in a suite, and of datasets' own rows."""
    if not file.name.endswith((".jsonl", ".jsonl.gz")):
        return
    for _, row in rows(str(file)):
        yield from _solutions_in(row)


def _solutions_in(row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for key in _SOLUTION_KEYS:
        text = row.get(key)
        if not isinstance(text, str) or not text.strip():
            continue
        prompt = row.get("prompt")
        if key == "canonical_solution" and isinstance(prompt, str):
            text = prompt + text
        yield "python", text
