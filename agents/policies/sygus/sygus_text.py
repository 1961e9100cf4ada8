"""A problem written as standard SyGuS-IF 2.1, for solvers that read nothing else."""

from __future__ import annotations

from proofsmith.smtlib.printing import print_definition, print_term
from proofsmith.smtlib.problem import Problem, SynthFunction
from proofsmith.smtlib.sexpr import symbol
from proofsmith.smtlib.terms import Term, subterms


def print_problem(problem: Problem) -> str:
    """Return the problem's text: definitions, functions to find, variables, constraints."""
    found = {f.name for f in problem.functions}
    lines = [f"(set-logic {problem.logic if problem.logic != 'SAT' else 'ALL'})"]
    early = [d for d in problem.definitions if not _uses(d.body, found)]
    lines += [f"(declare-var {symbol(n)} {s})" for n, s in problem.variables]  # definitions may use them
    lines += [print_definition(d) for d in early]
    lines += [_function(f) for f in problem.functions]
    invariant = problem.invariant
    for d in problem.definitions:
        if d not in early:
            lines.append(print_definition(d))
            found.add(d.name)
    constraints = problem.constraints
    if invariant is not None:
        constraints = constraints[:-3]
        names = (invariant.invariant, invariant.pre, invariant.trans, invariant.post)
        lines.append(f"(inv-constraint {' '.join(map(symbol, names))})")
    lines += [f"(assume {print_term(a)})" for a in problem.assumptions]
    lines += [f"(constraint {print_term(c)})" for c in constraints]
    return "\n".join([*lines, "(check-synth)", ""])


def _uses(body: Term, names: set[str]) -> bool:
    return any(t.kind == "app" and t.name in names for t in subterms(body))


def _function(f: SynthFunction) -> str:
    parameters = " ".join(f"({symbol(n)} {s})" for n, s in f.parameters)
    head = f"(synth-fun {symbol(f.name)} ({parameters}) {f.sort}"
    if not f.grammar:
        return head + ")"
    declared = " ".join(f"({symbol(n.name)} {n.sort})" for n in f.grammar)
    groups = " ".join(
        f"({symbol(n.name)} {n.sort} ({' '.join(print_term(p, share=False) for p in n.productions)}))"
        for n in f.grammar
    )
    return f"{head} ({declared}) ({groups}))"
