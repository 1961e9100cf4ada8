"""Proves what is left with hints: one batch of families after another where an obligation fails.

All hints of a batch are added at once; those that the verifier refutes go (Houdini), those that stand
stay for the batches after them while they are few. What is not needed is taken away in the end.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from proofsmith.agents.policies.dafny.houdini import Standing, shrink
from proofsmith.agents.policies.dafny.proofs import (
    comprehensions,
    equalities,
    induction,
    obtained,
    sets,
    unfolding,
    witnesses,
)
from proofsmith.agents.policies.dafny.proofs.laws import Lawmaker, law_calls
from proofsmith.agents.policies.dafny.proofs.obligations import Goal, Obligations
from proofsmith.agents.policies.dafny.proofs.points import Routine
from proofsmith.agents.policies.dafny.proofs.probing import probed
from proofsmith.agents.policies.dafny.proofs.sampling import Samples
from proofsmith.agents.policies.dafny.proofs.situation import Situation
from proofsmith.agents.policies.dafny.proofs.tables import Tables
from proofsmith.agents.policies.dafny.prover import Prover
from proofsmith.agents.policies.dafny.weave import Addition
from proofsmith.dafny.declarations import Method, Program

Family = Callable[[Situation], Iterator[Addition]]

_BATCHES: tuple[tuple[Family, ...], ...] = (
    (witnesses.reveals, witnesses.witnesses, obtained.obtained, equalities.taken_apart, comprehensions.grown),
    (induction.hypotheses, induction.applications),
    (equalities.equalities, sets.cardinalities, sets.stepped, sets.domains, witnesses.instances),
    (unfolding.unfoldings, unfolding.arithmetic, induction.for_all),
    (witnesses.bridges, unfolding.cases),
)
_LAWS = 2
"""After so many batches lemmas of our own are tried."""
_OF_A_FAMILY = 36
_STAY = 14
"""So many hints of a batch stay at most where they did not help by themselves."""
_PASSES = 3
_SAMPLING = 1.0
"""Seconds for running one declaration."""
_CHUNK = 9
"""So many hints of one family are tried together after a proof ran out of time with more."""


@dataclass
class Case:
    """What is done about one declaration.

    Attributes:
        node: the declaration.
        owner: its name, with its class in front.
        goals: what is not proved.
        batches: of hints to try.
        passes: how often the families were begun with.
        chunks: smaller batches of hints with which a proof ran out of time.
    """

    node: Routine
    owner: str
    goals: tuple[Goal, ...] = ()
    batches: Iterator[list[Addition]] = field(default_factory=lambda: iter(()))
    passes: int = 0
    chunks: list[list[Addition]] = field(default_factory=list)

    def split(self, late: Sequence[Addition]) -> None:
        """Try `late` again, fewer at a time."""
        groups: dict[str, list[Addition]] = {}
        for addition in sorted(late, key=lambda a: -a.promise):
            groups.setdefault(addition.family, []).append(addition)
        for group in groups.values():
            size = _CHUNK if len(late) > _CHUNK else len(late) // 3
            if size:
                self.chunks += [group[k : k + size] for k in range(0, min(len(group), 2 * size), size)]


class Hinter:
    """Looks for hints in one program.

    Args:
        program: that is to be proved.
        prover: the verifier.
        seed: of the random inputs on which hints are tried out.
    """

    def __init__(self, program: Program, prover: Prover, seed: int) -> None:
        self.program, self.prover, self._seed = program, prover, seed
        self.tables = Tables(program)
        self._lawmaker = Lawmaker(self.tables, seed)
        self.cases = [
            Case(node, f"{owner}.{node.name}" if owner else node.name)
            for node in program.callables()
            if node.body is not None
            for owner in [self.tables.class_of.get(id(node), "")]
        ]

    @property
    def owners(self) -> list[str]:
        """The names of the declarations that have a body."""
        return [c.owner for c in self.cases]

    def rounds(
        self,
        standing: Standing,
        owners: Collection[str],
        wanted: Mapping[str, Sequence[tuple[Goal, Addition]]],
    ) -> Iterator[Standing]:
        """Yield what stands after each batch, until everything is proved or nothing is left to try.

        Args:
            standing: what stands so far.
            owners: names of the declarations in which hints are looked for.
            wanted: for a declaration, additions that did not stand and might beside hints, as goals.
        """
        carried = standing.kept
        while standing.answer is not None and not standing.proved and not self.prover.over():
            before = {c.owner: self._left(c, standing, wanted) for c in self.cases if c.owner in owners}
            failing = [c for c in self.cases if before.get(c.owner)]
            batch = {c.owner: self._next(c, before[c.owner], wanted) for c in failing}
            if not any(batch.values()):
                return
            added = [a for hints in batch.values() for a in hints]
            alone = [a for a in added if self._alone(a)]
            good = set(probed(self.program.source, carried, alone, self.prover))
            added = [a for a in added if a in good or not self._alone(a)]
            additions = (*carried, *added)
            fresh = shrink(self.program.source, additions, self.prover, self.prover.over, carried)
            if fresh.answer is None:
                return
            if not fresh.answer.readable:
                continue
            carried = self._carried(standing, fresh, failing, batch)
            for case in failing:
                mine = set(batch[case.owner])
                case.split([a for a in fresh.deferred if a in mine])
            standing = fresh
            yield standing

    def _alone(self, hint: Addition) -> bool:
        """Whether a hint can be judged by itself: a statement, in a declaration that has some."""
        statements = any(c.owner == hint.owner and isinstance(c.node, Method) for c in self.cases)
        return (
            statements
            and hint.family != "law"
            and not hint.text.startswith(("invariant", "decreases", "reveal", "lemma"))
        )

    def _left(
        self, case: Case, standing: Standing, wanted: Mapping[str, Sequence[tuple[Goal, Addition]]]
    ) -> tuple[Goal, ...]:
        goals = Obligations(self.tables, case.node).left(standing)
        if goals:
            goals += [g for g, _ in wanted.get(case.owner, ())]
        return tuple(goals)

    def _next(
        self,
        case: Case,
        goals: tuple[Goal, ...],
        wanted: Mapping[str, Sequence[tuple[Goal, Addition]]],
    ) -> list[Addition]:
        """The next batch for a declaration; after the last, once more for the goals that are left then."""
        beside = [a for _, a in wanted.get(case.owner, ())]
        if set(goals) - set(case.goals) and case.passes < _PASSES:
            case.goals, case.passes = (*case.goals, *goals), case.passes + 1
            case.batches = self._batches(case, goals)
        batch = case.chunks.pop(0) if case.chunks else next(case.batches, None)
        return [] if batch is None else [*beside, *batch]

    def _batches(self, case: Case, goals: tuple[Goal, ...]) -> Iterator[list[Addition]]:
        situation = Situation(self.tables, case.node, case.owner, goals)
        owner = self.tables.class_of.get(id(case.node), "")
        seconds = max(0.1, min(_SAMPLING, 0.05 * self.prover.left))
        samples = Samples(self.program, case.node, owner, situation.points, seconds, self._seed)
        for families in (*_BATCHES[:_LAWS], (lambda s: law_calls(s, self._lawmaker),), *_BATCHES[_LAWS:]):
            batch: list[Addition] = []
            for family in families:
                if self.prover.over():
                    return
                found = sorted(dict.fromkeys(family(situation)), key=lambda a: -a.promise)
                batch += islice(samples.allow(situation.once(found)), _OF_A_FAMILY)
            if batch:
                yield batch

    def _carried(
        self,
        before: Standing,
        fresh: Standing,
        failing: Sequence[Case],
        batch: Mapping[str, Sequence[Addition]],
    ) -> tuple[Addition, ...]:
        """Return what goes into the next batch: few of the hints that were of no use where they stand."""
        assert fresh.answer is not None
        out: set[Addition] = set()
        for case in failing:
            obligations = Obligations(self.tables, case.node)
            left = obligations.left(fresh)
            mine = [a for a in fresh.kept if a in set(batch[case.owner])]
            late = any(t == case.owner or t.endswith(f".{case.owner}") for t in fresh.answer.timed_out)
            if late or (left and len(left) >= len(obligations.left(before))):
                out.update(sorted(mine, key=lambda a: -a.promise)[0 if late else _STAY :])
        return tuple(a for a in fresh.kept if a not in out)
