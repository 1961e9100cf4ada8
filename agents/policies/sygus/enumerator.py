"""The enumerator: bottom-up enumeration inside a loop of counterexamples (CEGIS).

A problem of input-output examples is its own set of points; any other starts from a few points
(from all of them where the variables have few values) and takes in each counterexample.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Protocol

import numpy as np

from proofsmith.agents.policies.sygus.assemble import EFFORTS, Assembler, tools_of
from proofsmith.agents.policies.sygus.bank import Bank
from proofsmith.agents.policies.sygus.branches import Branch, find_branch
from proofsmith.agents.policies.sygus.defaults import constants_of, default_grammar
from proofsmith.agents.policies.sygus.goals import (
    Example,
    ExampleGoal,
    Goal,
    Point,
    Shape,
    SpecGoal,
    shape_of,
    specification,
)
from proofsmith.agents.policies.sygus.goals import examples as examples_of
from proofsmith.agents.policies.sygus.joining import join
from proofsmith.agents.policies.sygus.rules import Grammar, compile_grammar, inline, inlined_definitions
from proofsmith.agents.policies.sygus.text_cases import CaseAssembler
from proofsmith.agents.policies.sygus.vector.evaluate import Evaluator, NotVectorised
from proofsmith.agents.policies.sygus.vector.strings import Interner
from proofsmith.agents.policies.sygus.weights import Weights
from proofsmith.smtlib.problem import Problem, SynthFunction
from proofsmith.smtlib.reading.problem_reader import depends
from proofsmith.smtlib.terms import Sort, Term, subterms


@dataclass(frozen=True)
class Found:
    """A program for each function to find, by name. `proved` if Z3 has proved it already."""

    bodies: dict[str, Term]
    proved: bool = False
    how: str = "enumerate"


@dataclass(frozen=True)
class Refuted:
    """The oracle's answer for a wrong program: a point where it is wrong."""

    point: Point


class Oracle(Protocol):
    """Says whether bodies for the functions are right for all inputs."""

    def __call__(self, bodies: dict[str, Term]) -> Refuted | bool:
        """Return a counterexample, or true if it is proved right, false if unknown."""
        ...


@dataclass(frozen=True)
class EnumeratorSettings:
    """How the enumerator searches.

    Attributes:
        first_points: examples (or random points) to start from; counterexamples join them.
        first_points_text: the same where the function works on strings.
        more_points: wrong points taken in at a time.
        patience: programs evaluated before the costs of the rules are learnt anew (see `weights`).
        patience_text: the same where the function works on strings.
        capacity: bytes of columns kept.
        seed: of random points.
    """

    first_points: int = 48
    first_points_text: int = 12
    more_points: int = 12
    patience: int = 3_000_000
    patience_text: int = 400_000
    capacity: int = 800_000_000
    seed: int = 0


