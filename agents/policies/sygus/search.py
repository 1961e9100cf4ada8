"""The enumerator engine: which methods fit a problem, and taking turns among them."""

from __future__ import annotations

from collections.abc import Iterator

from proofsmith.agents.policies.sygus.engines import Answer, Count, Infeasible, Step, written
from proofsmith.agents.policies.sygus.enumerator import Enumerator, EnumeratorSettings, Refuted
from proofsmith.agents.policies.sygus.vector.evaluate import NotVectorised
from proofsmith.smtlib.problem import Problem
from proofsmith.smtlib.terms import Term


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


def search(
    problem: Problem, count: Count, settings: EnumeratorSettings = EnumeratorSettings()
) -> Iterator[Step]:
    """Yield answers of every method that fits the problem, in turns."""
    yield from enumerate_terms(problem, count, settings)


def enumerate_terms(problem: Problem, count: Count, settings: EnumeratorSettings) -> Iterator[Step]:
    """Yield what the enumerator finds; says so if it has seen every program of the grammar in vain."""
    try:
        enumerator = Enumerator(problem, LazyOracle(problem), settings)
        found = False
        for step in enumerator.run():
            count.made = enumerator.made
            if step is not None:
                found = True
                yield Answer(written(problem, step.bodies), step.how, step.proved)
            else:
                yield None
    except NotVectorised:
        return
    if not found and enumerator.exhaustive:
        yield Infeasible("no program of the grammar meets the specification")
