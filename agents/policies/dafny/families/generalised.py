"""Postconditions generalised from limits to the loop's progress: ``n`` to ``i``, ``s`` to ``s[..i]``."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, combinations, product

from proofsmith.agents.policies.dafny.context import functions_of
from proofsmith.agents.policies.dafny.formula import Formula, enclosed, formula, words
from proofsmith.agents.policies.dafny.goals import Goal
from proofsmith.agents.policies.dafny.priors import priors_of
from proofsmith.agents.policies.dafny.setting import Guess, Setting, tidy
from proofsmith.dafny import expressions as ex
from proofsmith.dafny.interpret_domains import conjuncts, stripped
from proofsmith.dafny.nodes import Expression, Node, walk

_MOST_OF_ONE = 200
"""So many generalisations of one goal are looked at."""


def generalised(s: Setting, goals: list[Goal]) -> Iterator[Guess]:
    """Goals as they are, and with one or two of their terms replaced by the loop's variables."""
    plain = [(g.formula, 4.0 * g.weight) for g in goals]
    plain += [(part, 2.0) for goal, _ in plain[:8] for part in _but_for_the_rest(s, goal)]
    inner = [(part, 1.2) for goal, _ in plain for part in _instances(s, goal)]
    counts = [(part, 2.5) for goal, _ in plain[:6] for part in _counted(s, goal)]
    for rank, (goal, most) in enumerate([*plain, *inner, *counts]):
        weight = most / (1 + 0.1 * rank)
        if s.known(goal.text):
            yield Guess(tidy(goal), "goal", weight)
        yield from _of_goal(s, goal, weight)


def _instances(s: Setting, goal: Formula) -> Iterator[Formula]:
    """A universal goal over several variables, said of where the loop or one around it is."""
    tree = stripped(goal.tree)
    if not isinstance(tree, ex.Quantifier) or tree.kind != "forall" or len(tree.variables) < 2:
        return
    span = "" if tree.range is None else f" | {goal.at(tree.range)}"
    for k, variable in enumerate(tree.variables):
        others = ", ".join(goal.at(v) for j, v in enumerate(tree.variables) if j != k)
        for i in s.indices:
            text = f"forall {others}{span} :: {goal.at(tree.body)}"
            rest = formula(text)
            found = rest.substituted({variable.name: i}) if rest is not None else None
            if found is not None:
                yield found


def _but_for_the_rest(s: Setting, goal: Formula) -> Iterator[Formula]:
    """A claim about all members of something, but for those that the loop has still to take."""
    tree = stripped(goal.tree)
    if not isinstance(tree, ex.Quantifier) or tree.kind != "forall" or len(tree.variables) != 1:
        return
    body, name = stripped(tree.body), tree.variables[0].name
    if not isinstance(body, ex.Binary) or body.operator != "==>" or tree.range is not None:
        return
    asked = [c for c in conjuncts(body.left) if isinstance(c, ex.Comparison) and c.operators == ("in",)]
    if any(goal.at(c.operands[0]) == name for c in asked):
        said = enclosed(goal.at(body.right))
        for rest in (c for c in s.of_kind("seq", "set", "multiset") if c in s.loop.assigned):
            text = (
                f"forall {goal.at(tree.variables[0])} :: {goal.at(body.left)} ==> {name} in {rest} || {said}"
            )
            yield from filter(None, [formula(text)])


def _counted(s: Setting, goal: Formula) -> Iterator[Formula]:
    """``v == T`` for what a goal says of T: of how many there are, a function's value, a set."""
    for node in walk(goal.tree):
        if isinstance(node, ex.Comprehension) and not _names(goal.at(node)) & (
            goal.bound - _bound_in(goal.at(node))
        ):
            for v in (n for n in s.of_kind("set", "map") if n in s.loop.assigned):
                if s.kinds[v] in node.kind and v not in _names(goal.at(node)):
                    yield from filter(None, [formula(f"{v} == {goal.at(node)}")])
        if isinstance(node, ex.Index):
            target = stripped(node.target)
            telling = isinstance(target, ex.Primitive) and target.name == "multiset"
        else:
            telling = _is_number(s, node) or (
                isinstance(node, ex.Cardinality) and not isinstance(stripped(node.operand), ex.Name)
            )
        text = goal.at(node) if telling else ""
        if not telling or node is stripped(goal.tree) or _names(text) & (goal.bound - _bound_in(text)):
            continue
        for v in s.moving[:4]:
            found = formula(f"{v} == {text}")
            if found is not None and v not in _names(text):
                yield found


