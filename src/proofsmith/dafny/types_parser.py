"""Reading types, type parameters and attributes."""

from __future__ import annotations

from proofsmith.dafny.lexer import NAME, NUMBER
from proofsmith.dafny.nodes import Attribute, Expression, Type, TypeParameter
from proofsmith.dafny.stream import RESERVED, Stream

_BUILT_IN_TEXT = """
    bool char int nat real ORDINAL string object object? seq set iset multiset map imap
"""
_BUILT_IN = frozenset(_BUILT_IN_TEXT.split())
_PLAIN = frozenset(("bool", "char", "int", "nat", "real", "ORDINAL", "string", "object", "object?"))
_ARROWS = ("->", "~>", "-->")


class TypesParser(Stream):
    """The part of the parser that reads types."""

    def type(self) -> Type:
        """Read a type."""
        start = self.at
        left = self._simple_type()
        if self.sees(*_ARROWS):
            arrow = self.next().text
            result = self.type()
            single = left.name == "()" and left.first != left.last
            arguments = left.arguments if single else (left,)
            return Type(arrow, (*arguments, result), first=start, last=self.at)
        return left

    def _simple_type(self) -> Type:
        start = self.at
        if self.accept("("):
            items = self.until(")", self._tuple_component)
            return Type("()", items, first=start, last=self.at)
        name = self.token.text
        if self.token.kind != NAME or (name in RESERVED and name not in _BUILT_IN):
            raise self.error(f"a type expected, found {self.found()}")
        self.next()
        arguments = self._possible_arguments(name)
        while self.sees(".") and self.ahead().kind == NAME:
            self.next()
            last = self.next().text
            name += "." + last
            arguments = (*arguments, *self._possible_arguments(last))
        return Type(name, arguments, first=start, last=self.at)

    def _possible_arguments(self, name: str) -> tuple[Type, ...]:
        """Read type arguments unless ``<`` is a comparison, as in ``x as int < y``."""
        if name in _PLAIN or not self.sees("<"):
            return ()
        return self.attempt(self.type_arguments) or ()

    def _tuple_component(self) -> Type:
        self.accept("ghost")
        return self.type()

    def type_arguments(self) -> tuple[Type, ...]:
        """Read ``<A, B>`` if it comes next."""
        if not self.sees("<"):
            return ()
        self.next()
        items = self.separated(self.type)
        self.expect(">")
        return items

    def type_parameters(self) -> tuple[TypeParameter, ...]:
        """Read the ``<A(==), +B>`` of a declaration if it comes next."""
        if not self.accept("<"):
            return ()
        items = self.separated(self._type_parameter)
        self.expect(">")
        return items

    def _type_parameter(self) -> TypeParameter:
        start = self.at
        marks = []
        if self.sees("+", "-", "*", "!"):
            marks.append(self.next().text)
        name = self.name("a type parameter")
        marks += self.type_marks()
        bounds = []
        while self.accept("extends"):
            bounds.append(self.type())
        return TypeParameter(name, tuple(marks), tuple(bounds), first=start, last=self.at)

    def type_marks(self) -> tuple[str, ...]:
        """Read ``(==)``, ``(0)``, ``(00)``, ``(!new)`` and rows of them."""
        marks = []
        while self.sees("(") and (
            self.sees_ahead(1, "==", "!", "0") or (self.ahead().kind == NUMBER and self.ahead().text in "00")
        ):
            close = self.matching(self.at)
            if close < 0:
                raise self.error("this parenthesis is not closed")
            marks.append("".join(t.text for t in self.tokens[self.at : close + 1]))
            self.at = close + 1
        return tuple(marks)

    def attributes(self) -> tuple[Attribute, ...]:
        """Read none or more ``{:name arguments}``."""
        found = []
        while self.sees("{") and self.sees_ahead(1, ":"):
            start = self.at
            self.next()
            self.next()
            name = self.next()
            if name.kind != NAME:
                raise self.error("the name of an attribute expected", self.at - 1)
            arguments = self.until("}", self.attribute_argument)
            found.append(Attribute(name.text, arguments, first=start, last=self.at))
        return tuple(found)

    def at_attributes(self) -> tuple[Attribute, ...]:
        """Read none or more ``@Name(arguments)`` of Dafny 4."""
        found = []
        while self.sees("@"):
            start = self.at
            self.next()
            name = "@" + self.next().text
            while self.accept("."):
                name += "." + self.next().text
            arguments = self.until(")", self.attribute_argument) if self.accept("(") else ()
            found.append(Attribute(name, arguments, first=start, last=self.at))
        return tuple(found)

    def attribute_argument(self) -> Expression:
        """Read one argument of an attribute."""
        raise NotImplementedError
