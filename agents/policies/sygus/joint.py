"""Several functions, or a function of its own values: programs tried together, cheapest first.

Each function's programs are enumerated on sample inputs, which keeps one of those that look alike
there; every combination is then evaluated on the points seen so far. Slower by far than judging
columns, and the only way where a value cannot be judged by itself.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from proofsmith.agents.policies.sygus.bank import Bank
from proofsmith.agents.policies.sygus.enumerator import (
    EnumeratorSettings,
    Found,
    Oracle,
    Refuted,
    draw,
    grammar_of,
)
from proofsmith.agents.policies.sygus.goals import Point, applications, specification
from proofsmith.agents.policies.sygus.rules import inline, inlined_definitions
from proofsmith.agents.policies.sygus.vector.evaluate import Evaluator
from proofsmith.smtlib.problem import DefinedFunction, Problem, SynthFunction
from proofsmith.smtlib.terms import Sort, Term, free_variables

MOST_PROGRAMS = 20_000
"""Programs kept for each function."""
SAMPLES = 40


class JointEnumerator:
    """Tries combinations of programs for all functions of a problem.

    Attributes:
        made: programs enumerated and combinations tried so far.
    """

    def __init__(self, problem: Problem, oracle: Oracle, settings: EnumeratorSettings) -> None:
        """Raises `NotVectorised` for sorts that columns cannot hold."""
        self._problem, self._oracle = problem, oracle
        self._constraints = specification(problem)
        self._definitions = inlined_definitions(problem.definitions)
        self._rng = random.Random(settings.seed)
        self._evaluator = Evaluator()
        names = {n: s for c in self._constraints for n, s in free_variables(c).items()}
        self._variables: dict[str, Sort] = names
        called = {c.name for c in applications(self._constraints, {f.name for f in problem.functions})}
        self._unconstrained = {f.name for f in problem.functions} - called
        self._points: list[Point] = [{n: draw(s, self._rng) for n, s in names.items()} for _ in range(8)]
        self.made = 0

    def run(self) -> Iterator[Found | None]:
        """Yield programs for all functions that the oracle does not refute, ``None`` between steps."""
        functions = self._problem.functions
        sources = [self._programs(f) for f in functions]
        known: list[dict[int, list[Term]]] = [{} for _ in functions]
        cost = 0
        while True:
            cost += 1
            for i, source in enumerate(sources):
                known[i][cost] = []
                for step in source:
                    if step is None:
                        yield None
                    elif step[0] > cost:
                        sources[i] = itertools.chain([step], source)
                        break
                    else:
                        known[i][step[0]].append(step[1])
            for split in _compositions(cost + len(functions) - 1, len(functions)):
                choices = [known[i].get(c, []) for i, c in enumerate(split)]
                for bodies in itertools.product(*choices):
                    self.made += 1
                    found = self._judge(dict(zip((f.name for f in functions), bodies, strict=True)))
                    if found is not None:
                        yield found
                    elif self.made % 64 == 0:
                        yield None
            if all(sum(map(len, k.values())) >= MOST_PROGRAMS for k in known):
                return
            if cost > 60:
                return

    def _programs(self, function: SynthFunction) -> Iterator[tuple[int, Term] | None]:
        """Yield (cost, program) with different behaviour on sample inputs, ``None`` between steps."""
        grammar = grammar_of(self._problem, function)
        size = SAMPLES if function.parameters else 1
        inputs = {
            n: self._evaluator.column([draw(s, self._rng) for _ in range(size)], s)
            for n, s in function.parameters
        }
        bank = Bank(grammar, self._evaluator, inputs, size)
        count, before = 0, 0
        for batch in bank.run():
            self.made, before = self.made + bank.made - before, bank.made
            yield None
            if batch.nonterminal != grammar.start:
                continue
            for i in range(len(batch.rows)):
                count += 1
                if count > MOST_PROGRAMS or (function.name in self._unconstrained and count > 1):
                    return
                yield batch.cost, bank.built(batch, i)

    def _judge(self, bodies: Mapping[str, Term]) -> Found | None:
        functions = {
            f.name: DefinedFunction(f.name, f.parameters, f.sort, inline(bodies[f.name], self._definitions))
            for f in self._problem.functions
        }
        claims = [inline(c, functions) for c in self._constraints]
        if not self._holds(claims):
            return None
        answer = self._oracle(dict(bodies))
        if isinstance(answer, Refuted):
            self._points.append({n: answer.point[n] for n in self._variables})
            return None
        return Found(dict(bodies), answer, "joint")

    def _holds(self, claims: Sequence[Term]) -> bool:
        env = {n: self._evaluator.column([p[n] for p in self._points], s) for n, s in self._variables.items()}
        return all(bool(np.all(self._evaluator.evaluate(c, env))) for c in claims)


def _compositions(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    """Yield the ways to write `total` as a sum of `parts` positive numbers."""
    if parts == 1:
        yield (total,)
        return
    for first in range(1, total - parts + 2):
        for rest in _compositions(total - first, parts - 1):
            yield (first, *rest)
