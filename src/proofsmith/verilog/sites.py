"""Where expressions stand in a module: the conditions on the way there, and the width of the context."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from proofsmith.verilog.constants import COMPARISONS, LOGICAL, SHIFTS, Scope
from proofsmith.verilog.syntax import (
    Always,
    Assign,
    Binary,
    Block,
    Call,
    Case,
    Choice,
    Concat,
    Continuous,
    Expr,
    If,
    Index,
    Item,
    Name,
    Number,
    Opaque,
    Repeat,
    Signal,
    Slice,
    Statement,
    Unary,
    target_names,
    walk,
)


@dataclass(frozen=True)
class Fact:
    """What holds on a path: `condition` is true, or false unless `positive`."""

    condition: Expr
    positive: bool


@dataclass(frozen=True)
class Site:
    """One expression in its place.

    Attributes:
        expr: the expression.
        item: the module item that it is in.
        width: bits of its context (of itself where that decides); ``None`` if unknown.
        facts: conditions that hold where its value matters.
        frozen: names that change within the same block by blocking assignments: their value
            here is not the one that a wire would have.
    """

    expr: Expr
    item: Item
    width: int | None
    facts: tuple[Fact, ...]
    frozen: frozenset[str]


@dataclass(frozen=True)
class _Place:
    item: Item
    facts: tuple[Fact, ...]
    frozen: frozenset[str]

    def given(self, condition: Expr, positive: bool) -> _Place:
        return replace(self, facts=(*self.facts, Fact(condition, positive)))


def sites(scope: Scope) -> Iterator[Site]:
    """Every expression on the right of an assignment, in a condition or a subject, parents first."""
    for item in scope.module.items:
        place = _Place(item, (), frozenset())
        if isinstance(item, Continuous):
            yield from _assigned(scope, item.target, item.value, place)
        elif isinstance(item, Signal) and item.initial is not None and item.kind == "wire":
            yield from _assigned(scope, Name(item.name), item.initial, place)
        elif isinstance(item, Always):
            place = replace(place, frozen=_blocking(item.body))
            yield from _statement(scope, item.body, place)


def _blocking(body: Statement) -> frozenset[str]:
    found: set[str] = set()
    for node in walk(body):
        if isinstance(node, Assign) and node.blocking:
            found |= target_names(node.target)
        elif isinstance(node, Opaque):
            found |= node.names
    return frozenset(found)


def _statement(scope: Scope, s: Statement, place: _Place) -> Iterator[Site]:
    match s:
        case Block():
            for part in s.body:
                yield from _statement(scope, part, place)
        case If():
            yield from _expr(scope, s.condition, None, place)
            yield from _statement(scope, s.then, place.given(s.condition, True))
            if s.other is not None:
                yield from _statement(scope, s.other, place.given(s.condition, False))
        case Case():
            yield from _expr(scope, s.subject, None, place)
            tests = arm_tests(s)
            for arm, test in zip(s.arms, tests, strict=True):
                # arms with a test exclude each other by it; only the rest needs to know what it is not
                here = place if test is None else place.given(test, True)
                if test is None:
                    others = [t for t in tests if t is not None]
                    here = replace(place, facts=(*place.facts, *(Fact(t, False) for t in others)))
                yield from _statement(scope, arm.body, here)
        case Assign():
            yield from _assigned(scope, s.target, s.value, place)


def arm_tests(case: Case) -> list[Expr | None]:
    """For each arm the condition that takes it, where the arms exclude each other; ``None`` for default."""
    tests: list[Expr | None] = []
    for arm in case.arms:
        test: Expr | None = None
        for label in arm.labels:
            one = Binary("==", case.subject, label)
            test = one if test is None else Binary("||", test, one)
        distinct = case.kind == "case" and all(
            not isinstance(x, Number) or x.value is not None for x in arm.labels
        )
        tests.append(test if distinct else None)
    return tests


def _assigned(scope: Scope, target: Expr, value: Expr, place: _Place) -> Iterator[Site]:
    context = _wider(scope.width(target), scope.width(value))
    yield from _expr(scope, value, context, place)


def _wider(a: int | None, b: int | None) -> int | None:
    return None if a is None or b is None else max(a, b)


def _expr(scope: Scope, e: Expr, context: int | None, place: _Place) -> Iterator[Site]:
    """`e` and its parts; `context` is ``None`` where its own width decides."""
    width = scope.width(e) if context is None else context
    yield Site(e, place.item, width, place.facts, place.frozen)
    match e:
        case Binary():
            yield from _binary(scope, e, width, place)
        case Choice():
            yield from _expr(scope, e.condition, None, place)
            yield from _expr(scope, e.then, width, place.given(e.condition, True))
            yield from _expr(scope, e.other, width, place.given(e.condition, False))
        case Unary():
            inner = width if e.operator in ("+", "-", "~") else None
            yield from _expr(scope, e.operand, inner, place)
        case Concat() | Repeat():
            for part in e.parts:
                yield from _expr(scope, part, None, place)
        case Call():
            for part in e.arguments:
                yield from _expr(scope, part, None, place)
        case Index():
            yield from _expr(scope, e.index, None, place)
        case Slice() if e.kind != ":":
            yield from _expr(scope, e.left, None, place)


def _binary(scope: Scope, e: Binary, width: int | None, place: _Place) -> Iterator[Site]:
    if e.operator in COMPARISONS:
        common = _wider(scope.width(e.left), scope.width(e.right))
        yield from _expr(scope, e.left, common, place)
        yield from _expr(scope, e.right, common, place)
    elif e.operator in LOGICAL:
        yield from _expr(scope, e.left, None, place)
        yield from _expr(scope, e.right, None, place)
    else:
        yield from _expr(scope, e.left, width, place)
        yield from _expr(scope, e.right, None if e.operator in SHIFTS else width, place)


def exclusive(scope: Scope, a: Site, b: Site) -> tuple[Expr, bool] | None:
    """Return a condition that tells the paths to `a` and `b` apart: it holds at `a` iff the flag says so.

    ``None`` if no such condition is evident.
    """
    for mine in a.facts:
        if mine.positive:
            for yours in b.facts:
                told = mine.condition == yours.condition and not yours.positive
                if told or (yours.positive and _disjoint(scope, mine.condition, yours.condition)):
                    return mine.condition, True
    for mine in a.facts:
        if not mine.positive and Fact(mine.condition, True) in b.facts:
            return mine.condition, False
    return None


def _disjoint(scope: Scope, a: Expr, b: Expr) -> bool:
    """Whether both compare one thing for equality with different constants."""
    first, second = compared_with(scope, a), compared_with(scope, b)
    if first is None or second is None or first[0] != second[0]:
        return False
    return not first[1] & second[1]


def compared_with(scope: Scope, e: Expr) -> tuple[Expr, frozenset[int]] | None:
    """What a condition compares for equality, and the constants with one of which it must be equal."""
    if isinstance(e, Binary) and e.operator == "||":
        left, right = compared_with(scope, e.left), compared_with(scope, e.right)
        if left is None or right is None or left[0] != right[0]:
            return None
        return left[0], left[1] | right[1]
    if isinstance(e, Binary) and e.operator == "==":
        value = scope.value(e.right)
        return None if value is None else (e.left, frozenset({value}))
    return None
