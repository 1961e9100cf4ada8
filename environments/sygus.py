"""Tasks from logic: SyGuS problems (``.sl``) and SMT-LIB scripts (``.smt2``)."""

from __future__ import annotations

from pathlib import Path

from proofsmith.environments.reading import read_text
from proofsmith.errors import BadInput
from proofsmith.logic_spec import SmtScript, SygusSpec
from proofsmith.smtlib.problem import Problem
from proofsmith.smtlib.reading import parse_problem
from proofsmith.smtlib.script import assertions_of
from proofsmith.types import Assurance, Origin, Task

MAX_BYTES = 64_000_000
"""Largest file that is read, in bytes; generated problems are large."""


class SygusLoader:
    """Loader of ``path.sl``: one task, solved by an answer that the smt verifier proves."""

    def accepts(self, path: str) -> bool:
        """Say whether the name is that of a SyGuS file."""
        return path.endswith(".sl")

    def load(self, path: str, *, select: str | None = None) -> tuple[Task, ...]:
        """Return the file's task.

        Raises:
            BadInput: the file is not a SyGuS problem that is supported, or `select` is given.
        """
        _no_choice(path, select)
        text = read_text(path, MAX_BYTES).text
        problem = parse_problem(text, path)
        return (
            Task[SygusSpec](
                id=Path(path).name,
                statement=statement_of(problem),
                language="sygus",
                spec=SygusSpec(text),
                verifiers=("smt",),
                assurance=Assurance.PROVED,
                origin=Origin(path=path),
            ),
        )


class SmtScriptLoader:
    """Loader of ``path.smt2``: a script to be proved; there is no program to look for."""

    def accepts(self, path: str) -> bool:
        """Say whether the name is that of an SMT-LIB script."""
        return path.endswith(".smt2")

    def load(self, path: str, *, select: str | None = None) -> tuple[Task, ...]:
        """Return the file's task.

        Raises:
            BadInput: the file is not a script that is supported, or `select` is given.
        """
        _no_choice(path, select)
        text = read_text(path, MAX_BYTES).text
        assertions_of(text, path)
        return (
            Task[SmtScript](
                id=Path(path).name,
                statement="Prove that the assertions cannot all hold.",
                language="smt2",
                spec=SmtScript(text),
                verifiers=("smt",),
                assurance=Assurance.PROVED,
                origin=Origin(path=path),
            ),
        )


def _no_choice(path: str, select: str | None) -> None:
    if select is not None:
        raise BadInput("this file is one task, so there is nothing to choose from", path=path)


def statement_of(problem: Problem) -> str:
    """Return in words what a problem asks for."""
    wanted = []
    for f in problem.functions:
        parameters = " ".join(f"({name} {sort})" for name, sort in f.parameters)
        grammar = ", in its grammar" if f.grammar else ""
        wanted.append(f"({f.name} {parameters}) of sort {f.sort}{grammar}".replace(" )", ")"))
    count = len(problem.constraints)
    what = "an inductive invariant" if problem.invariant else f"{count} constraint{'s' if count != 1 else ''}"
    return f"Find {' and '.join(wanted)}, such that {what} holds for all inputs.".replace(
        "constraints holds", "constraints hold"
    )
