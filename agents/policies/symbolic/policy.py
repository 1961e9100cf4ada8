"""The symbolic policy: schemes as thoughts, enumeration below them, edits below programs."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from proofsmith.agents.policies.symbolic.problem import Problem, build
from proofsmith.agents.policies.symbolic.program import Program
from proofsmith.agents.policies.symbolic.rank import margin, order
from proofsmith.agents.policies.symbolic.repair import edits, worth_repairing
from proofsmith.agents.policies.symbolic.schemes.base import Stop
from proofsmith.agents.policies.symbolic.schemes.table import Line, lines_for
from proofsmith.agents.policies.symbolic.weights import learnt
from proofsmith.agents.policies.symbolic.workspace import Workspace
from proofsmith.agents.policies.symbolic.write import source_of
from proofsmith.budget import Budget, Spend
from proofsmith.protocols import NodeView
from proofsmith.types import Candidate, Proposal, Proposals, Task

ENOUGH = 5
"""Examples from which on an edited program that meets all of them is more than a coincidence."""
FAIRNESS = 0.7
"""A line with less than this share of the turns due to it gets one along with another's."""
MAX_REPAIRS = 3
"""Depth of the tree below which no more edits are made (a thought, its program, one edit)."""
RESERVE = 0.25
"""Seconds kept back for writing down what was found before the budget ends."""

SURE = 5.0
"""Bits of margin with which a program is proposed one turn after it was found."""
LATE = 0.15
"""Last share of the budget, in which nothing waits any longer."""
PATIENCE = 2.0
"""Turns that a program waits for each bit that it falls short of that."""


@dataclass(frozen=True)
class SymbolicSettings:
    """How the symbolic policy searches.

    Attributes:
        evaluations: programs evaluated in a scheme's first turn; each later turn takes more, up to
            six times as many.
        capacity: distinct behaviours kept per enumerator.
        trust: bits by which a program must be surer than a fit by chance to be proposed.
        last_resort: the same, once the budget is nearly used or there is nothing else to find.
    """

    evaluations: int = 6_000
    capacity: int = 60_000
    trust: float = 2.5
    last_resort: float = 2.5


class _Session:
    """What the policy knows about one task with one set of examples."""

    def __init__(
        self,
        problem: Problem,
        settings: SymbolicSettings,
        weights: Mapping[str, int] | None = None,
        stop: Stop = bool,
    ) -> None:
        self.problem = problem
        self.workspace = Workspace(problem, weights, settings.capacity)
        self.workspace.stop = stop
        self.lines: dict[str, Line] = {line.name: line for line in lines_for(self.workspace)}
        self.planned = 0
        self.found: list[Program] = []
        self.proposed: set[str] = set()
        self.shown: set[tuple[str, ...]] = set()
        self.turns = 0
        self.first_fit = 0

    def turn(self, line: Line, evaluations: int, stop: Stop) -> list[Program]:
        """Let a line search on; keep what fits."""
        self.turns += 1
        new = line.turn(evaluations, stop)
        fits = [p for p in new if p.mask == self.problem.goal.full]
        if fits and not self.found:
            self.first_fit = self.turns
        self.found += fits
        return new

    def neglected(self, line: Line) -> Line | None:
        """Return the line that has had far fewer turns than `line`, measured by their priors."""
        others = [x for x in self.lines.values() if not x.exhausted and x is not line]
        least = min(others, key=lambda x: x.turns / x.prior, default=None)
        if least is None or least.turns / least.prior >= FAIRNESS * line.turns / line.prior:
            return None
        return least


