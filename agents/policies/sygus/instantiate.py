"""Single-invocation problems over integers and truth values, solved by instantiation.

If every function is applied to the same variables only, the problem asks for values: for all x
some y with phi(x, y). Counterexample-guided instantiation (Reynolds, Deters, Kuncak, Tinelli,
Barrett: Counterexample-guided quantifier instantiation for synthesis in SMT, CAV 2015) collects
terms t1, t2, ... until for each x one of them meets phi; the program tries them in order. A term
is read off phi at a model: the bound on y that holds with equality there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from proofsmith.agents.policies.sygus.goals import applications, call_name, replace_calls, specification
from proofsmith.agents.policies.sygus.linear import COMPARISONS, Linear, linear, simplified
from proofsmith.agents.policies.sygus.solver import Query, Translator
from proofsmith.smtlib.evaluation import Evaluator, TooLarge
from proofsmith.smtlib.problem import Problem
from proofsmith.smtlib.terms import (
    BOOL,
    INT,
    Sort,
    Term,
    app,
    const,
    free_variables,
    substitute,
    subterms,
    var,
)

MOST_TERMS = 400
"""Terms that are collected before giving up."""


@dataclass(frozen=True)
class Invocation:
    """A single-invocation problem: find `outputs`, as terms over `inputs`, that meet `body`.

    Attributes:
        body: the specification over inputs and outputs.
        inputs: the variables.
        outputs: (variable that stands for a function's value, its sort) in order of the functions.
        renamings: for each function the variables' names to its parameters.
    """

    body: Term
    inputs: dict[str, Sort]
    outputs: tuple[tuple[str, Sort], ...]
    renamings: tuple[dict[str, Term], ...]


@dataclass(frozen=True)
class Impossible:
    """At this point no values meet the specification, so no program does."""

    point: dict[str, object]


@dataclass(frozen=True)
class Whole:
    """One term for each output that is right everywhere."""

    terms: tuple[Term, ...]


@dataclass(frozen=True)
class Cases:
    """`terms[i]` (a term for each output) is right wherever `conditions[i]` holds; one always does."""

    conditions: tuple[Term, ...]
    terms: tuple[tuple[Term, ...], ...]


def invocation_of(problem: Problem) -> Invocation | None:
    """Return the problem as a single-invocation one over integers and truth values, if it is one."""
    constraints = specification(problem)
    names = [f.name for f in problem.functions]
    calls = applications(constraints, set(names))
    by_name = {c.name: c for c in calls}
    if len(calls) != len(names) or set(by_name) != set(names):
        return None
    ordered = [by_name[n] for n in names]
    used = {n: s for c in constraints for n, s in free_variables(c).items()}
    sorts = [*used.values(), *(f.sort for f in problem.functions)]
    if any(s not in (INT, BOOL) for s in sorts):
        return None
    renamings = []
    for f, call in zip(problem.functions, ordered, strict=True):
        arguments = [a.name for a in call.args]
        distinct = all(a.kind == "var" for a in call.args) and len(set(arguments)) == len(arguments)
        if not distinct or not set(used) <= set(arguments):
            return None
        renamings.append({a: var(p, s) for a, (p, s) in zip(arguments, f.parameters, strict=True)})
    bodies = [replace_calls(c, ordered) for c in constraints]
    body = bodies[0] if len(bodies) == 1 else app("and", BOOL, *bodies)
    outputs = tuple((call_name(i), f.sort) for i, f in enumerate(problem.functions))
    return Invocation(simplified(body), used, outputs, tuple(renamings))


def cases(given: Invocation, seconds: float = 20.0) -> Iterator[Cases | Whole | Impossible | None]:
    """Yield ``None`` while collecting terms, then the answer; ends without one where it cannot."""
    translate = Translator()
    uncovered = Query(translate)
    extremum = _Extremum(given, translate)
    terms: list[tuple[Term, ...]] = []
    conditions: list[Term] = []
    for _ in range(MOST_TERMS):
        whole = extremum.term()
        query = uncovered
        if whole is not None:
            query = Query(translate, [app("not", BOOL, substitute(given.body, {given.outputs[0][0]: whole}))])
        missing = query.check(seconds)
        if missing is None:
            return
        if not missing:
            yield _fewer(translate, conditions, terms, seconds) if whole is None else Whole((whole,))
            return
        point = query.point(given.inputs)
        at_point = substitute(given.body, {n: const(v, given.inputs[n]) for n, v in point.items()})
        values = Query(translate, [at_point])
        possible = values.check(seconds)
        if possible is None:
            return
        if not possible:
            yield Impossible(point)
            return
        wanted = values.point(dict(given.outputs))
        chosen = _project(given, {**point, **wanted})
        condition = simplified(
            substitute(given.body, {n: t for (n, _), t in zip(given.outputs, chosen, strict=True)})
        )
        terms.append(chosen)
        conditions.append(condition)
        extremum.add(chosen[0])
        uncovered.add(app("not", BOOL, condition))
        yield None


class _Extremum:
    """Recognises that the output is the largest (or the smallest) of the terms.

    If phi forces y >= t for every term t, then wherever one of them is right it is the largest.
    Proving that a maximum of many terms exists is hard for a solver; that this is one is not.
    """

    def __init__(self, given: Invocation, translate: Translator) -> None:
        self._given, self._translate = given, translate
        single = len(given.outputs) == 1 and given.outputs[0][1] == INT
        self._relations = [">=", "<="] if single else []
        self._terms: list[Term] = []

    def add(self, term: Term) -> None:
        """Take in a term."""
        self._terms.append(term)
        kept = []
        for relation in self._relations:
            bound = app(relation, BOOL, var(*self._given.outputs[0]), term)
            if Query(self._translate, [self._given.body, app("not", BOOL, bound)]).check(1.0) is False:
                kept.append(relation)
        self._relations = kept

    def term(self) -> Term | None:
        """Return the extremum of the terms so far as a balanced tree; ``None`` if it is none."""
        if len(self._terms) < 3 or len(self._relations) != 1:
            return None
        level = list(dict.fromkeys(self._terms))
        while len(level) > 1:
            pairs = [level[i : i + 2] for i in range(0, len(level), 2)]
            level = [p[0] if len(p) == 1 else self._better(*p) for p in pairs]
        return level[0]

    def _better(self, a: Term, b: Term) -> Term:
        return app("ite", INT, app(self._relations[0], BOOL, a, b), a, b)


def _fewer(
    translate: Translator, conditions: list[Term], terms: list[tuple[Term, ...]], seconds: float
) -> Cases:
    """Leave out what later terms made superfluous, earliest first."""
    kept = list(range(len(terms)))
    if len(kept) <= 60:
        for i in list(kept):
            rest = [k for k in kept if k != i]
            if rest and Query(translate, [app("not", BOOL, conditions[k]) for k in rest]).check(1.0) is False:
                kept = rest
    return Cases(tuple(conditions[k] for k in kept), tuple(terms[k] for k in kept))


def _project(given: Invocation, model: Mapping[str, object]) -> tuple[Term, ...]:
    """Return terms over the inputs that meet the body at the model's inputs, last output first."""
    body, chosen = given.body, {}
    for name, sort in reversed(given.outputs):
        chosen[name] = _one(body, var(name, sort), model)
        body = simplified(substitute(body, {name: chosen[name]}))
    for name, _ in given.outputs:  # earlier outputs may occur in the terms of later ones
        chosen = {n: substitute(t, {name: chosen[name]}) for n, t in chosen.items()}
    return tuple(_tidy(chosen[n]) for n, _ in given.outputs)


def _tidy(term: Term) -> Term:
    return linear(term).term() if term.sort == INT else simplified(term)


def _one(body: Term, output: Term, model: Mapping[str, object]) -> Term:
    """Return a term for one output that is right at the model, the others being what they are there."""
    evaluator = Evaluator()
    value = const(model[output.name], output.sort)  # type: ignore[arg-type]
    if output.sort == BOOL:
        return value
    choice = {
        t.args[0]: bool(evaluator.value(t.args[0], model))  # type: ignore[arg-type]
        for t in subterms(body)
        if t.kind == "app" and t.name == "ite"
    }
    for candidate in _candidates(body, output, model, choice):
        try:
            there = evaluator.value(candidate, model)  # type: ignore[arg-type]
            if evaluator.value(body, {**model, output.name: there}):  # type: ignore[dict-item]
                return candidate
        except TooLarge:
            continue
    return value


def _candidates(
    body: Term, output: Term, model: Mapping[str, object], choice: Mapping[Term, bool]
) -> list[Term]:
    """Terms that bound the output in some atom: those with equality first, then the closest bounds."""
    evaluator = Evaluator()
    ranked: dict[Term, tuple[int, int]] = {}
    here = int(model[output.name])  # type: ignore[call-overload]
    for atom in subterms(body):
        if atom.kind != "app" or atom.name not in COMPARISONS or atom.args[0].sort != INT:
            continue
        for a, b in zip(atom.args, atom.args[1:], strict=False):
            form = linear(a, choice)
            form.add(linear(b, choice), -1)
            c = form.parts.get(output, 0)
            rest = form.without(output)
            if c == 0 or any(output.name in free_variables(t) for t in rest.parts):
                continue
            for shift in (0, -1, 1):
                shifted = Linear(dict(rest.parts), rest.constant + shift)
                solved = shifted.divided(-c)
                if solved is None:
                    continue
                t = solved.term()
                distance = abs(int(evaluator.value(t, model)) - here)  # type: ignore[arg-type]
                equality = 0 if atom.name == "=" and shift == 0 and distance == 0 else 1
                rank = (equality + (1 if shift else 0), distance)
                ranked[t] = min(ranked.get(t, rank), rank)
    return sorted(ranked, key=lambda t: ranked[t])


def program(given: Invocation, found: Cases | Whole, output: int) -> Term:
    """Return the body of one function, over its own parameters; cases are tried in order."""
    if isinstance(found, Whole):
        return substitute(found.terms[output], given.renamings[output])
    body = found.terms[-1][output]
    for condition, terms in zip(reversed(found.conditions[:-1]), reversed(found.terms[:-1]), strict=True):
        then = terms[output]
        body = then if then == body else app("ite", body.sort, condition, then, body)
    return substitute(body, given.renamings[output])
