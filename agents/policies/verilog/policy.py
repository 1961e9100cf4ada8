"""The Verilog policy: rewriting a design step by step, or writing a module from its specification.

For a design to be optimised every node of the tree is a whole file. Below it stand the texts that one
rule more makes of it, the most promising first; the search decides by the metrics measured where to go
on. The first node is the original itself, so that what is measured later has something to be compared
with, and so that a design which nothing improves is its own answer.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from proofsmith.agents.policies.verilog.cost import estimate
from proofsmith.agents.policies.verilog.dead import tidied
from proofsmith.agents.policies.verilog.gains import Gains
from proofsmith.agents.policies.verilog.resynthesis import resynthesised
from proofsmith.agents.policies.verilog.rewrite import Design, Rewrite, Rule
from proofsmith.agents.policies.verilog.table import effect_of, rules_for
from proofsmith.budget import Budget, Spend
from proofsmith.errors import BadInput
from proofsmith.protocols import NodeView
from proofsmith.types import Candidate, Proposal, Proposals, Task
from proofsmith.verifiers.toolbox import Toolbox
from proofsmith.verifiers.yosys.pool import YosysPool
from proofsmith.verilog.reading import read_modules
from proofsmith.verilog_spec import VerilogSpec

ORIGINAL = "original"
"""Operator of the proposal that is the design as it was given."""


MAX_TEXT = 120_000
"""Longest text that is rewritten, in characters; a netlist is not for people."""
MAX_ESTIMATED = 20_000
"""Longest text whose rewrites are estimated one by one; those of longer ones are ranked by rule alone."""
MAX_REWRITES = 500
"""Most rewrites of one text."""
MAX_OF_RULE = 200
"""Most rewrites of one rule and module."""
_MEMORY_SECONDS = 1.0
_MOST_SECONDS = 5.0
"""What one call may take for finding rewrites."""


@dataclass(frozen=True)
class _Ranked:
    """A rewrite of a design, and how promising it looks."""

    design: Design
    rewrite: Rewrite
    weight: float


class VerilogPolicy:
    """Rewrites designs; deterministic. Texts that were proposed anywhere before are not proposed again."""

    name = "verilog"

    def __init__(self, earlier: Mapping[str, Sequence[float]] | None = None) -> None:
        self._pool: YosysPool | None = None
        self._gains = Gains(earlier)
        self._searched: set[int] = set()
        self._waiting: dict[int, list[_Ranked]] = {}
        self._seen: set[str] = set()
        self._task: str | None = None

    @classmethod
    def create(cls, memory: Sequence[tuple[Task, Candidate]]) -> VerilogPolicy:
        """Return the policy, which orders rules by what they gained in `memory`, too."""
        return cls(remembered(memory))

    def attach(self, toolbox: Toolbox) -> None:
        """Use the Yosys processes of `toolbox`, for rewriting the netlist."""
        self._pool = toolbox.shared(YosysPool.create)

    def propose(self, task: Task, view: NodeView, budget: Budget) -> Proposals:
        """See `Policy.propose`."""
        started = time.monotonic()
        spec = task.spec
        if not isinstance(spec, VerilogSpec):
            return Proposals(exhausted=True)
        if self._task != task.id:
            self._task = task.id
            self._seen.clear()
            self._waiting.clear()
            self._searched.clear()
        if spec.goal != "optimize":
            items, exhausted = self._written(spec, view)
        elif view.node.proposal is None:
            items, exhausted = self._original(spec), True
        else:
            items, exhausted = self._rewritten(spec, view, budget.seconds)
        return Proposals(tuple(items), exhausted, Spend(seconds=time.monotonic() - started))

    def _original(self, spec: VerilogSpec) -> list[Proposal]:
        thought = "The design as it is, for comparison."
        self._seen.add(_digest(spec.source))
        candidate = Candidate(spec.source, "verilog")
        return [Proposal(candidate, thought=thought, operator=ORIGINAL, policy=self.name)]

    def _rewritten(
        self, spec: VerilogSpec, view: NodeView, seconds: float | None
    ) -> tuple[list[Proposal], bool]:
        """The next best rewrites of a node's text."""
        node = view.node
        for earlier in (*view.path, *view.children, *view.siblings):  # a resumed run has proposed these
            if earlier.proposal is not None and earlier.proposal.candidate is not None:
                self._seen.add(_digest(earlier.proposal.candidate.source))
        if node.id not in self._waiting:
            candidate = None if node.proposal is None else node.proposal.candidate
            source = "" if candidate is None else candidate.source
            self._waiting[node.id] = ranked(source, spec, _share(seconds))
        waiting = self._waiting[node.id]
        if self._pool is not None and node.id not in self._searched and (view.children or not waiting):
            self._searched.add(node.id)  # the first children come without the second or two that this takes
            rule = resynthesised(self._pool, spec.objective, _share(seconds))
            candidate = None if node.proposal is None else node.proposal.candidate
            source = "" if candidate is None else candidate.source
            waiting += ranked(source, spec, _share(seconds), (rule,))
        self._gains.learn(view, spec.objective)
        waiting.sort(key=lambda r: -r.weight * self._gains.factor(r.rewrite.rule))
        items: list[Proposal] = []
        while waiting and len(items) < view.width:
            best = waiting.pop(0)
            source = tidied(best.rewrite.source, best.design)
            digest = _digest(source)
            if digest in self._seen:
                continue
            self._seen.add(digest)
            items.append(
                Proposal(
                    Candidate(source, "verilog"),
                    prior=best.weight * self._gains.factor(best.rewrite.rule),
                    thought=best.rewrite.thought,
                    operator=best.rewrite.rule,
                    policy=self.name,
                )
            )
        searched = self._pool is None or node.id in self._searched
        return items, not waiting and searched

    def _written(self, spec: VerilogSpec, view: NodeView) -> tuple[list[Proposal], bool]:
        """Modules written from a specification that can be read mechanically."""
        from proofsmith.agents.policies.verilog.writing import write_modules

        if view.node.id != 0 or view.children:
            return [], True
        items = [
            Proposal(Candidate(text, "verilog"), thought=thought, operator=operator, policy=self.name)
            for text, operator, thought in write_modules(spec)
        ]
        return items[: view.width], True


