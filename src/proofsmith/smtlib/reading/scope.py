"""What names mean at a place of a problem: sorts, variables, functions."""

from __future__ import annotations

from dataclasses import dataclass, field

from proofsmith.smtlib.terms import Sort


@dataclass(frozen=True)
class Signature:
    """Sorts of a function's parameters, and of its value."""

    arguments: tuple[Sort, ...]
    result: Sort


@dataclass
class Scope:
    """The names declared so far.

    `opaque` names stand in the way of a clear answer: they exist, and may not be used here (the
    functions to find inside an answer). `spelling` collects the older names that operators are given.
    """

    sorts: dict[str, Sort] = field(default_factory=dict)
    variables: dict[str, Sort] = field(default_factory=dict)
    functions: dict[str, Signature] = field(default_factory=dict)
    opaque: dict[str, str] = field(default_factory=dict)
    spelling: dict[str, str] = field(default_factory=dict)

    def inner(self, parameters: dict[str, Sort]) -> Scope:
        """Return the scope of a body: all sorts and functions, and `parameters` as the only variables."""
        return Scope(self.sorts, parameters, self.functions, self.opaque, self.spelling)
