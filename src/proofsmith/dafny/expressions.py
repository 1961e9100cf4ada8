"""Dafny expressions as frozen dataclasses; the names are those of the Dafny reference manual."""

from __future__ import annotations

from dataclasses import dataclass

from proofsmith.dafny.nodes import Attribute, Clause, Expression, Node, Statement, Type, Variable


@dataclass(frozen=True, slots=True)
class Literal(Expression):
    """A literal as written; `kind` is int, real, bool, null, char, or string."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class This(Expression):
    """The receiver, ``this``."""


@dataclass(frozen=True, slots=True)
class Star(Expression):
    """``*`` where a clause, guard or right-hand side allows it."""


@dataclass(frozen=True, slots=True)
class Name(Expression):
    """An identifier, with type arguments if it has some."""

    name: str
    type_arguments: tuple[Type, ...] = ()


@dataclass(frozen=True, slots=True)
class Unary(Expression):
    """``-e`` or ``!e``."""

    operator: str
    operand: Expression


@dataclass(frozen=True, slots=True)
class Binary(Expression):
    """An operator with two operands: ``<==> ==> <== + - * / % & | ^ << >>``."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Logical(Expression):
    """A row of operands joined by ``&&``, or by ``||``."""

    operator: str
    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Comparison(Expression):
    """A chain of comparisons: ``operands[0] operators[0] operands[1] ...``; usually of one operator."""

    operators: tuple[str, ...]
    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Cast(Expression):
    """``e as T`` or ``e is T``."""

    operand: Expression
    operator: str
    type: Type


@dataclass(frozen=True, slots=True)
class Cardinality(Expression):
    """``|e|``."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class Parenthesized(Expression):
    """``(e)``."""

    inner: Expression


@dataclass(frozen=True, slots=True)
class Tuple(Expression):
    """``()`` or ``(a, b, ...)``."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class SeqDisplay(Expression):
    """``[a, b]``."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class SetDisplay(Expression):
    """``{a, b}``, ``iset{a}``, ``multiset{a}``; `kind` is set, iset or multiset."""

    kind: str
    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class MapDisplay(Expression):
    """``map[k := v]`` or ``imap[k := v]``."""

    kind: str
    pairs: tuple[tuple[Expression, Expression], ...]


@dataclass(frozen=True, slots=True)
class Primitive(Expression):
    """``old(e)``, ``old@L(e)``, ``fresh(e)``, ``allocated(e)``, ``unchanged(e, ...)``, ``multiset(e)``."""

    name: str
    arguments: tuple[Expression, ...]
    label: str = ""


@dataclass(frozen=True, slots=True)
class Select(Expression):
    """``e.field``: a field, method, destructor (``Cons?``), tuple component or module member."""

    target: Expression
    field: str
    type_arguments: tuple[Type, ...] = ()


@dataclass(frozen=True, slots=True)
class FrameField(Expression):
    """``e`f`` in a frame: one field of an object (of ``this`` if `target` is missing)."""

    target: Expression | None
    field: str


@dataclass(frozen=True, slots=True)
class Index(Expression):
    """``a[i]``, ``m[i, j]``."""

    target: Expression
    indices: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Slice(Expression):
    """``a[low..high]``; either end may be missing."""

    target: Expression
    low: Expression | None
    high: Expression | None


@dataclass(frozen=True, slots=True)
class SliceByLengths(Expression):
    """``s[a:b:c]``: a tuple of consecutive pieces of these lengths."""

    target: Expression
    lengths: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Update(Expression):
    """``s[i := v]``."""

    target: Expression
    pairs: tuple[tuple[Expression, Expression], ...]


@dataclass(frozen=True, slots=True)
class DatatypeUpdate(Expression):
    """``d.(f := v)``; `fields` are the names, in the order of `values`."""

    target: Expression
    fields: tuple[str, ...]
    values: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class NamedArgument(Expression):
    """``x := e`` in a call."""

    name: str
    value: Expression


@dataclass(frozen=True, slots=True)
class Call(Expression):
    """``f(a, b)``; also ``f@label(...)`` and ``f#[k](...)``. ``seq(n, f)`` is a call of the name seq."""

    callee: Expression
    arguments: tuple[Expression, ...]
    label: str = ""
    depth: Expression | None = None


@dataclass(frozen=True, slots=True)
class BindingGuard(Expression):
    """The guard ``x, y :| P``."""

    variables: tuple[Variable, ...]
    condition: Expression
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True)
class IfThenElse(Expression):
    """``if c then a else b``."""

    condition: Expression
    then: Expression
    otherwise: Expression


@dataclass(frozen=True, slots=True)
class Pattern(Node):
    """A case pattern: a variable, constructor with arguments, tuple (`name` empty), literal, or choice.

    Attributes:
        name: of the variable or constructor.
        arguments: ``None`` when there are no parentheses.
        literal: a literal pattern's expression.
        alternatives: of ``A | B``.
    """

    name: str = ""
    arguments: tuple[Pattern, ...] | None = None
    type: Type | None = None
    literal: Expression | None = None
    alternatives: tuple[Pattern, ...] = ()


@dataclass(frozen=True, slots=True)
class MatchCase(Node):
    """``case pattern => body`` of a match expression."""

    pattern: Pattern
    body: Expression
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True)
class Match(Expression):
    """``match e case ...``."""

    subject: Expression
    cases: tuple[MatchCase, ...]


@dataclass(frozen=True, slots=True)
class Quantifier(Expression):
    """``forall x | range :: body``; `kind` is forall or exists."""

    kind: str
    variables: tuple[Variable, ...]
    range: Expression | None
    body: Expression
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True)
class Comprehension(Expression):
    """``set x | range :: body``; `kind` is set, iset, map or imap. `key` is that of ``:: key := body``."""

    kind: str
    variables: tuple[Variable, ...]
    range: Expression | None
    body: Expression | None
    key: Expression | None = None
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True)
class Lambda(Expression):
    """``(x: T) requires P reads R => body``."""

    variables: tuple[Variable, ...]
    clauses: tuple[Clause, ...]
    body: Expression


@dataclass(frozen=True, slots=True)
class Let(Expression):
    """``var patterns := values; body``; `operator` is ``:=``, ``:|`` or ``:-``."""

    patterns: tuple[Pattern, ...]
    operator: str
    values: tuple[Expression, ...]
    body: Expression
    ghost: bool = False
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True)
class StatementExpression(Expression):
    """``statement body``: an assertion, assumption, calculation or lemma call before an expression."""

    statement: Statement
    body: Expression