def _is_number(s: Setting, node: Node) -> bool:
    """Whether this is a call of a function of the program that gives an integer."""
    if not isinstance(node, ex.Call) or not isinstance(node.callee, ex.Name):
        return False
    called = node.callee.name
    return any(
        f.name == called and f.result is not None and s.kind_of_type(f.result.type) == "int"
        for f in functions_of(s.method.program)
    )


def _bound_in(text: str) -> frozenset[str]:
    found = formula(text)
    return frozenset() if found is None else found.bound


def _of_goal(s: Setting, goal: Formula, weight: float) -> Iterator[Guess]:
    singles = list(_changes(s, goal))
    made = 0
    for nodes, new in singles:
        changed = goal.replaced([(n, new) for n in nodes])
        if changed is not None and s.known(changed.text):
            made += 1
            factor = 0.9 if new in s.indices else 0.4 if _names(new) & goal.bound else 0.7
            factor *= 1.0 if _is_end(s, nodes[0]) else 0.5
            yield Guess(tidy(changed), "generalised", weight * factor)
    simple = [(nodes, new) for nodes, new in singles if new in s.indices or "[" in new or new in s.kinds]
    near = [(nodes, new) for nodes, new in singles if new.strip("()").removesuffix(" + 1") in s.moving]
    pairs = chain(combinations(simple, 2), product(simple, [c for c in near if c not in simple]))
    for (first, a), (second, b) in pairs:
        if made > _MOST_OF_ONE:
            return
        if _apart(first, second):
            changed = goal.replaced([*((n, a) for n in first), *((n, b) for n in second)])
            if changed is not None and s.known(changed.text):
                made += 1
                yield Guess(tidy(changed), "generalised-twice", weight * 0.5)


def _names(text: str) -> frozenset[str]:
    found = formula(text)
    return frozenset() if found is None else found.names


def _is_end(s: Setting, node: Expression) -> bool:
    """Whether a term may be where the loop ends; an integer that is only compared with elements is not."""
    return not isinstance(node, ex.Name) or node.name not in s.fixed or node.name in s.pointing


def _apart(first: list[Expression], second: list[Expression]) -> bool:
    return all(a.last <= b.first or b.last <= a.first for a in first for b in second)


def _changes(s: Setting, goal: Formula) -> Iterator[tuple[list[Expression], str]]:
    """Yield what may be replaced (all places of a term, or one of several), and by what."""
    seen: set[tuple[str, ...]] = set()
    negative = {id(n.operand) for n in walk(goal.tree) if isinstance(n, ex.Unary) and n.operator == "-"}
    tight = {id(o) for n in walk(goal.tree) if isinstance(n, ex.Binary) for o in (n.left, n.right)}
    for node in walk(goal.tree):
        if not isinstance(node, Expression) or node.last - node.first > 12 or id(node) in negative:
            continue
        text = goal.at(node)
        if words(text) in seen:
            continue
        new = list(_replacements(s, goal, node, text))
        if not new:
            continue
        seen.add(words(text))
        if id(node) in tight:
            new = [enclosed(n) for n in new]
        places = goal.occurrences(text)
        groups = [places] if len(places) == 1 else [places, *([p] for p in places[:4])]
        elements = {id(n.target) for n in walk(goal.tree) if isinstance(n, ex.Index)}
        elements |= {id(n.operand) for n in walk(goal.tree) if isinstance(n, ex.Cardinality)}
        whole = [p for p in places if id(p) not in elements]
        for other in new:
            parts = (whole,) if other.startswith(f"{text}[") and whole != places else groups
            for group in parts:
                if group:
                    yield group, other


