"""Designs whose variables hold what Yosys takes for undefined: nobody may profit from that without a word."""

from collections.abc import Iterator

import pytest

from proofsmith.verifiers.toolbox import Toolbox
from proofsmith.verifiers.yosys.equivalence import Answer, check_equivalent
from proofsmith.verifiers.yosys.pool import YosysPool
from proofsmith.verifiers.yosys.reading import Design

HEAD = "module m(input clk, input s, input [3:0] a, output [7:0] y);\n"
KEPT = "reg [7:0] t; begin if (x[0]) t = x; f = t; end endfunction assign y = f(a);"
LOOP = "for (i = 0; i < 4; i = i + 1) f = f + x[i];"
SUM = "assign y = a[0] + a[1] + a[2] + a[3];"


@pytest.fixture(scope="module")
def pool() -> Iterator[YosysPool]:
    with Toolbox() as toolbox:
        yield toolbox.shared(YosysPool.create)


def answer(pool: YosysPool, gold: str, gate: str) -> tuple[Answer, tuple[str, ...]]:
    found = check_equivalent(
        pool, Design(f"{HEAD}{gold} endmodule\n", "m"), Design(f"{HEAD}{gate} endmodule\n", "m"), 30.0
    )
    return found.answer, found.assumptions


@pytest.mark.parametrize(
    ("gold", "gate", "said"),
    [
        (f"function [7:0] f(input [3:0] x); {KEPT}", "assign y = a[0] ? a : 0;", "the function f leaves"),
        (
            "function automatic [7:0] f(input [3:0] x); " + KEPT.replace("reg", "bit"),
            "assign y = a[0] ? a : 1;",
            "t, of a type with two states",
        ),
        (
            "bit [7:0] q; always @(posedge clk) if (s) q <= a; assign y = q;",
            "reg [7:0] q = 5; always @(posedge clk) if (s) q <= a; assign y = q;",
            "q, of a type with two states",
        ),
    ],
)
def test_what_a_variable_still_holds_is_not_free(pool: YosysPool, gold: str, gate: str, said: str) -> None:
    found, assumptions = answer(pool, gold, gate)
    assert found is Answer.BOUNDED
    assert any(one.startswith(said) for one in assumptions)


@pytest.mark.parametrize(
    ("gold", "gate"),
    [
        (
            f"function [7:0] f(input [3:0] x); integer i; begin f = 0; {LOOP} end endfunction "
            "assign y = f(a);",
            SUM,
        ),
        (
            f"function [7:0] f(input [3:0] x); int i; begin f = 0; {LOOP} end endfunction assign y = f(a);",
            SUM,
        ),
        (
            "reg [7:0] t; always_comb begin t = 0; for (int i = 0; i < 4; i++) t += a[i]; end assign y = t;",
            SUM,
        ),
        (
            "function automatic [7:0] f(input [3:0] x); if (x[0]) f = x; else f = 3; endfunction "
            "reg [7:0] q; always @(posedge clk) if (s) q <= 0; else q <= f(a); assign y = q;",
            "reg [7:0] q; always @(posedge clk) if (s) q <= 0; else q <= a[0] ? a : 3; assign y = q;",
        ),
        (
            "function automatic [7:0] f(input [3:0] x); " + KEPT,
            "assign y = a[0] ? a : 0;",
        ),
    ],
)
def test_variables_that_are_always_assigned_cost_nothing(pool: YosysPool, gold: str, gate: str) -> None:
    assert answer(pool, gold, gate) == (Answer.PROVED, ())
