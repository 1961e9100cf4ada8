"""Descriptions as modules, word for word: references to prove others equivalent to. Nothing is minimised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from proofsmith.verilog.prompts.description import Interface, LogicTable, StateMachine, Transition


def header_text(interface: Interface, registers: Sequence[str] = ()) -> str:
    """Return the module's header; outputs in `registers` are declared ``reg``."""
    ports = []
    for p in interface.ports:
        kind = "output reg" if p.name in registers else p.direction
        ports.append(f"  {kind} {f'[{p.width - 1}:0] ' if p.width > 1 else ''}{p.name}")
    return f"module {interface.module} (\n" + ",\n".join(ports) + "\n);\n"


def table_module(table: LogicTable, interface: Interface) -> str:
    """Return a table as a ``case``; what is not given is undefined."""
    count = len(table.inputs)
    outputs = [bit for p in interface.outputs for bit in p.bits()]
    target = "{" + ", ".join(table.outputs) + "}"
    lines = [header_text(interface, [p.name for p in interface.outputs]), "  always @*"]
    lines.append(f"    case ({{{', '.join(table.inputs)}}})")
    for number, values in sorted(table.rows.items()):
        digits = "".join("x" if v is None else str(v) for v in values)
        lines.append(f"      {count}'b{number:0{count}b}: {target} = {len(values)}'b{digits};")
    free = "x" * len(outputs)
    lines += [f"      default: {target} = {len(outputs)}'b{free};", "    endcase", "endmodule", ""]
    return "\n".join(lines)


def formulas_module(formulas: dict[str, str], interface: Interface) -> str:
    """Return a module that assigns every output its formula."""
    lines = [f"  assign {name} = {text};" for name, text in formulas.items()]
    return "\n".join([header_text(interface), *lines, "endmodule", ""])


def mealy_lines(machine: StateMachine, bit: str, register: str, names: Mapping[str, str]) -> list[str]:
    """Return an assignment of an output bit that transitions show, the first one that applies."""
    cases = []
    for state in machine.states:
        earlier: list[str] = []
        for t in [t for t in machine.transitions if t.source == state]:
            test = " && ".join(name if value else f"!{name}" for name, value in t.guard) or "1'b1"
            if dict(t.shown).get(bit):
                cases.append(" && ".join([f"{register} == {names[state]}", *earlier, test]))
            if not _exclusive(machine, t):
                earlier.append(f"!({test})")
    return [f"  assign {bit} = {' || '.join(f'({c})' for c in cases) or repr(0)};"]


def _exclusive(machine: StateMachine, one: Transition) -> bool:
    """Whether no other transition of its state can apply at the same time."""
    others = [t for t in machine.transitions if t.source == one.source and t is not one]
    guard = dict(one.guard)
    return all(any(guard.get(name, value) != value for name, value in t.guard) for t in others)


def machine_module(machine: StateMachine, interface: Interface) -> str:
    """Return a Moore machine, its states numbered in order; where no transition applies it stays."""
    number = {state: i for i, state in enumerate(machine.states)}
    width = max(1, (len(number) - 1).bit_length())
    edge = f"{'negedge' if machine.reset_low else 'posedge'} {machine.reset}"
    events = f"posedge {machine.clock}" + (f" or {edge}" if machine.asynchronous and machine.reset else "")
    lines = [header_text(interface), f"  reg [{width - 1}:0] state_number;", f"  always @({events})"]
    if machine.reset:
        test = f"!{machine.reset}" if machine.reset_low else machine.reset
        lines += [f"    if ({test}) state_number <= {number[machine.reset_state]};", "    else"]
    lines.append("    case (state_number)")
    for state, code in number.items():
        lines.append(f"      {code}: begin")
        prefix = ""
        for t in [t for t in machine.transitions if t.source == state]:
            test = " && ".join(f"{bit} == 1'b{value}" for bit, value in t.guard) or "1"
            lines.append(f"        {prefix}if ({test}) state_number <= {number[t.target]};")
            prefix = "else "
        lines.append("      end")
    lines.append("    endcase")
    for bit in (b for p in interface.outputs for b in p.bits()):
        if any(dict(t.shown) for t in machine.transitions):
            lines += mealy_lines(machine, bit, "state_number", {s: str(n) for s, n in number.items()})
            continue
        high = [number[s] for s in machine.states if dict(machine.outputs.get(s, ())).get(bit)]
        test = " || ".join(f"state_number == {code}" for code in high) or "1'b0"
        lines.append(f"  assign {bit} = {test};")
    return "\n".join([*lines, "endmodule", ""])
