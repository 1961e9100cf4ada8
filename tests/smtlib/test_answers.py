from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofsmith.errors import BadInput
from proofsmith.smtlib.membership import in_grammar, outside_grammar
from proofsmith.smtlib.printing import print_answer, print_term
from proofsmith.smtlib.problem import Nonterminal, Problem, SynthFunction
from proofsmith.smtlib.python_rendering import render_python
from proofsmith.smtlib.reading import parse_answer, parse_problem
from proofsmith.smtlib.terms import BOOL, INT, Term, app, const, substitute, tree_size, var

TWO = parse_problem("""
(set-logic LIA)
(define-fun twice ((a Int)) Int (+ a a))
(synth-fun f ((x Int) (y Int)) Int)
(synth-fun g ((p Bool)) Bool)
(define-fun both ((a Int)) Bool (g (= (f a a) 0)))
(declare-var k Int)
(define-fun beyond ((a Int)) Bool (> a k))
(constraint (both 1))
(check-synth)
""")
G = "(define-fun g ((p Bool)) Bool p)"


def _grammar(rules: str, logic: str = "LIA", sort: str = "Int") -> Problem:
    text = f"(set-logic {logic})(synth-fun f ((x {sort}) (y {sort})) {sort} ({rules}))(check-synth)"
    return parse_problem(text)


def _inside(problem: Problem, body: str, sort: str = "Int") -> bool:
    answer = parse_answer(f"(define-fun f ((x {sort}) (y {sort})) {sort} {body})", problem)
    return outside_grammar(problem, answer) is None


def test_parameters_are_renamed_to_the_problems() -> None:
    answer = parse_answer(f"(define-fun f ((y Int) (x Int)) Int (twice (- y x))) {G}", TWO)
    x, y = var("x", INT), var("y", INT)
    assert answer["f"].parameters == (("x", INT), ("y", INT))
    assert answer["f"].body == app("twice", INT, app("-", INT, x, y))
    assert list(answer) == ["f", "g"]


def test_one_more_pair_of_parentheses_is_fine() -> None:
    plain = f"{G}\n(define-fun f ((x Int) (y Int)) Int x)"
    assert parse_answer(f"(\n{plain}\n)", TWO) == parse_answer(plain, TWO)


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("", "does not define f, g"),
        (G, "does not define f"),
        ("infeasible", "not a definition"),
        ("(fail)", "'fail' is not a definition"),
        (f"{G}{G}", "g is defined twice"),
        (f"{G}(define-fun h () Int 1)", "h is not a function to find"),
        (f"{G}(define-fun twice ((a Int)) Int a)", "twice is not a function to find"),
        (f"{G}(define-fun f ((x Int)) Int x)", "must have the signature (Int Int) Int"),
        (f"{G}(define-fun f ((x Int) (y Int)) Bool true)", "must have the signature"),
        (f"{G}(define-fun f ((x Int) (y Bool)) Int x)", "must have the signature"),
        (f"{G}(define-fun f ((x Int) (x Int)) Int x)", "declared twice"),
        (f"{G}(define-fun f ((x Int) (y Int)) Int (< x y))", "the body of f is Bool"),
        (f"{G}(define-fun f ((x Int) (y Int)) Int k)", "unknown symbol 'k'"),
        (f"{G}(define-fun f ((x Int) (y Int)) Int (f x y))", "f is to be found"),
        ("(define-fun g ((p Bool)) Bool (both 1))", "both depends on"),
        ("(define-fun g ((p Bool)) Bool (beyond 1))", "beyond depends on"),
        (f"{G}(define-fun-rec f ((x Int) (y Int)) Int (f x y))", "'define-fun-rec' is not a definition"),
        (f"{G}(define-fun f ((x Int) (y Int)) Int x) (assert false)", "'assert' is not a definition"),
        (f"{G}(declare-fun z () Int)(define-fun f ((x Int) (y Int)) Int z)", "not a definition"),
        (f"{G}(define-fun f ((x Int) (y Int)) Int x)) (check-sat) (", "closes nothing"),
        (f"{G}(define-fun f ((x Int) (y Int)) Int (choice ((z Int)) true))", "unsupported: choice"),
        (f"{G}(define-fun f ((x Int) (y Int)) Int |x\\|)", "quoted symbol"),
        (f"{G}(define-fun f ((x Int) (y Int)) Int x", "never closed"),
        ("x" * 5_000_000, "characters"),
    ],
)
def test_other_answers_are_refused_in_one_line(text: str, cause: str) -> None:
    with pytest.raises(BadInput) as raised:
        parse_answer(text, TWO)
    assert cause in str(raised.value)
    assert "\n" not in str(raised.value)


