"""The method for single-invocation problems of linear arithmetic: instantiate, then write it down."""

from __future__ import annotations

from collections.abc import Iterator

from proofsmith.agents.policies.sygus.engines import Answer, Infeasible, Step, written
from proofsmith.agents.policies.sygus.express import Writer
from proofsmith.agents.policies.sygus.instantiate import Impossible, cases, invocation_of, program
from proofsmith.smtlib.problem import Problem
from proofsmith.smtlib.terms import Term


def solve(problem: Problem) -> Iterator[Step]:
    """Yield the answer, or that none exists; ends without one where the method does not apply.

    Grammars are met by rewriting (see `express`), where they have the operators for it.
    """
    given = invocation_of(problem)
    if given is None:
        return
    writers = [Writer(f) if f.grammar else None for f in problem.functions]
    if any(w is not None and not w.usable for w in writers):
        return
    for found in cases(given):
        if found is None:
            yield None
        elif isinstance(found, Impossible):
            values = ", ".join(f"{n} = {v}" for n, v in found.point.items())
            yield Infeasible(f"no value meets the specification at {values or 'any point'}")
        else:
            bodies: dict[str, Term] = {}
            for i, (f, writer) in enumerate(zip(problem.functions, writers, strict=True)):
                body = program(given, found, i)
                fitted = body if writer is None else writer.fit(body)
                if fitted is None:
                    return
                bodies[f.name] = fitted
            yield Answer(written(problem, bodies), "instantiate", True)
