"""Registers that are always equal are proved so; what only rare states tell apart is not believed."""

import time
from dataclasses import replace

import pytest

from proofsmith.verifiers.yosys.clocking import choose_clocking
from proofsmith.verifiers.yosys.comparison import differences
from proofsmith.verifiers.yosys.correspondence import proved_by_correspondence
from proofsmith.verifiers.yosys.elaborate import elaborate
from proofsmith.verifiers.yosys.engines import Question
from proofsmith.verifiers.yosys.equivalence import Answer, check_equivalent
from proofsmith.verifiers.yosys.model import Modeller, Shared, Undefined
from proofsmith.verifiers.yosys.pool import YosysPool
from proofsmith.verifiers.yosys.reading import Design

HEAD = "module m(input clk, input rst, input [15:0] d, output reg q);\n"
LONG = """reg [23:0] {n}; reg [15:0] {s};
always @(posedge clk) if (rst) begin {n} <= 0; {s} <= 1; q <= 0; end
else begin {n} <= {step}; {s} <= {s} ^ d; q <= {seen}; end
endmodule
"""
GOLD = HEAD + LONG.format(n="n", s="s", step="n + d[3:0]", seen="n == 24'hBEEF01 & s[3]")


def proved(pool: YosysPool, gold: str, gate: str) -> str:
    netlists = [elaborate(pool, Design(text, "m"), 60) for text in (gold, gate)]
    netlists = [replace(n, init={cell.q: 0 for cell in n.storage}) for n in netlists]
    shared = Shared(choose_clocking(*netlists), time.monotonic() + 60)
    first, second = (
        Modeller(shared, netlist, Undefined.TERNARY, label).build()
        for netlist, label in zip(netlists, ("gold", "gate"), strict=True)
    )
    question = Question(shared.aig, differences(shared.aig, first, second), {"rst[0]": True})
    states = (state for _, state, _ in question.walk())
    return proved_by_correspondence(pool, shared.aig, question.bad, states, 60)


def test_registers_of_other_names_are_the_same(pool: YosysPool) -> None:
    gate = HEAD + LONG.format(n="t", s="z", step="d[3:0] + t", seen="z[3] && t == 24'hBEEF01")
    assert proved(pool, GOLD, gate) == "induction over equal registers"


def test_next_states_that_are_computed_otherwise_are_proved(pool: YosysPool) -> None:
    gate = HEAD + LONG.format(n="n", s="s", step="n - {24{1'b1}} + d[3:0] - 1", seen="n == 24'hBEEF01 & s[3]")
    assert proved(pool, GOLD, gate).startswith("induction over equal registers by")


@pytest.mark.parametrize(
    ("step", "seen"),
    [
        ("n == 24'h123456 ? 0 : n + d[3:0]", "n == 24'hBEEF01 & s[3]"),
        ("n + d[3:0]", "n == 24'hBEEF02 & s[3]"),
        ("n + d[3:0]", "n == 24'hBEEF01 & s[3] & s[2]"),
    ],
)
def test_what_only_rare_states_tell_apart_is_not_proved(pool: YosysPool, step: str, seen: str) -> None:
    assert proved(pool, GOLD, HEAD + LONG.format(n="n", s="s", step=step, seen=seen)) == ""


def test_bits_that_only_begin_alike_are_taken_apart(pool: YosysPool) -> None:
    """A bit that is 0 for longer than any simulation is no constant."""
    deep = "module m(input clk, input rst, output reg q);\nreg [30:0] n;\n"
    deep += "always @(posedge clk) if (rst) begin n <= 0; q <= 0; end else begin n <= n + 1; q <= "
    count = "{}; end\nendmodule\n"
    assert proved(pool, deep + count.format("n[30]"), deep + count.format("0")) == ""
    assert proved(pool, deep + count.format("n[30]"), deep + count.format("n[30] & 1"))


def test_the_answer_names_it(pool: YosysPool) -> None:
    gate = HEAD + LONG.format(n="t", s="z", step="d[3:0] + t", seen="z[3] && t == 24'hBEEF01")
    answer = check_equivalent(pool, Design(GOLD, "m"), Design(gate, "m"), 60)
    assert answer.answer is Answer.PROVED
    assert "equal registers" in answer.method
