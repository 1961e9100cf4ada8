"""A netlist as an and-inverter graph, with undefined values kept apart from 0 and 1.

A wire is a pair of literals (may be 1, may be 0), after Seger and Bryant's ternary simulation by
symbolic trajectory evaluation, 1995; both hold where it is undefined. Where nothing undefined can reach a
wire, the second is the complement of the first, and the model is an ordinary two-valued one.
"""

from __future__ import annotations

import enum
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from proofsmith.verifiers.yosys.aig import NO, YES, Aig
from proofsmith.verifiers.yosys.clocking import Clocking, Time, data_bits, input_places
from proofsmith.verifiers.yosys.netlist import (
    FALSE,
    FLOATING,
    TRUE,
    UNDEFINED,
    Control,
    Gate,
    Netlist,
    Storage,
    Unsupported,
    loop_names,
)
from proofsmith.verifiers.yosys.reading import OutOfTime

Pair = tuple[int, int]
ZERO, ONE, BOTH = (NO, YES), (YES, NO), (YES, YES)


class Undefined(enum.Enum):
    """What stands for an undefined value."""

    TERNARY = "ternary"
    """A third value, which spreads as in simulation."""
    ANY = "any"
    """0 or 1, freely chosen: every choice is covered."""
    SAME = "same"
    """For the initial value of a register that both designs have: 0 or 1, the same in both; else TERNARY."""


@dataclass(frozen=True)
class Cell:
    """A modelled storage bit: name, the latches of its pair (equal where it is two-valued), the wire bit."""

    name: str
    high: int
    low: int
    bit: int


@dataclass(frozen=True)
class Built:
    """A design in the graph: its output ports as pairs, its state."""

    outputs: Mapping[str, tuple[Pair, ...]]
    state: tuple[Cell, ...]

    def literals(self) -> list[int]:
        """Return the literals of all outputs and state bits."""
        ports = [literal for bits in self.outputs.values() for pair in bits for literal in pair]
        return [*ports, *(literal for cell in self.state for literal in (cell.high, cell.low))]


class Shared:
    """What the two designs of a model share: graph, inputs, the flag that the first step is over."""

    def __init__(self, clocking: Clocking, deadline: float) -> None:
        self.aig = Aig()
        self.clocking = clocking
        self.deadline = deadline
        self._inputs: dict[str, int] = {}
        self._started: int | None = None

    def input(self, name: str) -> int:
        """Return the input of this name, the same for everyone who asks."""
        if name not in self._inputs:
            self._inputs[name] = self.aig.input(name)
        return self._inputs[name]

    @property
    def started(self) -> int:
        """0 in the first step, 1 afterwards."""
        if self._started is None:
            self._started = self.aig.latch(0, "started")
            self.aig.set_next(self._started, YES)
        return self._started


