"""Formulas in a text: a line ``y = a & ~b`` for each output, in Verilog's own notation."""

from __future__ import annotations

import re

from proofsmith.errors import BadInput
from proofsmith.verilog.prompts.description import Interface
from proofsmith.verilog.reading import read_module
from proofsmith.verilog.syntax import Continuous, Expr, names, unplaced

_LINE = re.compile(r"^[ \t]*(?:assign[ \t]+)?(\w+)[ \t]*=[ \t]*([^=\n].*?)[ \t]*[;.]?[ \t]*$", re.MULTILINE)


def read_formulas(text: str, interface: Interface) -> dict[str, Expr] | None:
    """Return an expression over the inputs for every output; ``None`` if one has none."""
    inputs = {p.name for p in interface.inputs}
    outputs = [p.name for p in interface.outputs]
    found: dict[str, Expr] = {}
    for match in _LINE.finditer(text):
        if match[1] in outputs and match[1] not in found:
            formula = read_formula(match[2])
            if formula is not None and names(formula) <= inputs:
                found[match[1]] = formula
    return found if outputs and set(found) == set(outputs) else None


def read_formula(text: str) -> Expr | None:
    """Return the expression that `text` is; ``None`` if it is none."""
    try:
        items = read_module(f"module m; assign y = {text}; endmodule").items
    except BadInput:
        return None
    item = items[0] if len(items) == 1 else None
    return unplaced(item.value) if isinstance(item, Continuous) else None
