"""Values of expressions on given inputs: two-valued, unsigned (IEEE 1364-2005, 5.4)."""

from __future__ import annotations

from collections.abc import Mapping

from proofsmith.verilog.constants import COMPARISONS, SHIFTS, Scope
from proofsmith.verilog.syntax import (
    Binary,
    Call,
    Choice,
    Concat,
    Expr,
    Index,
    Name,
    Number,
    Repeat,
    Slice,
    Unary,
)


class Unknown(Exception):
    """The value is not determined: an unknown name, an x digit, a division by zero, a signed operand."""


def evaluate(e: Expr, scope: Scope, values: Mapping[str, int], width: int | None = None) -> int:
    """Return the value of `e` in a context of `width` bits (its own, if that is larger or none is given).

    Args:
        e: an unsigned expression.
        scope: the names in it.
        values: what signals are; parameters need not be given.
        width: bits of the context.

    Raises:
        Unknown: it has no single value that is known.
    """
    own = scope.width(e)
    if own is None:
        raise Unknown
    return _value(e, scope, values, max(own, width or 0))


def _value(e: Expr, scope: Scope, values: Mapping[str, int], width: int) -> int:
    mask = (1 << width) - 1
    match e:
        case Number():
            if e.value is None:
                raise Unknown
            return mask if e.fill and e.value else e.value & mask
        case Name():
            return _named(e.name, scope, values) & mask
        case Index() | Slice():
            return _selected(e, scope, values)
        case Unary():
            return _unary(e, scope, values, width) & mask
        case Binary():
            return _binary(e, scope, values, width) & mask
        case Choice():
            chosen = e.then if evaluate(e.condition, scope, values) else e.other
            return _value(chosen, scope, values, width)
        case Concat():
            return _joined(e.parts, scope, values)
        case Repeat():
            count, size = scope.value(e.count), scope.width(Concat(e.parts))
            if count is None or size is None:
                raise Unknown
            one = _joined(e.parts, scope, values)
            return sum(one << (i * size) for i in range(count))
        case Call() if e.name == "$unsigned" and len(e.arguments) == 1:
            return evaluate(e.arguments[0], scope, values)
        case _:
            raise Unknown


def _named(name: str, scope: Scope, values: Mapping[str, int]) -> int:
    if name in values:
        if name in scope.signals and scope.signals[name].signed:
            raise Unknown
        return values[name]
    if name in scope.constants:
        return scope.constants[name]
    raise Unknown


def _joined(parts: tuple[Expr, ...], scope: Scope, values: Mapping[str, int]) -> int:
    result = 0
    for part in parts:
        size = scope.width(part)
        if size is None:
            raise Unknown
        result = (result << size) | evaluate(part, scope, values)
    return result


def _selected(e: Index | Slice, scope: Scope, values: Mapping[str, int]) -> int:
    bounds = scope.bounds(e.base.name) if isinstance(e.base, Name) else None
    if bounds is None or bounds[0] < bounds[1]:
        raise Unknown
    base = evaluate(e.base, scope, values) << bounds[1]
    if isinstance(e, Index):
        at = evaluate(e.index, scope, values)
        if not bounds[1] <= at <= bounds[0]:
            raise Unknown
        return base >> at & 1
    size, right = scope.width(e), scope.value(e.right)
    if size is None or right is None:
        raise Unknown
    start = right if e.kind == ":" else evaluate(e.left, scope, values)
    start -= size - 1 if e.kind == "-:" else 0
    if not bounds[1] <= start <= start + size - 1 <= bounds[0]:
        raise Unknown
    return base >> start & ((1 << size) - 1)


def _unary(e: Unary, scope: Scope, values: Mapping[str, int], width: int) -> int:
    if e.operator in ("+", "-", "~"):
        inner = _value(e.operand, scope, values, width)
        return {"+": inner, "-": -inner, "~": ~inner}[e.operator]
    inner, size = evaluate(e.operand, scope, values), scope.width(e.operand) or 1
    full = (1 << size) - 1
    parity = inner.bit_count() & 1
    return int({
        "!": inner == 0, "&": inner == full, "~&": inner != full, "|": inner != 0, "~|": inner == 0,
        "^": parity == 1, "~^": parity == 0,
    }[e.operator])  # fmt: skip


def _binary(e: Binary, scope: Scope, values: Mapping[str, int], width: int) -> int:
    if e.operator in ("&&", "||"):
        left, right = (evaluate(x, scope, values) != 0 for x in (e.left, e.right))
        return int(left and right if e.operator == "&&" else left or right)
    if e.operator in COMPARISONS:
        return _compared(e, scope, values)
    if e.operator in SHIFTS:
        a, b = _value(e.left, scope, values, width), evaluate(e.right, scope, values)
        if e.operator == "**":
            return int(pow(a, b, 1 << width))
        return a << min(b, width) if e.operator in ("<<", "<<<") else a >> min(b, width)
    a, b = _value(e.left, scope, values, width), _value(e.right, scope, values, width)
    if e.operator in ("/", "%"):
        if b == 0:
            raise Unknown
        return a // b if e.operator == "/" else a % b
    return {
        "+": a + b, "-": a - b, "*": a * b, "&": a & b, "|": a | b, "^": a ^ b, "~^": ~(a ^ b),
    }[e.operator]  # fmt: skip


def _compared(e: Binary, scope: Scope, values: Mapping[str, int]) -> int:
    if scope.signed(e.left) and scope.signed(e.right) and not _plain(e.left, e.right):
        raise Unknown
    left_width, right_width = scope.width(e.left), scope.width(e.right)
    if left_width is None or right_width is None:
        raise Unknown
    if e.operator == "==?" and isinstance(e.right, Number) and e.right.value is None:
        return _matched(e.right.text, evaluate(e.left, scope, values))
    width = max(left_width, right_width)
    a, b = _value(e.left, scope, values, width), _value(e.right, scope, values, width)
    return int({
        "<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b, "==": a == b, "!=": a != b,
        "===": a == b, "!==": a != b, "==?": a == b, "!=?": a != b,
    }[e.operator])  # fmt: skip


def _plain(*sides: Expr) -> bool:
    """Whether both are literals, which are small and not negative."""
    return all(isinstance(s, Number) for s in sides)


def _matched(label: str, value: int) -> int:
    """Whether `value` fits a binary literal with ? and z digits, as in casez."""
    size, _, digits = label.lower().replace("_", "").replace(" ", "").partition("'b")
    if not digits or not size.isdigit():
        raise Unknown
    digits = digits.rjust(int(size), "0")
    return int(
        all(d in "z?" or int(d) == (value >> i & 1) for i, d in enumerate(reversed(digits)) if d != "x")
    )
