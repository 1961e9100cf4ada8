"""Reading expressions without operators: names, literals, displays, and what follows them."""

from __future__ import annotations

from proofsmith.dafny.expressions import (
    Call,
    Cardinality,
    DatatypeUpdate,
    Index,
    Literal,
    MapDisplay,
    Name,
    Parenthesized,
    Primitive,
    Select,
    SeqDisplay,
    SetDisplay,
    Slice,
    SliceByLengths,
    Star,
    This,
    Tuple,
    Update,
)
from proofsmith.dafny.expressions_parser import ExpressionsParser
from proofsmith.dafny.lexer import CHAR, NAME, NUMBER, STRING
from proofsmith.dafny.nodes import Expression, Type
from proofsmith.dafny.stream import RESERVED

_AFTER_TYPES = frozenset((*"()[]{};,.:|@", "==", "!=", "&&", "||", "==>", "<==>", "<==", ":="))
_CONVERSIONS = frozenset(("bool", "char", "int", "nat", "real", "ORDINAL", "seq", "string", "object"))


class PrimariesParser(ExpressionsParser):
    """The part of the parser that reads operands."""

    def suffixed(self) -> Expression:
        """Read an operand and its suffixes."""
        start = self.at
        result = self.compound()
        if result is not None:
            return result
        result = self._atom()
        while True:
            longer = self._suffix(result, start)
            if longer is None:
                return result
            result = longer

    def compound(self) -> Expression | None:
        """Read an expression that begins with a word of its own, such as ``if``; ``None`` if none does."""
        raise NotImplementedError

    def _atom(self) -> Expression:
        start, token = self.at, self.token
        if token.kind == NUMBER:
            self.next()
            kind = "real" if "." in token.text and not token.text.startswith("0x") else "int"
            return Literal(kind, token.text, first=start, last=self.at)
        if token.kind in (STRING, CHAR):
            self.next()
            return Literal(token.kind, token.text, first=start, last=self.at)
        if token.kind == NAME:
            return self._word()
        if self.accept("("):
            items = self.until(")", self._tuple_item)
            if len(items) == 1:
                return Parenthesized(items[0], first=start, last=self.at)
            return Tuple(items, first=start, last=self.at)
        if self.accept("|"):
            operand = self._between_bars()
            return Cardinality(operand, first=start, last=self.at)
        if self.accept("["):
            return SeqDisplay(self.until("]", self.inside), first=start, last=self.at)
        if self.sees("{") and not self.sees_ahead(1, ":"):
            self.next()
            return SetDisplay("set", self.until("}", self.inside), first=start, last=self.at)
        raise self.error(f"an expression expected, found {self.found()}")

    def _tuple_item(self) -> Expression:
        if self.sees("ghost"):
            self.next()
        return self.argument()

    def _between_bars(self) -> Expression:
        operand = self.expression(sequel=True, bars=False, lambdas=True)
        self.expect("|")
        return operand

    def _word(self) -> Expression:
        start, word = self.at, self.token.text
        if word in ("true", "false", "null"):
            self.next()
            return Literal("null" if word == "null" else "bool", word, first=start, last=self.at)
        if word == "this":
            self.next()
            return This(first=start, last=self.at)
        if word in ("old", "fresh", "allocated", "unchanged") and self.sees_ahead(1, "(", "@"):
            return self._primitive()
        if word in ("set", "iset", "multiset", "map", "imap"):
            return self._collection()
        if word in _CONVERSIONS and self.sees_ahead(1, "(", "<"):
            self.next()
            return Name(word, self._instantiation(), first=start, last=self.at)
        if word in RESERVED:
            raise self.error(f"an expression expected, found {self.found()}")
        self.next()
        return Name(word, self._instantiation(), first=start, last=self.at)

    def _primitive(self) -> Expression:
        start = self.at
        name = self.next().text
        label = self.name("a label") if self.accept("@") else ""
        self.expect("(")
        arguments = self.until(")", self.frame_expression if name == "unchanged" else self.inside)
        return Primitive(name, arguments, label, first=start, last=self.at)

    def frame_expression(self) -> Expression:
        """Read an expression of a frame, such as ``this`f``."""
        raise NotImplementedError

    def _collection(self) -> Expression:
        start = self.at
        kind = self.next().text
        if kind == "multiset" and self.accept("("):
            return Primitive(kind, self.until(")", self.inside), first=start, last=self.at)
        if kind in ("map", "imap"):
            self.expect("[")
            return MapDisplay(kind, self.until("]", self._pair), first=start, last=self.at)
        self.expect("{")
        return SetDisplay(kind, self.until("}", self.inside), first=start, last=self.at)

    def _pair(self) -> tuple[Expression, Expression]:
        key = self.inside()
        self.expect(":=")
        return key, self.inside()

    def _instantiation(self) -> tuple[Type, ...]:
        """Read type arguments behind a name, if what follows can only be that."""
        if not self.sees("<"):
            return ()
        start = self.at
        found = self.attempt(self.type_arguments)
        if found is None or self.token.text not in _AFTER_TYPES:
            self.at = start
            return ()
        return found

    def _suffix(self, target: Expression, start: int) -> Expression | None:
        if self.sees("."):
            self.next()
            return self._member(target, start)
        if self.sees("[") or (self.sees("#[")):
            return self._bracket(target, start)
        if self.accept("("):
            return Call(target, self.until(")", self.argument), first=start, last=self.at)
        if self.sees("@") and self.sees_name(1) and self.sees_ahead(2, "("):
            self.next()
            label = self.next().text
            self.next()
            return Call(target, self.until(")", self.argument), label, first=start, last=self.at)
        return None

    def _member(self, target: Expression, start: int) -> Expression:
        if self.accept("("):
            updates = self.until(")", self._field_update)
            names = tuple(name for name, _ in updates)
            values = tuple(value for _, value in updates)
            return DatatypeUpdate(target, names, values, first=start, last=self.at)
        token = self.token
        if token.kind not in (NAME, NUMBER):
            raise self.error(f"the name of a member expected, found {self.found()}")
        self.next()
        arguments = self._instantiation() if token.kind == NAME else ()
        return Select(target, token.text, arguments, first=start, last=self.at)

    def _field_update(self) -> tuple[str, Expression]:
        token = self.next()
        if token.kind not in (NAME, NUMBER):
            raise self.error("the name of a member expected", self.at - 1)
        self.expect(":=")
        return token.text, self.inside()

    def _bracket(self, target: Expression, start: int) -> Expression:
        if self.accept("#["):
            depth = self.inside()
            self.expect("]")
            self.expect("(")
            return Call(target, self.until(")", self.argument), "", depth, first=start, last=self.at)
        self.next()
        if self.accept(".."):
            high = None if self.sees("]") else self.inside()
            self.expect("]")
            return Slice(target, None, high, first=start, last=self.at)
        head = self._index_item()
        if self.accept(".."):
            high = None if self.sees("]") else self.inside()
            self.expect("]")
            return Slice(target, head, high, first=start, last=self.at)
        if self.accept(":="):
            pairs = [(head, self.inside())]
            while self.accept(","):
                pairs.append(self._pair())
            self.expect("]")
            return Update(target, tuple(pairs), first=start, last=self.at)
        items = [head]
        if self.accept(":"):
            while not self.sees("]"):
                items.append(self.inside())
                if not self.accept(":"):
                    break
            self.expect("]")
            return SliceByLengths(target, tuple(items), first=start, last=self.at)
        while self.accept(","):
            items.append(self.inside())
        self.expect("]")
        return Index(target, tuple(items), first=start, last=self.at)

    def _index_item(self) -> Expression:
        start = self.at
        if self.sees("*") and self.sees_ahead(1, "]", ",", ".."):
            self.next()
            return Star(first=start, last=self.at)
        return self.inside()
