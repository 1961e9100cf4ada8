"""The enumerator engine: which methods fit a problem, and taking turns among them."""

from __future__ import annotations

import time
from collections.abc import Iterator

from proofsmith.agents.policies.sygus.engines import Answer, Count, Infeasible, Step, written
from proofsmith.agents.policies.sygus.enumerator import Enumerator, EnumeratorSettings, Refuted
from proofsmith.agents.policies.sygus.goals import examples
from proofsmith.agents.policies.sygus.joint import JointEnumerator
from proofsmith.agents.policies.sygus.vector.evaluate import NotVectorised
from proofsmith.smtlib.problem import Problem
from proofsmith.smtlib.terms import Term

TURN = 0.3
"""Seconds of processor time that a method has before the next one's turn."""


class LazyOracle:
    """Z3, loaded when first asked."""

    def __init__(self, problem: Problem, seconds: float = 5.0) -> None:
        self._problem, self._seconds = problem, seconds
        self._prover: object | None = None

    def __call__(self, bodies: dict[str, Term]) -> Refuted | bool:
        """See `enumerator.Oracle`."""
        from proofsmith.agents.policies.sygus.solver import Prover

        if not isinstance(self._prover, Prover):
            self._prover = Prover(self._problem, self._seconds)
        answer = self._prover.counterexample(bodies)
        return answer if isinstance(answer, bool) else Refuted(answer)


def search(problem: Problem, count: Count, settings: EnumeratorSettings | None = None) -> Iterator[Step]:
    """Yield answers of every method that fits the problem, in turns."""
    settings = settings or EnumeratorSettings()
    given = examples(problem)
    if given is not None and len({e.inputs for e in given}) < len(given):
        yield Infeasible("two examples with the same inputs want different results")
        return
    methods: list[Iterator[Step]] = [enumerate_terms(problem, count, settings)]
    if any(f.sort.name == "String" for f in problem.functions):
        methods = [assemble(problem, count, settings), *methods]
    if problem.invariant is not None:
        methods = [invariants(problem), *methods]
    if all(
        s.name in ("Int", "Bool") for f in problem.functions for s in (f.sort, *(p for _, p in f.parameters))
    ):
        methods.insert(0, clia(problem))
    while methods:
        for method in list(methods):
            started = time.process_time()
            while time.process_time() - started < TURN:
                try:
                    step = next(method)
                except StopIteration:
                    methods.remove(method)
                    break
                yield step


def clia(problem: Problem) -> Iterator[Step]:
    """Instantiation, loaded when needed (it needs Z3)."""
    from proofsmith.agents.policies.sygus.clia import solve

    yield from solve(problem)


def invariants(problem: Problem) -> Iterator[Step]:
    """Templates, Houdini and decision trees, loaded when needed (they need Z3)."""
    from proofsmith.agents.policies.sygus.invariants import find_invariant, system_of

    system = system_of(problem)
    if system is None:
        return
    for found in find_invariant(system):
        if found is None:
            yield None
        else:
            yield Answer(written(problem, {problem.functions[0].name: found}), "invariant", True)


def assemble(problem: Problem, count: Count, settings: EnumeratorSettings) -> Iterator[Step]:
    """Strings from pieces."""
    try:
        enumerator = Enumerator(problem, LazyOracle(problem), settings)
        made = 0
        for step in enumerator.assemble():
            count.made, made = count.made + enumerator.made - made, enumerator.made
            yield None if step is None else Answer(written(problem, step.bodies), step.how, step.proved)
    except NotVectorised:
        return


def enumerate_terms(problem: Problem, count: Count, settings: EnumeratorSettings) -> Iterator[Step]:
    """Yield what the enumerator finds; says so if it has seen every program of the grammar in vain."""
    try:
        enumerator = Enumerator(problem, LazyOracle(problem), settings)
        found = False
        made = 0
        for step in enumerator.run():
            count.made, made = count.made + enumerator.made - made, enumerator.made
            if step is not None:
                found = True
                yield Answer(written(problem, step.bodies), step.how, step.proved)
            else:
                yield None
    except NotVectorised:
        yield from enumerate_jointly(problem, count, settings)
        return
    if not found and enumerator.exhaustive:
        yield Infeasible("no program of the grammar meets the specification")


def enumerate_jointly(problem: Problem, count: Count, settings: EnumeratorSettings) -> Iterator[Step]:
    """Yield what enumeration of all functions together finds."""
    try:
        enumerator, made = JointEnumerator(problem, LazyOracle(problem), settings), 0
        for step in enumerator.run():
            count.made, made = count.made + enumerator.made - made, enumerator.made
            yield None if step is None else Answer(written(problem, step.bodies), step.how, step.proved)
    except NotVectorised:
        return
