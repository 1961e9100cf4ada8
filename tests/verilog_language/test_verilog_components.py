"""Components that a text names are read where the ports leave nothing open, and written as they are meant."""

from __future__ import annotations

import pytest

from proofsmith.agents.policies.verilog.components import component_texts
from proofsmith.verilog.prompts.components import read_component
from proofsmith.verilog.prompts.wording import read_timing

CLOCKED = "clk,rst,d (4 bits)"


@pytest.mark.parametrize(
    ("prompt", "inputs", "outputs", "line"),
    [
        ("Build a three-input NOR gate.", "p,q,r0", "z", "assign z = ~(p | q | r0);"),
        ("It is an inverter, that is, a NOT gate.", "p", "z", "assign z = ~p;"),
        ("z is the output of an XOR gate.", "v (5 bits)", "z", "assign z = ^v;"),
        ("  all : all inputs through an AND gate\n  none: NOR of them\n", "p,q", "all,none",
          "assign none = ~(p | q);"),
        ("Make a half adder.", "p,q", "s,c", "assign {c, s} = p + q;"),
        ("Make a full adder.", "cin,p,q", "s,cout", "assign {cout, s} = p + q + cin;"),
        ("A 6-bit adder with overflow bit.", "p (6 bits),q (6 bits)", "s (7 bits)", "assign s = p + q;"),
        ("The output should always drive a logic low.", "", "z", "assign z = 1'd0;"),
        ("The output z should be 1 if p < q, otherwise 0.", "p (3 bits),q (3 bits)", "z",
         "assign z = p < q;"),
        ("The output z should be 1 if p = 5.", "p (3 bits)", "z", "assign z = p == 5;"),
    ],
)  # fmt: skip
def test_logic_is_read(text_for, prompt, inputs, outputs, line):
    assert line in text_for(prompt, inputs, outputs)


@pytest.mark.parametrize(
    ("prompt", "inputs", "outputs"),
    [
        ("An AND gate feeds an OR gate.", "p,q,r0", "z"),
        ("Build an AND gate.", "p (3 bits),q", "z"),
        ("Build a NOT gate.", "p,q", "z"),
        ("Make a half adder.", "p,q,s0", "s,c"),
        ("A 6-bit adder.", "p (6 bits),q (5 bits)", "s (7 bits)"),
        ("The output should always drive 0.", "p", "z"),
        ("The output z should be 1 if p is ready.", "p", "z"),
        ("The output z should be 1 if p = 5.", "p (3 bits),q", "z"),
        ("Include 4 D flip-flops.", "clk,d (3 bits)", "q (4 bits)"),
        ("Include 4 D flip-flops with enable.", "clk,d (4 bits)", "q (4 bits)"),
        ("Include 4 D flip-flops.", "clk,mode,d (4 bits)", "q (4 bits)"),
        ("It counts from 3 through 20.", "clk,reset", "q (4 bits)"),
        ("It counts down from 3 to 9.", "clk,reset", "q (4 bits)"),
        ("It counts from 3 to 9.", "clk,reset,data", "q (4 bits)"),
        ("It detects non-overlapping sequences 101.", "clk,reset,x", "z"),
        ("It detects the sequence 101.", "clk,reset,x,y", "z"),
    ],
)
def test_what_the_ports_do_not_fit_is_not_read(interface, prompt, inputs, outputs):
    assert read_component(prompt, interface(inputs, outputs)) is None


def test_timing_is_read_from_words_and_names(interface):
    ports = interface("clk,aresetn,d", "q")
    found = read_timing("Flip-flops with a reset to 0x1f, on the falling edge of the clock.", ports)
    assert found is not None
    assert (found.falling, found.reset, found.reset_low, found.asynchronous) == (True, "aresetn", True, True)
    assert found.value == 31
    plain = read_timing("A negative edge triggered asynchronous reset.", interface("clk,areset,d", "q"))
    assert plain is not None
    assert not plain.falling
    assert read_timing("anything", interface("p", "q")) is None


def test_registers_are_written(text_for):
    text = text_for("Four D flip-flops with active-high reset to 9.", "clk,rst,d (4 bits)", "q (4 bits)")
    assert "always @(posedge clk) begin" in text
    assert "if (rst) q <= 4'd9;" in text
    assert "else q <= d;" in text


def test_a_register_without_reset_may_begin_with_zero(interface):
    ports = interface("clk,d", "q")
    component = read_component("A D flip-flop.", ports)
    assert component is not None
    plain, begun = component_texts(component, ports)
    assert "initial" not in plain
    assert "initial q = 1'd0;" in begun


def test_counters_are_written(text_for):
    text = text_for("It counts from 3 through 12, while ena is 1.", "clk,reset,ena", "q (4 bits)")
    assert "if (reset) q <= 4'd3;" in text
    assert "else if (ena) q <= q == 4'd12 ? 4'd3 : q + 4'd1;" in text
    assert "==" not in text_for("It counts from 0 through 15.", "clk,reset", "q (4 bits)")


def run_detector(text: str, bits: str) -> str:
    """What a written detector shows for a sequence of inputs, before each clock edge."""
    from proofsmith.verilog.constants import Scope
    from proofsmith.verilog.evaluate import evaluate
    from proofsmith.verilog.functions import functions
    from proofsmith.verilog.reading import read_module

    scope = Scope(read_module(text))
    known = functions(scope.module)
    state, shown = 0, ""
    for bit in bits:
        values = {"state_now": state, "x": int(bit), "reset": 0}
        shown += str(evaluate(known["z"].value, scope, values))
        values["state_next"] = evaluate(known["state_next"].value, scope, values)
        state = evaluate(known["state_now"].value, scope, values)
    return shown


@pytest.mark.parametrize(
    ("prompt", "bits", "shown"),
    [
        ("A Mealy machine recognizes the sequence 101.", "01101011", "00001010"),
        ("A machine that detects the sequence 101.", "011010110", "000001010"),
        ("It searches for the pattern 110 and then stays at 1 until reset.", "0111010000", "0000011111"),
        ("It detects the sequence 1111.", "11111101", "00001110"),
    ],
)
def test_detectors_see_overlapping_patterns(text_for, prompt, bits, shown):
    assert run_detector(text_for(prompt, "clk,reset,x", "z"), bits) == shown
