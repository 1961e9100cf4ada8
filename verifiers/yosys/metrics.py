"""How large, deep and busy a design is, always after the same synthesis."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from proofsmith.errors import ToolFailure
from proofsmith.verifiers.yosys.netlist import TRUE, Control, Gate, Netlist, Storage, read_netlist
from proofsmith.verifiers.yosys.pool import YosysPool
from proofsmith.verifiers.yosys.reading import Design, complete

_MAPPING = "+strash;&get,-n;&fraig,-x;&put;scorr;dc2;dch,-f;map,-a;topo"
"""Area-oriented mapping; Yosys's own script for ABC crashes with small libraries."""
_GATES = "AND,NAND,OR,NOR,XOR,XNOR,MUX"
_TRANSISTORS = {
    "$_BUF_": 4,
    "$_NOT_": 2,
    "$_AND_": 6,
    "$_NAND_": 4,
    "$_OR_": 6,
    "$_NOR_": 4,
    "$_XOR_": 12,
    "$_XNOR_": 12,
    "$_MUX_": 12,
}
"""Static CMOS: an inverter after each gate that is not inverting by itself."""
_FLIP_FLOP, _LATCH, _ASYNCHRONOUS, _ENABLE, _SYNC = 24, 12, 4, 12, 6
"""Two latches of transmission gates; each asynchronous input; a multiplexer; a gate."""
_MEANT = re.compile(r"translate_o|full_case|parallel_case")
_STREAMS = 256
_CYCLES = 64
_EVALUATIONS = 2_000_000
_CHIP_AREA = re.compile(r"Chip area for (?:top )?module [^:]*: *([\d.]+)")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True)
class Metrics:
    """Figures of a synthesised design.

    Attributes:
        cells: gates and flip-flops.
        area: of the mapped cells in the unit of the Liberty file, or an estimate in CMOS transistors.
        depth: gates on the longest path between ports and storage, inverters included.
        flip_flops: flip-flops and latches, in bits.
        power: switching estimate: toggles a clock cycle of every wire with random inputs, each
            weighted by one plus the number of inputs it drives, the clock pins included; those of
            latches count as clock pins too.
        unit: what `area` counts: ``"transistors"`` or ``"area"``.
    """

    cells: int
    area: float
    depth: int
    flip_flops: int
    power: float
    unit: str = "transistors"

    def as_pairs(self) -> tuple[tuple[str, float], ...]:
        """Return the figures as a verdict's metrics."""
        return (
            ("cells", float(self.cells)),
            ("area", self.area),
            ("depth", float(self.depth)),
            ("flip_flops", float(self.flip_flops)),
            ("power", self.power),
        )


def measure(pool: YosysPool, design: Design, seconds: float, liberty: str | None = None) -> Metrics:
    """Synthesise a design and measure it; deterministic, and remembered by its text.

    The script is always ``synth -flatten; abc; opt_clean``: with generic gates for everything but
    the area and the number of cells where there is a Liberty file.

    Raises:
        Unreadable: Yosys cannot read or build it.
        Unsupported: it cannot be simulated (a tri-state driver, a combinational loop).
        OutOfTime: not within `seconds`.
        ToolMissing, ToolFailure: as `YosysPool.run`.
    """
    key = ("metrics", _digest(design, liberty))
    known = pool.cache.get(key)
    if isinstance(known, Metrics):
        return known
    script = [f"synth -top {design.top} -flatten", f"abc -g {_GATES}", "opt_clean -purge"]
    script += ["write_json netlist.json"]
    if liberty:
        script += [
            "dfflibmap -liberty cells.lib",
            f"abc -liberty cells.lib -script {_MAPPING}",
            "opt_clean -purge",
        ]
        script += ["tee -q -o mapped.json stat -json -liberty cells.lib"]
        script += ["tee -q -o mapped.txt stat -liberty cells.lib"]
    outcome = complete(
        pool,
        design,
        script,
        seconds,
        ("mapped.json", "mapped.txt", "netlist.json"),
        (("cells.lib", liberty),) if liberty else (),
    )
    netlist = read_netlist(outcome.files["netlist.json"], design.top)
    cells, area = len(netlist.gates) + len(netlist.storage), float(transistors(netlist))
    if liberty:
        figures = _statistics(outcome.files["mapped.json"])
        cells, area = int(figures["num_cells"]), _area(figures, outcome.files["mapped.txt"])
    metrics = Metrics(
        cells=cells,
        area=area,
        depth=depth(netlist),
        flip_flops=len(netlist.storage),
        power=switching(netlist),
        unit="area" if liberty else "transistors",
    )
    pool.cache[key] = metrics
    return metrics


