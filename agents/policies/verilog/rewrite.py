"""A design as the rules see it, and what a rule proposes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from proofsmith.verilog.constants import Scope
from proofsmith.verilog.edits import Edit, apply
from proofsmith.verilog.reading import read_module
from proofsmith.verilog.sites import Site, sites
from proofsmith.verilog.syntax import Module


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
