"""The model of a design computes what Icarus Verilog does, wherever both are defined."""

import random
import time

import pytest

from proofsmith.verifiers.yosys.aig import NO, YES, Aig
from proofsmith.verifiers.yosys.clocking import Time, choose_clocking
from proofsmith.verifiers.yosys.elaborate import elaborate
from proofsmith.verifiers.yosys.engines import Question, word_of
from proofsmith.verifiers.yosys.model import Modeller, Shared, Undefined
from proofsmith.verifiers.yosys.netlist import Netlist
from proofsmith.verifiers.yosys.pool import YosysPool
from proofsmith.verifiers.yosys.reading import Design
from proofsmith.verifiers.yosys.trace import _outputs, steps_of

BINARY = "+ - * & | ^ ~^ << >> >>> < <= == != > >= && || / %".split()  # noqa: SIM905
LEAVES = ["a", "b", "s", "t", "4'd7", "3'b1x0", "8'hf3", "a[b[2:0]]", "a[s+:3]"]
PORTS = (
    "input clk, input rst, input [7:0] a, input [4:0] b, input [1:0] s, input signed [6:0] t, "
    "output [9:0] y, output reg [5:0] q"
)


def expression(rng: random.Random, depth: int) -> str:
    if depth == 0:
        return rng.choice(LEAVES)
    first, second, third = (expression(rng, depth - 1) for _ in range(3))
    return rng.choice(
        [
            f"({first} {rng.choice(BINARY)} {second})",
            f"({first} {rng.choice(BINARY)} {second})",
            f"({rng.choice('~-!&|^')} {first})",
            f"({first} ? {second} : {third})",
            f"{{{first}, {second}}}",
            f"$signed({first})",
        ]
    )


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("reset", ["(posedge clk) if (rst)", "(posedge clk or posedge rst) if (rst)"])
def test_values_are_those_of_a_simulator(pool: YosysPool, seed: int, reset: str) -> None:
    rng = random.Random(seed)
    body = f"assign y = {expression(rng, 2)};\nalways @{reset} q <= 3; else q <= q + ({expression(rng, 2)});"
    design = Design(f"module m({PORTS});\n{body}\nendmodule\n", "m")
    netlist = elaborate(pool, design, 60)
    clocking = choose_clocking(netlist)
    assert clocking.time is (Time.TICKED if "or" in reset else Time.CYCLE)
    shared = Shared(clocking, time.monotonic() + 60)
    built = Modeller(shared, netlist, Undefined.TERNARY, "m").build()
    steps = inputs(netlist, rng)
    simulated = _outputs(
        pool.icarus, design, netlist, clocking, steps_of(netlist, clocking, steps), 60, set()
    )
    assert len(simulated) == len(steps)
    compared = 0
    for values, printed in zip(Question(shared.aig, []).replay(steps), simulated, strict=True):
        for name, pairs in built.outputs.items():
            for pair, digit in zip(pairs, reversed(printed[name]), strict=True):
                may_be = word_of(values, pair[0], 1), word_of(values, pair[1], 1)
                if may_be != (1, 1) and digit in "01":
                    assert may_be[0] == int(digit), (design.source, name)
                    compared += 1
    assert compared > len(steps)


def inputs(netlist: Netlist, rng: random.Random) -> list[dict[str, int]]:
    steps = []
    for i in range(30):
        step = {f"{name}[{j}]": rng.getrandbits(1) for name, bits in netlist.inputs for j in range(len(bits))}
        steps.append({**step, "rst[0]": int(i == 0 or rng.random() < 0.1), "tick": rng.getrandbits(1)})
    return steps


def test_graphs_compute_and_share() -> None:
    aig = Aig()
    a, b, c = (aig.input(name) for name in "abc")
    results = {
        aig.land(a, b): lambda x, y, z: x & y,
        aig.lor(a, b ^ 1): lambda x, y, z: x | (1 - y),
        aig.xor(a, c): lambda x, y, z: x ^ z,
        aig.mux(c, a, b): lambda x, y, z: x if z else y,
        aig.any([a, b, c]): lambda x, y, z: x | y | z,
    }
    for number in range(8):
        x, y, z = (number >> i & 1 for i in range(3))
        words = aig.simulate([x, y, z], {}, 1)
        for literal, wanted in results.items():
            assert word_of(words, literal, 1) == wanted(x, y, z)
    size = aig.size
    assert aig.land(b, a) == aig.land(a, b)
    assert aig.mux(c, a, a) == a
    assert aig.land(a, a ^ 1) == NO
    assert aig.xor(a, a ^ 1) == YES
    assert aig.size == size


def test_latches_begin_at_zero_for_abc_whatever_their_initial_value() -> None:
    aig = Aig()
    step = aig.input("step")
    state = aig.latch(1, "state")
    aig.set_next(state, aig.land(state, step))
    data, names = aig.aiger([state ^ 1])
    assert names == ["step"]
    assert data.startswith(b"aig 3 1 1 1 1\n")
    assert aig.digest([state]) != aig.digest([state ^ 1])
