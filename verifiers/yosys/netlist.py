"""Gate-level netlists as Yosys writes them in JSON, after `techmap` to its simple cells.

A bit is an int: `FALSE`, `TRUE`, `UNDEFINED`, `FLOATING`, or Yosys's number of a wire bit (2 and up).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from proofsmith.errors import ToolFailure

FALSE, TRUE, UNDEFINED, FLOATING = 0, 1, -1, -2
_CONSTANTS = {"0": FALSE, "1": TRUE, "x": UNDEFINED, "z": FLOATING}

GATE_PINS = {
    "$_BUF_": "A",
    "$_NOT_": "A",
    "$_AND_": "AB",
    "$_NAND_": "AB",
    "$_OR_": "AB",
    "$_NOR_": "AB",
    "$_XOR_": "AB",
    "$_XNOR_": "AB",
    "$_ANDNOT_": "AB",
    "$_ORNOT_": "AB",
    "$_MUX_": "ABS",
    "$_NMUX_": "ABS",
    "$_AOI3_": "ABC",
    "$_OAI3_": "ABC",
    "$_AOI4_": "ABCD",
    "$_OAI4_": "ABCD",
}
"""Input pins of the gates that are understood; the output pin is Y."""


class Unsupported(Exception):
    """The design holds something that cannot be judged; the message says what, for people."""


@dataclass(frozen=True)
class Gate:
    """A gate: `kind` is Yosys's cell type."""

    kind: str
    y: int
    inputs: tuple[int, ...]


@dataclass(frozen=True)
class Control:
    """A control input of a storage cell: the bit, and whether it acts when high."""

    bit: int
    high: bool


@dataclass(frozen=True)
class Storage:
    """A flip-flop or latch of one bit.

    Attributes:
        q: the stored bit.
        d: what is stored; `FALSE` for a cell without data input.
        clock: for a flip-flop, the clock and whether its rising edge counts; ``None`` for a latch.
        enable: of a latch its gate, of a flip-flop its clock enable.
        sync: synchronous reset, with `sync_value`; `enable_first` if the enable gates the reset too.
        clear: asynchronous reset to `clear_value` (0 or 1), above everything else.
        preset: asynchronous set to 1, below `clear`.
        load: asynchronous load of `load_d`.
    """

    q: int
    d: int
    clock: Control | None
    enable: Control | None = None
    sync: Control | None = None
    sync_value: int = 0
    enable_first: bool = False
    clear: Control | None = None
    clear_value: int = 0
    preset: Control | None = None
    load: Control | None = None
    load_d: int = FALSE

    @property
    def asynchronous(self) -> bool:
        """Whether something but its clock (or gate) can change what is stored."""
        return self.clear is not None or self.preset is not None or self.load is not None


@dataclass(frozen=True)
class Netlist:
    """A flat module of gates and storage.

    Attributes:
        top: its name.
        inputs: ports as (name, bits), least significant bit first, in the order of the source.
        outputs: likewise.
        inouts: names of inout ports.
        gates: in topological order of the combinational logic.
        storage: flip-flops and latches.
        init: initial values of wire bits that have one (0 or 1).
        names: a readable name of every wire bit that has one, ``"count[3]"``.
        aliases: all names of every stored bit, the one in `names` first.
        sums: how many additions the design was written with, a product counted twice.
    """

    top: str
    inputs: tuple[tuple[str, tuple[int, ...]], ...]
    outputs: tuple[tuple[str, tuple[int, ...]], ...]
    inouts: tuple[str, ...]
    gates: tuple[Gate, ...]
    storage: tuple[Storage, ...]
    init: Mapping[int, int]
    names: Mapping[int, str]
    aliases: Mapping[int, tuple[str, ...]]
    sums: int = 0