def _statistics(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text[text.index("{") :])["design"]
    return found


def _area(figures: Mapping[str, Any], text: str) -> float:
    """Return the area of the mapped cells, which Yosys before 0.24 has in its text alone."""
    if "area" in figures:
        return float(figures["area"])
    match = _CHIP_AREA.search(text)
    if match is None and int(figures["num_cells"]):
        raise ToolFailure("Yosys reports no area of the mapped cells")
    return float(match[1]) if match is not None else 0.0


def _digest(design: Design, liberty: str | None) -> str:
    source = _SPACE.sub(" ", _uncommented(design.source)).strip()
    text = json.dumps([source, design.top, design.files, liberty or ""])
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _uncommented(text: str) -> str:
    """Leave out comments, where nothing in the text needs its line's end or is an order to the tools."""
    if "`" in text or '"' in text or _MEANT.search(text):
        return text.replace("\n", " \\n ")
    return re.sub(r"//[^\n]*|/\*.*?\*/", " ", text, flags=re.DOTALL)


def transistors(netlist: Netlist) -> int:
    """Estimate the CMOS transistors of a netlist of simple gates and storage."""
    count = sum(_TRANSISTORS.get(gate.kind, 8) for gate in netlist.gates)
    for s in netlist.storage:
        count += _LATCH if s.clock is None else _FLIP_FLOP
        count += _ASYNCHRONOUS * sum(c is not None for c in (s.clear, s.preset, s.load))
        count += _ENABLE if s.clock is not None and s.enable is not None else 0
        count += _SYNC if s.sync is not None else 0
    return count


def depth(netlist: Netlist) -> int:
    """Return the number of gates on the longest combinational path."""
    level: dict[int, int] = {}
    for gate in netlist.gates:
        deepest = max((level.get(bit, 0) for bit in gate.inputs), default=0)
        level[gate.y] = deepest + (gate.kind != "$_BUF_")
    return max(level.values(), default=0)


