from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from proofsmith.budget import Budget
from proofsmith.environments.load import load
from proofsmith.logic_spec import SygusSpec
from proofsmith.smtlib.reading import parse_answer, parse_problem
from proofsmith.types import Assurance, Candidate, Status, Task, Verdict
from proofsmith.verifiers.smt.pool import SolverPool
from proofsmith.verifiers.smt.verifier import SmtVerifier
from proofsmith.verifiers.table import VERIFIERS
from proofsmith.verifiers.toolbox import Toolbox

EXAMPLES = Path(__file__).parents[2] / "examples" / "sygus"


def task(text: str) -> Task[SygusSpec]:
    return Task("t", "", "sygus", SygusSpec(text), ("smt",), Assurance.PROVED)


def check(pool: SolverPool, spec: str, answer: str, seconds: float | None = 20) -> Verdict:
    return SmtVerifier(pool).check(task(spec), Candidate(answer, "sygus"), Budget(seconds=seconds))


MAX = """(set-logic LIA)
(synth-fun max2 ((x Int) (y Int)) Int
  ((I Int) (B Bool)) ((I Int (x y 0 1 (+ I I) (- I I) (ite B I I))) (B Bool ((<= I I) (= I I)))))
(declare-var x Int)(declare-var y Int)
(constraint (>= (max2 x y) x))(constraint (>= (max2 x y) y))
(constraint (or (= x (max2 x y)) (= y (max2 x y))))
(check-synth)"""


def answer(body: str) -> str:
    return f"(define-fun max2 ((x Int) (y Int)) Int {body})"


RIGHT = [
    ("clamp.sl", "(define-fun clamp ((x Int) (l Int) (h Int)) Int (ite (< x l) l (ite (< h x) h x)))"),
    (
        "initials.sl",
        '(define-fun initials ((n String)) String (str.++ (str.at n 0) (str.++ "." (str.++ '
        '(str.at n (+ (str.indexof n " " 0) 1)) "."))))',
    ),
    ("lowest_bit.sl", "(define-fun lowest ((x (_ BitVec 32))) (_ BitVec 32) (bvand (bvneg x) x))"),
    (
        "countdown.sl",
        "(define-fun moving ((x Int) (y Int) (t Int)) Bool (and (>= x 0) (= (+ x y) t)))",
    ),
    (
        "quotient.sl",
        "(define-fun quotient ((n Int)) Int (div n 7))(define-fun remainder ((n Int)) Int (mod n 7))",
    ),
]

WRONG = [
    ("clamp.sl", "(define-fun clamp ((x Int) (l Int) (h Int)) Int (ite (< x l) l (ite (< h x) x h)))"),
    (
        "clamp.sl",
        "(define-fun clamp ((x Int) (l Int) (h Int)) Int (ite (= x 99991) l "
        "(ite (< x l) l (ite (< h x) h x))))",
    ),
    ("initials.sl", '(define-fun initials ((n String)) String (str.++ (str.at n 0) "."))'),
    ("lowest_bit.sl", "(define-fun lowest ((x (_ BitVec 32))) (_ BitVec 32) (bvand (bvnot x) x))"),
    (
        "lowest_bit.sl",
        "(define-fun lowest ((x (_ BitVec 32))) (_ BitVec 32) (bvand (bvneg x) (bvadd x x)))",
    ),
    ("countdown.sl", "(define-fun moving ((x Int) (y Int) (t Int)) Bool (= (+ x y) t))"),
    ("countdown.sl", "(define-fun moving ((x Int) (y Int) (t Int)) Bool true)"),
    ("countdown.sl", "(define-fun moving ((x Int) (y Int) (t Int)) Bool false)"),
    (
        "quotient.sl",
        "(define-fun quotient ((n Int)) Int (div n 7))(define-fun remainder ((n Int)) Int (- n (div n 7)))",
    ),
]


