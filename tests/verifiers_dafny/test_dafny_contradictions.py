"""Programs that verify because something can never happen."""

import time

import pytest

from proofsmith.budget import Budget
from proofsmith.dafny_spec import DafnySpec
from proofsmith.types import Assurance, Candidate, Status, Task, Verdict
from proofsmith.verifiers.dafny.layout import layout_of
from proofsmith.verifiers.dafny.pool import DafnyPool
from proofsmith.verifiers.dafny.vacuity import PROBE, probed
from proofsmith.verifiers.dafny.verifier import DafnyVerifier

SOUND = """method Search(a: array<int>, x: int) returns (found: bool)
  ensures found ==> exists k :: 0 <= k < a.Length && a[k] == x
{
  var i := 0;
  while i < a.Length
    invariant i <= a.Length
  {
    if a[i] == x { return true; }
    if a[i] > 100 { break; }
    i := i + 1;
  }
  return false;
}

method Both(n: int) returns (r: int)
  ensures r == 1
{
  if n > 0 { return 1; } else { r := 1; return; }
}

method Apart(a: int, b: int)
{
  var x, y := a, b;
  while
    decreases if x > y then x - y else y - x
  {
    case x > y => x := x - 1;
    case y > x => y := y - 1;
  }
}

method Many(n: int) returns (r: int)
{
  if n == 1 { return 1; }
  if n == 2 { return 1; }
  if n == 3 { return 1; }
  if n == 4 { return 1; }
  if n == 5 { return 1; }
  if n == 6 { return 1; }
  while r < n { while r < n { r := r + 1; } }
}
"""
EMPTY = """method Never(n: nat) returns (r: nat)
{
  r := n;
  while r < n
    invariant r == n
    decreases n - r
  {
    r := r + 1;
  }
}

method Nobody(n: int)
  requires n > 3 && n < 2
{
  assert n == 7;
}

lemma Absurd(x: int)
  requires x < x
  ensures false
{
}
"""


def judged(verifier: DafnyVerifier, task: str, candidate: str) -> Verdict:
    one = Task("t", "Complete it.", "dafny", DafnySpec(task), ("dafny",), Assurance.PROVED)
    return verifier.check(one, Candidate(candidate, "dafny"), Budget(seconds=60))


@pytest.fixture(scope="module")
def verifier(dafny_pool: DafnyPool) -> DafnyVerifier:
    return DafnyVerifier(dafny_pool)


def test_every_end_of_a_sound_program_can_be_reached(verifier: DafnyVerifier) -> None:
    verdict = judged(verifier, SOUND, SOUND)
    assert verdict.status is Status.PASS
    assert not any("contradict" in note for note in verdict.notes)


def test_dead_methods_and_loops_are_noted(verifier: DafnyVerifier) -> None:
    verdict = judged(verifier, EMPTY, EMPTY)
    assert verdict.status is Status.PASS
    assert [note.partition(":")[0] for note in verdict.notes if "contradict" in note] == [
        "line 4",
        "line 12",
        "line 18",
    ]


def test_what_the_task_has_already_is_not_the_candidates_fault(verifier: DafnyVerifier) -> None:
    added = EMPTY.replace("    invariant r == n\n", "    invariant r == n\n    invariant n == r\n")
    assert judged(verifier, EMPTY, added).status is Status.PASS


def test_an_addition_that_makes_a_loop_impossible_is_refused(verifier: DafnyVerifier) -> None:
    task = """method M(n: nat, m: nat)
  requires m <= n
{
  var go, i := n < m, 0;
  while go && i < n
    decreases n - i
  {
    go, i := true, i + 1;
  }
}
"""
    verdict = judged(verifier, task, task.replace("    decreases", "    invariant !go\n    decreases"))
    assert (verdict.status, verdict.score) == (Status.FAIL, 0.0)
    assert [(d.code, d.span and d.span.line) for d in verdict.diagnostics] == [("contradiction", 5)]


def test_probes_change_nothing_else() -> None:
    layout = layout_of(SOUND)
    assert layout is not None
    probes = probed(layout)
    assert probes.source.replace(PROBE, "") == SOUND
    lines = probes.source.splitlines()
    for _, places in probes.regions:
        assert places
        for line, column in places:
            assert lines[line - 1][column:].startswith(PROBE)


def test_what_there_was_no_time_for_is_said_and_not_remembered(dafny_pool: DafnyPool) -> None:
    verifier = DafnyVerifier(dafny_pool)
    task = "method M(n: nat) {\n  assert n >= 0;\n}\n"
    added = task.replace("}", "  assert 1 < 2;\n}")
    late = verifier._beside(DafnySpec(task), Candidate(added, "dafny"), (), time.monotonic())
    assert any(note.startswith("not checked for contradictions") for note in late.notes)
    assert any("not counted" in note for note in late.notes)
    seen = verifier._beside(DafnySpec(task), Candidate(added, "dafny"), (), time.monotonic() + 60)
    assert seen.given is not None
    assert (seen.given.count, seen.notes) == (1, ())
