"""Whether two designs are equal: proved, bounded, or refuted by a simulated counterexample.

The claim that is proved: for all input sequences, from the undefined initial state (or the
initial values that the sources give), wherever the original's output is 0 or 1, the other's is the same.
Undefined values spread as in ternary simulation; a design that never leaves the undefined state
would meet such a claim whatever it does, so that there the result is BOUNDED by an assumption.
"""

from __future__ import annotations

import enum
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256

from proofsmith.verifiers.yosys.aig import Aig
from proofsmith.verifiers.yosys.clocking import choose_clocking
from proofsmith.verifiers.yosys.comparison import differences, different_ports
from proofsmith.verifiers.yosys.elaborate import elaborate
from proofsmith.verifiers.yosys.engines import Decision, Question
from proofsmith.verifiers.yosys.lemmas import lemmas
from proofsmith.verifiers.yosys.merging import agree, worth_merging
from proofsmith.verifiers.yosys.model import Built, Modeller, Shared, Undefined
from proofsmith.verifiers.yosys.netlist import Netlist, Unsupported
from proofsmith.verifiers.yosys.pool import YosysPool
from proofsmith.verifiers.yosys.reading import Design, OutOfTime, Unreadable
from proofsmith.verifiers.yosys.reset import Awakening, awaken, find_reset, reset_hints, same_registers
from proofsmith.verifiers.yosys.simulated import Simulation
from proofsmith.verifiers.yosys.source_check import timed_process
from proofsmith.verifiers.yosys.trace import Trace, steps_of
from proofsmith.verifiers.yosys.trust import trusted


class Answer(enum.StrEnum):
    """What is known about two designs."""

    PROVED = "proved"
    """Equal for all inputs, for ever, without assumptions."""
    BOUNDED = "bounded"
    """Equal for a stated number of steps, or under a stated assumption."""
    DIFFERENT = "different"
    """A simulated counterexample, or ports that differ."""
    UNKNOWN = "unknown"
    """Neither was found."""
    TIMEOUT = "timeout"
    """Neither was found in the time."""
    REFUSED = "refused"
    """The designs hold something that cannot be judged; `reason` says what."""


@dataclass(frozen=True)
class Equivalence:
    """The answer, and what a reader must know to trust it.

    Attributes:
        answer: see `Answer`.
        method: what proved it, or found the counterexample.
        depth: for BOUNDED, how many steps were covered; 0 if it is bounded by assumptions alone.
        unit: what a step is: ``"clock cycles"`` or ``"steps"``.
        assumptions: what the proof rests on; empty for PROVED.
        notes: further remarks, such as on undefined outputs.
        trace: the counterexample.
        reason: why the answer is no proof.
        digest: hash of the two designs' model; equal models have equal answers.
        seconds: wall clock.
    """

    answer: Answer
    method: str = ""
    depth: int = 0
    unit: str = "clock cycles"
    assumptions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    trace: Trace | None = None
    reason: str = ""
    digest: str = ""
    seconds: float = 0.0

    @property
    def bound(self) -> str:
        """The bound of a BOUNDED answer in words."""
        parts = [f"{self.depth} {self.unit}"] if self.depth else []
        return "; ".join([*parts, *(f"assuming that {a}" for a in self.assumptions)])


def check_equivalent(
    pool: YosysPool, gold: Design, gate: Design, seconds: float, depth: int = 20
) -> Equivalence:
    """Prove that `gate` does what `gold` does, or find inputs on which it does not.

    Args:
        pool: runs Yosys, ABC and the simulator.
        gold: the original, the specification.
        gate: the other design; its ports must have the same names, directions and widths.
        seconds: wall clock for everything.
        depth: clock cycles that a bounded check tries to reach at least.

    Raises:
        Unreadable: the *original* cannot be read (the other's errors are raised as `UnreadableGate`).
        ToolMissing, ToolFailure: as `YosysPool.run`.
    """
    started = time.monotonic()
    deadline = started + seconds
    try:
        first = _original(pool, gold, deadline)
        try:
            answer = _judged(pool, (gold, gate), first, deadline, depth)
        except (Unsupported, UnreadableGate) as problem:
            found = _simulated(pool, (gold, gate), first, problem, deadline)
            if found is None:
                raise
            answer = found
    except OutOfTime as error:
        answer = Equivalence(Answer.TIMEOUT, reason=str(error))
    except Unsupported as error:
        answer = Equivalence(Answer.REFUSED, reason=str(error))
    return replace(answer, seconds=time.monotonic() - started)