def test_an_answer_of_a_megabyte_is_read() -> None:
    body = "(+ x " * 160_000 + "y" + ")" * 160_000
    problem = _grammar("(S Int (x y (+ S S)))")
    answer = parse_answer(f"(define-fun f ((x Int) (y Int)) Int {body})", problem)
    assert tree_size(answer["f"].body) == 320_001
    assert outside_grammar(problem, answer) is None


CLIA = _grammar("(S Int (x y 0 1 (+ S S) (- S) (ite B S S))) (B Bool ((<= S S) (and B B)))")


@pytest.mark.parametrize(
    ("body", "inside"),
    [
        ("x", True),
        ("2", False),
        ("(- 1)", True),
        ("-1", True),
        ("(- 2)", False),
        ("(+ x y)", True),
        ("(+ x y 1)", True),
        ("(- x y)", False),
        ("(ite (<= x y) x y)", True),
        ("(ite (< x y) x y)", False),
        ("(ite (and (<= x 0) (<= y 0) (<= 0 x)) x y)", True),
        ("(ite true x y)", False),
        ("(let ((z (+ x x))) (+ z z))", True),
    ],
)
def test_membership(body: str, inside: bool) -> None:
    assert _inside(CLIA, body) == inside


@pytest.mark.parametrize(
    ("rules", "body", "inside"),
    [
        ("(S Int ((+ x (* 2 T)))) (T Int (x y))", "(+ x (* 2 y))", True),
        ("(S Int ((+ x (* 2 T)))) (T Int (x y))", "(+ x (* 3 y))", False),
        ("(S Int ((+ x (* 2 T)))) (T Int (x y))", "(+ x y)", False),
        ("(S Int (T)) (T Int (U)) (U Int (S x))", "x", True),
        ("(S Int (T)) (T Int (U)) (U Int (S x))", "y", False),
        ("(S Int ((+ (Constant Int) (Variable Int))))", "(+ 77 y)", True),
        ("(S Int ((+ (Constant Int) (Variable Int))))", "(+ (- 77) y)", True),
        ("(S Int ((+ (Constant Int) (Variable Int))))", "(+ y 77)", False),
        ("(S Int ((+ S (- T)) x)) (T Int (3))", "(+ x (- 3))", True),
        ("(S Int ((+ S (- T)) x)) (T Int (3))", "(+ x (- 4))", False),
        ("(S Int ((- (- S)) 0 x))", "(- (- x))", True),
        ("(S Int ((- (- S)) 0 x))", "(- x)", False),
        ("(S Int ((+ S S S) x))", "(+ x x x)", True),
        ("(S Int ((+ S S S) x))", "(+ x x)", False),
    ],
)
def test_membership_of_nested_rules(rules: str, body: str, inside: bool) -> None:
    assert _inside(_grammar(rules), body) == inside


def test_membership_names_the_first_part_that_does_not_fit() -> None:
    answer = parse_answer("(define-fun f ((x Int) (y Int)) Int (+ x (ite (< x y) 1 0)))", CLIA)
    outside = outside_grammar(CLIA, answer)
    assert outside is not None
    assert "(< x y)" in outside.message
    assert outside.code == "outside-grammar"


def test_grammars_may_use_definitions() -> None:
    text = "(define-fun d ((a Int)) Int (+ a a))(synth-fun f ((x Int)) Int ((S Int (x (d S)))))(check-synth)"
    problem = parse_problem(text)
    assert outside_grammar(problem, parse_answer("(define-fun f ((x Int)) Int (d (d x)))", problem)) is None
    assert outside_grammar(problem, parse_answer("(define-fun f ((x Int)) Int (+ x x))", problem)) is not None


