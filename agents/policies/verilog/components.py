"""Modules for standard components: what a text says in Verilog, and detectors of a sequence."""

from __future__ import annotations

from proofsmith.agents.policies.verilog.emit import machine_lines, module_text
from proofsmith.verilog.prompts.components import Detector
from proofsmith.verilog.prompts.description import Body, Interface, StateMachine, Transition


def component_texts(component: Body | Detector, interface: Interface) -> list[str]:
    """Return the module that is a component; without a reset also one whose registers begin with 0."""
    text = component_text(component, interface)
    if isinstance(component, Detector) or not component.begins:
        return [text]
    starts = "".join(f"  initial {name} = {width}'d0;\n" for name, width in component.begins)
    return [text, text.replace("endmodule", f"{starts}endmodule")]


def component_text(component: Body | Detector, interface: Interface) -> str:
    """Return the module that is a component."""
    if isinstance(component, Detector):
        return module_text(interface, _detector(component, interface))
    return module_text(interface, component.lines, component.registers)


def _detector(component: Detector, interface: Interface) -> list[str]:
    """How much of the pattern was seen (Knuth, Morris & Pratt 1977) as states."""
    pattern, timing = component.pattern, component.timing
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
