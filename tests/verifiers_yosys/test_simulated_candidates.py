"""Test benches: right candidates pass, wrong ones do not, hostile ones cannot speak for the bench."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from proofsmith.budget import Budget
from proofsmith.types import Assurance, Candidate, Status, Task, Verdict
from proofsmith.verifiers.simulation.formats import read_report
from proofsmith.verifiers.simulation.settings import SimulationSettings
from proofsmith.verifiers.simulation.verifier import SimulationVerifier
from proofsmith.verifiers.toolbox import Toolbox
from proofsmith.verilog_spec import VerilogSpec

REFERENCE = """module RefModule(input clk, input [3:0] a, output reg [3:0] y);
always @(posedge clk) y <= ~a;
endmodule
"""
COUNTING = """`timescale 1ps/1ps
`define GOOD 1
module stimulus(input clk, output reg [3:0] a);
  initial begin
    repeat (50) @(negedge clk) a <= $random;
    $finish;
  end
endmodule
module tb;
  reg clk = 0;
  always #5 clk = ~clk;
  wire [3:0] a, y_ref, y_dut;
  integer errors = 0, clocks = 0;
  stimulus stim1 (.clk(clk), .a(a));
  RefModule good1 (.clk(clk), .a(a), .y(y_ref));
  TopModule top_module1 (.clk(clk), .a(a), .y(y_dut));
  always @(negedge clk) begin
    clocks = clocks + 1;
    if (y_ref !== (y_ref ^ y_dut ^ y_ref)) errors = errors + 1;
  end
  final begin
    if (errors) $display("Hint: Output '%s' has %0d mismatches. First mismatch occurred at time %0d.", "y",
      errors, 5);
    $display("Mismatches: %1d in %1d samples", errors, clocks);
  end
endmodule
"""
PASSING = """module bench;
  reg [3:0] a;
  wire [3:0] y;
  integer i, error = 0;
  inverter dut (.a(a), .y(y));
  initial begin
    for (i = 0; i < 16; i = i + 1) begin
      a = i;
      #5 if (y !== ~a) begin
        error = error + 1;
        $display("Failed at %d", i);
      end
    end
    if (error == 0) $display("===========Your Design Passed===========");
    else $display("===========Test completed with %d / 16 failures===========", error);
    $finish;
  end
