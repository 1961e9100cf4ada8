"""Widths, signs and constant values (IEEE 1364-2005, 5.4 and 5.5)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from proofsmith.verilog.syntax import (
    Binary,
    Call,
    Choice,
    Concat,
    Expr,
    Index,
    Module,
    Name,
    Number,
    Parameter,
    Repeat,
    Signal,
    Slice,
    Unary,
)

COMPARISONS = ("<", "<=", ">", ">=", "==", "!=", "===", "!==", "==?", "!=?")
LOGICAL = ("&&", "||")
SHIFTS = ("<<", ">>", "<<<", ">>>", "**")
MAX_WIDTH = 4096


@dataclass(frozen=True)
class Scope:
    """The names of one module, with their widths and signs.

    Widths are in bits and ``None`` where they are not known: a memory, an unknown name, a range that
    is no constant. Parameters have their default values.
    """

    module: Module

    @cached_property
    def signals(self) -> dict[str, Signal]:
        """The signals by name."""
        return self.module.signals()

    @cached_property
    def parameters(self) -> dict[str, Parameter]:
        """The parameters by name, local ones and names of enumerations included."""
        return self.module.parameters()

    @cached_property
    def constants(self) -> dict[str, int]:
        """The values of parameters, as far as they are known; in the width declared for them."""
        found: dict[str, int] = {}
        for name, p in self.parameters.items():
            value = constant(p.value, found)
            if value is not None:
                if p.left is not None and p.right is not None:
                    left, right = constant(p.left, found), constant(p.right, found)
                    if left is not None and right is not None:
                        value &= (1 << (abs(left - right) + 1)) - 1
                found[name] = value
        return found

    def bounds(self, name: str) -> tuple[int, int] | None:
        """The bounds (left, right) of a signal's range; (0, 0) for one bit."""
        signal = self.signals.get(name)
        if signal is None or signal.unpacked:
            return None
        if signal.kind == "integer":
            return (31, 0)
        if signal.left is None or signal.right is None:
            return (0, 0)
        left, right = constant(signal.left, self.constants), constant(signal.right, self.constants)
        return None if left is None or right is None or abs(left - right) >= MAX_WIDTH else (left, right)

    def signal_width(self, name: str) -> int | None:
        """The width of a signal."""
        bounds = self.bounds(name)
        return None if bounds is None else abs(bounds[0] - bounds[1]) + 1

    def value(self, e: Expr) -> int | None:
        """The value of a constant expression."""
        return constant(e, self.constants)

    def width(self, e: Expr) -> int | None:
        """The self-determined width of `e`."""
        match e:
            case Number():
                return e.width if e.width is not None else (1 if e.fill else 32)
            case Name():
                return self._name_width(e.name)
            case Index():
                memory = isinstance(e.base, Name) and self._is_memory(e.base.name)
                return None if memory or not isinstance(e.base, Name) else 1
            case Slice():
                if e.kind == ":":
                    left, right = self.value(e.left), self.value(e.right)
                    return None if left is None or right is None else abs(left - right) + 1
                return self.value(e.right)
            case Unary():
                return self.width(e.operand) if e.operator in ("+", "-", "~") else 1
            case Binary():
                if e.operator in COMPARISONS or e.operator in LOGICAL:
                    return 1
                left_width = self.width(e.left)
                return left_width if e.operator in SHIFTS else _wider(left_width, self.width(e.right))
            case Choice():
                return _wider(self.width(e.then), self.width(e.other))
            case Concat():
                return _total([self.width(p) for p in e.parts])
            case Repeat():
                count, inner = self.value(e.count), _total([self.width(p) for p in e.parts])
                return None if count is None or inner is None else count * inner
            case Call():
                signs = e.name in ("$signed", "$unsigned") and len(e.arguments) == 1
                return self.width(e.arguments[0]) if signs else None
            case _:
                return None

    def signed(self, e: Expr) -> bool:
        """Whether `e` is signed; what is not known counts as signed, which rewriting leaves alone."""
        match e:
            case Number():
                return e.signed
            case Name():
                if e.name in self.signals:
                    return self.signals[e.name].signed
                p = self.module.parameters().get(e.name)
                return p is None or (p.left is None and self.signed(p.value))
            case Index() | Slice() | Concat() | Repeat():
                return False
            case Unary():
                return e.operator in ("+", "-", "~") and self.signed(e.operand)
            case Binary():
                if e.operator in COMPARISONS or e.operator in LOGICAL:
                    return False
                return self.signed(e.left) and (e.operator in SHIFTS or self.signed(e.right))
            case Choice():
                return self.signed(e.then) and self.signed(e.other)
            case Call():
                return e.name != "$unsigned"
            case _:
                return True

    def _is_memory(self, name: str) -> bool:
        signal = self.signals.get(name)
        return signal is None or signal.unpacked

    def _name_width(self, name: str) -> int | None:
        parameter = self.parameters.get(name)
        if parameter is None:
            return self.signal_width(name)
        if parameter.left is None or parameter.right is None:
            return self.width(parameter.value)
        left, right = self.value(parameter.left), self.value(parameter.right)
        return None if left is None or right is None else abs(left - right) + 1


def _wider(a: int | None, b: int | None) -> int | None:
    return None if a is None or b is None else max(a, b)


def _total(widths: list[int | None]) -> int | None:
    found = [w for w in widths if w is not None]
    return sum(found) if len(found) == len(widths) else None


def constant(e: Expr, known: dict[str, int]) -> int | None:
    """The value of a constant expression in unlimited width; ``None`` if it is not one."""
    match e:
        case Number():
            return e.value
        case Name():
            return known.get(e.name)
        case Unary():
            value = constant(e.operand, known)
            if value is None or e.operator not in ("+", "-", "!"):
                return None
            return {"+": value, "-": -value, "!": int(not value)}[e.operator]
        case Binary():
            left, right = constant(e.left, known), constant(e.right, known)
            return None if left is None or right is None else _combined(e.operator, left, right)
        case Choice():
            condition = constant(e.condition, known)
            return None if condition is None else constant(e.then if condition else e.other, known)
        case Call():
            value = constant(e.arguments[0], known) if len(e.arguments) == 1 else None
            return None if value is None or e.name != "$clog2" else max(0, (value - 1).bit_length())
        case _:
            return None


def _combined(operator: str, a: int, b: int) -> int | None:
    if operator in ("/", "%"):
        if b == 0:
            return None
        quotient = abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
        return quotient if operator == "/" else a - b * quotient
    if operator in ("<<", ">>", "<<<", ">>>", "**"):
        if not 0 <= b <= MAX_WIDTH or (operator == "**" and abs(a) > 2 and b > 64):
            return None
        return {"<<": a << b, "<<<": a << b, ">>": a >> b, ">>>": a >> b, "**": a**b if b < 65 else 0}[
            operator
        ]
    table = {"+": a + b, "-": a - b, "*": a * b, "&": a & b, "|": a | b, "^": a ^ b}
    tests = {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b, "==": a == b, "!=": a != b}
    if operator in table:
        return table[operator]
    if operator in tests:
        return int(tests[operator])
    return {"&&": int(bool(a and b)), "||": int(bool(a or b))}.get(operator)
