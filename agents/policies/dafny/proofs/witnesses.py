"""Instances of quantifiers: witnesses of what must exist, and uses of what holds for all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, product

from proofsmith.agents.policies.dafny.formula import Formula, enclosed, formula, negated, words
from proofsmith.agents.policies.dafny.proofs.obligations import variables_text
from proofsmith.agents.policies.dafny.proofs.obtained import combined
from proofsmith.agents.policies.dafny.proofs.points import Point
from proofsmith.agents.policies.dafny.proofs.situation import Situation, implied, is_used
from proofsmith.agents.policies.dafny.proofs.tables import is_name
from proofsmith.agents.policies.dafny.weave import Addition
from proofsmith.dafny import expressions as ex
from proofsmith.dafny import statements as st
from proofsmith.dafny.interpret_domains import stripped
from proofsmith.dafny.nodes import Expression, Type, walk

_AT_A_POINT = 24
_TERMS = 12
_DEPTH = 6
_LOCALS = 3
_FAMILIES_OF_RELATIONS = {"bool": ("==>", "<==>"), "int": ("==", "<=", ">=")}


@dataclass(frozen=True)
class Exists:
    """A place in a goal where something must exist.

    Attributes:
        wrapped: puts an instance into the part of the goal around it.
        variables: what must exist, with types.
        body: what must hold of it.
    """

    wrapped: Callable[[str], str]
    variables: tuple[tuple[str, Type | None], ...]
    body: Formula


def witnesses(s: Situation) -> Iterator[Addition]:
    """Yield assertions that terms at hand are what a goal says exists."""
    results = {v.name for v in getattr(s.node, "results", ())}
    for goal in s.goals:
        for point in s.near(goal):
            texts: dict[str, None] = {}
            for found in _existential(s, goal.formula, lambda text: text, point.scope, _DEPTH):
                terms = [
                    [*_of_locals(s, t, point), *s.inventory.terms(t, point, _TERMS)]
                    for _, t in found.variables
                ]
                for chosen in islice(product(*terms), 3 * _TERMS):
                    values = {n: c for (n, _), c in zip(found.variables, chosen, strict=True)}
                    body = found.body.substituted(values)
                    if body is not None and not body.names & set(values) - set(point.scope):
                        texts[body.text] = None
                        whole = found.wrapped(body.text)
                        if not (s.leaves(goal.offset) and is_used(whole, results)):
                            texts[whole] = None
            for k, text in enumerate(islice(texts, 3 * _AT_A_POINT)):
                made = s.says(point, text, "witness", 4.0 / (1 + 0.02 * k))
                if made is not None:
                    yield made


def _of_locals(s: Situation, wanted: Type | None, point: Point) -> list[str]:
    """Sums, differences and products of variables that the body introduces; products with parameters."""
    plain = s.tables.plain(wanted)
    if plain is None or plain.name != "int":
        return []
    first = {v.name for v in (*s.node.parameters, *getattr(s.node, "results", ()))}
    names = [n for n, t in point.scope.items() if n not in first and s.tables.alike(t, wanted)]
    factors = [p.name for p in s.node.parameters if s.tables.alike(p.type, wanted)]
    return [t for t in combined(names[-_LOCALS:], factors) if t not in names]


def _existential(
    s: Situation,
    found: Formula,
    wrapped: Callable[[str], str],
    scope: Mapping[str, Type | None],
    depth: int,
    positive: bool = True,
) -> Iterator[Exists]:
    """Yield the existential parts of a goal: positive ones, and universal ones that are denied."""
    tree = stripped(found.tree)
    if depth == 0:
        return

    def part(e: Expression) -> Formula:
        inner = formula(found.at(e))
        assert inner is not None
        return inner

    def below(e: Expression, premise: str, sign: bool = positive) -> Iterator[Exists]:
        def inside(text: str) -> str:
            return wrapped(implied(premise, text))

        yield from _existential(s, part(e), inside, scope, depth - 1, sign)

    if isinstance(tree, ex.Binary) and tree.operator in ("==>", "<==>"):
        left, right = found.at(tree.left), found.at(tree.right)
        if positive or tree.operator == "<==>":
            yield from below(tree.right, left, True)
        if tree.operator == "<==>" or not positive:
            yield from below(tree.left, right if positive else "", True)
        if tree.operator == "<==>" or positive:
            yield from below(tree.left, negated(right), False)
            if tree.operator == "<==>":
                yield from below(tree.right, negated(left), False)
    elif isinstance(tree, ex.Logical):
        for operand in tree.operands:
            yield from below(operand, "")
    elif isinstance(tree, ex.Unary) and tree.operator == "!":
        yield from below(tree.operand, "", not positive)
    elif isinstance(tree, ex.Call) and not s.definitions.recursive(tree):
        body = s.definitions.body(tree, found)
        if body is not None:
            yield from _existential(s, body, wrapped, scope, depth - 1, positive)
    elif isinstance(tree, ex.Quantifier):
        yield from _quantified(s, found, tree, wrapped, scope, depth, positive)


def _quantified(
    s: Situation,
    found: Formula,
    tree: ex.Quantifier,
    wrapped: Callable[[str], str],
    scope: Mapping[str, Type | None],
    depth: int,
    positive: bool,
) -> Iterator[Exists]:
    matter = ex.Logical("&&", (tree.range, tree.body)) if tree.range is not None else tree.body
    types = tuple((v.name, s.tables.bound_type(v, matter, scope, s.module)) for v in tree.variables)
    limit = found.at(tree.range) if tree.range is not None else ""
    body = found.at(tree.body)
    if (tree.kind == "exists") == positive:
        text = f"{enclosed(limit)} && {enclosed(body)}" if limit else body
        if not positive:
            text = negated(implied(limit, body))
        inner = formula(text)
        if inner is not None:
            yield Exists(wrapped, types, inner)
    elif positive:
        binder = f"forall {variables_text(tree.variables, found)}"
        binder += f" | {limit} :: " if limit else " :: "
        inner = formula(body)
        if inner is not None:
            known = {**scope, **dict(types)}
            yield from _existential(
                s, inner, lambda text: wrapped(f"({binder}{text})"), known, depth - 1, positive
            )


# -- what holds for all ----------------------------------------------------------------------


def instances(s: Situation) -> Iterator[Addition]:
    """Yield what universal hypotheses say of terms at hand."""
    for quantified in _universal(s):
        tree = stripped(quantified.tree)
        assert isinstance(tree, ex.Quantifier)
        for point in s.all_near():
            if len(tree.variables) > 2:
                continue
            terms = []
            for v in tree.variables:
                matter = tree.body
                if v.type is None and tree.range is not None:
                    matter = ex.Logical("&&", (tree.range, tree.body))
                wanted = s.tables.bound_type(v, matter, point.scope, s.module)
                terms.append(s.inventory.terms(wanted, point, 6))
            for k, chosen in enumerate(islice(product(*terms), _AT_A_POINT)):
                text = _instance(quantified, tree, chosen)
                whole = formula(text)
                for part, promise in ((text, 2.0), (_premise(whole) if whole is not None else "", 2.1)):
                    made = s.says(point, part, "instance", promise / (1 + 0.05 * k)) if part else None
                    if made is not None:
                        yield made


def _instance(quantified: Formula, tree: ex.Quantifier, chosen: tuple[str, ...]) -> str:
    limit = quantified.at(tree.range) if tree.range is not None else ""
    body = formula(implied(limit, quantified.at(tree.body)))
    if body is None:
        return ""
    found = body.substituted({v.name: c for v, c in zip(tree.variables, chosen, strict=True)})
    return found.text if found is not None else ""


def _premise(found: Formula) -> str:
    """What an implication assumes: to see that it holds makes the fact usable."""
    tree = stripped(found.tree)
    return found.at(tree.left) if isinstance(tree, ex.Binary) and tree.operator == "==>" else ""


def _universal(s: Situation) -> list[Formula]:
    """Universal facts: of the precondition, of assertions, of what is called; opened predicates too."""
    found = [s.definitions.opened(f) for f in s.required]
    for node in walk(s.node):
        if isinstance(node, st.Assert):
            text = formula(s.tables.program.text(node.condition))
            found += text.conjuncts() if text is not None else []
    parts = [c for f in found for c in f.conjuncts()]
    return [f for f in parts if isinstance(t := stripped(f.tree), ex.Quantifier) and t.kind == "forall"]


def bridges(s: Situation) -> Iterator[Addition]:
    """Yield relations, for all values, between two uses of one function: ``forall y :: f(y, a) <= f(y, b)``.

    A hypothesis about ``f(y, b)`` says nothing of a goal about ``f(y, a)`` before such a bridge is built.
    """
    for point in s.all_near():
        uses: dict[tuple[str, int], list[tuple[str, str, str]]] = {}
        for text, function, slot, argument, relation in _uses(s, point):
            uses.setdefault((function, slot), []).append((text, argument, relation))
        for rows in uses.values():
            for (one, a, relation), (other, b, _) in product(rows, rows):
                if a != b:
                    for operator in _FAMILIES_OF_RELATIONS.get(relation, ("==",)):
                        made = s.says(point, f"forall y0 :: {one} {operator} {other}", "bridge", 1.5)
                        if made is not None:
                            yield made


def _uses(s: Situation, point: Point) -> Iterator[tuple[str, str, int, str, str]]:
    """Calls with one bound variable: as text over ``y0``, with what else they are given."""
    formulas = [*s.required, *(g.formula for g in s.goals)]
    seen: set[tuple[str, ...]] = set()
    bound = {n for f in formulas for n in f.bound}
    arguments: dict[str, list[str]] = {}
    for f in formulas:
        for node in walk(f.tree):
            named = s.tables.function(node.callee, s.module) if isinstance(node, ex.Call) else None
            if not isinstance(node, ex.Call) or named is None or len(node.arguments) != 2:
                continue
            slot = next((k for k, a in enumerate(node.arguments) if any(is_name(a, n) for n in bound)), None)
            if slot is None:
                continue
            function = named[0]
            wanted = function.parameters[1 - slot].type
            callee = f.at(node.callee)
            known = arguments.setdefault(callee, s.inventory.terms(wanted, point, 5))
            for other in known:
                given = (f"y0, {other}") if slot == 0 else f"{other}, y0"
                text = f"{callee}({given})"
                if words(text) not in seen:
                    seen.add(words(text))
                    result = function.result.type if function.result is not None else None
                    plain = s.tables.plain(result)
                    kind = "bool" if function.is_predicate or plain is None else plain.name
                    yield text, callee, slot, other, kind


def reveals(s: Situation) -> Iterator[Addition]:
    """Yield statements that reveal labelled preconditions and opaque functions."""
    labels = [c.label for c in s.node.clauses if c.kind == "requires" and c.label]
    for point in s.first():
        if labels:
            yield s.hint(point, f"reveal {', '.join(labels)};", "reveal", 5.0, rank=0)
        used = {n.name for n in walk(s.node) if isinstance(n, ex.Name)}
        for (_, name), function in s.tables.functions.items():
            opaque = "opaque" in function.modifiers or any(a.name == "opaque" for a in function.attributes)
            if opaque and name in used:
                yield s.hint(point, f"reveal {name}();", "reveal", 5.0, rank=0)