endmodule
"""
HEAD = "module TopModule(input clk, input [3:0] a, output reg [3:0] y);\n"
RIGHT = HEAD + "always @(posedge clk) y <= ~a;\nendmodule\n"
WIRED = "module TopModule(input clk, input [3:0] a, output [3:0] y);\n"


def task(**changes: object) -> Task[VerilogSpec]:
    spec = VerilogSpec(
        "TopModule",
        REFERENCE,
        "RefModule",
        goal="implement",
        bench=COUNTING,
        bench_format="verilog-eval",
        bench_files=(("ref.sv", REFERENCE),),
        reference_specifies=False,
    )
    return Task("invert", "Invert.", "verilog", replace(spec, **changes), ("iverilog",))  # type: ignore[arg-type]


@pytest.fixture
def judge(toolbox: Toolbox) -> SimulationVerifier:
    return SimulationVerifier.create(toolbox)


def check(judge: SimulationVerifier, program: str, seconds: float = 30.0, **changes: object) -> Verdict:
    return judge.check(task(**changes), Candidate(program, "verilog"), Budget(seconds=seconds))


def test_a_right_candidate_passes(judge: SimulationVerifier) -> None:
    verdict = check(judge, RIGHT)
    assert verdict.status is Status.PASS, verdict
    assert verdict.assurance is Assurance.TESTED
    assert "samples" in verdict.bound
    assert verdict.tool is not None


def test_a_wrong_candidate_fails_with_its_score(judge: SimulationVerifier) -> None:
    verdict = check(judge, RIGHT.replace("~a", "~a & 4'd7"))
    assert verdict.status is Status.FAIL
    assert 0.0 < verdict.score < 1.0
    assert "output y" in verdict.diagnostics[0].message


@pytest.mark.parametrize("before", ["", 'vvp "$@"; '], ids=["at once", "after the bench"])
def test_a_simulator_that_crashes_is_not_the_candidate_s_fault(
    iverilog: str, tmp_path: Path, before: str
) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, text in (("iverilog", f'exec {iverilog} "$@"'), ("vvp", f"{before}exit 139")):
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)
    with Toolbox(SimulationSettings(iverilog=str(folder / "iverilog"))) as toolbox:
        assert check(SimulationVerifier.create(toolbox), RIGHT).status is Status.UNKNOWN


INVERTER = "module inverter(input [3:0] a, output [3:0] y);\nassign y = {};\nendmodule\n"


def test_benches_that_print_that_a_design_passed(judge: SimulationVerifier) -> None:
    changes = {"top": "inverter", "source": "", "bench": PASSING, "bench_format": "rtllm", "bench_files": ()}
    assert check(judge, INVERTER.format("~a"), **changes).status is Status.PASS
    verdict = check(judge, INVERTER.format("a ^ 4'd7"), **changes)
    assert verdict.status is Status.FAIL
    assert "Failed at" in verdict.diagnostics[0].message
    early = PASSING.replace(
        "    for (i", '    $display("===========Your Design Passed===========");\n    for (i'
    )
    assert check(judge, INVERTER.format("a"), **{**changes, "bench": early}).status is Status.FAIL
    silent = PASSING.replace("    for (i", "    #1 $finish;\n    for (i")
    assert check(judge, INVERTER.format("~a"), **{**changes, "bench": silent}).status is Status.UNKNOWN


FORGED = "initial begin {} end always @(posedge clk) y <= 0;\nendmodule\n"
THREE = "module s({} [3:0] o);\nassign o = 3;\nendmodule\n" + WIRED + "s u(a);\nassign y = 12;\nendmodule\n"
TURNED = (
    "module TopModule(input clk, {} [3:0] a, output [3:0] y);\nassign a = 3;\nassign y = 12;\nendmodule\n"
)
HOSTILE = {
    "prints": HEAD + FORGED.format('$display("Mismatches: 0 in 50 samples"); $finish;'),
    "prints late": HEAD + FORGED.format('#400 $write("\\nMismatches: 0 in 50 samples\\n"); $finish(0);'),
    "ends": HEAD + FORGED.format("#1 $finish;"),
    "stops": HEAD + FORGED.format("$stop;"),
    "writes into the bench": HEAD + FORGED.format("forever #1 tb.errors = 0;"),
    "writes upwards": HEAD + "always @(posedge clk) begin y <= 0; good1.y = 0; end\nendmodule\n",
    "reads the reference": HEAD + "always @* y = tb.good1.y;\nendmodule\n",
    "reads it by macro": HEAD + "`ifdef GOOD\nalways @* y = tb.y_ref;\n`endif\nendmodule\n",
    "reads it otherwise": HEAD + "`ifndef GOOD\n`else\nalways @* y = tb.y_ref;\n`endif\nendmodule\n",
    "forces": HEAD + FORGED.format("force tb.y_ref = 4'd0;"),
    "forces itself": HEAD + "initial force y = 4'd0;\nendmodule\n",
    "pastes a name": "`define J(a, b) a``b\n" + HEAD + FORGED.format("`J($fin, ish);"),
    "pastes a sign": "`define J(a, b) a``b\n" + HEAD + FORGED.format("`J($, finish);"),
    "uses a macro of the bench": HEAD + "always @* y = `GOOD;\nendmodule\n",
    "opens files": HEAD + FORGED.format('$fopen("/tmp/x", "w");'),
    "runs programs": HEAD + FORGED.format('$system("true");'),
    "reads a file": HEAD + 'reg [3:0] r [0:0]; initial $readmemh("/etc/passwd", r);\nendmodule\n',
    "includes a file": '`include "/etc/passwd"\n' + RIGHT,
    "imports from C": HEAD + 'import "DPI-C" function int f();\nalways @* y = f();\nendmodule\n',
    "drives its input": WIRED + "assign a = 4'd3;\nassign y = 4'd12;\nendmodule\n",
    "drives it strongly": WIRED + "assign (supply0, supply1) a = 3;\nassign y = 4'd12;\nendmodule\n",
    "drives it below": THREE.format("output"),
    "drives it both ways": THREE.format("inout"),
    "drives it by a switch": WIRED + "supply1 v;\ntran t(a[0], v);\nassign y = 12;\nendmodule\n",
    "calls an input an output": TURNED.format("output"),
    "calls an input an inout": TURNED.format("inout"),
    "sets a parameter of the bench": HEAD + "defparam tb.N = 1;\nalways @* y = 0;\nendmodule\n",
    "replaces the reference": RIGHT.replace("~a", "0") + REFERENCE.replace("~a", "0"),
    "replaces the stimulus": RIGHT + "module stimulus(input clk, output reg [3:0] a);\nendmodule\n",
    "is another root": RIGHT.replace("~a", "0") + "module other;\ninitial tb.errors = 0;\nendmodule\n",
    "counts on escaped names": HEAD + "always @* y = \\tb .y_ref ;\nendmodule\n",
    "is empty": "",
    "has no such module": RIGHT.replace("TopModule", "Other"),
    "lacks a port": "module TopModule(input clk, output reg [3:0] y);\ninitial y = 0;\nendmodule\n",
    "does not parse": RIGHT.replace("<=", "<= <="),
}


@pytest.mark.parametrize("trick", HOSTILE)
def test_no_trick_passes(judge: SimulationVerifier, trick: str) -> None:
    verdict = check(judge, HOSTILE[trick])
    assert verdict.status is Status.FAIL, verdict
    assert verdict.diagnostics[0].message


@pytest.mark.parametrize("body", ["always begin end", "initial forever y = ~y;", "always @* y = ~y + a;"])
def test_a_candidate_that_hangs_ends_on_time(judge: SimulationVerifier, body: str, in_time: Any) -> None:
    with in_time(3.0):
        verdict = check(judge, f"{HEAD}{body}\nendmodule\n", seconds=3.0)
        assert verdict.status in (Status.TIMEOUT, Status.FAIL), verdict


def test_a_bench_that_does_not_compile_is_not_the_candidates_fault(judge: SimulationVerifier) -> None:
    verdict = check(judge, RIGHT, bench=COUNTING.replace("integer errors", "integer 5"))
    assert verdict.status is Status.UNKNOWN


STUCK = HEAD + "always @(posedge clk) y <= 0;\nendmodule\n"
WAITING = """module bench;
  reg clk = 0, go = 0;
  wire done;
  answer dut (.clk(clk), .go(go), .done(done));
  initial repeat (40) #5 clk = ~clk;
  initial begin
    #7 go = 1;
    wait (done === 1) $display("===========Your Design Passed===========");
  end
