"""Values, functions, places and ranges of a module."""

from __future__ import annotations

import random
import time

import pytest

from proofsmith.verilog.constants import Scope
from proofsmith.verilog.evaluate import Unknown, evaluate
from proofsmith.verilog.functions import functions
from proofsmith.verilog.printing import text_of
from proofsmith.verilog.ranges import ranges
from proofsmith.verilog.reading import read_module
from proofsmith.verilog.sites import exclusive, sites
from proofsmith.verilog.syntax import Binary, Continuous


def scope_of(body: str, ports: str = "input clk, input [3:0] a, b, input s, t") -> Scope:
    return Scope(read_module(f"module m({ports});\n{body}\nendmodule"))


def value(text: str, width: int | None = None, **values: int) -> int:
    scope = scope_of(f"assign y = {text};")
    item = scope.module.items[-1]
    assert isinstance(item, Continuous)
    return evaluate(item.value, scope, values, width)


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("a + b", None, 2), ("a + b", 5, 18), ("a - b", None, 8), ("~a", 6, 0b110010), ("-b", None, 11),
        ("{a, b[2:0]}", None, 0b1101101), ("{2{b[1:0]}}", None, 0b0101), ("a > b ? a : b", None, 13),
        ("a[s +: 2]", None, 0b10), ("&a", None, 0), ("^a", None, 1), ("a << 2", None, 4), ("a << 2", 6, 52),
        ("a == b || s", None, 1),
        ("!a", None, 0), ("a % b", None, 3), ("a ~^ b", None, 7), ("a / b", None, 2),
        ("a * b", 8, 65), ("(a + b) >> 1", None, 1), ("(a + b) >> 1", 5, 9), ("b ** 2", 8, 25),
    ],
)  # fmt: skip
def test_values_follow_the_standard(text, width, expected):
    assert value(text, width, a=13, b=5, s=1, t=0) == expected


@pytest.mark.parametrize("text", ["a / t", "f(a)", "4'bx0", "missing", "$signed(a) < $signed(b)", "a[b]"])
def test_what_has_no_known_value_is_not_guessed(text):
    with pytest.raises(Unknown):
        value(text, a=13, b=5, s=1, t=0)


BLOCK = """
reg [3:0] q, n; reg r;
always @* begin
  n = a;
  if (s) n = n + 1;
  case (b) 4'd1: r = s; 4'd2, 4'd3: r = t; default: r = 0; endcase
end
always @(posedge clk) if (t) q <= n; else if (s) q <= 0;
"""


def test_blocks_become_functions():
    found = functions(scope_of(BLOCK).module)
    assert text_of(found["n"].value) == "s ? a + 1 : a"
    assert text_of(found["r"].value) == "b == 4'd1 ? s : b == 4'd2 || b == 4'd3 ? t : 0"
    assert text_of(found["q"].value) == "t ? n : s ? 0 : q"
    assert found["q"].registered
    assert not found["n"].registered


def test_latches_loops_and_partial_assignments_have_no_function():
    found = functions(scope_of("reg l, p; always @* if (s) l = t; reg [3:0] v; always @* v[0] = s;").module)
    assert not found
    two = scope_of("wire w; assign w = s; assign w = t;")
    assert "w" not in functions(two.module)


def test_exclusive_places_are_told_apart():
    scope = scope_of(BLOCK + "wire [3:0] y = s ? a + b : a - b;\nalways @* if (!s) z = a + t;")
    sums = [x for x in sites(scope) if isinstance(x.expr, Binary) and x.expr.operator in "+-"]
    texts = {text_of(x.expr): x for x in sums}
    apart = exclusive(scope, texts["a + b"], texts["a - b"])
    assert apart is not None
    assert text_of(apart[0]) == "s"
    assert exclusive(scope, texts["a + b"], texts["a + b"]) is None
    assert texts["n + 1"].frozen == {"n", "r"}


