"""From a program that does not verify to one that does: stages of guesses, each shrunk by Houdini."""

from __future__ import annotations

import random
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from proofsmith.agents.policies.dafny.apart import apart
from proofsmith.agents.policies.dafny.candidates import Sifted, additions, carried_into, sift
from proofsmith.agents.policies.dafny.context import methods_of
from proofsmith.agents.policies.dafny.formula import formula
from proofsmith.agents.policies.dafny.hints import inside, lemma_calls, unfoldings
from proofsmith.agents.policies.dafny.houdini import Standing, shrink
from proofsmith.agents.policies.dafny.minimise import minimise
from proofsmith.agents.policies.dafny.proofs.hinter import Hinter
from proofsmith.agents.policies.dafny.proofs.obligations import Goal
from proofsmith.agents.policies.dafny.prover import Complaint, Prover
from proofsmith.agents.policies.dafny.recursion import Recursion
from proofsmith.agents.policies.dafny.setting import Setting
from proofsmith.agents.policies.dafny.states import observe
from proofsmith.agents.policies.dafny.termination import is_about_termination, measures, recursion_measures
from proofsmith.agents.policies.dafny.weave import Addition, Woven, weave
from proofsmith.agents.policies.dafny.work import Work
from proofsmith.dafny.declarations import Function, Method, Program
from proofsmith.dafny.interpret import Machine

_PATIENCE = 8.0
"""Seconds for a call at most, and one more for each declaration; the first call gets some more."""
_LEAST_PATIENCE, _MANY = 5.0, 4.0
"""A call is broken off after that many seconds, and after so many times what the first one took."""
_OF_A_FAMILY = 12
_CERTAIN = 9.0
_WANTED = 8
"""So many invariants that did not stand are tried again beside hints for them."""
_RESERVED = 0.65
"""Share of the time left that is kept for the loops while hints are looked for elsewhere."""
_SHORTENING = 20.0
"""Seconds for taking away what a proof does not need."""
_APART = 0.5
"""Share of the time left for guesses that took too long beside others."""
_MOST_STAGES = 20
_SLICES = (8, 16, 32, 64)
"""How many guesses about one loop are tried at a time that are hard for a prover."""


@dataclass(frozen=True)
class Step:
    """A text that was reached: the additions in it, whether it is proved, how it was made, and by whom."""

    text: str
    additions: tuple[Addition, ...]
    proved: bool
    operator: str
    score: float
    by: Annotator = field(repr=False, compare=False)


