"""``--as``: an answer shown in another language than the one it was proved in."""

from __future__ import annotations

from collections.abc import Sequence

from proofsmith.cli.options import SolveOptions
from proofsmith.errors import BadInput
from proofsmith.logic_spec import SygusSpec
from proofsmith.types import Candidate, Task


def check_rendering(tasks: Sequence[Task], options: SolveOptions) -> None:
    """Refuse a rendering that there is not, before time is spent on searching.

    Raises:
        BadInput: the language is unknown, or the tasks are not SyGuS problems.
    """
    if options.render is None:
        return
    if options.render.lower() != "python":
        raise BadInput(f"--as: unknown language {options.render!r}", hint="known: python")
    if not all(isinstance(task.spec, SygusSpec) for task in tasks):
        raise BadInput("--as is for SyGuS problems", path=options.file, hint="leave it out")


def rendered(task: Task, candidate: Candidate, language: str | None) -> Candidate:
    """Return the program to show: `candidate`, tidily printed, or its rendering in Python."""
    if not isinstance(task.spec, SygusSpec):
        return candidate
    from proofsmith.smtlib.printing import print_answer
    from proofsmith.smtlib.python_rendering import render_python
    from proofsmith.smtlib.reading import parse_answer, parse_problem

    problem = parse_problem(task.spec.text)
    answer = parse_answer(candidate.source, problem)
    if language is None:
        return Candidate(print_answer(problem, answer), candidate.language)
    return Candidate(render_python(problem, answer), "python")
