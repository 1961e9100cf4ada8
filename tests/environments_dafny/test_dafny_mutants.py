"""Wrong programs never verify: changed ones are refused, and what is proved is what was asked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from proofsmith.budget import Budget
from proofsmith.dafny.guards import check_additions
from proofsmith.dafny.hints import without_hints
from proofsmith.dafny.mutation import INVARIANT, Mutant, mutants
from proofsmith.dafny.parser import parse
from proofsmith.dafny_spec import DafnySpec
from proofsmith.types import Assurance, Candidate, Status, Task, Verdict
from proofsmith.verifiers.dafny.settings import DafnySettings
from proofsmith.verifiers.dafny.verifier import DafnyVerifier
from proofsmith.verifiers.toolbox import Toolbox

POWER = """function Power(b: int, e: nat): int {
  if e == 0 then 1 else b * Power(b, e - 1)
}

method Raise(b: int, e: nat) returns (p: int)
  ensures p == Power(b, e)
{
  p := 1;
  var k := 0;
  while k < e
    invariant 0 <= k <= e
    invariant p == Power(b, k)
  {
    k := k + 1;
    p := b * p;
  }
}
"""
FILL = """method Fill(a: array<int>, v: int)
  modifies a
  ensures forall k :: 0 <= k < a.Length ==> a[k] == v
{
  var i := 0;
  while i != a.Length
    invariant 0 <= i <= a.Length
    invariant forall k :: 0 <= k < i ==> a[k] == v
  {
    a[i] := v;
    i := i + 1;
  }
}
"""
FIND = """method Find(s: seq<int>, x: int) returns (at: int)
  ensures -1 <= at < |s|
  ensures at >= 0 ==> s[at] == x
  ensures at == -1 ==> x !in s
{
  at := 0;
  while at < |s|
    invariant 0 <= at <= |s|
    invariant x !in s[..at]
  {
    if s[at] == x { return; }
    at := at + 1;
  }
  at := -1;
}
"""
PROGRAMS = {"power": POWER, "fill": FILL, "find": FIND}


@pytest.fixture(scope="module")
def verifier(dafny_settings: DafnySettings) -> Iterator[DafnyVerifier]:
    with Toolbox(dafny_settings) as toolbox:
        yield DafnyVerifier.create(toolbox)


def judge(verifier: DafnyVerifier, source: str, candidate: str) -> Verdict:
    task = Task("mutants", "", "dafny", DafnySpec(source), ("dafny",), Assurance.PROVED)
    return verifier.check(task, Candidate(candidate, "dafny"), Budget(seconds=60))


def running(name: str) -> list[Mutant]:
    return [m for m in mutants(parse(PROGRAMS[name])) if m.kind != INVARIANT]


@pytest.mark.parametrize("name", PROGRAMS)
def test_no_mutant_of_what_runs_passes_for_the_task(name: str) -> None:
    task = without_hints(parse(PROGRAMS[name]))
    found = running(name)
    assert len(found) > 4
    for mutant in found:
        assert check_additions(task, mutant.text) is not None


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_mutant_taken_for_the_task_itself_does_not_verify(verifier: DafnyVerifier, name: str) -> None:
    source = PROGRAMS[name]
    first = judge(verifier, source, source)
    assert (first.status, first.assurance) == (Status.PASS, Assurance.PROVED), first.diagnostics
    for mutant in running(name)[1::4]:
        assert judge(verifier, mutant.text, mutant.text).status is not Status.PASS, mutant


def test_weaker_invariants_pass_only_if_the_program_is_still_proved(verifier: DafnyVerifier) -> None:
    task = without_hints(parse(FILL))
    assert judge(verifier, task, FILL).status is Status.PASS
    weakened = [m for m in mutants(parse(FILL)) if m.kind == INVARIANT]
    for mutant in weakened[:2]:
        verdict = judge(verifier, task, mutant.text)
        alone = judge(verifier, mutant.text, mutant.text)
        assert verdict.status is alone.status, mutant
    dropped = next(m for m in weakened if "a[k] == v" in m.change)
    assert judge(verifier, task, dropped.text).status is not Status.PASS
