from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofsmith.smtlib.evaluation import evaluate
from proofsmith.smtlib.expansion import Expander, expand
from proofsmith.smtlib.problem import Problem
from proofsmith.smtlib.reading import parse_answer, parse_problem
from proofsmith.smtlib.semantics import TooLarge
from proofsmith.smtlib.terms import BOOL, INT, Term, app, const, subterms, var
from proofsmith.verifiers.smt.infeasible import prove_infeasible
from proofsmith.verifiers.smt.pool import SolverPool
from proofsmith.verifiers.smt.query import refutation_query
from proofsmith.verifiers.smt.solve import ask_model, find_counterexample, satisfy


def problem(body: str) -> Problem:
    return parse_problem(body + "(check-synth)")


INFEASIBLE = [
    ("(synth-fun f ((x Int)) Int)(declare-var x Int)(constraint (> (f x) x))(constraint (<= (f x) 3))", 1),
    ("(synth-fun f ((x Int)) Int)(declare-var x Int)(constraint (= (* 2 (f x)) x))", 1),
    ('(synth-fun f ((s String)) String)(constraint (= (f "a") "b"))(constraint (= (f "a") "c"))', 0),
    ("(synth-fun f () (_ BitVec 8))(declare-var x (_ BitVec 8))(constraint (= (bvmul f x) (bvadd x f)))", 1),
    (
        "(synth-fun f ((x Int)) Int)(synth-fun g ((x Int)) Int)(declare-var x Int)(declare-var y Int)"
        "(constraint (= (f x) (g y)))(constraint (= (f 3) 4))(constraint (= (g 5) 6))",
        None,
    ),
    (
        "(synth-inv i ((x Int)))(define-fun pre ((x Int)) Bool (= x 0))"
        "(define-fun tr ((x Int) (x! Int)) Bool (= x! (+ x 1)))(define-fun post ((x Int)) Bool (< x 3))"
        "(inv-constraint i pre tr post)",
        None,
    ),
]


@pytest.mark.parametrize(("body", "points"), INFEASIBLE)
def test_no_program_exists(pool: SolverPool, body: str, points: int | None) -> None:
    found = prove_infeasible(problem(body), 20, pool)
    assert found is not None
    assert found.text.startswith("no program exists")
    assert points is None or len(found.points) == points


@pytest.mark.parametrize(
    "body",
    [
        "(synth-fun f ((x Int)) Int)(declare-var x Int)(constraint (>= (f x) x))",
        "(synth-fun f () Int)(constraint (> f 3))",
        "(synth-fun f ((x Int)) Int)(declare-var x Int)(assume (> x 3))(constraint (> x 2))",
        "(synth-fun f ((x Int)) Int)(declare-var x Int)(constraint (= (* (f x) (f x)) (* x x)))",
        "(synth-inv i ((x Int)))(define-fun pre ((x Int)) Bool (= x 0))"
        "(define-fun tr ((x Int) (x! Int)) Bool (= x! (+ x 1)))(define-fun post ((x Int)) Bool (>= x 0))"
        "(inv-constraint i pre tr post)",
    ],
)
def test_what_may_have_a_program_is_never_called_infeasible(
    pool: SolverPool, body: str, in_time: Any
) -> None:
    with in_time(2.0):
        assert prove_infeasible(problem(body), 2, pool) is None


def test_assumptions_are_presupposed_when_infeasible_is_said(pool: SolverPool) -> None:
    body = "(synth-fun f ((x Int)) Int)(declare-var x Int){}(constraint (= (* 2 (f x)) x))"
    assert prove_infeasible(problem(body.format("")), 10, pool) is not None
    assert prove_infeasible(problem(body.format("(assume (= x 4))")), 2, pool) is None


def test_models_of_formulas(pool: SolverPool) -> None:
    x, y = var("x", INT), var("y", INT)
    total = app("=", BOOL, app("+", INT, x, y), const(10, INT))
    more = app("<", BOOL, app("+", INT, x, const(7, INT)), y)
    found = satisfy([total, more], 10, pool, small=True)
    assert found.status == "sat"
    assert evaluate(total, found.values)
    assert evaluate(more, found.values)
    assert satisfy([total, app("not", BOOL, total)], 10, pool).status == "unsat"
    assert satisfy([], 10, pool).status == "sat"
    assert satisfy([total], 0, pool).status == "timeout"


SPEC = problem("""(define-fun sq ((a Int)) Int (ite (< a 0) (- a) a))
  (synth-fun f ((x Int) (y Int)) Int)(declare-var x Int)(declare-var y Int)
  (constraint (= (f x y) (ite (<= (sq x) (sq y)) (sq x) (- y 1))))""")


def _bodies() -> st.SearchStrategy[Term]:
    ints: st.SearchStrategy[Term] = st.sampled_from(
        [var("x", INT), var("y", INT), *(const(i, INT) for i in (-1, 0, 1, 2))]
    )

    def more(inner: st.SearchStrategy[Term]) -> st.SearchStrategy[Term]:
        test = st.tuples(st.sampled_from(["<", "<=", "="]), inner, inner).map(
            lambda p: app(p[0], BOOL, p[1], p[2])
        )
        return st.one_of(
            st.tuples(st.sampled_from(["+", "-"]), inner, inner).map(lambda p: app(p[0], INT, p[1], p[2])),
            inner.map(lambda t: app("sq", INT, t)),
            st.tuples(test, inner, inner).map(lambda p: app("ite", INT, *p)),
        )

    return st.recursive(ints, more, max_leaves=6)


