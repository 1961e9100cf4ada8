"""Columns compute what the exact evaluator computes."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from proofsmith.agents.policies.sygus.bank import HashSet
from proofsmith.agents.policies.sygus.unify import Leaf, Tree, cover, learn_tree
from proofsmith.agents.policies.sygus.vector.evaluate import Evaluator
from proofsmith.smtlib.evaluation import Evaluator as Exact
from proofsmith.smtlib.terms import BOOL, INT, STRING, Sort, Term, app, bitvec, const, var

VECTOR = {
    1: ("bvnot", "bvneg"),
    2: (
        *(
            "bvand",
            "bvor",
            "bvxor",
            "bvadd",
            "bvsub",
            "bvmul",
            "bvudiv",
            "bvurem",
            "bvsdiv",
            "bvsrem",
            "bvsmod",
        ),
        *("bvshl", "bvlshr", "bvashr", "bvnand", "bvnor", "bvxnor"),
    ),
}
NAMES = {"Int": "i", "Bool": "b", "String": "s", "BitVec": "v"}


def variables(width: int) -> dict[str, Sort]:
    """Two variables of each sort."""
    sorts = (INT, BOOL, STRING, bitvec(width))
    return {f"{NAMES[s.name]}{k}": s for s in sorts for k in (0, 1)}


@st.composite
def terms(draw: st.DrawFn, sort: Sort, width: int, depth: int = 3) -> Term:
    """A term of `sort` over `variables`."""

    def inner(s: Sort) -> Term:
        return draw(terms(s, width, depth - 1))

    if depth == 0 or draw(st.integers(0, 4)) == 0:
        if draw(st.booleans()):
            return var(f"{NAMES[sort.name]}{draw(st.integers(0, 1))}", sort)
        return const(draw(values(sort)), sort)
    v = bitvec(width)
    if draw(st.integers(0, 5)) == 0:
        return app("ite", sort, inner(BOOL), inner(sort), inner(sort))
    if sort == INT:
        name = draw(st.sampled_from(["+", "-", "*", "div", "mod", "abs", "neg", "len", "indexof", "to_int"]))
        if name == "abs":
            return app("abs", INT, inner(INT))
        if name == "neg":
            return app("-", INT, inner(INT))
        if name == "len":
            return app("str.len", INT, inner(STRING))
        if name == "indexof":
            return app("str.indexof", INT, inner(STRING), inner(STRING), inner(INT))
        if name == "to_int":
            return app("str.to_int", INT, inner(STRING))
        if name == "*":
            return app("*", INT, const(draw(st.integers(-3, 3)), INT), inner(INT))
        return app(name, INT, inner(INT), inner(INT))
    if sort == STRING:
        name = draw(st.sampled_from(["++", "at", "substr", "replace", "from_int"]))
        if name == "++":
            return app("str.++", STRING, inner(STRING), inner(STRING))
        if name == "at":
            return app("str.at", STRING, inner(STRING), inner(INT))
        if name == "substr":
            return app("str.substr", STRING, inner(STRING), inner(INT), inner(INT))
        if name == "replace":
            return app("str.replace", STRING, inner(STRING), inner(STRING), inner(STRING))
        return app("str.from_int", STRING, inner(INT))
    if sort == BOOL:
        name = draw(
            st.sampled_from(["and", "or", "not", "xor", "=>", "<", ">=", "=", "prefix", "bv", "contains"])
        )
        if name in ("and", "or", "xor", "=>"):
            return app(name, BOOL, inner(BOOL), inner(BOOL))
        if name == "not":
            return app("not", BOOL, inner(BOOL))
        if name in ("<", ">=", "="):
            return app(name, BOOL, inner(INT), inner(INT))
        if name == "bv":
            test = draw(st.sampled_from(["bvult", "bvule", "bvsgt", "bvsge", "bvslt", "="]))
            return app(test, BOOL, inner(v), inner(v))
        return app(
            {"prefix": "str.prefixof", "contains": "str.contains"}[name], BOOL, inner(STRING), inner(STRING)
        )
    if draw(st.integers(0, 3)) == 0:
        return app(draw(st.sampled_from(VECTOR[1])), sort, inner(sort))
    return app(draw(st.sampled_from(VECTOR[2])), sort, inner(sort), inner(sort))


def values(sort: Sort) -> st.SearchStrategy[Any]:
    """Values of a sort."""
    if sort == INT:
        return st.integers(-20, 20)
    if sort == BOOL:
        return st.booleans()
    if sort == STRING:
        return st.text("ab1-", max_size=5)
    return st.integers(0, (1 << sort.width) - 1)


@settings(max_examples=250, deadline=None)
@given(st.data(), st.sampled_from([1, 4, 8, 13, 32, 64]), st.integers(1, 4))
def test_columns_agree_with_the_exact_evaluator(data: st.DataObject, width: int, points: int) -> None:
    sort = data.draw(st.sampled_from([INT, BOOL, STRING, bitvec(width)]))
    term = data.draw(terms(sort, width))
    names = variables(width)
    where = [{n: data.draw(values(s)) for n, s in names.items()} for _ in range(points)]
    evaluator = Evaluator()
    env = {n: evaluator.column([p[n] for p in where], s) for n, s in names.items()}
    column = np.broadcast_to(evaluator.evaluate(term, env), (points,))
    exact = Exact()
    assert evaluator.values(column, sort) == [exact.value(term, p) for p in where]


def test_operators_broadcast_over_blocks() -> None:
    evaluator = Evaluator()
    s, i = var("s", STRING), var("i", INT)
    words = evaluator.interner.column(["abc", "xy"])
    env = {"s": words[None, None, :], "i": np.array([[0, 0], [1, 1], [5, -1]])[:, None, :]}
    out = evaluator.evaluate(app("str.at", STRING, s, i), env)
    assert [evaluator.values(row, STRING) for row in out[:, 0, :]] == [["a", "x"], ["b", "y"], ["", ""]]


def test_large_integers_are_dropped_and_not_wrapped() -> None:
    evaluator = Evaluator()
    x = var("x", INT)
    out = evaluator.evaluate(app("*", INT, x, x), {"x": evaluator.column([1 << 40], INT)})
    assert abs(int(out[0])) >= 1 << 62


@given(st.lists(st.lists(st.integers(0, 2**64 - 1), max_size=50), max_size=8))
def test_hash_set_tells_new_from_known(batches: list[list[int]]) -> None:
    table, known = HashSet(), set()
    for batch in batches:
        new = table.add(np.array(batch, dtype=np.uint64))
        for h, flag in zip(batch, new.tolist(), strict=True):
            h = h or 1  # 0 and 1 share a place
            assert flag == (h not in known)
            known.add(h)
    assert len(table) == len(known)


def _leaf(tree: Tree, point: int, predicates: Any) -> int:
    while not isinstance(tree, Leaf):
        tree = tree.then if predicates[tree.predicate][point] else tree.other
    return tree.term


@given(st.data(), st.integers(1, 12), st.integers(1, 5), st.integers(1, 10))
def test_trees_are_right_on_every_point(data: st.DataObject, points: int, terms_: int, tests: int) -> None:
    def table(rows: int) -> Any:
        row = st.lists(st.booleans(), min_size=points, max_size=points)
        return np.array(data.draw(st.lists(row, min_size=rows, max_size=rows)), dtype=bool)

    right, predicates = table(terms_), table(tests)
    tree = learn_tree(right, predicates)
    if tree is not None:
        assert all(right[_leaf(tree, p, predicates)][p] for p in range(points))
    chosen = cover(right, 10)
    assert (chosen is not None) == bool(right.any(axis=0).all())
    if chosen is not None:
        assert right[chosen].any(axis=0).all()
