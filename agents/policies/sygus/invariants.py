"""Invariants by our own means: atoms from the program, pruned by counterexamples, joined by trees.

First Houdini (Flanagan, Leino 2001): the largest conjunction of atoms that is inductive, by
dropping what the initial states or a step break. Where that is too weak, decision trees over the
atoms from states that must be in, must be out, and implications, as in ICE (Garg, Neider,
Madhusudan, Roth: POPL 2016). Atoms are comparisons of the problem and a template of octagons,
equalities and differences; everything is proved by Z3 before it is proposed.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from proofsmith.agents.policies.sygus.goals import Point
from proofsmith.agents.policies.sygus.linear import COMPARISONS, Linear, simplified
from proofsmith.agents.policies.sygus.rules import inlined_definitions
from proofsmith.agents.policies.sygus.solver import Query, Translator
from proofsmith.agents.policies.sygus.states import Learner
from proofsmith.smtlib.evaluation import Evaluator
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

MOST_ATOMS = 3000
MOST_VALUES = 12
"""Constants that atoms compare with."""
SECONDS = 5.0
"""Most seconds for one question to Z3."""


@dataclass(frozen=True)
class System:
    """A transition system over `state`; `then` names each variable's value after a step.

    `pre` and `post` are over the state; `trans` over both, and perhaps further variables.
    """

    state: dict[str, Sort]
    then: dict[str, str]
    pre: Term
    trans: Term
    post: Term

    def after(self, term: Term) -> Term:
        """Return `term` about the state after the step."""
        return substitute(term, {n: var(self.then[n], s) for n, s in self.state.items()})


def system_of(problem: Problem) -> System | None:
    """Return the transition system of an ``inv-constraint`` over integers and truth values."""
    invariant = problem.invariant
    if invariant is None or len(problem.functions) != 1 or problem.functions[0].grammar:
        return None
    definitions = inlined_definitions(problem.definitions)
    state = dict(problem.functions[0].parameters)
    if any(s not in (INT, BOOL) for s in state.values()):
        return None
    then = {n: f"{n}!after" for n in state}
    now_terms = [var(n, s) for n, s in state.items()]
    then_terms = [var(then[n], s) for n, s in state.items()]

    def applied(name: str, args: Sequence[Term]) -> Term:
        d = definitions[name]
        return simplified(substitute(d.body, {n: a for (n, _), a in zip(d.parameters, args, strict=True)}))

    return System(
        state,
        then,
        applied(invariant.pre, now_terms),
        applied(invariant.trans, [*now_terms, *then_terms]),
        applied(invariant.post, now_terms),
    )


def find_invariant(system: System) -> Iterator[Term | None]:
    """Yield ``None`` while working, then an invariant that Z3 has proved; ends without one otherwise."""
    translate = Translator()
    for rich in (False, True):
        atoms = atoms_of(system, rich)
        houdini = _Houdini(system, atoms, translate)
        yield from houdini.run()
        found = houdini.conjunction()
        if Query(translate, [found, app("not", BOOL, system.post)]).check(SECONDS) is False:
            yield found
            return
        yield from _learn(system, atoms, houdini, translate)


class _Houdini:
    """The largest conjunction of atoms that holds at the start and is kept by every step."""

    def __init__(self, system: System, atoms: Sequence[Term], translate: Translator) -> None:
        self._system, self._translate = system, translate
        self._left = list(atoms)
        self._evaluator = Evaluator()
        self.states: list[Point] = []

    def conjunction(self) -> Term:
        """Return what is left, the implied kept too."""
        return simplified(app("and", BOOL, *self._left, const(True, BOOL), const(True, BOOL)))

    def run(self) -> Iterator[None]:
        """Drop atoms until the rest is inductive."""
        system = self._system
        start = Query(self._translate, [system.pre])
        while self._left:
            broken = app("or", BOOL, *(_negated(a) for a in self._left), const(False, BOOL))
            if not self._broken(start, broken, dict(system.state)):
                break
            yield None
        step = Query(self._translate, [system.trans])
        while self._left:
            # asked a block of atoms at a time: small questions are answered fast
            changed = False
            for i in range(0, len(self._left), 60):
                block = self._left[i : i + 60]
                goal = app("or", BOOL, *(_negated(system.after(a)) for a in block), const(False, BOOL))
                names = {system.then[n]: s for n, s in system.state.items()}
                if self._broken(step, goal, names, self._left):
                    changed = True
                    break
                yield None
            if not changed:
                return
            yield None

    def _broken(self, query: Query, goal: Term, names: dict[str, Sort], given: Sequence[Term] = ()) -> bool:
        """Drop what a model of `goal` shows to be broken; say whether there was one."""
        answer = query.check(SECONDS, *given, goal)
        if answer is False:
            return False
        if answer is None:  # drop the first half: fewer atoms are easier, and dropping is always sound
            self._left = self._left[len(self._left) // 2 :] if len(self._left) > 1 else []
            return True
        point = query.point(names)
        back = {v: k for k, v in self._system.then.items()}
        state = {back.get(n, n): v for n, v in point.items()}
        self.states.append(state)
        kept = [a for a in self._left if self._evaluator.value(a, state)]
        if len(kept) == len(self._left):
            kept = kept[1:]
        self._left = kept
        return True


def _learn(
    system: System, atoms: Sequence[Term], houdini: _Houdini, translate: Translator
) -> Iterator[Term | None]:
    """Decision trees over the atoms, with what Houdini kept taken for granted."""
    known = houdini.conjunction()
    learner = Learner(system.state, atoms)
    pre = Query(translate, [system.pre])
    post = Query(translate, [known, app("not", BOOL, system.post)])
    step = Query(translate, [known, system.after(known), system.trans])
    now, then = dict(system.state), {system.then[n]: s for n, s in system.state.items()}
    for _ in range(2000):
        yield None
        candidate = learner.tree()
        if candidate is None:
            return
        answers = [pre.check(SECONDS, _negated(candidate)), post.check(SECONDS, candidate)]
        if answers[0]:
            learner.must_hold(pre.point(now))
            continue
        if answers[1]:
            learner.must_fail(post.point(now))
            continue
        last = step.check(SECONDS, candidate, _negated(system.after(candidate)))
        if last:
            point = step.point({**now, **then})
            learner.implies({n: point[n] for n in now}, {n: point[system.then[n]] for n in now})
            continue
        if None in (*answers, last):
            return
        yield simplified(app("and", BOOL, known, candidate))
        return


def _negated(term: Term) -> Term:
    return app("not", BOOL, term)


@dataclass
class _Atoms:
    """Collects atoms without duplicates."""

    state: Mapping[str, Sort]
    found: dict[Term, None] = field(default_factory=dict)

    def add(self, term: Term) -> None:
        if set(free_variables(term)) <= set(self.state) and len(self.found) < MOST_ATOMS:
            self.found.setdefault(term)

    def bounds(self, form: Linear, values: Sequence[int]) -> None:
        """``form <= v`` and ``form >= v`` for each value."""
        left = form.term()
        for v in values:
            self.add(app("<=", BOOL, left, const(v, INT)))
            self.add(app(">=", BOOL, left, const(v, INT)))


def atoms_of(system: System, rich: bool) -> list[Term]:
    """Return candidate facts about the state: from the system's text, and templates.

    `rich` adds sums and differences of three variables and more values to compare with.
    """
    atoms = _Atoms(system.state)
    texts = [system.pre, system.post, system.trans]
    back = {system.then[n]: var(n, s) for n, s in system.state.items()}
    for text in texts:
        for t in subterms(text):
            if t.sort == BOOL and t.kind in ("app", "var"):
                plain = substitute(t, back)
                if (
                    plain.kind == "var"
                    or t.name in COMPARISONS
                    or (t.name in ("or", "=>", "not", "and") and len(free_variables(plain)) <= 8)
                ):
                    atoms.add(plain)
                    atoms.add(_negated(plain))
    for n, s in system.state.items():
        if s == BOOL:
            atoms.add(var(n, s))
            atoms.add(_negated(var(n, s)))
    _template(system, atoms, rich)
    return list(atoms.found)


def _template(system: System, atoms: _Atoms, rich: bool) -> None:
    values = {
        int(t.value or 0)
        for x in (system.pre, system.post, system.trans)
        for t in subterms(x)
        if t.kind == "const" and t.sort == INT
    }
    near = sorted({0, 1, -1, *values, *({-v for v in values})}, key=abs)
    integers = [n for n in _moving(system) if system.state[n] == INT]
    wide = MOST_VALUES * (3 if rich else 1)
    for n in integers:
        atoms.bounds(Linear({var(n, INT): 1}), near[:wide])
    for a, b in itertools.combinations(integers[: 40 if rich else 16], 2):
        few = near[: 5 if rich else 1]
        for sign in (-1, 1):
            atoms.bounds(Linear({var(a, INT): 1, var(b, INT): sign}), few)
    for a, b, c in itertools.combinations(integers[: 8 if rich else 5], 3):
        for signs in itertools.product((1, -1), repeat=2):
            atoms.bounds(Linear({var(a, INT): 1, var(b, INT): signs[0], var(c, INT): signs[1]}), near[:1])
    if rich:
        for a, b in itertools.permutations(integers[:6], 2):
            for k in (2, 3):
                atoms.bounds(Linear({var(a, INT): 1, var(b, INT): -k}), near[:3])


def _moving(system: System) -> list[str]:
    """The variables that pre, trans or post say something about, the most often mentioned first."""
    counts: dict[str, int] = dict.fromkeys(system.state, 0)
    back = {system.then[n]: n for n in system.state}
    for text in (system.pre, system.post, system.trans):
        for t in subterms(text):
            if t.kind == "app" and t.name in COMPARISONS:
                for n in free_variables(t):
                    name = back.get(n, n)
                    if name in counts:
                        trivial = t.name == "=" and {a.name for a in t.args} == {name, system.then[name]}
                        counts[name] += 0 if trivial else 1
    return sorted((n for n in counts if counts[n]), key=lambda n: -counts[n])
