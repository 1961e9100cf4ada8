"""Every engine on problems of every family: answers are in the grammar and proved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from proofsmith.agents.policies.sygus.engines import ENGINES, Answer, Count, Infeasible
from proofsmith.agents.policies.sygus.sygus_text import print_problem
from proofsmith.smtlib.reading import parse_problem

FILES = sorted((Path(__file__).parent / "problems").glob("*.sl"))
SOLVABLE = [f.stem for f in FILES if not f.stem.startswith("impossible")]
IMPOSSIBLE = [f.stem for f in FILES if f.stem.startswith("impossible")]
First = Callable[[str, str], Any]
Check = Callable[[Any, Any], None]


@pytest.mark.parametrize("name", SOLVABLE)
def test_the_enumerator_solves_and_z3_agrees(name: str, first: First, check: Check) -> None:
    check(*first("enumerator", name))


@pytest.mark.parametrize("name", ["largest_of_four", "two_functions", "counter", "circuit"])
def test_cvc5_reads_what_we_print_and_solves_it(name: str, first: First, check: Check) -> None:
    check(*first("cvc5", name))


def test_spacer_finds_invariants(first: First, check: Check) -> None:
    check(*first("spacer", "counter"))


@pytest.mark.parametrize("name", ["symmetric", "circuit", "two_functions"])
def test_spacer_leaves_other_problems_alone(name: str, first: First) -> None:
    assert first("spacer", name)[1] is None


@pytest.mark.parametrize("name", SOLVABLE)
def test_printed_problems_read_back_the_same(name: str, text_of: Callable[[str], str]) -> None:
    problem = parse_problem(text_of(name))
    again = parse_problem(print_problem(problem))
    assert again.functions == problem.functions
    assert set(again.constraints) == set(problem.constraints)


@pytest.mark.parametrize("name", ["bit_trick", "text_with_cases"])
def test_the_enumerator_takes_the_same_steps_every_time(name: str, text_of: Callable[[str], str]) -> None:
    problem = parse_problem(text_of(name))
    runs = []
    for _ in range(2):
        found = next(s for s in ENGINES["enumerator"](problem, Count()) if s is not None)
        assert isinstance(found, Answer)
        runs.append(found)
    assert runs[0] == runs[1]


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_what_has_no_program_is_called_infeasible(name: str, first: First) -> None:
    assert isinstance(first("enumerator", name)[1], Infeasible)
