"""Logic that ABC found smaller, put back as expressions; places where logic can be written anew."""

from __future__ import annotations

import pytest

from proofsmith.agents.policies.verilog.boolean import minimise_logic
from proofsmith.agents.policies.verilog.places import places
from proofsmith.agents.policies.verilog.resynthesis import resynthesised
from proofsmith.agents.policies.verilog.rewrite import Design
from proofsmith.verifiers.yosys.metrics import measure
from proofsmith.verifiers.yosys.pool import YosysPool
from proofsmith.verifiers.yosys.reading import Design as Whole


def design(
    body: str, ports: str = "input clk, rst, en, input [3:0] a, b, output [3:0] y, output z"
) -> Design:
    return Design.of(f"module m({ports});\n{body}\nendmodule\n", "m")


@pytest.fixture
def pool(toolbox) -> YosysPool:
    return toolbox.shared(YosysPool.create)


PORTS = "input g4, g3, g2, g1, p4, p3, p2, output z"
CARRY = "assign z = g4 ^ (p4 & g3) ^ (p4 & p3 & g2) ^ (p4 & p3 & p2 & g1); // kept"


def test_logic_is_found_smaller_and_keeps_its_names(pool, proved):
    before = design(CARRY, PORTS)
    found = [r.source for r in resynthesised(pool, "area", 30.0)(before)]
    assert found
    old = measure(pool, Whole(before.source, "m"), 30.0).area
    sizes = []
    for text in found:
        assert text.startswith(f"module m({PORTS});")
        assert "// kept" in text
        assert proved(before.source, text)
        sizes.append(measure(pool, Whole(text, "m"), 30.0).area)
    assert min(sizes) < old


@pytest.mark.parametrize(
    "body",
    [
        "assign y = a + b; assign z = 1'b0;",  # few bits, and nothing is better
        "assign y = a; assign z = b[0];",  # nothing is computed
        "localparam [3:0] K = 4'd3, L = 4'd5; assign y = en ? K : L; ",  # constants have names
    ],
)
def test_what_would_lose_its_meaning_or_gain_nothing_stays(body, pool):
    assert not list(resynthesised(pool, "area", 30.0)(design(body)))


def test_the_rule_ends_with_its_time(pool):
    assert not list(resynthesised(pool, "area", 0.1)(design(CARRY, PORTS)))


BLOCK = """reg [3:0] q, r;
always @(posedge clk or posedge rst)
  if (rst) begin q <= 0; r <= 4'd1; end
  else if (en) begin q <= a; if (b[0]) r <= q; end
always @(posedge clk) begin if (a[0]) begin {PART} end end
assign y = q ^ r;"""


def test_places_are_statements_apart_from_reset_and_enable():
    found = [p for p in places(design(BLOCK.replace("{PART}", ""))) if p.registered]
    assert [set(p.values) for p in found] == [{"q", "r"}, {"q", "r"}]
    outer, inner = (p.edit(p.values).text for p in found)
    assert "en ?" in outer
    assert "en ?" not in inner


def test_a_block_with_parts_of_signals_is_no_place():
    body = BLOCK.replace("{PART}", "r[1] <= 0;")
    assert not [p for p in places(design(body)) if "r" in p.values]


def test_next_values_are_minimised_with_unreached_states_free(proved):
    body = """reg [2:0] n;
    always @(posedge clk) if (rst) n <= 0; else if (en) begin if (n == 5) n <= 0; else n <= n + 3'd1; end
    assign y = n; assign z = 1'b0;"""
    before = design(body)
    found = [r.source for r in minimise_logic(before)]
    assert any("else if (en) n <= {" in t for t in found)
    shortest = min(found, key=len)
    assert all(proved(before.source, text) for text in found)
    assert "~n[0]}" in shortest
    free = design(body.replace("if (rst) n <= 0; else ", ""))  # all states are possible
    assert min((r.source for r in minimise_logic(free)), key=len).count("n[") > shortest.count("n[")
