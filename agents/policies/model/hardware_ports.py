"""The ports that a hardware task asks for, out of a header, a specifying reference, or the prompt's words."""

from __future__ import annotations

import re
from dataclasses import dataclass

from proofsmith.errors import BadInput
from proofsmith.verilog.constants import Scope
from proofsmith.verilog.prompts.ports import read_interface
from proofsmith.verilog.reading import read_module
from proofsmith.verilog_spec import VerilogSpec

_HEADING = re.compile(r"^(input|output|inout)s?(?:[ \t]+ports?)?[ \t]*:[ \t]*$", re.IGNORECASE)
_LISTED = re.compile(
    r"^[ \t]+(?:[-*][ \t]+)?(\w+(?:[ \t]*,[ \t]*\w+)*)[ \t]*(\[[^\]\n]*\])?[ \t]*(?:\([^)\n]*\))?[ \t]*:"
)
_RANGE = re.compile(r"\[[ \t]*(\d{1,6})[ \t]*:[ \t]*(\d{1,6})[ \t]*\]")


@dataclass(frozen=True)
class Wanted:
    """A port that the task asks for; its width in bits is ``None`` where it cannot be told."""

    name: str
    direction: str
    width: int | None


def wanted_ports(spec: VerilogSpec) -> tuple[Wanted, ...]:
    """Return the ports that a task asks for, in order; none where it does not say in a way that can be read.

    They are those of its header, else of its reference where that is part of the specification, else those
    that its prompt lists. A list without an output is not believed.
    """
    header = spec.header if "endmodule" in spec.header else spec.header + "\nendmodule\n"
    found = _of_module(header, None)
    if not found and spec.reference_specifies:
        found = _of_module(spec.source, spec.reference_top)
    if not found:
        listed = read_interface(spec.prompt, spec.top)
        found = tuple(Wanted(p.name, p.direction, p.width) for p in listed.ports) if listed else ()
    found = found or _under_headings(spec.prompt)
    return found if any(p.direction != "input" for p in found) else ()


def _of_module(text: str, name: str | None) -> tuple[Wanted, ...]:
    try:
        module = read_module(text, name)
    except BadInput:
        return ()
    scope, signals = Scope(module), module.signals()
    if not all(p in signals and signals[p].direction for p in module.port_order):
        return ()
    return tuple(Wanted(p, signals[p].direction, scope.signal_width(p)) for p in module.port_order)


def _under_headings(prompt: str) -> tuple[Wanted, ...]:
    """Ports as indented lines ``name [7:0]: words`` below ``Input ports:`` and ``Output ports:``."""
    found: list[Wanted] = []
    direction = ""
    for line in prompt.expandtabs().splitlines():
        heading, listed = _HEADING.match(line), _LISTED.match(line)
        if heading is not None:
            direction = heading[1].lower()
        elif direction and listed is not None:
            bounds = _RANGE.fullmatch(listed[2] or "")
            width = None if bounds is None else abs(int(bounds[1]) - int(bounds[2])) + 1
            found += [Wanted(name.strip(), direction, width) for name in listed[1].split(",")]
        elif line.strip() and not line[0].isspace():
            direction = ""
    names = [p.name for p in found]
    return tuple(found) if len(set(names)) == len(names) else ()
