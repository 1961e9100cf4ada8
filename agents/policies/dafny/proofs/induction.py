"""Calls of lemmas: of the lemma itself for less, of others for terms that match, for all values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice, product

from proofsmith.agents.policies.dafny.formula import Formula, formula, words
from proofsmith.agents.policies.dafny.proofs.points import Point
from proofsmith.agents.policies.dafny.proofs.situation import Situation, is_used
from proofsmith.agents.policies.dafny.weave import Addition
from proofsmith.dafny import expressions as ex
from proofsmith.dafny.declarations import Method
from proofsmith.dafny.interpret_domains import stripped
from proofsmith.dafny.nodes import Expression, Variable, walk

_MOST = 12


def hypotheses(s: Situation) -> Iterator[Addition]:
    """Yield calls of a lemma inside its own proof, for smaller arguments, where these are smaller."""
    node = s.node
    if not isinstance(node, Method) or not node.is_lemma or node.results:
        return
    for point in [*s.first(), *(p for p in s.all_near() if p not in s.first())]:
        for k, text in enumerate(islice(_smaller_calls(s, node, point), 2 * _MOST)):
            yield s.hint(point, text, "induction", 4.0 / (1 + 0.05 * k))


def _smaller_calls(s: Situation, node: Method, point: Point) -> Iterator[str]:
    same = [p.name for p in node.parameters]
    smaller = {p.name: list(_smaller(s, p, point)) for p in node.parameters}
    single = [(n, guard, term) for n in same for guard, term in smaller[n]]
    for name, guard, term in single:
        yield _guarded(guard, _call(node, {**{n: n for n in same}, name: term}))
    recursing = [n for n in same if smaller[n]]
    for one, other in product(recursing, recursing):
        if one < other:
            for (g, t), (h, u) in islice(product(smaller[one], smaller[other]), 4):
                guards = " && ".join(x for x in (g, h) if x)
                yield _guarded(guards, _call(node, {**{n: n for n in same}, one: t, other: u}))
    for name, guard, term in single:  # an accumulator changes on the way
        for p in node.parameters:
            if p.name != name:
                for value in s.inventory.terms(p.type, point, 6):
                    if value != p.name:
                        yield _guarded(
                            guard, _call(node, {**{n: n for n in same}, name: term, p.name: value})
                        )


def _smaller(s: Situation, p: Variable, point: Point) -> Iterator[tuple[str, str]]:
    """Terms below a parameter, with the condition under which they are."""
    plain, q = s.tables.plain(p.type), p.name
    if plain is None:
        return
    if plain.name == "seq":
        yield f"|{q}| > 0", f"{q}[1..]"
        yield f"|{q}| > 0", f"{q}[..|{q}| - 1]"
    elif plain.name == "int":
        yield f"{q} > 0", f"{q} - 1"
        yield f"{q} > 1", f"{q} - 2"
        yield f"{q} > 1", f"{q} / 2"
    elif plain.name in ("set", "multiset") and plain.arguments:
        lead = "multiset" if plain.name == "multiset" else ""
        for name, declared in point.scope.items():
            if s.tables.alike(declared, plain.arguments[0]):
                yield f"{name} in {q}", f"{q} - {lead}{{{name}}}"
    datatype = s.tables.datatypes.get(plain.name)
    if datatype is not None:
        for c in datatype.constructors:
            for part in c.parameters:
                if part.name and s.tables.alike(part.type, p.type):
                    yield f"{q}.{c.name}?", f"{q}.{part.name}"
        for name, declared in point.scope.items():
            if name not in {v.name for v in s.node.parameters} and s.tables.alike(declared, p.type):
                yield "", name


def _call(node: Method, values: Mapping[str, str]) -> str:
    return f"{node.name}({', '.join(values[p.name] for p in node.parameters)});"


def _guarded(guard: str, call: str) -> str:
    return f"if {guard} {{ {call} }}" if guard else call


# -- other lemmas ----------------------------------------------------------------------------


def applications(s: Situation) -> Iterator[Addition]:
    """Yield calls of the program's lemmas with terms that match a goal, or that are at hand."""
    for lemma in _others(s):
        prefix = s.tables.module_of.get(id(lemma), "")
        lead = f"{prefix}." if prefix and prefix != s.module else ""
        for point in s.all_near():
            rows: dict[str, None] = {}
            for values in _matched(s, lemma, point):
                rows[f"{lead}{_call(lemma, values)}"] = None
            choices = [s.inventory.terms(p.type, point, 6) for p in lemma.parameters]
            for chosen in islice(product(*choices), _MOST):
                values = {p.name: c for p, c in zip(lemma.parameters, chosen, strict=True)}
                rows[f"{lead}{_call(lemma, values)}"] = None
            for k, text in enumerate(islice(rows, _MOST + 6)):
                yield s.hint(point, text, "lemma-call", 3.0 / (1 + 0.05 * k))


