"""Modules for standard components: gates, registers, counters, detectors of a sequence."""

from __future__ import annotations

from dataclasses import replace

from proofsmith.agents.policies.verilog.emit import machine_lines, module_text
from proofsmith.verilog.prompts.components import Component, Timing
from proofsmith.verilog.prompts.description import Interface, StateMachine, Transition


def component_texts(component: Component, interface: Interface) -> list[str]:
    """Return the module that is a component; without a reset also one whose register begins with 0."""
    text = component_text(component, interface)
    if component.timing is None or component.timing.reset or component.kind == "sequence":
        return [text]
    start = f"  initial {interface.outputs[0].name} = {interface.outputs[0].width}'d0;\nendmodule"
    return [text, text.replace("endmodule", start)]


def component_text(component: Component, interface: Interface) -> str:
    """Return the module that is a component."""
    if component.kind == "logic":
        return module_text(interface, [f"assign {target} = {value};" for target, value in component.logic])
    timing = component.timing
    assert timing is not None
    if component.kind == "sequence":
        return module_text(interface, _detector(component, timing, interface))
    out = interface.outputs[0]
    if component.kind == "register":
        data = next(p.name for p in interface.inputs if p.name not in (timing.clock, timing.reset))
        return module_text(
            interface, _clocked(timing, out.name, out.width, [f"{out.name} <= {data};"]), [out.name]
        )
    low, high = component.low, component.high
    full = low == 0 and high == (1 << out.width) - 1
    step = f"{out.name} <= {out.name} + {out.width}'d1;"
    wrap = f"if ({out.name} == {out.width}'d{high}) {out.name} <= {out.width}'d{low};"
    body = [step] if full else [wrap, f"else {step}"]
    if component.enable:
        body = [f"if ({component.enable}) begin", *(f"  {line}" for line in body), "end"]
    timing = replace(timing, value=low)
    return module_text(interface, _clocked(timing, out.name, out.width, body), [out.name])


def _clocked(timing: Timing, name: str, width: int, body: list[str]) -> list[str]:
    """A clocked block with its reset."""
    events = f"{'negedge' if timing.falling else 'posedge'} {timing.clock}"
    if timing.asynchronous:
        events += f" or {'negedge' if timing.reset_low else 'posedge'} {timing.reset}"
    lines = [f"always @({events}) begin"]
    if timing.reset:
        test = f"!{timing.reset}" if timing.reset_low else timing.reset
        lines.append(f"  if ({test}) {name} <= {width}'d{timing.value};")
        first, *rest = body
        return [*lines, f"  else {first}", *(f"  {line}" for line in rest), "end"]
    return [*lines, *(f"  {line}" for line in body), "end"]


def _detector(component: Component, timing: Timing, interface: Interface) -> list[str]:
    """How much of the pattern was seen (Knuth, Morris & Pratt 1977) as states."""
    pattern = component.pattern
    data = next(p.name for p in interface.inputs if p.name not in (timing.clock, timing.reset))
    out = interface.outputs[0].name
    count = len(pattern) if component.mealy else len(pattern) + 1
    transitions = []
    for state in range(count):
        for bit in (0, 1):
            seen = pattern[:state] + str(bit)
            after = next(k for k in range(min(len(seen), count - 1), -1, -1) if seen.endswith(pattern[:k]))
            if component.stays and state == len(pattern):
                after = state
            transitions.append(Transition(f"SEEN_{state}", ((data, bit),), f"SEEN_{after}"))
    outputs: dict[str, tuple[tuple[str, int], ...]] = {}
    if not component.mealy:
        outputs[f"SEEN_{count - 1}"] = ((out, 1),)
    machine = StateMachine(
        tuple(f"SEEN_{i}" for i in range(count)),
        tuple(transitions),
        outputs,
        {},
        "SEEN_0",
        timing.reset,
        timing.reset_low,
        timing.asynchronous,
        timing.clock,
    )
    lines = machine_lines(machine, interface)
    if component.mealy:
        last = data if pattern[-1] == "1" else f"!{data}"
        lines[-1] = f"assign {out} = state_now == SEEN_{count - 1} && {last};"
    return lines
