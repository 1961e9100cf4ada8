"""Whether a design ever leaves its undefined initial state: what a proof about it is worth."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from proofsmith.verifiers.yosys.clocking import Clocking, Time, clock_inputs, input_places
from proofsmith.verifiers.yosys.engines import STREAMS, Question, Step, word_of
from proofsmith.verifiers.yosys.model import Built, Modeller, Shared, Undefined
from proofsmith.verifiers.yosys.netlist import Netlist

_STEPS = 2000
_SIMULATED = 2_000_000


@dataclass(frozen=True)
class Awakening:
    """What random simulation from the undefined state showed.

    Attributes:
        complete: at some time every register was defined; ever after, everything is.
        registers: names of registers that never were defined at the time most were.
        silent: output bits that were never seen defined.
        steps: how many steps it took until everything was defined.
    """

    complete: bool
    registers: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    steps: int = 0


def reset_hints(*designs: Netlist) -> dict[str, bool]:
    """Return the inputs that reset something, with the level at which they do.

    A synchronous reset that Yosys has turned into gates is recognised by a register that the
    input alone holds at a constant.
    """
    found: dict[str, bool] = {}
    for design in designs:
        ports = {bit: f"{name}[{i}]" for bit, (name, i) in input_places(design).items()}
        driver = {gate.y: gate for gate in design.gates}
        for cell in design.storage:
            for control in (cell.sync, cell.clear, cell.preset):
                at, high = (None, True) if control is None else (control.bit, control.high)
                while at in driver and driver[at].kind == "$_NOT_":
                    at, high = driver[at].inputs[0], not high
                if at in ports:
                    found.setdefault(ports[at], high)
            gate = driver.get(cell.d)
            if gate is not None and gate.kind == "$_MUX_" and gate.inputs[2] in ports:
                for value, level in ((gate.inputs[0], False), (gate.inputs[1], True)):
                    if value in (0, 1):
                        found.setdefault(ports[gate.inputs[2]], level)
    return found


def awaken(design: Netlist, clocking: Clocking, hints: Mapping[str, bool], deadline: float) -> Awakening:
    """Simulate the design with three values from the state in which nothing undefined has a value."""
    shared = Shared(clocking, deadline)
    built = Modeller(shared, design, Undefined.TERNARY, "gold").build()
    pairs = [(f"{n}[{i}]", p) for n, bits in built.outputs.items() for i, p in enumerate(bits)]
    dual = [cell for cell in built.state if cell.low != cell.high]
    doubtful = [(name, pair) for name, pair in pairs if pair[1] != pair[0] ^ 1]
    if not dual and not doubtful:
        return Awakening(True)
    walk = Question(shared.aig, [], hints).walk()
    mask = (1 << STREAMS) - 1
    silent = dict(doubtful)
    best = [cell.name for cell in dual]
    complete, steps = not dual, 0
    for step in range(max(8, min(_STEPS, _SIMULATED // (shared.aig.size + 1)))):
        _, before, values = next(walk)
        undefined = {cell.name: before[cell.high] & before[cell.low] for cell in dual}
        together = mask
        for word in undefined.values():
            together &= word ^ mask
        if together and not complete:
            complete, steps = True, step
        if not complete:
            best = min(best, _fewest(undefined), key=len)
        for name, pair in list(silent.items()):
            if word_of(values, pair[0], mask) & word_of(values, pair[1], mask) != mask:
                del silent[name]
        if (complete and not silent) or time.monotonic() > deadline:
            break
    return Awakening(complete, () if complete else tuple(best), tuple(silent), steps)


def _fewest(undefined: Mapping[str, int]) -> list[str]:
    """Return the registers that are undefined in the stream where the fewest are, of the first few."""
    streams = [[name for name, word in undefined.items() if word >> i & 1] for i in range(0, STREAMS, 16)]
    return min(streams, key=len)


_LENGTHS = (1, 2, 4, 8, 32)


@dataclass(frozen=True)
class Reset:
    """A sequence of inputs that defines everything that two designs store.

    Attributes:
        steps: the inputs, those that reset something active and the others 0.
        cycles: how many clock cycles that is.
        states: what each design then stores, by wire bit.
    """

    steps: tuple[Step, ...]
    cycles: int
    states: tuple[Mapping[int, int], Mapping[int, int]]

    def words(self, hints: Mapping[str, bool]) -> str:
        """Return it for people: ``rst = 1 for 2 clock cycles``."""
        levels = [f"{name.removesuffix('[0]')} = {int(level)}" for name, level in hints.items()]
        return f"{', '.join(levels)} for {self.cycles} clock cycle{'s' if self.cycles > 1 else ''}"


def find_reset(
    designs: tuple[Netlist, Netlist], clocking: Clocking, hints: Mapping[str, bool], deadline: float
) -> Reset | None:
    """Return the shortest reset sequence tried that leaves nothing undefined in either design."""
    if not hints:
        return None
    walks = []
    for design in designs:
        shared = Shared(clocking, deadline)
        built = Modeller(shared, design, Undefined.TERNARY, "gold").build()
        walks.append((Question(shared.aig, []), built))
    clocks = [f"{name}[{i}]" for name, i in clock_inputs(*designs)]
    for cycles in _LENGTHS:
        steps = _reset_steps(clocking, hints, clocks, cycles)
        states = [_state_after(question, built, steps) for question, built in walks]
        first, second = states
        if first is not None and second is not None:
            return Reset(steps, cycles, (first, second))
    return None


def _reset_steps(
    clocking: Clocking, hints: Mapping[str, bool], clocks: Sequence[str], cycles: int
) -> tuple[Step, ...]:
    held = {name: int(level) for name, level in hints.items() if name not in clocks}
    if clocking.time is not Time.EVENT:
        return ({**held, "tick": 1},) * cycles
    low, high = ({**held, **dict.fromkeys(clocks, level)} for level in (0, 1))
    return (low, high) * cycles


def _state_after(question: Question, built: Built, steps: Sequence[Step]) -> dict[int, int] | None:
    """Return what is stored after some steps; ``None`` if a part of it is undefined."""
    values = question.replay(steps)[-1]
    following = {latch.literal: word_of(values, latch.next, 1) for latch in question.aig.latches}
    state = {}
    for cell in built.state:
        high = following[cell.high]
        if cell.low != cell.high and following[cell.low] == high:
            return None
        state[cell.bit] = high
    return state


def same_registers(gold: Netlist, gate: Netlist) -> tuple[dict[int, str], dict[int, str]]:
    """Match register bits without initial value that have a name in common, one to one.

    Returns labels of the bits of `gold` and of `gate`; matched bits have the same label, the name in `gold`.
    """
    owners: dict[str, int] = {}
    for cell in gold.storage:
        if cell.q not in gold.init:
            for name in gold.aliases.get(cell.q, ()):
                owners.setdefault(name, cell.q)
    first: dict[int, str] = {}
    second: dict[int, str] = {}
    for cell in gate.storage:
        if cell.q in gate.init:
            continue
        for name in gate.aliases.get(cell.q, ()):
            bit = owners.get(name)
            if bit is not None and bit not in first:
                first[bit] = second[cell.q] = gold.names[bit]
                break
    return first, second
