"""A rough price of a text before anything is synthesised: gates by operator and width, or levels of them."""

from __future__ import annotations

import math

from proofsmith.agents.policies.verilog.rewrite import Design
from proofsmith.verilog.constants import COMPARISONS, LOGICAL, SHIFTS
from proofsmith.verilog.functions import functions
from proofsmith.verilog.syntax import Always, Assign, Binary, Case, Choice, Expr, If, Number, Unary, walk

_REGISTER = 6.0


def estimate(design: Design, objective: str) -> float:
    """Return about how many gates the module takes or, for ``"depth"``, how many levels they have."""
    if objective == "depth":
        found = functions(design.module).values()
        return max((_levels(f.value, design) for f in found), default=0.0)
    gates = sum(_gates(s.expr, s.width, design) for s in design.sites)
    for item in design.module.items:
        if isinstance(item, Always):
            choices = sum(isinstance(n, If | Case) for n in walk(item))
            gates += 2.0 * choices
    return gates + _REGISTER * _register_bits(design)


def _register_bits(design: Design) -> int:
    found: set[str] = set()
    for item in design.module.items:
        if isinstance(item, Always) and item.clocked:
            for node in walk(item):
                if isinstance(node, Assign) and hasattr(node.target, "name"):
                    found.add(node.target.name)
    return sum(design.scope.signal_width(name) or 0 for name in found)


def _gates(e: Expr, width: int | None, design: Design) -> float:
    bits = float(width or 8)
    if isinstance(e, Choice):
        return 2 * bits
    if isinstance(e, Unary):
        return 0.0 if e.operator in ("+", "~", "!") else bits
    if not isinstance(e, Binary):
        return 0.0
    operands = max(design.scope.width(e.left) or 8, design.scope.width(e.right) or 8)
    fixed = isinstance(e.right, Number) or isinstance(e.left, Number)
    match e.operator:
        case "+" | "-":
            return (3 if fixed else 6) * min(bits, operands + 1)
        case "*":
            return 5 * operands * operands * (0.4 if fixed else 1)
        case "/" | "%":
            return 8 * operands * operands * (0.4 if fixed else 1)
        case operator if operator in COMPARISONS:
            return (1 if fixed else 3) * operands
        case operator if operator in SHIFTS:
            return 0.0 if fixed else 3 * bits * math.log2(bits + 1)
        case operator if operator in LOGICAL:
            return 1.0
        case _:
            return bits


def _levels(e: Expr, design: Design) -> float:
    """Levels of gates of an expression, operands first."""
    if isinstance(e, Choice):
        return 1 + max(_levels(p, design) for p in (e.condition, e.then, e.other))
    if isinstance(e, Unary):
        return _levels(e.operand, design) + (0 if e.operator in ("+", "~", "!") else 2)
    if not isinstance(e, Binary):
        return 0.0
    below = max(_levels(e.left, design), _levels(e.right, design))
    operands = max(design.scope.width(e.left) or 8, design.scope.width(e.right) or 8)
    log = math.log2(operands + 1)
    fixed = isinstance(e.right, Number)
    if e.operator in SHIFTS:
        return below + (0.0 if fixed else log)
    own = {"+": 2 * log, "-": 2 * log, "*": 5 * log, "/": operands * log, "%": operands * log}
    if e.operator in COMPARISONS:
        return below + (log if e.operator in ("==", "!=") else 2 * log)
    return below + own.get(e.operator, 1.0)