_PLAIN = 0.35
"""Share of the time for the ordinary model, where merging the sums may help afterwards."""


class UnreadableGate(Unreadable):
    """The design that is judged cannot be read or built."""


def _original(pool: YosysPool, gold: Design, deadline: float) -> Netlist:
    """Return the netlist of the original, made once."""
    _refuse_timed(gold, "the original")
    key = ("netlist", gold)
    found = pool.cache.get(key)
    if not isinstance(found, Netlist):
        try:
            found = elaborate(pool, gold, deadline - time.monotonic())
        except Unsupported as error:
            raise Unsupported(f"the original: {error}") from None
        pool.cache[key] = found
    return found


def _refuse_timed(design: Design, owner: str) -> None:
    line = timed_process(design.source)
    if line is not None:
        raise Unsupported(f"{owner} has a process that only simulates (always #..., line {line})")


def _judged(
    pool: YosysPool, designs: tuple[Design, Design], first: Netlist, deadline: float, depth: int
) -> Equivalence:
    _refuse_timed(designs[1], "the design")
    try:
        second = elaborate(pool, designs[1], deadline - time.monotonic())
    except Unreadable as error:
        raise UnreadableGate(error.cause, error.line, error.file) from None
    if not worth_merging(first, second):
        return _Check(pool, designs, (first, second), deadline, depth).run()
    until = time.monotonic() + _PLAIN * (deadline - time.monotonic())
    answer = _Check(pool, designs, (first, second), deadline, depth, until).run()
    if answer.answer is Answer.TIMEOUT or (answer.answer is Answer.BOUNDED and answer.depth):
        better = _merged(pool, designs, (first, second), deadline, depth)
        deeper = better is not None and (not better.depth or better.depth > answer.depth)
        return better if better is not None and deeper else answer
    return answer


def _merged(
    pool: YosysPool,
    designs: tuple[Design, Design],
    plain: tuple[Netlist, Netlist],
    deadline: float,
    depth: int,
) -> Equivalence | None:
    """Compare the designs once more with their sums merged; return what that shows."""
    try:
        first, second = (elaborate(pool, d, deadline - time.monotonic(), merged=True) for d in designs)
        clocking = choose_clocking(first, second)
        pairs = zip(plain, (first, second), strict=True)
        if not all(agree(before, after, clocking, deadline) for before, after in pairs):
            return None
        answer = _Check(pool, designs, (first, second), deadline, depth).run()
    except (OutOfTime, Unsupported, Unreadable):
        return None
    if answer.answer not in (Answer.PROVED, Answer.DIFFERENT, Answer.BOUNDED):
        return None
    return replace(answer, method=f"{answer.method} of merged sums")


def _simulated(
    pool: YosysPool, designs: tuple[Design, Design], ports: Netlist, problem: Exception, deadline: float
) -> Equivalence | None:
    """Simulate a design that cannot be modelled; return where it differs, if random inputs show that."""
    left = deadline - time.monotonic()
    if "syntax error" in str(problem) or left <= 0:
        return None
    simulation = Simulation(pool, designs, (ports,), choose_clocking(ports))
    trace = simulation.random(reset_hints(ports), left)
    if trace is None:
        return None
    return Equivalence(Answer.DIFFERENT, "simulation", trace=trace, notes=(f"not modelled: {problem}",))


