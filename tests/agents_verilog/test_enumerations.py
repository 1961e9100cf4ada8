"""State machines whose states are an enumeration of SystemVerilog."""

from __future__ import annotations

import pytest

from proofsmith.agents.policies.verilog.fsm import encode_states, minimise_machines
from proofsmith.agents.policies.verilog.registers import narrow
from proofsmith.agents.policies.verilog.rewrite import Design
from proofsmith.errors import BadInput
from proofsmith.verilog.constants import Scope
from proofsmith.verilog.reading import read_module

TEXT = """module m(input clk, rst, s, output [1:0] y);
typedef enum logic [2:0] {IDLE, GO = 3'd3, STOP, LAST} state_t;
state_t st, nx; // states
always_ff @(posedge clk) if (rst) st <= IDLE; else st <= nx;
always_comb begin
  nx = st;
  case (st)
    IDLE: nx = s ? GO : IDLE;
    GO: nx = s ? STOP : LAST;
    default: nx = IDLE;
  endcase
end
assign y = {st == GO, st == STOP || st == LAST};
endmodule
"""


def test_names_have_values_and_variables_have_widths():
    scope = Scope(read_module(TEXT))
    assert scope.constants == {"IDLE": 0, "GO": 3, "STOP": 4, "LAST": 5}
    assert scope.signal_width("st") == scope.signal_width("nx") == 3
    direct = Scope(read_module("module m; enum logic [1:0] {A, B} p, q; enum {C, D = 7} r; endmodule"))
    assert direct.constants == {"A": 0, "B": 1, "C": 0, "D": 7}
    assert direct.signal_width("q") == 2


def test_a_type_ends_with_its_module():
    modules = "module a; typedef enum logic {X, Y} t; t v; endmodule module m; t v; endmodule"
    assert "v" not in read_module(modules, "m").signals()
    with pytest.raises(BadInput, match="enumeration"):
        read_module("module m; typedef enum logic [1:0] {A[3]} t; endmodule")


def test_equivalent_states_of_an_enumeration_are_merged(proved):
    found = [r.source for r in minimise_machines(Design.of(TEXT, "m"))]
    assert found
    assert "{IDLE, GO = 3'd3, STOP} state_t;" in found[0]
    assert "// states" in found[0]
    assert proved(TEXT, found[0])
    other = TEXT.replace("st == STOP || st == LAST", "st == STOP")
    assert not list(minimise_machines(Design.of(other, "m")))


@pytest.mark.parametrize(
    ("kind", "declared"),
    [
        ("binary", "logic [1:0] {IDLE = 2'b00, GO = 2'b01, STOP = 2'b10, LAST = 2'b11}"),
        ("gray", "logic [1:0] {IDLE = 2'b00, GO = 2'b01, STOP = 2'b11, LAST = 2'b10}"),
        ("johnson", "logic [1:0] {IDLE = 2'b00, GO = 2'b01, STOP = 2'b11, LAST = 2'b10}"),
        ("one-hot", "logic [3:0] {IDLE = 4'b0001, GO = 4'b0010, STOP = 4'b0100, LAST = 4'b1000}"),
        ("output", "logic [2:0] {IDLE = 3'b000, GO = 3'b100, STOP = 3'b010, LAST = 3'b011}"),
    ],
)
def test_enumerations_get_other_codes(kind, declared, proved):
    found = {r.rule: r.source for r in encode_states(Design.of(TEXT, "m"))}
    assert declared in found[f"encode-{kind}"]
    assert proved(TEXT, found[f"encode-{kind}"])


def test_a_state_that_counts_keeps_its_codes():
    counted = TEXT.replace("st == GO, ", "^st, ")
    assert not list(encode_states(Design.of(counted, "m")))


def test_the_width_of_a_type_is_not_changed_for_one_variable():
    assert not list(narrow(Design.of(TEXT.replace("logic [2:0]", "logic [7:0]"), "m")))
