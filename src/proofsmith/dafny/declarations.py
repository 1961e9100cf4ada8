"""Dafny declarations as frozen dataclasses, and the whole program."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from proofsmith.dafny.lexer import Token
from proofsmith.dafny.nodes import (
    Attribute,
    Clause,
    Declaration,
    Expression,
    Node,
    Type,
    TypeParameter,
    Variable,
    walk,
)
from proofsmith.dafny.statements import Block


@dataclass(frozen=True, slots=True)
class Method(Declaration):
    """A method, lemma, constructor: what has statements for a body.

    Attributes:
        kind: method, lemma, constructor, colemma, ``inductive lemma``, ``least lemma``,
            ``greatest lemma``, ``twostate lemma``.
        name: empty for an anonymous constructor.
        modifiers: ghost, static, protected, abstract, ...
    """

    kind: str
    name: str
    modifiers: tuple[str, ...]
    type_parameters: tuple[TypeParameter, ...]
    parameters: tuple[Variable, ...]
    results: tuple[Variable, ...]
    clauses: tuple[Clause, ...]
    body: Block | None
    attributes: tuple[Attribute, ...] = ()
    skeleton: bool = False

    @property
    def is_lemma(self) -> bool:
        """Whether it is a lemma of any sort."""
        return self.kind.endswith("lemma")

    @property
    def is_ghost(self) -> bool:
        """Whether it is never compiled."""
        return self.is_lemma or "ghost" in self.modifiers


@dataclass(frozen=True, slots=True)
class FunctionBody(Node):
    """``{ e }`` of a function; `value` is ``None`` only where a marked body has nothing in it."""

    value: Expression | None


@dataclass(frozen=True, slots=True)
class Function(Declaration):
    """A function or predicate.

    Attributes:
        kind: function or predicate, with ``method``, ``inductive``, ``least``, ``greatest``, ``twostate``
            or ``copredicate`` as written.
        result: the result, named or not (then its name is empty); ``None`` for predicates.
        by_method: the body of ``by method``.
    """

    kind: str
    name: str
    modifiers: tuple[str, ...]
    type_parameters: tuple[TypeParameter, ...]
    parameters: tuple[Variable, ...]
    result: Variable | None
    clauses: tuple[Clause, ...]
    body: FunctionBody | None
    by_method: Block | None = None
    attributes: tuple[Attribute, ...] = ()
    skeleton: bool = False

    @property
    def is_predicate(self) -> bool:
        """Whether its result is a bool without being said."""
        return "predicate" in self.kind


@dataclass(frozen=True, slots=True)
class Field(Declaration):
    """``var x: T``, ``const c: T := e``; `kind` is var or const. One node per declaration statement."""

    kind: str
    variables: tuple[Variable, ...]
    modifiers: tuple[str, ...] = ()
    value: Expression | None = None
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True)
class Class(Declaration):
    """A class or trait with its members; `kind` is class or trait."""

    kind: str
    name: str
    modifiers: tuple[str, ...]
    type_parameters: tuple[TypeParameter, ...]
    parents: tuple[Type, ...]
    members: tuple[Declaration, ...]
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True)
class Constructor(Node):
    """A constructor of a datatype; a parameter without a name has an empty one."""

    name: str
    parameters: tuple[Variable, ...] = ()
    modifiers: tuple[str, ...] = ()
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True)
class Datatype(Declaration):
    """A datatype or codatatype."""

    kind: str
    name: str
    modifiers: tuple[str, ...]
    type_parameters: tuple[TypeParameter, ...]
    constructors: tuple[Constructor, ...]
    members: tuple[Declaration, ...] = ()
    parents: tuple[Type, ...] = ()
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True)
class TypeDeclaration(Declaration):
    """``type T``, ``type T = U``, ``type T = x: U | P witness w``, ``newtype ...``.

    Attributes:
        kind: type or newtype.
        base: what is on the right of ``=``; ``None`` for an opaque type and where there is a variable.
        variable: of a subset type, with the base type; `constraint` is its condition.
        witness: of ``witness e`` (a `Star` for ``witness *``).
        marks: ``(==)`` and the like behind the name.
    """

    kind: str
    name: str
    modifiers: tuple[str, ...]
    type_parameters: tuple[TypeParameter, ...]
    base: Type | None
    variable: Variable | None = None
    constraint: Expression | None = None
    witness: Expression | None = None
    marks: tuple[str, ...] = ()
    members: tuple[Declaration, ...] = ()
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True)
class IteratorDeclaration(Declaration):
    """An iterator."""

    name: str
    type_parameters: tuple[TypeParameter, ...]
    parameters: tuple[Variable, ...]
    results: tuple[Variable, ...]
    clauses: tuple[Clause, ...]
    body: Block | None
    attributes: tuple[Attribute, ...] = ()
    skeleton: bool = False


@dataclass(frozen=True, slots=True)
class Module(Declaration):
    """A module; `name` may be dotted, `refines` names the module it refines or is empty."""

    name: str
    modifiers: tuple[str, ...]
    refines: str
    members: tuple[Declaration, ...]
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True)
class Import(Declaration):
    """``import opened A = B`e``; `opened` says whether its names are used without their module's."""

    name: str
    target: str
    opened: bool


@dataclass(frozen=True, slots=True)
class Export(Declaration):
    """``export E provides ... reveals ...``; its tokens say the rest."""

    name: str


@dataclass(frozen=True, slots=True)
class Include(Declaration):
    """``include "path"``; `path` without quotes, escapes undone."""

    path: str


@dataclass(frozen=True, slots=True)
class Program(Node):
    """A whole file: its text, its tokens and its declarations."""

    source: str
    tokens: tuple[Token, ...]
    declarations: tuple[Declaration, ...]
    path: str | None = None

    def text(self, node: Node) -> str:
        """Return the source text of a node of this program, as written, without what surrounds it."""
        if node.first >= node.last:
            return ""
        return self.source[self.tokens[node.first].start : self.tokens[node.last - 1].stop]

    def span(self, node: Node) -> tuple[int, int]:
        """Return the offsets of a node of this program: start, and end not included."""
        if node.first >= node.last:
            at = self.tokens[node.first].start
            return at, at
        return self.tokens[node.first].start, self.tokens[node.last - 1].stop

    def words(self, node: Node) -> tuple[str, ...]:
        """Return the texts of a node's tokens: equal for texts that differ in blanks and comments only."""
        return tuple(t.text for t in self.tokens[node.first : node.last])

    def callables(self) -> Iterator[Method | Function]:
        """Yield the methods, lemmas and functions of the file, those of classes and modules too."""
        for node in walk(self):
            if isinstance(node, Method | Function):
                yield node
