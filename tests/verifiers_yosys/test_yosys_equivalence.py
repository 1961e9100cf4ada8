"""Proofs, bounds, refusals and counterexamples, each on a small pair of designs."""

from typing import Any

import pytest

from proofsmith.verifiers.yosys.equivalence import Answer, Equivalence, UnreadableGate, check_equivalent
from proofsmith.verifiers.yosys.pool import YosysPool
from proofsmith.verifiers.yosys.reading import Design, Unreadable

HEAD = "module m(input clk, input rst, input [3:0] d, output reg [3:0] q);\n"
COMB = "module m(input [3:0] a, input [3:0] b, input s, output [3:0] y);\n"


def clocked(body: str, head: str = HEAD) -> str:
    return f"{head}{body}\nendmodule\n"


def combinational(expression: str) -> str:
    return f"{COMB}assign y = {expression};\nendmodule\n"


def check(pool: YosysPool, gold: str, gate: str, seconds: float = 60, depth: int = 20) -> Equivalence:
    return check_equivalent(pool, Design(gold, "m"), Design(gate, "m"), seconds, depth)


ADDS = clocked("always @(posedge clk) if (rst) q <= 0; else q <= q + d;")
NO_RESET = clocked("always @(posedge clk) q <= q + d;")
COUNTS = "reg [9:0] n; always @(posedge clk) n <= rst ? 0 : n + 1; always @(posedge clk)"
SHIFTS = clocked("reg [3:0] r; always @(posedge clk) begin r <= d; q <= r; end")


@pytest.mark.parametrize(
    ("gold", "gate"),
    [
        (combinational("s ? a + b : a - b"), combinational("a + (s ? b : ~b) + !s")),
        (combinational("a * 4'd5"), combinational("(a << 2) + a")),
        (combinational("{4{s}} & a | ~{4{s}} & b"), combinational("s ? a : b")),
        (ADDS, clocked("always @(posedge clk) q <= rst ? 4'd0 : d + q;")),
        (ADDS, clocked("reg [3:0] n; always @* n = q + d; always @(posedge clk) q <= n & {4{~rst}};")),
        (SHIFTS, clocked("reg [7:0] r; always @(posedge clk) r <= {r[3:0], d}; always @* q = r[7:4];")),
        (
            clocked("always @(posedge clk or posedge rst) if (rst) q <= 5; else q <= q ^ d;"),
            clocked("always @(posedge rst or posedge clk) if (rst) q <= 4'b101; else q <= d ^ q;"),
        ),
        (
            clocked("initial q = 0; always @(posedge clk) if (q == 9) q <= 0; else q <= q + 1;"),
            clocked("initial q = 0; always @(posedge clk) if (q >= 9) q <= 0; else q <= q + 1;"),
        ),
        (clocked("always @* if (rst) q = d;"), clocked("always @* begin if (rst) q = d; end")),
    ],
)
def test_equal_designs_are_proved(pool: YosysPool, gold: str, gate: str) -> None:
    answer = check(pool, gold, gate)
    assert answer.answer is Answer.PROVED, answer
    assert answer.assumptions == ()


@pytest.mark.parametrize(
    ("gold", "gate"),
    [
        (combinational("s ? a + b : a - b"), combinational("s ? a - b : a + b")),
        (combinational("a < b ? a : b"), combinational("a == 15 && b == 14 ? a : a < b ? a : b")),
        (combinational("a == 0 && s ? 4'bx : a"), combinational("a == 1 && s ? 4'bx : a")),
        (ADDS, clocked("always @(posedge clk) if (rst) q <= 0; else q <= q - d;")),
        (ADDS, clocked("always @(negedge clk) if (rst) q <= 0; else q <= q + d;")),
        (ADDS, clocked("always @(posedge clk) if (!rst) q <= 0; else q <= q + d;")),
        (ADDS, clocked("always @(posedge clk or posedge rst) if (rst) q <= 0; else q <= q + d;")),
        (ADDS, clocked("reg [3:0] p; always @(posedge clk) begin p <= rst ? 0 : p + d; q <= p; end")),
        (ADDS, NO_RESET),
        (clocked("initial q = 3; always @(posedge clk) q <= q + d;"), NO_RESET),
        (SHIFTS, clocked("always @(posedge clk) q <= d;")),
        (
            clocked("reg [9:0] n; always @(posedge clk) begin n <= rst ? 0 : n + 1; q <= rst ? 0 : 1; end"),
            clocked(
                "reg [9:0] n; always @(posedge clk) begin n <= rst ? 0 : n + 1; q <= rst ? 0 : n != 300; end"
            ),
        ),
    ],
)
def test_different_designs_have_a_simulated_counterexample(pool: YosysPool, gold: str, gate: str) -> None:
    answer = check(pool, gold, gate)
    assert answer.answer is Answer.DIFFERENT, answer
    assert answer.trace is not None
    shown = answer.trace.counterexample()
    assert shown.inputs
    assert shown.expected != shown.actual