@st.composite
def _derivations(draw: st.DrawFn) -> tuple[SynthFunction, Term]:
    """A random grammar over + and ite, and a term derived by it."""
    names = ["A", "B", "C"][: draw(st.integers(1, 3))]
    leaves = [var("x", INT), var("y", INT), *(const(i, INT) for i in range(-1, 3))]

    def production() -> Term:
        kind = draw(st.sampled_from(["leaf", "unit", "add", "nested"]))
        symbols = [var(draw(st.sampled_from(names)), INT) for _ in range(3)]
        if kind == "leaf":
            return draw(st.sampled_from(leaves))
        if kind == "unit":
            return symbols[0]
        if kind == "add":
            return app("+", INT, symbols[0], symbols[1])
        test = app("<=", BOOL, symbols[0], draw(st.sampled_from(leaves)))
        return app("ite", INT, test, symbols[1], app("+", INT, symbols[2], const(1, INT)))

    rules = {n: [draw(st.sampled_from(leaves)), *(production() for _ in range(3))] for n in names}

    def derive(name: str, depth: int) -> Term:
        chosen = rules[name][0] if depth == 0 else draw(st.sampled_from(rules[name]))
        if chosen.kind == "var" and chosen.name in rules:
            return derive(chosen.name, depth - 1)
        if not chosen.args:
            return chosen
        made = [_expand(a, depth - 1) for a in chosen.args]
        return Term(chosen.kind, chosen.name, chosen.sort, tuple(made))

    def _expand(t: Term, depth: int) -> Term:
        if t.kind == "var" and t.name in rules:
            return derive(t.name, max(depth, 0))
        return Term(t.kind, t.name, t.sort, tuple(_expand(a, depth) for a in t.args), t.value)

    grammar = tuple(Nonterminal(n, INT, tuple(rules[n])) for n in names)
    return SynthFunction("f", (("x", INT), ("y", INT)), INT, grammar), derive(names[0], 4)


@settings(max_examples=300, deadline=None)
@given(_derivations())
def test_what_a_grammar_derives_is_in_it(case: tuple[SynthFunction, Term]) -> None:
    function, term = case
    assert in_grammar(function, term) is None
    foreign = substitute(term, {"x": const(99, INT), "y": const(99, INT)})
    if foreign is not term and foreign != term:
        assert in_grammar(function, foreign) is not None


def test_answers_are_spelt_as_their_problem() -> None:
    text = """(set-logic SLIA)(synth-fun f ((s String)) String
      ((S String (s (int.to.str N))) (N Int ((str.to.int S) (str.len S)))))(check-synth)"""
    problem = parse_problem(text)
    answer = parse_answer("(define-fun f ((s String)) String (str.from_int (str.to_int s)))", problem)
    assert print_answer(problem, answer) == ("(define-fun f ((s String)) String (int.to.str (str.to.int s)))")
    assert parse_answer(print_answer(problem, answer), problem) == answer


def test_printing_is_linear_in_shared_terms() -> None:
    term = var("x", INT)
    for _ in range(200):
        term = app("+", INT, term, term)
    text = print_term(term)
    assert len(text) < 20_000
    problem = _grammar("(S Int (x y (+ S S)))")
    back = parse_answer(f"(define-fun f ((x Int) (y Int)) Int {text})", problem)
    assert back["f"].body == term
    started = time.process_time()
    assert outside_grammar(problem, back) is None
    assert time.process_time() - started < 2
    scope: dict[str, Any] = {}
    exec(render_python(problem, back), scope)
    assert scope["f"](3, 0) == 3 * 2**200


def test_python_for_deep_conditionals_and_odd_names() -> None:
    body = "(ite (= |lambda| 0) 0 " * 3000 + "(div |lambda| x!)" + ")" * 3000
    problem = parse_problem("(synth-fun f-1 ((|lambda| Int) (x! Int)) Int)(check-synth)")
    answer = parse_answer(f"(define-fun f-1 ((|lambda| Int) (x! Int)) Int {body})", problem)
    scope: dict[str, Any] = {}
    exec(render_python(problem, answer), scope)
    assert [scope["f_1"](7, d) for d in (2, -2, 0)] == [3, -3, 0]
    assert [scope["f_1"](-7, d) for d in (2, -2)] == [-4, 4]