@settings(max_examples=120, deadline=None)
@given(_bodies(), _bodies())
def test_z3_and_cvc5_never_contradict_each_other(pool: SolverPool, left: Term, right: Term) -> None:
    """Random programs against random specifications: both solvers, and the evaluator on the model."""
    parameters = (("x", INT), ("y", INT))
    constraint = app("=", BOOL, app("f", INT, var("x", INT), var("y", INT)), left)
    asked = Problem("LIA", SPEC.functions, parameters, SPEC.definitions, (constraint,))
    answer = {"f": parse_answer("(define-fun f ((x Int) (y Int)) Int x)", asked)["f"]}
    answer = {"f": type(answer["f"])("f", parameters, INT, right)}
    found = find_counterexample(asked, answer, 20, pool)
    second, _, _ = ask_model(refutation_query(asked, answer), 20, pool, engine="cvc5")
    assert (found.status, second) in (("valid", "unsat"), ("refuted", "sat"))
    if found.model is not None:
        assert evaluate(left, found.model.values, SPEC.definitions) != evaluate(
            right, found.model.values, SPEC.definitions
        )


RIGHT = "(define-fun f ((x Int) (y Int)) Int (ite (<= (sq x) (sq y)) (sq x) (+ y -1)))"


def test_every_mutant_of_a_right_answer_is_refuted(pool: SolverPool) -> None:
    right = parse_answer(RIGHT, SPEC)["f"]
    assert find_counterexample(SPEC, {"f": right}, 20, pool).status == "valid"
    mutants = 0
    for old in list(subterms(right.body)):
        if old.sort != INT:
            continue
        mutant = _replace(right.body, old, app("+", INT, old, const(1, INT)))
        found = find_counterexample(SPEC, {"f": type(right)("f", right.parameters, INT, mutant)}, 20, pool)
        second, _, _ = ask_model(
            refutation_query(SPEC, {"f": type(right)("f", right.parameters, INT, mutant)}),
            20,
            pool,
            engine="cvc5",
        )
        assert found.status == "refuted"
        assert second == "sat"
        mutants += 1
    assert mutants >= 6


def _replace(term: Term, old: Term, new: Term) -> Term:
    if term is old:
        return new
    return Term(term.kind, term.name, term.sort, tuple(_replace(a, old, new) for a in term.args), term.value)


def test_definitions_expand() -> None:
    (definition,) = SPEC.definitions
    term = app("sq", INT, app("sq", INT, var("k", INT)))
    flat = expand(term, [definition])
    assert not any(t.name == "sq" for t in subterms(flat))
    assert [evaluate(flat, {"k": k}) for k in (-3, 4)] == [3, 4]


CAPTURE = """(define-fun beyond ((a Int)) Bool (> a k))
  (define-fun both ((k Int)) Bool (and (beyond k) (beyond (+ k 1))))
  (synth-fun f ((x Int)) Int)(constraint (=> (> 2 k) (both (f k))))"""


def test_parameters_capture_no_variables(pool: SolverPool) -> None:
    asked = problem("(declare-var k Int)" + CAPTURE)
    flat = expand(asked.constraints[0], asked.definitions)
    answer = parse_answer("(define-fun f ((x Int)) Int (+ x 1))", asked)
    for k in (0, 1, 5):
        expected = evaluate(asked.constraints[0], {"k": k}, [*asked.definitions, *answer.values()])
        assert evaluate(flat, {"k": k}, answer.values()) == expected
    assert find_counterexample(asked, answer, 20, pool).status == "valid"
    wrong = parse_answer("(define-fun f ((x Int)) Int x)", asked)
    assert find_counterexample(asked, wrong, 20, pool).status == "refuted"
    assert prove_infeasible(asked, 1, pool) is None


def test_definitions_that_explode_are_stopped(in_time: Any) -> None:
    lines = ["(define-fun d0 ((a Int) (b Int)) Int (+ a b))"]
    lines += [
        f"(define-fun d{i} ((a Int) (b Int)) Int (+ (d{i - 1} a (+ b {i})) (d{i - 1} (+ a {i}) b)))"
        for i in range(1, 40)
    ]
    text = "".join(lines) + "(synth-fun f ((x Int)) Int)(declare-var x Int)(constraint (= (f x) (d39 x x)))"
    exploding = problem(text)
    with pytest.raises(TooLarge):
        Expander(exploding.definitions)
    with SolverPool() as pool, in_time(3.0):
        answer = parse_answer("(define-fun f ((x Int)) Int x)", exploding)
        prove_infeasible(exploding, 1, pool)
        found = find_counterexample(exploding, answer, 2, pool)
    assert found.status in ("unknown", "timeout", "refuted")
