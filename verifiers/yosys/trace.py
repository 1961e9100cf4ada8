"""Counterexamples: the inputs of every step, confirmed by simulating the sources, and shown."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from proofsmith.types import Counterexample
from proofsmith.verifiers.simulation.icarus import Icarus
from proofsmith.verifiers.yosys.clocking import Clocking, Time
from proofsmith.verifiers.yosys.netlist import Netlist
from proofsmith.verifiers.yosys.reading import NAME, Design

_SHOWN = 40
Values = Mapping[str, str]
"""Values of ports by name, as binary digits (``0 1 x z``), most significant first."""


@dataclass(frozen=True)
class Trace:
    """A run of two designs in which they differ in the last step.

    Attributes:
        clocking: what a step is.
        inputs: the value of every input port in each step, the clock of a clocked design left out;
            ``"tick"`` says whether the clock ticks at the end of the step where that is a choice.
        expected: the outputs of the original in each step.
        actual: those of the other design.
        ports: the outputs that differ in the last step.
    """

    clocking: Clocking
    inputs: tuple[Values, ...]
    expected: tuple[Values, ...]
    actual: tuple[Values, ...]
    ports: tuple[str, ...]

    @property
    def definite(self) -> bool:
        """Whether an output is 0 where it should be 1, or 1 where it should be 0."""
        last = len(self.inputs) - 1
        return any(
            {a, b} == {"0", "1"}
            for p in self.ports
            for a, b in zip(self.expected[last][p], self.actual[last][p], strict=True)
        )

    def counterexample(self) -> Counterexample:
        """Return it for people: a line a step, at most `_SHOWN` of them."""
        last = len(self.inputs) - 1
        if self.clocking.time is Time.NONE:
            inputs = tuple((name, literal(value)) for name, value in self.inputs[last].items())
        else:
            unit = "cycle" if self.clocking.time is Time.CYCLE else "step"
            rows = [(f"{unit} {i}", _row(values)) for i, values in enumerate(self.inputs)]
            inputs = tuple(
                rows if len(rows) <= _SHOWN else [*rows[: _SHOWN // 2], ("...", ""), *rows[-_SHOWN // 2 :]]
            )
        expected = ", ".join(f"{p} = {literal(self.expected[last][p])}" for p in self.ports)
        actual = ", ".join(f"{p} = {literal(self.actual[last][p])}" for p in self.ports)
        return Counterexample(inputs, expected, actual)

    def vcd(self) -> str:
        """Return it as a value change dump (IEEE 1364-2005, clause 18); one step is ten time units."""
        columns: list[tuple[str, str, list[str]]] = []
        for scope, rows in (("inputs", self.inputs), ("expected", self.expected), ("actual", self.actual)):
            for name in rows[0]:
                columns.append((scope, name, [row[name] for row in rows]))
        clock = self.clocking.clock
        lines = ["$timescale 1ns $end"]
        for scope in ("inputs", "expected", "actual"):
            lines.append(f"$scope module {scope} $end")
            if scope == "inputs" and clock is not None:
                lines.append(f"$var wire 1 c {clock[0]} $end")
            for i, (where, name, values) in enumerate(columns):
                if where == scope:
                    lines.append(f"$var wire {len(values[0])} s{i} {name} $end")
            lines.append("$upscope $end")
        lines.append("$enddefinitions $end")
        before: dict[int, str] = {}
        rest, active = ("0", "1") if self.clocking.rising else ("1", "0")
        for step in range(len(self.inputs)):
            lines.append(f"#{10 * step}")
            if clock is not None:
                lines.append(f"{rest}c")
            for i, (_, _, values) in enumerate(columns):
                if before.get(i) != values[step]:
                    before[i] = values[step]
                    lines.append(f"b{values[step]} s{i}")
            if clock is not None and self.inputs[step].get("tick", "1") == "1":
                lines += [f"#{10 * step + 5}", f"{active}c"]
        lines.append(f"#{10 * len(self.inputs)}")
        return "\n".join(lines) + "\n"


def literal(digits: str) -> str:
    """Return a value as a Verilog literal: ``1``, ``8'h3f``, ``3'b0x1``."""
    if len(digits) == 1:
        return digits
    if set(digits) <= {"0", "1"}:
        return f"{len(digits)}'h{int(digits, 2):x}"
    return f"{len(digits)}'b{digits}"


def _row(values: Values) -> str:
    return " ".join(f"{name}={literal(value)}" for name, value in values.items())


def steps_of(design: Netlist, clocking: Clocking, steps: Sequence[Mapping[str, int]]) -> list[dict[str, str]]:
    """Return port values of the steps of a model, whose inputs are called ``port[index]``."""
    found = []
    for step in steps:
        values = {}
        for name, bits in design.inputs:
            if clocking.clock is not None and clocking.clock[0] == name and len(bits) == 1:
                continue
            values[name] = "".join(str(step.get(f"{name}[{i}]", 0)) for i in reversed(range(len(bits))))
        if clocking.time is Time.TICKED:
            values["tick"] = str(step.get("tick", 1))
        found.append(values)
    return found


def confirm(
    icarus: Icarus,
    designs: tuple[Design, Design],
    ports: Netlist,
    clocking: Clocking,
    steps: Sequence[Mapping[str, str]],
    seconds: float,
    clocks: Iterable[tuple[str, int]] = (),
) -> Trace | None:
    """Simulate both designs with these inputs; return the trace up to a step where they differ.

    They differ where the first one's output is 0 or 1 and the other's is not the same: the first step where
    it is the opposite, else the first where it is undefined. ``None`` where they never differ, or
    where a simulation failed.

    Args:
        icarus: the simulator.
        designs: the original and the other one.
        ports: their ports.
        clocking: what a step is.
        steps: port values, as of `steps_of`.
        seconds: wall clock for both simulations together.
        clocks: input bits that are clocks; they change a little before other inputs do.

    Raises:
        ToolMissing: there is no simulator.
    """
    runs = [_outputs(icarus, d, ports, clocking, steps, seconds / 2, set(clocks)) for d in designs]
    expected, actual = runs
    vague: Trace | None = None
    for i, (wanted, got) in enumerate(zip(expected, actual, strict=False)):
        wrong = tuple(name for name in wanted if _differs(wanted[name], got[name]))
        if wrong:
            end = i + 1
            trace = Trace(clocking, tuple(steps[:end]), tuple(expected[:end]), tuple(actual[:end]), wrong)
            if trace.definite:
                return trace
            vague = vague or trace
    return vague


def _differs(wanted: str, got: str) -> bool:
    return any(w in "01" and w != g for w, g in zip(wanted, got, strict=True))


def _outputs(
    icarus: Icarus,
    design: Design,
    ports: Netlist,
    clocking: Clocking,
    steps: Sequence[Mapping[str, str]],
    seconds: float,
    clocks: set[tuple[str, int]],
) -> list[dict[str, str]]:
    """Return the outputs of a design in each step that was simulated."""
    mark = secrets.token_hex(8)
    bench = _bench(design.top, ports, clocking, steps, mark, clocks)
    sources = [name for name, _ in design.files if name.endswith((".v", ".sv"))]
    files = {**dict(design.files), NAME: design.source, "proofsmith_bench.sv": bench}
    names = ["proofsmith_bench.sv", *sources, NAME]
    done = icarus.simulate(files, names, "proofsmith_bench", seconds)
    found: list[dict[str, str]] = []
    for line in done.output.splitlines():
        words = line.split()
        if words[:1] == [mark] and len(words) == 2 + len(ports.outputs) and words[1] == str(len(found)):
            found.append(dict(zip((name for name, _ in ports.outputs), words[2:], strict=True)))
    return found


def _bench(
    top: str,
    ports: Netlist,
    clocking: Clocking,
    steps: Sequence[Mapping[str, str]],
    mark: str,
    clocks: set[tuple[str, int]],
) -> str:
    """Return a test bench that applies the steps and prints the outputs of each."""
    first = {name for name, _ in clocks}
    lines = ["`timescale 1ns/1ns", "module proofsmith_bench;"]
    for name, bits in ports.inputs:
        # A value given here is there from the beginning: no edge at time 0, as a model has none there.
        begin = f" = {len(bits)}'b{steps[0][name]}" if name in first else ""
        lines.append(f"  reg [{len(bits) - 1}:0] {_local(name)}{begin};")
    lines += [f"  wire [{len(bits) - 1}:0] {_local(name)};" for name, bits in ports.outputs]
    pins = ", ".join(f".{name}({_local(name)})" for name, _ in (*ports.inputs, *ports.outputs))
    lines += [f"  {top} dut ({pins});", "  initial begin"]
    form = " ".join(["%b"] * len(ports.outputs))
    shown = ", ".join(_local(name) for name, _ in ports.outputs)
    clock = None if clocking.clock is None else f"{_local(clocking.clock[0])}[{clocking.clock[1]}]"
    rest, active = ("0", "1") if clocking.rising else ("1", "0")
    if clock is not None:
        lines.append(f"    {clock} = {rest};")
    for i, values in enumerate(steps):
        early = [name for name, _ in ports.inputs if name in values and name in first]
        late = [name for name, _ in ports.inputs if name in values and name not in first]
        for changed in (early, late):
            lines += [f"    {_local(n)} = {len(values[n])}'b{values[n]};" for n in changed]
            lines.append("    #2;")
        lines.append(f'    $display("{mark} {i} {form}", {shown});')
        if clock is not None and values.get("tick", "1") == "1":
            lines += [f"    #1 {clock} = {active};", f"    #5 {clock} = {rest};", "    #1;"]
    lines += ["    $finish;", "  end", "endmodule"]
    return "\n".join(lines) + "\n"


def _local(name: str) -> str:
    return f"p_{name}"
