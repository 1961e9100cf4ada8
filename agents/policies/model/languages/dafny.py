"""Dafny programs to be completed: a candidate is the whole file with additions that assume nothing."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from proofsmith.agents.contracts.contract import Broken
from proofsmith.agents.policies.model.languages.base import MAX_PROGRAM, SPECIFICATION, PlainLanguage
from proofsmith.agents.policies.model.languages.dafny_grammar import dafny_grammar
from proofsmith.dafny.guards import check_additions
from proofsmith.dafny.lexer import DafnySyntaxError
from proofsmith.dafny.openings import open_bodies
from proofsmith.dafny.parser import parse
from proofsmith.dafny_spec import DafnySpec
from proofsmith.types import Candidate, Task


class DafnyLanguage(PlainLanguage):
    """Candidates are the task's own text, word for word, with proof hints and bodies added."""

    def __init__(self) -> None:
        super().__init__("dafny", ("dafny", "dfy", "csharp", "c#"))

    def specification(self, task: Task[DafnySpec], limit: int = SPECIFICATION) -> str:
        """Return the whole program: an answer must repeat it, so nothing can be left out.

        Included files are shown where there is room.
        """
        parts = [task.spec.source]
        for file in task.spec.includes:
            if sum(map(len, parts)) + len(file.text) <= limit:
                parts.append(f"// {file.path}\n{file.text}")
        return "\n\n".join(parts)

    def base(self, task: Task[DafnySpec]) -> str:
        """The program as it was given."""
        return task.spec.source

    def admit(self, task: Task[DafnySpec], source: str, cut: bool = False) -> Candidate:
        """Return the program if it is the task's with additions that are allowed."""
        if len(source) > MAX_PROGRAM:
            raise Broken(f"the program is longer than {MAX_PROGRAM:,} characters")
        if cut:
            raise Broken("the program is cut off")
        text = source if source.endswith("\n") else source + "\n"
        if text.strip() == task.spec.source.strip():
            raise Broken("nothing was added to the program")
        try:
            complaint = check_additions(task.spec.source, text, [f.text for f in task.spec.includes])
        except (DafnySyntaxError, RecursionError) as error:
            raise Broken(f"the program cannot be read: {error}") from None
        if complaint is not None:
            raise Broken(f"line {complaint.line}: {complaint.message}")
        return Candidate(text, "dafny")

    def grammar(self, task: Task[DafnySpec]) -> str:
        """Return a grammar of the program with invariants at its loops; empty if it has no loop."""
        return dafny_grammar(task.spec.source)

    def values(self, task: Task[DafnySpec]) -> Mapping[str, str]:
        """The bodies that are to be written, by which prompts tell such tasks from those of hints alone."""
        return {"bodies": _bodies(task.spec.source)}


@lru_cache(maxsize=16)
def _bodies(source: str) -> str:
    """Name what lacks a body in a program; empty where nothing does, or where it cannot be read."""
    try:
        program = parse(source)
        missing = open_bodies(program)
    except (DafnySyntaxError, RecursionError):
        return ""
    return ", ".join(f"{node.kind} {node.name} (line {program.tokens[node.first].line})" for node in missing)
