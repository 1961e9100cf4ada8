"""Rules that rest on the states which a design reaches: applied where that is so, with a proof."""

from __future__ import annotations

import pytest

from proofsmith.agents.policies.verilog.invariants import register_facts, simplify_tests
from proofsmith.agents.policies.verilog.rewrite import Design

PORTS = "input clk, rst, en, d, input [3:0] x, output [7:0] y"


def design(body: str, ports: str = PORTS) -> Design:
    return Design.of(f"module m({ports});\n{body}\nendmodule\n", "m")


def of_rule(found, rule: str) -> list[str]:
    return [r.source for r in found if r.rule == rule]


DECADE = """reg [3:0] q;
always @(posedge clk) if (rst) q <= 0; else if (en) begin if (q == 9) q <= 0; else q <= q + 4'd1; end
assign y = {q, q > 7};"""


def test_a_counter_is_tested_by_the_bits_that_matter(proved):
    before = design(DECADE)
    found = of_rule(simplify_tests(before), "simplify-tests")
    assert "if (q[3] & q[0] /* q == 9 */)" in found[0]
    assert all(proved(before.source, text) for text in found)


def test_a_counter_that_may_be_loaded_is_tested_in_full():
    assert not of_rule(
        simplify_tests(design(DECADE.replace("if (en)", "if (en) q <= x; else"))), "simplify-tests"
    )
    free = DECADE.replace("if (rst) q <= 0; else ", "")  # it may begin anywhere
    assert not of_rule(simplify_tests(design(free)), "simplify-tests")


def test_a_large_counter_is_tested_at_its_end_by_its_range(proved):
    body = """reg [23:0] q;
    always @(posedge clk) if (rst) q <= 0; else if (q == 24'd8392705) q <= 0; else q <= q + 1;
    assign y = q[7:0];"""
    (found,) = of_rule(simplify_tests(design(body)), "simplify-tests")
    assert "if (q[23] & q[12] & q[11] & q[0]" in found or "q[23] & q[12]" in found


ONE_HOT = """localparam [2:0] A = 3'b001, B = 3'b010, C = 3'b100;
reg [2:0] st;
always @(posedge clk)
  if (rst) st <= A; else case (st) A: if (d) st <= B; B: st <= C; default: st <= A; endcase
assign y = {st == C, st == B && en};"""


def test_a_state_in_one_bit_is_tested_by_that_bit(proved):
    before = design(ONE_HOT)
    found = of_rule(simplify_tests(before), "simplify-tests")
    assert "{st[2] /* st == C */, " in found[0]
    assert proved(before.source, found[0])


CONSTANT = """reg [3:0] mode; reg [7:0] r;
always @(posedge clk) if (rst) mode <= 4'd5; else if (en && mode != 4'd5) mode <= x; else mode <= mode;
always @(posedge clk) if (rst) r <= 0; else r <= r + mode;
assign y = r;"""


def test_a_constant_register_becomes_its_value(proved):
    before = design(CONSTANT)
    (found,) = of_rule(register_facts(before), "constant-register")
    assert "wire [3:0] mode = 4'd5;" in found
    assert proved(before.source, found)


def test_a_register_that_changes_late_is_not_constant():
    late = CONSTANT.replace("en && mode != 4'd5", "en && r == 8'd255")
    assert not of_rule(register_facts(design(late)), "constant-register")


OPPOSITE = """reg p, q; reg [1:0] n;
always @(posedge clk) if (rst) p <= 1'b0; else if (en) p <= d ^ p;
always @(posedge clk) begin if (rst) q <= 1'b1; else if (en) begin if (d) q <= ~q; end end
assign y = {p, q};"""


def test_opposite_registers_become_one(proved):
    before = design(OPPOSITE)
    (found,) = of_rule(register_facts(before), "opposite-register")
    assert "wire q = ~p;" in found
    assert proved(before.source, found)


def test_equal_registers_that_are_written_differently_become_one(proved):
    body = OPPOSITE.replace("q <= 1'b1", "q <= 1'b0")
    before = design(body)
    (found,) = of_rule(register_facts(before), "merge-registers")
    assert "wire q = p;" in found
    assert proved(before.source, found)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("if (d) q", "if (d & x != 4'd9) q"),
        ("q <= 1'b1;", "q <= d;"),
        ("always @(posedge clk) begin if (rst) q", "always @(negedge clk) begin if (rst) q"),
    ],
)
def test_registers_that_may_differ_stay(old, new):
    assert old in OPPOSITE
    found = list(register_facts(design(OPPOSITE.replace(old, new))))
    assert not of_rule(found, "opposite-register")


DEPENDENT = """reg [1:0] st; reg busy;
always @(posedge clk)
  if (rst) begin st <= 0; busy <= 0; end
  else case (st)
    2'd0: if (en) begin st <= 1; busy <= 1; end
    2'd1: begin st <= 2; busy <= 1; end
    default: begin st <= 0; busy <= 0; end
  endcase
assign y = {st, busy};"""


def test_a_register_that_the_state_determines_becomes_logic(proved):
    before = design(DEPENDENT)
    (found,) = of_rule(register_facts(before), "dependent-register")
    assert "wire busy = st[1] | st[0];" in found
    assert proved(before.source, found)


def test_a_register_that_knows_more_than_the_state_stays():
    body = DEPENDENT.replace("2'd1: begin st <= 2; busy <= 1; end", "2'd1: begin st <= 2; busy <= d; end")
    assert not of_rule(register_facts(design(body)), "dependent-register")


def test_output_registers_may_go_too(proved):
    ports = "input clk, rst, en, output reg [1:0] st,\n output reg busy"
    body = DEPENDENT.replace("reg [1:0] st; reg busy;", "").replace("assign y = {st, busy};", "")
    before = design(body, ports)
    (found,) = of_rule(register_facts(before), "dependent-register")
    assert "output busy" in found
    assert "assign busy = st[1] | st[0];" in found
    assert proved(before.source, found)