class Enumerator:
    """Finds programs for a problem with one function. Deterministic: the same steps in the same order.

    Attributes:
        made: programs evaluated so far.
        exhaustive: set when it ends, if every program of the grammar was tried, and each was wrong at
            some point: then there is none.
    """

    def __init__(self, problem: Problem, oracle: Oracle, settings: EnumeratorSettings) -> None:
        """Raises `NotVectorised`: the problem has several functions, nested applications or other sorts."""
        self.problem, self.oracle, self.settings = problem, oracle, settings
        self.made = 0
        self.exhaustive = False
        self.examples = examples_of(problem)
        self.shape = None if self.examples else shape_of(problem)
        if self.examples is None and self.shape is None:
            raise NotVectorised("several functions, or a function of its own values")
        self.function = problem.functions[0]
        self.grammar = grammar_of(problem, self.function)
        self.definitions = inlined_definitions(problem.definitions)
        self.text = any(s.name == "String" for s in self.grammar.sorts.values())
        longest = 10_000
        if self.examples and self.text:
            values = [v for e in self.examples for v in (*e.inputs, e.output) if isinstance(v, str)]
            longest = 2 * max(map(len, values), default=20) + 10
        self.evaluator = Evaluator(Interner(longest))
        self._banned: set[Term] = set()
        self._partial = False
        self._rng = random.Random(settings.seed)

    def run(self) -> Iterator[Found | None]:
        """Yield programs as they are found, and ``None`` after each step of work.

        Ends when no program of the grammar is left that could be right.
        """
        source = _Examples(self) if self.examples else _Points(self)
        while True:
            again = False
            goal = source.goal()
            for step in self._round(goal):
                if step is None:
                    yield None
                    continue
                if step in self._banned:
                    continue
                found = source.judge(step)
                if found is None:
                    again = True
                    break
                self._banned.add(step)
                yield found
            if not again:
                self.exhaustive = self._whole_grammar() and not self._partial and not self._banned
                return

    def _whole_grammar(self) -> bool:
        """Whether the rules derive everything that the function's grammar does."""
        productions = [p for n in self.function.grammar for p in n.productions]
        return bool(productions) and not any(
            t.kind == "any-constant" for p in productions for t in subterms(p)
        )

    def assemble(self) -> Iterator[Found | None]:
        """Yield string programs put together from pieces (see `assemble`), ``None`` between steps.

        Yields nothing for problems that are not examples of a string function.
        """
        tools = tools_of(self.grammar) if self.examples else None
        if tools is None or self.function.sort.name != "String":
            return
        source = _Examples(self)
        branch = find_branch(self.grammar)
        for effort in (*EFFORTS[:2], None, *EFFORTS[2:]):
            again = True
            while again:
                again = False
                goal = source.goal()
                assembler: Assembler | CaseAssembler
                if effort is None:
                    if branch is None:
                        break
                    assembler = CaseAssembler(self.grammar, tools, branch, self.evaluator, goal)
                    steps = assembler.run()
                else:
                    assembler = Assembler(self.grammar, tools, self.evaluator, goal.inputs, goal.target)
                    steps = assembler.run(effort)
                for step in steps:
                    if step is None:
                        yield None
                        continue
                    found = source.judge(step)
                    if found is None:
                        again = True
                        break
                    yield replace(found, how="assemble")
                self.made += assembler.made

    def _round(self, goal: Goal) -> Iterator[Term | None]:
        """Yield programs that are right on all points of `goal`, ``None`` between steps.

        Starts over with learnt costs of the rules after a while, each time with more patience.
        """
        branch = find_branch(self.grammar) if goal.pointwise else None
        weights = Weights(self.grammar) if goal.pointwise else None
        costs: dict[Term, int] = {}
        patience = self.settings.patience_text if self.text else self.settings.patience
        while True:
            before = self.made
            bank = Bank(
                self.grammar.with_costs(costs),
                self.evaluator,
                goal.inputs,
                goal.size,
                capacity=self.settings.capacity,
                chunk=1 << 16 if self.text else 1 << 18,
            )
            again = False
            for step in self._sweep(bank, goal, branch, weights):
                self.made = before + bank.made
                yield step
                if step is None and weights is not None and bank.made > patience:
                    learnt = weights.costs()
                    patience *= 4
                    again = learnt != costs
                    costs = learnt
                    if again:
                        break
            self._partial = bank.partial
            if not again:
                return

    def _sweep(
        self, bank: Bank, goal: Goal, branch: Branch | None, weights: Weights | None
    ) -> Iterator[Term | None]:
        """Enumerate with fixed costs, joining now and then."""
        tried, cost = 0, 0
        for batch in bank.run():
            if batch.nonterminal == self.grammar.start and len(batch.rows):
                right = goal.right(batch.rows)
                for i in np.flatnonzero(right.all(axis=1))[:4]:
                    yield bank.built(batch, int(i))
                if weights is not None:
                    weights.watch(bank, batch, right)
            if branch is not None and (
                (batch.cost > cost and bank.made > 1.2 * tried) or bank.made > 2 * tried + 20_000
            ):
                tried, cost = bank.made, batch.cost
                joined = join(bank, goal, branch)
                if joined is not None:
                    yield joined[0]
            yield None
        if branch is not None:
            joined = join(bank, goal, branch)
            if joined is not None:
                yield joined[0]

    def column(self, term: Term, inputs: dict[str, Any], size: int) -> Any:
        """Return the values of a program on `inputs`."""
        values = self.evaluator.evaluate(inline(term, self.definitions), inputs)
        return np.broadcast_to(values, (size,))


