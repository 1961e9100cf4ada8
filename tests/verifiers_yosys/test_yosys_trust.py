"""Where a simulator of the source may do otherwise than its netlist, a proof says so or there is none."""

import pytest

from proofsmith.errors import ToolFailure
from proofsmith.verifiers.yosys.drivers import several_drivers
from proofsmith.verifiers.yosys.equivalence import Answer, Equivalence, check_equivalent
from proofsmith.verifiers.yosys.pool import YosysPool
from proofsmith.verifiers.yosys.processes import read_processes
from proofsmith.verifiers.yosys.reading import Design

PORTS = "input clk, input rst, input a, input b, input [3:0] d, output"
SUB = "module sub(input i, output o); wire t; assign t = i; assign o = t; endmodule\n"


def module(body: str, y: str = "y") -> str:
    return f"module m({PORTS} {y});\n{body}\nendmodule\n"


def check(pool: YosysPool, gold: str, gate: str) -> Equivalence:
    return check_equivalent(pool, Design(gold, "m"), Design(gate, "m"), 20)


WIRE, AND = module("assign y = a;"), module("assign y = a & b;")
FLOP = module("always @(posedge clk) if (rst) y <= 0; else y <= a;", "reg y")
LOAD = "reg q; always @(posedge clk or posedge rst) if (rst) q <= a; else q <= b;\n"
SET = (
    "reg q; always @(posedge clk or posedge rst or posedge a)\n"
    "if (rst) q <= 0; else if (a) q <= 1; else q <= b;\n"
)
TWO_WRITERS = (
    "reg r[0:1]; integer i; always @(posedge clk) if (rst) for (i = 0; i < 2; i = i + 1) r[i] <= 0;\n"
    "else r[a] <= d[0];\nalways @(posedge clk) r[b] <= d[1]; assign y = r[d[2]];"
)
ASSUMED = {
    "t with = is read": (
        module(
            "reg t; always @(posedge clk) if (rst) begin t <= 0; y <= 0; end else begin t <= a; y <= t; end",
            "reg y",
        ),
        module(
            "reg t; always @(posedge clk) if (rst) t = 0; else t = a;\n"
            "always @(posedge clk) if (rst) y <= 0; else y <= t;",
            "reg y",
        ),
    ),
    "q with = is read": (
        module(
            "reg q; always @(posedge clk) if (rst) begin q <= 0; y <= 0; end else begin q <= a; y <= q; end",
            "reg y",
        ),
        module(
            "reg q; task put(output o, input i); o = i; endtask\n"
            "always @(posedge clk) if (rst) put(q, 0); else put(q, a);\n"
            "always @(posedge clk) if (rst) y <= 0; else y <= q;",
            "reg y",
        ),
    ),
    "waits for b too": (AND, module("always @(a) y = a & b;", "reg y")),
    "waits for b": (
        AND,
        module("function f; input p; f = p & b; endfunction\nalways @* y = f(a);", "reg y"),
    ),
    "has changed t": (WIRE, module("reg t; always @* begin y = t; t = a; end", "reg y")),
    "changed t": (WIRE, module("reg t; task put; t = a; endtask always @* begin y = t; put; end", "reg y")),
    "initial value of z": (
        module("assign y = 1;"),
        module("reg q = 1; always @(posedge clk) q <= q; reg z = 0; always @* z = q; assign y = z;"),
    ),
    "depend on the clock clk": (
        module("always @(posedge clk) if (rst) y <= 0; else y <= 0;", "reg y"),
        module("wire w = clk & a; always @(posedge clk) if (rst) y <= 0; else y <= w;", "reg y"),
    ),
    "asynchronous load": (module(f"{LOAD}assign y = q;"), module(f"{LOAD}assign y = rst ? a : q;")),
    "asynchronous set": (
        module(f"{SET}assign y = q;"),
        module(f"{SET}assign y = rst ? 0 : a ? 1 : q;"),
    ),
    "attribute nolatches": (
        module("(* nolatches *) always @* if (a) y = b;", "reg y"),
        module("assign y = b;"),
    ),
    "attribute defaultvalue": (
        WIRE,
        module("one u(.i(a), .o(y));")
        + "module one(input i, (* defaultvalue = 1'b1 *) input k, output o); assign o = k & i; endmodule\n",
    ),
    "$time": (module("assign y = 0;"), module("assign y = $time > 100;")),
    "full_case": (
        module("always @* case (a) 1'b1: y = b; 1'b0: y = 1'bx; endcase", "reg y"),
        module("always @* case (a) // synopsys some full_case\n1'b1: y = b; endcase", "reg y"),
    ),
    "write r at the same edge": (module(TWO_WRITERS), module(TWO_WRITERS.replace("r[", "r ["))),
    "macro WHEN": (
        AND,
        "`define WHEN always @(a)\n" + module("`WHEN y = a & b;", "reg y"),
    ),
    "delays": (WIRE, module("assign y = a; specify (a => y) = 5; endspecify")),
}