endmodule
"""
ANSWER = "module {}(input clk, input go, output reg done);\nalways @(posedge clk) done <= {};\nendmodule\n"


def test_a_candidate_that_keeps_its_bench_waiting_fails(judge: SimulationVerifier) -> None:
    changes = {"top": "answer", "source": ANSWER.format("verified_answer", "go")}
    changes |= {"source_top": "verified_answer", "bench": WAITING, "bench_format": "rtllm"}
    verdict = check(judge, ANSWER.format("answer", "0"), **{**changes, "bench_files": ()})
    assert verdict.status is Status.FAIL, verdict
    assert "without a result" in verdict.diagnostics[0].message
    assert check(judge, ANSWER.format("answer", "go"), **{**changes, "bench_files": ()}).status is Status.PASS


UNFAIR = {
    "silent": COUNTING.replace('$display("Mismatches', '$display("Nothing'),
    "wrong": COUNTING.replace("if (errors)", "errors = 9; if (errors)"),
}


@pytest.mark.parametrize("bench", ["silent", "wrong"])
def test_a_bench_that_its_reference_does_not_pass_says_nothing(judge: SimulationVerifier, bench: str) -> None:
    for program in (RIGHT, STUCK):
        verdict = check(judge, program, bench=UNFAIR[bench])
        assert verdict.status is Status.UNKNOWN, verdict
        assert "the reference does not pass" in verdict.diagnostics[0].message


def test_a_silent_bench_without_reference_says_nothing(judge: SimulationVerifier) -> None:
    silent = {
        "top": "inverter",
        "source": "",
        "bench": PASSING.replace("Passed", "is"),
        "bench_format": "rtllm",
        "bench_files": (),
    }
    right = "module inverter(input [3:0] a, output [3:0] y);\nassign y = ~a;\nendmodule\n"
    verdict = check(judge, right, **silent)
    assert verdict.status is Status.UNKNOWN, verdict
    assert "without a result" in verdict.diagnostics[0].message
    wrong = check(judge, right.replace("~a", "a"), **silent)
    assert wrong.status is Status.FAIL, wrong


def test_only_marked_lines_count() -> None:
    said = "abcMismatches: 3 in 50 samples\nMismatches: 0 in 50 samples\n"
    report = read_report(said, "abc", "verilog-eval")
    assert report.passed is False
    assert read_report("Mismatches: 0 in 50 samples\n", "abc", "verilog-eval").passed is None
    twice = "abcMismatches: 0 in 50 samples\nabcMismatches: 0 in 50 samples\n"
    assert read_report(twice, "abc", "verilog-eval").passed is None
    assert read_report("abcMismatches: 0 in  0 samples\n", "abc", "verilog-eval").passed is None
    assert read_report("abc===Your Design Passed===\nabcError: late\n", "abc", "rtllm").passed is False
    assert read_report("abc=== Your Design Passed ===\n", "abc", "rtllm").passed is True


@pytest.mark.parametrize(
    ("said", "passed"),
    [
        (["Test completed with 0 / 100 failures", "=== Your design passed! ==="], True),
        (["errors: 0", "All tests passed"], True),
        (["test 1 passed", "test 2 passed"], None),
        (["All tests passed", "errors: 10"], False),
        (["Test completed with          10 /100 failures"], False),
        (["*** PASS ***"], True),
        (["10 errors", "PASS"], False),
        (["no errors"], None),
        (["Your Design Passed", "Your Design Passed"], None),
    ],
)
def test_benches_say_it_in_other_words(said: list[str], passed: bool | None) -> None:
    assert read_report("".join(f"abc{line}\n" for line in said), "abc", "rtllm").passed is passed


CHECKED = """module bench;
  reg [3:0] a; wire [3:0] y;
  integer i, error = 0;
  inverter dut (y, a);
  initial begin
    for (i = 0; i < 16; i = i + 1) begin a = i; #5 if ({check}) error = error + 1; end
    if (error == 0) $display("===========Your Design Passed===========");
    else $display("===========Error===========");
    $finish;
  end
