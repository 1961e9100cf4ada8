"""What a bound variable ranges over, read from the conditions on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from proofsmith.dafny import expressions as ex
from proofsmith.dafny.interpret_values import Data, Trouble, Value
from proofsmith.dafny.nodes import Expression, Type, Variable, walk

_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "=="}
_SAMPLE = tuple(range(-3, 9))
"""Integers tried where no bound is known: they can refute a `forall`, not confirm it."""

_ANOTHER = Data("another value", (), ())

Compiled = Callable[[object], Value]


@dataclass(frozen=True)
class Bound:
    """``v operator base + offset`` for a bound variable v."""

    operator: str
    base: Expression
    offset: int


def stripped(e: Expression) -> Expression:
    """Return `e` without parentheses around it."""
    while isinstance(e, ex.Parenthesized):
        e = e.inner
    return e


def conjuncts(e: Expression | None) -> Iterator[Expression]:
    """Yield the conjuncts of `e`, without parentheses around them."""
    if e is None:
        return
    e = stripped(e)
    if isinstance(e, ex.Logical) and e.operator == "&&":
        for operand in e.operands:
            yield from conjuncts(operand)
    else:
        yield e


def premises(e: Expression) -> Iterator[Expression]:
    """Yield what a universal body assumes before its last conclusion."""
    e = stripped(e)
    while isinstance(e, ex.Binary) and e.operator == "==>":
        yield from conjuncts(e.left)
        e = stripped(e.right)
    if isinstance(e, ex.Logical) and e.operator == "||":
        for operand in e.operands:
            inner = stripped(operand)
            if isinstance(inner, ex.Unary) and inner.operator == "!":
                yield from conjuncts(inner.operand)


def names_in(e: Expression) -> set[str]:
    """Return every identifier that occurs in `e`."""
    return {n.name for n in walk(e) if isinstance(n, ex.Name)}


def bounds_of(name: str, conditions: Iterable[Expression]) -> list[Bound]:
    """Return the bounds that `conditions` put on the variable `name`."""
    found = []
    for condition in conditions:
        if not isinstance(condition, ex.Comparison):
            continue
        for k, operator in enumerate(condition.operators):
            left, right = stripped(condition.operands[k]), stripped(condition.operands[k + 1])
            if operator in _FLIPPED:
                for one, op, other in ((left, operator, right), (right, _FLIPPED[operator], left)):
                    shift = _shift(one, name)
                    if shift is not None and name not in names_in(other):
                        found.append(Bound(op, other, -shift))
            elif operator == "in" and isinstance(left, ex.Name) and left.name == name:
                found.append(Bound("in", right, 0))
    return found


def _shift(e: Expression, name: str) -> int | None:
    """``c`` where `e` is ``name + c``."""
    if isinstance(e, ex.Name):
        return 0 if e.name == name else None
    if isinstance(e, ex.Binary) and e.operator in "+-":
        left, right = stripped(e.left), stripped(e.right)
        if isinstance(right, ex.Literal) and right.kind == "int" and isinstance(left, ex.Name):
            value = int(right.text.replace("_", ""), 0)
            return (value if e.operator == "+" else -value) if left.name == name else None
    return None


@dataclass(frozen=True)
class Domain:
    """How to enumerate a variable.

    Attributes:
        values: of a frame, the values in question; a superset of those that meet the conditions.
        complete: whether nothing that meets the conditions is missing.
    """

    values: Callable[[object], Iterable[Value]]
    complete: bool


def domain_of(
    variable: Variable,
    conditions: Sequence[Expression],
    later: Sequence[Variable],
    compiled: Callable[[Expression], Compiled],
    finite: Callable[[Type | None], Sequence[Value] | None],
    body: Expression | None = None,
) -> Domain:
    """Return the domain of `variable`, given those bound before it.

    Args:
        variable: to enumerate.
        conditions: what must hold of it and of the others.
        later: variables that get their values after it.
        compiled: makes an expression a function of the frame.
        finite: all values of a type, if there are few.
        body: what is said of all values of the variable, if that is what they are for.
    """
    if variable.domain is not None:
        source = compiled(variable.domain)
        return Domain(lambda frame: tuple(source(frame)), True)
    everything = finite(variable.type)
    if everything is not None:
        return Domain(lambda frame: everything, True)
    limits = _transitive(variable.name, conditions, {v.name for v in later}, 3)
    for bound in limits:
        if bound.operator == "in" or (bound.operator == "==" and not bound.offset):
            source = compiled(bound.base)
            if bound.operator == "in":
                return Domain(lambda frame, s=source: tuple(s(frame)), True)  # type: ignore[misc]
            return Domain(lambda frame, s=source: (s(frame),), True)  # type: ignore[misc]
    lows = [(compiled(b.base), b.offset + (b.operator == ">")) for b in limits if b.operator in (">", ">=")]
    highs = [(compiled(b.base), b.offset + (b.operator == "<=")) for b in limits if b.operator in ("<", "<=")]
    natural = variable.type is not None and variable.type.name == "nat"
    if natural:
        lows.append((lambda frame: 0, 0))
    if not lows or not highs:
        members = None if body is None else _of_members(variable, body, later, compiled)
        if members is not None:
            return members
        sample = tuple(n for n in _SAMPLE if n >= 0) if natural else _SAMPLE
        return Domain(lambda frame: sample, False)
    return Domain(lambda frame: _interval(frame, lows, highs), True)


def _of_members(
    variable: Variable,
    body: Expression,
    later: Sequence[Variable],
    compiled: Callable[[Expression], Compiled],
) -> Domain | None:
    """Return the domain of a variable without bounds that a universal `body` only asks for membership.

    It is what is in any of the collections, and one value that is in none, which stands for all others.
    ``None`` if the body asks something else of the variable as well.
    """
    name, unknown = variable.name, {v.name for v in later}
    collections: list[Expression] = []
    asked = 0
    for node in walk(body):
        if isinstance(node, ex.Comparison) and set(node.operators) <= {"in", "!in"}:
            one, other = stripped(node.operands[0]), node.operands[1]
        elif isinstance(node, ex.Index) and _is_multiset(node.target):
            one, other = stripped(node.indices[0]), node.target
        else:
            continue
        if isinstance(one, ex.Name) and one.name == name:
            asked += 1
            collections.append(other)
    free = {n for c in collections for n in names_in(c)} & {name, *unknown}
    if not asked or free or asked != sum(isinstance(n, ex.Name) and n.name == name for n in walk(body)):
        return None
    sources = [compiled(c) for c in collections]
    return Domain(lambda frame: (*dict.fromkeys(v for s in sources for v in s(frame)), _ANOTHER), True)


def _is_multiset(e: Expression) -> bool:
    e = stripped(e)
    return isinstance(e, ex.Primitive) and e.name == "multiset"


def _interval(
    frame: object, lows: Sequence[tuple[Compiled, int]], highs: Sequence[tuple[Compiled, int]]
) -> Iterable[Value]:
    low = _tightest(frame, lows, max)
    high = _tightest(frame, highs, min)
    return range(low, high)


def _tightest(
    frame: object, limits: Sequence[tuple[Compiled, int]], choose: Callable[[list[Value]], Value]
) -> Value:
    """Evaluate what can be; a limit may be undefined where a condition before it excludes that."""
    values = []
    trouble: Trouble | None = None
    for base, offset in limits:
        try:
            values.append(base(frame) + offset)
        except Trouble as error:
            trouble = error
    if not values:
        assert trouble is not None
        raise trouble
    return choose(values)


def _transitive(name: str, conditions: Sequence[Expression], later: set[str], depth: int) -> list[Bound]:
    """The bounds on `name` that mention no later variable, through later variables where needed."""
    found = []
    for bound in bounds_of(name, conditions):
        if not names_in(bound.base) & later:
            found.append(bound)
        elif isinstance(bound.base, ex.Name) and depth and bound.operator in ("<", "<=", ">", ">="):
            for further in _transitive(bound.base.name, conditions, later, depth - 1):
                if further.operator[0] == bound.operator[0]:
                    strict = len(bound.operator) == 1
                    step = (-1 if bound.operator[0] == "<" else 1) if strict else 0
                    found.append(Bound(further.operator, further.base, bound.offset + further.offset + step))
                elif further.operator == "==":
                    found.append(Bound(bound.operator, further.base, bound.offset + further.offset))
    return found
