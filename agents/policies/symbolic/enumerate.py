"""Bottom-up typed enumeration by cost, with observational equivalence on the rows.

An enumerator keeps, per type and cost, one expression for each distinct vector of values (Udupa et
al., TRANSIT, 2013). The rows are the example inputs, followed by probe inputs with no known output:
they keep programs apart that happen to agree on few examples. A failure is a value like any other,
so that a program that works on some of the rows can become a branch of a conditional.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from proofsmith.agents.policies.symbolic.expr import FAILED, Expr, Op
from proofsmith.agents.policies.symbolic.goal import Goal
from proofsmith.agents.policies.symbolic.types import CHR, FLOAT, INT, STR, Type

Functions = Callable[[Type, Type, int], "Sequence[Expr]"]
"""Given element type, result type and cost: the functions of that element, with getters as values."""

TICK = 64
"""Evaluations between two points where an enumeration can pause: few, for some operators are slow."""

DENSITY = 0.6
"""Bits by which the number of distinct behaviours grows for each bit of cost, as measured: behaviours are
weighed by 2^(-DENSITY * cost), so that every cost has a like share."""
MAX_FITS = 400
"""Fits kept; there are this many only where the examples say next to nothing."""


class Enumerator:
    """A resumable enumeration over fixed leaves and operators.

    Attributes:
        evaluated: expressions evaluated so far.
        size: behaviours kept, a long string or list counting for several. Beyond `capacity` nothing more
            is kept, but what is kept is still combined.
        fits: expressions of the goal's type that meet it on its rows; distinct on all rows.
        masks: for each set of met examples (a bit mask), the cheapest expressions that meet it.
        met: for each set of met examples, the weight of all behaviours that meet just that.
        listener: is told of every new behaviour of the type `listens_to`.
        level: the cost that is being enumerated; everything cheaper is complete.
    """

    def __init__(
        self,
        ops: Sequence[Op],
        leaves: Sequence[Expr],
        goal: Goal | None = None,
        functions: Functions | None = None,
        capacity: int = 60_000,
        max_cost: int = 60,
        max_evaluations: int = 1_000_000_000,
    ) -> None:
        self.ops = sorted(ops, key=lambda op: op.cost)
        self.goal = goal
        self.functions = functions
        self.capacity = capacity
        self.max_cost = max_cost
        self.max_evaluations = max_evaluations
        self.evaluated = 0
        self.level = 0
        self.size = 0
        self.exhausted = False
        self.fits: list[Expr] = []
        self.masks: dict[int, list[Expr]] = {}
        self.met: dict[int, float] = {}
        self.listener: Callable[[Expr], None] | None = None
        self.listens_to: Type | None = None
        self._bank: dict[Type, list[list[Expr]]] = {}
        self._seen: dict[Type, set[Any]] = {}
        self._leaves = list(leaves)
        self._run = self._levels()
        self._credit = 0

    def advance(self, evaluations: int, stop: Callable[[], bool] = bool) -> None:
        """Go on for about `evaluations` more, or until `stop` says so."""
        end = self.evaluated + evaluations
        while not self.exhausted and self.evaluated < end and not stop():
            if next(self._run, True):
                self.exhausted = True

    def complete(self, cost: int, stop: Callable[[], bool] = bool) -> None:
        """Go on until every expression up to `cost` is there, there is no more, or `stop` says so."""
        while not self.exhausted and self.level <= cost and not stop():
            if next(self._run, True) or self.evaluated > self.max_evaluations:
                self.exhausted = True

    def of(self, type_: Type, cost: int) -> Sequence[Expr]:
        """Return the expressions of this type and exactly this cost."""
        if type_.name == "fn":
            return self.functions(type_.args[0], type_.args[1], cost) if self.functions else ()
        levels = self._bank.get(type_)
        return levels[cost] if levels is not None and cost < len(levels) else ()

    def every(self, type_: Type, max_cost: int = 99) -> Iterator[Expr]:
        """Yield the expressions of this type, cheapest first."""
        for level in self._bank.get(type_, [])[: max_cost + 1]:
            yield from level

    def behaviours(self, type_: Type, max_cost: int) -> int:
        """Return how many distinct behaviours of this type were found up to a cost."""
        return sum(map(len, self._bank.get(type_, [])[: max_cost + 1]))

    def _levels(self) -> Iterator[bool]:
        by_cost: dict[int, list[Expr]] = {}
        for leaf in self._leaves:
            by_cost.setdefault(leaf.cost, []).append(leaf)
        for cost in range(1, self.max_cost + 1):
            self.level = cost
            for leaf in by_cost.get(cost, ()):
                self.add(leaf)
            for op in self.ops:
                left = cost - op.cost
                if left >= len(op.args):
                    yield from self._apply(op, cost, left)
            yield False

    def _apply(self, op: Op, cost: int, left: int) -> Iterator[bool]:
        if len(op.args) == 1:
            yield from self._apply1(op, cost, self.of(op.args[0], left))
        elif len(op.args) == 2:
            for first in range(1, left):
                a = self.of(op.args[0], first)
                if a:
                    b = self.of(op.args[1], left - first)
                    if b:
                        yield from self._apply2(op, cost, a, b)
        else:
            for first in range(1, left - 1):
                a = self.of(op.args[0], first)
                for second in range(1, left - first) if a else ():
                    b = self.of(op.args[1], second)
                    if b:
                        c = self.of(op.args[2], left - first - second)
                        if c:
                            yield from self._apply3(op, cost, a, b, c)

    def _apply1(self, op: Op, cost: int, args: Sequence[Expr]) -> Iterator[bool]:
        fn, ret = op.fn, op.ret
        seen = self._seen.setdefault(ret, set())
        for a in args:
            self.evaluated += 1
            self._credit += 1
            if a.partial:
                vals = _carefully(fn, a.vals)
            else:
                try:
                    vals = tuple(map(fn, a.vals))
                except Exception:
                    vals = _carefully(fn, a.vals)
            if vals is not None and (vals not in seen or ret is FLOAT):
                self.add(Expr(op, (a,), ret, cost, vals))
            if self._credit > TICK:
                self._credit = 0
                yield False

    def _apply2(self, op: Op, cost: int, left: Sequence[Expr], right: Sequence[Expr]) -> Iterator[bool]:
        fn, ret, commutes = op.fn, op.ret, op.commutes
        seen = self._seen.setdefault(ret, set())
        for a in left:
            values, serial, partial = a.vals, a.serial, a.partial
            for b in right:
                if commutes and b.serial < serial:
                    continue
                self.evaluated += 1
                if partial or b.partial:
                    vals = _carefully(fn, values, b.vals)
                else:
                    try:
                        vals = tuple(map(fn, values, b.vals))
                    except Exception:
                        vals = _carefully(fn, values, b.vals)
                if vals is not None and (vals not in seen or ret is FLOAT):
                    self.add(Expr(op, (a, b), ret, cost, vals))
                self._credit += 1
                if self._credit > TICK:
                    self._credit = 0
                    yield False

    def _apply3(
        self, op: Op, cost: int, first: Sequence[Expr], second: Sequence[Expr], third: Sequence[Expr]
    ) -> Iterator[bool]:
        fn, ret = op.fn, op.ret
        choose = op.name == "if"
        for a in first:
            for b in second:
                for c in third:
                    self.evaluated += 1
                    if choose:
                        vals = _choose(a.vals, b.vals, c.vals)
                    elif a.partial or b.partial or c.partial:
                        vals = _carefully(fn, a.vals, b.vals, c.vals)
                    else:
                        try:
                            vals = tuple(map(fn, a.vals, b.vals, c.vals))
                        except Exception:
                            vals = _carefully(fn, a.vals, b.vals, c.vals)
                    if vals is not None:
                        self.add(Expr(op, (a, b, c), ret, cost, vals))
                    self._credit += 1
                    if self._credit > TICK:
                        self._credit = 0
                        yield False

    def add(self, expr: Expr) -> None:
        """Take an expression into the bank unless one with the same values is there."""
        type_, vals = expr.type, expr.vals
        key: Any = (vals, tuple(map(type, vals))) if type_ is FLOAT else vals
        seen = self._seen.setdefault(type_, set())
        if key in seen:
            return
        full = self.size >= self.capacity
        if not full:
            seen.add(key)
        if vals.count(FAILED):
            expr.partial = True
        if self.goal is not None and self.goal.wants(type_):
            mask = self.goal.mask(vals)
            self.met[mask] = self.met.get(mask, 0.0) + 2.0 ** (-DENSITY * expr.cost)
            if mask == self.goal.full and len(self.fits) < MAX_FITS:
                self.fits.append(expr)
            if mask:
                best = self.masks.setdefault(mask, [])
                if len(best) < 4:
                    best.append(expr)
        if type_ is self.listens_to and self.listener is not None:
            self.listener(expr)
        if full:
            return
        self.size += 1 if type_.element is None else 1 + sum(map(_length, vals)) // 32
        levels = self._bank.setdefault(type_, [])
        while len(levels) <= expr.cost:
            levels.append([])
        levels[expr.cost].append(expr)
        if type_ is CHR:
            self._lift(expr, STR)
        elif type_ is INT and FLOAT in self._bank:
            self._lift(expr, FLOAT)

    def _lift(self, expr: Expr, type_: Type) -> None:
        """An expression is one of a wider type too."""
        levels = self._bank.setdefault(type_, [])
        seen = self._seen.setdefault(type_, set())
        key: Any = (expr.vals, tuple(map(type, expr.vals))) if type_ is FLOAT else expr.vals
        if key not in seen:
            seen.add(key)
            while len(levels) <= expr.cost:
                levels.append([])
            levels[expr.cost].append(expr)

    def uses_floats(self) -> None:
        """Let every int stand where a float is wanted."""
        self._bank.setdefault(FLOAT, [])


def _length(value: Any) -> int:
    return len(value) if isinstance(value, str | tuple | frozenset | dict) else 0


def _carefully(fn: Callable[..., Any], *columns: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """Apply `fn` row by row; a row that raises has FAILED. ``None`` if more than half of them do."""
    out = []
    failed = 0
    for args in zip(*columns, strict=True):
        if FAILED in args:
            out.append(FAILED)
            failed += 1
            continue
        try:
            out.append(fn(*args))
        except Exception:
            out.append(FAILED)
            failed += 1
    return tuple(out) if failed * 2 <= len(out) else None


def _choose(tests: tuple[Any, ...], yes: tuple[Any, ...], no: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """The conditional expression: only the chosen side has to succeed."""
    out = []
    failed = 0
    for t, y, n in zip(tests, yes, no, strict=True):
        value = FAILED if t is FAILED else (y if t else n)
        failed += value is FAILED
        out.append(value)
    return tuple(out) if failed * 2 <= len(out) else None
