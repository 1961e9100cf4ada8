"""Deciding whether an output of a graph can ever be 1: simulation first, then ABC.

ABC: Brayton and Mishchenko, "ABC: An Academic Industrial-Strength Verification Tool", CAV 2010. Combinational
graphs go to SAT sweeping (``&cec``), sequential ones to signal correspondence and the mix of engines
of ``dprove``, to property-directed reachability (``pdr``) and to bounded model checking (``bmc3``).
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, islice

from proofsmith.verifiers.yosys.aig import NO, Aig
from proofsmith.verifiers.yosys.cases import proved_by_cases
from proofsmith.verifiers.yosys.correspondence import proved_by_correspondence
from proofsmith.verifiers.yosys.exhaustive import exhausted
from proofsmith.verifiers.yosys.pool import YosysPool

Step = Mapping[str, int]
"""The value (0 or 1) of every input of a graph in one step, by name."""

STREAMS = 256
_STEPS, _LONG = 96, 4000
"""Steps of random simulation at first, and after the first attempt to prove failed."""
_SIMULATED = 1_500_000
"""Most and-gates that are evaluated by simulation, each for `STREAMS` streams at once."""
_ASSERTED = re.compile(r"^(?P<name>[lp][io]\d+|pi\d+)@(?P<frame>\d+)=(?P<value>[01])$", re.MULTILINE)
_PROVED = re.compile(r"^(?:Networks are equivalent|UNSATISFIABLE|Property proved)", re.MULTILINE)
_FRAMES = re.compile(r"No output asserted in (\d+) frames")


@dataclass(frozen=True)
class Decision:
    """What was found out.

    Attributes:
        answer: ``"never"`` (proved), ``"reached"`` (with `steps`), ``"bounded"``, ``"unknown"``.
        method: what found it.
        steps: the inputs that reach it, a step an item.
        depth: how many steps it is certainly not reached in.
    """

    answer: str
    method: str = ""
    steps: tuple[Step, ...] = ()
    depth: int = 0


class Question:
    """Whether any of some literals of a graph can be 1.

    Args:
        aig: the graph.
        bad: the literals.
        hints: for inputs that reset something, the level at which they do.
        lemmas: literals that are probably never 1; what holds of them is used in proofs.
    """

    def __init__(
        self,
        aig: Aig,
        bad: Sequence[int],
        hints: Mapping[str, bool] | None = None,
        lemmas: Sequence[int] = (),
    ) -> None:
        self.aig = aig
        self.bad = aig.any(bad)
        self._hints = dict(hints or {})
        self._lemmas = tuple(lemmas)
        self._names = [name for _, name in aig.inputs]
        self._latches = aig.latches

    def decide(self, pool: YosysPool, seconds: float, depth: int) -> Decision:
        """Decide within `seconds`; a bounded answer is tried for at least `depth` steps.

        Raises:
            ToolMissing: there is no ABC.
        """
        deadline = time.monotonic() + seconds
        if self.bad == NO:
            return Decision("never", "structural hashing")
        steps = self.simulate(seconds=seconds / 5)
        if steps:
            return Decision("reached", "simulation", steps)
        data, names = self.aig.aiger([self.bad])
        sequential = any(latch.literal in self.aig.cone([self.bad]) for latch in self._latches)
        states = (state for _, state, _ in self.walk())
        left = (deadline - time.monotonic()) / 2
        if sequential and (proof := proved_by_correspondence(pool, self.aig, self.bad, states, left)):
            return Decision("never", proof)
        if sequential and self._lemmas and self._proved_with_lemmas(pool, (deadline - time.monotonic()) / 4):
            return Decision("never", "signal correspondence with invariants")
        tried = False if sequential else exhausted(self.aig, self.bad, (deadline - time.monotonic()) / 2)
        if isinstance(tried, dict):
            return Decision("reached", "trying every input", (tried,))
        if tried:
            return Decision("never", "trying every input")
        if not sequential and proved_by_cases(pool, self.aig, self.bad, (deadline - time.monotonic()) / 4):
            return Decision("never", "cases and SAT sweeping")
        stages = self._stages(sequential, depth)
        reached = 0
        for method, commands, share in stages:
            left = deadline - time.monotonic()
            if left < 0.05:
                break
            slice_ = max(0.05, left * share)
            text = commands.replace("{t}", str(max(1, int(slice_))))
            done, files = pool.run_abc(f"read_aiger m.aig; {text}", {"m.aig": data}, slice_, ("cex",))
            if "cex" in files:
                found = self._replayed(names, files["cex"])
                if found:
                    return Decision("reached", method, found)
            if _PROVED.search(done.stdout):
                return Decision("never", method)
            if sequential and method is stages[0][0]:
                steps = self.simulate(_LONG, left / 10)
                if steps:
                    return Decision("reached", "simulation", steps)
            depths = [int(d) for d in _FRAMES.findall(done.stdout)]
            reached = max([reached, *depths])
        if sequential and reached:
            return Decision("bounded", "bounded model checking", depth=reached)
        return Decision("unknown")

    def _stages(self, sequential: bool, depth: int) -> list[tuple[str, str, float]]:
        """Return (method, ABC commands, share of the time that is left)."""
        end = "write_cex -n cex"
        if not sequential:
            return [
                ("SAT sweeping", f"&get; &cec -m -T {{t}}; {end}", 0.5),
                ("SAT and rewriting", f"iprove; {end}", 1.0),
            ]
        return [
            ("signal correspondence and induction", f"dprove; {end}", 0.35),
            ("property-directed reachability", f"pdr -T {{t}}; {end}", 0.6),
            ("bounded model checking", f"bmc3 -F {depth} -T {{t}}; {end}", 1.0),
        ]

    def _proved_with_lemmas(self, pool: YosysPool, seconds: float) -> bool:
        """Prove by van Eijk's induction with the lemmas as further outputs: those that fail just drop out."""
        data, _ = self.aig.aiger([self.bad, *self._lemmas])
        commands = "read_aiger m.aig; scorr; cone -O 0; dprove"
        done, _ = pool.run_abc(commands, {"m.aig": data}, max(0.05, seconds))
        return _PROVED.search(done.stdout) is not None

    def simulate(self, most: int = _STEPS, seconds: float = 5.0) -> tuple[Step, ...]:
        """Return inputs that reach it, if random simulation finds any in `most` steps; else nothing."""
        mask = (1 << STREAMS) - 1
        deadline = time.monotonic() + seconds
        history: list[list[int]] = []
        limit = most if self._latches else 8
        for words, _, values in islice(self.walk(), max(2, min(limit, _SIMULATED // (self.aig.size + 1)))):
            history.append(words)
            if time.monotonic() > deadline:
                break
            bad = word_of(values, self.bad, mask)
            if bad:
                stream = (bad & -bad).bit_length() - 1
                return tuple(
                    {n: (w >> stream) & 1 for n, w in zip(self._names, past, strict=True)} for past in history
                )
        return ()

    def walk(self, seed: int = 1) -> Iterator[tuple[list[int], dict[int, int], dict[int, int]]]:
        """Simulate random inputs: of each step the words of the inputs, the state, and all variables."""
        rng = random.Random(seed)
        mask = (1 << STREAMS) - 1
        state = {latch.literal: mask * latch.init for latch in self._latches}
        for step in count():
            words = [self._stimulus(rng, name, step) for name in self._names]
            values = self.aig.simulate(words, state, mask)
            yield words, state, values
            state = {latch.literal: word_of(values, latch.next, mask) for latch in self._latches}

    def _stimulus(self, rng: random.Random, name: str, step: int) -> int:
        """Return random bits; resets act in the first step of most streams, and seldom later."""
        word = rng.getrandbits(STREAMS)
        level = self._hints.get(name)
        if level is None:
            return word
        mask = (1 << STREAMS) - 1
        if step == 0:
            acts = mask >> (STREAMS // 8)
        else:
            acts = word & rng.getrandbits(STREAMS) & rng.getrandbits(STREAMS) & rng.getrandbits(STREAMS)
            acts &= mask >> (STREAMS // 2)  # the other half counts on without being reset
        return acts if level else acts ^ mask

    def replay(self, steps: Sequence[Step]) -> list[dict[int, int]]:
        """Return the value of every variable in each step."""
        state = {latch.literal: latch.init for latch in self._latches}
        found = []
        for step in steps:
            values = self.aig.simulate([step.get(name, 0) for name in self._names], state, 1)
            found.append(values)
            state = {latch.literal: word_of(values, latch.next, 1) for latch in self._latches}
        return found

    def _replayed(self, names: Sequence[str], text: str) -> tuple[Step, ...]:
        """Read ABC's counterexample and return it up to the step where it is reached; nothing if never."""
        steps: dict[int, dict[str, int]] = {}
        for match in _ASSERTED.finditer(text):
            if match["name"].startswith("pi"):
                steps.setdefault(int(match["frame"]), {})[names[int(match["name"][2:])]] = int(match["value"])
        if not steps:
            steps = {0: {}}
        ordered = [steps.get(i, {}) for i in range(max(steps) + 1)]
        for i, values in enumerate(self.replay(ordered)):
            if word_of(values, self.bad, 1):
                return tuple(ordered[: i + 1])
        return ()


def word_of(values: Mapping[int, int], literal: int, mask: int) -> int:
    """Return the word of a literal, given those of the variables."""
    word = values[literal & ~1]
    return word ^ mask if literal & 1 else word
