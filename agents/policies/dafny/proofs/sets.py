"""Sets: their sizes, what is left of them without an element, and functions that give them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, permutations

from proofsmith.agents.policies.dafny.formula import Formula, enclosed, formula
from proofsmith.agents.policies.dafny.proofs.points import Point
from proofsmith.agents.policies.dafny.proofs.situation import Situation
from proofsmith.agents.policies.dafny.weave import Addition
from proofsmith.dafny import expressions as ex
from proofsmith.dafny.nodes import Type, walk

_ELEMENTS = 4
_AT_A_POINT = 24


def cardinalities(s: Situation) -> Iterator[Addition]:
    """Yield sizes of displays, sets as an element and the rest, and which of them are empty."""
    if not any("|" in g.formula.text or "+" in g.formula.text or "in" in g.formula.names for g in s.goals):
        return
    for point, text in s.terms_of("set", "multiset"):
        found = formula(text)
        if found is None:
            continue
        texts = []
        if isinstance(found.tree, ex.SetDisplay):
            texts.append(f"|{text}| == {len(found.tree.items)}")
        kind = s.tables.of(found.tree, point.scope, s.module)
        if kind is None or not kind.arguments:
            continue
        row = enclosed(text)
        lead = "multiset" if kind.name == "multiset" else ""
        for element in _elements(s, kind.arguments[0], point):
            single = f"{lead}{{{element}}}"
            texts.append(f"{element} in {row} ==> {row} == ({row} - {single}) + {single}")
            texts.append(f"{element} in {row} ==> |{row} - {single}| == |{row}| - 1")
            texts.append(f"{element} !in {row} ==> |{row} + {single}| == |{row}| + 1")
        if isinstance(found.tree, ex.Name):
            texts.append(f"{row} == {lead}{{}}")
        for t in texts:
            made = s.says(point, t, "cardinality", 2.0)
            if made is not None:
                yield made


def _elements(s: Situation, wanted: Type, point: Point) -> list[str]:
    """Variables of a type, and the terms that the program puts into sets or looks for in them."""
    found = dict.fromkeys(n for n, t in point.scope.items() if s.tables.alike(t, wanted))
    texts: list[str] = []
    for node in walk(s.node):
        if isinstance(node, ex.SetDisplay) and len(node.items) == 1:
            texts.append(s.tables.program.text(node.items[0]))
        elif isinstance(node, ex.Comparison) and node.operators[0] in ("in", "!in"):
            texts.append(s.tables.program.text(node.operands[0]))
    written: dict[str, None] = {}
    for text in texts:
        part = formula(text)
        if part is None or isinstance(part.tree, ex.Name) or not s.inventory.visible(part, point.scope):
            continue
        if s.tables.alike(s.tables.of(part.tree, point.scope, s.module), wanted):
            written[text] = None
    return [*list(written)[:_ELEMENTS], *found]


def stepped(s: Situation) -> Iterator[Addition]:
    """Yield ``f(n) == f(n - 1) + {n - 1}`` and the like, for functions that give a set without recursion."""
    for point in s.all_near():
        texts: dict[str, None] = {}
        for found, call in s.calls():
            text = found.at(call)
            part = formula(text)
            named = s.tables.function(call.callee, s.module)
            if part is None or named is None or not s.inventory.visible(part, point.scope):
                continue
            kind = s.tables.plain(named[0].result.type if named[0].result is not None else None)
            if kind is not None and kind.name == "set" and not s.definitions.recursive(call):
                texts.update(dict.fromkeys(_steps(s, found, call, point)))
        for text in islice(texts, _AT_A_POINT):
            made = s.says(point, text, "set-step", 2.5)
            if made is not None:
                yield made


def _steps(s: Situation, found: Formula, call: ex.Call, point: Point) -> Iterator[str]:
    whole = found.at(call)
    for k, argument in enumerate(call.arguments):
        text = found.at(argument)
        part = formula(text)
        kind = s.tables.of(part.tree, point.scope, s.module) if part is not None else None
        a = enclosed(text)
        if kind is None or isinstance(argument, ex.Literal):
            continue
        smaller: list[tuple[str, str, tuple[str, ...]]] = []
        if kind.name == "int":
            smaller = [(f"{a} > 0", f"{a} - 1", (f"{a} - 1", a)), (f"{a} >= 0", f"{a} + 1", (a, f"{a} + 1"))]
            yield f"{a} <= 0 ==> {whole} == {{}}"
        elif kind.name == "seq":
            smaller = [(f"|{a}| > 0", f"{a}[1..]", (f"{a}[0]",)),
                       (f"|{a}| > 0", f"{a}[..|{a}| - 1]", (f"{a}[|{a}| - 1]",))]  # fmt: skip
            yield f"|{a}| == 0 ==> {whole} == {{}}"
        for guard, less, elements in smaller:
            given = [found.at(x) if j != k else less for j, x in enumerate(call.arguments)]
            other = f"{found.at(call.callee)}({', '.join(given)})"
            for element in elements:
                if less.endswith("+ 1"):
                    yield f"{guard} ==> {other} == {whole} + {{{element}}}"
                else:
                    yield f"{guard} ==> {whole} == {other} + {{{element}}}"
            yield f"{guard} ==> {whole} == {other}"


def domains(s: Situation) -> Iterator[Addition]:
    """Yield how the keys and values of two maps differ, where a goal speaks of maps."""
    if not any(w in g.formula.text for g in s.goals for w in ("Keys", "Values", "map", "|")):
        return
    for point in s.all_near():
        texts: dict[str, None] = {}
        maps = [(n, t) for n, d in point.scope.items() if (t := s.tables.plain(d)) and t.name == "map"]
        for (one, kind), (other, _) in permutations(maps, 2):
            keys = _elements(s, kind.arguments[0], point) if kind.arguments else []
            for key in keys[:_ELEMENTS]:
                texts[f"{one}.Keys == {other}.Keys - {{{key}}}"] = None
                texts[f"{key} in {one} ==> {one}.Keys == {other}.Keys + {{{key}}}"] = None
                texts[f"{key} in {other} ==> {one}.Values == {other}.Values - {{{other}[{key}]}}"] = None
                texts[f"{key} in {one} ==> {one}.Values == {other}.Values + {{{one}[{key}]}}"] = None
        for text in islice(texts, _AT_A_POINT):
            made = s.says(point, text, "domain", 2.5)
            if made is not None:
                yield made