@pytest.mark.parametrize(("file", "text"), RIGHT)
def test_right_answers_are_proved_by_both_solvers(paranoid_pool: SolverPool, file: str, text: str) -> None:
    (loaded,) = load(str(EXAMPLES / file))
    verdict = SmtVerifier(paranoid_pool).check(loaded, Candidate(text, "sygus"), Budget(seconds=30))
    assert verdict.status is Status.PASS, verdict
    assert verdict.assurance is Assurance.PROVED
    assert verdict.notes == ("proved by cvc5 as well",)
    assert verdict.tool is not None
    assert verdict.tool.name == "z3 and cvc5"


@pytest.mark.parametrize(("file", "text"), WRONG)
def test_wrong_answers_are_refuted_by_an_input(paranoid_pool: SolverPool, file: str, text: str) -> None:
    (loaded,) = load(str(EXAMPLES / file))
    verdict = SmtVerifier(paranoid_pool).check(loaded, Candidate(text, "sygus"), Budget(seconds=30))
    assert verdict.status is Status.FAIL, verdict
    assert verdict.counterexample is not None
    assert verdict.counterexample.inputs
    assert verdict.score < 1


def test_the_table_knows_the_verifier() -> None:
    with Toolbox() as toolbox:
        verifier = VERIFIERS.get("smt").create(toolbox)
        verdict = verifier.check(task(MAX), Candidate(answer("(ite (<= x y) y x)")), Budget(seconds=20))
        verifier.close()
    assert verdict.status is Status.PASS
    assert verdict.tool is not None
    assert verdict.tool.version


def test_counterexamples_have_small_values(pool: SolverPool) -> None:
    verdict = check(pool, MAX, answer("(ite (<= x (+ y (+ 1 1))) y x)"))
    assert verdict.counterexample is not None
    values = [int(v.replace("(- ", "-").replace(")", "")) for _, v in verdict.counterexample.inputs]
    assert all(abs(v) <= 2 for v in values)
    assert "max2" in verdict.counterexample.actual


def test_counterexamples_far_out_are_found(pool: SolverPool) -> None:
    spec = MAX.replace("((I Int) (B Bool)) ((I Int (x y 0 1 (+ I I) (- I I) (ite B I I)))", "").replace(
        " (B Bool ((<= I I) (= I I)))))", ")"
    )
    verdict = check(pool, spec, answer("(ite (= x 123456789) (- x 1) (ite (<= x y) y x))"))
    assert verdict.status is Status.FAIL
    assert verdict.counterexample is not None
    assert ("x", "123456789") in verdict.counterexample.inputs
    assert "(max2 123456789" in verdict.counterexample.actual


def test_counterexamples_have_plain_strings(pool: SolverPool) -> None:
    spec = """(set-logic SLIA)(synth-fun f ((s String) (n Int)) String)
      (declare-var s String)(declare-var n Int)
      (constraint (= (f s n) (ite (> (str.len s) 3) (str.at s 2) "")))(check-synth)"""
    wrong = '(define-fun f ((s String) (n Int)) String (ite (> (str.len s) 4) (str.at s 2) ""))'
    verdict = check(pool, spec, wrong)
    assert verdict.counterexample is not None
    values = dict(verdict.counterexample.inputs)
    assert len(values["s"].strip('"')) == 4
    assert values["s"].strip('"').isalpha()
    assert values["n"] == "0"


PBE = """(set-logic SLIA)(synth-fun f ((s String)) String)
(constraint (= (f "ab") "a"))(constraint (= (f "cd") "c"))(constraint (= "" (f "")))
(constraint (= (f "xyz") "x"))(check-synth)"""


def test_examples_give_partial_scores_and_behaviour(pool: SolverPool) -> None:
    body = "(define-fun f ((s String)) String {})"
    right = check(pool, PBE, body.format("(str.at s 0)"))
    same = check(pool, PBE, body.format("(str.substr s 0 1)"))
    wrong = check(pool, PBE, body.format("(str.substr s 0 (- (str.len s) 1))"))
    assert right.status is same.status is Status.PASS
    assert right.behaviour == same.behaviour is not None
    assert wrong.behaviour not in (None, right.behaviour)
    assert wrong.status is Status.FAIL
    assert wrong.score == 0.75
    assert wrong.counterexample is not None
    assert wrong.counterexample.inputs == (("s", '"xyz"'),)
    assert wrong.counterexample.expected == '"x"'
    assert wrong.counterexample.actual == '(f "xyz") = "xy"'


