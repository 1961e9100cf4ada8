"""Replacing calls of defined functions by their bodies."""

from __future__ import annotations

from collections.abc import Iterable

from proofsmith.smtlib.problem import DefinedFunction
from proofsmith.smtlib.semantics import TooLarge
from proofsmith.smtlib.terms import Term, postorder, rebuild, substitute, var, with_args

MAX_NODES = 200_000
"""Most nodes that are built; expanding can double the size with every definition."""


class Expander:
    """Expands terms over given definitions, which must be in an order where each uses earlier ones only."""

    def __init__(self, definitions: Iterable[DefinedFunction]) -> None:
        self._bodies: dict[str, tuple[tuple[str, ...], Term, int]] = {}
        self._built = 0
        for definition in definitions:
            # Names that no symbol can have, so that no parameter captures a variable of the problem.
            own = {
                name: var(f"|{i}|{definition.name}", s) for i, (name, s) in enumerate(definition.parameters)
            }
            body = self.expand(substitute(definition.body, own))
            size = sum(1 for _ in postorder(body))
            self._bodies[definition.name] = (tuple(v.name for v in own.values()), body, size)

    def expand(self, term: Term) -> Term:
        """Return `term` without calls of the definitions; equal calls share one expansion.

        Raises:
            TooLarge: more than `MAX_NODES` nodes would be built.
        """
        known: dict[Term, Term] = {}

        def change(t: Term, args: tuple[Term, ...]) -> Term:
            if t.kind != "app" or t.name not in self._bodies:
                return with_args(t, args)
            call = with_args(t, args)
            if call not in known:
                parameters, body, size = self._bodies[t.name]
                self._built += size
                if self._built > MAX_NODES:
                    raise TooLarge(
                        f"the definitions grow beyond {MAX_NODES:,} nodes when they are written out"
                    )
                known[call] = substitute(body, dict(zip(parameters, args, strict=True)))
            return known[call]

        return rebuild(term, change)


def expand(term: Term, definitions: Iterable[DefinedFunction]) -> Term:
    """Return `term` with every call of a definition replaced; see `Expander`, faster for many terms."""
    return Expander(definitions).expand(term)