def test_what_the_original_leaves_undefined_may_be_anything_but_not_the_other_way_round(
    pool: YosysPool,
) -> None:
    partial = combinational("s ? a : 4'bx")
    whole = combinational("s ? a : b")
    assert check(pool, partial, whole).answer is Answer.PROVED
    assert check(pool, whole, partial).answer is Answer.DIFFERENT


def test_undefined_values_that_do_not_matter_are_no_difference(pool: YosysPool) -> None:
    head = "module m(input clk, input a, input b, output q);\n"
    carry = "reg c; always @(posedge clk) c <= {}; assign q = c;"
    gold, gate = (clocked(carry.format(e), head) for e in ("a&b | a&c | b&c", "(a&b ^ a&c) | b&c"))
    assert check(pool, gold, gate).answer is Answer.PROVED


def test_division_by_zero_is_undefined(pool: YosysPool) -> None:
    head = "module m(input [3:0] a, input [3:0] b, output [3:0] y);\n"
    divides = f"{head}assign y = a / b;\nendmodule\n"
    guarded = f"{head}assign y = b == 4'd0 ? 4'd7 : a / b;\nendmodule\n"
    assert check(pool, divides, guarded).answer is Answer.PROVED
    assert check(pool, guarded, divides).answer is Answer.DIFFERENT


def test_bits_outside_of_a_vector_are_undefined(pool: YosysPool) -> None:
    head = "module m(input [3:0] a, input signed [3:0] b, output y);\n"
    picks = f"{head}assign y = a[b];\nendmodule\n"
    wraps = f"{head}assign y = a[b[1:0]];\nendmodule\n"
    assert check(pool, picks, wraps).answer is Answer.PROVED
    assert check(pool, wraps, picks).answer is Answer.DIFFERENT
    assert check(pool, picks, wraps.replace("a[b[1:0]]", "b == 3 ? a[2] : a[b]")).answer is Answer.DIFFERENT


def test_words_outside_of_a_memory_are_undefined(pool: YosysPool) -> None:
    head = "module m(input [1:0] a, output [3:0] q);\n"
    words = "reg [3:0] r[0:2]; initial begin r[0] = 1; r[1] = 2; r[2] = 3; end"
    memory = f"{head}{words} assign q = {{}};\nendmodule\n"
    assert check(pool, memory.format("r[a]"), memory.format("a == 3 ? 9 : r[a]")).answer is Answer.PROVED
    assert check(pool, memory.format("a == 3 ? 0 : r[a]"), memory.format("r[a]")).answer is Answer.DIFFERENT


def test_designs_that_cannot_be_modelled_may_still_be_refuted(pool: YosysPool) -> None:
    gold = clocked("always @(posedge clk or negedge rst) if (!rst) q <= 0; else q <= q + d;")
    answer = check(pool, gold, gold.replace("negedge rst", "posedge rst"))
    assert answer.answer is Answer.DIFFERENT
    assert "not modelled" in answer.notes[0]
    loops = clocked("always @* q = rst ? q + d : d;")
    assert check(pool, clocked("always @* q = d + 1;"), loops).answer is Answer.DIFFERENT