def read_netlist(text: str, top: str) -> Netlist:
    """Return the netlist of module `top` in a file of ``write_json``.

    Raises:
        Unsupported: a cell is not one of the simple ones, or the combinational logic has a loop.
        ToolFailure: the file is not complete.
    """
    try:
        module = json.loads(text)["modules"][top]
    except ValueError:
        raise ToolFailure("Yosys has not written the whole netlist; is the disk full?") from None
    ports: dict[str, list[tuple[str, tuple[int, ...]]]] = {"input": [], "output": [], "inout": []}
    for name, port in module["ports"].items():
        ports[port["direction"]].append((name, _bits(port["bits"])))
    gates: list[Gate] = []
    storage: list[Storage] = []
    for name, cell in module["cells"].items():
        kind = cell["type"]
        pins = {pin: _bits(bits)[0] for pin, bits in cell["connections"].items() if bits}
        if kind in GATE_PINS:
            gates.append(Gate(kind, pins["Y"], tuple(pins[p] for p in GATE_PINS[kind])))
        elif (found := _storage(kind, pins)) is not None:
            storage.append(found)
        elif kind not in ("$scopeinfo", "$print", "$check"):
            raise Unsupported(_unsupported(kind, name, cell))
    names, aliases, init = _wires(module["netnames"], {cell.q for cell in storage})
    drivers = [bit for _, port in ports["input"] for bit in port]
    drivers += [gate.y for gate in gates] + [cell.q for cell in storage]
    if len(set(drivers)) < len(drivers):
        raise Unsupported(f"{_twice(drivers, names)} has several drivers")
    driven = next((name for name, bits in ports["input"] if min(bits, default=2) < 2), None)
    if driven is not None:
        raise Unsupported(f"input {driven} has several drivers: the design sets it to a constant")
    return Netlist(
        top,
        tuple(ports["input"]),
        tuple(ports["output"]),
        tuple(name for name, _ in ports["inout"]),
        _ordered(gates, names),
        tuple(storage),
        init,
        names,
        {bit: tuple(found) for bit, found in aliases.items()},
    )


def _bits(bits: list[Any]) -> tuple[int, ...]:
    return tuple(b if isinstance(b, int) else _CONSTANTS[b] for b in bits)


def _wires(
    table: Mapping[str, Any], stored: set[int]
) -> tuple[dict[int, str], dict[int, list[str]], dict[int, int]]:
    aliases: dict[int, list[str]] = {}
    names: dict[int, str] = {}
    init: dict[int, int] = {}
    for name, wire in sorted(
        table.items(), key=lambda item: (item[1].get("hide_name", 0), item[0].count("."))
    ):
        bits = _bits(wire["bits"])
        offset = int(wire.get("offset", 0))
        places = range(offset, offset + len(bits))
        for place, bit in zip(reversed(places) if wire.get("upto") else places, bits, strict=True):
            if bit >= 2:
                full = name if len(bits) == 1 else f"{name}[{place}]"
                names.setdefault(bit, full)
                if bit in stored:
                    aliases.setdefault(bit, []).append(full)
        text = str(wire.get("attributes", {}).get("init", ""))
        for bit, value in zip(bits, reversed(text), strict=False):
            if value in "01" and bit >= 2:
                init[bit] = int(value)
    return names, aliases, init


def _twice(bits: Sequence[int], names: Mapping[int, str]) -> str:
    seen: set[int] = set()
    for bit in bits:
        if bit in seen:
            return names.get(bit, "a wire")
        seen.add(bit)
    return "a wire"


_FLOP = re.compile(
    r"\$_(?P<kind>DFFE|DFFSRE|DFFSR|DFF|ALDFFE|ALDFF|SDFFCE|SDFFE|SDFF|DLATCHSR|DLATCH|SR)_(?P<flags>[NP01]*)_$"
)
_FLAGS = {
    "DFF": ("C", "CRV"),
    "DFFE": ("CE", "CRVE"),
    "DFFSR": ("CSR",),
    "DFFSRE": ("CSRE",),
    "ALDFF": ("CL",),
    "ALDFFE": ("CLE",),
    "SDFF": ("CRV",),
    "SDFFE": ("CRVE",),
    "SDFFCE": ("CRVE",),
    "DLATCH": ("E", "ERV"),
    "DLATCHSR": ("ESR",),
    "SR": ("SR",),
}
"""What each letter behind the underscore of a cell type is about, by the number of letters."""


