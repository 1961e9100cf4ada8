"""Reading declarations and whole files."""

from __future__ import annotations

from proofsmith.dafny.declarations import (
    Class,
    Constructor,
    Datatype,
    Export,
    Field,
    Function,
    FunctionBody,
    Import,
    Include,
    IteratorDeclaration,
    Method,
    Module,
    Program,
    TypeDeclaration,
)
from proofsmith.dafny.expressions import Star
from proofsmith.dafny.lexer import END, NAME, NUMBER, STRING, DafnySyntaxError, tokenize
from proofsmith.dafny.nodes import Attribute, Declaration, Expression, Type, Variable
from proofsmith.dafny.statements_parser import StatementsParser

BODY_MARKER = "PROOFSMITH: body"
"""The comment that marks a body as one to be written."""

_MODIFIERS = frozenset(["abstract", "ghost", "static", "protected", "opaque", "replaceable", "older"])
_KIND_PREFIXES = frozenset(["inductive", "least", "greatest", "twostate"])
_METHOD_WORDS = frozenset(["method", "lemma", "constructor", "colemma", "comethod"])
_FUNCTION_WORDS = frozenset(["function", "predicate", "copredicate"])


class DeclarationsParser(StatementsParser):
    """The parser."""

    def program(self, source: str) -> Program:
        """Read a whole file."""
        found: list[Declaration] = []
        while self.token.kind != END:
            if self.sees("include"):
                found.append(self._include())
            else:
                found.append(self.declaration())
        return Program(source, self.tokens, tuple(found), self.path, first=0, last=self.at)

    def declaration(self) -> Declaration:
        """Read one declaration.

        Raises:
            DafnySyntaxError: no declaration stands here.
        """
        start = self.at
        early = self.at_attributes()
        modifiers = []
        while self.sees(*_MODIFIERS) and self.ahead().kind == NAME:
            modifiers.append(self.next().text)
        given = tuple(modifiers)
        prefix = ""
        if self.sees(*_KIND_PREFIXES) and self.sees_ahead(1, "lemma", "predicate", "function"):
            prefix = self.next().text + " "
        word = self.token.text if self.token.kind == NAME else ""
        if word in _METHOD_WORDS:
            return self._method(start, given, prefix, early)
        if word in _FUNCTION_WORDS:
            return self._function(start, given, prefix, early)
        if word in ("var", "const"):
            return self._field(start, given, early)
        if word in ("class", "trait"):
            return self._class(start, given, early)
        if word in ("datatype", "codatatype"):
            return self._datatype(start, given, early)
        if word in ("type", "newtype"):
            return self._type_declaration(start, given, early)
        if word == "module":
            return self._module(start, given, early)
        if word == "iterator":
            return self._iterator(start, early)
        if word == "import":
            return self._import(start)
        if word == "export":
            return self._export(start)
        raise self.error(f"a declaration expected, found {self.found()}")

    def _include(self) -> Declaration:
        start = self.at
        self.next()
        token = self.next()
        if token.kind != STRING:
            raise self.error("the name of a file in double quotes expected", self.at - 1)
        verbatim = token.text.startswith("@")
        path = token.text[2:-1].replace('""', '"') if verbatim else token.text[1:-1].replace("\\\\", "\\")
        self.accept(";")
        return Include(path, first=start, last=self.at)

    def _members(self) -> tuple[Declaration, ...]:
        self.expect("{")
        found = []
        while not self.sees("}"):
            if self.token.kind == END:
                raise self.error("'}' expected, found the end of the file")
            found.append(self.declaration())
        self.next()
        return tuple(found)

    def _limit_type(self) -> None:
        """Skip the ``[nat]`` of a least or greatest lemma or predicate."""
        if self.accept("["):
            self.type()
            self.expect("]")

    def _method(
        self, start: int, modifiers: tuple[str, ...], prefix: str, early: tuple[Attribute, ...]
    ) -> Declaration:
        kind = prefix + self.next().text
        attributes = early + self.attributes()
        anonymous = kind == "constructor" and self.sees("(", "<")
        name = "" if anonymous else self._declared_name()
        type_parameters = self.type_parameters()
        self._limit_type()
        parameters = self._formals() if self.sees("(") else ()
        results = self._formals() if self.accept("returns") else ()
        skeleton = bool(self.accept("..."))
        clauses = self.clauses()
        body = self.block() if self.sees("{") else None
        return Method(
            kind, name, modifiers, type_parameters, parameters, results, clauses, body, attributes, skeleton,
            first=start, last=self.at,
        )  # fmt: skip

    def _declared_name(self) -> str:
        token = self.token
        if token.kind == NUMBER:  # digits may name members
            return self.next().text
        return self.name("the name of a declaration")

    def _formals(self) -> tuple[Variable, ...]:
        self.expect("(")
        return self.until(")", self._formal)

    def _formal(self) -> Variable:
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

    def _function(
        self, start: int, modifiers: tuple[str, ...], prefix: str, early: tuple[Attribute, ...]
    ) -> Declaration:
        kind = prefix + self.next().text
        if self.accept("method"):
            kind += " method"
        attributes = early + self.attributes()
        name = self._declared_name()
        type_parameters = self.type_parameters()
        self._limit_type()
        parameters = self._formals() if self.sees("(") else ()
        result = None
        if self.accept(":"):
            result = self._result()
        skeleton = bool(self.accept("..."))
        clauses = self.clauses()
        body = self._function_body() if self.sees("{") else None
        by_method = None
        if body is not None and self.sees("by") and self.sees_ahead(1, "method"):
            self.next()
            self.next()
            by_method = self.block()
        return Function(
            kind, name, modifiers, type_parameters, parameters, result, clauses, body, by_method, attributes,
            skeleton, first=start, last=self.at,
        )  # fmt: skip

    def _result(self) -> Variable:
        start = self.at
        if self.sees("(") and self.sees_name(1) and self.sees_ahead(2, ":"):
            self.next()
            variable = self._formal()
            self.expect(")")
            return Variable(variable.name, variable.type, first=start, last=self.at)
        typ = self.type()
        return Variable("", typ, first=start, last=self.at)

    def _function_body(self) -> FunctionBody:
        start = self.at
        self.expect("{")
        if self.sees("}") and BODY_MARKER in self.token.before:
            self.next()
            return FunctionBody(None, first=start, last=self.at)
        value = self.inside()
        self.accept(";")
        self.expect("}")
        return FunctionBody(value, first=start, last=self.at)

    def _field(self, start: int, modifiers: tuple[str, ...], early: tuple[Attribute, ...]) -> Declaration:
        kind = self.next().text
        attributes = early + self.attributes()
        if kind == "const":
            begin = self.at
            name = self._declared_name()
            typ = self.type() if self.accept(":") else None
            variables: tuple[Variable, ...] = (Variable(name, typ, first=begin, last=self.at),)
            self.accept("...")
            value = self.outside() if self.accept(":=") else None
        else:
            variables, value = self.separated(self.typed_name), None
        self.accept(";")
        return Field(kind, variables, modifiers, value, attributes, first=start, last=self.at)

    def _class(self, start: int, modifiers: tuple[str, ...], early: tuple[Attribute, ...]) -> Declaration:
        kind = self.next().text
        attributes = early + self.attributes()
        name = self._declared_name()
        type_parameters = self.type_parameters()
        parents = self.separated(self.type) if self.accept("extends") else ()
        self.accept("...")
        members = self._members()
        return Class(
            kind, name, modifiers, type_parameters, parents, members, attributes, first=start, last=self.at
        )

    def _datatype(self, start: int, modifiers: tuple[str, ...], early: tuple[Attribute, ...]) -> Declaration:
        kind = self.next().text
        attributes = early + self.attributes()
        name = self._declared_name()
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
        members = self._members() if self.sees("{") else ()
        return Datatype(
            kind, name, modifiers, type_parameters, constructors, members, parents, attributes,
            first=start, last=self.at,
        )  # fmt: skip

    def _constructor(self) -> Constructor:
        start = self.at
        attributes = self.attributes()
        modifiers = ("ghost",) if self.sees("ghost") and self.next() else ()
        name = self._declared_name()
        parameters: tuple[Variable, ...] = ()
        if self.accept("("):
            parameters = self.until(")", self._component)
        return Constructor(name, parameters, modifiers, attributes, first=start, last=self.at)

    def _component(self) -> Variable:
        named = self.sees("ghost", "nameonly") or (self.ahead().text == ":" and self.token.kind == NAME)
        if named and self.ahead().kind != NAME and not self.sees_ahead(1, ":"):
            named = False
        if named:
            return self._formal()
        start = self.at
        if self.token.kind == NUMBER and self.sees_ahead(1, ":"):
            name = self.next().text
            self.next()
            return Variable(name, self.type(), first=start, last=self.at)
        typ = self.type()
        return Variable("", typ, first=start, last=self.at)

    def _type_declaration(
        self, start: int, modifiers: tuple[str, ...], early: tuple[Attribute, ...]
    ) -> Declaration:
        kind = self.next().text
        attributes = early + self.attributes()
        name = self._declared_name()
        marks = self.type_marks()
        type_parameters = self.type_parameters()
        marks += self.type_marks()
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
                base = variable.type
                if self.accept("|"):
                    constraint = self.outside()
            else:
                base = self.type()
            witness = self._witness()
        self.accept(";")
        members = self._members() if self.sees("{") else ()
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

    def _iterator(self, start: int, early: tuple[Attribute, ...]) -> Declaration:
        self.next()
        attributes = early + self.attributes()
        name = self._declared_name()
        type_parameters = self.type_parameters()
        parameters = self._formals() if self.sees("(") else ()
        results = self._formals() if self.accept("yields") else ()
        skeleton = bool(self.accept("..."))
        clauses = self.clauses()
        body = self.block() if self.sees("{") else None
        return IteratorDeclaration(
            name, type_parameters, parameters, results, clauses, body, attributes, skeleton,
            first=start, last=self.at,
        )  # fmt: skip

    def _dotted(self) -> str:
        name = self._declared_name()
        while self.accept("."):
            name += "." + self._declared_name()
        return name

    def _module(self, start: int, modifiers: tuple[str, ...], early: tuple[Attribute, ...]) -> Declaration:
        self.next()
        attributes = early + self.attributes()
        name = self._dotted()
        refines = self._dotted() if self.accept("refines", "replaces") else ""
        self.accept("...")
        members = self._members()
        return Module(name, modifiers, refines, members, attributes, first=start, last=self.at)

    def _import(self, start: int) -> Declaration:
        self.next()
        opened = bool(self.sees("opened") and self.sees_name(1) and self.next())
        name = target = self._dotted()
        if self.accept("=", "as", ":"):
            target = self._dotted()
        if self.accept("default"):
            self._dotted()
        if self.accept("`"):
            if self.accept("{"):
                self.until("}", self._declared_name)
            else:
                self._declared_name()
        self.accept(";")
        return Import(name, target, opened, first=start, last=self.at)

    def _export(self, start: int) -> Declaration:
        self.next()
        name = ""
        if self.sees_name() and not self.sees("provides", "reveals"):
            name = self.next().text
        self.accept("...")
        while self.accept("provides", "reveals", "extends"):
            if not self.accept("*"):
                self.separated(self._dotted)
            self.accept(",")
        self.accept(";")
        return Export(name, first=start, last=self.at)


def parse(text: str, path: str | None = None) -> Program:
    """Return the syntax tree of a file.

    Raises:
        DafnySyntaxError: it is not Dafny as we read it; with line and column.
    """
    parser = DeclarationsParser(tokenize(text, path), path)
    try:
        return parser.program(text)
    except RecursionError:
        token = parser.token
        raise DafnySyntaxError("nested too deeply", path, token.line, token.column) from None


def parse_expression(text: str) -> Expression:
    """Return the tree of one expression; its places are token indices of `text` alone.

    Raises:
        DafnySyntaxError: it is not an expression.
    """
    parser = DeclarationsParser(tokenize(text))
    try:
        found = parser.inside()
    except RecursionError:
        raise DafnySyntaxError("nested too deeply") from None
    if parser.token.kind != END:
        raise parser.error(f"the end expected, found {parser.found()}")
    return found
