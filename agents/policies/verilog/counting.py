"""Rules for counters and selectors: an enable that is the carry, a selection as a tree over the bits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from proofsmith.agents.policies.verilog.places import places
from proofsmith.agents.policies.verilog.rewrite import Design, Rewrite, rewritten
from proofsmith.verilog.edits import Edit
from proofsmith.verilog.printing import text_of
from proofsmith.verilog.sites import compared_with
from proofsmith.verilog.syntax import (
    Assign,
    Binary,
    Block,
    Choice,
    Expr,
    If,
    Index,
    Name,
    Number,
    Statement,
    names,
    unplaced,
    walk,
)

_MOST_BITS = 5
_UNLIKELY = Number(None)
"""A result that may be anything."""


def count_by_enable(design: Design) -> Iterator[Rewrite]:
    """``if (en) q <= q + 1;`` as ``q <= q + en;``: the carry of bit 0, in place of an enable for each bit."""
    for item in design.module.items:
        for node in walk(item):
            if not isinstance(node, If) or node.other is not None or design.scope.width(node.condition) != 1:
                continue
            text = _counting(design, node)
            if text is not None:
                name = text.split(" <=", 1)[0].split()[-1]
                thought = f"{name} counts by its enable, so that no bit of it needs one."
                yield from rewritten(design, [Edit(*node.at, text)], "count-by-enable", thought, 3.0)


def _counting(design: Design, node: If) -> str | None:
    """What to write for a step behind a condition, perhaps with an end at which it begins anew."""
    inner = _single(node.then)
    step = _step(design, inner, node.condition)
    if step is not None:
        return step
    if isinstance(inner, If) and inner.other is not None:
        wrap, again = _single(inner.then), _single(inner.other)
        step = _step(design, again, node.condition)
        if step is None or not isinstance(wrap, Assign) or not isinstance(again, Assign):
            return None
        if wrap.target != again.target or wrap.blocking:
            return None
        both = Binary("&&", node.condition, inner.condition)
        again_from = f"{text_of(wrap.target)} <= {text_of(wrap.value, design.source)};"
        return f"if ({text_of(both, design.source)}) {again_from} else {step}"
    return None


def _single(s: Statement) -> Statement:
    while isinstance(s, Block) and len(s.body) == 1:
        s = s.body[0]
    return s


def _step(design: Design, s: Statement, condition: Expr) -> str | None:
    """``q <= q + condition;`` for ``q <= q + 1;``."""
    if not isinstance(s, Assign) or s.blocking or not isinstance(s.target, Name):
        return None
    value = s.value
    if not isinstance(value, Binary) or value.operator not in ("+", "-") or value.left != s.target:
        return None
    if design.scope.value(value.right) != 1 or design.scope.signed(s.target):
        return None
    return f"{s.target.name} <= {text_of(Binary(value.operator, value.left, condition), design.source)};"


# -- selection ---------------------------------------------------------------------------------------


def select_by_bits(design: Design) -> Iterator[Rewrite]:
    """A selection by the values of one signal as a tree that asks its bits, the best first."""
    for place in places(design):
        if len(place.values) != 1 or place.registered:
            continue
        ((name, value),) = place.values.items()
        found = _table(design, value)
        if found is None:
            continue
        subject, results = found
        width = design.scope.signal_width(subject) or 0
        tree = _tree(subject, results, tuple(range(width)), width)
        thought = f"{name} is selected by the bits of {subject}."
        yield from rewritten(design, [place.edit({name: tree})], "select-by-bits", thought, 2.0)


def _table(design: Design, value: Expr) -> tuple[str, dict[int, Expr]] | None:
    """The signal that a chain of choices compares, and the result for each of its values."""
    subject: Expr | None = None
    results: dict[int, Expr] = {}
    choices = 0
    while isinstance(value, Choice):
        compared = compared_with(design.scope, value.condition)
        if compared is None or (subject is not None and compared[0] != subject):
            return None
        subject = compared[0]
        if names(value.condition) != names(subject):  # values that have names keep them
            return None
        for number in compared[1]:
            results.setdefault(number, unplaced(value.then))
        value, choices = value.other, choices + 1
    if not isinstance(subject, Name) or choices < 2:
        return None
    width = design.scope.signal_width(subject.name)
    if width is None or not 2 <= width <= _MOST_BITS or design.scope.bounds(subject.name) != (width - 1, 0):
        return None
    unknown = isinstance(value, Number) and value.value is None
    for number in range(1 << width):
        results.setdefault(number, _UNLIKELY if unknown else unplaced(value))
    wide = all((design.scope.width(e) or 1) > 1 or isinstance(e, Number) for e in results.values())
    return (subject.name, results) if wide and len(set(map(text_of, results.values()))) > 2 else None


def _tree(subject: str, results: Mapping[int, Expr], left: tuple[int, ...], width: int) -> Expr:
    """The smallest tree for the rows given, over the bits that are left."""
    known = [e for e in results.values() if e is not _UNLIKELY]
    if not known:
        return Number(0)
    if all(e == known[0] for e in known):
        return known[0]
    best: tuple[int, Expr] | None = None
    for bit in reversed(left):
        rest = tuple(b for b in left if b != bit)
        high = {n: e for n, e in results.items() if n >> bit & 1}
        low = {n: e for n, e in results.items() if not n >> bit & 1}
        then, other = _tree(subject, high, rest, width), _tree(subject, low, rest, width)
        asked = Index(Name(subject), Number(bit))
        tree: Expr = then if then == other else Choice(asked, then, other)
        size = sum(isinstance(n, Choice) for n in walk(tree))
        if best is None or size < best[0]:
            best = (size, tree)
    assert best is not None
    return best[1]
