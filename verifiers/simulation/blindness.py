"""What a test bench does not see: candidates that do nothing, and outputs that are undefined.

``if (y != expected) errors = errors + 1;`` counts no error while y is ``x``, and a bench whose data are
missing may compare nothing at all. So a module that does nothing must not pass, and a candidate must pass as
well when everything undefined at its outputs is 0, and when it is 1, as it may be in hardware.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from proofsmith.verifiers.simulation.guard import Port
from proofsmith.verilog_text import code

_OPENED = re.compile(r"\$(?:readmem[bh]|fopen)\Z")
_INNER = "proofsmith_judged"


def idle(top: str, ports: Sequence[Port], level: int) -> str:
    """Return a module with these ports whose outputs are always `level`, 0 or 1."""
    body = [f"assign {name} = {{{width}{{1'b{level}}}}};" for name, way, width in ports if way == "OUTPUT"]
    return _module(top, ports, body)


def settled(source: str, top: str, ports: Sequence[Port], level: int) -> str:
    """Return a candidate behind a module that makes `level` of what is undefined at its outputs.

    Args:
        source: the candidate.
        top: its module that the bench instantiates; the module around it takes that name.
        ports: those of that module, in their order.
        level: 0 or 1.
    """
    inner = re.sub(rf"(?<![\w$`.\\]){re.escape(top)}(?![\w$])", _INNER, source)
    outputs = [(name, width) for name, way, width in ports if way == "OUTPUT"]
    body = [f"wire [{width - 1}:0] {_INNER}_{name};" for name, width in outputs]
    wires = {name: f"{_INNER}_{name}" for name, _ in outputs}
    pins = ", ".join(f".{name}({wires.get(name, name)})" for name, _, _ in ports)
    body.append(f"{_INNER} dut ({pins});")
    for name, width in outputs:
        for i in range(width):
            bit = f"{wires[name]}[{i}]"
            body.append(f"assign {name}[{i}] = {bit} === 1'b{1 - level} ? 1'b{1 - level} : 1'b{level};")
    return f"{inner}\n`default_nettype wire\n{_module(top, ports, body)}"


def _module(top: str, ports: Sequence[Port], body: Sequence[str]) -> str:
    head = ", ".join(f"{way.lower()} [{width - 1}:0] {name}" for name, way, width in ports)
    return "\n".join([f"module {top} ({head});", *body, "endmodule\n"])


def with_parameters(bench: str, top: str) -> bool:
    """Say whether a bench gives parameters to a module."""
    before = ""
    for token in code(bench):
        if before == top and token.text == "#":
            return True
        before = token.text
    return False


def missing_files(bench: str, present: Sequence[str]) -> tuple[str, ...]:
    """Return the names of files that a bench opens and that are not there."""
    macros: dict[str, str] = {}
    past = ("", "", "")
    found: dict[str, None] = {}
    for token in code(bench):
        if past[1] == "`define":
            macros["`" + past[2]] = token.text
        name = macros.get(token.text, token.text)
        if past[2] == "(" and _OPENED.match(past[1]) and name.startswith('"'):
            found[name.strip('"')] = None
        past = (past[1], past[2], token.text)
    return tuple(name for name in found if name.removeprefix("./") not in present)
