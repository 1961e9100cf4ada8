"""Invariants by Z3's Horn-clause engine Spacer (Komuravelli, Gurfinkel, Chaki: CAV 2014)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import z3

from proofsmith.agents.policies.sygus.engines import Answer, Infeasible, Step
from proofsmith.agents.policies.sygus.goals import specification
from proofsmith.agents.policies.sygus.solver import Translator, variable
from proofsmith.smtlib.problem import Problem, SynthFunction
from proofsmith.smtlib.sexpr import symbol
from proofsmith.smtlib.terms import BOOL, Term, subterms


def solve(problem: Problem) -> Iterator[Step]:
    """Yield the invariant that Spacer finds. Blocks in native code: run it where it can be killed.

    Any problem with one predicate to find, without a grammar, whose constraints are Horn clauses
    is accepted; others yield nothing.
    """
    function = problem.functions[0]
    if len(problem.functions) != 1 or function.grammar or function.sort != BOOL or not function.parameters:
        return
    clauses = [_clause(c, function) for c in specification(problem)]
    if any(c is None for c in clauses):
        return
    solver = z3.SolverFor("HORN")
    solver.set("timeout", 0)
    for clause in clauses:
        solver.add(clause)
    status = solver.check()
    if status == z3.sat:
        text = _text(solver.model(), function)
        if text is not None:
            yield Answer(text, "spacer")
    elif status == z3.unsat:
        yield Infeasible("Z3 derives that no predicate meets the Horn clauses")


def _clause(constraint: Term, function: SynthFunction) -> Any | None:
    """Return a constraint as a quantified Horn clause; ``None`` if it is none."""
    body, head = (
        constraint.args if constraint.name == "=>" and len(constraint.args) == 2 else (None, constraint)
    )
    calls = [t for t in subterms(constraint) if t.kind == "app" and t.name == function.name]
    parts = _conjuncts(body) if body is not None else []
    plain = [p for p in parts if not _mentions(p, function)]
    applied = [p for p in parts if p.kind == "app" and p.name == function.name]
    head_is_call = head.kind == "app" and head.name == function.name
    if len(plain) + len(applied) != len(parts) or len({*applied, *([head] if head_is_call else [])}) < len(
        set(calls)
    ):
        return None
    if any(_mentions(a, function) for c in calls for a in c.args) or (
        not head_is_call and _mentions(head, function)
    ):
        return None
    translate = Translator()
    predicate = z3.Function(
        function.name, *(variable("x", s).sort() for _, s in function.parameters), z3.BoolSort()
    )
    conditions = [translate(p) for p in plain]
    conditions += [predicate(*(translate(a) for a in c.args)) for c in applied]
    conclusion = predicate(*(translate(a) for a in head.args)) if head_is_call else translate(head)
    names = {t.name: variable(t.name, t.sort) for t in subterms(constraint) if t.kind == "var"}
    claim = z3.Implies(z3.And(conditions), conclusion)
    return z3.ForAll(list(names.values()), claim) if names else claim


def _conjuncts(term: Term) -> list[Term]:
    if term.kind == "app" and term.name == "and":
        return [p for a in term.args for p in _conjuncts(a)]
    return [term]


def _mentions(term: Term, function: SynthFunction) -> bool:
    return any(t.kind == "app" and t.name == function.name for t in subterms(term))


def _text(model: Any, function: SynthFunction) -> str | None:
    """Return the predicate of a model as a definition; ``None`` if it is not plain."""
    declaration = next((d for d in model.decls() if d.name() == function.name), None)
    parameters = " ".join(f"({symbol(n)} {s})" for n, s in function.parameters)
    head = f"(define-fun {symbol(function.name)} ({parameters}) Bool"
    if declaration is None:
        return f"{head} true)"
    interpretation = model[declaration]
    if interpretation.num_entries():
        return None
    body = z3.substitute_vars(interpretation.else_value(), *(variable(n, s) for n, s in function.parameters))
    body = z3.simplify(body)
    return f"{head} {body.sexpr()})"