def _others(s: Situation) -> list[Method]:
    return [
        m
        for m in s.tables.lemmas
        if m is not s.node and not m.results and s.tables.class_of.get(id(m), "") == "" and m.kind == "lemma"
    ]


def _matched(s: Situation, lemma: Method, point: Point) -> Iterator[dict[str, str]]:
    """What the parameters must be for a part of the lemma's conclusion to be a part of a goal."""
    names = {p.name for p in lemma.parameters}
    formulas = [g.formula for g in s.goals]
    formulas += [b for f, c in s.calls() if (b := s.definitions.body(c, f)) is not None]
    formulas += [f for t, _ in s.inventory.written(point.scope) if (f := formula(t)) is not None]
    for clause in lemma.clauses:
        conclusion = formula(s.tables.program.text(clause.expressions[0])) if clause.expressions else None
        if clause.kind != "ensures" or conclusion is None:
            continue
        patterns = [
            n
            for n in walk(conclusion.tree)
            if isinstance(n, ex.Call | ex.Binary | ex.Comparison)
            and names <= {m.name for m in walk(n) if isinstance(m, ex.Name)}
        ]
        patterns.sort(key=lambda n: n.last - n.first)
        for pattern in patterns[:4]:
            for found in formulas:
                for node in walk(found.tree):
                    values: dict[str, str] = {}
                    if isinstance(node, Expression) and _unify(pattern, node, names, values, found):
                        parts = [formula(v) for v in values.values()]
                        visible = all(f is not None and s.inventory.visible(f, point.scope) for f in parts)
                        if set(values) == names and visible:
                            yield values


def _unify(
    pattern: Expression, node: Expression, names: set[str], values: dict[str, str], found: Formula
) -> bool:
    pattern, node = stripped(pattern), stripped(node)
    if isinstance(pattern, ex.Name) and pattern.name in names:
        text = found.at(node)
        return words(values.setdefault(pattern.name, text)) == words(text)
    if type(pattern) is not type(node):
        return False
    if isinstance(pattern, ex.Name | ex.Literal):
        return pattern == node
    if isinstance(pattern, ex.Binary) and isinstance(node, ex.Binary) and pattern.operator != node.operator:
        return False
    mine, theirs = _below(pattern), _below(node)
    return len(mine) == len(theirs) and all(
        _unify(a, b, names, values, found) for a, b in zip(mine, theirs, strict=True)
    )


def _below(e: Expression) -> list[Expression]:
    if isinstance(e, ex.Binary):
        return [e.left, e.right]
    if isinstance(e, ex.Call):
        return [e.callee, *e.arguments]
    if isinstance(e, ex.Comparison):
        return list(e.operands)
    if isinstance(e, ex.SeqDisplay | ex.Tuple | ex.SetDisplay):
        return list(e.items)
    if isinstance(e, ex.Cardinality):
        return [e.operand]
    if isinstance(e, ex.Index):
        return [e.target, *e.indices]
    if isinstance(e, ex.Select):
        return [e.target]
    if isinstance(e, ex.Slice):
        return [x for x in (e.target, e.low, e.high) if x is not None]
    return []


def for_all(s: Situation) -> Iterator[Addition]:
    """Yield ``forall`` statements that call a lemma for every value a goal quantifies over."""
    for goal in s.goals:
        opened = s.definitions.opened(goal.formula)
        tree = stripped(opened.tree)
        if not isinstance(tree, ex.Quantifier) or tree.kind != "forall":
            continue
        body = stripped(tree.body)
        limit = opened.at(tree.range) if tree.range is not None else ""
        claim = opened.at(tree.body)
        if not limit and isinstance(body, ex.Binary) and body.operator == "==>":
            limit, claim = opened.at(body.left), opened.at(body.right)
        variables = ", ".join(opened.at(v) for v in tree.variables)
        matter = tree.body if tree.range is None else ex.Logical("&&", (tree.range, tree.body))
        for point in s.near(goal):
            types = {v.name: s.tables.bound_type(v, matter, point.scope, s.module) for v in tree.variables}
            inner = Point(point.offset, {**point.scope, **types}, True, point.last, point.block)
            for call in islice(_inner_calls(s, inner, set(types)), _MOST):
                head = f"forall {variables}" + (f" | {limit}" if limit else "")
                yield s.hint(point, f"{head} ensures {claim} {{ {call} }}", "forall", 2.5)


def _inner_calls(s: Situation, point: Point, bound: set[str]) -> Iterator[str]:
    own = [s.node] if isinstance(s.node, Method) and s.node.is_lemma and not s.node.results else []
    for lemma in [*_others(s), *own]:
        choices = [s.inventory.terms(p.type, point, 6) for p in lemma.parameters]
        for chosen in islice(product(*choices), 3 * _MOST):
            if any(formula(c) is not None and is_used(c, bound) for c in chosen):
                yield f"{lemma.name}({', '.join(chosen)});"
