"""Which values registers can have: intervals, found by a fixed point over all assignments.

Abstract interpretation with intervals (Cousot & Cousot 1977); widening jumps to the constants that
the design compares with, so that a modulo counter is found exactly. A path's facts narrow the signals that
they speak of once, where the path begins, so that a pass over an expression takes time linear in its size.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from proofsmith.verilog.constants import COMPARISONS, LOGICAL, Scope
from proofsmith.verilog.functions import functions
from proofsmith.verilog.sites import Fact, arm_tests
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
    Initial,
    Module,
    Name,
    Number,
    Opaque,
    Signal,
    Statement,
    Unary,
    names,
    walk,
)

Interval = tuple[int, int]
_ANYTHING = (0, (1 << 64) - 1)
_WIDEN_AFTER = 4
_MAX_NODES = 2_000_000
"""Nodes of expressions that are evaluated in all, after which nothing is said."""
_MAX_HOLES = 64


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
        elif isinstance(item, Initial):
            for node in walk(item.body):
                if isinstance(node, Assign) and isinstance(node.target, Name):
                    found.append(Assigned(node.target.name, node.value, (), True, None))
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


@dataclass(frozen=True)
class _Known:
    """What is known of a signal on a path: an interval, and values inside that it does not have."""

    low: int
    high: int
    holes: frozenset[int] = frozenset()

    def without(self, value: int) -> _Known:
        """The same, where it is not `value` either."""
        holes = self.holes | {value} if len(self.holes) < _MAX_HOLES else self.holes
        return _Known(self.low, self.high, holes).trimmed()

    def trimmed(self) -> _Known:
        """The same with ends that are no holes."""
        low, high = self.low, self.high
        while low in self.holes and low <= high:
            low += 1
        while high in self.holes and high >= low:
            high -= 1
        return _Known(low, high, self.holes)


_Path = Mapping[str, _Known]
"""What a path says about the signals that its conditions compare with constants."""


def ranges(scope: Scope) -> dict[str, Interval]:
    """Return an interval for every unsigned signal whose values are all seen.

    Registers without a reset and without an initial value may begin outside: the verifier judges that.
    """
    single, other = assignments(scope.module)
    whole = functions(scope.module)  # a later assignment of a block overrides earlier ones
    found = [Assigned(name, f.value, (), False, f.always) for name, f in whole.items()]
    found += [a for a in single if a.name not in whole or a.always is None]
    signals = {
        name
        for name, s in scope.signals.items()
        if s.direction not in ("input", "inout") and not s.signed and scope.signal_width(name)
    } - other
    return _fixed_point(scope, [a for a in found if a.name in signals], signals)


def _fixed_point(scope: Scope, found: list[Assigned], signals: set[str]) -> dict[str, Interval]:
    """Evaluate each assignment again when what it reads has changed, until nothing does."""
    readers: dict[str, list[int]] = {}
    for i, a in enumerate(found):
        for name in names(a.value).union(*(names(f.condition) for f in a.facts)) & signals:
            readers.setdefault(name, []).append(i)
    known: dict[str, Interval] = {}
    changes = dict.fromkeys(signals, 0)
    thresholds = _thresholds(scope)
    evaluation = _Evaluation(scope, known, signals)
    waiting, queued = deque(range(len(found))), set(range(len(found)))
    while waiting:
        if evaluation.nodes > _MAX_NODES:
            return {}
        i = waiting.popleft()
        queued.discard(i)
        a = found[i]
        value = evaluation.of(a.value, evaluation.path(a.facts))
        if value is None:
            continue
        full = (1 << (scope.signal_width(a.name) or 1)) - 1
        if value[0] < 0 or value[1] > full:
            value = (0, full)
        old = known.get(a.name)
        new = value if old is None else (min(old[0], value[0]), max(old[1], value[1]))
        if new == old:
            continue
        changes[a.name] += 1
        if changes[a.name] > _WIDEN_AFTER and old is not None:
            new = _widened(old, new, thresholds, full)
        known[a.name] = new
        for reader in readers.get(a.name, ()):
            if reader not in queued:
                queued.add(reader)
                waiting.append(reader)
    return known


def _thresholds(scope: Scope) -> list[int]:
    found: set[int] = {0}
    for item in scope.module.items:
        for node in walk(item):
            sides: tuple[Expr, ...] = ()
            if isinstance(node, Binary) and node.operator in COMPARISONS:
                sides = (node.left, node.right)
            elif isinstance(node, Case):
                sides = tuple(label for arm in node.arms for label in arm.labels)
            for value in map(scope.value, sides):
                if value is not None:
                    found |= {value - 1, value, value + 1}
    return sorted(found)


def _widened(old: Interval, new: Interval, thresholds: list[int], full: int) -> Interval:
    low, high = new
    if high > old[1]:
        at = bisect_left(thresholds, high)
        high = thresholds[at] if at < len(thresholds) else full
    if low < old[0]:
        at = bisect_right(thresholds, low)
        low = thresholds[at - 1] if at else 0
    return max(0, low), min(high, full)


@dataclass
class _Evaluation:
    """Intervals of expressions; a signal that has no value yet gives ``None`` (unreached)."""

    scope: Scope
    known: dict[str, Interval]
    tracked: set[str]
    nodes: int = 0
    """How many nodes have been evaluated."""

    def path(self, facts: tuple[Fact, ...]) -> _Path:
        """What `facts` say."""
        path: _Path = {}
        for fact in facts:
            path = self._given(path, fact.condition, fact.positive)
        return path

    def of(self, e: Expr, path: _Path) -> Interval | None:
        """The interval of `e` on a path; ``None`` if the path or a value is not reached yet."""
        self.nodes += 1
        constant = self.scope.value(e) if isinstance(e, Name | Number | Unary | Binary) else None
        if constant is not None:
            return constant, constant
        match e:
            case Name():
                return self._named(e.name, path)
            case Choice():
                then = self.of(e.then, self._given(path, e.condition, True))
                other = self.of(e.other, self._given(path, e.condition, False))
                if then is None or other is None:
                    return then or other
                return min(then[0], other[0]), max(then[1], other[1])
            case Binary() if e.operator not in COMPARISONS and e.operator not in LOGICAL:
                return self._binary(e, path)
            case Concat() if len(e.parts) > 1 and self.scope.value(e.parts[0]) == 0:
                return self.of(Concat(e.parts[1:]) if len(e.parts) > 2 else e.parts[1], path)
            case Unary() if e.operator == "+":
                return self.of(e.operand, path)
            case _:
                return self._full(e)

    def _named(self, name: str, path: _Path) -> Interval | None:
        if name not in self.tracked:
            return self._full(Name(name))
        on_path = path.get(name) or self._anywhere(name)
        if on_path is None or on_path.low > on_path.high:
            return None
        return on_path.low, on_path.high

    def _anywhere(self, name: str) -> _Known | None:
        interval = self.known.get(name)
        return None if interval is None else _Known(*interval)

    def _given(self, path: _Path, e: Expr, positive: bool) -> _Path:
        """`path` where a condition holds, or does not."""
        if isinstance(e, Unary) and e.operator == "!":
            return self._given(path, e.operand, not positive)
        if isinstance(e, Binary) and e.operator == ("&&" if positive else "||"):
            return self._given(self._given(path, e.left, positive), e.right, positive)
        told = self._compared(e, positive)
        if told is None:
            return path
        name, operator, value = told
        before = path.get(name) or self._anywhere(name)
        return path if before is None else {**path, name: _restricted(before, operator, value)}

    def _compared(self, e: Expr, positive: bool) -> tuple[str, str, int] | None:
        """A condition on one tracked signal as (signal, operator, constant)."""
        if isinstance(e, Name) and e.name in self.tracked:
            return e.name, ">=" if positive else "<=", int(positive)
        if not isinstance(e, Binary) or e.operator not in COMPARISONS:
            return None
        operator, left, right = e.operator, e.left, e.right
        if isinstance(right, Name) and right.name in self.tracked:
            mirrored = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
            operator, left, right = mirrored.get(operator, operator), right, left
        value = self.scope.value(right)
        if not isinstance(left, Name) or left.name not in self.tracked or value is None:
            return None
        if not positive:
            opposite = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
            operator = opposite.get(operator, "")
        return left.name, operator, value

    def _binary(self, e: Binary, path: _Path) -> Interval | None:
        a, b = self.of(e.left, path), self.of(e.right, path)
        if a is None or b is None:
            return None
        match e.operator:
            case "+":
                return a[0] + b[0], a[1] + b[1]
            case "-":
                return a[0] - b[1], a[1] - b[0]
            case _ if a[0] < 0 or b[0] < 0:  # it wraps around at the width of what it stands in
                return _ANYTHING
            case "*":
                return a[0] * b[0], a[1] * b[1]
            case "/" if b[0] > 0:
                return a[0] // b[1], a[1] // b[0]
            case "%" if b[0] > 0:
                return 0, min(a[1], b[1] - 1)
            case ">>":
                return (a[0] >> min(b[1], 64), a[1] >> min(b[0], 64))
            case "<<":
                return (a[0] << b[0], a[1] << b[1]) if b[1] < 64 else _ANYTHING
            case "&":
                return 0, min(a[1], b[1])
            case "|" | "^":
                return 0, (1 << max(a[1].bit_length(), b[1].bit_length())) - 1
            case _:
                return self._full(e)

    def _full(self, e: Expr) -> Interval:
        width = self.scope.width(e)
        return 0, (1 << (width if width is not None else 64)) - 1


def _restricted(k: _Known, operator: str, value: int) -> _Known:
    match operator:
        case "<":
            k = _Known(k.low, min(k.high, value - 1), k.holes)
        case "<=":
            k = _Known(k.low, min(k.high, value), k.holes)
        case ">":
            k = _Known(max(k.low, value + 1), k.high, k.holes)
        case ">=":
            k = _Known(max(k.low, value), k.high, k.holes)
        case "==":
            k = _Known(max(k.low, value), min(k.high, value), k.holes)
        case "!=":
            return k.without(value)
    return k.trimmed()