class _Check:
    """One comparison of two netlists; proofs are looked for no longer than `until`."""

    def __init__(
        self,
        pool: YosysPool,
        designs: tuple[Design, Design],
        netlists: tuple[Netlist, Netlist],
        deadline: float,
        depth: int,
        until: float | None = None,
    ) -> None:
        self._pool, self._designs, self._deadline, self._depth = pool, designs, deadline, depth
        self._until = deadline if until is None else until
        self._gold, self._gate = netlists

    def run(self) -> Equivalence:
        """Return the answer, from memory if the same model was judged before."""
        problem = different_ports(self._gold, self._gate)
        if problem:
            return Equivalence(Answer.DIFFERENT, "ports", reason=problem)
        both = zip(self._designs, (self._gold, self._gate), strict=True)
        self._trusted = tuple(dict.fromkeys(a for d, netlist in both for a in trusted(d, netlist)))
        self._clocking = choose_clocking(self._gold, self._gate)
        self._simulation = Simulation(self._pool, self._designs, (self._gold, self._gate), self._clocking)
        self._hints = reset_hints(self._gold, self._gate)
        self._same = same_registers(self._gold, self._gate)
        question, digest = self._question(Undefined.SAME if self._same[0] else Undefined.TERNARY)
        key = ("equivalence", digest, self._trusted)
        known = self._pool.cache.get(key)
        if isinstance(known, Equivalence):
            return known
        answer = self._answer(question)
        if answer.answer is Answer.UNKNOWN:
            trace = self._simulation.random(self._hints, max(1.0, self._deadline - time.monotonic()))
            if trace is not None:
                answer = Equivalence(Answer.DIFFERENT, "simulation", trace=trace)
        answer = replace(answer, digest=digest, unit=self._clocking.unit)
        if answer.answer in (Answer.PROVED, Answer.DIFFERENT):
            self._pool.cache[key] = answer
        return answer

    def _answer(self, question: Question) -> Equivalence:
        """Try the cheapest model first; each proof covers every initial state of the other design.

        Registers of the same name may begin alike: for each initial state of the other design there
        is one of the original's with the same values, and where the original's output is defined
        it is the same for all of its initial states.
        """
        gold = awaken(self._gold, self._clocking, self._hints, self._deadline)
        best = Decision("unknown")
        if gold.complete and not self._alike:  # registers without a partner make the next question hard
            after = self._after_reset(gold)
            if after is not None:
                return after
        if self._same[0]:
            best = self._decide(question, 0.35)
            trace = self._trace(best)
            if trace is not None and trace.definite:
                return Equivalence(Answer.DIFFERENT, best.method, trace=trace)
            if best.answer == "never" or (best.answer != "reached" and not gold.complete):
                return self._from_same_state(best, gold)
            question = self._question(Undefined.TERNARY)[0]
        after = self._after_reset(gold) if self._alike or not gold.complete else None
        return after or self._wherever_defined(question, best, gold)

    @property
    def _alike(self) -> bool:
        """Whether every register bit of each design has one of the same name in the other."""
        designs = (self._gold, self._gate)
        return all(len(d.storage) == len(same) for d, same in zip(designs, self._same, strict=True))

    def _after_reset(self, gold: Awakening) -> Equivalence | None:
        """Judge the designs from the state that a reset leads to, if they have undefined values before it."""
        if not any(cell.q not in self._gold.init for cell in self._gold.storage):
            return None
        reset = find_reset((self._gold, self._gate), self._clocking, self._hints, self._deadline)
        if reset is None:
            return None
        decision = self._decide(self._question(Undefined.TERNARY, states=reset.states)[0], 0.5)
        trace = self._trace(replace(decision, steps=(*reset.steps, *decision.steps)))
        if trace is not None and trace.definite:
            return Equivalence(Answer.DIFFERENT, decision.method, trace=trace)
        if decision.answer != "never":
            return None
        answer = self._conclude(decision, self._assumptions(gold), gold)
        return replace(answer, notes=(f"from the reset on: {reset.words(self._hints)}",))

    def _wherever_defined(self, question: Question, best: Decision, gold: Awakening) -> Equivalence:
        """Judge the designs from their undefined initial states."""
        decision = self._decide(question, 0.7)
        trace = self._trace(decision)
        if trace is not None and trace.definite:
            return Equivalence(Answer.DIFFERENT, decision.method, trace=trace)
        if decision.answer == "reached":
            # Ternary values are pessimistic about the other design: cover its values one by one.
            decision = self._decide(self._question(Undefined.ANY)[0], 1.0)
            trace = self._trace(decision) or trace
            if decision.answer == "reached" and trace is not None:
                return Equivalence(Answer.DIFFERENT, decision.method, trace=trace)
        if best.answer == "bounded" and decision.answer in ("unknown", "bounded"):
            decision = max(best, decision, key=lambda d: d.depth)
        if decision.answer in ("never", "bounded") and not gold.complete:
            return self._from_same_state(best, gold)
        return self._conclude(decision, self._assumptions(gold), gold)

    def _from_same_state(self, decision: Decision, gold: Awakening) -> Equivalence:
        """Conclude from what is known of the designs when registers of the same name begin alike."""
        if gold.complete:
            return self._conclude(decision, self._assumptions(gold), gold)
        shown = ", ".join(sorted({name.split("[")[0] for name in gold.registers})[:3])
        undefined = f"no reset was found that defines {shown}"
        missing = [name for name in gold.registers if name not in self._same[0].values()]
        if missing:
            name = missing[0].split("[")[0]
            return Equivalence(Answer.UNKNOWN, reason=f"{undefined}, and the other design has no {name}")
        if decision.answer == "reached":
            return Equivalence(Answer.UNKNOWN, reason=f"{undefined}; from some of its values they differ")
        start = f"both begin with the same value of {shown}, which no reset was found to define"
        return self._conclude(decision, (start, *self._assumptions(gold)), gold)

    def _conclude(self, decision: Decision, assumed: tuple[str, ...], gold: Awakening) -> Equivalence:
        notes = self._notes(gold)
        if decision.answer == "never":
            answer = Answer.BOUNDED if assumed else Answer.PROVED
            return Equivalence(answer, decision.method, assumptions=assumed, notes=notes)
        if decision.answer == "bounded":
            return Equivalence(
                Answer.BOUNDED, decision.method, decision.depth, assumptions=assumed, notes=notes
            )
        if decision.answer == "reached":
            return Equivalence(
                Answer.UNKNOWN, reason="a counterexample of the model could not be confirmed by simulation"
            )
        return Equivalence(
            Answer.TIMEOUT, reason="neither a proof nor a counterexample was found in the time"
        )

    def _assumptions(self, gold: Awakening) -> tuple[str, ...]:
        found = list(self._trusted)
        if self._clocking.derived:
            found.append("data do not change together with a clock that the design computes")
        if gold.silent and gold.complete:
            found.append(f"output {gold.silent[0]}, which was never seen defined, does not matter")
        return tuple(found)

    def _notes(self, gold: Awakening) -> tuple[str, ...]:
        if gold.complete and gold.steps:
            reset = f"{gold.steps} {self._clocking.unit} suffice"
            return (f"until the original is reset its undefined outputs do not count ({reset})",)
        return ()

    def _decide(self, question: Question, share: float) -> Decision:
        left = self._until - time.monotonic()
        return question.decide(self._pool, left * share, self._depth)

    def _question(
        self, gate: Undefined, states: tuple[Mapping[int, int], Mapping[int, int]] | None = None
    ) -> tuple[Question, str]:
        """Return whether an output can differ where the original's is defined, and the model's digest.

        With `states`, the designs begin in them.
        """
        designs = (self._gold, self._gate)
        if states is not None:
            designs = (replace(self._gold, init=states[0]), replace(self._gate, init=states[1]))
        shared = Shared(self._clocking, self._deadline)
        gold = Undefined.SAME if gate is Undefined.SAME else Undefined.TERNARY
        first = Modeller(shared, designs[0], gold, "gold", self._same[0]).build()
        second = Modeller(shared, designs[1], gate, "gate", self._same[1]).build()
        bad = differences(shared.aig, first, second)
        digest = self._digest(shared.aig, first, second)
        guesses = [
            literal
            for design, netlist, built in zip(self._designs, designs, (first, second), strict=True)
            for literal in lemmas(shared.aig, design, netlist, built)
        ]
        return Question(shared.aig, bad, self._hints, guesses), digest

    def _digest(self, aig: Aig, gold: Built, gate: Built) -> str:
        """Return a hash of everything that an answer depends on: both models, not only their difference."""
        roots = [literal for built in (gold, gate) for literal in built.literals()]
        names = [cell.name for built in (gold, gate) for cell in built.state]
        facts = (repr(self._clocking), sorted(self._hints.items()), list(gold.outputs), names)
        return sha256(f"{aig.digest(roots)} {facts}".encode()).hexdigest()

    def _trace(self, decision: Decision) -> Trace | None:
        """Simulate a counterexample of the model with the sources."""
        if decision.answer != "reached":
            return None
        steps = steps_of(self._gold, self._clocking, decision.steps)
        return self._simulation.trace(steps, max(1.0, self._deadline - time.monotonic()))