def test_a_bit_of_hardware_is_never_the_constant_x(pool: YosysPool) -> None:
    asks = combinational("|a === 1'bx ? 4'bx : a")
    same = check(pool, asks, combinational("a"))
    assert same.answer is Answer.BOUNDED
    assert "===" in same.bound
    assert check(pool, asks, combinational("b")).answer is Answer.DIFFERENT


def test_without_reset_a_proof_is_bounded_by_its_assumption(pool: YosysPool) -> None:
    answer = check(pool, NO_RESET, clocked("always @(posedge clk) q <= d + q;"))
    assert answer.answer is Answer.BOUNDED
    assert "no reset was found" in answer.bound
    wrong = check(pool, NO_RESET, clocked("always @(posedge clk) q <= q - d;"))
    assert wrong.answer is Answer.UNKNOWN
    inverted = clocked("reg [3:0] p; always @(posedge clk) p <= ~(~p + d); always @* q = ~p;")
    other = check(pool, NO_RESET, inverted)
    assert other.answer is Answer.UNKNOWN


def test_an_output_that_is_never_defined_proves_nothing(pool: YosysPool) -> None:
    answer = check(pool, combinational("4'bx"), combinational("a"))
    assert answer.answer is Answer.BOUNDED
    assert "never seen defined" in answer.bound


STEP = "if (rst) q <= 0; else q <= q + d;"
TRUSTING = {
    "delays": "always @(posedge clk) if (rst) q <= #1 0; else q <= #1 q + d;",
    "SYNTHESIS": "always @(posedge clk)\n`ifdef SYNTHESIS\nif (rst) q <= 0; else\n`endif\nq <= q + d;",
    "VERILATOR": "always @(posedge clk)\n`ifndef VERILATOR\nif (rst) q <= 0; else\n`endif\nq <= q + d;",
    "init": "(* keep = (1), init = 4'd0 *) reg [3:0] unused; always @(posedge clk) q <= rst ? 0 : q + d;",
    "translate_off": f"// synthesis translate_off\n// synthesis translate_on\nalways @(posedge clk) {STEP}",
    "full_case": ("always @(posedge clk) (* full_case *) case (rst) 1'b1: q <= 0; 1'b0: q <= q + d; endcase"),
    "===": "always @(posedge clk) if (rst === 1) q <= 0; else q <= q + d;",
    "unique": "always @(posedge clk) unique case (rst) 1'b1: q <= 0; 1'b0: q <= q + d; endcase",
}


@pytest.mark.parametrize("assumed", TRUSTING)
def test_what_synthesis_takes_on_trust_is_no_proof(pool: YosysPool, assumed: str) -> None:
    answer = check(pool, ADDS, clocked(TRUSTING[assumed]))
    assert answer.answer is Answer.BOUNDED, answer
    assert assumed in answer.bound


def test_default_values_of_macros_are_no_assumption(pool: YosysPool) -> None:
    default = "`ifndef WIDTH\n`define WIDTH 4\n`endif\n" + ADDS.replace("[3:0] q", "[`WIDTH-1:0] q")
    assert check(pool, ADDS, default).answer is Answer.PROVED


REFUSED = {
    "combinational loop through q": clocked("always @* q = q + d;"),
    "inout port a": "module m(inout a, output y);\nassign a = 1'bz;\nassign y = a;\nendmodule\n",
    "line 2": "module m(output reg y);\nalways #5 y = ~y;\nendmodule\n",
}


@pytest.mark.parametrize("reason", REFUSED)
def test_what_cannot_be_judged_is_refused(pool: YosysPool, reason: str) -> None:
    answer = check(pool, REFUSED[reason], REFUSED[reason])
    assert answer.answer is Answer.REFUSED, answer
    assert reason in answer.reason


FLOATS = (
    "module m(input a, input b, output y, output n);\nassign y = a ? {} : 1'b{};\nassign n = ~y;\nendmodule\n"
)