endmodule
"""
TURNED = "module inverter(output [3:0] y, input [3:0] a);\nassign y = {};\nendmodule\n"
HALF = "a == 4'd3 ? 4'bx : ~a"


def bench(check: str, reference: str = "~a") -> dict[str, object]:
    found = {"top": "inverter", "bench": CHECKED.format(check=check), "bench_format": "rtllm"}
    source = TURNED.format(reference) if reference else ""
    return {**found, "source": source, "source_top": "inverter", "bench_files": ()}


@pytest.mark.parametrize("reference", ["~a", ""])
def test_undefined_outputs_do_not_pass_where_the_bench_does_not_see_them(
    judge: SimulationVerifier, reference: str
) -> None:
    changes = bench("y != (a ^ 15)", reference)
    assert check(judge, TURNED.format("~a"), **changes).status is Status.PASS
    for wrong in ("4'bx", "4'bz", HALF):
        verdict = check(judge, TURNED.format(wrong), **changes)
        assert verdict.status is Status.FAIL, verdict
        assert verdict.diagnostics[0].code == "undefined"


def test_what_is_put_around_a_candidate_is_never_held_against_it(judge: SimulationVerifier) -> None:
    changes = bench("y != (a ^ 15)", "")
    strict = "`default_nettype none\n" + TURNED.format("~a")
    assert check(judge, strict, **changes).status is Status.PASS
    named = "module inverter(output [3:0] inverter, input [3:0] a);\nassign inverter = ~a;\nendmodule\n"
    verdict = check(judge, named, **changes)
    assert verdict.status is Status.UNKNOWN
    assert verdict.diagnostics[0].message == "values of its undefined outputs could not be tried"


def test_undefined_outputs_may_pass_where_those_of_the_reference_do(judge: SimulationVerifier) -> None:
    changes = bench("y != (a ^ 15)", HALF)
    assert check(judge, TURNED.format(HALF), **changes).status is Status.PASS
    assert check(judge, TURNED.format("a"), **changes).status is Status.FAIL


def test_a_bench_that_passes_whatever_is_there_passes_nothing(judge: SimulationVerifier) -> None:
    empty = bench("0")
    empty["bench"] = str(empty["bench"]).replace(
        "integer i", 'reg [3:0] d [0:9]; initial $readmemh("d.txt", d); integer i'
    )
    for program in ("~a", "0"):
        verdict = check(judge, TURNED.format(program), **empty)
        assert verdict.status is Status.UNKNOWN
        said = "this bench passes a module that does nothing, and it reads d.txt, which is not there"
        assert verdict.diagnostics[0].message == said


def test_a_bench_finds_its_data(judge: SimulationVerifier) -> None:
    changes = bench("y !== d[i]")
    text = str(changes["bench"])
    changes["bench"] = text.replace(
        "integer i", 'reg [3:0] d [0:15]; initial $readmemh("d.txt", d); integer i'
    )
    changes["bench_files"] = (("d.txt", "\n".join(f"{15 - i:x}" for i in range(16))),)
    assert check(judge, TURNED.format("~a"), **changes).status is Status.PASS
    assert check(judge, TURNED.format("a"), **changes).status is Status.FAIL


def test_ports_in_another_order_are_the_candidate_s_fault(judge: SimulationVerifier) -> None:
    swapped = "module inverter(input [3:0] a, output [3:0] y);\nassign y = ~a;\nendmodule\n"
    verdict = check(judge, swapped, **bench("y !== (a ^ 15)"))
    assert verdict.status is Status.FAIL, verdict
    assert "does not fit the bench" in verdict.diagnostics[0].message
