"""Choices, branches and arms: rewritten where that is right, left alone where it is not."""

from __future__ import annotations

import pytest

from proofsmith.agents.policies.verilog.boolean import minimise_logic
from proofsmith.agents.policies.verilog.choices import agreeing_branches, exclusive_choices, merge_arms
from proofsmith.agents.policies.verilog.rewrite import Design

PORTS = "input clk, rst, en, input [1:0] k, input [3:0] a, b, c, output reg [3:0] y"


def design(body: str, ports: str = PORTS) -> Design:
    return Design.of(f"module m({ports});\n{body}\nendmodule\n", "m")


def of_rule(found, rule: str) -> list[str]:
    return [r.source for r in found if r.rule == rule]


def test_a_counter_that_wraps_by_itself_needs_no_test(proved):
    before = design("always @(posedge clk) if (rst) y <= 0; else if (y == 4'd15) y <= 0; else y <= y + 1;")
    (found,) = of_rule(agreeing_branches(before), "agreeing-branches")
    assert "if (y == 4'd15) y <= y + 1; else y <= y + 1;" in found
    assert proved(before.source, found)


def test_a_value_that_the_path_tells_is_that_signal(proved):
    body = "always @* if (k == 2'd3) y = {2'd0, 2'd3}; else y = {2'd0, k};"
    assert not list(agreeing_branches(design(body.replace("{2'd0, 2'd3}", "4'd2"))))
    before = design(body.replace("{2'd0, 2'd3}", "4'd3"))
    (found,) = of_rule(agreeing_branches(before), "agreeing-branches")
    assert found.count("y = {2'd0, k};") == 2
    assert proved(before.source, found)


@pytest.mark.parametrize(
    "body",
    [
        "always @(posedge clk) if (rst) y <= 0; else if (y == 4'd14) y <= 0; else y <= y + 1;",
        "always @(posedge clk) if (rst) y <= 0; else if (a == 4'd15) y <= 0; else y <= y + 1;",
        "always @(posedge clk) if (rst) y <= 0; else if (y != 4'd15) y <= 0; else y <= y + 2;",
    ],
)
def test_branches_that_differ_stay(body):
    assert not list(agreeing_branches(design(body)))


def test_equal_results_of_exclusive_conditions_come_together(proved):
    before = design("always @* y = k == 2'd0 ? a : k == 2'd1 ? b : k == 2'd2 ? a : c;")
    (found,) = of_rule(exclusive_choices(before), "group-choices")
    assert "y = k == 2'd0 || k == 2'd2 ? a : k == 2'd1 ? b : c;" in found
    assert proved(before.source, found)


def test_exclusive_conditions_select_without_order(proved):
    before = design("always @* y = k == 2'd0 ? a : k == 2'd1 ? b : 4'd0;")
    (found,) = of_rule(exclusive_choices(before), "select-by-and-or")
    assert "{4{k == 2'd0}} & a | {4{k == 2'd1}} & b" in found
    assert proved(before.source, found)


@pytest.mark.parametrize(
    "conditions",
    [("k == 2'd0", "k == 2'd0"), ("k == 2'd0", "en"), ("k == 2'd0", "k[1]"), ("k == a[1:0]", "k == 1")],
)
def test_conditions_that_may_hold_together_keep_their_order(conditions):
    first, second = conditions
    assert not list(exclusive_choices(design(f"always @* y = {first} ? a : {second} ? b : en ? a : 4'd0;")))


ARMS = """always @* case (k)
    2'd0: y = a;
    2'd1: y = b;   // alone
    2'd2: y = a;
    default: y = c;
  endcase"""


def test_arms_that_do_the_same_become_one(proved):
    before = design(ARMS)
    (found,) = of_rule(merge_arms(before), "merge-arms")
    assert "2'd0, 2'd2: y = a;" in found
    assert "2'd1: y = b;   // alone" in found
    assert proved(before.source, found)
    (found,) = of_rule(merge_arms(design(ARMS.replace("y = b", "y = c"))), "merge-arms")
    assert "2'd1" not in found


@pytest.mark.parametrize(
    ("old", "new"),
    [("case (k)", "casez (k)"), ("2'd2:", "2'd0:"), ("2'd2: y = a", "2'd2: y = a + 1"), ("2'd2", "b[1:0]")],
)
def test_arms_whose_order_matters_stay(old, new):
    assert not list(merge_arms(design(ARMS.replace(old, new))))


def test_what_the_source_leaves_open_makes_logic_smaller(proved):
    ports = "input [2:0] k, output reg y"
    body = "always @* case (k) 3'd1, 3'd3: y = 1; 3'd5, 3'd7: y = 1'bx; default: y = 0; endcase"
    before = design(body, ports)
    (found,) = [r.source for r in minimise_logic(before)]
    assert "y = k[0];" in found
    assert proved(before.source, found)
    (closed,) = [r.source for r in minimise_logic(design(body.replace("1'bx", "1'b0"), ports))]
    assert "~k[2] & k[0]" in closed
