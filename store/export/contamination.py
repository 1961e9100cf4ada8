"""Tasks and programs that are also in given suites: words and examples of tasks, normalised programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

from proofsmith.environments.load import load, loader_for
from proofsmith.environments.suite import rows
from proofsmith.errors import BadInput
from proofsmith.python_spec import PythonSpec
from proofsmith.store.export.prompts import subject_of
from proofsmith.store.export.similarity import LEAST_TOKENS, Clusters, Form, digest, ngrams, terms_of
from proofsmith.types import Task

NGRAM = 8
"""Words in a row that a statement must share with a suite's to be contaminated."""

FORMAL_NGRAM = 32
"""The same for formal specifications, in tokens: their declarations are alike by nature."""

NEAR = 0.7
"""Estimated similarity from which a program is one of a suite's."""

EXAMPLES, EXAMPLE_LENGTH = 3, 30
"""Examples (arguments and outcome) that a task must share with one of a suite's to be contaminated,
whatever its words are, and characters that these must have in all: short ones are the same by chance."""

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
        self._definitions: dict[bytes, int] = {}
        self._programs = Clusters(NEAR)
        self._suite_of: dict[int, int] = {}
        self._examples: dict[bytes, set[tuple[int, int]]] = {}
        for path in paths:
            found = False
            for file in _files(path):
                found = self._read(file) or found
            if not found:
                raise BadInput("holds no tasks to compare with", path=path)

    def statement(self, task: Task) -> str | None:
        """Return the name of the suite with a task of the same words or examples, if there is one.

        The words are `NGRAM` in a row (`FORMAL_NGRAM` tokens of a formal specification); examples
        also tell a statement that was translated or said anew.
        """
        found = next((self._statements[gram] for gram in _grams(task) if gram in self._statements), None)
        if found is None:
            found = self._same_examples(task)
        return None if found is None else self.names[found]

    def program(self, form: Form, own: Collection[bytes]) -> str | None:
        """Return the name of the suite with a program like this one, or a definition of it, if one has it.

        Layout, comments, names of the program's own and the order of definitions do not count. `own` are
        its definitions but those that the task gave it.
        """
        found = next((self._definitions[d] for d in own if d in self._definitions), None)
        if found is None and form.size >= LEAST_TOKENS:
            member = self._programs.near(form.exact, form.shingles)
            found = None if member is None else self._suite_of[member]
        return None if found is None else self.names[found]

    def _same_examples(self, task: Task) -> int | None:
        shared: Counter[tuple[int, int]] = Counter()
        length: Counter[tuple[int, int]] = Counter()
        for key, size in _examples(task).items():
            for place in self._examples.get(key, ()):
                shared[place] += 1
                length[place] += size
        found = (p for p in shared if shared[p] >= EXAMPLES and length[p] >= EXAMPLE_LENGTH)
        return min((number for number, _ in found), default=None)

    def _read(self, file: Path) -> bool:
        try:
            loader_for(str(file))
            tasks = load(str(file))
        except BadInput:
            return False
        number = len(self.names)
        self.names.append(file.name)
        for place, task in enumerate(tasks):
            for gram in _grams(task):
                self._statements.setdefault(gram, number)
            for key in _examples(task):
                self._examples.setdefault(key, set()).add((number, place))
        programs = (*_solutions(file), *(p for task in tasks for p in _given(task)))
        for language, program in programs:
            form = Form(program, language)
            for definition in form.definitions if language != "dafny" else ():  # its programs are given
                self._definitions.setdefault(definition, number)
            if form.size >= LEAST_TOKENS:
                member = self._programs.add(form.exact, form.shingles)
                self._suite_of.setdefault(member, number)
        return True


def _examples(task: Task) -> dict[bytes, int]:
    """Return digests of a task's examples and how long these are, whatever the function is called."""
    if not isinstance(task.spec, PythonSpec):
        return {}
    texts = {f"{e.call.render('')} {e.expected.render()}" for e in task.spec.examples}
    return {digest(text): len(text) for text in texts}


def _given(task: Task) -> list[tuple[str, str]]:
    """Return (language, program) of what is right in a task itself: its reference or the design given."""
    spec = task.spec
    text = spec.reference if isinstance(spec, PythonSpec) else getattr(spec, "source", "")
    return [(task.language, text)] if isinstance(text, str) and text.strip() else []


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
