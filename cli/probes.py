"""A right and a wrong program for every verifier of ours: what ``proofsmith doctor`` tries."""

from __future__ import annotations

from dataclasses import dataclass

from proofsmith.dafny_spec import DafnySpec
from proofsmith.logic_spec import SygusSpec
from proofsmith.python_spec import (
    Call,
    Example,
    Outcome,
    Parameter,
    Property,
    PythonSpec,
    Signature,
    TestFile,
)
from proofsmith.types import Candidate, Task
from proofsmith.verilog_spec import VerilogSpec

RIGHT = Candidate("def double(x: int) -> int:\n    return x + x\n")
WRONG = Candidate("def double(x: int) -> int:\n    return x * x\n")
"""Right for 0 and 2, so that a verifier has to look further."""

_SIGNATURE = Signature("double", (Parameter("x", "int"),), "int")
_EXAMPLES = tuple(Example(Call((x,)), Outcome(2 * x)) for x in (0, 2, 3))
_TESTS = """from doubling import double


def test_small():
    assert double(2) == 4


def test_negative():
    assert double(-3) == -6
"""
_PROBLEM = """(set-logic LIA)
(synth-fun double ((x Int)) Int)
(declare-var x Int)
(constraint (= (- (double x) x) x))
(check-synth)
"""
_DOUBLE = "module double(input [3:0] x, output [4:0] y); assign y = {}; endmodule\n"
_BENCH = """module bench;
  reg [3:0] x;
  wire [4:0] y;
  integer i, error;
  double dut (.x(x), .y(y));
  initial begin
    error = 0;
    for (i = 0; i < 16; i = i + 1) begin
      x = i;
      #1 error = (y === 2 * i) ? error : error + 1;
    end
    if (error == 0) $display("===========Your Design Passed===========");
    else $display("===========Test completed with %d / 16 failures===========", error);
    $finish;
  end
endmodule
"""

_LOOP = """method Double(x: nat) returns (r: nat)
  ensures r == 2 * x
{{
  r := 0;
  var i := 0;
  while i < x
    {}
  {{
    i, r := i + 1, r + 2;
  }}
}}
"""


@dataclass(frozen=True)
class Probe:
    """A task, a program that a verifier must accept and one that it must reject."""

    task: Task
    right: Candidate
    wrong: Candidate


def _probe(verifier: str, spec: PythonSpec) -> Probe:
    task = Task(f"probe:{verifier}", "Double a number.", "python", spec, (verifier,))
    return Probe(task, RIGHT, WRONG)


PROBES = {
    "unit-tests": _probe("unit-tests", PythonSpec(_SIGNATURE, examples=_EXAMPLES)),
    "pytest": _probe("pytest", PythonSpec(_SIGNATURE, tests=(TestFile("test_it.py", _TESTS, "doubling"),))),
    "properties": _probe("properties", PythonSpec(_SIGNATURE, properties=(Property("result - x == x"),))),
    "smt": Probe(
        Task("probe:smt", "Double a number.", "sygus", SygusSpec(_PROBLEM), ("smt",)),
        Candidate("(define-fun double ((x Int)) Int (+ x x))", "sygus"),
        Candidate("(define-fun double ((x Int)) Int (ite (= x 2) (+ x 2) (+ x 3)))", "sygus"),
    ),
    "dafny": Probe(
        Task("probe:dafny", "Double a number.", "dafny", DafnySpec(_LOOP.format("")), ("dafny",)),
        Candidate(_LOOP.format("invariant i <= x && r == 2 * i"), "dafny"),
        Candidate(_LOOP.format("invariant i <= x && r >= 2 * i"), "dafny"),
    ),
    "iverilog": Probe(
        Task(
            "probe:iverilog",
            "Double a number.",
            "verilog",
            VerilogSpec("double", goal="implement", bench=_BENCH, bench_format="rtllm"),
            ("iverilog",),
        ),
        Candidate(_DOUBLE.format("x + x"), "verilog"),
        Candidate(_DOUBLE.format("x * x"), "verilog"),
    ),
    "yosys": Probe(
        Task(
            "probe:yosys",
            "Double a number.",
            "verilog",
            VerilogSpec("double", _DOUBLE.format("x + x")),
            ("yosys",),
        ),
        Candidate(_DOUBLE.format("{x, 1'b0}"), "verilog"),
        Candidate(_DOUBLE.format("x ? {x, 1'b0} : 2"), "verilog"),
    ),
}
"""By registry name of the verifier."""