def switching(netlist: Netlist, seed: int = 1) -> float:
    """Estimate activity by simulating random inputs; see `Metrics.power`.

    All storage begins at its initial value, or 0. Inputs that reset storage act in the first two
    cycles and then in one of 64; clocks tick once a cycle. Other inputs are fair coins.
    """
    rng = random.Random(seed)
    load = _loads(netlist)
    cycles = max(4, min(_CYCLES, _EVALUATIONS // max(1, len(netlist.gates))))
    clocks = {s.clock.bit for s in netlist.storage if s.clock is not None}
    resets = _resets(netlist.storage)
    values = {0: 0, TRUE: _mask(), -1: 0, -2: 0}
    for cell in netlist.storage:
        values[cell.q] = _mask() if netlist.init.get(cell.q) else 0
    total = 2.0 * len(netlist.storage)
    weighted = 0
    before: dict[int, int] = {}
    for cycle in range(cycles):
        for _, bits in netlist.inputs:
            for bit in bits:
                values[bit] = 0 if bit in clocks else _stimulus(rng, resets.get(bit), cycle)
        evaluate(netlist.gates, values)
        if cycle:
            weighted += sum((values[bit] ^ old).bit_count() * load[bit] for bit, old in before.items())
        before = {bit: values.get(bit, 0) for bit in load if bit not in clocks}
        _store(netlist.storage, values)
    return round(total + weighted / ((cycles - 1) * _STREAMS), 3)


def _mask() -> int:
    return (1 << _STREAMS) - 1


def _stimulus(rng: random.Random, reset: bool | None, cycle: int) -> int:
    """Return an input's value in every stream; `reset` is the level at which it resets storage."""
    if reset is None:
        return rng.getrandbits(_STREAMS)
    rare = rng.getrandbits(_STREAMS)
    for _ in range(5):
        rare &= rng.getrandbits(_STREAMS)
    active = _mask() if cycle < 2 else rare
    return active if reset else _mask() ^ active


def _resets(storage: Sequence[Storage]) -> dict[int, bool]:
    controls = [c for s in storage for c in (s.sync, s.clear, s.preset) if c is not None]
    return {control.bit: control.high for control in controls}


def _loads(netlist: Netlist) -> dict[int, int]:
    """Return one plus the number of inputs driven, for every wire that something drives."""
    loads = {gate.y: 1 for gate in netlist.gates} | {s.q: 1 for s in netlist.storage}
    loads |= {bit: 1 for _, bits in netlist.inputs for bit in bits}
    used = [bit for gate in netlist.gates for bit in gate.inputs]
    for s in netlist.storage:
        used += [s.d, *(c.bit for c in (s.enable, s.sync, s.clear, s.preset, s.load) if c is not None)]
    for bit in used:
        if bit in loads:
            loads[bit] += 1
    return loads


def evaluate(gates: Sequence[Gate], values: dict[int, int]) -> None:
    """Compute the outputs of gates in order, every value a word of `_STREAMS` bits."""
    mask = _mask()
    for gate in gates:
        kind, pins = gate.kind, [values.get(bit, 0) for bit in gate.inputs]
        a = pins[0]
        b = pins[1] if len(pins) > 1 else 0
        if kind == "$_NOT_":
            result = a ^ mask
        elif kind == "$_BUF_":
            result = a
        elif kind == "$_AND_":
            result = a & b
        elif kind == "$_NAND_":
            result = (a & b) ^ mask
        elif kind == "$_OR_":
            result = a | b
        elif kind == "$_NOR_":
            result = (a | b) ^ mask
        elif kind == "$_XOR_":
            result = a ^ b
        elif kind == "$_XNOR_":
            result = a ^ b ^ mask
        elif kind == "$_ANDNOT_":
            result = a & (b ^ mask)
        elif kind == "$_ORNOT_":
            result = a | (b ^ mask)
        else:
            result = _wide(kind, pins, mask)
        values[gate.y] = result


def _wide(kind: str, pins: list[int], mask: int) -> int:
    a, b, c = pins[:3]
    if kind == "$_MUX_":
        return (a & (c ^ mask)) | (b & c)
    if kind == "$_NMUX_":
        return ((a & (c ^ mask)) | (b & c)) ^ mask
    if kind == "$_AOI3_":
        return ((a & b) | c) ^ mask
    if kind == "$_OAI3_":
        return ((a | b) & c) ^ mask
    if kind == "$_AOI4_":
        return ((a & b) | (c & pins[3])) ^ mask
    return ((a | b) & (c | pins[3])) ^ mask


def _store(storage: Sequence[Storage], values: dict[int, int]) -> None:
    """Let one clock edge pass."""
    mask = _mask()

    def active(control: Control | None) -> int:
        if control is None:
            return 0
        word = values.get(control.bit, 0)
        return word if control.high else word ^ mask

    fresh = {}
    for s in storage:
        old, new = values[s.q], values.get(s.d, 0)
        reset = active(s.sync)
        constant = mask if s.sync_value else 0
        enabled = mask if s.enable is None else active(s.enable)
        if s.enable_first:
            new = (new & ~reset) | (constant & reset)
            new = (new & enabled) | (old & ~enabled)
        else:
            new = (new & enabled) | (old & ~enabled)
            new = (new & ~reset) | (constant & reset)
        loading = active(s.load)
        new = (new & ~loading) | (values.get(s.load_d, 0) & loading)
        new |= active(s.preset)
        clearing = active(s.clear)
        new = (new & ~clearing) | ((mask if s.clear_value else 0) & clearing)
        fresh[s.q] = new & mask
    values.update(fresh)
