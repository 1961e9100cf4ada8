"""Modules written from a specification that can be read mechanically: tables, maps, machines, waveforms."""

from __future__ import annotations

import re
from collections.abc import Iterator

from proofsmith.agents.policies.verilog.boolean import minimise_logic
from proofsmith.agents.policies.verilog.components import component_texts
from proofsmith.agents.policies.verilog.emit import (
    expression_text,
    logic_lines,
    machine_lines,
    machine_table,
    module_text,
)
from proofsmith.agents.policies.verilog.logic import MAX_INPUTS
from proofsmith.agents.policies.verilog.rewrite import Design
from proofsmith.agents.policies.verilog.waveforms import explained
from proofsmith.verilog.printing import text_of
from proofsmith.verilog.prompts.components import read_components
from proofsmith.verilog.prompts.description import Interface, LogicTable, StateMachine
from proofsmith.verilog.prompts.formulas import read_formulas
from proofsmith.verilog.prompts.grids import read_karnaugh_map, read_truth_table
from proofsmith.verilog.prompts.ports import read_interface
from proofsmith.verilog.prompts.sentences import read_minterms
from proofsmith.verilog.prompts.transitions import read_machine
from proofsmith.verilog.prompts.waves import read_waveform
from proofsmith.verilog.prompts.wording import Reading
from proofsmith.verilog.syntax import Expr
from proofsmith.verilog_spec import VerilogSpec

_PRESENT = ("state", "y", "present_state", "current_state")
_NEXT = ("next_state", "Y", "state_next")

Written = tuple[str, str, str]
"""A module's text, the operator that made it, and the thought behind it."""


def write_modules(spec: VerilogSpec) -> list[Written]:
    """Return modules for what the prompt says in tables, maps, arrows and waveforms; none if it says nothing.

    The reference is not looked at.
    """
    interface = read_interface(spec.prompt, spec.top, spec.header)
    if interface is None:
        return []
    found: dict[str, Written] = {}
    for text, operator, thought in _written(spec.prompt, interface):
        found.setdefault(text, (text, operator, thought))
    return list(found.values())


def _written(prompt: str, interface: Interface) -> Iterator[Written]:
    machine = read_machine(prompt, interface)
    if machine is not None:
        yield from _machine(machine, interface, prompt)
    for reader, what in ((read_truth_table, "truth table"), (read_karnaugh_map, "Karnaugh map")):
        table = reader(prompt, interface)
        complete = table is not None and set(table.outputs) == _bits(interface)
        if table is not None and complete:
            thought = f"The {what} as minimised logic."
            yield module_text(interface, logic_lines(table)), what.lower().replace(" ", "-"), thought
    yield from _numbered(Reading(prompt, interface))
    formulas = read_formulas(prompt, interface)
    if formulas is not None:
        yield from _formulas(formulas, interface)
    wave = read_waveform(prompt, interface)
    if wave is not None:
        for text, kind in explained(wave, interface):
            yield text, "waveform", f"The simplest circuit found that shows the waveform: {kind}."
    for component in () if machine is not None else read_components(prompt, interface):
        for text in component_texts(component, interface):
            yield text, component.kind, f"The {component.kind} that the text names."


def _numbered(reading: Reading) -> Iterator[Written]:
    """The function that is 1 for some numbers, for every output of one bit."""
    rows = read_minterms(reading) if reading.timing is None else None
    inputs = [b for p in reading.inputs for b in p.bits()]
    outputs = [p.name for p in reading.outputs]
    if rows is None or max(rows) >= 1 << len(inputs) or len(inputs) > MAX_INPUTS:
        return
    if any(p.width > 1 for p in reading.outputs):
        return
    table = LogicTable(tuple(inputs), tuple(outputs), {r: (v,) * len(outputs) for r, v in rows.items()})
    yield module_text(reading.interface, logic_lines(table)), "numbers", "The numbers that give a 1."


def _formulas(formulas: dict[str, Expr], interface: Interface) -> Iterator[Written]:
    """The formulas as minimised logic where their inputs are few, and as they are."""
    plain = [f"assign {name} = {text_of(e)};" for name, e in formulas.items()]
    text = module_text(interface, plain)
    design = Design.of(text, interface.module)
    for rewrite in minimise_logic(design):
        yield rewrite.source, "formula-minimised", rewrite.thought
    yield text, "formula", "The formula as it is given."


def _bits(interface: Interface) -> set[str]:
    return {bit for p in interface.outputs for bit in p.bits()}


def _machine(machine: StateMachine, interface: Interface, prompt: str) -> Iterator[Written]:
    if machine.clock:
        thought = f"The machine of {len(machine.states)} states as it is described."
        yield module_text(interface, machine_lines(machine, interface)), "state-machine", thought
        return
    present = next((p for p in interface.inputs if p.name in _PRESENT and p.width > 1), None)
    if present is None or not machine.codes:
        return
    one_hot = "one-hot" in prompt.lower() or "one hot" in prompt.lower()
    if one_hot:
        lines = _one_hot(machine, interface, present.name)
    else:
        try:
            table = machine_table(machine, interface, present.bits())
        except ValueError:
            return
        lines = _logic_of_machine(table, interface, machine)
    if lines is not None:
        yield module_text(interface, lines), "state-logic", "The logic of the machine, its state given."


def _logic_of_machine(table: LogicTable, interface: Interface, machine: StateMachine) -> list[str] | None:
    """An ``assign`` for each output: a bit of the next state, whether a state is next, a Moore output."""
    width = sum(name.startswith("next ") for name in table.outputs)
    after = table.outputs[:width]
    lines = []
    for port in interface.outputs:
        bits = port.bits()
        numbered = re.fullmatch(r"Y(\d+)", port.name)
        if port.name in _NEXT and port.width == width:
            sources = list(after)
        elif numbered and int(numbered[1]) < width:
            sources = [after[width - 1 - int(numbered[1])]]
        elif all(any(bit in dict(o) for o in machine.outputs.values()) for bit in bits):
            sources = list(bits)
        else:
            return None
        for bit, source in zip(bits, sources, strict=True):
            lines.append(f"assign {bit} = {expression_text(table, source)};")
    return lines


def _one_hot(machine: StateMachine, interface: Interface, state: str) -> list[str] | None:
    """Each next state as the transitions that lead there; the state's bits stand for themselves."""
    place = {name: code.bit_length() - 1 for name, code in machine.codes.items()}
    lines = []
    for port in interface.outputs:
        if port.name in _NEXT and port.width == len(place):
            for name, i in sorted(place.items(), key=lambda item: item[1]):
                lines.append(f"assign {port.name}[{i}] = {_entering(machine, name, place, state)};")
            continue
        named = next((s for s in machine.states if port.name == f"{s}_next"), None)
        if named is not None:
            lines.append(f"assign {port.name} = {_entering(machine, named, place, state)};")
            continue
        for bit in port.bits():
            shown = [s for s in machine.states if dict(machine.outputs.get(s, ())).get(bit)]
            lines.append(f"assign {bit} = {' | '.join(f'{state}[{place[s]}]' for s in shown) or '0'};")
    return lines


def _entering(machine: StateMachine, target: str, place: dict[str, int], state: str) -> str:
    terms = []
    for t in machine.transitions:
        if t.target == target:
            factors = [f"{state}[{place[t.source]}]"]
            factors += [bit if value else f"~{bit}" for bit, value in t.guard]
            terms.append(" & ".join(factors))
    return " | ".join(terms) or "1'b0"
