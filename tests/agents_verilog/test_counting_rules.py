"""Counters by their enable, selections by bits: proved, and left alone where they are neither."""

from __future__ import annotations

import pytest

from proofsmith.agents.policies.verilog.counting import count_by_enable, select_by_bits
from proofsmith.agents.policies.verilog.rewrite import Design
from proofsmith.verifiers.yosys.metrics import measure
from proofsmith.verifiers.yosys.pool import YosysPool
from proofsmith.verifiers.yosys.reading import Design as Whole

PORTS = "input clk, rst, en, input [2:0] k, input [7:0] a, b, c, d, e, output reg [7:0] y"


def design(body: str, ports: str = PORTS) -> Design:
    return Design.of(f"module m({ports});\n{body}\nendmodule\n", "m")


@pytest.fixture
def area(toolbox):
    pool = toolbox.shared(YosysPool.create)
    return lambda text: measure(pool, Whole(text, "m"), 60.0).area


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("if (rst) y <= 0; else if (en) y <= y + 1;", "else y <= y + en;"),
        ("if (rst) y <= a; else if (y != 0) begin y <= y - 8'd1; end", "else y <= y - (y != 0);"),
        (
            "if (rst) y <= 0; else if (en) begin if (y == 200) y <= 0; else y <= y + 1; end",
            "else if (en && y == 200) y <= 0; else y <= y + en;",
        ),
    ],
)
def test_a_counter_counts_by_its_enable(body, line, proved, area):
    before = design(f"always @(posedge clk) {body} // kept")
    (found,) = [r.source for r in count_by_enable(before)]
    assert line in found
    assert "// kept" in found
    assert proved(before.source, found)
    assert area(found) < area(before.source)


@pytest.mark.parametrize(
    "body",
    [
        "if (k) y <= y + 1;",
        "if (en) y <= y + 2;",
        "if (en) y <= a + 1;",
        "if (en) y <= y + 1; else y <= a;",
        "if (en) begin y <= y + 1; end else if (rst) y <= 0;",
        "if (en) begin if (y == 9) y[0] <= 0; else y <= y + 1; end",
    ],
)
def test_other_steps_stay(body):
    assert not list(count_by_enable(design(f"always @(posedge clk) {body}")))


SELECT = "always @* case (k) 0: y = a; 1: y = b; 2: y = c; 3: y = d;" + (
    " 4: y = e; 5: y = a; default: y = {LAST}; endcase"
)


def test_a_selection_asks_bits(proved, toolbox):
    before = design(SELECT.replace("{LAST}", "c"))
    (found,) = [r.source for r in select_by_bits(before)]
    assert "k[2] ?" in found
    assert proved(before.source, found)
    pool = toolbox.shared(YosysPool.create)
    old, new = (measure(pool, Whole(text, "m"), 60.0).depth for text in (before.source, found))
    assert new <= old


def test_what_is_left_open_makes_the_tree_smaller(proved):
    open_, closed = (
        next(r.source for r in select_by_bits(design(SELECT.replace("{LAST}", last))))
        for last in ("8'bx", "8'd0")
    )
    assert open_.count("?") < closed.count("?")
    assert proved(design(SELECT.replace("{LAST}", "8'bx")).source, open_)


@pytest.mark.parametrize(
    "body",
    [
        "always @* y = k == 0 ? a : en ? b : c;",
        "always @* y = k == 0 ? a : k == a[2:0] ? b : c;",
        "always @* y = k == 0 ? a : b;",
        "localparam A = 0, B = 1; always @* y = k == A ? a : k == B ? b : c;",
        "always @(posedge clk) y <= k == 0 ? a : k == 1 ? b : c;",
    ],
)
def test_other_choices_stay(body):
    assert not list(select_by_bits(design(body)))
