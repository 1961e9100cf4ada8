"""The yosys verifier's verdicts, and the figures that it measures."""

import pytest

from proofsmith.budget import Budget
from proofsmith.errors import BadInput
from proofsmith.types import Assurance, Candidate, Status, Task, Verdict
from proofsmith.verifiers.toolbox import Toolbox
from proofsmith.verifiers.yosys.metrics import Metrics, measure
from proofsmith.verifiers.yosys.pool import YosysPool
from proofsmith.verifiers.yosys.reading import Design, Unreadable
from proofsmith.verifiers.yosys.settings import YosysSettings
from proofsmith.verifiers.yosys.verifier import YosysVerifier
from proofsmith.verilog_spec import VerilogSpec

SHARED = "module m(input s, input [7:0] a, b, c, output [7:0] y);\nassign y = s ? a + b : a + c;\nendmodule\n"
BETTER = SHARED.replace("s ? a + b : a + c", "a + (s ? b : c)")
HEAD = "module m(input clk, input rst, input [3:0] d, output reg [3:0] q);\n"
ADDS = HEAD + "always @(posedge clk) if (rst) q <= 0; else q <= q + d;\nendmodule\n"
LIBERTY = """library(small) {
  cell(INV) { area : 1; pin(A) { direction : input; } pin(Y) { direction : output; function : "A'"; } }
  cell(NAND2) { area : 2.5; pin(A) { direction : input; } pin(B) { direction : input; }
    pin(Y) { direction : output; function : "(A*B)'"; } }
  cell(NOR2) { area : 3; pin(A) { direction : input; } pin(B) { direction : input; }
    pin(Y) { direction : output; function : "(A+B)'"; } }
  cell(AND2) { area : 4; pin(A) { direction : input; } pin(B) { direction : input; }
    pin(Y) { direction : output; function : "(A*B)"; } }
  cell(DFF) { area : 7; ff(IQ, IQN) { clocked_on : "C"; next_state : "D"; }
    pin(C) { direction : input; clock : true; } pin(D) { direction : input; }
    pin(Q) { direction : output; function : "IQ"; } }
}
"""


def check(toolbox: Toolbox, gold: str, gate: str, goal: str = "optimize", seconds: float = 60.0) -> Verdict:
    task = Task("m", "Improve m.", "verilog", VerilogSpec("m", gold, goal=goal), ("yosys",), Assurance.PROVED)
    return YosysVerifier.create(toolbox).check(task, Candidate(gate, "verilog"), Budget(seconds=seconds))


def test_a_better_design_is_proved_and_measured(toolbox: Toolbox) -> None:
    before, after = check(toolbox, SHARED, SHARED), check(toolbox, SHARED, BETTER)
    assert after.accepts(Assurance.PROVED)
    assert dict(after.metrics)["area"] < dict(before.metrics)["area"]
    assert set(dict(after.metrics)) == {"cells", "area", "depth", "flip_flops", "power"}
    assert after.tool is not None
    assert after.tool.version[0].isdigit()


def test_a_wrong_design_has_a_counterexample_and_no_metrics(toolbox: Toolbox) -> None:
    verdict = check(toolbox, SHARED, BETTER.replace("b : c", "c : b"))
    assert verdict.status is Status.FAIL
    assert verdict.counterexample is not None
    assert dict(verdict.counterexample.inputs).keys() == {"s", "a", "b", "c"}
    assert verdict.metrics == ()


def test_designs_that_behave_alike_have_the_same_digest(toolbox: Toolbox) -> None:
    wrong = BETTER.replace("b : c", "c : b")
    renamed = wrong.replace("endmodule", "wire unused = s;\nendmodule")
    first, second = check(toolbox, SHARED, wrong), check(toolbox, SHARED, renamed)
    assert first.behaviour == second.behaviour is not None
    assert first.behaviour != check(toolbox, SHARED, SHARED.replace("a + c", "a")).behaviour