def test_answers_outside_the_grammar_are_refused(pool: SolverPool) -> None:
    verdict = check(pool, MAX, answer("(ite (< x y) y x)"))
    assert verdict.status is Status.FAIL
    assert verdict.diagnostics[0].code == "outside-grammar"


HOSTILE = [
    answer("x") + "(assert false)",
    answer("x)(assert false)(define-fun z () Int 1"),
    "(declare-fun max2 (Int Int) Int)",
    "(define-fun-rec max2 ((x Int) (y Int)) Int (max2 y x))",
    "(define-funs-rec ((max2 ((x Int) (y Int)) Int)) (x))",
    "(define-fun max2 ((x Int) (y Int)) Int (max2 y x))",
    "(define-fun max2 ((x Int) (y Int)) Int v0)",
    "(define-fun max2 ((x Int) (y Int)) Int (! x :named a))(assert false)",
    "(define-fun max2 ((x Int) (y Int)) Int (let ((x (choose))) x))",
    "(set-option :timeout 1)" + answer("x"),
    "(push)(check-sat)",
    "\0",
    "\ud800",
    "(" * 100_000,
    ")" * 100_000,
    '"' * 100_001,
    "|",
    "(define-fun max2 ((x Int) (y Int)) Int |x)",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_answers_fail_as_answers(pool: SolverPool, text: str) -> None:
    verdict = check(pool, MAX, text)
    assert verdict.status is Status.FAIL
    assert "\n" not in verdict.diagnostics[0].message


def test_names_of_solver_symbols_are_only_names(pool: SolverPool) -> None:
    spec = """(set-logic LIA)
      (define-fun select ((seq.len Int)) Int (+ seq.len 1))
      (synth-fun store ((re.all Int) (f0 Int)) Int)
      (declare-var v1 Int)(declare-var v0 Int)(declare-var |a b| Int)
      (constraint (= (store v1 v0) (+ v1 (select v0))))
      (constraint (= (store |a b| v1) (+ |a b| (select v1))))(check-synth)"""
    right = "(define-fun store ((p1 Int) (p0 Int)) Int (+ (select p0) p1))"
    wrong = "(define-fun store ((p1 Int) (p0 Int)) Int (+ (select p1) p1))"
    assert check(pool, spec, right).status is Status.PASS
    assert check(pool, spec, wrong).status is Status.FAIL


def test_an_answer_that_grows_without_end_is_cut_off(pool: SolverPool, in_time: Any) -> None:
    doubled = "(let ((a (str.++ a a))) " * 60 + "a" + ")" * 60
    text = f"(define-fun f ((s String)) String (let ((a (str.++ s s))) {doubled}))"
    with in_time(3.0):
        verdict = check(pool, PBE, text, seconds=3)
        assert verdict.status in (Status.FAIL, Status.UNKNOWN, Status.TIMEOUT)


def test_a_megabyte_of_answer_is_judged_in_time(pool: SolverPool, in_time: Any) -> None:
    body = "(+ 1 " * 150_000 + "x" + ")" * 150_000
    with in_time(2.0):
        verdict = check(pool, MAX, answer(f"(ite (<= x y) y {body})"), seconds=2)
        assert verdict.status is Status.TIMEOUT


def test_a_long_answer_is_judged(pool: SolverPool) -> None:
    long = "(+ 1 " * 10_000 + "x" + ")" * 10_000
    wrong = check(pool, MAX, answer(f"(ite (<= x y) y {long})"), seconds=60)
    assert wrong.status is Status.FAIL
    same = f"(- {long} {long.replace('x', '0')})"
    assert check(pool, MAX, answer(f"(ite (<= x y) y {same})"), seconds=60).status is Status.PASS


FACTORING = """(set-logic BV)(synth-fun f ((x (_ BitVec 64))) Bool)
(declare-var a (_ BitVec 64))(declare-var b (_ BitVec 64))
(constraint (f a))
(constraint (=> (and (bvult #x0000000000000002 a) (bvult #x0000000000000002 b) (bvult a #x00000000ffffffff)
  (bvult b #x00000000ffffffff)) (distinct (bvmul a b) #x3f6b1f2a9c4d8e17)))(check-synth)"""
TRUE = "(define-fun f ((x (_ BitVec 64))) Bool true)"


def test_a_query_without_end_is_a_timeout_in_time(pool: SolverPool, in_time: Any) -> None:
    with in_time(2.0):
        verdict = check(pool, FACTORING, TRUE, seconds=2)
        assert verdict.status is Status.TIMEOUT
    assert check(pool, MAX, answer("(ite (<= x y) y x)")).status is Status.PASS


def test_no_time_is_unknown(pool: SolverPool) -> None:
    assert check(pool, MAX, answer("x"), seconds=0).status is Status.UNKNOWN


def test_without_a_limit_it_is_judged(pool: SolverPool) -> None:
    assert check(pool, MAX, answer("(ite (<= x y) y x)"), seconds=None).status is Status.PASS


DIVISION = """(set-logic LIA)(synth-fun f ((x Int) (y Int)) Int)
(declare-var x Int)(declare-var y Int)
(constraint (= (f x y) {}))(check-synth)"""


@pytest.mark.parametrize(
    ("wanted", "body", "status"),
    [
        ("(div x y)", "(div x y)", Status.PASS),
        ("(mod x y)", "(- x (* y (div x y)))", Status.FAIL),  # nothing ties mod to div at zero
        ("(ite (= y 0) 0 (mod x y))", "(ite (= y 0) 0 (- x (* y (div x y))))", Status.PASS),
        ("(div x y)", "(ite (= y 0) 0 (div x y))", Status.FAIL),  # 0 is only one of the choices
        ("(div (- x) 2)", "(- (div x 2))", Status.FAIL),
        ("(div x (- 2))", "(- (div x 2))", Status.PASS),
    ],
)
def test_division_is_smt_libs(pool: SolverPool, wanted: str, body: str, status: Status) -> None:
    spec = DIVISION.format(wanted)
    verdict = check(pool, spec, f"(define-fun f ((x Int) (y Int)) Int {body})", seconds=30)
    assert verdict.status is status, verdict


def test_assumptions_limit_the_inputs(pool: SolverPool) -> None:
    spec = """(set-logic LIA)(synth-fun f ((x Int)) Int)(declare-var x Int)
      (assume (> x 10))(constraint (= (f x) (abs x)))(check-synth)"""
    assert check(pool, spec, "(define-fun f ((x Int)) Int x)").status is Status.PASS
    assert (
        check(pool, spec.replace("> x 10", "> x (- 10)"), "(define-fun f ((x Int)) Int x)").status
        is Status.FAIL
    )


def test_without_constraints_every_answer_is_right(pool: SolverPool) -> None:
    spec = "(synth-fun f ((x Int)) Int)(declare-var x Int){}(check-synth)"
    right = "(define-fun f ((x Int)) Int 3)"
    assert check(pool, spec.format(""), right).status is Status.PASS
    assert check(pool, spec.format("(assume (> x 3))"), right).status is Status.PASS
    assert check(pool, spec.format("(constraint true)"), right).status is Status.PASS
    assert check(pool, spec.format("(constraint false)"), right).status is Status.FAIL


def test_a_contradiction_of_the_solvers_is_an_error(paranoid_pool: SolverPool) -> None:
    problem = parse_problem(MAX)
    wrong = parse_answer(answer("x"), problem)
    claimed = Verdict(Status.PASS, "smt", Assurance.PROVED, score=1.0)
    verifier = SmtVerifier(paranoid_pool)
    verdict = verifier._second_opinion(problem, wrong, claimed, time.monotonic() + 20)
    assert verdict.status is Status.ERROR
    assert "one solver is wrong" in verdict.diagnostics[0].message


def test_a_specification_that_is_none_is_our_error(pool: SolverPool) -> None:
    assert check(pool, "(synth-fun", "").status is Status.ERROR
