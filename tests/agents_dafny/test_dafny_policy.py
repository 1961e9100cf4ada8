"""The policy with the real Dafny: programs of ours that lack annotations or bodies."""

from typing import Any

import pytest

from proofsmith.agents.engine import Host, SearchSettings, Solution, solve
from proofsmith.agents.host import Forget
from proofsmith.agents.policies.dafny.houdini import shrink
from proofsmith.agents.policies.dafny.minimise import minimise
from proofsmith.agents.policies.dafny.prover import Prover, asking
from proofsmith.agents.policies.dafny.weave import Addition, weave
from proofsmith.agents.policies.dafny.weights import learnt
from proofsmith.budget import Budget
from proofsmith.dafny_spec import DafnySpec
from proofsmith.types import Assurance, Candidate, Task
from proofsmith.verifiers.dafny.pool import DafnyPool
from proofsmith.verifiers.dafny.settings import DafnySettings
from proofsmith.verifiers.toolbox import Toolbox


@pytest.fixture(scope="module")
def toolbox(dafny_settings: DafnySettings):
    with Toolbox(dafny_settings) as tools:
        yield tools


def task_of(text: str) -> Task[DafnySpec]:
    spec = DafnySpec(text)
    return Task("t", "prove it", "dafny", spec, ("dafny",), assurance=Assurance.PROVED)


def solved(text: str, toolbox: Toolbox, seconds: float = 120.0) -> Solution:
    host = Host(recorder=Forget(), toolbox=toolbox)
    return solve(task_of(text), SearchSettings(policy="dafny"), Budget(seconds=seconds), host)


SUM = """
function Total(s: seq<int>): int
{
  if |s| == 0 then 0 else Total(s[..|s| - 1]) + s[|s| - 1]
}
method SumAll(s: seq<int>) returns (t: int)
  ensures t == Total(s)
{
  var i := 0;
  t := 0;
  while i < |s|
  {
    t := t + s[i];
    i := i + 1;
  }
}
"""

LOWEST = """
method Lowest(a: array<int>) returns (at: nat)
  requires a.Length > 0
  ensures at < a.Length
  ensures forall k :: 0 <= k < a.Length ==> a[at] <= a[k]
{
  at := 0;
  var n := 1;
  while n != a.Length
  {
    if a[n] < a[at] { at := n; }
    n := n + 1;
  }
}
"""

COUNT = """
function Upto(s: seq<int>, i: nat): int
{
  if i >= |s| then 0 else s[i] + Upto(s, i + 1)
}
"""

BODY = """
method Clamp(x: int, low: int, high: int) returns (r: int)
  requires low <= high
  ensures low <= r <= high
  ensures low <= x <= high ==> r == x
"""


@pytest.mark.parametrize("text", [SUM, LOWEST, COUNT], ids=["sum", "lowest", "recursion"])
def test_missing_annotations_are_found(text: str, toolbox: Toolbox) -> None:
    solution = solved(text, toolbox)
    assert solution.solved
    assert solution.candidate is not None
    assert solution.verdict is not None
    assert solution.verdict.assurance is Assurance.PROVED


def test_a_missing_body_is_written(toolbox: Toolbox) -> None:
    solution = solved(BODY, toolbox)
    assert solution.solved
    assert solution.candidate is not None
    assert "r := " in solution.candidate.source


def test_what_is_false_stays_unsolved_and_ends_on_time(toolbox: Toolbox, in_time: Any) -> None:
    text = LOWEST.replace("a[at] <= a[k]", "a[at] < a[k]")
    with in_time(20.0):
        solution = solved(text, toolbox, seconds=20.0)
        assert not solution.solved


def additions() -> list[Addition]:
    offset = LOWEST.index("{\n    if a[n]")
    texts = [
        "n <= a.Length",
        "0 <= n",
        "at < n",
        "n < a.Length",  # not after the last step
        "forall k :: 0 <= k < n ==> a[at] <= a[k]",
        "at == 0",  # not kept by the loop
    ]
    return [
        Addition(offset, f"invariant {t}", "test", "Lowest", rank=k, promise=1.0 + k)
        for k, t in enumerate(texts)
    ]


def prover(pool: DafnyPool) -> Prover:
    return Prover(asking(pool, strict=True), limit=60.0)


def test_houdini_keeps_the_largest_set_that_stands(dafny_pool: DafnyPool) -> None:
    standing = shrink(LOWEST, additions(), prover(dafny_pool), lambda: False)
    assert standing.settled
    assert standing.answer is not None
    assert standing.answer.proved
    assert {a.text for a in standing.dropped} == {"invariant n < a.Length", "invariant at == 0"}


def test_nothing_can_be_taken_from_a_minimal_answer(dafny_pool: DafnyPool) -> None:
    asked = prover(dafny_pool)
    good = [a for a in additions() if a.text not in ("invariant n < a.Length", "invariant at == 0")]
    kept, least = minimise(LOWEST, good, asked, lambda: False)
    assert least
    assert asked.ask(weave(LOWEST, kept).text).proved
    for out in kept:
        assert not asked.ask(weave(LOWEST, [a for a in kept if a is not out]).text).proved


def test_weights_follow_what_solutions_used() -> None:
    answer = LOWEST.replace(
        "  {\n    if a[n]",
        "    invariant forall k :: 0 <= k < n ==> a[at] <= a[k]\n    invariant n <= 3\n  {\n    if a[n]",
    )
    memory = [(task_of(LOWEST), Candidate(answer, "dafny"))] * 9
    memory += [(task_of(LOWEST), Candidate(answer.replace("    invariant n <= 3\n", ""), "dafny"))] * 9
    weights = learnt(memory)
    assert weights["forall"] > 1 > weights["bounds"]
    assert learnt([]) == {}