def test_high_impedance_is_an_assumption_and_never_a_value(pool: YosysPool) -> None:
    answer = check(pool, FLOATS.format("b", "z"), FLOATS.format("b & b", "z"))
    assert answer.answer is Answer.BOUNDED, answer
    assert answer.bound == "assuming that where y is high impedance (z), its value does not matter"
    assert check(pool, FLOATS.format("b", "z"), FLOATS.format("~b", "z")).answer is Answer.DIFFERENT
    assert check(pool, FLOATS.format("b", "0"), FLOATS.format("b", "z")).answer is Answer.DIFFERENT
    assert check(pool, FLOATS.format("b", "z"), FLOATS.format("b", "1")).answer is Answer.BOUNDED


def test_an_asynchronous_load_of_a_constant_is_a_reset(pool: YosysPool) -> None:
    """`read_slang` makes loads of resets of structures."""
    types = "package p; typedef struct packed {logic [2:0] n; logic v;} t; endpackage\n"
    gold, zero, two = (
        f"{types}module m import p::*; (input clk, rst, input [3:0] d, output t q);\n"
        f"always_ff @(posedge clk or posedge rst) if (rst) q <= {value};\n"
        "else begin q.n <= d[2:0]; q.v <= d[3]; end\nendmodule\n"
        for value in ("'0", "4'd0", "4'd2")
    )
    try:
        answer = check(pool, gold, zero)
    except Unreadable:
        pytest.skip("this Yosys has no read_slang")
    assert answer.answer is Answer.PROVED, answer
    assert check(pool, gold, two).answer is Answer.DIFFERENT


ENUM = "typedef enum logic [1:0] {A, B} t;\nt s; always_comb s = rst ? A : B;\n"


def test_what_the_simulator_does_not_compile_is_simulated_as_yosys_reads_it(pool: YosysPool) -> None:
    """Icarus Verilog 11 wants a cast where two members of an enumeration are chosen from."""
    gold, gate = (clocked(ENUM + f"always @* q = {{d[1:0], s}} {op} 4'd3;") for op in "&|")
    answer = check(pool, gold, gate)
    assert answer.answer is Answer.DIFFERENT, answer
    assert answer.trace is not None


def test_where_the_model_s_inputs_do_not_show_it_random_ones_may(pool: YosysPool) -> None:
    """A simulator takes `else` where a condition is undefined, so that the model's inputs show nothing."""
    head = "module m(input clk, rst, input [3:0] d, output reg [3:0] q);\nreg [1:0] k, n; reg [3:0] g;\n"
    choose = "always @* begin n = k; g = 0; if (d[k]) begin n = k + 1; g = 4'd1 << k; end end\n"
    gold, gate = (
        f"{head}{choose}always @(posedge clk) if ({rst}) begin k <= 3; q <= 0; end\n"
        "else begin k <= n; q <= g; end\nendmodule\n"
        for rst in ("rst", "!rst")
    )
    assert check(pool, gold, gate).answer is Answer.DIFFERENT


def test_a_module_that_is_missing_is_named(pool: YosysPool) -> None:
    with pytest.raises(Unreadable, match="other"):
        check(pool, clocked("other u(q, d);"), ADDS)


PORTS = {
    "5 bits": "input clk, rst, input [3:0] d, output reg [4:0] q",
    "rst is missing": "input clk, input [3:0] d, output reg [3:0] q",
    "e is not": "input clk, rst, e, input [3:0] d, output reg [3:0] q",
}


@pytest.mark.parametrize("reason", PORTS)
def test_ports_must_be_the_same(pool: YosysPool, reason: str) -> None:
    answer = check(pool, ADDS, f"module m({PORTS[reason]});\nalways @* q = d;\nendmodule\n")
    assert answer.answer is Answer.DIFFERENT
    assert reason in answer.reason


def test_a_clock_made_inside_is_an_assumption(pool: YosysPool) -> None:
    gated = clocked(
        "reg half; initial half = 0; always @(posedge clk) half <= ~half;\n"
        "initial q = 0; always @(posedge half) q <= q + d;"
    )
    answer = check(pool, gated, gated.replace("q + d", "d + q"))
    assert answer.answer is Answer.BOUNDED
    assert "clock that the design computes" in answer.bound


