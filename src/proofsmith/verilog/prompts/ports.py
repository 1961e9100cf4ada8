"""The interface of a module in a text: a list of ports, or a header."""

from __future__ import annotations

import re

from proofsmith.errors import BadInput
from proofsmith.verilog.constants import Scope
from proofsmith.verilog.prompts.description import Interface, Port
from proofsmith.verilog.reading import read_module

_PORT = re.compile(
    r"^[ \t]*[-*][ \t]*(input|output)[ \t]+(\w+)(?:[ \t]*\([ \t]*(\d+)[ \t-]*bits?[ \t]*\))?", re.MULTILINE
)
_MODULE = re.compile(r"module named\s+[`\"']?(\w+)")


def read_interface(text: str, module: str, header: str = "") -> Interface | None:
    """Return the interface that `text` lists, or that of `header`; ``None`` if there is neither.

    Args:
        text: with lines like ``- input a (4 bits)``.
        module: the module's name, if the text does not tell.
        header: a Verilog module header, which counts first.
    """
    if header:
        ports = _of_header(header)
        if ports is not None:
            return Interface(module, ports)
    found = tuple(Port(m[2], m[1], int(m[3] or 1)) for m in _PORT.finditer(text))
    named = _MODULE.search(text)
    return Interface(named[1] if named and not module else module, found) if found else None


def _of_header(header: str) -> tuple[Port, ...] | None:
    try:
        parsed = read_module(header if "endmodule" in header else header + "\nendmodule\n")
    except BadInput:
        return None
    scope, signals = Scope(parsed), parsed.signals()
    ports = [
        Port(name, signals[name].direction, scope.signal_width(name) or 1)
        for name in parsed.port_order
        if name in signals
    ]
    return tuple(ports) or None
