"""Expressions as Python code, for running a design many times: two-valued, what is undefined is 0.

The values agree with `proofsmith.verilog.evaluate` wherever that knows one.
"""

from __future__ import annotations

from collections.abc import Mapping

from proofsmith.verilog.constants import COMPARISONS, SHIFTS, Scope
from proofsmith.verilog.evaluate import Unknown
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

_DEEPEST = 40
"""Nested parentheses; Python's compiler ends at about a hundred."""


def code_of(e: Expr, scope: Scope, places: Mapping[str, str], width: int | None = None) -> str:
    """Return Python code for the value of `e` in a context of `width` bits (of its own, if that is larger).

    Args:
        e: an unsigned expression.
        scope: the names in it.
        places: code for the value of each signal, which lies in the signal's range.
        width: bits of the context.

    Raises:
        Unknown: it is outside of what can be translated.
    """
    return _Translation(scope, places).own(e, width or 0, 0)


class _Translation:
    def __init__(self, scope: Scope, places: Mapping[str, str]) -> None:
        self._scope, self._places = scope, places

    def own(self, e: Expr, least: int, depth: int) -> str:
        """The value where its own width decides, if that is not below `least`."""
        width = self._scope.width(e)
        if width is None or depth > _DEEPEST:
            raise Unknown
        return self._of(e, max(width, least), depth + 1)

    def _of(self, e: Expr, width: int, depth: int) -> str:
        mask = (1 << width) - 1
        match e:
            case Number():
                return str(mask if e.fill and e.value else (e.value or 0) & mask)
            case Name():
                return self._named(e.name, mask)
            case Index() | Slice():
                return self._selected(e, depth)
            case Unary():
                return self._unary(e, width, depth)
            case Binary():
                return self._binary(e, width, depth)
            case Choice():
                then, other = self._of_limited(e.then, width, depth), self._of_limited(e.other, width, depth)
                return f"({then} if {self.own(e.condition, 0, depth)} else {other})"
            case Concat():
                return self._joined(e.parts, depth)
            case Repeat():
                count, size = self._scope.value(e.count), self._scope.width(Concat(e.parts))
                if count is None or size is None:
                    raise Unknown
                factor = sum(1 << (i * size) for i in range(count))
                return f"({self._joined(e.parts, depth)} * {factor})"
            case Call() if e.name == "$unsigned" and len(e.arguments) == 1:
                return self.own(e.arguments[0], 0, depth)
            case _:
                raise Unknown

    def _of_limited(self, e: Expr, width: int, depth: int) -> str:
        if depth > _DEEPEST:
            raise Unknown
        return self._of(e, width, depth + 1)

    def _named(self, name: str, mask: int) -> str:
        if name in self._places:
            signal = self._scope.signals.get(name)
            if signal is not None and signal.signed:
                raise Unknown
            return self._places[name]
        if name in self._scope.constants:
            return str(self._scope.constants[name] & mask)
        raise Unknown

    def _joined(self, parts: tuple[Expr, ...], depth: int) -> str:
        terms, at = [], 0
        for part in reversed(parts):
            size = self._scope.width(part)
            if size is None:
                raise Unknown
            value = self.own(part, 0, depth)
            terms.append(f"({value} << {at})" if at else value)
            at += size
        return f"({' | '.join(terms)})"

    def _selected(self, e: Index | Slice, depth: int) -> str:
        bounds = self._scope.bounds(e.base.name) if isinstance(e.base, Name) else None
        if bounds is None or bounds[0] < bounds[1]:
            raise Unknown
        base, last = self.own(e.base, 0, depth), bounds[1]
        if isinstance(e, Index):
            at = self._scope.value(e.index)
            if at is not None:
                return f"({base} >> {at - last} & 1)" if last <= at <= bounds[0] else "0"
            chosen = self.own(e.index, 0, depth)
            return f"({base} >> ({chosen} - {last}) & 1 if {chosen} >= {last} else 0)"
        size, right = self._scope.width(e), self._scope.value(e.right)
        if size is None or right is None:
            raise Unknown
        mask = (1 << size) - 1
        back = size - 1 if e.kind == "-:" else 0
        if e.kind == ":":
            if right < last:
                raise Unknown
            return f"({base} >> {right - last} & {mask})"
        start = f"({self.own(e.left, 0, depth)} - {back + last})"
        return f"({base} >> {start} & {mask} if {start} >= 0 else 0)"

    def _unary(self, e: Unary, width: int, depth: int) -> str:
        mask = (1 << width) - 1
        if e.operator in ("+", "-", "~"):
            inner = self._of_limited(e.operand, width, depth)
            return inner if e.operator == "+" else f"({e.operator}{inner} & {mask})"
        inner = self.own(e.operand, 0, depth)
        full = (1 << (self._scope.width(e.operand) or 1)) - 1
        parity = f"({inner}).bit_count()"
        value = {
            "!": f"({inner} == 0) * 1", "&": f"({inner} == {full}) * 1", "~&": f"({inner} != {full}) * 1",
            "|": f"({inner} != 0) * 1", "~|": f"({inner} == 0) * 1",
            "^": f"{parity} & 1", "~^": f"~{parity} & 1",
        }[e.operator]  # fmt: skip
        return f"({value})"

    def _binary(self, e: Binary, width: int, depth: int) -> str:
        mask = (1 << width) - 1
        if e.operator in ("&&", "||"):
            left, right = self.own(e.left, 0, depth), self.own(e.right, 0, depth)
            word = "and" if e.operator == "&&" else "or"
            return f"(1 if {left} {word} {right} else 0)"
        if e.operator in COMPARISONS:
            return self._compared(e, depth)
        left = self._of_limited(e.left, width, depth)
        if e.operator in SHIFTS:
            right = self.own(e.right, 0, depth)
            if e.operator == "**":
                return f"pow({left}, {right}, {mask + 1})"
            symbol = e.operator[:2]
            return f"({left} {symbol} min({right}, {width}) & {mask})"
        right = self._of_limited(e.right, width, depth)
        if e.operator in ("/", "%"):
            symbol = "//" if e.operator == "/" else "%"
            return f"({left} {symbol} {right} if {right} else 0)"
        if e.operator == "~^":
            return f"(~({left} ^ {right}) & {mask})"
        if e.operator not in ("+", "-", "*", "&", "|", "^"):
            raise Unknown
        return f"(({left} {e.operator} {right}) & {mask})"

    def _compared(self, e: Binary, depth: int) -> str:
        sides = (e.left, e.right)
        plain = all(isinstance(s, Number) for s in sides)
        if all(self._scope.signed(s) for s in sides) and not plain:
            raise Unknown
        widths = [self._scope.width(s) for s in sides]
        if e.operator == "==?" and isinstance(e.right, Number) and e.right.value is None:
            return self._matched(e.right.text, self.own(e.left, 0, depth))
        if widths[0] is None or widths[1] is None or e.operator in ("==?", "!=?"):
            raise Unknown
        width = max(widths[0], widths[1])
        left, right = (self._of_limited(s, width, depth) for s in sides)
        return f"(1 if {left} {e.operator[:2]} {right} else 0)"

    def _matched(self, label: str, value: str) -> str:
        """Whether a value fits a binary literal with ? and z digits, as in casez."""
        size, _, digits = label.lower().replace("_", "").replace(" ", "").partition("'b")
        if not digits or not size.isdigit() or "x" in digits:
            raise Unknown
        digits = digits.rjust(int(size), "0")
        mask = int("".join("0" if d in "z?" else "1" for d in digits), 2)
        bits = int("".join("1" if d == "1" else "0" for d in digits), 2)
        return f"(1 if {value} & {mask} == {bits} else 0)"