class Modeller:
    """Builds one design into the shared graph.

    Args:
        shared: graph and inputs.
        design: what to build.
        undefined: what undefined values become.
        same: labels of the stored bits that begin alike in both designs, for ``Undefined.SAME``.
        label: distinguishes the free choices of this design from the other's.
    """

    def __init__(
        self,
        shared: Shared,
        design: Netlist,
        undefined: Undefined,
        label: str,
        same: Mapping[int, str] | None = None,
    ) -> None:
        self._shared, self._aig, self._design = shared, shared.aig, design
        self._undefined, self._label, self._same = undefined, label, same or {}
        self._values: dict[int, Pair] = {FALSE: ZERO, TRUE: ONE}
        self._choices = 0
        self._events = shared.clocking.time is Time.EVENT
        self._tainted = self._taint()

    def build(self) -> Built:
        """Build the design.

        Raises:
            Unsupported: its clocks or asynchronous inputs form a loop.
            OutOfTime: it is too large for the deadline.
        """
        clock = self._shared.clocking.clock
        for bit, place in input_places(self._design).items():
            if place != clock:
                literal = self._shared.input(f"{place[0]}[{place[1]}]")
                self._values[bit] = (literal, literal ^ 1)
        stored = {cell.q: self._make_stored(cell) for cell in self._design.storage}
        past_data: dict[int, Pair] = {}
        past_clock: dict[int, Pair] = {}
        if self._events:
            for cell in self._design.storage:
                if cell.clock is not None:
                    past_data[cell.q] = self._latches(cell.q, 0, f"{self._name(cell.q)} data")
                    if cell.clock.bit not in past_clock:
                        past_clock[cell.clock.bit] = self._latches(cell.clock.bit, 0, "clock")
        for count, item in enumerate(self._order()):
            if count % 4096 == 0 and time.monotonic() > self._shared.deadline:
                raise OutOfTime("the design is too large to be modelled in the time")
            if isinstance(item, Gate):
                self._values[item.y] = self._gate(item)
                continue
            value = stored[item.q]
            if self._events and item.clock is not None:
                edge = self._edge(item.clock, past_clock[item.clock.bit])
                value = self._mux(edge, past_data[item.q], value)
            elif self._events and item.enable is not None:
                value = self._mux(self._active(item.enable), self._value(item.d), value)
            self._values[item.q] = self._asynchronous(item, value)
        for cell in self._design.storage:
            self._close(cell, past_data)
        for bit, pair in past_clock.items():
            self._set_next(pair, self._value(bit))
        outputs = {name: tuple(self._value(bit) for bit in bits) for name, bits in self._design.outputs}
        return Built(outputs, tuple(self._cells))

    # -- state ---------------------------------------------------------------------------------

    _cells: list[Cell]

    def _make_stored(self, cell: Storage) -> Pair:
        """Return what a cell holds at the beginning of a step."""
        name = self._name(cell.q)
        init = self._design.init.get(cell.q)
        if init is not None:
            pair = self._latches(cell.q, init, name)
        elif self._undefined is Undefined.ANY or self._alike(cell):
            choice_of = self._same[cell.q] if self._alike(cell) else f"{self._label}.{name}"
            literal = self._aig.latch(0, name)
            self._latch_of[literal] = (literal, literal)
            choice = self._shared.input(f"initial {choice_of}")
            value = self._aig.mux(self._shared.started, literal, choice)
            pair = (value, value ^ 1)
            self._latch_of[value] = (literal, literal)
        else:
            high, low = self._aig.latch(1, name), self._aig.latch(1, f"{name} undefined")
            self._latch_of[high] = (high, low)
            pair = (high, low)
        self._stored[cell.q] = pair
        high, low = self._latch_of[pair[0]]
        self._cells.append(Cell(name, high, low, cell.q))
        return pair

    def _latches(self, bit: int, init: int, name: str) -> Pair:
        """Return a new state bit, two latches if undefined values may reach it."""
        high = self._aig.latch(init, name)
        low = self._aig.latch(1 - init, f"{name} undefined") if bit in self._tainted else high
        self._latch_of[high] = (high, low)
        return (high, low if low != high else high ^ 1)

    def _set_next(self, pair: Pair, value: Pair) -> None:
        high, low = self._latch_of[pair[0]]
        self._aig.set_next(high, value[0])
        if low != high:
            self._aig.set_next(low, value[1])

    def _close(self, cell: Storage, past_data: Mapping[int, Pair]) -> None:
        """Set what a cell holds in the next step."""
        visible = self._value(cell.q)
        if cell.clock is None:
            self._set_next(self._stored[cell.q], visible)
            return
        fresh = self._sampled(cell, visible)
        if self._events:
            self._set_next(past_data[cell.q], self._asynchronous(cell, fresh))
            self._set_next(self._stored[cell.q], visible)
            return
        if self._shared.clocking.time is Time.TICKED:
            tick = self._shared.input("tick")
            fresh = self._mux((tick, tick ^ 1), fresh, visible)
        self._set_next(self._stored[cell.q], self._asynchronous(cell, fresh))

    def _sampled(self, cell: Storage, held: Pair) -> Pair:
        """Return what a flip-flop takes over at its clock's edge."""
        fresh = self._value(cell.d)
        constant = ONE if cell.sync_value else ZERO
        if cell.sync is not None and cell.enable_first:
            fresh = self._mux(self._active(cell.sync), constant, fresh)
        if cell.enable is not None:
            fresh = self._mux(self._active(cell.enable), fresh, held)
        if cell.sync is not None and not cell.enable_first:
            fresh = self._mux(self._active(cell.sync), constant, fresh)
        return fresh

    def _asynchronous(self, cell: Storage, value: Pair) -> Pair:
        if cell.load is not None:
            value = self._mux(self._active(cell.load), self._value(cell.load_d), value)
        if cell.preset is not None:
            value = self._mux(self._active(cell.preset), ONE, value)
        if cell.clear is not None:
            value = self._mux(self._active(cell.clear), ONE if cell.clear_value else ZERO, value)
        return value

    def _edge(self, clock: Control, past: Pair) -> Pair:
        now = self._value(clock.bit)
        now, past = (now, past) if clock.high else (_not(now), _not(past))
        both = self._and(now, _not(past))
        started = self._shared.started
        return self._and(both, (started, started ^ 1))

    def _active(self, control: Control) -> Pair:
        value = self._value(control.bit)
        return value if control.high else _not(value)

    # -- wires ---------------------------------------------------------------------------------

    def _alike(self, cell: Storage) -> bool:
        """Say whether a cell begins with the same value as one of the other design."""
        return self._undefined is Undefined.SAME and cell.q in self._same

    def _name(self, bit: int) -> str:
        return self._design.names.get(bit, f"${bit}")

    def _value(self, bit: int) -> Pair:
        if bit in (UNDEFINED, FLOATING) or bit not in self._values:
            if self._undefined is not Undefined.ANY:
                return BOTH
            self._choices += 1
            literal = self._shared.input(f"undefined {self._label}.{self._choices}")
            return (literal, literal ^ 1)
        return self._values[bit]

    def _gate(self, gate: Gate) -> Pair:
        kind, pins = gate.kind, [self._value(bit) for bit in gate.inputs]
        a = pins[0]
        if kind in ("$_BUF_", "$_NOT_"):
            return a if kind == "$_BUF_" else _not(a)
        b = pins[1]
        if kind in ("$_MUX_", "$_NMUX_"):
            value = self._mux(pins[2], b, a)
            return value if kind == "$_MUX_" else _not(value)
        if kind in ("$_XOR_", "$_XNOR_"):
            value = self._xor(a, b)
            return value if kind == "$_XOR_" else _not(value)
        if kind in ("$_AND_", "$_NAND_", "$_ANDNOT_"):
            value = self._and(a, _not(b) if kind == "$_ANDNOT_" else b)
            return _not(value) if kind == "$_NAND_" else value
        if kind in ("$_OR_", "$_NOR_", "$_ORNOT_"):
            value = self._or(a, _not(b) if kind == "$_ORNOT_" else b)
            return _not(value) if kind == "$_NOR_" else value
        c = pins[2]
        if kind.startswith("$_AOI"):
            return _not(self._or(self._and(a, b), c if kind == "$_AOI3_" else self._and(c, pins[3])))
        return _not(self._and(self._or(a, b), c if kind == "$_OAI3_" else self._or(c, pins[3])))

    def _and(self, a: Pair, b: Pair) -> Pair:
        return self._aig.land(a[0], b[0]), self._aig.lor(a[1], b[1])

    def _or(self, a: Pair, b: Pair) -> Pair:
        return self._aig.lor(a[0], b[0]), self._aig.land(a[1], b[1])

    def _xor(self, a: Pair, b: Pair) -> Pair:
        if a[0] == a[1] ^ 1 and b[0] == b[1] ^ 1:
            high = self._aig.xor(a[0], b[0])
            return high, high ^ 1
        return self._mux(a, _not(b), b)

    def _mux(self, select: Pair, then: Pair, otherwise: Pair) -> Pair:
        if all(pair[0] == pair[1] ^ 1 for pair in (select, then, otherwise)):
            high = self._aig.mux(select[0], then[0], otherwise[0])
            return high, high ^ 1
        land, lor = self._aig.land, self._aig.lor
        high = lor(land(select[0], then[0]), land(select[1], otherwise[0]))
        low = lor(land(select[0], then[1]), land(select[1], otherwise[1]))
        return high, low

    # -- order and taint -----------------------------------------------------------------------

    def _order(self) -> Sequence[Gate | Storage]:
        """Return gates and storage so that each comes after what it depends on within a step."""
        cells = self._design.storage
        if not self._events and not any(cell.asynchronous for cell in cells):
            return [*cells, *self._design.gates]
        items: list[Gate | Storage] = [*self._design.gates, *cells]
        driver = {item.y if isinstance(item, Gate) else item.q: i for i, item in enumerate(items)}
        needs = [[driver[b] for b in self._depends(item) if b in driver] for item in items]
        users: list[list[int]] = [[] for _ in items]
        for i, found in enumerate(needs):
            for j in found:
                users[j].append(i)
        missing = [len(found) for found in needs]
        ready = [i for i, count in enumerate(missing) if count == 0]
        order = []
        while ready:
            i = ready.pop()
            order.append(items[i])
            for user in users[i]:
                missing[user] -= 1
                if missing[user] == 0:
                    ready.append(user)
        if len(order) < len(items):
            bits = [item.y if isinstance(item, Gate) else item.q for item in items]
            names = loop_names(bits, needs, missing, self._design.names)
            raise Unsupported(f"a latch, clock or asynchronous input depends on itself, through {names}")
        return order

    def _depends(self, item: Gate | Storage) -> Sequence[int]:
        """Return the bits that an item's value depends on within a step."""
        if isinstance(item, Gate):
            return item.inputs
        controls = [item.clear, item.preset, item.load]
        bits = [] if item.load is None else [item.load_d]
        if self._events:
            controls.append(item.clock)
            if item.clock is None:
                controls.append(item.enable)
                bits.append(item.d)
        return [*bits, *(c.bit for c in controls if c is not None)]

    def _taint(self) -> set[int]:
        """Return the bits that an undefined value may reach."""
        self._stored: dict[int, Pair] = {}
        self._latch_of: dict[int, tuple[int, int]] = {}
        self._cells = []
        if self._undefined is Undefined.ANY:
            return set()
        design = self._design
        users: dict[int, list[int]] = {}
        driven = set(input_places(design)) | {FALSE, TRUE}
        driven |= {gate.y for gate in design.gates} | {cell.q for cell in design.storage}
        tainted: set[int] = set()

        def reads(bit: int, result: int) -> None:
            if bit in driven:
                users.setdefault(bit, []).append(result)
            else:
                tainted.add(result)

        for gate in design.gates:
            for bit in gate.inputs:
                reads(bit, gate.y)
        for cell in design.storage:
            for bit in data_bits(cell):
                reads(bit, cell.q)
            if cell.clock is not None and self._events:
                reads(cell.clock.bit, cell.q)
            if cell.q not in design.init and not self._alike(cell):
                tainted.add(cell.q)
        todo = list(tainted)
        while todo:
            for bit in users.get(todo.pop(), ()):
                if bit not in tainted:
                    tainted.add(bit)
                    todo.append(bit)
        return tainted


def _not(a: Pair) -> Pair:
    return a[1], a[0]
