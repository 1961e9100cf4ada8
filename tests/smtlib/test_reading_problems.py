from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from proofsmith.errors import BadInput
from proofsmith.smtlib.evaluation import evaluate
from proofsmith.smtlib.problem import Problem
from proofsmith.smtlib.reading import parse_problem
from proofsmith.smtlib.terms import BOOL, INT, STRING, app, bitvec, const, var

MAX = """
(set-logic LIA)
(synth-fun max2 ((x Int) (y Int)) Int
  ((I Int) (B Bool))
  ((I Int (x y 0 1 (+ I I) (ite B I I)))
   (B Bool ((<= I I) (and B B) (not B)))))
(declare-var x Int)
(declare-var y Int)
(constraint (>= (max2 x y) x))
(constraint (>= (max2 x y) y))
(constraint (or (= x (max2 x y)) (= y (max2 x y))))
(check-synth)
"""

OLD = """
(set-logic BV)
(define-fun shr1 ((x (BitVec 64))) (BitVec 64) (bvlshr x #x0000000000000001))
(synth-fun f ((x (BitVec 64))) (BitVec 64)
  ((Helper (BitVec 64) (x Start (shr1 Start)))
   (Start (BitVec 64) (#x0000000000000000 x (bvnot Helper) (Constant (BitVec 64)) (Variable (BitVec 64))))))
(constraint (= (f #x0000000000000001) #xfffffffffffffffe))
(check-synth)
"""

STRINGS = """
(set-logic SLIA)
(synth-fun f ((s String)) String
  ((Start String (s "" "a""b" (str.substr Start N N) (int.to.str N)))
   (N Int (0 -1 (str.to.int Start) (str.indexof Start Start N)))))
(constraint (= (f "x\\u{e9}") "\\u00e9"))
(check-synth)
"""


def _minimal(body: str, logic: str = "LIA") -> str:
    return f"(set-logic {logic})\n(synth-fun f ((x Int)) Int)\n{body}\n(check-synth)\n"


def test_the_current_form() -> None:
    problem = parse_problem(MAX)
    (function,) = problem.functions
    assert problem.logic == "LIA"
    assert function.parameters == (("x", INT), ("y", INT))
    assert [n.name for n in function.grammar] == ["I", "B"]
    assert app("ite", INT, var("B", BOOL), var("I", INT), var("I", INT)) in function.grammar[0].productions
    assert problem.variables == (("x", INT), ("y", INT))
    assert len(problem.constraints) == 3
    assert problem.constraints[0] == app(
        ">=", BOOL, app("max2", INT, var("x", INT), var("y", INT)), var("x", INT)
    )


def test_the_older_form_starts_at_start() -> None:
    (function,) = parse_problem(OLD).functions
    assert [n.name for n in function.grammar] == ["Start", "Helper"]
    kinds = {p.kind for p in function.grammar[0].productions}
    assert kinds == {"const", "var", "app", "any-constant", "any-variable"}
    assert app("shr1", bitvec(64), var("Start", bitvec(64))) in function.grammar[1].productions


def test_older_operator_names_become_standard_and_are_remembered() -> None:
    problem = parse_problem(STRINGS)
    start, numbers = problem.functions[0].grammar
    assert app("str.from_int", STRING, var("N", INT)) in start.productions
    assert const('a"b', STRING) in start.productions
    assert const(-1, INT) in numbers.productions
    assert dict(problem.spelling) == {"str.from_int": "int.to.str", "str.to_int": "str.to.int"}
    assert problem.constraints[0].args[1] == const("é", STRING)


def test_invariants_state_their_three_conditions() -> None:
    problem = parse_problem("""
      (set-logic LIA)
      (synth-inv inv ((x Int)))
      (declare-primed-var x Int)
      (define-fun pre ((x Int)) Bool (= x 0))
      (define-fun trans ((x Int) (x! Int)) Bool (= x! (+ x 1)))
      (define-fun post ((x Int)) Bool (>= x 0))
      (inv-constraint inv pre trans post)
      (check-synth)""")
    assert problem.invariant is not None
    assert problem.variables == (("x", INT), ("x!", INT))
    assert problem.functions[0].sort == BOOL
    x, then = var("x", INT), var("x!", INT)
    inv = app("inv", BOOL, x)
    step = app("and", BOOL, inv, app("trans", BOOL, x, then))
    assert problem.constraints == (
        app("=>", BOOL, app("pre", BOOL, x), inv),
        app("=>", BOOL, step, app("inv", BOOL, then)),
        app("=>", BOOL, inv, app("post", BOOL, x)),
    )


def test_let_is_simultaneous_and_shadows() -> None:
    text = _minimal("(declare-var x Int)(constraint (let ((x 1) (y x)) (let ((x (+ x y))) (= (f x) y))))")
    (constraint,) = parse_problem(text).constraints
    x = var("x", INT)
    assert constraint == app("=", BOOL, app("f", INT, app("+", INT, const(1, INT), x)), x)


