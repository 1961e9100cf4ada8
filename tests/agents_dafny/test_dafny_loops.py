"""Loops of several shapes, annotated by the policy with the real Dafny: programs of ours without hints."""

import pytest

from proofsmith.agents.engine import Host, SearchSettings, solve
from proofsmith.agents.host import Forget
from proofsmith.budget import Budget
from proofsmith.dafny_spec import DafnySpec
from proofsmith.types import Assurance, Task
from proofsmith.verifiers.dafny.settings import DafnySettings
from proofsmith.verifiers.toolbox import Toolbox


@pytest.fixture(scope="module")
def toolbox(dafny_settings: DafnySettings):
    with Toolbox(dafny_settings) as tools:
        yield tools


BISECT = """
predicate Ordered(a: array<int>) reads a
{
  forall i, j :: 0 <= i < j < a.Length ==> a[i] <= a[j]
}
method Bisect(a: array<int>, wanted: int) returns (at: int)
  requires Ordered(a)
  ensures 0 <= at ==> at < a.Length && a[at] == wanted
  ensures at == -1 ==> forall k :: 0 <= k < a.Length ==> a[k] != wanted
{
  var from, last, half := 0, a.Length - 1, 0;
  while from <= last
  {
    half := (from + last) / 2;
    if a[half] < wanted { from := half + 1; }
    else if wanted < a[half] { last := half - 1; }
    else { return half; }
  }
  return -1;
}
"""

PAIR = """
method Pair(s: seq<int>, gap: int) returns (low: int, high: int)
  requires exists i, j :: 0 <= i < j < |s| && s[j] - s[i] == gap
  ensures 0 <= low < high < |s| && s[high] - s[low] == gap
{
  var i := 0;
  while i < |s|
  {
    var j := i + 1;
    while j < |s|
    {
      if s[j] - s[i] == gap { return i, j; }
      j := j + 1;
    }
    i := i + 1;
  }
}
"""


RAISE = """
function Power(x: nat, y: nat): nat
{
  if y == 0 then 1 else x * Power(x, y - 1)
}
method Raise(x: nat, y: nat) returns (r: nat)
  ensures r == Power(x, y)
{
  r := 1;
  var left := y;
  while left > 0
  {
    r := r * x;
    left := left - 1;
  }
}
"""


@pytest.mark.parametrize("text", [BISECT, PAIR, RAISE], ids=["bisect", "pair", "raise"])
def test_invariants_are_found(text: str, toolbox: Toolbox) -> None:
    task = Task("t", "prove it", "dafny", DafnySpec(text), ("dafny",), assurance=Assurance.PROVED)
    host = Host(recorder=Forget(), toolbox=toolbox)
    solution = solve(task, SearchSettings(policy="dafny"), Budget(seconds=60), host)
    assert solution.solved
    assert solution.verdict is not None
    assert solution.verdict.assurance is Assurance.PROVED
