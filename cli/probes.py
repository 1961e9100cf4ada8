"""A right and a wrong program for every verifier of ours: what ``proofsmith doctor`` tries."""

from __future__ import annotations

from dataclasses import dataclass

from proofsmith.logic_spec import SygusSpec
from proofsmith.python_spec import (
    Call,
    Example,
    Outcome,
    Parameter,
    Property,
    PythonSpec,
    Signature,
    TestFile,
)
from proofsmith.types import Candidate, Task

RIGHT = Candidate("def double(x: int) -> int:\n    return x + x\n")
WRONG = Candidate("def double(x: int) -> int:\n    return x * x\n")
"""Right for 0 and 2, so that a verifier has to look further."""

_SIGNATURE = Signature("double", (Parameter("x", "int"),), "int")
_EXAMPLES = tuple(Example(Call((x,)), Outcome(2 * x)) for x in (0, 2, 3))
_TESTS = """from doubling import double


def test_small():
    assert double(2) == 4


def test_negative():
    assert double(-3) == -6
"""
_PROBLEM = """(set-logic LIA)
(synth-fun double ((x Int)) Int)
(declare-var x Int)
(constraint (= (- (double x) x) x))
(check-synth)
"""


@dataclass(frozen=True)
class Probe:
    """A task, a program that a verifier must accept and one that it must reject."""

    task: Task
    right: Candidate
    wrong: Candidate


def _probe(verifier: str, spec: PythonSpec) -> Probe:
    task = Task(f"probe:{verifier}", "Double a number.", "python", spec, (verifier,))
    return Probe(task, RIGHT, WRONG)


PROBES = {
    "unit-tests": _probe("unit-tests", PythonSpec(_SIGNATURE, examples=_EXAMPLES)),
    "pytest": _probe("pytest", PythonSpec(_SIGNATURE, tests=(TestFile("test_it.py", _TESTS, "doubling"),))),
    "properties": _probe("properties", PythonSpec(_SIGNATURE, properties=(Property("result - x == x"),))),
    "smt": Probe(
        Task("probe:smt", "Double a number.", "sygus", SygusSpec(_PROBLEM), ("smt",)),
        Candidate("(define-fun double ((x Int)) Int (+ x x))", "sygus"),
        Candidate("(define-fun double ((x Int)) Int (ite (= x 2) (+ x 2) (+ x 3)))", "sygus"),
    ),
}
"""By registry name of the verifier."""
