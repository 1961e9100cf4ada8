"""Logic that nothing depends on goes; rules are chosen by structure and by what they gained."""

from __future__ import annotations

from dataclasses import replace

import pytest

from proofsmith.agents.policies.verilog.dead import dead_signals, drop_dead, tidied
from proofsmith.agents.policies.verilog.gains import Gains
from proofsmith.agents.policies.verilog.policy import ranked, remembered
from proofsmith.agents.policies.verilog.rewrite import Design
from proofsmith.agents.policies.verilog.table import effect_of, programs, rules_for
from proofsmith.protocols import NodeView
from proofsmith.tree import Node
from proofsmith.types import Assurance, Candidate, Proposal, Status, Task, Verdict
from proofsmith.verilog_spec import OBJECTIVES, VerilogSpec

PORTS = "input clk, rst, en, input [3:0] a, b, output reg [3:0] y"


def design(body: str) -> Design:
    return Design.of(f"module m({PORTS});\n{body}\nendmodule\n", "m")


DEAD = """reg [3:0] p, q, r; // q goes round by itself
wire [3:0] t = a ^ b, u = t + 4'd1;
wire v;
assign v = u[0];
always @(posedge clk) begin
  if (rst) begin p <= 0; q <= 0; end
  else begin
    p <= a; q <= q + 4'd1;
  end
end
always @(posedge clk) if (v) r[0] <= 1'b1;
always @(posedge clk) y <= p;"""


def test_what_reaches_no_output_goes(proved):
    before = design(DEAD)
    assert dead_signals(before.module) == {"q", "r", "t", "u", "v"}
    (found,) = [r.source for r in drop_dead(before)]
    assert "reg [3:0] p; // q goes round" in found
    assert "p <= a; \n" in found
    assert not any(f" {name} " in found.replace("// q goes", "") for name in "qrtuv")
    assert proved(before.source, found)


@pytest.mark.parametrize(
    "more",
    [
        "always @(posedge clk) if (q[3]) y <= b;",  # a condition
        "wire [3:0] w; sub s(.x(q), .y(w));",  # an instance
        "always @(posedge q[0]) y <= 0;",  # a clock
        "reg [3:0] z; always @* {z, y} = {q, a};",  # assigned together with an output
        "always @* y[q[1:0]] = 1;",  # a place
    ],
)
def test_what_may_matter_stays(more):
    assert "q" not in dead_signals(design(DEAD + more).module)


def test_a_rewrite_takes_along_what_it_leaves_unused():
    before = design("wire [3:0] t = a ^ b; wire idle; assign idle = en; always @* y = t;")
    text = before.source.replace("y = t", "y = a")
    after = tidied(text, before)
    assert "a ^ b" not in after
    assert "idle = en" in after  # was unused before
    assert tidied("module broken(", before) == "module broken("


def test_rules_are_found_by_what_a_design_holds():
    def places(body: str) -> set[str]:
        rules = rules_for(design(body))
        return {p.place for p in programs() if p.rule in rules}

    plain = places("always @* y = a & b;")
    assert "boolean:minimise_logic" in plain
    assert not any(p.startswith(("fsm", "invariants", "arithmetic", "sharing")) for p in plain)
    clocked = places("always @(posedge clk) if (en) y <= y * 3;")
    assert {"invariants:register_facts", "arithmetic:shift_and_add", "sharing:share_operators"} <= clocked
    assert "choices:merge_arms" not in clocked


def test_every_program_says_what_it_needs_and_lowers():
    for p in programs():
        assert p.rule is not None
        assert p.effect <= set(OBJECTIVES)
    assert effect_of("balance-chain", "depth") == 1.0
    assert effect_of("balance-chain", "area") < 1.0


def node(number: int, parent: int, rule: str, area: float) -> Node:
    verdict = Verdict(Status.PASS, "yosys", Assurance.PROVED, score=1.0, metrics=(("area", area),))
    return Node(number, parent, Proposal(Candidate(rule, "verilog"), operator=rule), verdict=verdict)


def test_rules_that_gained_are_preferred_and_nothing_counts_twice():
    root, first = Node(0, None), node(1, 0, "original", 100.0)
    children = (node(2, 1, "good", 80.0), node(3, 1, "idle", 100.0), node(4, 1, "worse", 130.0))
    gains = Gains()
    view = NodeView(first, (root, first), children)
    gains.learn(view, "area")
    assert (
        gains.factor("good") > 1.0 == gains.factor("unknown") > gains.factor("idle") > gains.factor("worse")
    )
    once = gains.factor("good")
    gains.learn(view, "area")
    assert gains.factor("good") == once
    gains.learn(NodeView(children[0], (root, first, children[0]), (), children), "area")
    assert gains.factor("good") == once


def test_accepted_designs_of_earlier_runs_tell_which_rules_gain():
    source = design("always @(posedge clk) if (rst) y <= 0; else y <= a * 4'd7;").source
    spec = VerilogSpec("m", source, objective="area")
    task = Task("t", "", "verilog", spec, ("yosys",))
    (better,) = [r.rewrite.source for r in ranked(source, spec) if r.rewrite.rule == "shift-and-add"]
    gains = remembered([(task, Candidate(source, "verilog")), (task, Candidate(better, "verilog"))])
    assert set(gains) == {"shift-and-add"}
    assert gains["shift-and-add"][0] > 0
    assert Gains(gains).factor("shift-and-add") > 1.0 == Gains(gains).factor("narrow")
    other = replace(task, spec=VerilogSpec("m", source.replace("7", "6"), objective="area"))
    assert remembered([(other, Candidate(better, "verilog"))]) == {}
