"""The engines by name. Each runs in a process of its own and yields answers as it finds them.

An engine is a generator over answers; it is given the problem and its text. It may yield ``None``
between steps. When it ends, it has nothing more to offer; an answer of `Infeasible` says that
no program exists.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from proofsmith.smtlib.printing import print_answer
from proofsmith.smtlib.problem import DefinedFunction, Problem
from proofsmith.smtlib.terms import Term


@dataclass(frozen=True)
class Answer:
    """Definitions as text; `how` names what found them, `proved` if Z3 has proved them already."""

    text: str
    how: str
    proved: bool = False


@dataclass(frozen=True)
class Infeasible:
    """No program exists (or none of the grammar); `why` in words."""

    why: str


@dataclass
class Count:
    """Programs evaluated so far, for whoever watches."""

    made: int = 0


Step = Answer | Infeasible | None
Engine = Callable[[Problem, Count], Iterator[Step]]


def enumerator(problem: Problem, count: Count) -> Iterator[Step]:
    """Bottom-up enumeration, assembly of strings, instantiation and invariants: whatever fits the problem."""
    from proofsmith.agents.policies.sygus.search import search

    return search(problem, count)


def cvc5(problem: Problem, count: Count) -> Iterator[Step]:
    """cvc5's own SyGuS solver (Reynolds et al., CAV 2015 and 2019)."""
    from proofsmith.agents.policies.sygus.cvc5_engine import solve

    return solve(problem)


def spacer(problem: Problem, count: Count) -> Iterator[Step]:
    """Z3's Spacer (Komuravelli, Gurfinkel, Chaki 2014) for invariants."""
    from proofsmith.agents.policies.sygus.spacer import solve

    return solve(problem)


def infeasible(problem: Problem, count: Count) -> Iterator[Step]:
    """Z3 on the question whether any function at all can meet the specification."""
    from proofsmith.verifiers.smt.infeasible import prove_infeasible
    from proofsmith.verifiers.smt.pool import SolverPool

    with SolverPool() as pool:
        found = prove_infeasible(problem, _INFEASIBLE_SECONDS, pool)
    if found is not None:
        yield Infeasible(found.text)


_INFEASIBLE_SECONDS = 20.0

ENGINES: dict[str, Engine] = {
    "enumerator": enumerator,
    "cvc5": cvc5,
    "spacer": spacer,
    "infeasible": infeasible,
}


def written(problem: Problem, bodies: dict[str, Term]) -> str:
    """Return bodies as the text of an answer."""
    functions = {
        f.name: DefinedFunction(f.name, f.parameters, f.sort, bodies[f.name]) for f in problem.functions
    }
    return print_answer(replace(problem, notices=()), functions)
