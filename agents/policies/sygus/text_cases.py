"""Conditional string programs: examples divided by a cheap test, each part assembled by itself."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from proofsmith.agents.policies.sygus.assemble import Assembler, Effort, Tools
from proofsmith.agents.policies.sygus.bank import Bank
from proofsmith.agents.policies.sygus.branches import Branch
from proofsmith.agents.policies.sygus.goals import ExampleGoal
from proofsmith.agents.policies.sygus.rules import Grammar
from proofsmith.agents.policies.sygus.vector.evaluate import Evaluator
from proofsmith.smtlib.terms import Term

MOST_TESTS = 60
"""Different ways to divide the examples that are tried, cheapest first."""
TEST_COST = 6
EFFORT = Effort(1, 7, 200, 200)


class CaseAssembler:
    """Assembles a program for each part of the examples, where one program for all is not found.

    Attributes:
        made: programs evaluated so far.
    """

    def __init__(
        self, grammar: Grammar, tools: Tools, branch: Branch, evaluator: Evaluator, goal: ExampleGoal
    ) -> None:
        self._grammar, self._tools, self._branch = grammar, tools, branch
        self._evaluator, self._goal = evaluator, goal
        self._known: dict[bytes, Term | None] = {}
        self._tests: list[tuple[NDArray[np.bool_], Term]] = []
        self.made = 0

    def run(self) -> Iterator[Term | None]:
        """Yield a program that is right on all examples, ``None`` between steps of work."""
        yield from self._collect()
        everything = np.ones(self._goal.size, dtype=bool)
        for depth in (1, 2):
            yield from self._divide(everything, depth)
            found = self._known.get(_key(everything))
            if found is not None:
                yield found
                return

    def _collect(self) -> Iterator[None]:
        """Find the tests: one term for each way to divide the examples."""
        rules = {
            n: tuple(
                r
                for r in rs
                if r.meaning.kind != "app" or r.meaning.name not in ("ite", "str.++", "str.substr")
            )
            for n, rs in self._grammar.rules.items()
        }
        bank = Bank(
            Grammar(self._grammar.start, self._grammar.sorts, rules),
            self._evaluator,
            self._goal.inputs,
            self._goal.size,
        )
        for _ in bank.run(TEST_COST):
            if bank.made > 150_000:
                break
            yield None
        self.made += bank.made
        seen: set[bytes] = set()
        for first, rows in self._branch.conditions(bank):
            for i in np.flatnonzero(rows.any(axis=1) & ~rows.all(axis=1)):
                key = _key(rows[i] ^ rows[i][0])
                if key not in seen and len(self._tests) < MOST_TESTS:
                    seen.add(key)
                    self._tests.append((rows[i].copy(), bank.term(self._branch.tests, first + int(i))))

    def _divide(self, part: NDArray[np.bool_], depth: int) -> Iterator[None]:
        """Find a program for `part` of the examples, with at most `depth` tests below each other."""
        key = _key(part)
        if self._known.get(key) is not None:
            return
        if key not in self._known:
            yield from self._whole(part)
        if self._known[key] is not None or depth == 0:
            return
        for truth, test in self._tests:
            yes, no = part & truth, part & ~truth
            if not yes.any() or not no.any():
                continue
            smaller, larger = sorted((yes, no), key=lambda p: int(p.sum()))
            yield from self._divide(smaller, 0)
            if self._known[_key(smaller)] is None:
                continue
            yield from self._divide(larger, depth - 1)
            then, other = self._known[_key(yes)], self._known[_key(no)]
            if then is not None and other is not None:
                self._known[key] = self._branch.build(test, then, other)
                return

    def _whole(self, part: NDArray[np.bool_]) -> Iterator[None]:
        """One program without tests for `part`, or note that there is none."""
        inputs = {n: c[part] for n, c in self._goal.inputs.items()}
        assembler = Assembler(self._grammar, self._tools, self._evaluator, inputs, self._goal.target[part])
        self._known[_key(part)] = None
        for step in assembler.run(EFFORT):
            if step is not None:
                self._known[_key(part)] = step
                break
            yield None
        self.made += assembler.made


def _key(part: NDArray[np.bool_]) -> bytes:
    return bytes(np.packbits(part))
