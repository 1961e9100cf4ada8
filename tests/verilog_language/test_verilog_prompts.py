"""Tables, maps, machines, waveforms and formulas found in a text."""

from __future__ import annotations

import pytest

from proofsmith.agents.policies.verilog.emit import machine_lines
from proofsmith.verilog.printing import text_of
from proofsmith.verilog.prompts.description import Interface
from proofsmith.verilog.prompts.formulas import read_formulas
from proofsmith.verilog.prompts.grids import read_karnaugh_map, read_truth_table
from proofsmith.verilog.prompts.ports import read_interface
from proofsmith.verilog.prompts.sentences import read_minterms
from proofsmith.verilog.prompts.transitions import read_machine
from proofsmith.verilog.prompts.waves import read_waveform
from proofsmith.verilog.prompts.wording import Reading

LIST = """Write a module named Gate with this interface.

 - input  p
 - input  v (2 bits)
 - output w (3 bits)
"""


def interface(inputs: str, outputs: str) -> Interface:
    lines = [f" - input {n}" for n in inputs.split(",")] + [f" - output {n}" for n in outputs.split(",")]
    found = read_interface("\n".join(lines), "Top")
    assert found is not None
    return found


def test_ports_from_a_list_and_from_a_header():
    listed = read_interface(LIST, "")
    assert listed is not None
    assert listed.module == "Gate"
    assert [(p.name, p.direction, p.width) for p in listed.ports] == [
        ("p", "input", 1), ("v", "input", 2), ("w", "output", 3)
    ]  # fmt: skip
    header = read_interface("", "T", "module T #(parameter W = 4) (input [W-1:0] d, output reg q);")
    assert header is not None
    assert [(p.name, p.width) for p in header.ports] == [("d", 4), ("q", 1)]
    assert read_interface("nothing here", "T") is None
    assert listed.bit("v1") == "v[1]"
    assert listed.bit("v7") is None


def test_a_truth_table_with_free_cells():
    table = read_truth_table(
        "  x | y | z\n ---+---+---\n 0 | - | 1\n 1 | 0 | x\n\nmore", interface("x,y", "z")
    )
    assert table is not None
    assert table.rows == {0: (1,), 1: (1,), 2: (None,)}
    assert read_truth_table("x y z\nthree words here", interface("x,y", "z")) is None


def test_a_karnaugh_map_in_any_order_of_codes():
    text = """
             cd
     ab   01  00  10  11
     11 | 1 | 0 | d | 0 |
     00 | 0 | 1 | 0 | 0 |
    """
    found = read_karnaugh_map(text, interface("a,b,c,d", "f"))
    assert found is not None
    assert found.inputs == ("c", "d", "a", "b")
    assert found.rows[0b0111] == (1,)
    assert found.rows[0b1011] == (None,)
    assert found.rows[0b0000] == (1,)


def test_a_map_of_which_each_column_is_an_output():
    text = "   uv\n c  00 01 11 10\n 0 | 1 | 0 | 0 | 1 |\n 1 | 0 | 0 | 1 | 1 |"
    found = read_karnaugh_map(text, interface("c", "m (4 bits)"))
    assert found is not None
    assert found.outputs == ("m[3]", "m[2]", "m[1]", "m[0]")
    assert found.rows == {0: (0, 1, 0, 1), 1: (1, 1, 0, 0)}


def test_a_machine_from_arrows():
    text = """The machine resets asynchronously into state DEEP.

    UP   (q=1) --go=0,v1=1--> DEEP
    UP   (q=1) --go=1--> UP
    DEEP ()    --(always)--> UP
    """
    found = read_machine(text, interface("clk,areset,go,v (2 bits)", "q"))
    assert found is not None
    assert found.states == ("UP", "DEEP")
    assert found.transitions[0].guard == (("go", 0), ("v[1]", 1))
    assert found.outputs["DEEP"] == ()
    assert (found.reset_state, found.reset, found.asynchronous, found.reset_low) == (
        "DEEP",
        "areset",
        True,
        False,
    )