class _Examples:
    """Points that are input-output examples: some first, then those that go wrong."""

    def __init__(self, search: Enumerator) -> None:
        assert search.examples is not None
        self._search, self._all = search, list(search.examples)
        first = search.settings.first_points_text if search.text else search.settings.first_points
        self._active: list[Example] = self._all[:first]
        self._whole = ExampleGoal(search.function, self._all, search.evaluator)

    def goal(self) -> ExampleGoal:
        return ExampleGoal(self._search.function, self._active, self._search.evaluator)

    def judge(self, term: Term) -> Found | None:
        """Return the program if it is right everywhere; else take in where it is not."""
        search = self._search
        values = search.column(term, self._whole.inputs, self._whole.size)
        wrong = np.flatnonzero(~self._whole.right(values[None, :])[0])
        if not len(wrong):
            return Found({search.function.name: term}, True)
        more = [self._all[int(i)] for i in wrong if self._all[int(i)] not in self._active]
        self._active += more[: search.settings.more_points]
        return None


class _Points:
    """Points of a specification: all, or random ones; counterexamples join them."""

    def __init__(self, search: Enumerator) -> None:
        assert search.shape is not None
        self._search, self._shape = search, search.shape
        every = _all_points(self._shape)
        self.complete = every is not None
        self._points: list[Point] = every or self._random(search.settings.first_points // 4)

    def goal(self) -> Goal:
        return SpecGoal(self._shape, self._points, self._search.evaluator)

    def judge(self, term: Term) -> Found | None:
        search = self._search
        bodies = {search.function.name: term}
        if self.complete:
            return Found(bodies, True)
        if self._shape.variables:
            trial = self._random(300)
            goal = SpecGoal(self._shape, trial, search.evaluator)
            values = search.column(term, goal.inputs, goal.size)
            wrong = np.flatnonzero(~goal.right(values[None, :])[0])
            if len(wrong):
                self._points += [trial[int(i)] for i in wrong[: search.settings.more_points // 4]]
                return None
        answer = search.oracle(bodies)
        if isinstance(answer, Refuted):
            point = {n: answer.point.get(n, _zero(s)) for n, s in self._shape.variables.items()}
            if point in self._points:  # columns and solver disagree: leave the decision to the verifier
                return Found(bodies, False)
            self._points.append(point)
            return None
        return Found(bodies, answer)

    def _random(self, count: int) -> list[Point]:
        rng = self._search._rng
        return [{n: draw(s, rng) for n, s in self._shape.variables.items()} for _ in range(count)]


def grammar_of(problem: Problem, function: SynthFunction) -> Grammar:
    """Return the function's grammar, or the usual one of its sorts, ready for enumeration."""
    productions = [p for n in function.grammar for p in n.productions]
    needed = not productions or any(t.kind == "any-constant" for p in productions for t in subterms(p))
    constants = constants_of(specification(problem)) if needed else {}
    hidden = {f.name for f in problem.functions}
    usable = [d for d in problem.definitions if d.parameters and not depends(d, hidden)]
    nonterminals = function.grammar or default_grammar(function, constants, usable)
    return compile_grammar(function, nonterminals, inlined_definitions(problem.definitions), constants)


def _all_points(shape: Shape) -> list[Point] | None:
    """Every valuation, if there are at most 256 (and few enough applications)."""
    sizes = {"Bool": 1}
    bits = 0
    for sort in shape.variables.values():
        if sort.name not in ("Bool", "BitVec"):
            return None
        bits += sizes.get(sort.name, sort.width)
    if bits > 8:
        return None
    ranges: list[Sequence[Any]] = [
        (False, True) if s.name == "Bool" else range(1 << s.width) for s in shape.variables.values()
    ]
    return [dict(zip(shape.variables, values, strict=True)) for values in product(*ranges)]


def draw(sort: Sort, rng: random.Random) -> Any:
    """Return a random value of a sort: small numbers, short texts, corners of bit-vectors."""
    if sort.name == "Bool":
        return rng.random() < 0.5
    if sort.name == "Int":
        return rng.randint(-10, 10) if rng.random() < 0.8 else rng.randint(-100, 100)
    if sort.name == "BitVec":
        if rng.random() < 0.3:
            return rng.choice([0, 1, 2, (1 << sort.width) - 1, 1 << (sort.width - 1)]) % (1 << sort.width)
        return rng.getrandbits(sort.width)
    return "".join(rng.choice("ab 01") for _ in range(rng.randint(0, 5)))


def _zero(sort: Sort) -> Any:
    return {"Bool": False, "String": ""}.get(sort.name, 0)
