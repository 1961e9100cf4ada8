"""Random small designs and single changes of them: what is called equal is equal in a simulator.

The simulator knows nothing of our model. ``RANDOM_DESIGNS=300`` in the environment tries more of them.
"""

import os
import random

import pytest

from proofsmith.verifiers.yosys.clocking import Time, choose_clocking, clock_inputs
from proofsmith.verifiers.yosys.elaborate import elaborate
from proofsmith.verifiers.yosys.equivalence import Answer, UnreadableGate, check_equivalent
from proofsmith.verifiers.yosys.pool import YosysPool
from proofsmith.verifiers.yosys.reading import Design
from proofsmith.verifiers.yosys.reset import reset_hints
from proofsmith.verifiers.yosys.stimulus import random_steps
from proofsmith.verifiers.yosys.trace import confirm
from proofsmith.verilog.mutation import mutants

DESIGNS = int(os.environ.get("RANDOM_DESIGNS", "4"))
HEAD = (
    "module m(input clk, input rst, input en, input [1:0] a, input signed [2:0] s, output [2:0] y, "
    "output reg [1:0] z);\nreg [2:0] p, q; reg [1:0] t; reg [1:0] mem [0:2];\n"
)
BINARY = "+ - * & | ^ << >> >>> < == != >= && || / %".split()  # noqa: SIM905
EVENTS = ("posedge clk", "posedge clk or posedge rst", "negedge clk")


def expression(rng: random.Random, depth: int) -> str:
    if depth == 0:
        return rng.choice(["a", "s", "en", "p", "q", "q[1:0]", "2'd2", "3'd5", "q[a]", "{en, a}"])
    first, second, third = (expression(rng, depth - 1) for _ in range(3))
    forms = [f"({first} {rng.choice(BINARY)} {second})", f"({first} ? {second} : {third})", f"(~{first})"]
    return rng.choice([*forms, f"$signed({first})", forms[0]])


def design(rng: random.Random) -> str:
    """Return a design with registers, a state that may lack an initial value, and a decoded output."""
    event = rng.choice(EVENTS)
    reset = "p <= 1; q <= 0;" if rng.random() < 0.7 else "p <= 1; q <= a;"
    cases = "".join(f"{i}: p <= {expression(rng, 1)};\n" for i in range(rng.randint(2, 4)))
    update = (
        f"case (a)\n{cases}endcase\nif (en) q <= {expression(rng, 2)};"
        if rng.random() < 0.5
        else f"p <= {expression(rng, 2)};\nif ({expression(rng, 1)}) q <= {expression(rng, 2)};"
    )
    decoded = rng.choice(
        [
            f"always @* begin z = 0; t = {expression(rng, 1)}; if (en) z = t; end",
            f"always @* if ({expression(rng, 1)}) z = a; else z = {expression(rng, 1)};",
            "always @(posedge clk) begin if (en) mem[a] <= s; z <= mem[q[1:0]]; end",
            "initial z = 1;\nalways @(posedge clk) z <= z + a;",
            f"always @* if (en) z = {expression(rng, 1)};",
        ]
    )
    return (
        f"{HEAD}always @({event}) if (rst) begin {reset} end else begin\n{update}\nend\n"
        f"{decoded}\nassign y = {expression(rng, 2)};\nendmodule\n"
    )


def differs(pool: YosysPool, pair: tuple[Design, Design]) -> bool:
    netlists = [elaborate(pool, one, 60) for one in pair]
    clocking = choose_clocking(*netlists)
    clocks = clock_inputs(*netlists) if clocking.time is Time.EVENT else ()
    steps = random_steps(netlists[0], clocking, reset_hints(*netlists), 600, seed=3)
    trace = confirm(pool.icarus, pair, netlists[0], clocking, steps, 60, clocks)
    return trace is not None and trace.definite


@pytest.mark.parametrize("seed", range(DESIGNS))
def test_what_is_called_equal_is_equal_in_a_simulator(pool: YosysPool, seed: int) -> None:
    rng = random.Random(seed)
    source = design(rng)
    changes = [mutant.source for mutant in mutants(source)]
    rng.shuffle(changes)
    answers = []
    for changed in [source.replace("p <=", "p  <="), *changes[:2]]:
        pair = Design(source, "m"), Design(changed, "m")
        try:
            answer = check_equivalent(pool, *pair, 15)
        except UnreadableGate:  # such as an asynchronous reset to a value that is no constant
            continue
        answers.append(answer.answer)
        if answer.answer is Answer.PROVED or (answer.answer is Answer.BOUNDED and not answer.depth):
            assert not differs(pool, pair), (source, changed, answer)
        elif answer.answer is Answer.DIFFERENT:
            assert answer.trace is not None, (source, changed, answer)
    assert answers[0] is not Answer.DIFFERENT, source
