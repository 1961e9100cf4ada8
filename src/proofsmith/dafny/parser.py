"""Reading declarations and whole files."""

from __future__ import annotations

from proofsmith.dafny.datatypes_parser import DatatypesParser
from proofsmith.dafny.declarations import (
    Class,
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
)
from proofsmith.dafny.lexer import END, NAME, STRING, DafnySyntaxError, Token, tokenize
from proofsmith.dafny.nodes import Attribute, Declaration, Expression, Variable

BODY_MARKER = "PROOFSMITH: body"
"""The comment that marks a body as one to be written."""

_MODIFIERS = frozenset(["abstract", "ghost", "static", "protected", "opaque", "replaceable", "older"])
_KIND_PREFIXES = frozenset(["inductive", "least", "greatest", "twostate"])
_METHOD_WORDS = frozenset(["method", "lemma", "constructor", "colemma", "comethod"])
_FUNCTION_WORDS = frozenset(["function", "predicate", "copredicate"])


class DeclarationsParser(DatatypesParser):
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
            return self.datatype(start, given, early)
        if word in ("type", "newtype"):
            return self.type_declaration(start, given, early)
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

    def members(self) -> tuple[Declaration, ...]:
        """Read ``{ declarations }``."""
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
        name = "" if anonymous else self.declared_name()
        type_parameters = self.type_parameters()
        self._limit_type()
        parameters = self.formals() if self.sees("(") else ()
        results = self.formals() if self.accept("returns") else ()
        skeleton = bool(self.accept("..."))
        clauses = self.clauses()
        body = self.block() if self.sees("{") else None
        return Method(
            kind, name, modifiers, type_parameters, parameters, results, clauses, body, attributes, skeleton,
            first=start, last=self.at,
        )  # fmt: skip

    def _function(
        self, start: int, modifiers: tuple[str, ...], prefix: str, early: tuple[Attribute, ...]
    ) -> Declaration:
        kind = prefix + self.next().text
        if self.accept("method"):
            kind += " method"
        attributes = early + self.attributes()
        name = self.declared_name()
        type_parameters = self.type_parameters()
        self._limit_type()
        parameters = self.formals() if self.sees("(") else ()
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
            variable = self.formal()
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
            name = self.declared_name()
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
        name = self.declared_name()
        type_parameters = self.type_parameters()
        parents = self.separated(self.type) if self.accept("extends") else ()
        self.accept("...")
        members = self.members()
        return Class(
            kind, name, modifiers, type_parameters, parents, members, attributes, first=start, last=self.at
        )

    def _iterator(self, start: int, early: tuple[Attribute, ...]) -> Declaration:
        self.next()
        attributes = early + self.attributes()
        name = self.declared_name()
        type_parameters = self.type_parameters()
        parameters = self.formals() if self.sees("(") else ()
        results = self.formals() if self.accept("yields") else ()
        skeleton = bool(self.accept("..."))
        clauses = self.clauses()
        body = self.block() if self.sees("{") else None
        return IteratorDeclaration(
            name, type_parameters, parameters, results, clauses, body, attributes, skeleton,
            first=start, last=self.at,
        )  # fmt: skip

    def _dotted(self) -> str:
        name = self.declared_name()
        while self.accept("."):
            name += "." + self.declared_name()
        return name

    def _module(self, start: int, modifiers: tuple[str, ...], early: tuple[Attribute, ...]) -> Declaration:
        self.next()
        attributes = early + self.attributes()
        name = self._dotted()
        refines = self._dotted() if self.accept("refines", "replaces") else ""
        self.accept("...")
        members = self.members()
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
                self.until("}", self.declared_name)
            else:
                self.declared_name()
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
    return expression_of(tokenize(text))


def expression_of(tokens: tuple[Token, ...]) -> Expression:
    """Return the tree of the one expression that `tokens` are.

    Raises:
        DafnySyntaxError: they are not an expression.
    """
    parser = DeclarationsParser(tokens)
    try:
        found = parser.inside()
    except RecursionError:
        raise DafnySyntaxError("nested too deeply") from None
    if parser.token.kind != END:
        raise parser.error(f"the end expected, found {parser.found()}")
    return found
