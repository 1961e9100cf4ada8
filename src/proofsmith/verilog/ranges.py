"""Which values registers can have: intervals, found by a fixed point over all assignments.

Abstract interpretation with intervals (Cousot & Cousot 1977); widening jumps to the constants that
the design compares with, so that a modulo counter is found exactly.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from proofsmith.verilog.constants import COMPARISONS, LOGICAL, Scope
from proofsmith.verilog.functions import functions
from proofsmith.verilog.sites import Fact, arm_tests, sites
from proofsmith.verilog.syntax import (
    Always,
    Assign,
    Binary,
    Block,
    Case,
    Choice,
    Concat,
    Continuous,
    Expr,
    If,
    Module,
    Name,
    Number,
    Opaque,
    Signal,
    Statement,
    Unary,
    walk,
)

Interval = tuple[int, int]
_WIDEN_AFTER = 4
_MAX_ROUNDS = 200
_MAX_EVALUATIONS = 20_000


@dataclass(frozen=True)
class Assigned:
    """One assignment to a whole signal, with what holds on its path."""

    name: str
    value: Expr
    facts: tuple[Fact, ...]
    blocking: bool
    always: Always | None


def assignments(module: Module) -> tuple[list[Assigned], frozenset[str]]:
    """Return all assignments to whole signals, and the signals that are assigned in other ways too."""
    found: list[Assigned] = []
    other: set[str] = set()
    for item in module.items:
        if isinstance(item, Continuous):
            if isinstance(item.target, Name):
                found.append(Assigned(item.target.name, item.value, (), True, None))
            else:
                other |= {n.name for n in walk(item.target) if isinstance(n, Name)}
        elif isinstance(item, Signal) and item.initial is not None:
            found.append(Assigned(item.name, item.initial, (), True, None))
        elif isinstance(item, Always):
            for one in _assigned(item.body, (), item):
                if isinstance(one, Assigned):
                    found.append(one)
                else:
                    other |= one
        elif isinstance(item, Opaque):
            other |= item.names
    return found, frozenset(other)


def _assigned(s: Statement, facts: tuple[Fact, ...], item: Always) -> Iterator[Assigned | frozenset[str]]:
    match s:
        case Block():
            for part in s.body:
                yield from _assigned(part, facts, item)
        case If():
            yield from _assigned(s.then, (*facts, Fact(s.condition, True)), item)
            if s.other is not None:
                yield from _assigned(s.other, (*facts, Fact(s.condition, False)), item)
        case Case():
            for arm, test in zip(s.arms, arm_tests(s), strict=True):
                more = () if test is None else (Fact(test, True),)
                yield from _assigned(arm.body, (*facts, *more), item)
        case Assign():
            if isinstance(s.target, Name):
                yield Assigned(s.target.name, s.value, facts, s.blocking, item)
            else:
                yield frozenset(n.name for n in walk(s.target) if isinstance(n, Name))
        case Opaque():
            yield s.names


def ranges(scope: Scope) -> dict[str, Interval]:
    """Return an interval for every unsigned signal whose values are all seen.

    An initial value that is never assigned (no reset) is not counted: the verifier judges that.
    """
    single, other = assignments(scope.module)
    whole = functions(scope.module)  # a later assignment of a block overrides earlier ones
    found = [Assigned(name, f.value, (), False, f.always) for name, f in whole.items()]
    found += [a for a in single if a.name not in whole]
    signals = {
        name
        for name, s in scope.signals.items()
        if s.direction not in ("input", "inout") and not s.signed and scope.signal_width(name)
    } - other
    known: dict[str, Interval] = {}
    thresholds = _thresholds(scope)
    for turn in range(min(_MAX_ROUNDS, max(8, _MAX_EVALUATIONS // (len(found) + 1)))):
        changed = False
        for a in found:
            if a.name not in signals:
                continue
            value = _Evaluation(scope, known, signals).of(a.value, a.facts)
            if value is None:
                continue
            full = (1 << (scope.signal_width(a.name) or 1)) - 1
            if value[0] < 0 or value[1] > full:
                value = (0, full)
            old = known.get(a.name)
            new = value if old is None else (min(old[0], value[0]), max(old[1], value[1]))
            if new != old:
                if turn >= _WIDEN_AFTER and old is not None:
                    new = _widened(old, new, thresholds, full)
                known[a.name] = new
                changed = True
        if not changed:
            return known
    return {}


def _thresholds(scope: Scope) -> list[int]:
    found: set[int] = {0}
    for site in sites(scope):
        if isinstance(site.expr, Binary) and site.expr.operator in COMPARISONS:
            for side in (site.expr.left, site.expr.right):
                value = scope.value(side)
                if value is not None:
                    found |= {value - 1, value, value + 1}
    return sorted(found)


def _widened(old: Interval, new: Interval, thresholds: list[int], full: int) -> Interval:
    low, high = new
    if high > old[1]:
        high = min((t for t in thresholds if t >= high), default=full)
    if low < old[0]:
        low = max((t for t in thresholds if t <= low), default=0)
    return max(0, low), min(high, full)


@dataclass(frozen=True)
class _Evaluation:
    """Intervals of expressions; a signal that has no value yet gives ``None`` (unreached)."""

    scope: Scope
    known: dict[str, Interval]
    tracked: set[str]

    def of(self, e: Expr, facts: tuple[Fact, ...]) -> Interval | None:
        """The interval of `e` on a path with `facts`; ``None`` if the path or a value is not reached yet."""
        constant = self.scope.value(e)
        if constant is not None:
            return constant, constant
        match e:
            case Name():
                return self._named(e.name, facts)
            case Number():
                return self._full(e)
            case Choice():
                then = self.of(e.then, (*facts, Fact(e.condition, True)))
                other = self.of(e.other, (*facts, Fact(e.condition, False)))
                if then is None or other is None:
                    return then or other
                return min(then[0], other[0]), max(then[1], other[1])
            case Binary() if e.operator not in COMPARISONS and e.operator not in LOGICAL:
                return self._binary(e, facts)
            case Concat() if len(e.parts) > 1 and self.scope.value(e.parts[0]) == 0:
                return self.of(Concat(e.parts[1:]) if len(e.parts) > 2 else e.parts[1], facts)
            case Unary() if e.operator == "+":
                return self.of(e.operand, facts)
            case _:
                return self._full(e)

    def _named(self, name: str, facts: tuple[Fact, ...]) -> Interval | None:
        if name not in self.tracked:
            return self._full(Name(name))
        base = self.known.get(name)
        if base is None:
            return None
        low, high = base
        for _ in range(2):
            for fact in facts:
                low, high = self._narrowed(low, high, name, fact)
        return (low, high) if low <= high else None

    def _narrowed(self, low: int, high: int, name: str, fact: Fact) -> Interval:
        """Use what a path says about a signal."""
        e, positive = fact.condition, fact.positive
        if isinstance(e, Unary) and e.operator == "!":
            return self._narrowed(low, high, name, Fact(e.operand, not positive))
        if isinstance(e, Binary) and e.operator == ("&&" if positive else "||"):
            low, high = self._narrowed(low, high, name, Fact(e.left, positive))
            return self._narrowed(low, high, name, Fact(e.right, positive))
        if isinstance(e, Name) and e.name == name:
            return (max(low, 1), high) if positive else (low, min(high, 0))
        if not isinstance(e, Binary) or e.operator not in COMPARISONS:
            return low, high
        operator, left, right = e.operator, e.left, e.right
        if isinstance(right, Name) and right.name == name:
            mirrored = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
            operator, left, right = mirrored.get(operator, operator), right, left
        value = self.scope.value(right)
        if not isinstance(left, Name) or left.name != name or value is None:
            return low, high
        if not positive:
            opposite = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
            operator = opposite.get(operator, "")
        return _restricted(low, high, operator, value)

    def _binary(self, e: Binary, facts: tuple[Fact, ...]) -> Interval | None:
        a, b = self.of(e.left, facts), self.of(e.right, facts)
        if a is None or b is None:
            return None
        match e.operator:
            case "+":
                return a[0] + b[0], a[1] + b[1]
            case "-":
                return a[0] - b[1], a[1] - b[0]
            case "*":
                return a[0] * b[0], a[1] * b[1]
            case "/" if b[0] > 0:
                return a[0] // b[1], a[1] // b[0]
            case "%" if b[0] > 0:
                return 0, min(a[1], b[1] - 1)
            case ">>":
                return (a[0] >> min(b[1], 64), a[1] >> min(b[0], 64))
            case "<<" if b[1] < 64:
                return a[0] << b[0], a[1] << b[1]
            case "&":
                return 0, min(a[1], b[1])
            case "|" | "^":
                return 0, (1 << max(a[1].bit_length(), b[1].bit_length())) - 1
            case _:
                return self._full(e)

    def _full(self, e: Expr) -> Interval:
        width = self.scope.width(e)
        return 0, (1 << (width if width is not None else 64)) - 1


def _restricted(low: int, high: int, operator: str, value: int) -> Interval:
    match operator:
        case "<":
            return low, min(high, value - 1)
        case "<=":
            return low, min(high, value)
        case ">":
            return max(low, value + 1), high
        case ">=":
            return max(low, value), high
        case "==":
            return max(low, value), min(high, value)
        case "!=":
            return low + (low == value), high - (high == value)
        case _:
            return low, high
