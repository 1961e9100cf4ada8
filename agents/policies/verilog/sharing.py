"""Resource sharing: operators on paths that exclude each other become one, with chosen operands.

Works across branches of ``if``, ``case`` and ``?:``, in one block or in several.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from proofsmith.agents.policies.verilog.rewrite import Design, Rewrite, rewritten
from proofsmith.verilog.edits import Edit, fresh_name, insert_before, replace_expression
from proofsmith.verilog.printing import text_of
from proofsmith.verilog.sites import Site, exclusive
from proofsmith.verilog.syntax import Binary, Choice, Expr, Item, Name, Number, Unary, names

_NAMES = {
    "+": "sum", "-": "difference", "*": "product", "/": "quotient", "%": "remainder", "<<": "shifted",
    ">>": "shifted", "<": "less", "<=": "at_most", ">": "greater", ">=": "at_least", "==": "equal",
}  # fmt: skip
_COMMUTATIVE = ("+", "*", "==")
_RELATIONS = ("<", "<=", ">", ">=", "==")
_COSTLY = {"*": 3.0, "/": 3.0, "%": 3.0, "+": 2.0, "-": 2.0}
_MAX_GROUP = 8
_MAX_USES = 60
"""Operators of one kind that are looked at in pairs."""


@dataclass(frozen=True)
class _Use:
    """An operator that may be shared, and which site it is."""

    site: Site
    left: Expr
    right: Expr
    negated: bool


def share_operators(design: Design) -> Iterator[Rewrite]:
    """Share every group of exclusive operators as a whole, and every pair of them."""
    for operators in (("+", "-"), ("*",), ("/",), ("%",), ("<<",), (">>",), *((r,) for r in _RELATIONS)):
        found = _uses(design, operators)[:_MAX_USES]
        pairs = [p for p in combinations(found, 2) if _apart(design, p[0], p[1])]
        groups = _groups(design, found)
        for group in [*groups, *((list(p)) for p in pairs if list(p) not in groups)]:
            yield from _shared(design, operators[0], group)


def _uses(design: Design, operators: Sequence[str]) -> list[_Use]:
    """The operators of the kinds, with operands that mean the same on a wire outside."""
    found = []
    for site in design.sites:
        e = site.expr
        if not isinstance(e, Binary) or e.operator not in operators or site.width is None or e.at[0] < 0:
            continue
        used = names(e) | frozenset().union(*(names(f.condition) for f in site.facts))
        scope = design.scope
        if site.frozen & used or scope.signed(e.left) or scope.signed(e.right):
            continue
        if scope.value(e) is not None or (scope.value(e.right) is not None and e.operator in ("<<", ">>")):
            continue
        found.append(_Use(site, e.left, e.right, e.operator == "-"))
    return found


def _apart(design: Design, a: _Use, b: _Use) -> bool:
    return exclusive(design.scope, a.site, b.site) is not None


def _groups(design: Design, found: list[_Use]) -> list[list[_Use]]:
    """Sets of three or more uses any two of which exclude each other, grown greedily."""
    groups: list[list[_Use]] = []
    left = list(found)
    while len(left) > 2:
        group = [left[0]]
        for use in left[1:]:
            if len(group) < _MAX_GROUP and all(_apart(design, use, other) for other in group):
                group.append(use)
        if len(group) > 2:
            groups.append(group)
        left = [use for use in left if not any(use is member for member in group)]
    return groups


def _shared(design: Design, operator: str, group: list[_Use]) -> Iterator[Rewrite]:
    """Put one operator with chosen operands before the first use, and its name at every use."""
    group = _aligned(operator, group)
    tests = _tests(design, group)
    if tests is None:
        return
    left = _chosen([(t, u.left) for t, u in zip(tests, group, strict=True)])
    plain = [(t, u.right) for t, u in zip(tests, group, strict=True)]
    width = max(u.site.width or 1 for u in group)
    value: Expr
    if any(u.negated for u in group):
        value = _added(group, tests, left, plain)
    else:
        value = Binary(operator, left, _chosen(plain))
    relation = operator in _RELATIONS
    operator = "-" if all(u.negated for u in group) else operator
    name = fresh_name(design.source, f"shared_{_NAMES[operator]}")
    bits = "" if relation or width == 1 else f"[{width - 1}:0] "
    line = f"wire {bits}{name} = {text_of(value, design.source)};"
    first = min((u.site.item for u in group), key=_start)
    edits: list[Edit] = [insert_before(design.source, _start(first), [line])]
    for use in group:
        edits.append(replace_expression(design.source, use.site.expr, Name(name)))
    if len(group) == 2 and _siblings(design, group):
        return
    kind = "operators" if len(group) > 2 else "two operators"
    thought = f"Share one {operator} between {kind} on paths that exclude each other."
    weight = _COSTLY.get(operator, 1.0) + 0.5 * (len(group) - 2)
    yield from rewritten(design, edits, "share-operators", thought, weight)


def _siblings(design: Design, group: list[_Use]) -> bool:
    """Whether they are the two branches of one choice, which the rules for expressions rewrite better."""
    first, second = (use.site.expr for use in group)
    return any(
        isinstance(s.expr, Choice) and {id(first), id(second)} == {id(s.expr.then), id(s.expr.other)}
        for s in design.sites
    )


def _added(
    group: list[_Use], tests: Sequence[Expr | None], left: Expr, right: list[tuple[Expr | None, Expr]]
) -> Expr:
    """``l + r`` where some of the group subtract: ``l + ~r + 1`` there."""
    if all(u.negated for u in group):
        return Binary("-", left, _chosen(right))
    turned = [(t, Unary("~", e) if u.negated else e) for (t, e), u in zip(right, group, strict=True)]
    one: list[tuple[Expr | None, Expr]] = [
        (t, Number(int(u.negated), 1)) for t, u in zip(tests, group, strict=True)
    ]
    return Binary("+", Binary("+", left, _chosen(turned)), _chosen(one))


def _start(item: Item) -> int:
    group = getattr(item, "group", item.at)
    return int(group[0])


def _aligned(operator: str, group: list[_Use]) -> list[_Use]:
    """Exchange operands where that makes more of them equal to those of the first."""
    if operator not in _COMMUTATIVE:
        return group
    first = group[0]
    aligned = [first]
    for use in group[1:]:
        straight = (use.left == first.left) + (use.right == first.right)
        crossed = (use.right == first.left) + (use.left == first.right)
        if crossed > straight and not use.negated:
            use = _Use(use.site, use.right, use.left, use.negated)
        aligned.append(use)
    return aligned


def _tests(design: Design, group: list[_Use]) -> list[Expr | None] | None:
    """A condition for each member that holds at it and at no later member; ``None`` for the last."""
    tests: list[Expr | None] = []
    for i, use in enumerate(group[:-1]):
        test: Expr | None = None
        for later in group[i + 1 :]:
            found = exclusive(design.scope, use.site, later.site)
            if found is None:
                return None
            condition = found[0] if found[1] else Unary("!", found[0])
            known = test is not None and condition in _conjuncts(test)
            if not known:
                test = condition if test is None else Binary("&&", test, condition)
        tests.append(test)
    return [*tests, None]


def _conjuncts(e: Expr) -> list[Expr]:
    if isinstance(e, Binary) and e.operator == "&&":
        return [*_conjuncts(e.left), *_conjuncts(e.right)]
    return [e]


def _chosen(options: list[tuple[Expr | None, Expr]]) -> Expr:
    """The expression that the first true test chooses; the last option has none."""
    *tested, (_, result) = options
    for test, value in reversed(tested):
        assert test is not None
        if value == result:
            continue
        if isinstance(test, Unary) and test.operator == "!":
            result = Choice(test.operand, result, value)
            continue
        if isinstance(result, Choice) and result.then == value:
            result = Choice(Binary("||", test, result.condition), value, result.other)
        else:
            result = Choice(test, value, result)
    return result
