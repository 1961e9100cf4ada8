"""Reading expressions that begin with a word of their own, and the clauses of specifications."""

from __future__ import annotations

from collections.abc import Callable

from proofsmith.dafny.expressions import (
    BindingGuard,
    Comprehension,
    FrameField,
    IfThenElse,
    Lambda,
    Let,
    Literal,
    Match,
    MatchCase,
    Pattern,
    Quantifier,
    Star,
    StatementExpression,
    Unary,
)
from proofsmith.dafny.lexer import CHAR, NAME, NUMBER, STRING, SYMBOL
from proofsmith.dafny.nodes import Attribute, Clause, Expression, Statement, Variable
from proofsmith.dafny.primaries_parser import PrimariesParser
from proofsmith.dafny.stream import CLAUSE_WORDS

_STATEMENT_WORDS = ("assert", "assume", "expect", "calc", "reveal", "hide")


class CompoundsParser(PrimariesParser):
    """The part of the parser that reads ``if``, ``match``, quantifiers, lambdas and the like."""

    def compound(self) -> Expression | None:
        """Read an expression that begins with a word of its own; ``None`` if none does."""
        token = self.token
        if token.kind == SYMBOL:
            if token.text == ":-":
                return self._failing()
            return self._possible_lambda() if token.text == "(" else None
        if token.kind != NAME:
            return None
        word = token.text
        if word == "if":
            return self._if()
        if word == "match":
            return self._match()
        if word in ("forall", "exists"):
            return self._quantifier()
        if word in ("set", "iset", "map", "imap") and (self.sees_name(1) or self.sees_ahead(1, "{")):
            if self.sees_ahead(1, "{") and not self.sees_ahead(2, ":"):
                return None
            return self._comprehension()
        if word == "var" or (word == "ghost" and self.sees_ahead(1, "var")):
            return self._let()
        if word in _STATEMENT_WORDS and self._begins_statement():
            return self._statement_expression()
        return self._possible_lambda() if self.sees_name() else None

    def _begins_statement(self) -> bool:
        if self.sees("expect", "hide"):  # names in programs of Dafny 2
            following = self.ahead()
            hides_all = self.sees("hide") and following.text == "*" and self.sees_ahead(2, ";")
            return following.kind != SYMBOL or following.text == "|" or hides_all
        return True

    def statement_in_expression(self) -> Statement:
        """Read the statement before an expression."""
        raise NotImplementedError

    def _statement_expression(self) -> Expression:
        start = self.at
        statement = self.statement_in_expression()
        body = self.expression()
        return StatementExpression(statement, body, first=start, last=self.at)

    def guard(self) -> Expression:
        """Read the guard of an ``if`` or loop: ``*``, ``x :| P`` or a condition, maybe in parentheses."""
        start = self.at
        if self.sees("*"):
            self.next()
            return Star(first=start, last=self.at)
        if self.sees_row("(", "*", ")"):
            self.at += 3
            return Star(first=start, last=self.at)
        return self.attempt(self._binding_guard) or self.expression()

    def _binding_guard(self) -> Expression:
        start = self.at
        variables = self.separated(self.typed_name)
        attributes = self.attributes()
        self.expect(":|")
        condition = self.expression()
        return BindingGuard(variables, condition, attributes, first=start, last=self.at)

    def case_guard(self) -> Expression:
        """Read the guard between ``case`` and ``=>``."""
        saved = self.lambdas
        self.lambdas = False
        try:
            return self.guard()
        finally:
            self.lambdas = saved

    def typed_name(self) -> Variable:
        """Read ``x`` or ``x: T``."""
        start = self.at
        name = self.name("a variable")
        typ = self.type() if self.accept(":") else None
        return Variable(name, typ, first=start, last=self.at)

    def _if(self) -> Expression:
        start = self.at
        self.expect("if")
        condition = self.guard()
        self.expect("then")
        then = self.expression(sequel=True)
        self.expect("else")
        otherwise = self.expression()
        return IfThenElse(condition, then, otherwise, first=start, last=self.at)

    def _match(self) -> Expression:
        start = self.at
        self.expect("match")
        subject = self.expression()
        braces = bool(self.sees("{") and self.sees_ahead(1, "case", "}") and self.next())
        cases = []
        while self.sees("case"):
            cases.append(self._match_case())
        if braces:
            self.expect("}")
        return Match(subject, tuple(cases), first=start, last=self.at)

    def _match_case(self) -> MatchCase:
        start = self.at
        self.expect("case")
        attributes = self.attributes()
        pattern = self.pattern(alternatives=True)
        self.expect("=>")
        body = self.expression()
        return MatchCase(pattern, body, attributes, first=start, last=self.at)

    def pattern(self, *, alternatives: bool = False) -> Pattern:
        """Read a pattern of a case or of a variable declaration."""
        start = self.at
        one = self._single_pattern()
        if not (alternatives and self.sees("|")):
            return one
        items = [one]
        while self.accept("|"):
            items.append(self._single_pattern())
        return Pattern(alternatives=tuple(items), first=start, last=self.at)

    def _single_pattern(self) -> Pattern:
        start, token = self.at, self.token
        if token.kind in (NUMBER, STRING, CHAR) or self.sees("-", "true", "false", "null"):
            negative = self.accept("-")
            number = self.at
            word = self.next()
            kind = {NUMBER: "int", STRING: "string", CHAR: "char"}.get(word.kind, "bool")
            value: Expression = Literal(kind, word.text, first=number, last=self.at)
            if negative:
                value = Unary("-", value, first=start, last=self.at)
            return Pattern(literal=value, first=start, last=self.at)
        if self.accept("("):
            arguments = self.until(")", self._single_pattern)
            return Pattern("", arguments, first=start, last=self.at)
        self.accept("ghost")
        name = self.name("a pattern")
        while self.accept("."):
            name += "." + self.name("a constructor")
        inner = self.until(")", self._single_pattern) if self.accept("(") else None
        typ = self.type() if inner is None and self.accept(":") else None
        return Pattern(name, inner, typ, first=start, last=self.at)

    def bound_variables(
        self, *, bars: bool | None = None
    ) -> tuple[tuple[Variable, ...], tuple[Attribute, ...], Expression | None]:
        """Read ``x: T <- S, y {:attribute} | range``: variables, attributes and range."""
        attributes: list[Attribute] = []

        def one() -> Variable:
            start = self.at
            name = self.name("a bound variable")
            typ = self.type() if self.accept(":") else None
            domain = None
            if self.sees_row("<", "-") and self.adjacent():
                self.at += 2
                domain = self.expression(bars=False)
            stop = self.at
            own = self.attributes()
            if self.sees(","):
                return Variable(name, typ, domain, attributes=own, first=start, last=self.at)
            attributes.extend(own)  # behind the last variable they are those of the whole
            return Variable(name, typ, domain, first=start, last=stop)

        variables = self.separated(one)
        attributes.extend(self.attributes())
        within = self.expression(bars=bars) if self.accept("|") else None
        return variables, tuple(attributes), within

    def _quantifier(self) -> Expression:
        start = self.at
        kind = self.next().text
        early = self.attributes()
        variables, attributes, within = self.bound_variables(bars=True)
        self.expect("::")
        body = self.expression()
        return Quantifier(kind, variables, within, body, early + attributes, first=start, last=self.at)

    def _comprehension(self) -> Expression:
        start = self.at
        kind = self.next().text
        early = self.attributes()
        variables, attributes, within = self.bound_variables()
        body = key = None
        if self.accept("::"):
            body = self.expression()
            if kind in ("map", "imap") and self.accept(":="):
                key, body = body, self.expression()
        return Comprehension(
            kind, variables, within, body, key, early + attributes, first=start, last=self.at
        )

    def _let(self) -> Expression:
        start = self.at
        ghost = bool(self.accept("ghost"))
        self.expect("var")
        patterns = self.separated(self.pattern)
        attributes = self.attributes()
        operator = self.accept(":=", ":|", ":-") or self.expect(":=").text
        values = self.separated(lambda: self.expression(sequel=False))
        self.expect(";")
        body = self.expression()
        return Let(patterns, operator, values, body, ghost, attributes, first=start, last=self.at)

    def _failing(self) -> Expression:
        """Read ``:- e; body``: `body` unless e fails."""
        start = self.at
        self.next()
        value = self.expression(sequel=False)
        self.expect(";")
        body = self.expression()
        return Let((), ":-", (value,), body, first=start, last=self.at)

    def _possible_lambda(self) -> Expression | None:
        """Read a lambda if one stands here."""
        if not self.lambdas or self.at in self.no_lambdas:
            return None
        distance = 1
        if self.sees("("):
            close = self.matching(self.at)
            if close < 0:
                return None
            distance = close + 1 - self.at
        if self.sees_ahead(distance, "=>"):
            return self._lambda()
        if not self.sees_ahead(distance, "requires", "reads"):
            return None
        start = self.at
        found = self.attempt(self._lambda)
        if found is None:
            self.no_lambdas.add(start)  # what is tried once at each place takes no exponential time
        return found

    def _lambda(self) -> Expression:
        start = self.at
        variables = self.until(")", self.typed_name) if self.accept("(") else (self.typed_name(),)
        clauses = self._lambda_clauses()
        self.expect("=>")
        body = self.expression()
        return Lambda(variables, clauses, body, first=start, last=self.at)

    def _lambda_clauses(self) -> tuple[Clause, ...]:
        saved = self.lambdas
        self.lambdas = False
        try:
            return self.clauses(("requires", "reads"))
        finally:
            self.lambdas = saved

    def frame_expression(self) -> Expression:
        """Read an expression of a frame: ``*``, ``e``, ``e`f`` or ```f``."""
        start = self.at
        if self.accept("`"):
            return FrameField(None, self.name("a field"), first=start, last=self.at)
        if self.sees("*"):
            self.next()
            return Star(first=start, last=self.at)
        target = self.outside()
        if self.accept("`"):
            return FrameField(target, self.name("a field"), first=start, last=self.at)
        return target

    def clauses(self, words: tuple[str, ...] | frozenset[str] = CLAUSE_WORDS) -> tuple[Clause, ...]:
        """Read none or more clauses of a specification."""
        found: list[Clause] = []
        while True:
            start = self.at
            ahead = 0
            while self.sees_ahead(ahead, "free", "yield"):
                ahead += 1
            if not self.sees_ahead(ahead, *words):
                return tuple(found)
            marks = [self.next().text for _ in range(ahead)]
            found.append(self._clause(start, "free" in marks, "yield" in marks))

    def _clause(self, start: int, free: bool, yields: bool) -> Clause:
        kind = self.next().text
        attributes = self.attributes()
        label = ""
        parse: Callable[[], Expression]
        if kind in ("requires", "ensures", "invariant"):
            label = self.label()
            parse = self.outside
        else:
            parse = self.frame_expression
        if kind in ("requires", "ensures", "invariant"):
            expressions: tuple[Expression, ...] = (parse(),)
        else:
            expressions = self.separated(parse)
        self.accept(";")
        return Clause(kind, expressions, attributes, label, free, yields, first=start, last=self.at)
