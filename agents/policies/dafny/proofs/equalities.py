"""Equalities of sequences, sets and multisets that hold always, and that the prover does not think of."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, islice

from proofsmith.agents.policies.dafny.formula import Formula, enclosed, formula, words
from proofsmith.agents.policies.dafny.proofs.points import Point
from proofsmith.agents.policies.dafny.proofs.situation import Situation, sums
from proofsmith.agents.policies.dafny.weave import Addition
from proofsmith.dafny import expressions as ex
from proofsmith.dafny.interpret_domains import stripped
from proofsmith.dafny.nodes import walk

_AT_A_POINT = 30
_PAIRS = 16


def taken_apart(s: Situation) -> Iterator[Addition]:
    """Yield how the sequences of a goal, and of what it unfolds to, are put together."""
    begin = s.everywhere()
    for point in s.all_near():
        texts: dict[str, float] = {}
        for found in _formulas(s, point):
            for text, promise in _apart(s, found, point):
                part = formula(text)
                if part is None or (point != begin and _visible(s, part, begin)):
                    continue  # it is said at the beginning
                texts[text] = max(promise, texts.get(text, 0.0))
        ordered = sorted(texts, key=lambda t: -texts[t])
        for text in ordered[:_AT_A_POINT]:
            made = s.says(point, text, "sequence", texts[text])
            if made is not None:
                yield made


def _visible(s: Situation, found: Formula, point: Point | None) -> bool:
    return point is not None and s.inventory.visible(found, point.scope)


def _formulas(s: Situation, point: Point) -> Iterator[Formula]:
    """The goals, what their calls unfold to, and the terms written, as far as they can be said at a point."""
    yield from (g.formula for g in s.goals)
    for found, call in s.calls():
        body = s.definitions.body(call, found)
        if body is not None:
            yield body
    for text, declared in s.inventory.written(point.scope):
        if declared.name in ("seq", "multiset"):
            found_ = formula(text)
            if found_ is not None:
                yield found_


def _apart(s: Situation, found: Formula, point: Point) -> Iterator[tuple[str, float]]:
    def said(text: str) -> bool:
        part = formula(text)
        return part is not None and s.inventory.visible(part, point.scope)

    def kind(text: str) -> str:
        part = formula(text)
        declared = s.tables.of(part.tree, point.scope, s.module) if part is not None else None
        return declared.name if declared is not None else ""

    for left, right, whole in sums(found):
        if said(whole) and (kind(left) == "seq" or kind(right) == "seq"):
            yield from ((t, 3.0) for t in _of_sum(enclosed(left), enclosed(right)))
    for node in walk(found.tree):
        if isinstance(node, ex.SeqDisplay) and node.items and said(found.at(node)):
            display = found.at(node)
            for k, item in enumerate(node.items[:3]):
                yield f"{display}[{k}] == {found.at(item)}", 3.0
            if len(node.items) == 1:
                yield f"{display}[1..] == []", 2.5
        elif isinstance(node, ex.Slice) and said(found.at(node)):
            row = found.at(node.target)
            size = f"{row}.Length" if kind(row).startswith("array") else f"|{row}|"
            low = found.at(node.low) if node.low is not None else ""
            high = found.at(node.high) if node.high is not None else ""
            if not (low or high).isdigit():
                yield from ((t, 2.5) for t in _of_slice(enclosed(row), size, low, high))
        elif isinstance(node, ex.Update) and len(node.pairs) == 1 and kind(found.at(node)) == "seq":
            row, at, value = (found.at(n) for n in (node.target, *node.pairs[0]))
            if said(found.at(node)):
                yield f"{found.at(node)} == {row}[..{at}] + [{value}] + {row}[{at} + 1..]", 2.5
        elif isinstance(node, ex.Name) and kind(node.name) == "seq" and said(node.name):
            q = node.name
            yield f"|{q}| > 0 ==> {q} == [{q}[0]] + {q}[1..]", 2.0
            yield f"|{q}| > 0 ==> {q} == {q}[..|{q}| - 1] + [{q}[|{q}| - 1]]", 2.0


def _of_sum(a: str, b: str) -> Iterator[str]:
    yield f"|{a}| > 0 ==> ({a} + {b})[1..] == {a}[1..] + {b}"
    yield f"|{b}| > 0 ==> ({a} + {b})[..|{a} + {b}| - 1] == {a} + {b}[..|{b}| - 1]"
    yield f"{a} == [] ==> {a} + {b} == {b}"
    yield f"{b} == [] ==> {a} + {b} == {a}"
    yield f"({a} + {b})[..|{a}|] == {a}"
    yield f"({a} + {b})[|{a}|..] == {b}"
    found = formula(a)
    if found is not None:
        tree = stripped(found.tree)
        if isinstance(tree, ex.Binary) and tree.operator == "+":
            first, second = enclosed(found.at(tree.left)), enclosed(found.at(tree.right))
            yield f"({a} + {b}) == {first} + ({second} + {b})"


def _of_slice(row: str, size: str, low: str, high: str) -> Iterator[str]:
    if not low and not high:
        yield f"{row}[..] == {row}[..{size}]"
    elif not low:
        yield f"0 <= {high} < {size} ==> {row}[..{high} + 1] == {row}[..{high}] + [{row}[{high}]]"
        yield f"0 < {high} <= {size} ==> {row}[..{high}] == {row}[..{high} - 1] + [{row}[{high} - 1]]"
        yield f"0 <= {high} <= {size} ==> {row}[..{size}] == {row}[..{high}] + {row}[{high}..]"
    elif not high:
        yield f"0 <= {low} < {size} ==> {row}[{low}..] == [{row}[{low}]] + {row}[{low} + 1..]"
        yield f"0 < {low} <= {size} ==> {row}[{low} - 1..] == [{row}[{low} - 1]] + {row}[{low}..]"
    else:
        inside = f"0 <= {low} < {high} <= {size}"
        last, first = f"{high} - 1", f"{low} + 1"
        yield f"{inside} ==> {row}[{low}..{high}] == {row}[{low}..{last}] + [{row}[{last}]]"
        yield f"{inside} ==> {row}[{low}..{high}] == [{row}[{low}]] + {row}[{first}..{high}]"
        longer = f"{row}[{low}..{high} + 1] == {row}[{low}..{high}] + [{row}[{high}]]"
        yield f"{inside} && {high} < {size} ==> {longer}"


def equalities(s: Situation) -> Iterator[Addition]:
    """Yield equalities between terms at hand: arguments of one function in a goal, and collections."""
    for point in s.all_near():
        texts: dict[str, None] = {}
        rows: dict[str, list[str]] = {}
        for found, call in s.calls():
            for k, argument in enumerate(call.arguments):
                text = found.at(argument)
                part = formula(text)
                if part is not None and s.inventory.visible(part, point.scope):
                    rows.setdefault(f"{found.at(call.callee)} {k}", []).append(text)
        for text, declared in s.inventory.written(point.scope):
            if declared.name in ("seq", "set", "multiset", "map"):
                rows.setdefault(declared.name, []).append(text)
        for group in rows.values():
            for a, b in combinations(dict.fromkeys(group), 2):
                if words(a) != words(b) and not (a.isidentifier() and b.isidentifier()):
                    texts[f"{enclosed(a)} == {enclosed(b)}"] = None
        for k, text in enumerate(islice(texts, 2 * _PAIRS)):
            made = s.says(point, text, "equality", 2.0 / (1 + 0.03 * k))
            if made is not None:
                yield made
