"""A design as the rules see it, and what a rule proposes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import prod

from proofsmith.verilog.constants import Scope
from proofsmith.verilog.edits import Edit, apply
from proofsmith.verilog.functions import Function, functions
from proofsmith.verilog.ranges import Interval, ranges
from proofsmith.verilog.reading import read_module
from proofsmith.verilog.sites import Site, sites
from proofsmith.verilog.stepping import MAX_STATES, Reached, State, reached, system_of
from proofsmith.verilog.syntax import Always, Binary, Module, walk


class States:
    """What is known of the values that registers of a module have together; found when asked for."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._known: dict[tuple[str, ...], Reached | None] = {}

    @cached_property
    def ranges(self) -> dict[str, Interval]:
        """An interval for every signal that has one."""
        return ranges(self._scope)

    @cached_property
    def functions(self) -> dict[str, Function]:
        """What each signal becomes."""
        return functions(self._scope.module)

    def around(self, register: str) -> Reached | None:
        """The states of a register and all registers that it depends on, if these are probably all."""
        return self.jointly(register)

    def jointly(self, *registers: str) -> Reached | None:
        """The states that several registers, and all that these depend on, are in at the same time."""
        if registers not in self._known:
            system = system_of(self._scope, registers)
            found = None if system is None else reached(system)
            self._known[registers] = found if found is not None and found.likely else None
        return self._known[registers]

    def together(self, wanted: Sequence[str]) -> frozenset[State] | None:
        """The combinations of values that signals have; ``None`` if one of them is no register, or unknown.

        What is known of one register alone is combined freely with what is known of others.
        """
        found: list[tuple[tuple[str, ...], frozenset[State]]] = []
        left = list(wanted)
        while left:
            states = self.around(left[0])
            if states is None:
                return None
            covered = tuple(n for n in left if n in states.registers)
            found.append((covered, states.values(covered)))
            left = [n for n in left if n not in covered]
        order = [n for covered, _ in found for n in covered]
        if prod(len(values) for _, values in found) > MAX_STATES:
            return None
        places = [order.index(n) for n in wanted]
        combined = (sum(parts, ()) for parts in product(*(values for _, values in found)))
        return frozenset(tuple(whole[i] for i in places) for whole in combined)


@dataclass(frozen=True)
class Design:
    """One module in its file.

    Attributes:
        source: the whole text.
        module: the module that is worked on.
    """

    source: str
    module: Module

    @classmethod
    def of(cls, source: str, top: str) -> Design:
        """Read the module `top` of `source`.

        Raises:
            BadInput: it cannot be read.
        """
        return cls(source, read_module(source, top))

    @cached_property
    def scope(self) -> Scope:
        """Its names."""
        return Scope(self.module)

    @cached_property
    def states(self) -> States:
        """The states that its registers reach."""
        return States(self.scope)

    @cached_property
    def keys(self) -> frozenset[str]:
        """What occurs in it: operators, kinds of nodes, and ``"register"``."""
        found: set[str] = set()
        for node in walk(self.module):
            found.add(node.operator if isinstance(node, Binary) else type(node).__name__)
            if isinstance(node, Always) and node.clocked:
                found.add("register")
        return frozenset(found)

    @cached_property
    def sites(self) -> tuple[Site, ...]:
        """Every expression in its place."""
        return tuple(sites(self.scope))


@dataclass(frozen=True)
class Rewrite:
    """A changed text.

    Attributes:
        source: the whole file, rewritten.
        rule: what did it.
        thought: what was done, for people.
        weight: how promising the kind of change is, positive, 1 for ordinary.
    """

    source: str
    rule: str
    thought: str
    weight: float = 1.0


Rule = Callable[[Design], Iterator[Rewrite]]
"""Proposes changes of a design. They should keep its meaning, and the verifier decides whether they do."""


def rewritten(
    design: Design, edits: Iterable[Edit], rule: str, thought: str, weight: float = 1.0
) -> Iterator[Rewrite]:
    """Yield the rewrite that `edits` make, or nothing where they overlap."""
    try:
        source = apply(design.source, edits)
    except ValueError:
        return
    if source != design.source:
        yield Rewrite(source, rule, thought, weight)
