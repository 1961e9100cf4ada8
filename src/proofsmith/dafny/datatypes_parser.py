"""Reading what declares types, and the parameters that all declarations have."""

from __future__ import annotations

from proofsmith.dafny.declarations import Constructor, Datatype, TypeDeclaration
from proofsmith.dafny.expressions import Star
from proofsmith.dafny.lexer import NAME, NUMBER
from proofsmith.dafny.nodes import Attribute, Declaration, Expression, Type, Variable
from proofsmith.dafny.statements_parser import StatementsParser


class DatatypesParser(StatementsParser):
    """The part of the parser that reads datatypes, synonyms, subset types and new types."""

    def members(self) -> tuple[Declaration, ...]:
        """Read ``{ declarations }``."""
        raise NotImplementedError

    def declared_name(self) -> str:
        """Read the name of a declaration, which may be a number."""
        token = self.token
        if token.kind == NUMBER:  # digits may name members
            return self.next().text
        return self.name("the name of a declaration")

    def formals(self) -> tuple[Variable, ...]:
        """Read parameters in their parentheses."""
        self.expect("(")
        return self.until(")", self.formal)

    def formal(self) -> Variable:
        """Read one parameter."""
        start = self.at
        attributes = self.attributes()
        modifiers = []
        while self.sees("ghost", "new", "nameonly", "older") and self.ahead().kind == NAME:
            modifiers.append(self.next().text)
        name = self.name("a parameter")
        self.expect(":", "behind a parameter's name")
        typ = self.type()
        default = self.outside() if self.accept(":=") else None
        attributes += self.attributes()
        return Variable(name, typ, None, default, tuple(modifiers), attributes, first=start, last=self.at)

    def datatype(self, start: int, modifiers: tuple[str, ...], early: tuple[Attribute, ...]) -> Declaration:
        """Read a datatype or codatatype."""
        kind = self.next().text
        attributes = early + self.attributes()
        name = self.declared_name()
        type_parameters = self.type_parameters()
        self.type_marks()
        parents = self.separated(self.type) if self.accept("extends") else ()
        constructors: tuple[Constructor, ...] = ()
        if self.accept("="):
            self.accept("...")
            self.accept("|")
            constructors = self.separated(self._constructor, "|")
        else:
            self.accept("...")
        self.accept(";")
        members = self.members() if self.sees("{") else ()
        return Datatype(
            kind, name, modifiers, type_parameters, constructors, members, parents, attributes,
            first=start, last=self.at,
        )  # fmt: skip

    def _constructor(self) -> Constructor:
        start = self.at
        attributes = self.attributes()
        modifiers = ("ghost",) if self.sees("ghost") and self.next() else ()
        name = self.declared_name()
        parameters: tuple[Variable, ...] = ()
        if self.accept("("):
            parameters = self.until(")", self._component)
        return Constructor(name, parameters, modifiers, attributes, first=start, last=self.at)

    def _component(self) -> Variable:
        """Read ``name: T`` or ``T``, maybe ghost."""
        start = self.at
        attributes = self.attributes()
        ghost = self.sees("ghost") and self.ahead().kind == NAME and not self.sees_ahead(1, "<", ".")
        if self.sees_ahead(1, ":") or self.sees("nameonly") or (ghost and self.sees_ahead(2, ":")):
            if self.token.kind != NUMBER:
                return self.formal()
            name = self.next().text
            self.next()
            return Variable(name, self.type(), first=start, last=self.at)
        modifiers = (self.next().text,) if ghost else ()
        typ = self.type()
        return Variable("", typ, None, None, modifiers, attributes, first=start, last=self.at)

    def type_declaration(
        self, start: int, modifiers: tuple[str, ...], early: tuple[Attribute, ...]
    ) -> Declaration:
        """Read a ``type`` or ``newtype`` declaration."""
        kind = self.next().text
        attributes = early + self.attributes()
        name = self.declared_name()
        marks = self.type_marks()
        type_parameters = self.type_parameters()
        marks += self.type_marks()
        self.accept("...")
        if self.accept("extends"):
            self.separated(self.type)
        base: Type | None = None
        variable: Variable | None = None
        constraint: Expression | None = None
        witness: Expression | None = None
        if self.accept("="):
            self.accept("...")
            if self.sees_name() and self.sees_ahead(1, ":", "|"):
                variable = self.typed_name()
                if self.accept("|"):
                    constraint = self.outside()
            else:
                base = self.type()
            witness = self._witness()
        self.accept(";")
        members = self.members() if self.sees("{") else ()
        return TypeDeclaration(
            kind, name, modifiers, type_parameters, base, variable, constraint, witness, marks, members,
            attributes, first=start, last=self.at,
        )  # fmt: skip

    def _witness(self) -> Expression | None:
        if self.sees("ghost") and self.sees_ahead(1, "witness"):
            self.next()
        if not self.accept("witness"):
            return None
        if self.sees("*"):
            self.next()
            return Star(first=self.at - 1, last=self.at)
        return self.outside()
