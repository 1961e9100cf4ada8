"""The warm servers and the cold call, on the real Dafny."""

from proofsmith.verifiers.dafny.pool import DafnyPool
from proofsmith.verifiers.dafny.report import Outcome

TRIANGLE = """function triangle(n: nat): nat { if n == 0 then 0 else n + triangle(n - 1) }

method Triangle(n: nat) returns (s: nat)
  ensures s == triangle(n)
{
  s := 0;
  var i := 0;
  while i < n
    invariant 0 <= i <= n
    invariant s == triangle(i)
  {
    i := i + 1;
    s := s + i;
  }
}
"""
WEAK = TRIANGLE.replace("0 <= i <= n", "0 <= i < n")
SECONDS = 60.0


def test_a_right_program_is_verified_warm_and_cold(dafny_pool: DafnyPool) -> None:
    warm = dafny_pool.verify(TRIANGLE, seconds=SECONDS)
    assert warm.status == "verified"
    assert [m.title for m in warm.methods] == ["triangle", "Triangle"]
    assert all(m.obligations > 0 and m.outcome is Outcome.VERIFIED for m in warm.methods)
    assert warm.version.startswith("2.3")
    assert "/verifySnapshots:0" in warm.command
    cold = dafny_pool.confirm(TRIANGLE, expected=2, seconds=SECONDS)
    assert cold.status == "verified"
    assert [(m.name, m.obligations) for m in cold.methods] == [(m.name, m.obligations) for m in warm.methods]


def test_too_few_proofs_are_no_success(dafny_pool: DafnyPool) -> None:
    cold = dafny_pool.confirm(TRIANGLE, expected=3, seconds=SECONDS)
    assert cold.status == "unknown"
    assert "only 2 proofs" in cold.note


def test_errors_have_places_and_codes(dafny_pool: DafnyPool) -> None:
    report = dafny_pool.verify(WEAK, seconds=SECONDS)
    assert report.status == "failed"
    assert [(f.line, f.code) for f in report.faults] == [(9, "BP5004"), (9, "BP5005")]
    column = WEAK.splitlines()[8].index("0 <= i < n") + len("0 <= i ")
    assert report.faults[0].column == column
    assert [m.outcome for m in report.methods] == [Outcome.VERIFIED, Outcome.FAILED]
    assert report.methods[1].faults == report.faults
    assert 0 < report.score < 1


def test_a_postcondition_is_named_with_its_place(dafny_pool: DafnyPool) -> None:
    source = "method M(x: int) returns (y: int)\n  ensures y > x\n{\n  y := x;\n}\n"
    fault = dafny_pool.verify(source, seconds=SECONDS).faults[0]
    assert fault.code == "BP5003"
    assert [(r.line, r.column) for r in fault.related] == [(2, 12)]


def test_syntax_and_type_errors_have_line_and_column(dafny_pool: DafnyPool) -> None:
    for source, place in (
        ("method M()\n{\n  var x := ;\n}\n", (3, 11)),
        ("method M() {\n  x := 3;\n}\n", (2, 2)),
    ):
        for report in (
            dafny_pool.verify(source, seconds=SECONDS),
            dafny_pool.confirm(source, seconds=SECONDS),
        ):
            assert report.status == "syntax"
            assert (report.faults[0].line, report.faults[0].column) == place