def remembered(memory: Sequence[tuple[Task, Candidate]]) -> dict[str, list[float]]:
    """Return what each rule gained where one step made an accepted design of a task's original.

    Steps are not kept with programs, so the rules are applied again to the originals, within a
    second in all; the gain is by the estimate of the first module.
    """
    accepted: dict[tuple[str, str], set[str]] = {}
    for task, candidate in memory:
        spec = task.spec
        if isinstance(spec, VerilogSpec) and spec.goal == "optimize":
            accepted.setdefault((spec.source, spec.objective), set()).add(_digest(candidate.source))
    deadline = time.monotonic() + _MEMORY_SECONDS
    found: dict[str, list[float]] = {}
    for (source, objective), digests in accepted.items():
        left = deadline - time.monotonic()
        if left <= 0:
            break
        for r in ranked(source, VerilogSpec("", source, objective=objective), left):
            if _digest(tidied(r.rewrite.source, r.design)) in digests:
                before = _price(r.design, objective)
                after = _price_of(r.rewrite, r.design, objective)
                found.setdefault(r.rewrite.rule, []).append((before - after) / (before + 1))
    return found


def _share(seconds: float | None) -> float:
    return _MOST_SECONDS if seconds is None else min(seconds / 4, _MOST_SECONDS)


def ranked(
    source: str, spec: VerilogSpec, seconds: float = 60.0, rules: Sequence[Rule] | None = None
) -> list[_Ranked]:
    """Return the rewrites of every module in `source`, the most promising first; none if it cannot be read.

    A rewrite is worth its rule's weight for the objective, times how much less its module costs by a
    rough estimate. What is not found within `seconds` is left out, which a large text only meets.
    """
    deadline = time.monotonic() + seconds
    if len(source) > MAX_TEXT:
        return []
    try:
        modules = read_modules(source)
    except BadInput:
        return []
    found: dict[str, _Ranked] = {}
    for module in modules:
        design = Design(source, module)
        try:
            before = _price(design, spec.objective)
            for rewrite in _all(design, rules_for(design) if rules is None else rules):
                if time.monotonic() > deadline or len(found) >= MAX_REWRITES:
                    break
                digest = _digest(rewrite.source)
                if digest not in found:
                    after = _price_of(rewrite, design, spec.objective)
                    weight = rewrite.weight * effect_of(rewrite.rule, spec.objective)
                    found[digest] = _Ranked(design, rewrite, weight * ((before + 1) / (after + 1)) ** 2)
        except RecursionError:  # an expression of a thousand operators: what was found before it counts
            continue
    return sorted(found.values(), key=lambda r: -r.weight)


def _price_of(rewrite: Rewrite, design: Design, objective: str) -> float:
    """The price of the one module that was changed."""
    if len(rewrite.source) >= MAX_ESTIMATED:
        return 0.0
    start, end = design.module.at
    text = rewrite.source[start : len(rewrite.source) - (len(design.source) - end)]
    try:
        alone = rewrite.source.endswith(design.source[end:]) and rewrite.source.startswith(
            design.source[:start]
        )
        changed = text if alone else rewrite.source
        return _price(Design.of(changed, design.module.name), objective)
    except BadInput:  # last in the order; the verifier will say what is wrong with it
        return math.inf


def _price(design: Design, objective: str) -> float:
    return estimate(design, objective) if len(design.source) < MAX_ESTIMATED else 0.0


def _all(design: Design, rules: Sequence[Rule]) -> Iterator[Rewrite]:
    for rule in rules:
        yield from islice(rule(design), MAX_OF_RULE)


def _digest(text: str) -> str:
    return hashlib.sha256(" ".join(text.split()).encode("utf-8", "surrogatepass")).hexdigest()