def _storage(kind: str, pins: Mapping[str, int]) -> Storage | None:
    match = _FLOP.match(kind)
    if match is None:
        return None
    base, flags = match["kind"], match["flags"]
    letters = next((form for form in _FLAGS[base] if len(form) == len(flags)), None)
    if letters is None:
        return None
    given = dict(zip(letters, flags, strict=True))

    def control(letter: str) -> Control | None:
        return Control(pins[letter], given[letter] == "P") if letter in given and letter in pins else None

    value = int(given.get("V", "0"))
    data = pins.get("AD", FALSE)
    if "L" in given and data in (FALSE, TRUE):  # an asynchronous load of a constant is a reset
        return Storage(pins["Q"], pins["D"], control("C"), control("E"), clear=control("L"), clear_value=data)
    synchronous = base.startswith("SDFF")
    return Storage(
        q=pins["Q"],
        d=pins.get("D", FALSE),
        clock=control("C"),
        enable=control("E"),
        sync=control("R") if synchronous else None,
        sync_value=value if synchronous else 0,
        enable_first=base == "SDFFCE",
        clear=None if synchronous else control("R"),
        clear_value=0 if synchronous else value,
        preset=control("S"),
        load=control("L"),
        load_d=data,
    )


def _unsupported(kind: str, name: str, cell: Mapping[str, Any]) -> str:
    place = str(cell.get("attributes", {}).get("src", "")).split("|", maxsplit=1)[0]
    where = f" ({place})" if place else ""
    if kind == "$_TBUF_":
        return f"a tri-state driver inside the design cannot be judged{where}"
    if kind.startswith("$"):
        return f"a cell of type {kind} cannot be judged{where}"
    return f"module {kind} is not defined{where}"


def _ordered(gates: list[Gate], names: Mapping[int, str]) -> tuple[Gate, ...]:
    """Sort gates so that each comes after those that drive its inputs (Kahn's algorithm)."""
    driver = {gate.y: i for i, gate in enumerate(gates)}
    users: dict[int, list[int]] = {}
    missing = [0] * len(gates)
    for i, gate in enumerate(gates):
        for bit in gate.inputs:
            if bit in driver:
                users.setdefault(driver[bit], []).append(i)
                missing[i] += 1
    ready = [i for i, count in enumerate(missing) if count == 0]
    order = []
    while ready:
        i = ready.pop()
        order.append(gates[i])
        for user in users.get(i, ()):
            missing[user] -= 1
            if missing[user] == 0:
                ready.append(user)
    if len(order) < len(gates):
        needs = [[driver[b] for b in gate.inputs if b in driver] for gate in gates]
        raise Unsupported(
            f"combinational loop through {loop_names([g.y for g in gates], needs, missing, names)}"
        )
    return tuple(order)


def loop_names(
    bits: Sequence[int], needs: Sequence[Sequence[int]], missing: Sequence[int], names: Mapping[int, str]
) -> str:
    """Name the wires of one loop among the items of a graph that could not be ordered.

    Args:
        bits: what each item drives.
        needs: for each item, the indices of the items it waits for.
        missing: how many of those never came; 0 for an item that could be ordered.
        names: of bits.
    """
    at = next(i for i, count in enumerate(missing) if count)
    seen: dict[int, None] = {}
    while at not in seen:
        seen[at] = None
        at = next(i for i in needs[at] if missing[i])
    way = list(seen)
    loop = way[way.index(at) :]
    found = dict.fromkeys(n.split("[")[0] for i in reversed(loop) if (n := names.get(bits[i], "$"))[0] != "$")
    return ", ".join(list(found)[:5]) or "unnamed wires"
