from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import pytest

from proofsmith.agents.policies.symbolic.policy import SymbolicPolicy
from proofsmith.budget import Budget
from proofsmith.protocols import NodeView
from proofsmith.python_spec import Call, Example, Outcome, Parameter, PythonSpec, Signature
from proofsmith.tree import Node
from proofsmith.types import Proposal, Task

PLENTY = 10_000.0
"""Seconds that no test takes."""
Cases = Sequence[tuple[Sequence[Any], Any]]


def example(arguments: Sequence[Any], result: Any) -> Example:
    return Example(Call(tuple(arguments)), Outcome(result))


def make_task(name: str, parameters: str, returns: str | None, cases: Cases, statement: str = "") -> Task:
    pairs = [p.partition(":")[::2] for p in parameters.split(", ")]
    signature = Signature(name, tuple(Parameter(n, a.strip() or None) for n, a in pairs), returns)
    spec = PythonSpec(signature, statement, tuple(example(a, r) for a, r in cases))
    return Task(name, statement, "python", spec, ("unit-tests",))


def outcome_of(task: Task, source: str, arguments: Sequence[Any]) -> Any:
    """Run a proposed program; it is made of our own operators."""
    scope: dict[str, Any] = {}
    exec(compile(source, "<candidate>", "exec"), scope)
    return scope[task.spec.signature.name](*arguments)


def fits(task: Task, source: str) -> bool:
    try:
        got = [outcome_of(task, source, e.call.args) for e in task.spec.examples]
    except Exception:
        return False
    return all(Outcome(g).meets(e.expected, e.strict) for g, e in zip(got, task.spec.examples, strict=True))


class Search:
    """Asks a policy like a strategy would: schemes in turn, weighted by their priors."""

    def __init__(self, policy: SymbolicPolicy | None = None, turns: int = 60) -> None:
        self.policy = policy or SymbolicPolicy()
        self.turns = turns
        self.claimed: list[Proposal] = []

    def run(
        self, task: Task, evidence: tuple[Example, ...] = (), seconds: float | None = None
    ) -> Proposal | None:
        """Return the first proposal that meets every example and all evidence.

        Without `seconds` the budget shrinks with the turns, so that no outcome depends on the machine.
        """
        end = None if seconds is None else time.monotonic() + seconds
        seconds = PLENTY if seconds is None else seconds
        root = Node(0, None)
        view = NodeView(root, (root,), evidence=evidence)
        plans = self.policy.propose(task, view, Budget(seconds=seconds)).items
        turns = [0] * len(plans)
        open_ = set(range(len(plans)))
        for turn in range(self.turns):
            left = PLENTY * (1 - turn / self.turns) if end is None else end - time.monotonic()
            if not open_ or left <= 0.3:
                break
            k = max(open_, key=lambda i: plans[i].prior / (1 + turns[i]))
            turns[k] += 1
            node = Node(k + 1, 0, plans[k])
            view = NodeView(node, (root, node), evidence=evidence)
            answer = self.policy.propose(task, view, Budget(seconds=left))
            if answer.exhausted:
                open_.discard(k)
            for item in answer.items:
                if item.thought.startswith("Meets all"):
                    self.claimed.append(item)
                assert item.candidate is not None
                if fits(task, item.candidate.source):
                    return item
        return None


class Lab:
    """What the tests of this folder work with."""

    Search = Search
    task = staticmethod(make_task)
    example = staticmethod(example)
    fits = staticmethod(fits)
    call = staticmethod(outcome_of)

    def solve(self, task: Task, **options: Any) -> str:
        """Return the source of the first program that fits; fail if there is none."""
        found = Search().run(task, **options)
        assert found is not None, f"{task.id} was not solved"
        assert found.candidate is not None
        return found.candidate.source


@pytest.fixture
def lab() -> Lab:
    return Lab()
