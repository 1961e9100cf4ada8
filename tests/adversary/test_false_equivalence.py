"""Designs that Yosys reads otherwise than a simulator: they must not be proved equal without a word."""

from collections.abc import Iterator

import pytest

from proofsmith.verifiers.toolbox import Toolbox
from proofsmith.verifiers.yosys.equivalence import Answer, check_equivalent
from proofsmith.verifiers.yosys.pool import YosysPool
from proofsmith.verifiers.yosys.reading import Design

HEAD = "module m(input clk, input a, input b, output y); "
GOOD = f"{HEAD}assign y = a ^ b; endmodule\n"
OTHER = f"`else\n{HEAD}assign y = a & b; endmodule\n`endif\n"
STORES = f"{HEAD}reg q; always @(posedge clk) q <= a; assign y = q; endmodule\n"


@pytest.fixture(scope="module")
def pool(iverilog: str) -> Iterator[YosysPool]:
    assert iverilog
    with Toolbox() as toolbox:
        yield toolbox.shared(YosysPool.create)


@pytest.mark.parametrize(
    "text",
    [
        "`define A `define SYNTHESIS\n`ifdef SYNTHESIS\n",
        "`define A\n`ifndef A\n`define SYNTHESIS\n`endif\n`ifdef SYNTHESIS\n",
        "`ifndef OURS\n`define SYNTHESIS\n`endif\n`ifdef SYNTHESIS\n",
        "`define A // a comment \\\n`ifdef SYNTHESIS\n",
        "`define IS `ifdef\n`IS SYNTHESIS\n",
        "`define IS `ifdef SYNTHESIS\n`IS\n",
        "`ifdef MODEL_TECH\n`else\n`define OURS\n`endif\n`ifdef OURS\n",
    ],
)
def test_what_depends_on_the_macros_of_a_tool_is_said(pool: YosysPool, text: str) -> None:
    answer = check_equivalent(pool, Design(GOOD, "m"), Design(text + GOOD + OTHER, "m"), 20.0)
    assert answer.answer is not Answer.PROVED


@pytest.mark.parametrize(
    "body",
    [
        "reg q; always @(posedge clk) begin : wait_long #15 q <= a; end assign y = q;",
        "reg q; always @(posedge clk) begin : m #(15) q <= a; end assign y = q;",
        "reg q; always @(posedge clk) q <= a; wand #3000 w = q; assign y = w;",
        "reg q; always @(posedge clk) q <= a; specify (clk => y) = 300; endspecify assign y = q;",
        "reg q; always @(posedge clk) q <= a; wire [15:0] s = \"//\"; assign y = (q === 1'bx) ? 1'b0 : q;",
    ],
)
def test_what_a_simulator_would_do_otherwise_is_said(pool: YosysPool, body: str) -> None:
    answer = check_equivalent(pool, Design(STORES, "m"), Design(f"{HEAD}{body} endmodule\n", "m"), 20.0)
    assert answer.answer is Answer.BOUNDED
    assert answer.assumptions


def test_a_design_that_sets_its_own_input_is_not_judged(pool: YosysPool) -> None:
    gate = f"{HEAD}assign a = 1'b1; reg q; always @(posedge clk) q <= 1'b1; assign y = q; endmodule\n"
    answer = check_equivalent(pool, Design(STORES, "m"), Design(gate, "m"), 20.0)
    assert answer.answer not in (Answer.PROVED, Answer.BOUNDED)


def test_the_parameters_of_a_module_are_no_delays(pool: YosysPool) -> None:
    part = "module part #(parameter W = 1)(input [W-1:0] i, output [W-1:0] o); assign o = ~i; endmodule\n"
    gate = f"{part}{HEAD}wire n; part #(1) one(.i(a), .o(n)); assign y = n ~^ b; endmodule\n"
    answer = check_equivalent(pool, Design(GOOD, "m"), Design(gate, "m"), 20.0)
    assert answer.answer is Answer.PROVED
    assert answer.assumptions == ()
