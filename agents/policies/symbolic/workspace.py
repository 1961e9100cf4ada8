"""The enumerators of one problem, shared by its schemes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import islice

from proofsmith.agents.policies.symbolic.enumerate import Enumerator
from proofsmith.agents.policies.symbolic.expr import Expr, Op, constant, variable
from proofsmith.agents.policies.symbolic.functions import FunctionBank
from proofsmith.agents.policies.symbolic.grammar import first_order, operators
from proofsmith.agents.policies.symbolic.problem import Problem
from proofsmith.agents.policies.symbolic.types import CHR, STR, Type, list_of

SOURCES = 10
"""How many list expressions lend their elements to a pool."""


class Workspace:
    """A problem with its operators, its main enumerator and its functions.

    `main` keeps the weights it began with: conditionals and the trust in programs are built on it.
    `stop` says that the time of the current call is over.
    `focused` is the enumeration of whole expressions; it starts again when weights have changed.
    """

    def __init__(
        self, problem: Problem, weights: Mapping[str, int] | None = None, capacity: int = 60_000
    ) -> None:
        self.problem = problem
        self.capacity = capacity
        self.stop: Callable[[], bool] = bool
        self.weights = dict(weights or {})
        self.ops = operators(problem, weights)
        self.simple_ops = first_order(self.ops)
        self.main = self._enumerator(self.ops)
        self.focused = self.main

    def focus(self, weights: Mapping[str, int]) -> None:
        """Start the enumeration of expressions again with changed weights."""
        self.focused = self._enumerator(operators(self.problem, weights))

    def _enumerator(self, ops: list[Op]) -> Enumerator:
        functions = _Functions(self, first_order(ops))
        made = Enumerator(ops, self.leaves(), self.problem.goal, functions, self.capacity)
        made.uses_floats()
        functions.main = made
        return made

    @property
    def evaluated(self) -> int:
        """Evaluations made so far in the enumerations of expressions."""
        return self.main.evaluated + (self.focused.evaluated if self.focused is not self.main else 0)

    def leaves(self) -> list[Expr]:
        """Return the parameters and constants with their values on all rows."""
        p = self.problem
        leaves = [
            variable(name, slot, type_, 2, tuple(r[slot] for r in p.rows))
            for slot, (name, type_) in enumerate(zip(p.names, p.types, strict=True))
        ]
        return leaves + [constant(c.value, c.text, c.type, c.cost, len(p.rows)) for c in p.constants]


class _Functions:
    """The function banks of one enumerator, made when they are first asked for."""

    main: Enumerator

    def __init__(self, workspace: Workspace, ops: Sequence[Op]) -> None:
        self._workspace = workspace
        self._ops = ops
        self._banks: dict[Type, FunctionBank] = {}

    def __call__(self, element: Type, result: Type, cost: int) -> Sequence[Expr]:
        bank = self._banks.get(element)
        if bank is None:
            over = STR if element is CHR else list_of(element)
            sources = list(islice(self.main.every(over), SOURCES))
            bank = self._banks[element] = FunctionBank(self._workspace.problem, element, sources, self._ops)
        return bank.level(result, cost, self._workspace.stop)
