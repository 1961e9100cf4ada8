"""A module as a transition system that can be run, and the states that it reaches from its reset.

What is found here are conjectures: undefined values are 0, wide inputs are sampled, and the reset is
guessed. Whoever uses them has the result proved.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from proofsmith.verilog.compiled import code_of
from proofsmith.verilog.constants import Scope
from proofsmith.verilog.evaluate import Unknown
from proofsmith.verilog.functions import Function, functions
from proofsmith.verilog.printing import text_of
from proofsmith.verilog.syntax import Assign, Initial, Name, names, unplaced, walk

MAX_STATES = 4096
_MAX_STEPS = 40_000
_ALL_INPUTS = 6
"""Bits of inputs of which every combination is tried."""
_SAMPLES = 40
_UNKNOWN_STARTS = 32
_WALK = 60

State = tuple[int, ...]
Step = Callable[[Sequence[int], Sequence[int]], State]


@dataclass(frozen=True)
class System:
    """Registers that depend on each other and on nothing else but free signals.

    Attributes:
        registers: names, which a state gives values to in this order.
        widths: their bits.
        free: signals that may have any value, with their bits; clocks are left out.
        step: next state from a state and values of the free signals; all registers are clocked.
        domains: for each register which clock edge it obeys.
        start: for each register the value it begins with, ``None`` where none is known.
    """

    registers: tuple[str, ...]
    widths: tuple[int, ...]
    free: tuple[tuple[str, int], ...]
    step: Step
    domains: tuple[str, ...]
    start: tuple[int | None, ...]


def system_of(scope: Scope, wanted: Sequence[str]) -> System | None:
    """Return the system of the registers `wanted` and all that they depend on.

    ``None`` if something there is outside of what can be run.
    """
    known = functions(scope.module)
    clocks = _clocks(known)
    registers, wires, free = _cone(known, wanted)
    free = [n for n in free if n not in scope.constants and n not in clocks]
    widths = {n: scope.signal_width(n) for n in (*registers, *wires, *free)}
    if not registers or any(w is None for w in widths.values()):
        return None
    places = {n: f"s[{i}]" for i, n in enumerate(registers)} | {n: f"i[{i}]" for i, n in enumerate(free)}
    lines = ["def step(s, i):"]
    try:
        for i, name in enumerate(wires):
            places[name] = f"w{i}"
            lines.append(f"  w{i} = {_whole(known[name], scope, places, widths[name] or 1)}")
        nexts = [_whole(known[n], scope, places, widths[n] or 1) for n in registers]
        lines.append(f"  return ({', '.join(nexts)},)")
        made: dict[str, Step] = {}
        exec(compile("\n".join(lines), "<design>", "exec"), {"min": min, "pow": pow}, made)
    except (Unknown, MemoryError, RecursionError, SyntaxError, ValueError):  # ValueError: too many digits
        return None
    started = initial_values(scope)
    return System(
        tuple(registers),
        tuple(widths[n] or 1 for n in registers),
        tuple((n, widths[n] or 1) for n in free),
        made["step"],
        tuple(_domain(known[n]) for n in registers),
        tuple(started.get(n) for n in registers),
    )


def initial_values(scope: Scope) -> dict[str, int]:
    """The values that registers are declared or initialised with, as far as they are constants."""
    found: dict[str, int] = {}
    for name, signal in scope.signals.items():
        value = None if signal.initial is None or signal.kind == "wire" else scope.value(signal.initial)
        if value is not None:
            found[name] = value
    for item in scope.module.items:
        if isinstance(item, Initial):
            for node in walk(item.body):
                if isinstance(node, Assign) and isinstance(node.target, Name):
                    value = scope.value(node.value)
                    if value is not None:
                        found[node.target.name] = value
    return found


def _whole(f: Function, scope: Scope, places: dict[str, str], width: int) -> str:
    return f"{code_of(f.value, scope, places, width)} & {(1 << width) - 1}"


def _clocks(known: dict[str, Function]) -> frozenset[str]:
    """Signals whose edges registers wait for, and which these do not read besides: no resets."""
    found: set[str] = set()
    for f in known.values():
        if f.always is not None and f.always.clocked:
            found |= {n for e in f.always.events for n in names(e.signal)} - names(f.value)
    return frozenset(found)


def _domain(f: Function) -> str:
    assert f.always is not None
    events = [e for e in f.always.events if e.edge and not names(e.signal) & names(f.value)]
    return " ".join(f"{e.edge} {text_of(unplaced(e.signal))}" for e in events)


def _cone(known: dict[str, Function], wanted: Sequence[str]) -> tuple[list[str], list[str], list[str]]:
    """(registers, wires in the order of evaluation, free signals) that `wanted` depend on."""
    registers = [n for n in dict.fromkeys(wanted) if n in known and known[n].registered]
    wires: dict[str, None] = {}
    free: dict[str, None] = {}
    open_: set[str] = set()

    def visit(name: str) -> None:
        f = known.get(name)
        if f is not None and f.registered:
            if name not in registers:
                registers.append(name)
        elif f is None or name in open_:  # a combinational loop is left to the verifier
            free[name] = None
        elif name not in wires:
            open_.add(name)
            for used in sorted(names(f.value)):
                visit(used)
            open_.discard(name)
            wires[name] = None

    for register in registers:  # grows on the way
        for used in sorted(names(known[register].value)):
            visit(used)
    return registers, [w for w in wires if w not in free], list(free)


# -- running ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reached:
    """States of a system that were reached.

    Attributes:
        registers, widths: of the system.
        states: what was reached.
        closed: whether nothing that was tried leads out of them.
        exhaustive: whether that was every input.
    """

    registers: tuple[str, ...]
    widths: tuple[int, ...]
    states: frozenset[State]
    closed: bool
    exhaustive: bool

    @property
    def likely(self) -> bool:
        """Whether these are probably all: closed, and few where inputs were sampled."""
        few = len(self.states) < 1 << max(0, sum(self.widths) - 1)
        return self.closed and (self.exhaustive or few)

    def values(self, wanted: Sequence[str]) -> frozenset[State]:
        """The combinations of values that some of the registers have together."""
        places = [self.registers.index(n) for n in wanted]
        return frozenset(tuple(state[i] for i in places) for state in self.states)


def reached(system: System, seed: int = 1) -> Reached:
    """Explore the states, from the reset (or the initial values) on, until there are no new ones."""
    rng = random.Random(seed)
    total = sum(width for _, width in system.free)
    waiting = list(dict.fromkeys(starts(system, rng)))
    found = set(waiting)
    steps = 0
    domains = sorted(set(system.domains))
    while waiting and steps < _MAX_STEPS and len(found) < MAX_STATES:
        state = waiting.pop()
        for inputs in _inputs(system, total, rng):
            steps += 1
            after = system.step(state, inputs)
            for domain in domains:
                following = mixed(system, state, after, domain)
                if following not in found:
                    found.add(following)
                    waiting.append(following)
    return Reached(system.registers, system.widths, frozenset(found), not waiting, total <= _ALL_INPUTS)


def mixed(system: System, before: State, after: State, domain: str) -> State:
    """The state after an edge that only the registers of one clock domain see."""
    if all(d == domain for d in system.domains):
        return after
    return tuple(a if d == domain else b for b, a, d in zip(before, after, system.domains, strict=True))


def walked(system: System, seed: int = 1) -> frozenset[State]:
    """States of random walks in which resets are rare, each with its own share of ones in the inputs."""
    rng = random.Random(seed)
    place = reset_place(system, rng)
    domains = sorted(set(system.domains))
    found: set[State] = set()
    for share in (0.1, 0.3, 0.5, 0.5, 0.7, 0.9) * 4:
        for state in starts(system, rng):
            for _ in range(_WALK):
                found.add(state)
                inputs = [int(rng.random() < share) if w == 1 else rng.getrandbits(w) for _, w in system.free]
                if place is not None:
                    inputs[place[0]] = place[1] ^ (rng.random() < 0.98)
                state = mixed(system, state, system.step(state, inputs), rng.choice(domains))
            break
    return frozenset(found)


def _inputs(system: System, total: int, rng: random.Random) -> Iterator[Sequence[int]]:
    if total <= _ALL_INPUTS:
        yield from product(*(range(1 << width) for _, width in system.free))
        return
    for level in range(_SAMPLES):
        ones = (level % 5) / 4  # corners, and everything between
        yield [
            rng.getrandbits(w) if 0 < ones < 1 else ((1 << w) - 1 if ones else 0) ^ (rng.random() < 0.1)
            for _, w in system.free
        ]


def starts(system: System, rng: random.Random) -> Iterator[State]:
    """States after a reset, where one input resets most registers; else initial values, or any."""
    known = list(system.start)
    if None in known:
        for i, value in reset_values(system, rng).items():
            known[i] = value if known[i] is None else known[i]
    if None not in known:
        yield tuple(v or 0 for v in known)
        return
    for _ in range(_UNKNOWN_STARTS):
        yield tuple(rng.getrandbits(w) if v is None else v for v, w in zip(known, system.widths, strict=True))


def reset_values(system: System, rng: random.Random) -> dict[int, int]:
    """The values that the best reset gives to registers, by their places."""
    return _best_reset(system, rng)[1]


def reset_place(system: System, rng: random.Random) -> tuple[int, int] | None:
    """The place of the reset among the free signals, and its level; ``None`` if nothing resets."""
    return _best_reset(system, rng)[0]


def _best_reset(system: System, rng: random.Random) -> tuple[tuple[int, int] | None, dict[int, int]]:
    """Of all inputs of one bit at either level the one that makes most registers constant."""
    where: tuple[int, int] | None = None
    best: dict[int, int] = {}
    for place, (_, width) in enumerate(system.free):
        for level in (0, 1) if width == 1 else ():
            seen: list[State] = []
            for _ in range(8):
                inputs = [rng.getrandbits(w) for _, w in system.free]
                inputs[place] = level
                seen.append(system.step([rng.getrandbits(w) for w in system.widths], inputs))
            same = {i: v for i, v in enumerate(seen[0]) if all(s[i] == v for s in seen)}
            if len(same) > len(best):
                where, best = (place, level), same
    return where, best
