"""The engines beside ABC: every input tried, cases of selecting inputs, guessed invariants."""

from __future__ import annotations

import random

import pytest

from proofsmith.verifiers.yosys.aig import NO, YES, Aig
from proofsmith.verifiers.yosys.cases import proved_by_cases
from proofsmith.verifiers.yosys.elaborate import elaborate
from proofsmith.verifiers.yosys.equivalence import Answer, check_equivalent
from proofsmith.verifiers.yosys.exhaustive import exhausted
from proofsmith.verifiers.yosys.metrics import evaluate
from proofsmith.verifiers.yosys.netlist import FALSE, TRUE
from proofsmith.verifiers.yosys.pool import YosysPool
from proofsmith.verifiers.yosys.reading import Design


def random_graph(rng: random.Random, inputs: int, gates: int) -> tuple[Aig, list[int]]:
    aig = Aig()
    literals = [aig.input(f"i[{k}]") for k in range(inputs)]
    for _ in range(gates):
        a, b = (rng.choice(literals) ^ rng.getrandbits(1) for _ in range(2))
        literals.append(aig.land(a, b))
    return aig, literals


def value(aig: Aig, root: int, row: int) -> int:
    bits = [row >> k & 1 for k in range(len(aig.inputs))]
    values = aig.simulate(bits, {}, 1)
    return values[root & ~1] ^ (root & 1)


@pytest.mark.parametrize("inputs", [1, 3, 6, 7, 11])
def test_trying_every_input_agrees_with_simulation(inputs):
    rng = random.Random(inputs)
    for _ in range(15):
        aig, literals = random_graph(rng, inputs, 40)
        root = literals[-1] ^ rng.getrandbits(1)
        reached = any(value(aig, root, row) for row in range(1 << inputs))
        found = exhausted(aig, root, 10.0)
        if root == YES:
            assert found is False  # nothing to try: the graph itself says it
        elif reached:
            assert isinstance(found, dict)
            assert value(aig, root, sum(found.get(f"i[{k}]", 0) << k for k in range(inputs))) == 1
        else:
            assert found is True


def test_the_last_of_many_inputs_is_tried():
    aig = Aig()
    root = YES
    for k in range(21):
        root = aig.land(root, aig.input(f"i[{k}]"))
    found = exhausted(aig, root, 30.0)
    assert found == {f"i[{k}]": 1 for k in range(21)}
    assert exhausted(aig, root, 1e-9) is False


def test_a_restricted_graph_is_the_graph_with_constants():
    rng = random.Random(5)
    aig, literals = random_graph(rng, 5, 60)
    chosen, _ = aig.inputs[2]
    for bit, constant in ((0, NO), (1, YES)):
        small, root = aig.restricted({chosen: constant}, literals[-1])
        for row in range(32):
            if row >> 2 & 1 == bit:
                fewer = (row & 3) | (row >> 3 << 2)
                assert value(small, root, fewer) == value(aig, literals[-1], row)


def test_cases_prove_what_is_equal_and_nothing_else(pool: YosysPool):
    aig = Aig()
    s, x, y = (aig.input(name) for name in ("s[0]", "x[0]", "y[0]"))
    one = aig.mux(s, aig.land(x, y), aig.lor(x, y))
    other = aig.lor(aig.land(s, aig.land(x, y)), aig.land(s ^ 1, aig.lor(x, y)))
    assert proved_by_cases(pool, aig, aig.xor(one, other), 10.0)
    assert not proved_by_cases(pool, aig, aig.xor(one, aig.land(x, y)), 10.0)


PRODUCTS = """module t(input signed [3:0] a, input signed [2:0] b, input [3:0] u, input [2:0] w,
  output signed [6:0] p, output [6:0] q, output signed [3:0] low, output [9:0] wide, output signed [9:0] v);
assign p = a * b; assign q = u * w; assign low = a * b; assign wide = u * w; assign v = a * b;
endmodule
"""


def test_products_are_mapped_to_the_right_gates(pool: YosysPool):
    netlist = elaborate(pool, Design(PRODUCTS, "t"), 30.0)
    inputs, outputs = dict(netlist.inputs), dict(netlist.outputs)
    rows = list(range(1 << 14))
    mask = (1 << len(rows)) - 1
    words = {TRUE: mask, FALSE: 0}
    shift = 0
    for name in ("a", "b", "u", "w"):
        for i, bit in enumerate(inputs[name]):
            words[bit] = sum((row >> (shift + i) & 1) << row for row in rows)
        shift += len(inputs[name])
    evaluate(netlist.gates, words)

    def signed(number: int, width: int) -> int:
        return number - (1 << width) if number >> (width - 1) else number

    for row in rows[::37]:
        a, b = signed(row & 15, 4), signed(row >> 4 & 7, 3)
        u, w = row >> 7 & 15, row >> 11 & 7
        for name, product in {"p": a * b, "q": u * w, "low": a * b, "wide": u * w, "v": a * b}.items():
            got = sum((words[bit] >> row & 1) << i for i, bit in enumerate(outputs[name]))
            assert got == product & ((1 << len(outputs[name])) - 1), (name, row)


def counter(width: int, last: int, start: int = 0, step: str = "q + 1") -> Design:
    return Design(
        f"""module t(input clk, rst, go, output tick, output [1:0] low);
reg [{width - 1}:0] q;
always @(posedge clk) if (rst) q <= {start}; else if (go) begin if (q == {last}) q <= 0; else q <= {step}; end
assign tick = q == {last}; assign low = q[1:0];
endmodule
""",
        "t",
    )


@pytest.mark.parametrize(("width", "last"), [(7, 99), (10, 999)])
def test_a_narrower_counter_is_proved_with_its_range(pool: YosysPool, width, last):
    answer = check_equivalent(pool, counter(24, last), counter(width, last), 20.0)
    assert answer.answer is Answer.PROVED
    assert "invariants" in answer.method


@pytest.mark.parametrize(
    "other", [counter(3, 11), counter(4, 10), counter(8, 11, start=1), counter(8, 11, step="q + 2")]
)
def test_a_counter_that_differs_is_not_proved(pool: YosysPool, other):
    answer = check_equivalent(pool, counter(8, 11), other, 20.0)
    assert answer.answer is Answer.DIFFERENT


def test_guesses_that_do_not_hold_change_nothing(pool: YosysPool):
    """The register begins above the range that its assignments show."""
    source = """module t(input clk, input go, output [3:0] y);
reg [3:0] q = 4'd12;
always @(posedge clk) if (go) begin if (q == 3) q <= 0; else q <= q + 1; end
assign y = q;
endmodule
"""
    claimed = source.replace("assign y = q;", "assign y = q > 4'd3 ? 4'd0 : q;")
    answer = check_equivalent(pool, Design(source, "t"), Design(claimed, "t"), 20.0)
    assert answer.answer is Answer.DIFFERENT
