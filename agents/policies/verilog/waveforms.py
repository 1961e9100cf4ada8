"""Circuits that explain a waveform: the simplest of a few kinds that fits every row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from proofsmith.agents.policies.verilog.emit import expression_text, logic_lines, module_text
from proofsmith.agents.policies.verilog.logic import MAX_INPUTS
from proofsmith.verilog.prompts.description import Interface, LogicTable, Port, Waveform

Row = dict[str, int | None]


def explained(wave: Waveform, interface: Interface) -> Iterator[tuple[str, str]]:
    """Yield modules that do what a waveform shows, as (text, what kind of circuit)."""
    rows = [dict(zip(wave.ports, row, strict=True)) for row in wave.rows]
    clock = next((p.name for p in interface.inputs if p.name in ("clk", "clock")), None)
    if clock is None:
        lines = _table_lines(rows, interface) or _selected_lines(rows, interface)
        if lines is not None:
            yield module_text(interface, lines[0], lines[1]), "logic"
        return
    for edge in (1, 0):
        found = _clocked(rows, interface, clock, edge)
        if found is not None:
            yield module_text(interface, *found), "registers"
    latched = _latched(rows, interface, clock)
    if latched is not None:
        yield module_text(interface, *latched), "latch and register"
    counted = _counted(rows, interface, clock)
    if counted is not None:
        yield module_text(interface, *counted), "counter"


def _table(
    samples: Sequence[tuple[Row, Row]], inputs: Sequence[Port], outputs: Sequence[Port]
) -> LogicTable | None:
    """Outputs as a table of inputs, from (row of inputs, row of outputs); ``None`` if none fits."""
    bits = [b for p in inputs for b in p.bits()]
    if len(bits) > MAX_INPUTS:
        return None
    found: dict[int, tuple[int | None, ...]] = {}
    for before, after in samples:
        number = 0
        known = True
        for p in inputs:
            value = before.get(p.name)
            known = known and value is not None
            number = number << p.width | ((value or 0) & ((1 << p.width) - 1))
        if not known or any(after.get(p.name) is None for p in outputs):
            continue
        values = tuple((after[p.name] or 0) >> i & 1 for p in outputs for i in reversed(range(p.width)))
        if found.setdefault(number, values) != values:
            return None
    return LogicTable(tuple(bits), tuple(b for p in outputs for b in p.bits()), found) if found else None


def _table_lines(rows: list[Row], interface: Interface) -> tuple[list[str], list[str]] | None:
    table = _table([(r, r) for r in rows], interface.inputs, interface.outputs)
    if table is None:
        return None
    wide = [p for p in interface.outputs if p.width > 1]
    if len(interface.outputs) == 1 and wide and len(interface.inputs) == 1:
        return _lookup(table, interface.inputs[0], wide[0]), [wide[0].name]
    return logic_lines(table), []


def _lookup(table: LogicTable, source: Port, target: Port) -> list[str]:
    """A case for a table of numbers, which reads better than logic for each bit."""
    lines = ["always @* begin", f"  case ({source.name})"]
    digits = (target.width + 3) // 4
    for number, values in sorted(table.rows.items()):
        value = int("".join(str(v or 0) for v in values), 2)
        lines.append(f"    {source.width}'d{number}: {target.name} = {target.width}'h{value:0{digits}x};")
    return [*lines, f"    default: {target.name} = {target.width}'d0;", "  endcase", "end"]


def _selected_lines(rows: list[Row], interface: Interface) -> tuple[list[str], list[str]] | None:
    """One input selects which other input, or which number, is the output."""
    if len(interface.outputs) != 1:
        return None
    out = interface.outputs[0]
    complete = [r for r in rows if all(v is not None for v in r.values())]
    for select in interface.inputs:
        others = [p for p in interface.inputs if p is not select and p.width == out.width]
        cases: dict[int, set[str]] = {}
        for row in complete:
            value = row[out.name]
            fits = {p.name for p in others if row[p.name] == value} | {f"{out.width}'d{value}"}
            key = row[select.name] or 0
            cases[key] = cases.get(key, fits) & fits
        if len(cases) < 2 or not all(cases.values()):
            continue
        lines = ["always @* begin", f"  case ({select.name})"]
        chosen = {k: min(v, key=lambda text: (text[0].isdigit(), text)) for k, v in cases.items()}
        usual = max(chosen.values(), key=lambda v: list(chosen.values()).count(v))
        lines += [
            f"    {select.width}'d{k}: {out.name} = {v};" for k, v in sorted(chosen.items()) if v != usual
        ]
        return [*lines, f"    default: {out.name} = {usual};", "  endcase", "end"], [out.name]
    return None


def _edges(rows: list[Row], clock: str, level: int) -> list[tuple[Row, Row]]:
    """(row before, row after) for every change of the clock to `level`."""
    return [(a, b) for a, b in pairwise(rows) if a[clock] == 1 - level and b[clock] == level]


def _clocked(
    rows: list[Row], interface: Interface, clock: str, edge: int
) -> tuple[list[str], list[str]] | None:
    """Registers whose next values are logic of inputs and registers, and logic of both for the rest."""
    data = [p for p in interface.inputs if p.name != clock]
    still = [(a, b) for a, b in pairwise(rows) if not (a[clock] == 1 - edge and b[clock] == edge)]
    registers = [p for p in interface.outputs if all(a[p.name] in (None, b[p.name]) for a, b in still)]
    while True:
        changes = _edges(rows, clock, edge)
        tables = {p.name: _table(changes, [*registers, *data], [p]) for p in registers}
        failed = [p for p in registers if tables[p.name] is None]
        if not failed:
            break
        registers.remove(failed[-1])
    logic = [p for p in interface.outputs if p not in registers]
    shown = _table([(r, r) for r in rows], [*registers, *data], logic) if logic else None
    if not registers or (logic and shown is None):
        return None
    lines = [f"always @({'posedge' if edge else 'negedge'} {clock}) begin"]
    for p in registers:
        table = tables[p.name]
        assert table is not None
        lines += [f"  {bit} <= {expression_text(table, bit)};" for bit in table.outputs]
    lines.append("end")
    lines += logic_lines(shown) if shown is not None else []
    return lines, [p.name for p in registers]


def _latched(rows: list[Row], interface: Interface, clock: str) -> tuple[list[str], list[str]] | None:
    """A latch that is open while the clock is high, and a register behind it at the falling edge."""
    data = [p for p in interface.inputs if p.name != clock]
    high = [r for r in rows if r[clock] == 1]
    lines: list[str] = []
    latches: list[Port] = []
    for p in interface.outputs:
        table = _table([(r, r) for r in high], data, [p])
        holds = all(a[p.name] in (None, b[p.name]) for a, b in pairwise(rows) if b[clock] == 0)
        if table is not None and holds and p.width == 1 and len(set(table.rows.values())) > 1:
            latches.append(p)
            lines += [f"always @* if ({clock}) {p.name} = {expression_text(table, p.name)};"]
    rest = [p for p in interface.outputs if p not in latches]
    for p in rest:
        table = _table(_edges(rows, clock, 0), [*latches, *data], [p])
        if table is None or p.width > 1:
            return None
        lines += [f"always @(negedge {clock}) {p.name} <= {expression_text(table, p.name)};"]
    return (lines, [p.name for p in interface.outputs]) if latches else None


def _counted(rows: list[Row], interface: Interface, clock: str) -> tuple[list[str], list[str]] | None:
    """A number that counts up to a limit, and is set to a constant while one input is at some level."""
    if len(interface.outputs) != 1 or interface.outputs[0].width < 2:
        return None
    out = interface.outputs[0]
    changes = [(a, b) for a, b in _edges(rows, clock, 1) if b[out.name] is not None]
    for control in [p for p in interface.inputs if p.name != clock and p.width == 1]:
        for level in (1, 0):
            loads = {b[out.name] for a, b in changes if a[control.name] == level}
            steps = [(a[out.name], b[out.name]) for a, b in changes if a[control.name] == 1 - level]
            steps = [(a, b) for a, b in steps if a is not None]
            wraps = {(a, b) for a, b in steps if b != (a or 0) + 1}
            if len(loads) != 1 or len(wraps) > 1 or len(steps) - len(wraps) < 1:
                continue
            test = control.name if level else f"!{control.name}"
            lines = [f"always @(posedge {clock})", f"  if ({test}) {out.name} <= {out.width}'d{loads.pop()};"]
            lines += [
                f"  else if ({out.name} == {out.width}'d{a}) {out.name} <= {out.width}'d{b};"
                for a, b in wraps
            ]
            return [*lines, f"  else {out.name} <= {out.name} + {out.width}'d1;"], [out.name]
    return None
