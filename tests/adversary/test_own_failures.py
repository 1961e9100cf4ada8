"""What fails on our side is an error of ours, and never the candidate's failure."""

import tempfile

import pytest

from proofsmith.agents.judge import Judge
from proofsmith.budget import Budget, Meter
from proofsmith.errors import ToolFailure
from proofsmith.types import Assurance, Candidate, Status, Task
from proofsmith.verifiers.simulation.verifier import SimulationVerifier
from proofsmith.verifiers.toolbox import Toolbox
from proofsmith.verifiers.yosys.netlist import read_netlist
from proofsmith.verilog_spec import VerilogSpec

DESIGN = "module m(input a, output y); assign y = a; endmodule\n"
BENCH = 'module tb; reg a = 0; wire y; m d(a, y); initial $display("Mismatches: 0 in 1 samples"); endmodule\n'


@pytest.mark.usefixtures("iverilog")
def test_a_place_for_files_that_is_missing_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = VerilogSpec("m", goal="implement", bench=BENCH, bench_format="verilog-eval")
    task = Task("t", "", "verilog", spec, ("iverilog",), Assurance.TESTED)
    with Toolbox() as toolbox:
        judge = Judge([SimulationVerifier.create(toolbox)], Meter(Budget(seconds=20)))
        monkeypatch.setattr(tempfile, "tempdir", "/nowhere/at/all")
        broken = judge.first(task, Candidate(DESIGN, "verilog"))
        monkeypatch.undo()
        assert judge.first(task, Candidate(DESIGN, "verilog")).status is Status.PASS
    assert broken.status is Status.ERROR
    assert "/nowhere/at/all" in broken.diagnostics[0].message


def test_a_netlist_that_was_cut_off_is_a_failure_of_ours() -> None:
    with pytest.raises(ToolFailure, match="disk full"):
        read_netlist('{"modules": {"m": {"ports": {', "m")
