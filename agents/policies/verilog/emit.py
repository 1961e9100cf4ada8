"""Modules as text: minimised logic for tables, one block a purpose for state machines."""

from __future__ import annotations

from collections.abc import Sequence

from proofsmith.agents.policies.verilog.logic import MAX_INPUTS, Table, expression_of
from proofsmith.verilog.printing import text_of
from proofsmith.verilog.prompts.description import Interface, LogicTable, StateMachine, Transition
from proofsmith.verilog.prompts.transcribe import header_text, mealy_lines
from proofsmith.verilog.syntax import Name


def module_text(interface: Interface, body: Sequence[str], registers: Sequence[str] = ()) -> str:
    """Return a module with the ports of `interface`; outputs in `registers` are declared ``reg``."""
    lines = [f"  {line}".rstrip() for line in body]
    return header_text(interface, registers) + "\n".join([*lines, "endmodule", ""])


def expression_text(t: LogicTable, output: str) -> str:
    """Return a minimised expression of one output of a table; rows not given are free.

    Raises:
        ValueError: it has too many inputs.
    """
    if len(t.inputs) > MAX_INPUTS:
        raise ValueError("too many inputs")
    place = t.outputs.index(output)
    ones = frozenset(n for n, values in t.rows.items() if values[place] == 1)
    zeros = frozenset(n for n, values in t.rows.items() if values[place] == 0)
    free = frozenset(range(1 << len(t.inputs))) - ones - zeros
    return text_of(expression_of(Table(len(t.inputs), ones, free), [Name(n) for n in t.inputs]))


def logic_lines(t: LogicTable) -> list[str]:
    """Return an ``assign`` for each output of a table."""
    return [f"assign {output} = {expression_text(t, output)};" for output in t.outputs]


# -- state machines ----------------------------------------------------------------------------------


def machine_lines(machine: StateMachine, interface: Interface) -> list[str]:
    """Return the body of a module that is a state machine with a clock."""
    names = {s: _state_name(s, interface) for s in machine.states}
    codes = machine.codes or {s: i for i, s in enumerate(machine.states)}
    width = max(1, max(codes.values()).bit_length())
    bits = f"[{width - 1}:0] " if width > 1 else ""
    constants = ", ".join(f"{names[s]} = {width}'d{codes[s]}" for s in machine.states)
    lines = [f"localparam {bits}{constants};", f"reg {bits}state_now, state_next;", ""]
    lines += _register(machine, names)
    lines += ["", "always @* begin", "  case (state_now)"]
    for state in machine.states:
        leaving = [t for t in machine.transitions if t.source == state]
        lines.append(f"    {names[state]}: {_choices(leaving, names, state)}")
    begin = names[machine.reset_state or machine.states[0]]
    lines += [f"    default: state_next = {begin};", "  endcase", "end", ""]
    for port in interface.outputs:
        for bit in port.bits():
            if any(t.shown for t in machine.transitions):
                lines += [line.strip() for line in mealy_lines(machine, bit, "state_now", names)]
                continue
            shown = [s for s in machine.states if dict(machine.outputs.get(s, ())).get(bit)]
            tests = " || ".join(f"state_now == {names[s]}" for s in shown) or "1'b0"
            lines.append(f"assign {bit} = {tests};")
    return lines


def _state_name(state: str, interface: Interface) -> str:
    """A name for a constant: the state's own, unless it is a number or a port."""
    taken = {p.name for p in interface.ports}
    return f"STATE_{state}" if state[0].isdigit() or state in taken else state


def _register(machine: StateMachine, names: dict[str, str]) -> list[str]:
    events = f"posedge {machine.clock}"
    begin = names[machine.reset_state or machine.states[0]]
    if not machine.reset:
        return [f"always @({events})", "  state_now <= state_next;"]
    if machine.asynchronous:
        events += f" or {'negedge' if machine.reset_low else 'posedge'} {machine.reset}"
    test = f"!{machine.reset}" if machine.reset_low else machine.reset
    return [
        f"always @({events})",
        f"  if ({test}) state_now <= {begin};",
        "  else state_now <= state_next;",
    ]


def _choices(leaving: Sequence[Transition], names: dict[str, str], state: str) -> str:
    """Nested choices for the transitions of a state; it stays where none applies."""
    result = names[state]
    for i, t in enumerate(reversed(leaving)):
        if not t.guard or (i == 0 and _covers(leaving)):
            result = names[t.target]
        elif len(t.guard) == 1 and not t.guard[0][1] and "?" not in result and result != names[t.target]:
            result = f"{t.guard[0][0]} ? {result} : {names[t.target]}"
        elif result != names[t.target]:
            result = f"{_test(t)} ? {names[t.target]} : {result}"
    return f"state_next = {result};"


def _test(t: Transition) -> str:
    return " && ".join(bit if value else f"!{bit}" for bit, value in t.guard)


def _covers(leaving: Sequence[Transition]) -> bool:
    """Whether the guards leave no case out."""
    bits = sorted({bit for t in leaving for bit, _ in t.guard})
    for row in range(1 << len(bits)):
        values = {bit: row >> i & 1 for i, bit in enumerate(bits)}
        if not any(all(values[b] == v for b, v in t.guard) for t in leaving):
            return False
    return True


def machine_table(machine: StateMachine, interface: Interface, state: Sequence[str]) -> LogicTable:
    """Return next state, then outputs, as functions of the present state's bits and the inputs.

    Args:
        machine: with codes.
        interface: its inputs besides the state.
        state: bits of the present state, highest first.

    Raises:
        ValueError: there are too many inputs.
    """
    data = [b for p in interface.inputs for b in p.bits() if b not in state]
    if len(data) + len(state) > MAX_INPUTS:
        raise ValueError("too many inputs")
    shown = [b for p in interface.outputs for b in p.bits()]
    rows: dict[int, tuple[int | None, ...]] = {}
    for name, code in machine.codes.items():
        leaving = [t for t in machine.transitions if t.source == name]
        for row in range(1 << len(data)):
            values = {b: row >> (len(data) - 1 - i) & 1 for i, b in enumerate(data)}
            target = next((t.target for t in leaving if all(values.get(b) == v for b, v in t.guard)), name)
            after = [machine.codes[target] >> i & 1 for i in reversed(range(len(state)))]
            present = dict(machine.outputs.get(name, ()))
            rows[code << len(data) | row] = (*after, *(present.get(b, 0) for b in shown))
    return LogicTable((*state, *data), (*(f"next {b}" for b in state), *shown), rows)
