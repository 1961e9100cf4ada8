"""What a user sees of Dafny: verify, doctor --fix, the answer in the file and as a diff."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from proofsmith.cli import doctor, verify
from proofsmith.cli.dafny import mend
from proofsmith.cli.delivering import fill_in_place
from proofsmith.cli.diff import difference
from proofsmith.cli.options import VerifyOptions
from proofsmith.environments.load import load
from proofsmith.errors import BadInput, ToolFailure, ToolMissing
from proofsmith.types import Candidate
from proofsmith.verifiers.dafny.fetch_z3 import fetch_z3
from proofsmith.verifiers.dafny.settings import DafnySettings
from proofsmith.verifiers.dafny.tools import private_z3
from proofsmith.verifiers.toolbox import Toolbox

TASK = """method Thrice(b: nat) returns (p: nat)
  ensures p == 3 * b
{
  p := 0;
  var i := 0;
  while i < b
  {
    p := p + 3;
    i := i + 1;
  }
}
"""
LOOP = "  while i < b\n"
SOLUTION = TASK.replace(LOOP, LOOP + "    invariant i <= b\n    invariant p == 3 * i\n")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dafny_settings: DafnySettings) -> Path:
    (tmp_path / "task.dfy").write_text(TASK)
    (tmp_path / "done.dfy").write_text(SOLUTION)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PROOFSMITH_DAFNY_Z3", dafny_settings.dafny_z3 or "")
    return tmp_path


def test_verify_shows_verdict_methods_and_places(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify.run(VerifyOptions("dafny:.")) == 1
    lines = [line for line in capsys.readouterr().out.splitlines() if not line.startswith("    note:")]
    assert [line for line in lines if not line.startswith(" ")] == [
        "done.dfy: PASS, PROVED",
        "task.dfy: FAIL",
    ]
    told = lines[lines.index("task.dfy: FAIL") + 1 :]
    assert "dafny 2.3" in told[0]
    assert told[1].startswith("    Thrice: FAIL (")
    assert told[2].startswith("    line 6, column 3: A postcondition might not hold")


def test_verify_against_the_original(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "done.dfy").write_bytes(b"\xef\xbb\xbf" + SOLUTION.replace("\n", "\r\n").encode())
    assert verify.run(VerifyOptions("done.dfy", against="task.dfy", json=True)) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["accepted"]
    assert result["verdict"]["parts"][0]["name"] == "Thrice"
    (folder / "cheat.dfy").write_text(SOLUTION.replace("ensures p == 3 * b", "ensures true"))
    assert verify.run(VerifyOptions("cheat.dfy", against="task.dfy")) == 1
    out = capsys.readouterr().out
    assert "FAIL" in out
    assert "line 2, column" in out


def test_verify_of_bad_input_says_where(folder: Path) -> None:
    (folder / "broken.dfy").write_text("method M()\n{\n  var x := ;\n}\n")
    with pytest.raises(BadInput, match=r"broken.dfy:3: column 12"):
        verify.run(VerifyOptions("broken.dfy"))
    (folder / "outside.dfy").write_text('include "../secret.dfy"\nmethod M() { }\n')
    with pytest.raises(BadInput, match=r"outside.dfy:1: .*outside the folder"):
        verify.run(VerifyOptions("outside.dfy"))
    with pytest.raises(BadInput, match="no such file"):
        verify.run(VerifyOptions("nothing.dfy"))


def test_verify_without_dafny_says_what_to_install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROOFSMITH_DAFNY", "no-such-dafny")
    with pytest.raises(ToolMissing, match="apt-get install dafny"):
        verify.run(VerifyOptions("done.dfy"))


def test_a_file_of_five_thousand_lines(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = "function twice{0}(x: int): int\n{{\n  x + x\n}}\n\n// {0}\n"
    text = SOLUTION + "".join(one.format(i) + "\n" * 14 for i in range(250))
    assert text.count("\n") >= 5000
    (folder / "long.dfy").write_text(text)
    assert verify.run(VerifyOptions("long.dfy", time=200.0)) == 0
    assert capsys.readouterr().out.startswith("long.dfy: PASS, PROVED\n")


def test_the_answer_goes_into_the_file_and_is_shown_as_a_diff(folder: Path) -> None:
    (task,) = load("task.dfy")
    answer = Candidate(SOLUTION, "dafny")
    shown = difference(task, answer) or ""
    assert shown.startswith("--- task.dfy\n")
    assert [line for line in shown.splitlines()[2:] if line[0] in "+-"] == [
        "+    invariant i <= b",
        "+    invariant p == 3 * i",
    ]
    fill_in_place(task, answer)
    assert (folder / "task.dfy").read_text() == SOLUTION
    with pytest.raises(BadInput, match="has changed since the search began"):
        fill_in_place(task, answer)


def test_doctor_names_the_remedy_for_a_missing_dafny() -> None:
    with Toolbox(DafnySettings(dafny="no-such-dafny")) as toolbox:
        for finding in (doctor._mend(toolbox), doctor._verifier("dafny", toolbox)):
            assert finding.state == "warning"
            assert "apt-get install dafny" in finding.remedy


def test_there_is_nothing_to_fetch_if_the_settings_name_a_z3(dafny_settings: DafnySettings) -> None:
    with Toolbox(dafny_settings) as toolbox:
        assert mend(toolbox) == f"the settings name {dafny_settings.dafny_z3}"


def test_a_z3_that_is_there_is_not_fetched_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dafny_settings: DafnySettings
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    private_z3().parent.mkdir(parents=True)
    private_z3().write_text("#!/bin/sh\necho Z3 version 4.8.5 - 64 bit\n")
    private_z3().chmod(0o755)
    with Toolbox(replace(dafny_settings, dafny_z3=None)) as toolbox:
        assert mend(toolbox) == f"Z3 4.8.5 is there: {private_z3()}"


def test_the_fetched_z3_has_its_checksum_beside_it(dafny_z3: str) -> None:
    assert shutil.which(dafny_z3)
    if Path(dafny_z3).parent.name == "z3-for-dafny":  # it was fetched
        assert (Path(dafny_z3).parent / "SHA256").read_text().count("z3_solver-4.8.5.0") == 1
    assert private_z3().parts[-3:] == ("tools", "z3-4.8.5", "z3")


def test_a_z3_that_cannot_be_fetched_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setenv("PIP_RETRIES", "0")
    with pytest.raises(ToolFailure, match="pip cannot download z3-solver"):
        fetch_z3(tmp_path / "z3")
    assert list((tmp_path / "z3").iterdir()) == []