@pytest.mark.parametrize("assumed", ASSUMED)
def test_what_simulators_may_do_otherwise_is_an_assumption(pool: YosysPool, assumed: str) -> None:
    answer = check(pool, *ASSUMED[assumed])
    assert answer.answer is Answer.BOUNDED, answer
    assert assumed in answer.bound


REFUSED = {
    "y has several drivers": module("assign y = a; assign y = b;"),
    "y has": module("assign y = a; assign y = 1'b0;"),
    "y": module("assign y = 1'b0; assign y = 1'b1;"),
    "y has several": module("pullup(y); assign y = a;"),
    "a has several drivers": module("assign a = 1'b0; assign y = a;"),
    "w has several drivers": module("wire w; sub u(a, w); assign w = b; assign y = w;") + SUB,
    "several drivers": module("always @* y = a; always @* y = a;", "reg y"),
    "u.e has several drivers": module("one u(.e(y), .o(y));")
    + "module one(input e, output o); assign e = 1'b1; assign o = 1'b0; endmodule\n",
    "u.t": module("sub u(a, y); assign u.t = b;") + SUB,
    "line 2 depends on a": module("reg q; initial q = a; assign y = q;"),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_what_yosys_would_pass_over_is_never_equal(pool: YosysPool, reason: str) -> None:
    design = REFUSED[reason]
    answer = check(pool, design, design)
    assert answer.answer is Answer.REFUSED, answer
    assert reason in answer.reason
    for gold in (WIRE, AND, module("assign y = b;"), module("assign y = 0;"), module("assign y = 1;")):
        answer = check(pool, gold, design)
        assert answer.answer in (Answer.REFUSED, Answer.DIFFERENT), answer


SOUND = {
    "task with inout arguments": module(
        "reg p, q; task swap(inout i, j); reg t; begin t = i; i = j; j = t; end endtask\n"
        "always @* begin p = a; q = ~b; swap(p, q); y = ~p & q; end",
        "reg y",
    ),
    "a variable of its own": module(
        "integer i; always @* begin y = 0; for (i = 0; i < 4; i = i + 1) y = y ^ (d[i] & a & b); "
        "y = a & b; end",
        "reg y",
    ),
    "a complete list": module("always @(a or b) y = a & b;", "reg y"),
    "a list with commas": module("localparam K = 1; always @(a, b) if (K) y = a & b; else y = a;", "reg y"),
    "keep": module("(* keep *) wire t = a; assign y = t & b;"),
    "a module that is kept": module("wire t; sub u(a, t); assign y = t & b;") + "(* keep_hierarchy *) " + SUB,
    "enumerations": module(
        "typedef enum logic [1:0] {NO, MAYBE = 2, YES} t; t s; always_comb begin s = NO; "
        "if (a & b) s = YES; end assign y = s == YES;"
    ),
    "structures": module("typedef struct packed {logic p, q;} t; t s; assign s = {a, b};\n"
    "assign y = s.p & s.q;"),
    "packages": "package p; localparam K = 1; endpackage\n"
    + module("import p::*; assign y = K ? a & b : a;"),
    "generate": module("genvar i; generate for (i = 0; i < 2; i = i + 1) begin : g wire t = i ? a : b; end "
    "endgenerate assign y = g[0].t & g[1].t;"),
    "a shared counter": module(
        "integer i; reg [3:0] p, q; always @* for (i = 0; i < 4; i = i + 1) p[i] = a;\n"
        "always @* for (i = 0; i < 4; i = i + 1) q[i] = b; assign y = p[0] & q[3];"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SOUND)
def test_sound_sources_are_proved_without_assumption(pool: YosysPool, name: str) -> None:
    answer = check(pool, AND, SOUND[name])
    assert answer.answer is Answer.PROVED, answer


@pytest.mark.parametrize(
    "body",
    [
        "wire z; sub u(a, z); assign y = u.t & b;",
        "bus i(); assign i.t = a; assign y = i.t & b;",
    ],
)
def test_hierarchical_names_and_interfaces_are_read_rightly_or_refused(pool: YosysPool, body: str) -> None:
    more = SUB + "interface bus; logic t; endinterface\n"
    same = check(pool, AND, module(body) + more)
    assert same.answer is Answer.PROVED or "hierarchical name" in same.reason, same
    other = check(pool, AND, module(body.replace("& b", "& d[0]")) + more)
    assert other.answer is Answer.DIFFERENT or "hierarchical name" in other.reason, other


def test_two_processes_may_write_bits_of_one_register(pool: YosysPool) -> None:
    gold = module("reg [1:0] q; always @(posedge clk) q <= {a, b}; assign y = q[0] ^ q[1];")
    bits = "reg [1:0] q; always @(posedge clk) q[1] <= a; always @(posedge clk) q[0] <= b;"
    answer = check(pool, gold, module(bits + " assign y = q[0] ^ q[1];"))
    assert answer.answer is Answer.PROVED, answer


def test_what_may_be_a_memory_is_not_taken_for_a_register() -> None:
    body = "reg [1:0] q {}; always @(posedge clk) q[0] <= a; always @(posedge clk) q[1] <= b;"
    assert (1, "q") in read_processes(module(body.format(""))).plain
    for text in (module(body.format("[0:3]")), "`define D [0:3]\n" + module(body.format("`D"))):
        assert (1, "q") not in read_processes(text).plain


def test_blocking_assignments_inside_one_clocked_process_are_no_race(pool: YosysPool) -> None:
    own = "reg t; always @(posedge clk) if (rst) begin t = 0; y <= 0; end else begin y <= t; t = a; end"
    two = "reg t; always @(posedge clk) if (rst) begin t <= 0; y <= 0; end else begin y <= t; t <= a; end"
    assert check(pool, module(two, "reg y"), module(own, "reg y")).answer is Answer.PROVED
    assert check(pool, FLOP, FLOP.replace("y <= a", "y = a")).answer is Answer.PROVED


def test_processes_are_told_apart() -> None:
    text = """
    module m; parameter P = 1; reg [3:0] r = 4'd3; // always @(x)
    always @(posedge clk or negedge n) if (!n) q <= P; else begin : blk t = d[i]; q <= t <= e; end
    always @(a or sel) case (sel) 2'd0: y = a; P: begin y = b; {z, w[k]} = c ? u : v; end endcase
    always_comb begin n1 = 0; n1 += m1; end
    initial for (j = 0; j < 4; j = j + 1) mem[j] = 0;
    assign other = a;
    endmodule
    """
    found = read_processes(text)
    edge, listed, comb, initial = found.found
    assert (edge.kind, listed.kind, comb.kind, initial.kind) == ("edge", "list", "comb", "initial")
    assert edge.blocking == {"t"}
    assert edge.assigned == {"t", "q"}
    assert set(edge.early) == {"n", "d", "i", "e"}
    assert listed.blocking == {"y", "z", "w"}
    assert set(listed.early) == {"sel", "a", "b", "c", "u", "v", "k"}
    assert comb.early == ("m1",)
    assert initial.assigned == {"j", "mem"}
    assert initial.early == ()
    assert found.begun == {"r", "j", "mem"}
    assert not initial.waits
    assert read_processes("initial begin q = 0; @(posedge c) q = 1; end").found[0].waits


@pytest.mark.parametrize(
    "text", ["always", "always @(", "initial begin", "x = ; ) ] end", "function f", "enum {", ""]
)
def test_any_text_can_be_scanned(text: str) -> None:
    assert len(read_processes(text).found) <= 1


def test_only_conflicts_that_outputs_see_count() -> None:
    head = "module \\m\n  wire width 4 input 1 \\a\n  wire width 4 output 2 \\y\n  wire width 4 \\w\n"
    assert (
        several_drivers(f"\n{head}  connect \\y \\a\n  connect \\w \\a\n  connect \\w 4'0000\nend\n", "m")
        is None
    )
    halves = "  connect \\y [1:0] \\a [1:0]\n  connect { \\y [3:2] } \\a [3:2]\n"
    assert several_drivers(f"\n{head}{halves}end\n", "m") is None
    assert several_drivers(f"\n{head}{halves}  connect \\y [3] 1'1\nend\n", "m") == "y"
    with pytest.raises(ToolFailure):
        several_drivers(f"\n{head}{halves}", "m")
