"""Dafny statements as frozen dataclasses."""

from __future__ import annotations

from dataclasses import dataclass

from proofsmith.dafny.expressions import Pattern
from proofsmith.dafny.nodes import Attribute, Clause, Expression, Node, Statement, Type, Variable


@dataclass(frozen=True, slots=True)
class Block(Statement):
    """``{ statements }``."""

    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Assert(Statement):
    """``assert label: e by proof``."""

    condition: Expression
    proof: Block | None = None
    label: str = ""
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True)
class Assume(Statement):
    """``assume e;`` or ``expect e, message;``; `kind` is assume or expect. No condition is ``...``."""

    kind: str
    condition: Expression
    message: Expression | None = None
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True)
class New(Expression):
    """``new T``, ``new T(args)``, ``new T.Init(args)``, ``new T[n, m](f)``: a right-hand side only.

    Attributes:
        type: the class (with the constructor's name) or the elements' type; ``None`` in ``new [n]``.
        arguments: of the constructor; ``None`` without parentheses.
        lengths: of an array's dimensions.
        initial: what fills an array: a function of the indices, or a display of the elements.
    """

    type: Type | None
    arguments: tuple[Expression, ...] | None = None
    lengths: tuple[Expression, ...] = ()
    initial: Expression | None = None


@dataclass(frozen=True, slots=True)
class VarDeclaration(Statement):
    """``ghost var x: T, y := e, f;``.

    Attributes:
        variables: what is declared; empty if `pattern` is given.
        operator: ``:=``, ``:|``, ``:-``, or empty without initial values.
        values: the right-hand sides.
        pattern: of ``var Cons(x, y) := e;``.
        assumed: ``:| assume``.
        proof: the block behind ``by``, where the call's precondition is proved.
    """

    variables: tuple[Variable, ...]
    operator: str = ""
    values: tuple[Expression, ...] = ()
    pattern: Pattern | None = None
    ghost: bool = False
    assumed: bool = False
    attributes: tuple[Attribute, ...] = ()
    proof: Block | None = None


@dataclass(frozen=True, slots=True)
class Assign(Statement):
    """``a, b := e, f;``; `operator` is ``:=``, ``:|`` or ``:-`` (then `targets` may be empty)."""

    targets: tuple[Expression, ...]
    operator: str
    values: tuple[Expression, ...]
    assumed: bool = False
    attributes: tuple[Attribute, ...] = ()
    proof: Block | None = None


@dataclass(frozen=True, slots=True)
class CallStatement(Statement):
    """``f(x);`` or ``f(x) by { }``: the call of a method or lemma."""

    call: Expression
    attributes: tuple[Attribute, ...] = ()
    proof: Block | None = None


@dataclass(frozen=True, slots=True)
class If(Statement):
    """``if guard { } else ...``; `otherwise` is a block or another `If`."""

    guard: Expression
    then: Block
    otherwise: Block | If | None = None
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True)
class Alternative(Node):
    """``case guard => statements``."""

    guard: Expression
    statements: tuple[Statement, ...]
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True)
class IfCases(Statement):
    """``if { case ... }``."""

    alternatives: tuple[Alternative, ...]


@dataclass(frozen=True, slots=True)
class While(Statement):
    """``while guard clauses body``; `body` is ``None`` for a loop without one."""

    guard: Expression
    clauses: tuple[Clause, ...]
    body: Block | None
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True)
class WhileCases(Statement):
    """``while clauses { case ... }``."""

    clauses: tuple[Clause, ...]
    alternatives: tuple[Alternative, ...]
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True)
class For(Statement):
    """``for i := low to high``; `direction` is to or downto, `high` may be a `Star`."""

    variable: Variable
    low: Expression
    direction: str
    high: Expression
    clauses: tuple[Clause, ...]
    body: Block | None
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True)
class MatchStatementCase(Node):
    """``case pattern => statements``."""

    pattern: Pattern
    statements: tuple[Statement, ...]
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True)
class MatchStatement(Statement):
    """``match e { case ... }``."""

    subject: Expression
    cases: tuple[MatchStatementCase, ...]
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True)
class Forall(Statement):
    """``forall x | range ensures e { proof }``: a proof for all x, an aggregate assignment or call."""

    variables: tuple[Variable, ...]
    range: Expression | None
    clauses: tuple[Clause, ...]
    body: Block | None
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True)
class CalcStep(Node):
    """A line of a calculation with the operator and the hints that stand before it."""

    operator: str
    hints: tuple[Statement, ...]
    line: Expression | None


@dataclass(frozen=True, slots=True)
class Calc(Statement):
    """``calc op { e; op { hints } e; ... }``."""

    operator: str
    steps: tuple[CalcStep, ...]
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True)
class Jump(Statement):
    """``return e, f;``, ``break label;``, ``continue label;``, ``yield e;``; `kind` is the first word."""

    kind: str
    values: tuple[Expression, ...] = ()
    label: str = ""


@dataclass(frozen=True, slots=True)
class Print(Statement):
    """``print e, f;``."""

    values: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Reveal(Statement):
    """``reveal f(), g;`` or ``hide f;``."""

    kind: str
    values: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Modify(Statement):
    """``modify frame;`` with or without a body."""

    frame: tuple[Expression, ...]
    clauses: tuple[Clause, ...] = ()
    body: Block | None = None
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True)
class Labelled(Statement):
    """``label L: statement``."""

    label: str
    statement: Statement


@dataclass(frozen=True, slots=True)
class OpaqueBlock(Statement):
    """``opaque ensures e { }`` of Dafny 4."""

    clauses: tuple[Clause, ...]
    body: Block


@dataclass(frozen=True, slots=True)
class Skeleton(Statement):
    """``...;``: what a refining module takes over."""


@dataclass(frozen=True, slots=True)
class Division(Statement):
    """``new;``, which divides the body of a constructor in two."""


@dataclass(frozen=True, slots=True)
class Empty(Statement):
    """A lone ``;`` where old files have one."""


Loop = While | WhileCases | For
"""The statements that take invariants."""
