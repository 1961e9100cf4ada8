"""Sums of many terms are proved equal in any order; the second model is not believed blindly."""

import time

import pytest

from proofsmith.verifiers.yosys.clocking import choose_clocking
from proofsmith.verifiers.yosys.elaborate import elaborate
from proofsmith.verifiers.yosys.equivalence import Answer, check_equivalent
from proofsmith.verifiers.yosys.merging import agree, worth_merging
from proofsmith.verifiers.yosys.netlist import Netlist
from proofsmith.verifiers.yosys.pool import YosysPool
from proofsmith.verifiers.yosys.reading import Design

COUNT = """module m(input [63:0] v, output reg [6:0] y);
integer i;
always @* begin y = 0; for (i = 0; i < 64; i = i + 1) y = y + v[{}]; end
endmodule
"""
HEAD = "module m(input clk, input rst, input signed [5:0] a, b, c, output reg signed [11:0] q);\n"
CLOCKED = HEAD + "always @(posedge clk) if (rst) q <= 0; else q <= {};\nendmodule\n"


def netlist(pool: YosysPool, source: str, *, merged: bool = False) -> Netlist:
    return elaborate(pool, Design(source, "m"), 60, merged=merged)


def test_the_order_of_many_terms_does_not_matter(pool: YosysPool) -> None:
    answer = check_equivalent(pool, Design(COUNT.format("i"), "m"), Design(COUNT.format("63-i"), "m"), 30)
    assert answer.answer is Answer.PROVED, answer
    assert answer.method == "structural hashing of merged sums"


def test_a_term_that_is_counted_twice_is_found(pool: YosysPool) -> None:
    twice = COUNT.format("i == 5 ? 6 : i")
    answer = check_equivalent(pool, Design(COUNT.format("i"), "m"), Design(twice, "m"), 60)
    assert answer.answer is Answer.DIFFERENT
    assert answer.trace is not None


@pytest.mark.parametrize("terms", ["a * b + c * c - a", "a + b + (c + q)", "3 * a - 7 * b", "-a - b - c * q"])
def test_merged_sums_are_what_they_were(pool: YosysPool, terms: str) -> None:
    plain = netlist(pool, CLOCKED.format(terms))
    merged = netlist(pool, CLOCKED.format(terms), merged=True)
    assert worth_merging(plain)
    assert agree(plain, merged, choose_clocking(plain), time.monotonic() + 60)


def test_a_merged_model_that_computes_something_else_is_noticed(pool: YosysPool) -> None:
    plain = netlist(pool, CLOCKED.format("a + b + c"))
    other = netlist(pool, CLOCKED.format("a + b + c + (a == 6'd17)"), merged=True)
    assert not agree(plain, other, choose_clocking(plain), time.monotonic() + 60)


@pytest.mark.parametrize("terms", ["a + b + 12'bx", "a ? b + c + a : 12'bz", "a + b / c + a"])
def test_undefined_terms_are_not_merged(pool: YosysPool, terms: str) -> None:
    assert not worth_merging(netlist(pool, CLOCKED.format(terms)))


def test_single_additions_are_not_merged(pool: YosysPool) -> None:
    assert not worth_merging(netlist(pool, CLOCKED.format("a + b")))
