"""And-inverter graphs with structural hashing, and their exchange with ABC (the AIGER format).

A literal is ``2 * variable + complement``; `NO` (0) and `YES` (1) are the constants. After Biere, "The AIGER
And-Inverter Graph Format", 2007, and AIGER 1.9, 2011.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

NO, YES = 0, 1


@dataclass(frozen=True)
class Latch:
    """A state bit: its literal (never complemented), initial value, next state and name."""

    literal: int
    init: int
    next: int
    name: str


class Aig:
    """A graph that is built up; literals it returned stay valid."""

    def __init__(self) -> None:
        self.inputs: list[tuple[int, str]] = []
        self._latches: dict[int, tuple[int, int | None, str]] = {}
        self._ands: dict[int, tuple[int, int]] = {}
        self._known: dict[tuple[int, int], int] = {}
        self._count = 1

    @property
    def size(self) -> int:
        """How many and-gates there are."""
        return len(self._ands)

    @property
    def latches(self) -> list[Latch]:
        """The state bits, in the order they were made; every next state must have been set."""
        found = []
        for literal, (init, following, name) in self._latches.items():
            if following is None:
                raise ValueError(f"latch {name} has no next state")
            found.append(Latch(literal, init, following, name))
        return found

    def input(self, name: str) -> int:
        """Add an input."""
        literal = self._fresh()
        self.inputs.append((literal, name))
        return literal

    def latch(self, init: int, name: str = "") -> int:
        """Add a state bit with initial value 0 or 1; its next state is set later."""
        literal = self._fresh()
        self._latches[literal] = (init, None, name)
        return literal

    def set_next(self, literal: int, following: int) -> None:
        """Set the next state of a state bit."""
        init, _, name = self._latches[literal]
        self._latches[literal] = (init, following, name)

    def _fresh(self) -> int:
        literal = 2 * self._count
        self._count += 1
        return literal

    def land(self, a: int, b: int) -> int:
        """Return a and b."""
        if a > b:
            a, b = b, a
        if a == NO or a == b ^ 1:
            return NO
        if a in (YES, b):
            return b
        found = self._known.get((a, b))
        if found is None:
            found = self._known[a, b] = self._fresh()
            self._ands[found] = (a, b)
        return found

    def lor(self, a: int, b: int) -> int:
        """Return a or b."""
        return self.land(a ^ 1, b ^ 1) ^ 1

    def xor(self, a: int, b: int) -> int:
        """Return a exclusive-or b."""
        flip = (a & 1) ^ (b & 1)
        a, b = a & ~1, b & ~1
        return self.land(self.land(a, b) ^ 1, self.lor(a, b)) ^ flip

    def mux(self, select: int, then: int, otherwise: int) -> int:
        """Return `then` where `select` is 1, else `otherwise`."""
        if then == otherwise:
            return then
        if then == otherwise ^ 1:
            return self.xor(select, otherwise)
        return self.lor(self.land(select, then), self.land(select ^ 1, otherwise))

    def any(self, literals: Iterable[int]) -> int:
        """Return the disjunction, as a balanced tree."""
        level = list(literals) or [NO]
        while len(level) > 1:
            pairs = zip(level[::2], level[1::2], strict=False)
            level = [self.lor(a, b) for a, b in pairs] + (level[-1:] if len(level) % 2 else [])
        return level[0]

    def simulate(self, inputs: Sequence[int], state: dict[int, int], mask: int) -> dict[int, int]:
        """Return the words of all variables (by even literal) for words of the inputs and state."""
        words = {NO: 0}
        words.update(zip((literal for literal, _ in self.inputs), inputs, strict=True))
        words.update(state)
        for literal, (a, b) in self._ands.items():
            left = words[a & ~1] ^ mask if a & 1 else words[a]
            words[literal] = left & (words[b & ~1] ^ mask if b & 1 else words[b])
        return words

    def cone(self, roots: Iterable[int]) -> set[int]:
        """Return the variables (even literals) that `roots` depend on, through state too."""
        following = {latch.literal: latch.next for latch in self.latches}
        todo = [r & ~1 for r in roots]
        seen: set[int] = set()
        while todo:
            literal = todo.pop()
            if literal in seen:
                continue
            seen.add(literal)
            if literal in self._ands:
                todo += [child & ~1 for child in self._ands[literal]]
            elif literal in following:
                todo.append(following[literal] & ~1)
        return seen

    def gates(self, roots: Iterable[int]) -> list[tuple[int, tuple[int, int]]]:
        """Return every and-gate that `roots` depend on, as (literal, operands), operands first."""
        cone = self.cone(roots)
        return [(literal, pair) for literal, pair in self._ands.items() if literal in cone]

    def restricted(self, values: Mapping[int, int], root: int) -> tuple[Aig, int]:
        """Return a new graph without state where inputs have the constant `values`, and `root` in it.

        Raises:
            ValueError: `root` depends on state.
        """
        cone = self.cone([root])
        if any(literal in cone for literal in self._latches):
            raise ValueError("a graph with state cannot be restricted")
        new = Aig()
        made = {NO: NO}
        for literal, name in self.inputs:
            made[literal] = values[literal] if literal in values else new.input(name)
        for literal, (a, b) in self._ands.items():
            if literal in cone:
                made[literal] = new.land(made[a & ~1] ^ (a & 1), made[b & ~1] ^ (b & 1))
        return new, made[root & ~1] ^ (root & 1)

    def unrolled(
        self, cone: set[int], state: Mapping[int, str], standing: Mapping[int, int]
    ) -> tuple[Aig, dict[int, int]]:
        """Return a graph of one step, and the literal in it of every variable of `cone`.

        Args:
            cone: the variables (even literals) that are wanted, with all that they depend on.
            state: names of the state bits that become inputs.
            standing: for every state bit of the cone, the one of `state` that stands for it.
        """
        new = Aig()
        made = {NO: NO}
        for literal, name in [*self.inputs, *state.items()]:
            made[literal] = new.input(name)
        for literal, chosen in standing.items():
            made[literal] = made[chosen]
        for literal, (a, b) in self._ands.items():
            if literal in cone:
                made[literal] = new.land(made[a & ~1] ^ (a & 1), made[b & ~1] ^ (b & 1))
        return new, made

    def aiger(self, outputs: Sequence[int]) -> tuple[bytes, list[str]]:
        """Return binary AIGER of what `outputs` depend on, all state bits made to begin at 0.

        Also returns the names of its inputs, in order; inputs that nothing depends on are left out.
        """
        cone = self.cone(outputs)
        inputs = [(literal, name) for literal, name in self.inputs if literal in cone]
        latches = [latch for latch in self.latches if latch.literal in cone]
        number = {NO: 0}
        for literal in [literal for literal, _ in inputs] + [latch.literal for latch in latches]:
            number[literal] = 2 * len(number)
        flip = {latch.literal: latch.init for latch in latches}
        ands = [(literal, pair) for literal, pair in self._ands.items() if literal in cone]
        for literal, _ in ands:
            number[literal] = 2 * len(number)

        def new(literal: int) -> int:
            variable = literal & ~1
            return number[variable] ^ (literal & 1) ^ flip.get(variable, 0)

        out = bytearray()
        total = len(number) - 1
        out += f"aig {total} {len(inputs)} {len(latches)} {len(outputs)} {len(ands)}\n".encode()
        for latch in latches:
            out += f"{new(latch.next) ^ latch.init}\n".encode()
        for literal in outputs:
            out += f"{new(literal)}\n".encode()
        for literal, (a, b) in ands:
            left, right = sorted((new(a), new(b)), reverse=True)
            out += _delta(number[literal] - left) + _delta(left - right)
        return bytes(out), [name for _, name in inputs]

    def digest(self, outputs: Sequence[int]) -> str:
        """Return a hash that two graphs share if they are built alike from the same names."""
        text, names = self.aiger(outputs)
        return sha256(text + "\0".join(names).encode()).hexdigest()


def _delta(number: int) -> bytes:
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)