@pytest.mark.parametrize(
    ("source", "message", "line"),
    [
        (ADDS.replace("q + d", "q +"), "syntax error", 2),
        (ADDS.replace("module m", "module n"), "m", None),
        (ADDS.replace("endmodule", "other u(q, d);\nendmodule"), "other", None),
        ('`include "/etc/passwd"\n' + ADDS, "includes", 1),
        (HEAD + 'reg [3:0] r [0:1];\ninitial $readmemh("x", r);\nendmodule\n', "readmemh", 3),
        (HEAD + "wire [3:0] w = $anyseq;\nalways @* q = w;\nendmodule\n", "anyseq", 2),
        (ADDS + "module \\$and (input A, B, output Y);\nendmodule\n", "reserved", 4),
    ],
)  # fmt: skip
def test_designs_that_cannot_be_read_fail_with_a_line(
    toolbox: Toolbox, source: str, message: str, line: int | None
) -> None:
    verdict = check(toolbox, ADDS, source)
    assert verdict.status is Status.FAIL, verdict
    found = verdict.diagnostics[0]
    assert message in found.message
    assert (found.span.line if found.span else None) == line


@pytest.mark.parametrize(
    "body",
    [
        "initial q = d;\nalways @(posedge clk) if (rst) q <= 0; else q <= q + d;",
        "always @(posedge clk or posedge rst) if (rst) q <= q + d; else q <= d;",
    ],
)
def test_what_yosys_lacks_is_not_the_candidate_s_fault(toolbox: Toolbox, body: str) -> None:
    verdict = check(toolbox, ADDS, f"{HEAD}{body}\nendmodule\n")
    assert verdict.status is Status.UNKNOWN or verdict.counterexample is not None, verdict


def test_a_task_whose_own_design_is_broken_is_bad_input(toolbox: Toolbox) -> None:
    with pytest.raises(BadInput, match="syntax error"):
        check(toolbox, ADDS.replace("q + d", "q +"), ADDS)


def test_measuring_is_deterministic_and_counts_flip_flops(pool: YosysPool, toolbox: Toolbox) -> None:
    figures = measure(pool, Design(ADDS, "m"), 60)
    assert isinstance(figures, Metrics)
    assert figures.flip_flops == 4
    assert figures.unit == "transistors"
    assert figures.power > 0
    with YosysPool() as other:
        assert measure(other, Design(ADDS, "m"), 60) == figures
        commented = "// more\n" + ADDS.replace("\n", "\n  ")
        assert measure(other, Design(commented, "m"), 0.001) == figures  # remembered


def test_a_liberty_file_gives_the_area(pool: YosysPool, yosys_program: str) -> None:
    source = "module m(input a, b, output y);\nassign y = ~(a & b);\nendmodule\n"
    assert measure(pool, Design(source, "m"), 60, LIBERTY).area == 2.5
    with YosysPool(YosysSettings(yosys=yosys_program)) as other:
        assert measure(other, Design(source, "m"), 60, LIBERTY).area == 2.5
    figures = measure(pool, Design(ADDS, "m"), 60, LIBERTY)
    assert figures.unit == "area"
    assert figures.area > 4 * 7
    assert figures.flip_flops == 4


def test_latches_in_place_of_flip_flops_save_no_power(pool: YosysPool) -> None:
    head = "module m(input clk, input [3:0] d, output [3:0] q);\nreg [3:0] r, s; assign q = s;\n"
    flops = f"{head}always @(posedge clk) s <= d;\nendmodule\n"
    latches = f"{head}always @* if (!clk) r = d;\nalways @* if (clk) s = r;\nendmodule\n"
    powers = [measure(pool, Design(text, "m"), 60).power for text in (flops, latches)]
    assert powers[1] > powers[0]


def test_comments_that_are_orders_count(pool: YosysPool) -> None:
    source = "module m(input a, b, output y);\nassign y = a\n{}\n & b {};\nendmodule\n"
    plain = measure(pool, Design(source.format("// more", "/* less */"), "m"), 60)
    order = "/* synopsys translate_off */", "/* synopsys translate_on */"
    assert measure(pool, Design(source.format(*order), "m"), 60).cells < plain.cells


def test_depth_is_the_longest_path(pool: YosysPool) -> None:
    chain = "module m(input [7:0] a, output y);\nassign y = ^a;\nendmodule\n"
    assert measure(pool, Design(chain, "m"), 60).depth == 3
    wire = "module m(input a, output y);\nassign y = a;\nendmodule\n"
    figures = measure(pool, Design(wire, "m"), 60)
    assert (figures.cells, figures.area, figures.depth, figures.flip_flops) == (0, 0.0, 0, 0)


def test_measuring_what_cannot_be_read(pool: YosysPool) -> None:
    with pytest.raises(Unreadable):
        measure(pool, Design(ADDS.replace("q + d", "q +"), "m"), 60)