def test_two_clocks_and_both_edges(pool: YosysPool) -> None:
    head = "module m(input c1, input c2, input d, output reg q, output reg p);\n"
    two = "initial begin q = 0; p = 0; end always @(posedge c1) q <= d; always @(negedge c2) p <= q ^ d;"
    same = "initial begin q = 0; p = 0; end always @(negedge c2) p <= d ^ q; always @(posedge c1) q <= d;"
    answer = check(pool, clocked(two, head), clocked(same, head))
    assert answer.answer is Answer.PROVED, answer
    wrong = check(pool, clocked(two, head), clocked(same.replace("negedge", "posedge"), head))
    assert wrong.answer is Answer.DIFFERENT, wrong


def test_memories_are_unfolded(pool: YosysPool) -> None:
    head = "module m(input clk, input we, input [1:0] a, input [3:0] d, output [3:0] q);\n"
    memory = clocked("reg [3:0] r [0:3]; always @(posedge clk) if (we) r[a] <= d; assign q = r[a];", head)
    flat = clocked(
        "reg [3:0] r0, r1, r2, r3;\n"
        "always @(posedge clk) if (we) case (a) 0: r0 <= d; 1: r1 <= d; 2: r2 <= d; 3: r3 <= d; endcase\n"
        "assign q = a[1] ? (a[0] ? r3 : r2) : a[0] ? r1 : r0;",
        head,
    )
    assert check(pool, memory, flat).answer is Answer.PROVED
    broken = check(pool, memory, flat.replace("a[0] ? r1 : r0", "a[0] ? r0 : r1"))
    assert broken.answer is Answer.DIFFERENT, broken


def test_a_deep_difference_is_bounded_or_found_but_never_proved(pool: YosysPool) -> None:
    head = "module m(input clk, input rst, output q);\n"
    counter = "reg [23:0] n; initial n = 0; always @(posedge clk) n <= rst ? 0 : n + 1; assign q = {};"
    gold, gate = clocked(counter.format("1'd0"), head), clocked(counter.format("n == 24'hfffff0"), head)
    answer = check(pool, gold, gate, seconds=8, depth=15)
    assert answer.answer in (Answer.BOUNDED, Answer.TIMEOUT), answer
    if answer.answer is Answer.BOUNDED:
        assert answer.depth >= 1
        assert "clock cycles" in answer.bound


def test_errors_in_either_design_name_the_line(pool: YosysPool) -> None:
    bad = ADDS.replace("q + d", "q +")
    with pytest.raises(UnreadableGate, match="syntax error") as caught:
        check(pool, ADDS, bad)
    assert caught.value.line == 2
    with pytest.raises(Unreadable) as original:
        check(pool, bad, ADDS)
    assert not isinstance(original.value, UnreadableGate)
    with pytest.raises(UnreadableGate, match="m"):
        check(pool, ADDS, ADDS.replace("module m", "module other"))


def test_the_waveform_has_inputs_and_both_outputs(pool: YosysPool) -> None:
    answer = check(pool, ADDS, ADDS.replace("q + d", "q ^ d"))
    assert answer.trace is not None
    text = answer.trace.vcd()
    for part in (
        "$timescale",
        "module inputs",
        "module expected",
        "module actual",
        "$enddefinitions",
        " clk $end",
    ):
        assert part in text
    assert text.count("#") >= len(answer.trace.inputs)


def test_a_netlist_of_a_hundred_thousand_lines_ends_on_time(pool: YosysPool, in_time: Any) -> None:
    lines = ["module m(input [31:0] a, output y);"]
    for i in range(50_000):
        lines += [f"wire w{i};", f"assign w{i} = a[{i % 32}] ^ {f'w{i - 40}' if i >= 40 else 1};"]
    source = "\n".join([*lines, "assign y = w49999;", "endmodule", ""])
    with in_time(6.0):
        answer = check(pool, source, source, seconds=6)
    assert answer.answer in (Answer.PROVED, Answer.TIMEOUT), answer
