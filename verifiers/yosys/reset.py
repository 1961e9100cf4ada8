"""Whether a design ever leaves its undefined initial state: what a proof about it is worth."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from proofsmith.verifiers.yosys.clocking import Clocking, input_places
from proofsmith.verifiers.yosys.engines import STREAMS, Question, word_of
from proofsmith.verifiers.yosys.model import Modeller, Shared, Undefined
from proofsmith.verifiers.yosys.netlist import Netlist

_STEPS = 128
_SIMULATED = 3_000_000


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


def same_registers(gold: Netlist, gate: Netlist) -> frozenset[str]:
    """Return the names of register bits without initial value that both designs have."""
    names = [
        {d.names[cell.q] for cell in d.storage if cell.q in d.names and cell.q not in d.init}
        for d in (gold, gate)
    ]
    return frozenset(names[0] & names[1])
