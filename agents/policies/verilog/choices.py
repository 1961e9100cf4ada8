"""Rules for choices: balanced trees, equal results together, branches that say the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from proofsmith.agents.policies.verilog.rewrite import Design, Rewrite, rewritten
from proofsmith.verilog.edits import Edit, remove_item, replace_expression
from proofsmith.verilog.evaluate import Unknown, evaluate
from proofsmith.verilog.printing import text_of
from proofsmith.verilog.ranges import Assigned, assignments
from proofsmith.verilog.sites import Fact, compared_with
from proofsmith.verilog.syntax import Binary, Case, Choice, Expr, Name, Number, Repeat, names, unplaced, walk

_SHORTEST = 4
_WIDEST = 32


def balance_chains(design: Design) -> Iterator[Rewrite]:
    """Write ``p ? a : q ? b : r ? c : ...`` as a tree that asks first whether any of the first half holds."""
    for e, options, rest in _chains(design):
        if len(options) >= _SHORTEST:
            edit = replace_expression(design.source, e, _tree(options, rest))
            thought = f"A chain of {len(options)} choices as a balanced tree."
            yield from rewritten(design, [edit], "balance-chain", thought, 2.0)


def _chains(design: Design) -> Iterator[tuple[Choice, list[tuple[Expr, Expr]], Expr]]:
    """The longest chains of choices: where, the (condition, result) pairs, the result at the end."""
    inner: set[int] = set()
    for site in design.sites:
        e = site.expr
        if not isinstance(e, Choice) or e.at[0] < 0 or id(e) in inner:
            continue
        options: list[tuple[Expr, Expr]] = []
        rest: Expr = e
        while isinstance(rest, Choice):
            inner.add(id(rest))
            options.append((rest.condition, rest.then))
            rest = rest.other
        yield e, options, rest


def _tree(options: Sequence[tuple[Expr, Expr]], rest: Expr) -> Expr:
    if len(options) == 1:
        return Choice(options[0][0], options[0][1], rest)
    first, second = options[: len(options) // 2], options[len(options) // 2 :]
    inside = _tree(first[:-1], first[-1][1]) if len(first) > 1 else first[0][1]
    return Choice(_any([condition for condition, _ in first]), inside, _tree(second, rest))


def _any(conditions: Sequence[Expr]) -> Expr:
    if len(conditions) == 1:
        return conditions[0]
    half = len(conditions) // 2
    return Binary("||", _any(conditions[:half]), _any(conditions[half:]))


# -- conditions that exclude each other -------------------------------------------------------------


def exclusive_choices(design: Design) -> Iterator[Rewrite]:
    """A chain that asks one thing for different values: equal results together, or a sum of products."""
    for e, options, rest in _chains(design):
        if len(options) < 2 or not _exclusive(design, [c for c, _ in options]):
            continue
        grouped = _grouped(options, rest)
        if len(grouped) < len(options):
            result = rest
            for condition, value in reversed(grouped):
                result = Choice(condition, value, result)
            edit = replace_expression(design.source, e, result)
            thought = "Conditions that exclude each other may be asked in any order: equal results together."
            yield from rewritten(design, [edit], "group-choices", thought, 2.0)
        site = next(s for s in design.sites if s.expr is e)
        if site.width is not None and site.width <= _WIDEST and design.scope.value(rest) == 0:
            edit = replace_expression(design.source, e, _sum(options, site.width))
            thought = (
                "Conditions that exclude each other: each result behind its own condition, without order."
            )
            yield from rewritten(design, [edit], "select-by-and-or", thought, 1.2)


def _exclusive(design: Design, conditions: Sequence[Expr]) -> bool:
    """Whether all compare one thing with constants, no two with the same."""
    found = [compared_with(design.scope, c) for c in conditions]
    seen: set[int] = set()
    for one in found:
        if one is None or found[0] is None or one[0] != found[0][0] or one[1] & seen:
            return False
        seen |= one[1]
    return True


def _grouped(options: Sequence[tuple[Expr, Expr]], rest: Expr) -> list[tuple[Expr, Expr]]:
    groups: list[tuple[list[Expr], Expr]] = []
    for condition, value in options:
        if value == rest:
            continue
        same = next((g for g in groups if g[1] == value), None)
        if same is None:
            groups.append(([condition], value))
        else:
            same[0].append(condition)
    return [(_any(conditions), value) for conditions, value in groups]


def _sum(options: Sequence[tuple[Expr, Expr]], width: int) -> Expr:
    terms: list[Expr] = []
    for condition, value in options:
        mask = condition if width == 1 else Repeat(Number(width), (condition,))
        terms.append(Binary("&", mask, value))
    result = terms[0]
    for term in terms[1:]:
        result = Binary("|", result, term)
    return result


# -- branches that say the same ----------------------------------------------------------------------


def agreeing_branches(design: Design) -> Iterator[Rewrite]:
    """A constant that another branch computes as well: ``if (q == 15) q <= 0; else q <= q + 1;``

    On the path of the constant a signal is known; where the other branch's expression has the same value
    there, it can stand in both, and the condition decides nothing any more.
    """
    found, _ = assignments(design.module)
    by_name: dict[str, list[Assigned]] = {}
    for a in found:
        if a.always is not None and a.value.at[0] >= 0:
            by_name.setdefault(a.name, []).append(a)
    edits: list[Edit] = []
    for name, updates in by_name.items():
        for a in updates:
            other = _agreeing(design, a, updates)
            if other is not None:
                edits.append(Edit(*a.value.at, text_of(other.value, design.source)))
                told = (
                    f"{name} is {text_of(unplaced(a.value))} there anyway: {text_of(unplaced(other.value))}."
                )
                yield from rewritten(design, edits[-1:], "agreeing-branches", told, 3.0)
    if len(edits) > 1:
        thought = "Branches that give the same value say it in the same way."
        yield from rewritten(design, edits, "agreeing-branches", thought, 3.5)


def _agreeing(design: Design, a: Assigned, updates: Sequence[Assigned]) -> Assigned | None:
    constant = design.scope.value(a.value)
    known = _known_on(design, a.facts)
    if constant is None or not known:
        return None
    width = design.scope.signal_width(a.name)
    for other in updates:
        used = names(other.value) - design.scope.constants.keys()
        if other.always is not a.always or not used or not used <= known.keys():
            continue
        if _blocked(a, used):
            continue
        try:
            value = evaluate(other.value, design.scope, known, width)
        except Unknown:
            continue
        mask = (1 << (width or 1)) - 1
        if value & mask == constant & mask:
            return other
    return None


def _blocked(a: Assigned, used: frozenset[str]) -> bool:
    """Whether a block changes what is read while it runs."""
    assert a.always is not None
    return any(
        getattr(n, "blocking", False) and names(getattr(n, "target", None)) & used for n in walk(a.always)
    )


def _known_on(design: Design, facts: Sequence[Fact]) -> dict[str, int]:
    """Signals whose value the facts of a path tell."""
    known: dict[str, int] = {}
    for fact in facts:
        e = fact.condition
        if isinstance(e, Name) and design.scope.width(e) == 1:
            known[e.name] = int(fact.positive)
        elif isinstance(e, Binary) and isinstance(e.left, Name):
            value = design.scope.value(e.right)
            top = (1 << (design.scope.signal_width(e.left.name) or 1)) - 1
            interval = design.states.ranges.get(e.left.name, (0, top))
            equal = e.operator == ("==" if fact.positive else "!=")
            last = e.operator == (">=" if fact.positive else "<") and value == interval[1]
            if value is not None and (equal or last):
                known[e.left.name] = value
    return known


def merge_arms(design: Design) -> Iterator[Rewrite]:
    """Arms of a case with the same statement become one; one that does what ``default`` does goes."""
    for item in design.module.items:
        for node in walk(item):
            if not isinstance(node, Case) or node.kind != "case":
                continue
            labels = [design.scope.value(x) for arm in node.arms for x in arm.labels]
            if None in labels or len(set(labels)) < len(labels):
                continue
            edits = list(_merged_arms(design, node))
            thought = f"Arms of the case of {text_of(unplaced(node.subject))} that do the same are one."
            yield from rewritten(design, edits, "merge-arms", thought, 1.5)


def _merged_arms(design: Design, case: Case) -> Iterator[Edit]:
    source = design.source
    default = next((arm for arm in case.arms if not arm.labels), None)
    groups: list[list[int]] = []
    for i, arm in enumerate(case.arms):
        if not arm.labels:
            continue
        if default is not None and arm.body == default.body:
            yield remove_item(source, arm.at)
            continue
        same = next((g for g in groups if case.arms[g[0]].body == arm.body), None)
        if same is None:
            groups.append([i])
        else:
            same.append(i)
            yield remove_item(source, arm.at)
    for first, *others in groups:
        if others:
            end = case.arms[first].labels[-1].at[1]
            more = [x for i in others for x in case.arms[i].labels]
            yield Edit(end, end, "".join(f", {source[x.at[0] : x.at[1]]}" for x in more))
