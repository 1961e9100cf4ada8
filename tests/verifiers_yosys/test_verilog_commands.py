"""The commands on Verilog, as a user types them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ADDS = """module acc(input clk, input rst, input [7:0] d, output reg [7:0] q);
  always @(posedge clk)
    if (rst) q <= 0;
    else q <= q + d;
endmodule
"""


@pytest.fixture
def folder(tmp_path: Path, iverilog: str) -> Path:
    (tmp_path / "a.v").write_text(ADDS)
    (tmp_path / "same.v").write_text(ADDS.replace("q + d", "d + q"))
    (tmp_path / "wrong.v").write_text(ADDS.replace("q + d", "q - d"))
    (tmp_path / "broken.v").write_text(ADDS.replace("q + d", "q +"))
    return tmp_path


def proofsmith(folder: Path, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "XDG_DATA_HOME": str(folder / "data"), **variables}
    command = [sys.executable, "-m", "proofsmith.cli.main", *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=200, check=False
    )


def test_equal_designs(folder: Path) -> None:
    done = proofsmith(folder, "verify", "same.v", "--against", "a.v")
    assert done.returncode == 0, done.stderr
    assert "PASS, PROVED" in done.stdout


def test_a_difference_is_a_trace_and_a_waveform(folder: Path) -> None:
    done = proofsmith(folder, "verify", "wrong.v", "--against", "a.v", "--vcd", "w.vcd", "--depth", "5")
    assert done.returncode == 1, done.stderr
    shown = done.stdout.partition("counterexample:")[2]
    assert "cycle 0" in shown
    assert "expected q = " in shown
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "$enddefinitions" in (folder / "w.vcd").read_text()
    line = proofsmith(folder, "verify", "wrong.v", "--against", "a.v", "--json").stdout
    assert json.loads(line)["verdict"]["counterexample"]["inputs"]


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["verify", "a.v", "--against", "broken.v"], ["broken.v:4", "syntax error"]),
        (["verify", "a.v", "--against", "none.v"], ["none.v"]),
        (["verify", "a.v", "--against", "a.v", "--top", "other"], ["no module other"]),
        (["solve", "a.v"], ["a.v", "--optimize"]),
        (["solve", "a.v", "--optimize", "beauty"], ["beauty", "area"]),
        (["solve", "broken.v", "--optimize", "area"], ["broken.v:4", "syntax error"]),
        (["solve", "a.v", "--lib", "x.lib"], ["--optimize"]),
        (["solve", "a.v", "--optimize", "area", "--lib", "none.lib"], ["none.lib"]),
    ],
)
def test_bad_input_is_one_line(folder: Path, arguments: list[str], parts: list[str]) -> None:
    done = proofsmith(folder, *arguments)
    assert done.returncode == 2, done.stderr
    lines = [line for line in done.stderr.splitlines() if "warning" not in line]
    assert len(lines) == 1, done.stderr
    assert all(part in lines[0] for part in parts), lines
    assert not done.stdout


def test_a_missing_tool_is_named_with_its_remedy(folder: Path) -> None:
    done = proofsmith(folder, "verify", "same.v", "--against", "a.v", PROOFSMITH_YOSYS="no-such-yosys")
    assert done.returncode == 3
    assert "no-such-yosys is not installed" in done.stderr
    assert "install" in done.stderr


def test_designs_may_include_files_of_their_folders(folder: Path) -> None:
    (folder / "deep").mkdir()
    (folder / "deep" / "width.vh").write_text("`define TOP 7\n")
    including = '`include "width.vh"\n' + ADDS.replace("[7:0]", "[`TOP:0]")
    (folder / "deep" / "a.v").write_text(including)
    assert proofsmith(folder, "verify", "deep/a.v", "--against", "a.v").returncode == 0
    assert proofsmith(folder, "verify", "a.v", "--against", "deep/a.v").returncode == 0
    (folder / "b.v").write_text(including)
    (folder / "width.vh").write_text("`define TOP 3\n")
    done = proofsmith(folder, "verify", "b.v", "--against", "deep/a.v")
    assert done.returncode == 2
    assert "not the same" in done.stderr
