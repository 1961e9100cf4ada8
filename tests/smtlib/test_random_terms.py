"""Random well-sorted terms: our evaluator, Z3 and cvc5 must agree, and text must read back as written."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proofsmith.smtlib.evaluation import evaluate
from proofsmith.smtlib.printing import print_answer
from proofsmith.smtlib.problem import DefinedFunction, Problem, SynthFunction
from proofsmith.smtlib.python_rendering import render_python
from proofsmith.smtlib.reading import parse_answer
from proofsmith.smtlib.signature import full_name, result_sort
from proofsmith.smtlib.terms import (
    BOOL,
    INT,
    STRING,
    Sort,
    Term,
    app,
    bitvec,
    const,
    rebuild,
    substitute,
    var,
    with_args,
)
from proofsmith.verifiers.smt.pool import SolverPool
from proofsmith.verifiers.smt.query import model_query
from proofsmith.verifiers.smt.solve import ask_model

B4, B7, B64 = bitvec(4), bitvec(7), bitvec(64)
VARIABLES: dict[str, Sort] = {
    "i": INT,
    "j": INT,
    "p": BOOL,
    "q": BOOL,
    "s": STRING,
    "t": STRING,
    "u": B4,
    "v": B4,
    "w": B7,
    "x": B64,
    "y": B64,
}
TEXT = st.text(st.sampled_from('abxn014 -\\u{}"é\U0001f600\U0002ffff\x00\n'), max_size=5)
_INTS = st.one_of(st.integers(-5, 12), st.integers(-(2**70), 2**70))


def values_of(sort: Sort) -> st.SearchStrategy[int | bool | str]:
    if sort == INT:
        return _INTS
    if sort == BOOL:
        return st.booleans()
    if sort == STRING:
        return TEXT
    return st.one_of(st.integers(0, 3), st.integers(0, 2**sort.width - 1))


def environments() -> st.SearchStrategy[dict[str, int | bool | str]]:
    return st.fixed_dictionaries({name: values_of(sort) for name, sort in VARIABLES.items()})


_VECTOR = (
    "bvadd bvsub bvmul bvudiv bvurem bvsdiv bvsrem bvsmod "
    "bvshl bvlshr bvashr bvand bvor bvxor bvnand bvnor bvxnor"
)
_COMPARE = "bvult bvule bvugt bvuge bvslt bvsle bvsgt bvsge ="


def _rows(sort: Sort) -> list[tuple[str, tuple[int, ...], tuple[Sort, ...]]]:
    """Return the operators that make `sort`: name, indices, argument sorts."""
    n = ()
    if sort == INT:
        return [
            *[(o, n, (INT, INT)) for o in ("+", "-", "*")],
            ("-", n, (INT,)),
            ("+", n, (INT, INT, INT)),
            ("abs", n, (INT,)),
            ("ite", n, (BOOL, INT, INT)),
            ("str.len", n, (STRING,)),
            ("str.indexof", n, (STRING, STRING, INT)),
            ("str.to_int", n, (STRING,)),
            ("str.to_code", n, (STRING,)),
            ("bv2nat", n, (B4,)),
            ("bv2nat", n, (B7,)),
        ]
    if sort == BOOL:
        return [
            ("not", n, (BOOL,)),
            *[(o, n, (BOOL, BOOL)) for o in ("and", "or", "xor", "=>", "=", "distinct")],
            *[(o, n, (BOOL, BOOL, BOOL)) for o in ("and", "or", "xor", "=>", "=")],
            *[(o, n, (INT, INT)) for o in ("<", "<=", ">", ">=", "=", "distinct")],
            *[(o, n, (INT, INT, INT)) for o in ("<", "<=", "=", "distinct")],
            *[(o, n, (b, b)) for o in _COMPARE.split() for b in (B4, B7, B64)],
            *[(o, n, (STRING, STRING)) for o in ("str.<", "str.<=", "=", "str.prefixof", "str.suffixof")],
            ("str.contains", n, (STRING, STRING)),
            ("str.is_digit", n, (STRING,)),
            ("ite", n, (BOOL, BOOL, BOOL)),
            ("divisible", (3,), (INT,)),
        ]
    if sort == STRING:
        return [
            ("str.++", n, (STRING, STRING)),
            ("str.++", n, (STRING, STRING, STRING)),
            ("str.at", n, (STRING, INT)),
            ("str.substr", n, (STRING, INT, INT)),
            ("str.replace", n, (STRING, STRING, STRING)),
            ("str.replace_all", n, (STRING, STRING, STRING)),
            ("str.from_int", n, (INT,)),
            ("str.from_code", n, (INT,)),
            ("ite", n, (BOOL, STRING, STRING)),
        ]
    rows = [(o, n, (sort, sort)) for o in _VECTOR.split()]
    rows += [("bvnot", n, (sort,)), ("bvneg", n, (sort,)), ("ite", n, (BOOL, sort, sort))]
    rows += [
        ("bvadd", n, (sort, sort, sort)),
        ("rotate_left", (3,), (sort,)),
        ("rotate_right", (5,), (sort,)),
    ]
    if sort == B4:
        rows += [("extract", (5, 2), (B7,)), ("extract", (63, 60), (B64,)), ("int2bv", (4,), (INT,))]
    if sort == B7:
        rows += [("zero_extend", (3,), (B4,)), ("sign_extend", (3,), (B4,)), ("int2bv", (7,), (INT,))]
    if sort == B64:
        rows += [("sign_extend", (57,), (B7,)), ("repeat", (16,), (B4,))]
    return rows


def terms(sort: Sort, depth: int = 3) -> st.SearchStrategy[Term]:
    leaves = [values_of(sort).map(lambda value: const(value, sort))]
    names = [name for name, s in VARIABLES.items() if s == sort]
    leaves.append(st.sampled_from(names).map(lambda name: var(name, sort)))
    if depth == 0:
        return st.one_of(leaves)

    def apply(row: tuple[str, tuple[int, ...], tuple[Sort, ...]]) -> st.SearchStrategy[Term]:
        name, indices, arguments = row
        made = result_sort(name, indices, arguments)
        return st.tuples(*(terms(a, depth - 1) for a in arguments)).map(
            lambda args: Term("app", full_name(name, indices), made, args)
        )

    divisions: list[st.SearchStrategy[Term]] = []
    if sort == INT:  # by a constant: the standard leaves division by zero open
        divisor = st.integers(-7, 7).filter(bool).map(lambda value: const(value, INT))
        divisions = [
            st.tuples(st.sampled_from(["div", "mod"]), terms(INT, depth - 1), divisor).map(
                lambda parts: Term("app", parts[0], INT, (parts[1], parts[2]))
            )
        ]
    return st.one_of(*leaves, *divisions, st.sampled_from(_rows(sort)).flatmap(apply))


ANY_TERM = st.sampled_from([INT, BOOL, STRING, B4, B7, B64]).flatmap(terms)

_SLOW = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def _differs(term: Term, values: dict[str, int | bool | str]) -> Term:
    """Say that `term` has another value than the evaluator computes; no solver can satisfy that."""
    closed = substitute(term, {name: const(value, VARIABLES[name]) for name, value in values.items()})
    return app("distinct", BOOL, closed, const(evaluate(term, values), term.sort))


@_SLOW
@given(ANY_TERM, environments())
def test_z3_computes_the_same(pool: SolverPool, term: Term, values: dict[str, int | bool | str]) -> None:
    status, _, _ = ask_model(model_query([_differs(term, values)]), 20, pool)
    assert status == "unsat"


@_SLOW
@given(ANY_TERM, environments())
def test_cvc5_computes_the_same(pool: SolverPool, term: Term, values: dict[str, int | bool | str]) -> None:
    status, _, _ = ask_model(model_query([_differs(term, values)]), 20, pool, engine="cvc5")
    assert status == "unsat"


@settings(_SLOW, max_examples=250)
@given(ANY_TERM, environments())
def test_python_computes_the_same(term: Term, values: dict[str, int | bool | str]) -> None:
    function = DefinedFunction("f!", tuple(VARIABLES.items()), term.sort, term)
    problem = Problem("ALL", (SynthFunction("f!", function.parameters, term.sort),))
    scope: dict[str, Any] = {}
    exec(render_python(problem, {"f!": function}), scope)
    got = scope["f_next"](**values)
    assert type(got) is type(evaluate(term, values))
    assert got == evaluate(term, values)


@settings(_SLOW, max_examples=250)
@given(ANY_TERM)
def test_what_is_written_reads_back(term: Term) -> None:
    function = DefinedFunction("f", tuple(VARIABLES.items()), term.sort, term)
    problem = Problem("ALL", (SynthFunction("f", function.parameters, term.sort),))
    back = parse_answer(print_answer(problem, {"f": function}), problem)["f"].body
    assert _folded(back) == _folded(term)


def _folded(term: Term) -> Term:
    """Negations of numerals are negative numbers in text."""

    def change(t: Term, args: tuple[Term, ...]) -> Term:
        if t.kind == "app" and t.name == "-" and len(args) == 1 and type(args[0].value) is int:
            return const(-args[0].value, INT) if args[0].value >= 0 else with_args(t, args)
        return with_args(t, args)

    return rebuild(term, change)