@pytest.mark.parametrize(
    ("body", "name", "expected"),
    [
        ("reg [7:0] q; always @(posedge clk) if (s) q <= 0; else if (q == 99) q <= 0; else q <= q + 1;",
         "q", (0, 99)),
        ("reg [7:0] q; always @(posedge clk) if (s) q <= 20; else if (q != 3) q <= q - 1; else q <= 20;",
         "q", (3, 20)),
        ("reg [7:0] q; always @(posedge clk) if (s) q <= 5; else q <= q < 30 ? q + 2 : 5;", "q", (5, 31)),
        ("reg [7:0] q; always @(posedge clk) if (s) q <= 0; else q <= q + 1;", "q", (0, 255)),
        ("reg [7:0] q, n; always @(posedge clk) if (s) q <= 0; else q <= n;\n"
         "always @* begin n = q + 1; if (q >= 59) n = 0; end", "q", (0, 59)),
        ("wire [7:0] w = {4'd0, a} + 3;", "w", (3, 18)),
        ("wire [7:0] w = a % 6;", "w", (0, 5)),
        ("wire [7:0] w = a << -1;", "w", (0, 255)),
        ("wire [7:0] w = a >> -1;", "w", (0, 255)),
        ("wire [7:0] w = (a - 9) >> 1;", "w", (0, 255)),
        ("wire [7:0] w = (a - 9) * b;", "w", (0, 255)),
        ("wire [6:0] m = {a, b[2:0]}; wire [7:0] w = a << m;", "w", (0, 255)),
    ],
)  # fmt: skip
def test_ranges_of_counters_and_wires(body, name, expected):
    assert ranges(scope_of(body))[name] == expected


def test_a_range_holds_in_simulation():
    body = """reg [7:0] q; always @(posedge clk)
    if (s) q <= 7; else if (t && q > 12) q <= q - 5; else if (q < 40) q <= q + 3;"""
    scope = scope_of(body)
    low, high = ranges(scope)["q"]
    following = functions(scope.module)["q"].value
    rng, q = random.Random(3), 7
    for _ in range(2000):
        q = evaluate(following, scope, {"q": q, "s": rng.random() < 0.02, "t": rng.getrandbits(1)}, 8) & 255
        assert low <= q <= high


def test_memories_and_what_is_unknown_have_no_range():
    scope = scope_of("reg [7:0] q; always @(posedge clk) q[3:0] <= a; foo u(.x(v)); wire [3:0] v;")
    assert "q" not in ranges(scope)
    assert "v" not in ranges(scope)


def test_a_block_that_doubles_an_expression_again_and_again_ends():
    body = "reg [3:0] x; always @* begin x = a; " + "x = x + x; " * 60 + "end"
    assert "x" not in functions(scope_of(body).module)
    few = "reg [3:0] x; always @* begin x = a; " + "x = x + x; " * 5 + "end"
    assert "x" in functions(scope_of(few).module)


def test_ranges_of_long_cases_take_time_in_proportion():
    arms = " ".join(f"{i}: q <= {i + 1};" for i in range(1200))
    body = f"always @(posedge clk) if (rst) q <= 0; else case (q) {arms} default: q <= 0; endcase"
    scope = Scope(read_module(f"module m(input clk, rst); reg [15:0] q; {body} endmodule"))
    started = time.process_time()
    assert ranges(scope) == {"q": (0, 1200)}
    assert time.process_time() - started < 20  # about one; minutes, if each arm looked at all the others


def test_a_path_excludes_values_in_any_order():
    body = """always @(posedge clk) if (rst) q <= 0; else if (q == 8) q <= 0;
    else if (q == 7) q <= 3; else if (q == 6) q <= 7; else q <= q + 1;"""
    scope = Scope(read_module(f"module m(input clk, rst); reg [7:0] q; {body} endmodule"))
    assert ranges(scope)["q"] == (0, 7)
