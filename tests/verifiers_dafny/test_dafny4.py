"""Dafny 4 behind the same interface, with a stand-in that prints what it prints."""

import json
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from proofsmith.budget import Budget
from proofsmith.dafny_spec import DafnySpec
from proofsmith.errors import ToolFailure
from proofsmith.types import Assurance, Candidate, Status, Task
from proofsmith.verifiers.dafny.pool import DafnyPool
from proofsmith.verifiers.dafny.report import Outcome
from proofsmith.verifiers.dafny.settings import DafnySettings
from proofsmith.verifiers.dafny.verifier import DafnyVerifier

STAND_IN = '''#!{python}
"""Answers as Dafny 4 does; which answer, the lines of the program say that hold "// stand-in:"."""
import json, re, sys, time
if sys.argv[1:] in (["/version"], ["--version"]):
    print("4.9.0+abcdef")
    sys.exit(0)
assert sys.argv[1] == "verify" and "--json-output" in sys.argv and "--allow-warnings" in sys.argv
file = sys.argv[-1]
text = open(file).read()
wrapped = "old style" not in text

def say(kind, value):
    print(json.dumps({{"type": kind, "value": value}} if wrapped else value)
          if kind == "diagnostic" or wrapped else value, flush=True)

def place(line, column):
    start = {{"pos": 0, "line": line, "character": column}}
    return {{"filename": file, "uri": "file:///" + file, "range": {{"start": start, "end": start}}}}

def error(line, column, message, related=()):
    words = {{"message": "Error: " + message}} if not wrapped else {{"defaultFormatMessage": message}}
    say("diagnostic", {{"location": place(line, column), "severity": 1, "source": "Verifier",
        "relatedInformation": [{{"location": place(*at), "message": m}} for at, m in related], **words}})

rows, wrong, late = [], 0, 0
if "// stand-in: crash" in text:
    print("Unhandled exception. System.NullReferenceException")
    sys.exit(134)
if "// stand-in: hang" in text:
    time.sleep(60)
if "// stand-in: usage" in text:
    print("'--json-output' was not matched.", file=sys.stderr)
    sys.exit(1)
for number, line in enumerate(text.splitlines(), 1):
    if "// stand-in: type error" in line:
        error(number, 4, "unresolved identifier: x")
        sys.exit(2)
    named = re.match(r"\\s*(?:method|lemma) (\\w+)", line)
    if named:
        name = named[1]
        rows.append([name + " (correctness)", "Passed", "00:00:00.1250000", "1000"])
    if "1 == 2" in line or "x > 2 {{}}" in line or "// stand-in: wrong" in line:
        error(number, line.index("1 == 2") if "1 == 2" in line else 2,
              "a postcondition could not be proved on this return path",
              [((2, 10), "this is the postcondition that could not be proved")])
        rows[-1][1], wrong = "Failed", wrong + 1
    if "// stand-in: late" in line:
        error(number, 0, "Verification of '" + name + " (correctness)' timed out after 30 seconds")
        rows[-1][1], late = "Failed", late + 1
table = next(a for a in sys.argv if a.startswith("csv;LogFileName=")).partition("=")[2]
with open(table, "w") as file_of_results:
    file_of_results.write("TestResult.DisplayName,TestResult.Outcome,TestResult.Duration,TestResult.ResourceCount\\n")
    file_of_results.writelines(",".join(row) + "\\n" for row in rows)
proved = sum(row[1] == "Passed" for row in rows) - ("// stand-in: fewer" in text)
more = f", {{late}} time out" if late else ""
errors = f"{{wrong}} error{{'' if wrong == 1 else 's'}}{{more}}"
say("status", f"\\nDafny program verifier finished with {{proved}} verified, {{errors}}\\n")
sys.exit(4 if wrong or late else 0)
'''
TASK = """method M(x: int) returns (y: int)
  ensures y > x
{
  y := x + 1;
}
"""
SOLUTION = TASK.replace("  y := x + 1;\n", "  y := x + 1;\n  assert y > x;\n")


@pytest.fixture
def pool(tmp_path: Path) -> DafnyPool:
    path = tmp_path / "dafny"
    path.write_text(STAND_IN.format(python=sys.executable), encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return DafnyPool(DafnySettings(dafny=str(path)))


def test_it_is_known_and_called_by_its_own_command_line(pool: DafnyPool) -> None:
    assert (pool.dafny.version, pool.dafny.major, pool.dafny.server) == ("4.9.0", 4, ())
    report = pool.verify(TASK, seconds=100)
    assert report.status == "verified"
    assert "verify --verification-time-limit 30" in report.command
    assert [(m.title, m.outcome, m.seconds) for m in report.methods] == [
        ("M (correctness)", Outcome.VERIFIED, 0.125)
    ]


@pytest.mark.parametrize("style", ["", "// old style\n"], ids=["wrapped", "plain"])
def test_errors_have_places(pool: DafnyPool, style: str) -> None:
    report = pool.verify(TASK.replace("x + 1;", "x; // stand-in: wrong") + style, seconds=100)
    assert report.status == "failed"
    (fault,) = report.faults
    assert (fault.line, fault.column) == (4, 2)
    assert fault.message == "a postcondition could not be proved on this return path"
    assert [(r.line, r.column) for r in fault.related] == [(2, 10)]


@pytest.mark.parametrize(
    ("mark", "status"),
    [("type error", "syntax"), ("late", "timeout"), ("fewer", "unknown")],
)
def test_what_is_no_proof_is_none(pool: DafnyPool, mark: str, status: str) -> None:
    report = pool.confirm(TASK + f"// stand-in: {mark}\n", expected=1, seconds=100)
    assert report.status == status


@pytest.mark.parametrize("mark", ["crash", "usage"])
def test_its_crashes_are_failures_of_ours(pool: DafnyPool, mark: str) -> None:
    with pytest.raises(ToolFailure):
        pool.verify(TASK + f"// stand-in: {mark}\n", seconds=100)


def test_it_is_stopped_on_time(pool: DafnyPool) -> None:
    report = pool.verify(TASK + "// stand-in: hang\n", seconds=1.0)
    assert report.status == "timeout"
    assert report.seconds < 30.0


def test_what_is_taken_on_trust_is_not_proved(pool: DafnyPool) -> None:
    trusting = TASK.replace("y := x + 1;", "assume {:axiom} false;")
    report = pool.confirm(trusting, seconds=100)
    assert report.status == "unknown"
    assert "trust" in report.note
    assert pool.confirm(trusting, seconds=20, strict=False).verified


def test_the_verifier_judges_with_it(pool: DafnyPool) -> None:
    verifier = DafnyVerifier(pool)
    task: Any = Task("t", "", "dafny", DafnySpec(TASK), ("dafny",), Assurance.PROVED)
    verdict = verifier.check(task, Candidate(SOLUTION, "dafny"), Budget(seconds=60))
    assert verdict.accepts(Assurance.PROVED), verdict
    assert verdict.tool is not None
    assert verdict.tool.version == "4.9.0"
    assert json.dumps(verdict.notes) == "[]"
    wrong = SOLUTION.replace("assert y > x;", "assert y > x; // stand-in: wrong")
    verdict = verifier.check(task, Candidate(wrong, "dafny"), Budget(seconds=60))
    assert verdict.status is Status.FAIL
    assert verdict.diagnostics[0].span is not None
    assert verdict.diagnostics[0].span.line == 5