def test_let_of_the_older_form_states_sorts() -> None:
    text = _minimal("(constraint (let ((a Int 1)) (= (f a) a)))")
    assert parse_problem(text).constraints[0].args[1] == const(1, INT)
    with pytest.raises(BadInput, match="a is Int, not Bool"):
        parse_problem(_minimal("(constraint (let ((a Bool 1)) a))"))


@pytest.mark.parametrize(
    ("term", "value"),
    [
        ("(_ bv5 8)", 5),
        ("#b101", 5),
        ("#xFf", 255),
        ("((_ extract 3 2) #b1100)", 3),
        ("((_ zero_extend 4) #xf)", 15),
        ("((_ sign_extend 4) #xf)", 255),
        ("((_ rotate_left 5) #x1)", 2),
        ("((_ repeat 2) #x3)", 0x33),
        ("(concat #x1 #x2 #x3)", 0x123),
        ("(- 5)", -5),
        ("-5", -5),
        ("(- 10 3 2)", 5),
        ("(< 1 2 2)", False),
        ("(=> false true false)", True),
        ("(distinct 1 2 1)", False),
        ("(xor true true true)", True),
        ("|a b|", 7),
        ('(str.++ "a" "" "b")', "ab"),
        ("(_ char #x41)", "A"),
    ],
)
def test_terms_of_all_theories(term: str, value: object) -> None:
    text = f"(define-fun |a b| () Int 7)\n(synth-fun f () Int)\n(constraint (= {term} {term}))\n(check-synth)"
    problem = parse_problem(text)
    assert evaluate(problem.constraints[0].args[0], {}, problem.definitions) == value


def test_definitions_may_use_variables_of_the_problem() -> None:
    problem = parse_problem(_minimal("(declare-var y Int)(define-fun above ((z Int)) Bool (> z y))"))
    assert problem.definitions[0].body == app(">", BOOL, var("z", INT), var("y", INT))


def test_weights_and_options_are_noticed() -> None:
    text = """(set-option :seed 3)
      (synth-fun f ((x Int)) Int ((S Int)) ((S Int (x (! (+ S S) :weight 3)))))
      (check-synth)"""
    notices = parse_problem(text).notices
    assert any("weights" in n for n in notices)
    assert any(":seed" in n for n in notices)


def test_nonterminals_without_a_term_are_left_out_with_a_notice() -> None:
    text = "(synth-fun f ((x Int)) Int ((S Int (x (+ S E))) (E Int ((+ E E)))))(check-synth)"
    problem = parse_problem(text)
    assert [n.name for n in problem.functions[0].grammar] == ["S"]
    assert problem.functions[0].grammar[0].productions == (var("x", INT),)
    assert any("E" in n for n in problem.notices)


BAD = [
    ("", "nothing in this file", None),
    ("; only a comment", "nothing in this file", None),
    ("(set-logic LIA)", "no (check-synth)", None),
    ("(check-synth)", "no function to find", 1),
    (_minimal("(constraint (= (f 1)"), "never closed", 3),
    (_minimal("(constraint true))"), "closes nothing", 3),
    (_minimal('(constraint (= "abc'), "string is never closed", 3),
    (_minimal("(constraint |x"), "quoted symbol is never closed", 3),
    (_minimal("", "QF_UFNRAT"), "unknown logic 'QF_UFNRAT'", 1),
    (_minimal("(constrain true)"), "unsupported command 'constrain' (did you mean constraint?)", 3),
    (_minimal("(declare-datatypes () ())"), "datatypes are not supported", 3),
    (_minimal("(declare-fun g (Int) Int)"), "uninterpreted functions", 3),
    (_minimal("(constraint (= (g 1) 1))"), "unknown symbol 'g'", 3),
    (_minimal("(constraint (= y 1))"), "unknown symbol 'y'", 3),
    (_minimal("(constraint (= (f true) 1))"), "f takes Int, given Bool", 3),
    (_minimal("(constraint (+ 1 2))"), "this must be Bool, and is Int", 3),
    (_minimal("(constraint (= 1 #x01))"), "one sort", 3),
    (_minimal("(constraint (= (bvadd #x01 #x1) #x01))"), "one width", 3),
    (_minimal("(constraint (= 1.5 2))"), "real numbers are not supported", 3),
    (_minimal("(constraint (forall ((x Int)) true))"), "unsupported: forall", 3),
    (_minimal("(declare-var a Real)"), "unsupported sort 'Real'", 3),
    (_minimal("(declare-var a (Array Int Int))"), "unsupported sort Array", 3),
    (_minimal("(declare-var a (_ BitVec 0))"), "1 to 65536 bits", 3),
    (_minimal("(declare-var f Int)"), "f is declared twice", 3),
    (_minimal("(define-fun g ((a Int) (a Int)) Int a)"), "a is declared twice", 3),
    (_minimal("(define-fun g ((a Int)) Bool a)"), "the body of g is Int, not Bool", 3),
    (_minimal("(define-fun abs ((a Int)) Int a)"), "operator of the logic", 3),
    (_minimal("(define-fun-rec g ((a Int)) Int (g a))"), "recursive", 3),
    (_minimal("(define-fun g ((a Int)) Int (g a))"), "unknown symbol 'g'", 3),
    (_minimal("(constraint ())"), "an empty list is not a term", 3),
    (_minimal("(constraint (= ((_ extract 9 0) #x01) #x01))"), "does not fit 8 bits", 3),
    (_minimal("(constraint (= #xZZ #x01))"), "is not a literal", 3),
    (_minimal(f"(constraint (= 1 {'9' * 5000}))"), "digits", 3),
    (_minimal("x"), "expected a command", 3),
    (_minimal("") + "(constraint true)", "after (check-synth)", 5),
    ("(synth-fun f () Int ((S Int ((+ S S)))))(check-synth)", "the grammar never ends: S", 1),
    ("(synth-fun f () Int ((S Int (T))))(check-synth)", "unknown symbol 'T'", 1),
    ("(synth-fun f () Int ((S Bool (true))))(check-synth)", "stands for Bool, the function for Int", 1),
    ("(synth-fun f () Int ((S Int (true))))(check-synth)", "S stands for Int, this is Bool", 1),
    ("(synth-fun f () Int ((A Int)) ((B Int (1))))(check-synth)", "nonterminals declared are not", 1),
    ("(synth-fun f () Int ((S Int (f))))(check-synth)", "unknown symbol 'f'", 1),
]


