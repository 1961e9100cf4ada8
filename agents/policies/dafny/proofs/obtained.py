"""Witnesses made of witnesses: what exists by the goal, from what exists by the precondition."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, islice, product

from proofsmith.agents.policies.dafny.formula import Formula, formula
from proofsmith.agents.policies.dafny.proofs.points import Point
from proofsmith.agents.policies.dafny.proofs.situation import Situation
from proofsmith.agents.policies.dafny.weave import Addition
from proofsmith.dafny import expressions as ex
from proofsmith.dafny.interpret_domains import stripped
from proofsmith.dafny.nodes import Type

_MOST_GIVEN = 3
_MOST = 24


def combined(names: Sequence[str], factors: Sequence[str] = ()) -> Iterator[str]:
    """Yield integer terms over variables: each, sums, differences and products; products with `factors`."""
    yield from names
    for one, other in combinations(names, 2):
        yield from (f"{one} + {other}", f"{one} - {other}", f"{other} - {one}", f"{one} * {other}")
    yield from (f"{name} * {factor}" for name in names for factor in factors)


def obtained(s: Situation) -> Iterator[Addition]:
    """Yield ``ghost var k :| P(k);``, for what the precondition says exists, with a claim about a goal.

    The claim is what a goal says exists, for terms over the variables obtained.
    """
    source = s.tables.program.source
    stem = next(f"{word}_" for word in ("given", "known", "taken", "held") if f"{word}_" not in source)
    lines: list[str] = []
    types: dict[str, Type | None] = {}
    for found in (e for f in s.required if (e := _existing(s, f)) is not None):
        names = {v: f"{stem}{len(types) + k}" for k, v in enumerate(found.types)}
        body = found.body.substituted(names)
        if body is not None and len(lines) < _MOST_GIVEN:
            types.update({names[v]: t for v, t in found.types.items()})
            lines.append(f"ghost var {', '.join(names.values())} :| {_line(body)};")
    number = 0
    for goal in s.goals:
        wanted = _existing(s, goal.formula)
        if not lines or wanted is None:
            continue
        for point in s.near(goal)[:1]:
            for claim in _claims(s, wanted, types, point):
                text = " ".join((*lines, f"assert {_line(claim)};"))
                yield s.hint(point, text.replace(stem, f"{stem}{number}_"), "obtained", 3.5)
                number += 1


@dataclass(frozen=True)
class _Existing:
    """What a formula says exists: variables with their types, and what holds of them."""

    types: dict[str, Type | None]
    body: Formula


def _existing(s: Situation, found: Formula) -> _Existing | None:
    opened = s.definitions.opened(found)
    tree = stripped(opened.tree)
    if not isinstance(tree, ex.Quantifier) or tree.kind != "exists":
        return None
    matter, text = tree.body, opened.at(tree.body)
    if tree.range is not None:
        matter = ex.Logical("&&", (tree.range, tree.body))
        text = f"({opened.at(tree.range)}) && ({text})"
    body = formula(text)
    scope = s.points[0].scope if s.points else {}
    types = {v.name: s.tables.bound_type(v, matter, scope, s.module) for v in tree.variables}
    return None if body is None else _Existing(types, body)


def _claims(
    s: Situation, wanted: _Existing, given: dict[str, Type | None], point: Point
) -> Iterator[Formula]:
    choices = []
    for kind in wanted.types.values():
        alike = [n for n, t in given.items() if s.tables.alike(t, kind)]
        plain = s.tables.plain(kind)
        numbers = plain is not None and plain.name == "int"
        factors = [p.name for p in s.node.parameters if s.tables.alike(p.type, kind)]
        own = combined(alike, factors) if numbers else alike
        choices.append([*own, *s.inventory.terms(kind, point, 4)])
    chosen = (row for row in product(*choices) if any(name in t for t in row for name in given))
    for row in islice(chosen, _MOST):
        made = wanted.body.substituted(dict(zip(wanted.types, row, strict=True)))
        if made is not None and made.names <= {*point.scope, *given, *s.tables.names_in.get(s.module, ())}:
            yield made


def _line(found: Formula) -> str:
    return " ".join(found.text.split())
