"""Answers of any policy lose the hints that their proofs do not need."""

from proofsmith.agents.engine import Host, SearchSettings, solve
from proofsmith.agents.host import Forget
from proofsmith.agents.policies.dafny.minimise import shortened
from proofsmith.budget import Budget
from proofsmith.dafny_spec import DafnySpec
from proofsmith.protocols import NodeView
from proofsmith.types import Assurance, Candidate, Proposal, Proposals, Task
from proofsmith.verifiers.dafny.pool import DafnyPool
from proofsmith.verifiers.dafny.settings import DafnySettings
from proofsmith.verifiers.toolbox import Toolbox

TASK = """method Halve(n: nat) returns (h: nat)
  ensures h <= n
{
  h := 0;
  while 2 * h + 1 < n
  {
    h := h + 1;
  }
}
"""

ANSWER = """lemma Idle(x: nat)
  ensures x + 1 > x
{
}
method Halve(n: nat) returns (h: nat)
  ensures h <= n
{
  h := 0;
  while 2 * h + 1 < n
    invariant h <= n
    invariant 0 <= h
    invariant 2 * h <= n
  {
    Idle(h);
    h := h + 1;
    assert h > 0;
  }
}
"""


class Scripted:
    """Proposes one answer."""

    name = "scripted"

    def propose(self, task: Task, view: NodeView, budget: Budget) -> Proposals:
        return Proposals((Proposal(Candidate(ANSWER, "dafny"), policy=self.name),), exhausted=True)


def test_what_the_proof_does_not_need_goes(dafny_pool: DafnyPool) -> None:
    found, calls = shortened(DafnySpec(TASK), ANSWER, dafny_pool, 120.0)
    assert found is not None
    assert calls > 1
    assert "Idle" not in found.source
    assert "assert" not in found.source
    assert found.source.count("invariant") == 1
    again, _ = shortened(DafnySpec(TASK), found.source, dafny_pool, 120.0)
    assert again is None


def test_hints_in_bodies_that_an_answer_wrote_go_too(dafny_pool: DafnyPool) -> None:
    task = "method Same(n: nat) returns (h: nat)\n  ensures h == n\n"
    body = "{\n  h := n;\n  assert h >= 0;\n}\n"
    found, _ = shortened(DafnySpec(task), task + body, dafny_pool, 60.0)
    assert found is not None
    assert found.source == task + "{\n  h := n;\n}\n"


def test_the_answer_of_another_policy_is_shortened_and_judged_again(dafny_settings: DafnySettings) -> None:
    task = Task("t", "prove it", "dafny", DafnySpec(TASK), ("dafny",), assurance=Assurance.PROVED)
    with Toolbox(dafny_settings) as toolbox:
        host = Host(recorder=Forget(), toolbox=toolbox)
        solution = solve(task, SearchSettings(), Budget(seconds=240), host, policy=Scripted())
    assert solution.solved
    assert solution.candidate is not None
    assert solution.verdict is not None
    assert solution.verdict.assurance is Assurance.PROVED
    assert solution.candidate.source.count("invariant") == 1
    proposals = [node.proposal for node in solution.tree]
    assert [p.operator for p in proposals if p is not None] == ["", "shortened"]
