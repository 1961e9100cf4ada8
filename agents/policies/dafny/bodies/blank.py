"""A method that lacks its body, with what the families of guesses need to know of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from proofsmith.agents.policies.dafny.formula import Formula, formula
from proofsmith.dafny import expressions as ex
from proofsmith.dafny.declarations import Method
from proofsmith.dafny.interpret import Frame, Machine
from proofsmith.dafny.interpret_domains import stripped
from proofsmith.dafny.nodes import Expression, Type, Variable

ROWS = ("seq", "string", "array")
INTS = ("int", "nat")


@dataclass
class Deadline:
    """The end of the time for guessing (`time.monotonic()`); moved on when more guesses are wanted."""

    at: float

    def over(self) -> bool:
        """Whether the time is over."""
        return time.monotonic() > self.at

    def within(self, seconds: float) -> float:
        """Return the end of the next `seconds`, or this one if it comes first."""
        return min(self.at, time.monotonic() + seconds)


@dataclass(frozen=True)
class Blank:
    """A method without a body.

    Attributes:
        machine: of the program it stands in.
        method: what is to be written.
        frames: inputs that meet the preconditions.
    """

    machine: Machine
    method: Method
    frames: tuple[Frame, ...]

    @cached_property
    def requires(self) -> tuple[Formula, ...]:
        """What may be assumed, one conjunct each."""
        return tuple(self._clauses("requires"))

    @cached_property
    def ensures(self) -> tuple[Formula, ...]:
        """What is to be reached, one conjunct each."""
        return tuple(self._clauses("ensures"))

    @cached_property
    def goals(self) -> tuple[Expression, ...]:
        """What is to be reached, as far as possible in a form that can be evaluated."""
        return tuple(e for f in self.ensures for e in _evaluable(f))

    @cached_property
    def taken(self) -> frozenset[str]:
        """Names that a local variable must not have."""
        names = {v.name for v in (*self.method.parameters, *self.method.results)}
        return frozenset(names | set(self.machine.functions) | set(self.machine.constructors))

    @cached_property
    def modified(self) -> tuple[Variable, ...]:
        """The arrays among the parameters that may be modified."""
        clauses = [c for c in self.method.clauses if c.kind == "modifies"]
        named = {e.name for c in clauses for e in c.expressions if isinstance(e, ex.Name)}
        return tuple(p for p in self.method.parameters if p.name in named and named_type(p) == "array")

    def fresh(self, *wanted: str) -> tuple[str, ...]:
        """Return names like those wanted that are not taken."""
        found: list[str] = []
        for name in wanted:
            tries = (name, *(f"{name}{k}" for k in range(100)))
            found.append(next(n for n in tries if n not in self.taken and n not in found))
        return tuple(found)

    def _clauses(self, kind: str) -> Iterator[Formula]:
        for clause in self.method.clauses:
            if clause.kind == kind and clause.expressions:
                whole = formula(self.machine.program.text(clause.expressions[0]))
                yield from whole.conjuncts() if whole is not None else ()


def _evaluable(f: Formula) -> Iterator[Expression]:
    """``forall x :: A <==> B`` as two implications: then what x may be can be read from A and from B."""
    tree = stripped(f.tree)
    if isinstance(tree, ex.Quantifier) and tree.kind == "forall":
        body = stripped(tree.body)
        if isinstance(body, ex.Binary) and body.operator == "<==>":
            for one, other in ((body.left, body.right), (body.right, body.left)):
                yield replace(tree, body=replace(body, operator="==>", left=one, right=other))
            return
    yield f.tree


def named_type(variable: Variable) -> str:
    """Return the name of a variable's type; empty if it is not given."""
    return "" if variable.type is None else variable.type.name


def element(declared: Type | None) -> str:
    """Return the element type of a sequence or array, as text."""
    if declared is None or declared.name == "string":
        return "char"
    return type_text(declared.arguments[0]) if declared.arguments else "int"


def type_text(declared: Type) -> str:
    """Return a type as it is written."""
    if not declared.arguments:
        return declared.name
    inside = ", ".join(type_text(a) for a in declared.arguments)
    return f"({inside})" if not declared.name else f"{declared.name}<{inside}>"


def size_of(row: Variable) -> str:
    """Return the length of a sequence or array, as text."""
    return f"{row.name}.Length" if named_type(row) == "array" else f"|{row.name}|"


def equation(f: Formula, name: str) -> str | None:
    """Return the text of what a formula says that the variable `name` equals, if it does."""
    tree = stripped(f.tree)
    sides: tuple[Expression, Expression] | None = None
    if isinstance(tree, ex.Comparison) and tree.operators == ("==",):
        sides = (tree.operands[0], tree.operands[1])
    elif isinstance(tree, ex.Binary) and tree.operator == "<==>":
        sides = (tree.left, tree.right)
    if sides is None:
        return None
    for one, other in (sides, sides[::-1]):
        one = stripped(one)
        if isinstance(one, ex.Name) and one.name == name:
            text = f.at(stripped(other))
            found = formula(text)
            return text if found is not None and name not in found.free else None
    return None
