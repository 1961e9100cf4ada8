"""The enumerators of one problem, shared by its schemes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from proofsmith.agents.policies.symbolic.enumerate import Enumerator
from proofsmith.agents.policies.symbolic.expr import Expr, constant, variable
from proofsmith.agents.policies.symbolic.functions import FunctionBank
from proofsmith.agents.policies.symbolic.grammar import first_order, operators
from proofsmith.agents.policies.symbolic.problem import Problem
from proofsmith.agents.policies.symbolic.types import CHR, STR, Type, list_of

SOURCES = 10
"""How many list expressions lend their elements to a pool."""


class Workspace:
    """A problem with its operators, its main enumerator and its functions."""

    def __init__(
        self, problem: Problem, weights: Mapping[str, int] | None = None, capacity: int = 60_000
    ) -> None:
        self.problem = problem
        self.ops = operators(problem, weights)
        self.simple_ops = first_order(self.ops)
        self.functions: dict[Type, FunctionBank] = {}
        self.main = Enumerator(self.ops, self.leaves(), problem.goal, self._functions, capacity)
        self.main.uses_floats()

    @property
    def evaluated(self) -> int:
        """Evaluations made so far in all enumerators of this workspace."""
        return self.main.evaluated + sum(f.bank.evaluated for f in self.functions.values())

    def leaves(self) -> list[Expr]:
        """Return the parameters and constants with their values on all rows."""
        p = self.problem
        leaves = [
            variable(name, slot, type_, 2 if type_.name != "?" else 9, tuple(r[slot] for r in p.rows))
            for slot, (name, type_) in enumerate(zip(p.names, p.types, strict=True))
        ]
        return leaves + [constant(c.value, c.text, c.type, c.cost, len(p.rows)) for c in p.constants]

    def _functions(self, element: Type, result: Type, cost: int) -> Sequence[Expr]:
        bank = self.functions.get(element)
        if bank is None:
            sources: list[Expr] = []
            if element is CHR:
                sources = list(self.main.every(STR))[:SOURCES]
            else:
                sources = list(self.main.every(list_of(element)))[:SOURCES]
            bank = self.functions[element] = FunctionBank(self.problem, element, sources, self.simple_ops)
        return bank.level(result, cost)
