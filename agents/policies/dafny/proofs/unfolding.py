"""What functions unfold to at the terms of a goal, case distinctions, and steps of arithmetic."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, islice

from proofsmith.agents.policies.dafny.formula import Formula, enclosed, formula, words
from proofsmith.agents.policies.dafny.proofs.inventory import is_product
from proofsmith.agents.policies.dafny.proofs.points import Point
from proofsmith.agents.policies.dafny.proofs.situation import Situation
from proofsmith.agents.policies.dafny.weave import Addition
from proofsmith.dafny import expressions as ex
from proofsmith.dafny.interpret_domains import stripped
from proofsmith.dafny.nodes import walk

_AT_A_POINT = 14
_LONGEST = 220


def unfoldings(s: Situation) -> Iterator[Addition]:
    """Yield equations between calls of functions in a goal and their bodies."""
    for point in s.all_near():
        texts: list[str] = []
        for found, call in s.calls():
            body = s.definitions.body(call, found)
            text = found.at(call)
            part = formula(text)
            if body is None or part is None or not s.inventory.visible(part, point.scope):
                continue
            if len(body.text) < _LONGEST:
                texts.append(f"{text} == ({body.text})")
        for k, text in enumerate(texts[:_AT_A_POINT]):
            made = s.says(point, text, "unfolding", 2.0 / (1 + 0.05 * k))
            if made is not None:
                yield made


def cases(s: Situation) -> Iterator[Addition]:
    """Yield case distinctions: on conditions of the functions in a goal, and on the shapes of data."""
    for point in s.all_near():
        texts: dict[str, None] = {}
        for name, declared in point.scope.items():
            texts.update(dict.fromkeys(_shapes(s, name, declared)))
        for condition in _conditions(s, point):
            texts[f"if {condition} {{ }}"] = None
        for k, text in enumerate(islice(texts, _AT_A_POINT)):
            yield s.hint(point, text, "cases", 1.5 / (1 + 0.05 * k))


def _shapes(s: Situation, name: str, declared: object) -> Iterator[str]:
    plain = s.tables.plain(declared)  # type: ignore[arg-type]
    datatype = s.tables.datatypes.get(plain.name) if plain is not None else None
    if datatype is not None and 1 < len(datatype.constructors) <= 6:
        yield " else ".join(f"if {name}.{c.name}? {{ }}" for c in datatype.constructors[:-1])


def _conditions(s: Situation, point: Point) -> Iterator[str]:
    for found, call in s.calls():
        body = s.definitions.body(call, found)
        if body is None:
            continue
        for node in walk(body.tree):
            if isinstance(node, ex.IfThenElse):
                text = body.at(node.condition)
                part = formula(text)
                if part is not None and s.inventory.visible(part, point.scope):
                    yield text
    for goal in s.goals:
        for node in walk(goal.formula.tree):
            operands = node.operands if isinstance(node, ex.Logical) and node.operator == "||" else ()
            for operand in operands:
                inner = formula(goal.formula.at(operand))
                if inner is not None and s.inventory.visible(inner, point.scope):
                    yield inner.text


def arithmetic(s: Situation) -> Iterator[Addition]:
    """Yield facts on the products, quotients and remainders of a goal and of the program text near it."""
    for point in s.all_near():
        texts: dict[str, None] = {}
        found = list(_products(s, point))
        for f in found:
            texts.update(dict.fromkeys(_facts(f)))
        for one, other in combinations(found, 2):
            texts.update(dict.fromkeys(_monotone(one, other)))
        for k, text in enumerate(islice(texts, 2 * _AT_A_POINT)):
            made = s.says(point, text, "arithmetic", 2.0 / (1 + 0.05 * k))
            if made is not None:
                yield made


def _products(s: Situation, point: Point) -> Iterator[Formula]:
    """Products, quotients and remainders that can be named at a point."""
    seen: set[tuple[str, ...]] = set()
    formulas = [g.formula for g in s.goals]
    formulas += [b for f, c in s.calls() if (b := s.definitions.body(c, f)) is not None]
    formulas += [f for t, k in s.inventory.written(point.scope) if k.name == "int" and (f := formula(t))]
    for found in formulas:
        for node in walk(found.tree):
            if not isinstance(node, ex.Binary) or not is_product(node):
                continue
            part = formula(found.at(node))
            if part is None or words(part.text) in seen or not s.inventory.visible(part, point.scope):
                continue
            seen.add(words(part.text))
            if len(seen) <= 8:
                yield part


def _facts(found: Formula) -> Iterator[str]:
    tree = stripped(found.tree)
    assert isinstance(tree, ex.Binary)
    left, right = stripped(tree.left), stripped(tree.right)
    a, b = enclosed(found.at(left)), enclosed(found.at(right))
    if tree.operator in "/%":
        yield f"{b} != 0 ==> {a} == ({a} / {b}) * {b} + {a} % {b}"
        yield f"{b} > 0 ==> 0 <= {a} % {b} < {b}"
        if isinstance(left, ex.Binary) and left.operator in "+-":
            x, y = enclosed(found.at(left.left)), enclosed(found.at(left.right))
            for m in (x, y):
                rest = y if m == x else x
                if words(m) == words(b) or words(m)[0] == words(b)[0]:
                    yield f"{b} > 0 ==> ({a}) % {b} == {rest} % {b}"
            yield f"{b} > 0 ==> {a} % {b} == ({x} % {b} {left.operator} {y} % {b}) % {b}"
        return
    for one, other in ((left, b), (right, a)):
        if isinstance(one, ex.Binary) and one.operator in "+-":
            x, y = enclosed(found.at(one.left)), enclosed(found.at(one.right))
            yield f"{found.text} == {x} * {other} {one.operator} {y} * {other}"
    yield f"{a} >= 0 && {b} >= 0 ==> {a} * {b} >= 0"
    if words(a) == words(b):
        yield f"{a} * {b} >= 0"
    yield f"{found.text} == {b} * {a}"


def _monotone(one: Formula, other: Formula) -> Iterator[str]:
    """From ``a * c`` and ``b * c``: the greater factor makes the greater product."""
    left, right = stripped(one.tree), stripped(other.tree)
    if not (isinstance(left, ex.Binary) and isinstance(right, ex.Binary)):
        return
    if left.operator != "*" or right.operator != "*":
        return
    for a, c in ((left.left, left.right), (left.right, left.left)):
        for b, d in ((right.left, right.right), (right.right, right.left)):
            if words(one.at(c)) == words(other.at(d)):
                x, y, z = enclosed(one.at(a)), enclosed(other.at(b)), enclosed(one.at(c))
                yield f"{x} <= {y} && {z} >= 0 ==> {x} * {z} <= {y} * {z}"
                yield f"{y} <= {x} && {z} >= 0 ==> {y} * {z} <= {x} * {z}"