@pytest.mark.parametrize(("text", "cause", "line"), BAD)
def test_bad_input_is_one_line_with_its_place(text: str, cause: str, line: int | None) -> None:
    with pytest.raises(BadInput) as raised:
        parse_problem(text, "file.sl")
    message = str(raised.value)
    assert cause in message
    assert "\n" not in message
    assert raised.value.path == "file.sl"
    assert raised.value.line == line


def test_messages_name_the_column() -> None:
    with pytest.raises(BadInput, match=r"f\.sl:3: column 16: unknown symbol 'oops'"):
        parse_problem(_minimal("(constraint (= oops 1))"), "f.sl")


@pytest.mark.parametrize("cut", range(10, len(MAX) - 2, 17))
def test_a_truncated_file_is_said_to_be_one(cut: int) -> None:
    with pytest.raises(BadInput):
        parse_problem(MAX[:cut], "cut.sl")


def test_a_file_of_a_hundred_thousand_lines() -> None:
    lines = "\n".join(f"(constraint (= (f {i}) (+ {i} 1)))" for i in range(100_000))
    started = time.process_time()
    with pytest.raises(BadInput, match="f takes Int, given Bool") as raised:
        parse_problem(_minimal(lines + "\n(constraint (= (f true) 1))"))
    assert raised.value.line == 100_003
    assert time.process_time() - started < 40


def test_nesting_of_a_hundred_thousand() -> None:
    deep = "(not " * 100_000 + "true" + ")" * 100_000
    problem = parse_problem(_minimal(f"(constraint {deep})"))
    assert evaluate(problem.constraints[0], {}) is True
    with pytest.raises(BadInput, match="never closed"):
        parse_problem(_minimal(f"(constraint {deep[:-3]})"))
    with pytest.raises(BadInput, match="unknown symbol 'oops'"):
        parse_problem(_minimal(f"(constraint {deep.replace('true', 'oops')})"))


def test_deep_let_and_wide_lists() -> None:
    deep = "(let ((x (+ x x))) " * 20_000 + "(= (f x) x)" + ")" * 20_000
    wide = f"(+ {'x ' * 100_000})"
    problem: Problem = parse_problem(
        _minimal(f"(declare-var x Int)(constraint {deep})(constraint (= {wide} 1))")
    )
    assert len(problem.constraints) == 2


def _local_files() -> list[Path]:
    folder = os.environ.get("PROOFSMITH_SYGUS_FILES")
    return sorted(Path(folder).rglob("*.sl")) if folder else []


@pytest.mark.skipif(not _local_files(), reason="PROOFSMITH_SYGUS_FILES names no folder of .sl files")
@pytest.mark.parametrize("path", _local_files(), ids=lambda p: p.name)
def test_every_file_of_the_given_folder_is_read(path: Path) -> None:
    problem = parse_problem(path.read_text(encoding="utf-8"), str(path))
    assert problem.functions
    assert problem.constraints
