"""Set comprehensions that grow by one element: what a loop adds to the set that they range over."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from proofsmith.agents.policies.dafny.formula import Formula, enclosed, formula, words
from proofsmith.agents.policies.dafny.proofs.points import Point
from proofsmith.agents.policies.dafny.proofs.situation import Situation
from proofsmith.agents.policies.dafny.proofs.tables import is_name
from proofsmith.agents.policies.dafny.weave import Addition
from proofsmith.dafny import expressions as ex
from proofsmith.dafny.interpret_domains import stripped
from proofsmith.dafny.nodes import Expression, Node, Type, walk

_ELEMENTS = 3
_NEW = "_new_"
"""Stands for the variable that names the wider range."""


def grown(s: Situation) -> Iterator[Addition]:
    """Yield ``(set x | x in h && P(x)) == (set x | x in g && P(x)) + (if P(e) then {e} else {})``.

    There h, a new variable, is ``g + {e}``: Dafny knows comprehensions again only if what they range over
    is a variable as in the goal. Likewise for ``x < i`` and ``i + 1``. It must stand before the set or the
    index changes: it is said as soon as it can be, and before assignments to what it mentions.
    """
    names = (n for k in count() if (n := f"grown{k}") not in s.tables.program.source)
    for goal in s.goals:
        found = dict.fromkeys(goal.formula.at(n) for n in walk(goal.formula.tree) if _is_set(n))
        for text in found:
            comprehension = formula(text)
            if comprehension is None:
                continue
            said: dict[str, int] = {}
            for point in (p for p in s.points if p.offset <= goal.offset):
                for wider, claim in _steps(s, comprehension, point):
                    said[claim] = said.get(claim, 0) + 1
                    if said[claim] == 1 or _changes_next(s, comprehension, point):
                        name = next(names)
                        text = f"ghost var {name} := {wider}; assert {claim.replace(_NEW, name)};"
                        yield s.hint(point, text, "comprehension", 3.0)


def _changes_next(s: Situation, found: Formula, point: Point) -> bool:
    """Whether the statement at a point assigns to a free name of a formula."""
    rest = s.tables.program.source[point.offset :].lstrip()
    return any(rest.startswith(n) and rest[len(n) :].lstrip().startswith(":=") for n in found.free)


def _is_set(node: object) -> bool:
    return isinstance(node, ex.Comprehension) and node.kind == "set" and len(node.variables) == 1


def _steps(s: Situation, given: Formula, point: Point) -> Iterator[tuple[str, str]]:
    """What a range may become, and what the comprehension is then."""
    found = given.apart(set(point.scope))
    tree = stripped(found.tree)
    assert isinstance(tree, ex.Comprehension)
    if tree.range is None:
        return
    for node in walk(tree.range):
        if isinstance(node, ex.Comparison):
            for operator, left, right in zip(node.operators, node.operands, node.operands[1:], strict=False):
                visible = s.inventory.visible(_part(found, right), point.scope)
                if visible and is_name(left, tree.variables[0].name):
                    for wider, e in _changes(s, found, operator, right, point):
                        claim = _step(found, tree, right, e)
                        if claim:
                            yield wider, claim


def _changes(
    s: Situation, found: Formula, operator: str, right: Expression, point: Point
) -> list[tuple[str, str]]:
    """What the limit of a range may become, with the element that is new then."""
    limit = enclosed(found.at(right))
    fixed = {p.name for p in s.node.parameters}
    part = _part(found, right)
    if operator == "<" and part.names and not part.names <= fixed:
        return [(f"{limit} + 1", limit)]
    kind = s.tables.of(right, point.scope, s.module)
    if operator != "in" or kind is None or kind.name != "set":
        return []
    wanted = kind.arguments[0] if kind.arguments else None
    first = {p.name for p in (*s.node.parameters, *getattr(s.node, "results", ()))}
    elements = [
        n
        for n, t in reversed(list(point.scope.items()))
        if (s.tables.alike(t, wanted) if wanted is not None else n not in first and not _is_row(s, t))
    ]
    return [(f"{limit} + {{{e}}}", e) for e in elements[:_ELEMENTS]]


def _is_row(s: Situation, declared: Type | None) -> bool:
    plain = s.tables.plain(declared)
    return plain is not None and plain.name in ("set", "seq", "multiset", "map", "array")


def _step(found: Formula, tree: ex.Comprehension, right: Expression, e: str) -> str:
    """The equation for one change; empty if it cannot be said."""
    assert tree.range is not None
    x = tree.variables[0].name
    whole = found.replaced([(right, _NEW)])
    holds = _part(found, tree.range).substituted({x: e})
    image = _part(found, tree.body).substituted({x: e}) if tree.body is not None else formula(e)
    if whole is None or holds is None or image is None:
        return ""
    limit = words(enclosed(found.at(right)))
    rest = [c.text for c in holds.conjuncts() if words(c.text)[-len(limit) :] != limit]
    condition = " && ".join(enclosed(t) if "||" in t or "==>" in t else t for t in rest)
    added = f"{{{image.text}}}"
    added = f"(if {condition} then {added} else {{}})" if condition else added
    return f"({whole.text}) == ({found.text}) + {added}"


def _part(found: Formula, node: Node) -> Formula:
    part = formula(found.at(node))
    assert part is not None
    return part