def test_a_machine_from_a_table_with_codes():
    text = """The encoding is A=2'b10, B=2'b01.

    State | Next state x=0, Next state x=1 | Output
    A     | B, A                           | 1
    B     | A, A                           | 0
    """
    assert read_machine(text, interface("x,state (2 bits)", "z,more (2 bits)")) is None  # one value for three
    both = read_machine(text, interface("x,state (2 bits)", "z,next_state (2 bits)"))
    assert both is not None
    assert [dict(both.outputs[s]).get("z") for s in both.states] == [1, 0]
    found = read_machine(text, interface("x,state (2 bits)", "z"))
    assert found is not None
    assert found.codes == {"A": 2, "B": 1}
    assert [t.target for t in found.transitions] == ["B", "A", "A", "A"]
    assert found.clock == ""


def test_prose_with_dashes_is_no_machine():
    assert (
        read_machine("A state -- any -- leads to --> nothing, e.g. x --> y.", interface("clk,x", "z")) is None
    )


def test_a_waveform_with_hexadecimal_and_unknown_values():
    text = "  time  clk  d  q\n  0ns   0    x  x\n  5ns   1    c  3\n\nThat is all."
    found = read_waveform(text, interface("clk,d (4 bits)", "q (4 bits)"))
    assert found is not None
    assert found.column("d") == [None, 12]
    assert found.column("q") == [None, 3]


def test_formulas_need_one_for_every_output():
    ports = interface("a,b", "y,z")
    found = read_formulas("where y = a & ~b, see below\n  y = a & ~b;\n  z = (a ^ b)\n", ports)
    assert found is not None
    assert {k: text_of(v) for k, v in found.items()} == {"y": "a & ~b", "z": "a ^ b"}
    assert read_formulas("y = a\n", ports) is None
    assert read_formulas("y = a\nz = missing & b\n", ports) is None


MEALY = """  S0 --0/0--> S0
  S0 --1/0--> S1
  S1 --0/1--> S0
  S1 --1/0--> S1
"""


def test_arrows_of_a_mealy_machine_show_outputs():
    ports = read_interface("- input clk\n- input reset\n- input x\n- output z\n", "M")
    assert ports is not None
    machine = read_machine(MEALY, ports)
    assert machine is not None
    assert machine.transitions[2].shown == (("z", 1),)
    lines = "\n".join(machine_lines(machine, ports))
    assert "assign z = (state_now == S1 && !x);" in lines


def test_a_transition_that_applies_first_shows_its_outputs():
    ports = read_interface("- input clk\n- input p\n- input q\n- output z\n", "M")
    assert ports is not None
    machine = read_machine("A --p=1/z=0--> A\nA --q=1/z=1--> A\n", ports)
    assert machine is not None
    assert "assign z = (state_now == A && !(p) && q);" in machine_lines(machine, ports)


def test_state_bits_may_be_said_to_correspond():
    ports = read_interface(
        "- input state (2 bits)\n- input x\n- output next_state (2 bits)\n- output z\n", "M"
    )
    assert ports is not None
    said = "state[0] through state[1] correspond to the states S0 through S1."
    text = f"{said}\nS0 (0) --1--> S1\nS1 (1) --1--> S0\n"
    machine = read_machine(text, ports)
    assert machine is not None
    assert machine.codes == {"S0": 1, "S1": 2}


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("It is a logic-1 when 1 or 3 appears, and a logic-0 when 0 appears.", {1: 1, 3: 1, 0: 0}),
        ("f(a, b) = \u03a3m(1, 2)", {0: 0, 1: 1, 2: 1, 3: 0}),
        (
            "It is 1 when 1 appears. The conditions for the numbers 2 and 3 never occur.",
            {0: 0, 1: 1, 2: None, 3: None},
        ),
        ("It is 1 when 1 appears, and 0 for 1.", None),
        ("It is green.", None),
    ],
)
def test_numbers_that_give_a_one_are_read(text, rows):
    ports = read_interface("- input a\n- input b\n- output f\n", "M")
    assert ports is not None
    assert read_minterms(Reading(text, ports)) == rows