def _replacements(s: Setting, goal: Formula, node: Expression, text: str) -> Iterator[str]:
    integer = False
    if isinstance(node, ex.Name):
        kind = s.kinds.get(node.name) or _result_kind(s, node.name)
        if node.name in goal.bound:
            yield from _shifted(s, goal, node)
            return
        integer = kind == "int" and node.name not in s.loop.assigned
        if kind in ("seq", "set", "map", "multiset", "bool", "real", "char", "data"):
            for other in s.of_kind(kind):
                if other != node.name and other in s.loop.assigned:
                    yield other
        if kind == "int" and (node.name in _results(s) or node.name in s.loop.assigned):
            yield from (v for v in s.moving if v != node.name and v not in s.indices)
        if kind == "int" and node.name in _results(s):
            yield from (v for v in s.indices if v != node.name and v in s.moving)
        if kind == "seq" and node.name not in s.loop.assigned:
            for i in s.indices:
                yield f"{node.name}[..{i}]"
                yield f"{node.name}[{i}..]"
            for i in s.moving[:1]:
                yield f"{node.name}[..{i} + 1]"
    elif isinstance(node, ex.Slice):
        target = goal.at(node.target)
        low = goal.at(node.low) if node.low is not None else ""
        high = goal.at(node.high) if node.high is not None else ""
        for i in s.indices:
            yield f"{target}[{low}..{i}]"
            yield f"{target}[{i}..{high}]"
        for i in s.moving[:1]:
            yield f"{target}[{low}..{i} + 1]"
    elif isinstance(node, ex.Literal):
        integer = node.kind == "int" and text in ("0", "1")
    elif isinstance(node, ex.Cardinality):
        integer = True
        eaten = [
            q for q in s.sequences if q in s.loop.assigned and not s.loop.starts.get(q, "[").startswith("[")
        ]
        yield from (f"{text} - |{q}|" for q in eaten[:2] if f"|{q}|" != text)
    elif isinstance(node, ex.Select):
        integer = node.field.startswith("Length")
    elif isinstance(node, ex.Binary) and node.operator in "+-" and isinstance(node.right, ex.Literal):
        integer = node.right.kind == "int"
    if integer:
        for i in s.indices:
            if i != text:
                yield i
        for i in s.indices[:3]:
            yield f"{i} + 1"
            yield f"{i} - 1"
        yield from (point for point in s.reading_points[:4] if point != text)
        for i in (m for m in s.moving[:2] if m in s.mirrored):
            for whole in s.lengths[:2] if isinstance(node, ex.Literal) else (text,):
                yield f"{whole} - {i}"


def _shifted(s: Setting, goal: Formula, node: Expression) -> Iterator[str]:
    """A bound index counted from where the loop is."""
    name = goal.at(node)
    indexed = any(
        isinstance(n, ex.Index) and any(goal.at(i) == name for i in n.indices) for n in walk(goal.tree)
    )
    if indexed and s.adds_indices:
        for i in s.moving[:2]:
            if i in s.indices:
                yield f"{name} + {i}"
                yield f"{name} + {i} + 1"


def _results(s: Setting) -> set[str]:
    return {r.name for r in s.method.node.results}


def _result_kind(s: Setting, name: str) -> str | None:
    for r in s.method.node.results:
        if r.name == name and r.type is not None:
            return {"nat": "int", "string": "seq"}.get(r.type.name, r.type.name)
    return None


def carried(s: Setting) -> Iterator[Guess]:
    """Preconditions and facts of the loops around, which a changed heap would make the verifier forget."""
    for required in (r.apart(s.loop.scope) for r in s.method.requires):
        if s.changes(required.text):
            yield Guess(tidy(required), "carried", 1.5)
        yield from _of_goal(s, required, 1.0)
    for prior in priors_of(s.method, s.loop) if s.loop.written else ():
        if s.known(prior.text):
            yield Guess(tidy(prior), "carried", 1.5)
            yield from _of_goal(s, prior, 1.5)
    for outer in s.loop.outer:
        if outer.guard is not None and s.loop.written:
            yield Guess(tidy(outer.guard), "carried", 0.8)
    for given in (g.apart(s.loop.scope) for o in s.loop.outer for g in o.given):
        yield Guess(tidy(given), "carried", 1.5)
