"""One run: the steps of the search loop, and the state that they share.

The steps are wired into a graph by `proofsmith.agents.graph`. Everything that happens is an event:
it goes to the recorder and into the tree, in this order, so the tree of a run can be rebuilt from
its record alone and a stopped run goes on from there.
"""

from __future__ import annotations

import math
import random
import threading
import time
from collections.abc import Sequence
from dataclasses import replace

from proofsmith import revision
from proofsmith.agents import critic
from proofsmith.agents.ambiguity import find_ambiguity, remark_on
from proofsmith.agents.building import agent_pairs, build_critic, build_policy
from proofsmith.agents.host import Host, Solution
from proofsmith.agents.judge import Judge
from proofsmith.agents.ledger import RunLedger
from proofsmith.agents.models.types import ModelError
from proofsmith.agents.policies.model.policy import take_remarks
from proofsmith.agents.reviewing import Reviewer
from proofsmith.agents.settings import SearchSettings
from proofsmith.agents.shortening import SHORTENED, shorter
from proofsmith.agents.table import STRATEGIES
from proofsmith.budget import Budget, Meter, Spend
from proofsmith.errors import BadInput
from proofsmith.events import (
    BackedUp,
    Event,
    ExampleLearnt,
    Expanded,
    NodeAdded,
    NodeJudged,
    NodeMerged,
    Remark,
    RunFinished,
    RunResumed,
    RunStarted,
    Spent,
)
from proofsmith.protocols import NodeView, Policy
from proofsmith.python_spec import PythonSpec
from proofsmith.tree import Tree
from proofsmith.types import Candidate, Status, Task, Verdict
from proofsmith.verifiers.table import VERIFIERS

_MAX_ERRORS = 5
"""So many failures of ours in a row end the run: something is broken, not the candidates."""


