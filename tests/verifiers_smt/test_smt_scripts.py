from __future__ import annotations

from pathlib import Path

import pytest

from proofsmith.budget import Budget
from proofsmith.environments.load import load
from proofsmith.errors import BadInput
from proofsmith.logic_spec import SmtScript
from proofsmith.smtlib.script import assertions_of
from proofsmith.types import Assurance, Candidate, Status, Task, Verdict
from proofsmith.verifiers.smt.pool import SolverPool
from proofsmith.verifiers.smt.verifier import SmtVerifier

EXAMPLES = Path(__file__).parents[2] / "examples" / "sygus"


def check(pool: SolverPool, text: str, seconds: float = 20) -> Verdict:
    task = Task("s", "", "smt2", SmtScript(text), ("smt",), Assurance.PROVED)
    return SmtVerifier(pool).check(task, Candidate("", "smt2"), Budget(seconds=seconds))


def test_the_example_is_proved(paranoid_pool: SolverPool) -> None:
    (task,) = load(str(EXAMPLES / "average.smt2"))
    verdict = SmtVerifier(paranoid_pool).check(task, Candidate("", task.language), Budget(seconds=20))
    assert verdict.status is Status.PASS
    assert verdict.assurance is Assurance.PROVED


def test_a_model_is_a_counterexample(paranoid_pool: SolverPool) -> None:
    text = """(set-logic QF_LIA)(set-option :produce-models true)(declare-fun x () Int)
      (declare-fun f (Int) Int)(define-fun y () Int (+ x 1)) ; a comment
      (assert (= y 8))(assert (= (f x) "a-string" ))(check-sat)(get-model)(exit)"""
    good = text.replace('"a-string"', "3")
    verdict = check(paranoid_pool, good)
    assert verdict.status is Status.FAIL
    assert verdict.counterexample is not None
    assert ("x", "7") in verdict.counterexample.inputs
    assert check(paranoid_pool, text).status is Status.ERROR


def test_quantifiers_and_other_theories_are_the_solvers(pool: SolverPool) -> None:
    text = """(declare-datatypes ((Tree 0)) (((leaf) (node (left Tree) (right Tree)))))
      (declare-const r Real)(declare-const a (Array Int Real))
      (assert (forall ((x Int)) (> (select a x) r)))(assert (< (select a 3) r))(check-sat)"""
    assert check(pool, text).status is Status.PASS


def test_an_unanswered_script_is_no_pass(pool: SolverPool) -> None:
    text = """(declare-const a Int)(declare-const b Int)(declare-const c Int)
      (assert (> a 1))(assert (> b 1))(assert (> c 1))
      (assert (= (+ (* a a a) (* b b b)) (* c c c)))(check-sat)"""
    verdict = check(pool, text, seconds=1.5)
    assert verdict.status in (Status.TIMEOUT, Status.UNKNOWN)
    assert verdict.seconds < 30


def test_scripts_do_not_leak_into_each_other(pool: SolverPool) -> None:
    assert (
        check(pool, "(declare-const x Int)(define-fun f () Bool false)(assert f)(check-sat)").status
        is Status.PASS
    )
    leaked = check(pool, "(declare-const x Bool)(declare-const f Bool)(assert (or f x))(check-sat)")
    assert leaked.status is Status.FAIL
    assert check(pool, "(assert f)(check-sat)").status is Status.ERROR


@pytest.mark.parametrize(
    ("text", "cause", "line"),
    [
        ("(assert true)", "no (check-sat)", None),
        ("(assert\ntrue))(check-sat)", "closes nothing", 2),
        ("(check-sat)\n(check-sat)", "second (check-sat)", 2),
        ("(check-sat)\n(assert false)", "after (check-sat)", 2),
        ("(push 1)(assert false)(check-sat)", "unsupported command 'push'", 1),
        ("(synth-fun f () Int)", "belongs in a SyGuS file", 1),
        ("hello", "expected a command", 1),
        ("(assert", "never closed", 1),
    ],
)
def test_bad_scripts_are_said_with_their_place(text: str, cause: str, line: int | None) -> None:
    with pytest.raises(BadInput) as raised:
        assertions_of(text, "x.smt2")
    assert cause in str(raised.value)
    assert raised.value.line == line


def test_an_empty_script_can_hold(pool: SolverPool) -> None:
    assert check(pool, "(check-sat)").status is Status.FAIL