class SymbolicPolicy:
    """Proposes Python programs by typed, weighted enumeration. Deterministic; needs no model.

    At the root it proposes schemes, as thoughts. Below a thought each call searches on for a slice that is
    counted in evaluated programs, and returns what fits all examples, or a better partial program.
    """

    name = "symbolic"

    def __init__(
        self,
        memory: Sequence[tuple[Task, Candidate]] = (),
        settings: SymbolicSettings = SymbolicSettings(),
    ) -> None:
        self.settings = settings
        self._weights = learnt(memory)
        self._edits: dict[str, list[tuple[str, str]]] = {}
        self._sessions: dict[tuple[str, int], _Session | None] = {}
        self._first_budget: float | None = None

    @classmethod
    def create(cls, memory: Sequence[tuple[Task, Candidate]]) -> SymbolicPolicy:
        """Return a policy that learns its weights from the verified programs in `memory`."""
        return cls(memory)

    def propose(self, task: Task, view: NodeView, budget: Budget) -> Proposals:
        """See `Policy.propose`."""
        started = time.monotonic()
        if self._first_budget is None and budget.seconds is not None:
            self._first_budget = budget.seconds
        session = self._session(task, view, _clock(started, budget.seconds))
        if session is None:
            return Proposals(exhausted=True)
        if view.node.id == 0:
            return self._plans(session, view.width)
        if view.node.is_thought and view.node.proposal is not None:
            return self._search(task, session, view, budget, started)
        if view.node.proposal is not None and view.node.proposal.candidate is not None:
            if session.problem.goal.size < ENOUGH:
                return Proposals(exhausted=True)
            return self._repair(task, view, view.node.proposal.candidate, started)
        return Proposals(exhausted=True)

    def _repair(self, task: Task, view: NodeView, candidate: Candidate, started: float) -> Proposals:
        """Single edits of a program that meets most of the examples, a few at a time."""
        if not worth_repairing(view.node.verdict) or view.node.depth > MAX_REPAIRS:
            return Proposals(exhausted=True)
        known = self._edits.get(candidate.hash)
        if known is None:
            known = self._edits[candidate.hash] = edits(candidate.source, task.spec.signature.name, view.seed)
        batch, rest = known[: view.width], known[view.width :]
        self._edits[candidate.hash] = rest
        items = tuple(
            Proposal(Candidate(text), 1.0, f"The same, but: {name}.", f"edit:{name}", self.name)
            for name, text in batch
        )
        return Proposals(items, not rest, Spend(seconds=time.monotonic() - started))

    def _session(self, task: Task, view: NodeView, stop: Stop) -> _Session | None:
        key = (task.id, len(view.evidence))
        if key not in self._sessions:
            self._sessions.clear()
            problem = build(task, view.evidence)
            session = None if problem is None else _Session(problem, self.settings, self._weights, stop)
            self._sessions[key] = session
        return self._sessions[key]

    def _plans(self, session: _Session, width: int) -> Proposals:
        lines = list(session.lines.values())
        start = session.planned
        session.planned += width
        items = tuple(
            Proposal(None, x.prior, x.thought, f"plan:{x.name}", self.name)
            for x in lines[start : start + width]
        )
        return Proposals(items, exhausted=session.planned >= len(lines))

    def _search(
        self, task: Task, session: _Session, view: NodeView, budget: Budget, started: float
    ) -> Proposals:
        operator = "" if view.node.proposal is None else view.node.proposal.operator
        line = session.lines.get(operator.removeprefix("plan:"))
        if line is None:
            return Proposals(exhausted=True)
        stop = _clock(started, budget.seconds)
        session.workspace.stop = stop
        full = session.problem.goal.full
        new = session.turn(line, self.settings.evaluations, stop)
        if any(p.mask == full for p in new) and not stop():
            new += session.turn(line, self.settings.evaluations, stop)  # is there a better one?
        other = session.neglected(line)
        if other is not None and not stop():
            session.turn(other, self.settings.evaluations, stop)
        left = None if budget.seconds is None else budget.seconds - (time.monotonic() - started)
        late = left is not None and self._first_budget is not None and left < LATE * self._first_budget
        late = late or all(x.exhausted for x in session.lines.values())
        chosen = self._choose(session, view.width, late)
        if not chosen:
            chosen = [p for p in new if p.mask != full][-1:]
        items = []
        for program in chosen:
            source = source_of(task.spec.signature, program)
            if source not in session.proposed:
                session.proposed.add(source)
                items.append(self._proposal(session, program, source))
        spend = Spend(seconds=time.monotonic() - started)
        return Proposals(tuple(items), exhausted=line.exhausted and not items, spend=spend)

    def _choose(self, session: _Session, width: int, late: bool) -> list[Program]:
        """Fitting programs of all schemes worth proposing now, best first, behaviourally different.

        The surer the best of them is, the sooner; a doubtful one waits for better ones to turn up.
        """
        rated = order(session.workspace, [p for p in session.found if p.body not in session.shown])
        if not rated:
            return []
        best = rated[0][0]
        waited = session.turns - session.first_fit
        least = self.settings.last_resort if late else self.settings.trust
        if best < least or not (late or waited >= PATIENCE * (SURE - best)):
            return []
        chosen: dict[str, Program] = {}
        for trust, program in rated:
            if trust >= max(least, best - 3):
                chosen.setdefault(repr(program.vals), program)
        programs = list(chosen.values())[:width]
        session.shown |= {p.body for p in programs}
        return programs

    def _proposal(self, session: _Session, program: Program, source: str) -> Proposal:
        met, of = program.mask.bit_count(), session.problem.goal.size
        trust = margin(session.workspace, program)
        prior = 2.0 ** max(-8.0, min(8.0, trust / 2)) if met == of else 0.05 * met / of
        return Proposal(
            Candidate(source),
            max(prior, 0.001),
            f"Meets {'all' if met == of else f'{met} of'} {of} examples; {program.cost} bits.",
            f"enumerate:{program.scheme}",
            self.name,
            data=(("margin", f"{trust:.1f}"), ("cost", str(program.cost))),
        )


def _clock(started: float, seconds: float | None) -> Stop:
    if seconds is None:
        return lambda: False
    end = started + max(0.0, seconds - RESERVE)
    return lambda: time.monotonic() >= end
