"""The policies: processes beside us that end on time, answers that the verifier proves."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from proofsmith.agents.engine import Host, SearchSettings, solve
from proofsmith.agents.host import Forget
from proofsmith.agents.policies.sygus.policy import Cvc5Policy, SygusEnumerator, SygusMix, SygusPolicy
from proofsmith.agents.table import POLICIES
from proofsmith.budget import Budget
from proofsmith.errors import ToolFailure
from proofsmith.logic_spec import SygusSpec
from proofsmith.protocols import NodeView
from proofsmith.tree import Node
from proofsmith.types import Assurance, Task
from proofsmith.verifiers.toolbox import Toolbox

ROOT = NodeView(Node(0, None), ())

HARD = """(set-logic BV)
(synth-fun f ((x (_ BitVec 64))) (_ BitVec 64)
  ((S (_ BitVec 64) (x #x0000000000000001 (bvadd S S) (bvand S S) (bvnot S) (bvlshr S S)))))
(declare-var x (_ BitVec 64))
(constraint (= (f x) (bvmul (bvmul x x) (bvurem x #x00000000000003e9))))
(check-synth)"""
"""No engine solves this in a test's time."""


def task_of(text: str) -> Task[SygusSpec]:
    return Task("t", "", "sygus", SygusSpec(text), ("smt",), Assurance.PROVED)


def running(policy: SygusPolicy) -> list[int]:
    """Ids of the policy's processes that are alive."""
    pids = [e.pid for e in policy._running]
    return [p for p in pids if Path(f"/proc/{p}").exists()]


@pytest.mark.parametrize("policy_class", [SygusEnumerator, Cvc5Policy, SygusMix])
def test_solves_through_the_whole_loop(
    policy_class: type[SygusPolicy], text_of: Callable[[str], str]
) -> None:
    policy = policy_class.create(())
    with Toolbox() as toolbox:
        task = task_of(text_of("largest_of_four"))
        solution = solve(task, SearchSettings(), Budget(seconds=60), Host(Forget(), toolbox), policy=policy)
    assert solution.solved
    assert solution.verdict is not None
    assert solution.verdict.accepts(Assurance.PROVED)
    assert running(policy) == []


def test_a_turn_and_the_budget_end_on_time(in_time: Any) -> None:
    policy = SygusMix.create(())
    with in_time(policy.settings.turn):
        answer = policy.propose(task_of(HARD), ROOT, Budget(seconds=60))
        assert not answer.items
        assert not answer.exhausted
    assert len(running(policy)) == 2
    with in_time(0.3):
        policy.propose(task_of(HARD), ROOT, Budget(seconds=0.3))
    policy.close()
    policy.close()
    assert running(policy) == []


def test_engines_end_by_themselves_at_the_deadline() -> None:
    policy = SygusPolicy("both", ("enumerator", "cvc5"))
    policy.propose(task_of(HARD), ROOT, Budget(seconds=1.0))
    deadline = time.monotonic() + 60
    while not all(e.ended for e in policy._running) and time.monotonic() < deadline:
        policy.propose(task_of(HARD), ROOT, Budget(seconds=0.2))
    assert running(policy) == []


def test_engines_die_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        "import sys, time\n"
        "from proofsmith.agents.policies.sygus.background import EngineProcess\n"
        "e = [EngineProcess(n, sys.argv[1], 300.0) for n in ('enumerator', 'cvc5')]\n"
        "[x.news() for x in e]\n"
        "time.sleep(1.5)\n"
        "print(*(x.pid for x in e), flush=True)\n"
        "time.sleep(300)\n"
    )
    parent = subprocess.Popen([sys.executable, "-P", str(script), HARD], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pids = [int(p) for p in parent.stdout.readline().split()]
    assert len(pids) == 2
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 60
    while any(_alive(p) for p in pids) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(_alive(p) for p in pids)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (ProcessLookupError, FileNotFoundError):
        return False


def test_says_that_no_program_exists(text_of: Callable[[str], str]) -> None:
    policy = SygusMix.create(())
    task = task_of(text_of("impossible_no_value_at_some_input"))
    deadline = time.monotonic() + 120
    thoughts = []
    while time.monotonic() < deadline:
        answer = policy.propose(task, ROOT, Budget(seconds=30))
        thoughts += [p.thought for p in answer.items if p.candidate is None]
        if answer.exhausted:
            break
    policy.close()
    assert policy.infeasible
    assert any("no program exists" in t.lower() for t in thoughts)


def test_the_last_resort_starts_when_the_others_have_ended(text_of: Callable[[str], str]) -> None:
    policy = SygusPolicy("late", (), ("infeasible",))
    task = task_of(text_of("impossible_no_value_at_some_input"))
    deadline = time.monotonic() + 120
    while not policy.infeasible and time.monotonic() < deadline:
        policy.propose(task, ROOT, Budget(seconds=30))
    policy.close()
    assert policy.infeasible


def test_other_nodes_and_other_languages_are_left_alone() -> None:
    policy = SygusMix.create(())
    view = NodeView(Node(1, 0), ())
    assert policy.propose(task_of(HARD), view, Budget(seconds=5)).exhausted
    assert running(policy) == []


def test_the_policies_are_found_by_name() -> None:
    names = {"sygus-mix": SygusMix, "sygus-enumerator": SygusEnumerator, "cvc5": Cvc5Policy}
    assert {n: POLICIES.get(n) for n in names} == names


def test_a_failing_engine_is_told_and_the_others_go_on(text_of: Callable[[str], str]) -> None:
    policy = SygusPolicy("odd", ("nonesuch", "enumerator"))
    found: list[str] = []
    deadline = time.monotonic() + 120
    while not any(f == "enumerate" for f in found) and time.monotonic() < deadline:
        answer = policy.propose(task_of(text_of("symmetric")), ROOT, Budget(seconds=30))
        found += [p.operator for p in answer.items]
    policy.close()
    assert "engine-failed" in found
    assert "enumerate" in found
    assert "nonesuch" in policy.failures


def test_when_every_engine_fails_that_is_an_error_of_ours() -> None:
    policy = SygusPolicy("odd", ("nonesuch",))
    deadline = time.monotonic() + 120
    while not policy.failures and time.monotonic() < deadline:
        policy.propose(task_of(HARD), ROOT, Budget(seconds=30))
    with pytest.raises(ToolFailure, match="nonesuch"):
        policy.propose(task_of(HARD), ROOT, Budget(seconds=30))
    policy.close()