class Run:
    """One run: the tree, what it may still use, and the steps of the loop.

    Steps hand over node ids only; `drive` keeps those in the graph's state.
    """

    def __init__(
        self,
        task: Task,
        settings: SearchSettings,
        budget: Budget,
        host: Host,
        policy: Policy | None,
        resume: Tree | None,
    ) -> None:
        if not task.verifiers:
            raise BadInput(f"task {task.id} names no verifier", path=task.origin.path or None)
        self.base, self.settings, self.host, self.budget = task, settings, host, budget
        self.strategy = STRATEGIES.get(settings.strategy)()
        self._emitting = threading.RLock()
        self.resumed = resume is not None
        self.tree = resume or Tree()
        began = time.monotonic() if host.began is None else host.began
        self.meter = Meter(budget, spent=_spent(self.tree), began=began)
        self.ledger = RunLedger(self.meter, self.emit)
        self.models = self.ledger.bill(host.models, host.stop)
        self.policy = policy or build_policy(settings.policy, task, self.models, host)
        model_critic = build_critic(self.models, host)
        self.reviewer = (
            None
            if model_critic is None
            else Reviewer(model_critic, self.tree, self.meter, self.emit, self._view)
        )
        self.judge = Judge([VERIFIERS.get(v).create(host.toolbox) for v in task.verifiers], self.meter)
        self._by_hash: dict[str, int] = {}
        self._by_behaviour: dict[str, int] = {}
        for node in self.tree:
            self._index(node.id)
        self._pending = [
            n.id for n in self.tree if self._candidate(n.id) and not n.verdict and n.merged_into is None
        ]
        self._reported = began
        self._errors = 0
        self._last_error = ""

    @property
    def task(self) -> Task:
        """The task with every example learnt so far."""
        spec = self.base.spec
        if not self.tree.evidence or not isinstance(spec, PythonSpec):
            return self.base
        return self.base.with_spec(replace(spec, examples=(*spec.examples, *self.tree.evidence)))

    def emit(self, *events: Event) -> None:
        """Record events, then take them into the tree. Thread-safe: models are asked in parallel."""
        with self._emitting:
            self.host.recorder.record_all(events)
            for event in events:
                self.tree.apply(event)

    def open(self) -> None:
        """Record that the run starts, or goes on."""
        if self.resumed:
            self.emit(RunResumed(self.budget))
            return
        s = self.settings
        policy, pairs = self.policy.name, (*s.as_pairs(), *agent_pairs(self.models, self.host.toolbox))
        code = revision.running()
        made_by = (code.version, pairs, code.commit, code.dirty)
        self.emit(RunStarted(self.base, s.strategy, policy, s.seed, self.budget, *made_by))

    # -- the steps ---------------------------------------------------------------------------

    def pending(self) -> list[int]:
        """Return the programs that a stopped run left without a verdict; empty the second time."""
        pending, self._pending = self._pending, []
        return pending

    def select(self) -> int | None:
        """Return the node to expand next, or ``None`` when there is nothing left to expand."""
        return self.strategy.select(self.tree, random.Random(f"{self.settings.seed}/{self.tree.rounds}"))

    def expand(self, node: int) -> list[int]:
        """Ask the policy for proposals below `node`; return the ids of the new nodes."""
        self.ledger.at = node
        try:
            answer = self.policy.propose(self.base, self._view(node), self.meter.remaining())
        except ModelError as error:
            self.ledger.end(error)
            return []
        items = answer.items[: self.settings.width]
        if self.budget.candidates is not None:
            left = self.budget.candidates - self.meter.spent.candidates
            programs = [p for p in items if p.candidate is not None]
            if len(programs) > left:
                items = tuple(p for p in items if p.candidate is None or p in programs[:left])
        made = sum(1 for p in items if p.candidate is not None)
        self.meter.charge(replace(answer.spend, candidates=made))
        total = sum(p.prior for p in items) or 1.0
        first = len(self.tree)
        added = [NodeAdded(first + i, node, p, p.prior / total) for i, p in enumerate(items)]
        remarks = [Remark(text, "models") for text in take_remarks(self.policy)]
        self.emit(*added, Expanded(node, answer.exhausted), *remarks)
        return [event.node for event in added]

    def verify(self, nodes: Sequence[int]) -> list[int]:
        """Judge new candidates, merging those that behave like one judged before.

        Returns the nodes that were judged or merged, and thoughts; the rest were left when the
        budget ended.
        """
        done = []
        for node in nodes:
            candidate = self._candidate(node)
            if candidate is None:
                done.append(node)
                continue
            if not self.meter.may_verify() or self.host.stop():
                break
            self._judge(node, candidate)
            done.append(node)
        return done

    def critique(self, nodes: Sequence[int]) -> None:
        """Learn from counterexamples, and settle which of several solutions is meant."""
        if self.reviewer is not None and not self.host.stop():
            self.reviewer.review(self.task, nodes, self._work_at)
        spec = self.task.spec
        known = {e.call.key for e in spec.examples} if isinstance(spec, PythonSpec) else set()
        for node in nodes:
            verdict = self.tree[node].verdict
            if verdict is None or self.tree[node].merged_into is not None:
                continue
            example = critic.lesson(verdict, known)
            if example is not None:
                known.add(example.call.key)
                self.emit(ExampleLearnt(example, node))
        accepted = [n for n in nodes if self._accepted(n)]
        if isinstance(spec, PythonSpec):
            self._settle(accepted)
        elif accepted and self.meter.may_verify():
            self._shorten(accepted[0])

    def backup(self, parent: int, nodes: Sequence[int]) -> None:
        """Back up the reward of every judged node; an expansion that gave nothing counts as 0."""
        for node in nodes:
            value = self._reward(node)
            if value is not None:
                self._back_up(node, value)
        if not nodes and self.ended() is None:
            self._back_up(parent, 0.0)
        self._report_time()

    def ended(self) -> str | None:
        """Return why the run is over, or ``None`` while it should go on."""
        if self.base.objective is None and self.solution() is not None:
            return "solved"
        if self._errors >= _MAX_ERRORS:
            return f"failed: {self._last_error}"
        limit = self.meter.exhausted()
        if limit is not None:
            return "solved" if self.solution() is not None else f"budget: {limit}"
        return "interrupted" if self.host.stop() else self.ledger.ended_by

    # -- what the steps are made of ----------------------------------------------------------

    def solution(self) -> int | None:
        """Return the best node that the task accepts, by its objective if it has one."""
        accepted = [n for n in self.tree.passed if self._accepted(n)]
        if not accepted:
            return None
        if self.base.objective is None:
            return next((n for n in accepted if self._operator(n) == SHORTENED), accepted[0])
        return min(accepted, key=lambda n: (self._measure(n), n))

    def finish(self, reason: str) -> Solution:
        """Record how the run ended and return it."""
        if reason.startswith(("exhausted", "budget: ")) and self.solution() is not None:
            reason = "solved"
        solved = self.solution()
        best = solved if solved is not None else self.tree.best
        self._report_time(final=True)
        spent = self.meter.spent
        self.emit(RunFinished(reason, best, spent))
        node = None if best is None else self.tree[best]
        return Solution(
            solved=solved is not None,
            reason=reason,
            node=best,
            candidate=None if best is None else self._candidate(best),
            verdict=None if node is None else node.verdict,
            spent=spent,
            tree=self.tree,
        )

    def abandon(self, error: BaseException) -> None:
        """Record, if that is still possible, that an exception ended the run."""
        reason = "interrupted" if isinstance(error, KeyboardInterrupt) else f"failed: {error}"
        try:
            self._report_time(final=True)
            self.emit(RunFinished(reason, self.tree.best, self.meter.spent))
        except Exception:  # the store may be what failed; the first error is the one to report
            return

    def _view(self, node: int) -> NodeView:
        tree = self.tree
        parent = tree[node].parent
        siblings = [] if parent is None else [tree[c] for c in tree.children(parent)[-32:] if c != node]
        return NodeView(
            node=tree[node],
            path=tree.path(node),
            children=tuple(tree[c] for c in tree.children(node)[-32:]),
            siblings=tuple(siblings),
            evidence=tuple(tree.evidence),
            seed=random.Random(f"{self.settings.seed}:{tree.rounds}").getrandbits(48),
            width=self.settings.width,
        )

    def _work_at(self, node: int) -> None:
        self.ledger.at = node

    def _candidate(self, node: int) -> Candidate | None:
        proposal = self.tree[node].proposal
        return None if proposal is None else proposal.candidate

    def _judge(self, node: int, candidate: Candidate, merge: bool = True) -> None:
        task = self.task
        twin = self._by_hash.get(candidate.hash) if merge else None
        if twin is not None:
            self.emit(NodeMerged(node, twin))
            return
        first = self.judge.first(task, candidate)
        twin = self._by_behaviour.get(first.behaviour or "") if merge else None
        if twin is not None and self.tree[twin].verdict is not None:
            self.emit(NodeMerged(node, twin))
            return
        verdicts = self.judge.rest(task, candidate, first)
        verdict = self.judge.decide(verdicts)
        self.emit(NodeJudged(node, verdict, verdicts, critic.feedback(verdict)))
        self._index(node)
        self._count_errors(verdict)

    def _index(self, node: int) -> None:
        """Remember a judged node, so that later candidates like it are merged into it.

        Candidates are merged by behaviour only into a FAIL: its outputs on the inputs tried show
        that it is wrong, and so is every program with the same outputs. A counterexample that is
        no example yet changes those inputs first, and with them the digest.
        """
        n = self.tree[node]
        candidate = self._candidate(node)
        if candidate is None or n.verdict is None or n.merged_into is not None:
            return
        if n.verdict.status in (Status.PASS, Status.FAIL):
            self._by_hash.setdefault(candidate.hash, node)
        first = n.verdicts[0] if n.verdicts else n.verdict
        if first.status is Status.FAIL and first.behaviour is not None:
            self._by_behaviour.setdefault(first.behaviour, node)

    def _settle(self, solutions: list[int]) -> None:
        """Say where solutions differ; where somebody answers, keep those that agree and go on asking."""
        while len(solutions) > 1 and self.meter.may_verify():
            programs = [p for p in map(self._candidate, solutions) if p is not None]
            seed = self.settings.seed
            found = find_ambiguity(self.task, programs, self.meter.remaining(), self.host.toolbox, seed)
            if found is None:
                return
            self.emit(remark_on(found, solutions))
            example = None if self.host.ask is None else self.host.ask(found)
            if example is None:
                return
            self.emit(ExampleLearnt(example))
            for node, program in zip(solutions, programs, strict=True):
                self._judge(node, program, merge=False)
            solutions = [n for n in solutions if self._accepted(n)]

    def _shorten(self, node: int) -> None:
        """Add and judge what is left of an accepted program without what its proof does not need."""
        passed = self.tree[node].proposal
        assert passed is not None
        proposal, spend = shorter(self.base, passed, self.meter.remaining(), self.host.toolbox)
        self.meter.charge(spend)
        if proposal is not None and proposal.candidate is not None:
            fresh = len(self.tree)
            self.emit(NodeAdded(fresh, node, proposal, 1.0))
            self.verify([fresh])

    def _operator(self, node: int) -> str:
        proposal = self.tree[node].proposal
        return "" if proposal is None else proposal.operator

    def _accepted(self, node: int) -> bool:
        n = self.tree[node]
        return n.merged_into is None and n.verdict is not None and n.verdict.accepts(self.base.assurance)

    def _measure(self, node: int) -> float:
        """What the task's objective is at an accepted node: the length of its text, or a verdict's metric."""
        candidate, verdict, objective = self._candidate(node), self.tree[node].verdict, self.base.objective
        if candidate is None or verdict is None:
            return math.inf
        if objective == "length":
            return float(len(candidate.source))
        measured = dict(verdict.metrics)
        if objective not in measured:
            known = ", ".join(["length", *measured])
            raise BadInput(f"unknown objective {objective!r}", hint=f"known: {known}")
        return measured[objective]

    def _reward(self, node: int) -> float | None:
        """What to back up for a judged node: its verdict's score or, with an objective, what it is worth."""
        verdict = self.tree[node].verdict
        if verdict is None or self.base.objective is None:
            return None if verdict is None else critic.reward(verdict)
        first = next((n for n in self.tree.passed if self._accepted(n)), None)
        if first is None or verdict.status is not Status.PASS:
            return critic.objective_reward(verdict, math.inf, 1.0)
        return critic.objective_reward(verdict, self._measure(node), self._measure(first))

    def _back_up(self, node: int, value: float) -> None:
        self.emit(BackedUp(node, value, self.strategy.backup(self.tree, node, value)))

    def _count_errors(self, verdict: Verdict) -> None:
        if verdict.status is not Status.ERROR:
            self._errors = 0
            return
        self._errors += 1
        self._last_error = verdict.diagnostics[0].message if verdict.diagnostics else verdict.verifier
        self.emit(Remark(f"{verdict.verifier} could not judge: {self._last_error}", "error"))

    def _report_time(self, final: bool = False) -> None:
        """Keep the time used so far, twice a second and at the end."""
        now = time.monotonic()
        if final or now - self._reported >= 0.5:
            self.emit(Spent(Spend(seconds=now - self._reported)))
            self._reported = now


def _spent(tree: Tree) -> Spend:
    """What earlier sittings of a run used. Counts come from the tree itself, so none is lost."""
    candidates = sum(1 for n in tree if n.proposal is not None and n.proposal.candidate is not None)
    calls = sum(len(n.verdicts) for n in tree)
    return replace(tree.spent, candidates=candidates, verifier_calls=calls)
