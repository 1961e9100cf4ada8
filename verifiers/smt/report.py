"""What a refutation looks like to people: readable inputs, what was expected, what the program gives."""

from __future__ import annotations

import time
from collections.abc import Mapping

from proofsmith import values
from proofsmith.smtlib.evaluation import Evaluator, TooLarge
from proofsmith.smtlib.printing import literal_text, print_term
from proofsmith.smtlib.problem import DefinedFunction, Problem
from proofsmith.smtlib.semantics import Value
from proofsmith.smtlib.sexpr import symbol
from proofsmith.smtlib.terms import INT, Term, subterms
from proofsmith.types import Counterexample
from proofsmith.verifiers.smt.solve import Refutation, closed_constraints
from proofsmith.verifiers.text import shorten

_SHOWN = 4


def counterexample(
    problem: Problem, answer: Mapping[str, DefinedFunction], refutation: Refutation
) -> Counterexample:
    """Return the refutation as a counterexample: the variables that matter, and the program's calls."""
    assert refutation.model is not None
    model = refutation.model
    constraint = problem.constraints[refutation.violated[0]]
    calls = _calls(problem, answer, constraint, refutation)
    violated = shorten(print_term(constraint, dict(problem.spelling)))
    example = example_of(problem, constraint)
    if example is not None:
        call, expected = example
        names = [name for name, _ in answer[call.name].parameters]
        inputs = [(n, literal_text(a.value, a.sort)) for n, a in zip(names, call.args, strict=True)]
        want = literal_text(expected.value, expected.sort)
        return Counterexample(tuple(inputs), want, calls, violated)
    used = _used_variables(problem, constraint)
    inputs = [
        (name, literal_text(model.values[name], sort))
        for name, sort in problem.variables
        if name in used and name in model.values
    ]
    for operator, (entries, default) in model.by_zero.items():
        for dividend, value in entries.items():
            inputs.append((f"({operator} {literal_text(dividend, INT)} 0)", literal_text(value, INT)))
        others = f"({operator} x 0) for any other x" if entries else f"({operator} x 0)"
        inputs.append((others, literal_text(default, INT)))
    return Counterexample(tuple(inputs), "", calls, violated)


def example_of(problem: Problem, constraint: Term) -> tuple[Term, Term] | None:
    """Return call and result where a constraint is an example: ``(= (f 1 2) 3)``, in either order."""
    if constraint.kind != "app" or constraint.name != "=" or len(constraint.args) != 2:
        return None
    found = {f.name for f in problem.functions}
    for call, result in (constraint.args, constraint.args[::-1]):
        applied = call.kind == "app" and call.name in found
        if result.kind == "const" and applied and all(a.kind == "const" for a in call.args):
            return call, result
    return None


def _used_variables(problem: Problem, constraint: Term) -> set[str]:
    """Return the variables a constraint depends on, also through definitions."""
    bodies = {d.name: d for d in problem.definitions}
    used: set[str] = set()
    seen: set[str] = set()
    stack: list[tuple[Term, set[str]]] = [(constraint, set())]
    while stack:
        term, bound = stack.pop()
        for t in subterms(term):
            if t.kind == "var" and t.name not in bound:
                used.add(t.name)
            elif t.kind == "app" and t.name in bodies and t.name not in seen:
                seen.add(t.name)
                definition = bodies[t.name]
                stack.append((definition.body, {name for name, _ in definition.parameters}))
    return used


def _calls(
    problem: Problem, answer: Mapping[str, DefinedFunction], constraint: Term, refutation: Refutation
) -> str:
    """Return what the program gives on the calls the constraint makes, as ``(f 1 2) = 3``."""
    assert refutation.model is not None
    evaluator = Evaluator([*problem.definitions, *answer.values()])
    try:
        calls = evaluator.calls(constraint, refutation.model.values, refutation.model.division)
    except TooLarge:
        return ""
    shown = []
    for (name, *arguments), value in calls.items():
        if name in answer:
            sorts = [sort for _, sort in answer[name].parameters]
            texts = [literal_text(a, s) for a, s in zip(arguments, sorts, strict=True)]
            call = f"({' '.join([symbol(name), *texts])})" if texts else symbol(name)
            shown.append(shorten(f"{call} = {literal_text(value, answer[name].sort)}"))
    return ", ".join(shown[:_SHOWN]) + (", ..." if len(shown) > _SHOWN else "")


def behaviour(problem: Problem, answer: Mapping[str, DefinedFunction], seconds: float) -> str | None:
    """Return a digest of the program's values on the calls that the constant constraints make.

    ``None`` where there are none, or they cannot be computed in the time.
    """
    deadline = time.monotonic() + seconds
    evaluator = Evaluator([*problem.definitions, *answer.values()])
    outcomes: dict[tuple[str, tuple[Value, ...]], Value] = {}
    try:
        for i in closed_constraints(problem):
            calls = evaluator.calls(problem.constraints[i], {}, None, deadline)
            for (name, *arguments), value in calls.items():
                if name in answer:
                    outcomes[name, tuple(arguments)] = value
    except TooLarge:
        return None
    if not outcomes:
        return None
    return values.digest([[name, list(arguments), value] for (name, arguments), value in outcomes.items()])
