"""Running engines on the problems in the folder beside this file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from proofsmith.agents.policies.sygus.engines import ENGINES, Answer, Count, Step
from proofsmith.agents.policies.sygus.solver import Prover
from proofsmith.smtlib.membership import outside_grammar
from proofsmith.smtlib.problem import Problem
from proofsmith.smtlib.reading import parse_answer, parse_problem

FOLDER = Path(__file__).parent / "problems"


@pytest.fixture
def text_of() -> Callable[[str], str]:
    """Return the text of a problem by name."""
    return lambda name: (FOLDER / f"{name}.sl").read_text()


@pytest.fixture
def first() -> Callable[[str, str], tuple[Problem, Step]]:
    """Return a problem and an engine's first answer to it, ``None`` if it has none."""

    def run(engine: str, name: str) -> tuple[Problem, Step]:
        problem = parse_problem((FOLDER / f"{name}.sl").read_text())
        return problem, next((s for s in ENGINES[engine](problem, Count()) if s is not None), None)

    return run


@pytest.fixture
def check() -> Callable[[Problem, Step], None]:
    """Assert that a step is an answer, in the grammar and proved right for all inputs."""

    def checked(problem: Problem, step: Step) -> None:
        assert isinstance(step, Answer), step
        parsed = parse_answer(step.text, problem)
        assert outside_grammar(problem, parsed) is None, step.text
        assert Prover(problem).counterexample({n: d.body for n, d in parsed.items()}) is True, step.text

    return checked
