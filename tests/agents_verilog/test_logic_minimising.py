"""Minimised Boolean functions: right on every row that is given, and small where that is known."""

from __future__ import annotations

import random

import pytest

from proofsmith.agents.policies.verilog.logic import Table, cover, expression_of, literals
from proofsmith.verilog.constants import Scope
from proofsmith.verilog.evaluate import evaluate
from proofsmith.verilog.printing import text_of
from proofsmith.verilog.reading import read_module
from proofsmith.verilog.syntax import Name


def names_of(count: int) -> list[Name]:
    return [Name(f"x{i}") for i in range(count)]


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6, 8])
def test_functions_are_right_on_every_row_given(count):
    rng = random.Random(count)
    scope = Scope(read_module(f"module m(input {', '.join(f'x{i}' for i in range(count))}); endmodule"))
    for _ in range(20 if count < 6 else 3):
        rows = range(1 << count)
        ones = frozenset(r for r in rows if rng.random() < 0.4)
        free = frozenset(r for r in rows if rng.random() < 0.2) - ones
        e = expression_of(Table(count, ones, free), names_of(count))
        for row in rows:
            if row not in free:
                values = {f"x{i}": row >> (count - 1 - i) & 1 for i in range(count)}
                assert evaluate(e, scope, values) == (row in ones), text_of(e)


@pytest.mark.parametrize(
    ("count", "ones", "free", "expected"),
    [
        (2, {3}, set(), "x0 & x1"), (2, {1, 2, 3}, set(), "x0 | x1"), (2, {1, 2}, set(), "x0 ^ x1"),
        (2, {0, 3}, set(), "~(x0 ^ x1)"), (3, {1, 3, 5, 7}, set(), "x2"),
        (2, {2}, {3}, "x0"), (1, set(), set(), "1'b0"), (1, {0, 1}, set(), "1'b1"),
        (4, {r for r in range(16) if r.bit_count() & 1}, set(), "x0 ^ x1 ^ x2 ^ x3"),
        (3, {3, 5, 6, 7}, set(), "x0 & (x1 | x2) | x1 & x2"),
    ],
)  # fmt: skip
def test_known_functions_have_their_small_forms(count, ones, free, expected):
    e = expression_of(Table(count, frozenset(ones), frozenset(free)), names_of(count))
    assert text_of(e) == expected or literals(e) < expected.count("x")


def test_covers_have_no_superfluous_product():
    table = Table(4, frozenset({0, 1, 2, 5, 6, 7, 8, 9, 10, 14}))
    cubes = cover(table)
    assert len(cubes) == 3  # b'c' + cd' + a'bd
    for mask, value in cubes:
        assert not any(r & mask == value for r in table.zeros)


def test_too_many_inputs_are_refused():
    with pytest.raises(ValueError, match="inputs"):
        expression_of(Table(13, frozenset({1})), names_of(13))
