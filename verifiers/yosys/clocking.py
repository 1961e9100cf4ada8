"""How time passes in a model of two designs: by clock cycles where that is exact, by events otherwise."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from proofsmith.verifiers.yosys.netlist import Netlist, Storage


class Time(enum.Enum):
    """What one step of a model is."""

    NONE = "combinational"
    """There is no state."""
    CYCLE = "cycle"
    """Inputs settle, outputs are compared, the one clock ticks."""
    TICKED = "ticked"
    """The same, but the clock ticks only if it wants to: asynchronous inputs act between two edges."""
    EVENT = "event"
    """Any inputs change, clocks among them; what a flip-flop samples is what its data were before."""


@dataclass(frozen=True)
class Clocking:
    """How time passes.

    Attributes:
        time: what a step is.
        clock: for CYCLE and TICKED, the input port (and bit in it) that is the clock.
        rising: whether its rising edge counts.
        derived: whether a clock is computed inside a design, so that the order of simultaneous
            changes is an assumption.
    """

    time: Time
    clock: tuple[str, int] | None = None
    rising: bool = True
    derived: bool = False

    @property
    def unit(self) -> str:
        """What a step is called."""
        return "steps" if self.time in (Time.EVENT, Time.TICKED) else "clock cycles"


def choose_clocking(*designs: Netlist) -> Clocking:
    """Return the simplest way that is exact for all `designs`, whose ports are the same."""
    cells = [cell for design in designs for cell in design.storage]
    if not cells:
        return Clocking(Time.NONE)
    clocks: set[tuple[tuple[str, int] | None, bool]] = set()
    plain = True
    for design in designs:
        ports = input_places(design)
        for cell in design.storage:
            if cell.clock is None:
                plain = False
            else:
                clocks.add((ports.get(cell.clock.bit), cell.clock.high))
    derived = any(port is None for port, _ in clocks)
    if plain and not derived and len(clocks) == 1:
        ((port, rising),) = clocks
        widths = {name: len(bits) for design in designs for name, bits in design.inputs}
        whole = port is not None and widths[port[0]] == 1
        if port is not None and whole and not any(_is_data(design, port) for design in designs):
            asynchronous = any(cell.asynchronous for cell in cells)
            return Clocking(Time.TICKED if asynchronous else Time.CYCLE, port, rising)
    return Clocking(Time.EVENT, derived=derived)


def input_places(design: Netlist) -> dict[int, tuple[str, int]]:
    """Return the port and index of every input bit."""
    return {bit: (name, i) for name, bits in design.inputs for i, bit in enumerate(bits)}


def _is_data(design: Netlist, port: tuple[str, int]) -> bool:
    """Say whether an input is used as anything but a clock."""
    bit = next((b for b, place in input_places(design).items() if place == port), None)
    if bit is None:
        return False
    used: set[int] = {b for gate in design.gates for b in gate.inputs}
    used |= {b for _, bits in design.outputs for b in bits}
    used |= {b for cell in design.storage for b in data_bits(cell)}
    return bit in used


def data_bits(cell: Storage) -> Iterable[int]:
    """Return every bit that a storage cell reads, its clock left out."""
    controls = (cell.enable, cell.sync, cell.clear, cell.preset, cell.load)
    return [cell.d, cell.load_d, *(c.bit for c in controls if c is not None)]


def clock_inputs(*designs: Netlist) -> set[tuple[str, int]]:
    """Return the input bits that clock something."""
    found = set()
    for design in designs:
        ports = input_places(design)
        bits = {cell.clock.bit for cell in design.storage if cell.clock is not None}
        found |= {ports[bit] for bit in bits if bit in ports}
    return found