class Annotator:
    """Works on one program. `steps` yields what it reaches; it may be left at any time.

    Args:
        program: what is to be proved.
        prover: the verifier.
        weights: factors on the promise of shapes of formulas.
        seed: of the random inputs.
    """

    def __init__(self, program: Program, prover: Prover, weights: Mapping[str, float], seed: int) -> None:
        self.program, self.prover, self.weights = program, prover, weights
        self.seed, self.rng = seed, random.Random(seed)
        self.machine = Machine(program, self.rng)
        self.works = [Work(m) for m in methods_of(program)]
        self._measures: dict[int, list[Addition]] = {}
        self._measured: dict[int, Addition] = {}
        self._beside: tuple[Addition, ...] = ()
        self._guessed: list[Addition] = []
        self.hinter = Hinter(program, prover, seed)

    def steps(self) -> Iterator[Step]:
        """Yield what is reached, better and better; the last is proved or all there is."""
        source = self.program.source
        patience = _PATIENCE + len(list(self.program.callables()))
        self.prover.limit = _PATIENCE + 3 * patience
        standing = shrink(source, (), self.prover, self.prover.over)
        took = 0.0 if standing.answer is None else standing.answer.seconds
        self.prover.limit = min(patience, max(_LEAST_PATIENCE, _MANY * took))
        self._take(standing)
        if standing.answer is None or not standing.answer.readable:
            return
        standing = self._end_recursion(standing)
        if standing.answer is not None and standing.answer.proved:
            operator = "as-it-is" if not standing.kept else "termination"
            yield self._minimal(standing, operator)
            return
        loops = {w.method.name for w in self.works if w.method.loops}
        standing = yield from self._hinted(standing, [n for n in self.hinter.owners if n not in loops])
        if standing.proved:
            return
        self._guess([w for w in self.works if not w.proved])
        for size in (*_SLICES, *[_SLICES[-1]] * _MOST_STAGES):
            advanced = [w.advance(size) for w in self.works if not w.proved]
            if not any(advanced):
                break
            standing = self._shrink()
            if standing.proved:
                yield self._minimal(standing, "houdini")
                return
            yield self._step(standing, "houdini")
            if self.prover.over():
                return
        standing = yield from self._apart(standing)
        if not standing.proved:
            yield from self._hinted(standing, sorted(loops), self._wanted())

    def _apart(self, standing: Standing) -> Generator[Step, None, Standing]:
        """Yield what stands with guesses that took too long beside others; return the best standing."""
        for work in self.works:
            guesses = [a for a in work.deferred if a not in work.kept]
            if work.proved or not guesses:
                continue
            ends = time.monotonic() + _APART * self.prover.left
            mine = [*work.kept, *sorted(work.dropped, key=lambda a: -a.promise)[:_WANTED]]
            beside = [a for a in standing.kept if a not in mine]
            company = [a for a in mine if a not in guesses]
            for tried in apart(self.program.source, guesses, company, beside, self.prover, ends):
                if tried.proved:
                    yield self._minimal(tried, "apart")
                    return tried
                if _score(tried) > _score(standing):
                    standing = tried
                    work.kept = tuple(a for a in tried.kept if a not in beside)
                    work.dropped = tuple(a for a in (*mine, *work.dropped) if a not in work.kept)
                    work.firm = frozenset(work.kept)
                    self._take(tried)
                    yield self._step(tried, "apart")
        return standing

    def _hinted(
        self,
        standing: Standing,
        owners: Sequence[str],
        wanted: Mapping[str, Sequence[tuple[Goal, Addition]]] | None = None,
    ) -> Generator[Step, None, Standing]:
        """Yield what hints add to a standing in the declarations named `owners`; return what stands."""
        begun = standing
        failing = any(not w.proved and w.method.name not in owners for w in self.works)
        reserved = _RESERVED * self.prover.left if failing else 0.0
        for standing in self.hinter.rounds(begun, owners, wanted or {}):
            self._take(standing)
            rest = [a for a in standing.kept if a not in self._measured.values()]
            for work in self.works:
                name = work.method.name
                mine = tuple(a for a in rest if a.owner == name and a.family != "termination")
                work.kept, work.firm = mine, frozenset(mine)
                rest = [a for a in rest if a not in mine]
            self._beside = tuple(rest)
            if standing.proved:
                yield self._minimal(standing, "hints")
                return standing
            if self.prover.left < reserved:
                break
        if standing is not begun and standing.kept != begun.kept:
            yield self._step(standing, "hints")
        return standing

    def _wanted(self) -> dict[str, list[tuple[Goal, Addition]]]:
        """Invariants that did not stand, as goals at the ends of their loops' bodies."""
        found: dict[str, list[tuple[Goal, Addition]]] = {}
        for work in self.works:
            ends = {loop.offset: inside(work.method, loop)[1] for loop in work.method.loops}
            best = sorted(
                (a for a in work.dropped if a.text.startswith("invariant ")), key=lambda a: -a.promise
            )
            for addition in best[:_WANTED]:
                claim = formula(addition.text.removeprefix("invariant "))
                if claim is not None:
                    goal = Goal(claim, ends[addition.offset], returned=False)
                    again = replace(addition, promise=_CERTAIN)
                    found.setdefault(work.method.name, []).append((goal, again))
        return found

    def repairs(self, step: Step) -> Iterator[Step]:
        """Yield further steps from one that is not proved: what stands there beside one family at a time.

        A family alone is proved or refuted sooner than a mixture, and what another order of the
        stages refuted may stand here.
        """
        have = set(step.additions)
        groups: dict[str, list[Addition]] = {}
        for addition in self._guessed:
            if addition not in have:
                groups.setdefault(addition.family, []).append(addition)
        for family in sorted(groups, key=lambda f: -max(a.promise for a in groups[f])):
            best = sorted(groups[family], key=lambda a: -a.promise)[:_OF_A_FAMILY]
            everything = [*step.additions, *best]
            standing = shrink(self.program.source, everything, self.prover, self.prover.over, have)
            if standing.answer is None:
                return
            self._take(standing)
            if standing.answer.proved:
                yield self._minimal(standing, f"repair:{family}")
                return
            if not set(standing.kept) <= have:
                yield self._step(standing, f"repair:{family}")

    # -- guessing ----------------------------------------------------------------------------

    def _guess(self, failing: Sequence[Work]) -> None:
        """Run the methods, and sift the guesses about their loops."""
        loops = sum(len(w.method.loops) for w in failing)
        share = max(1.0, min(6.0, 0.2 * self.prover.left / max(1, loops)))
        for work in failing:
            if self.prover.over():
                return
            settings: list[Setting] = []
            states = observe(self.machine, work.method, share / 2, self.rng) if work.method.loops else {}
            found: dict[int, list[Sifted]] = {}
            for loop in work.method.loops:
                setting = Setting(self.machine, work.method, loop, states[loop.key])
                settings.append(setting)
                around = [g for o in loop.outer for g in carried_into(setting, found.get(o.key, ()))]
                done = [o for o in work.method.loops[: loop.number] if o.outer == loop.outer and loop.written]
                before = [g for o in done for g in carried_into(setting, found.get(o.key, ()))]
                found[loop.key] = sift(setting, self.weights, time.monotonic() + share, around, before)
                work.queues.append(additions(setting, found[loop.key]))
                line = self.program.tokens[loop.node.first].line
                self._measures[line] = measures(setting)
            texts = [a.text for queue in work.queues for a in queue]
            work.hints = [unfoldings(work.method, settings, texts), lemma_calls(work.method)]
            self._guessed += [a for group in (*work.queues, *work.hints) for a in group]

    # -- asking ------------------------------------------------------------------------------

    def _shrink(self) -> Standing:
        """Shrink what all methods have, and change measures that do not decrease."""
        while True:
            firm = {a for w in self.works for a in w.firm}.union(self._measured.values(), self._beside)
            everything = [a for w in self.works for a in w.kept]
            everything += [*self._measured.values(), *self._beside]
            standing = shrink(self.program.source, everything, self.prover, self.prover.over, firm)
            for work in self.works:
                name = work.method.name
                mine = [a for a in standing.kept if a.owner == name and a.family != "termination"]
                work.kept = tuple(mine)
                work.firm = frozenset(mine) if standing.settled else work.firm
                lost = (a for a in standing.dropped if a.owner == name and a.family != "termination")
                work.dropped = tuple(dict.fromkeys((*work.dropped, *lost)))
                work.defer([a for a in standing.deferred if a.owner == name and a not in work.dropped])
            self._take(standing)
            if self.prover.over() or not self._other_measures():
                return standing

    def _other_measures(self) -> bool:
        """Take the next measure where one is missing or does not decrease; say whether there was any."""
        changed = False
        lines = {c.line for w in self.works for c in w.open if is_about_termination(c.message)}
        for line in lines:
            left = self._measures.get(line)
            if left:
                self._measured[line] = left.pop(0)
                changed = True
            elif line in self._measured and left is not None:
                del self._measured[line]
        return changed

    def _end_recursion(self, standing: Standing) -> Standing:
        """Try measures for declarations whose recursion is not seen to end."""
        queues: dict[int, list[Addition]] = {}
        trying: dict[int, Addition] = {}
        recursion = Recursion(self.program, self.seed)
        nodes = [n for n in self.program.callables() if n.body is not None]
        loops = {self.program.tokens[loop.node.first].line for w in self.works for loop in w.method.loops}
        while not self.prover.over() and standing.answer is not None:
            bad = self._not_ending(standing, nodes, loops)
            for function in [n for n in bad.values() if isinstance(n, Function)]:
                bad.update((mate.first, mate) for mate in recursion.group(function))
            changed = False
            for key, node in bad.items():
                queue = queues.setdefault(key, recursion_measures(self.program, node, recursion))
                trying.pop(key, None)
                if queue:
                    trying[key] = queue.pop(0)
                    changed = True
            if not changed:
                break
            standing = shrink(self.program.source, tuple(trying.values()), self.prover, self.prover.over)
        self._beside = standing.kept
        self._take(standing)
        return standing

    def _not_ending(
        self, standing: Standing, nodes: Sequence[Method | Function], loops: set[int]
    ) -> dict[int, Method | Function]:
        assert standing.answer is not None
        found = {}
        for complaint in standing.answer.complaints:
            line = standing.woven.origin(complaint.line)
            if is_about_termination(complaint.message) and line not in loops:
                for node in nodes:
                    first, last = self._lines(node)
                    if first <= line <= last:
                        found[node.first] = node
        return found

    # -- taking stock ------------------------------------------------------------------------

    def _take(self, standing: Standing) -> None:
        """Learn from an answer what is left to prove in each method."""
        answer = standing.answer
        if answer is None:
            return
        for work in self.works:
            name = work.method.name
            first, last = self._lines(work.method.node)
            work.open = tuple(
                Complaint(line, c.column, c.code, c.message)
                for c in standing.unproved()
                if first <= (line := standing.woven.origin(c.line)) <= last
            )
            late = any(t == name or t.endswith(f".{name}") for t in answer.timed_out)
            work.late = late or (answer.broken_off and bool(work.kept))

    def _lines(self, node: Method | Function) -> tuple[int, int]:
        tokens = self.program.tokens
        return tokens[node.first].line, tokens[node.last - 1].line

    def _step(self, standing: Standing, operator: str) -> Step:
        return Step(standing.woven.text, standing.kept, False, operator, _score(standing), self)

    def _minimal(self, standing: Standing, operator: str) -> Step:
        ends = time.monotonic() + _SHORTENING
        kept, _ = minimise(
            self.program.source,
            standing.kept,
            self.prover,
            lambda: self.prover.over() or time.monotonic() > ends,
        )
        woven: Woven = weave(self.program.source, kept)
        return Step(woven.text, kept, True, operator, 1.0, self)


def _score(standing: Standing) -> float:
    return standing.answer.score if standing.answer is not None else 0.0
