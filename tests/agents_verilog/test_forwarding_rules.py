"""Sharing behind names, collected polynomials, registers that go in step, and ``casez`` as logic."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from proofsmith.agents.policies.verilog.dead import tidied
from proofsmith.agents.policies.verilog.forwarding import share_behind_names
from proofsmith.agents.policies.verilog.interfaces import drop_ports
from proofsmith.agents.policies.verilog.invariants import register_facts
from proofsmith.agents.policies.verilog.polynomials import horner
from proofsmith.agents.policies.verilog.rewrite import Design, Rewrite
from proofsmith.verilog.evaluate import evaluate
from proofsmith.verilog.functions import functions
from proofsmith.verilog.printing import text_of

PORTS = "input clk, rst, s, input [3:0] a, b, c, d, output reg [7:0] y, output [3:0] z"


def design(body: str, ports: str = PORTS) -> Design:
    return Design.of(f"module m({ports});\n{body}\nendmodule\n", "m")


def sources(rule: Callable[[Design], Iterator[Rewrite]], before: Design) -> list[str]:
    return [r.source for r in rule(before)]


PRODUCTS = """wire [7:0] ab = a * b; // kept
wire [7:0] cd = c * d;
assign z = 4'd0;
always @* if (s) y = ab; else y = cd;"""


def test_products_on_wires_of_their_own_are_shared(proved):
    before = design(PRODUCTS)
    found = sources(share_behind_names, before)
    shared = [text for text in found if "shared_product = (s ? a : c) * (s ? b : d)" in text]
    assert shared
    assert "// kept" in shared[0]
    assert proved(before.source, shared[0])


def test_the_low_bits_of_a_sum_are_forwarded(proved):
    before = design(
        """wire [4:0] sum = a + b;
        assign z = 4'd0;
        always @* case (s) 1'b0: y = sum[3:0]; default: y = c + d; endcase""",
        PORTS.replace("[7:0] y", "[3:0] y"),
    )
    found = [text for text in sources(share_behind_names, before) if "shared_sum" in text]
    assert found
    assert all(proved(before.source, text) for text in found)


def test_wires_that_are_used_at_the_same_time_stay():
    both = "wire [7:0] ab = a * b; assign z = ab[3:0]; always @* if (s) y = ab; else y = c * d;"
    assert not sources(share_behind_names, design(both))
    cut = "wire [3:0] ab = a * b; assign z = 4'd0; always @* if (s) y = ab; else y = c * d;"
    assert not sources(share_behind_names, design(cut))  # the upper bits of a * b would come back


def test_what_another_signal_holds_is_named_by_it(proved):
    body = """wire [3:0] up = a - b, down = b - a;
    assign z = a > b ? up : down;
    always @* y = (a > b ? up : down) < 4'd3;"""
    before = design(body)
    found = [text for text in sources(share_behind_names, before) if "(a > b ? a : b) - " in text]
    assert found
    assert "y = (z) < 4'd3" in found[0].replace("z <", "(z) <").replace("((z))", "(z)")
    assert proved(before.source, found[0])


def test_polynomials_are_collected(proved):
    before = design("assign z = 4'd0; always @* y = a*a*b + a*b*b;")
    found = sources(horner, before)
    assert "y = a * (b * (a + b));" in "".join(found) or "y = a * (a + b) * b;" in "".join(found)
    assert all(proved(before.source, text) for text in found)
    terms = sources(horner, design("assign z = 4'd0; always @* y = a*a*3 + a*5 + a*a + 7;"))
    assert any("y = a * a * 4 + a * 5 + 7;" in text for text in terms)
    assert not sources(horner, design("assign z = 4'd0; always @* y = a * b + c;"))


PHASES = """reg [3:0] phase; reg [1:0] number;
assign z = phase;
always @(posedge clk)
  if (rst) begin phase <= 4'b0001; number <= 2'd0; end
  else begin phase <= {phase[2:0], phase[3]}; number <= number + 2'd1; end
always @* y = number;"""


def test_a_ring_that_goes_in_step_with_a_counter_is_told_from_it(proved):
    before = design(PHASES)
    found = [r for r in register_facts(before) if r.rule == "dependent-register"]
    told = [r.source for r in found if r.thought.startswith("phase goes in step with number")]
    assert told
    assert "phase = {number[1] & number[0]," in told[0]
    assert proved(before.source, told[0])


def test_registers_with_a_reset_of_their_own_do_not_go_in_step():
    apart = PHASES.replace("number <= number + 2'd1", "if (s) number <= number + 2'd1")
    assert not [r for r in register_facts(design(apart)) if r.rule == "dependent-register"]


def test_labels_with_free_bits_are_tests_of_the_others():
    body = """reg [1:0] k;
    assign z = {2'b0, k};
    always @* casez (a)
      4'b1???: k = 2'd1;
      4'b01??: k = 2'd2;
      4'b0011: k = 2'd3;
      default: k = 2'd0;
    endcase"""
    before = design(body)
    value = functions(before.module)["k"].value
    assert text_of(value).startswith("(a & 4'd8) == 4'd8 ? 2'd1")
    shown = [evaluate(value, before.scope, {"a": a}) for a in range(16)]
    assert shown == [0, 0, 0, 3, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1]


def test_labels_that_ask_for_x_are_left_alone():
    body = "assign z = 4'd0; always @* casez (a) 4'bx???: y = 1; 4'b01??: y = 2; default: y = 0; endcase"
    assert "==?" in text_of(functions(design(body).module)["y"].value)


UNIT = """// A unit with more results than its user wants.
module unit(input [3:0] a, input [3:0] b, input unread, output [3:0] sum, output zero, output reg odd);
  assign sum = a + b;
  assign zero = sum == 0; // for others
  always @* odd = sum[0];
endmodule
module m(input [3:0] p, input [3:0] q, output [3:0] r);
  wire z, o;
  unit u(.a(p), .b(q), .unread(1'b0), .sum(r), .zero(z), .odd(o));
endmodule
"""


def test_ports_that_no_instance_needs_go(proved):
    before = Design.of(UNIT, "unit")
    dropped = next(drop_ports(before))
    text = tidied(dropped.source, before)
    assert "module unit(input [3:0] a, input [3:0] b, output [3:0] sum);" in text
    assert "unit u(.a(p), .b(q), .sum(r));" in text
    assert "zero" not in text.replace("No instance", "")
    assert "// A unit" in text
    assert proved(UNIT, text)


def test_what_only_an_unneeded_port_kept_apart_is_shared(proved):
    text = """module unit(input [3:0] a, b, input s, output reg [3:0] y, output carry);
  wire [4:0] sum = a + b;
  assign carry = sum[4];
  always @* if (s) y = sum[3:0]; else y = a - b;
endmodule
module m(input [3:0] p, q, input s, output [3:0] r);
  unit u(.a(p), .b(q), .s(s), .y(r));
endmodule
"""
    found = [r for r in drop_ports(Design.of(text, "unit")) if r.rule == "share-operators"]
    assert found
    assert proved(text, found[0].source)


def test_ports_that_are_used_stay():
    assert not list(drop_ports(Design.of(UNIT, "m")))
    used = UNIT.replace("wire z, o;", "wire z, o; wire both = z | o;").replace(".unread(1'b0), ", "")
    used = used.replace("input unread, ", "")
    assert not list(drop_ports(Design.of(used, "unit")))
    by_place = UNIT.replace(".a(p), .b(q), .unread(1'b0), .sum(r), .zero(z), .odd(o)", "p, q, 1'b0, r, z, o")
    assert not list(drop_ports(Design.of(by_place, "unit")))
