"""Reading expressions: operators by precedence. What has no operator is read by `primaries_parser`."""

from __future__ import annotations

from proofsmith.dafny.expressions import (
    Binary,
    Call,
    Cast,
    Comparison,
    Logical,
    NamedArgument,
    StatementExpression,
    Unary,
)
from proofsmith.dafny.lexer import NAME
from proofsmith.dafny.nodes import Expression
from proofsmith.dafny.statements import CallStatement
from proofsmith.dafny.types_parser import TypesParser

_RELATIONS = ("==", "!=", "<", "<=", ">", ">=", "in", "!in", "!!")
_BITS = ("&", "|", "^")


class ExpressionsParser(TypesParser):
    """The part of the parser that reads operators.

    Attributes:
        bars: whether ``|`` may be an operator here; not between the bars of a cardinality.
        lambdas: whether ``x => e`` may be a lambda here; not in the guard of a case.
        sequels: whether ``lemma(x); e`` is an expression here; not where a semicolon ends it.
    """

    bars = True
    lambdas = True
    sequels = False

    def expression(
        self, *, sequel: bool | None = None, bars: bool | None = None, lambdas: bool | None = None
    ) -> Expression:
        """Read an expression, with what is allowed in it changed as the arguments say."""
        saved = self.sequels, self.bars, self.lambdas
        if sequel is not None:
            self.sequels = sequel
        if bars is not None:
            self.bars = bars
        if lambdas is not None:
            self.lambdas = lambdas
        try:
            start = self.at
            result = self._equivalence()
            if self.sequels and isinstance(result, Call) and self.sees(";"):
                self.next()
                statement = CallStatement(result, first=start, last=self.at)
                return StatementExpression(statement, self.expression(), first=start, last=self.at)
            return result
        finally:
            self.sequels, self.bars, self.lambdas = saved

    def inside(self) -> Expression:
        """Read an expression between brackets, where everything is allowed."""
        return self.expression(sequel=True, bars=True, lambdas=True)

    def outside(self) -> Expression:
        """Read an expression of a statement or clause, which a semicolon ends."""
        return self.expression(sequel=False, bars=True)

    def _equivalence(self) -> Expression:
        start = self.at
        left = self._implication()
        while self.accept("<==>"):
            right = self._implication()
            left = Binary("<==>", left, right, first=start, last=self.at)
        return left

    def _implication(self) -> Expression:
        start = self.at
        left = self._logical()
        if self.accept("==>"):
            return Binary("==>", left, self._implication(), first=start, last=self.at)
        while self.accept("<=="):
            left = Binary("<==", left, self._logical(), first=start, last=self.at)
        return left

    def _logical(self) -> Expression:
        start = self.at
        lead = self.accept("&&", "||")
        operands = [self._relation()]
        operator = lead or (self.token.text if self.sees("&&", "||") else "")
        while operator and self.accept(operator):
            operands.append(self._relation())
        if self.sees("&&", "||"):
            raise self.error("'&&' and '||' need parentheses between them")
        if len(operands) == 1 and not lead:
            return operands[0]
        return Logical(operator, tuple(operands), first=start, last=self.at)

    def _relation(self) -> Expression:
        start = self.at
        operands = [self._shift()]
        operators = []
        while self.sees(*_RELATIONS):
            operator = self.next().text
            if operator in ("==", "!=") and self.accept("#["):
                operator += f"#[{self._limit()}]"
            operators.append(operator)
            operands.append(self._shift())
        if not operators:
            return operands[0]
        return Comparison(tuple(operators), tuple(operands), first=start, last=self.at)

    def _limit(self) -> str:
        """Read the limit of a prefix equality, and return its text."""
        first = self.at
        self.inside()
        text = " ".join(t.text for t in self.tokens[first : self.at])
        self.expect("]")
        return text

    def _shift(self) -> Expression:
        start = self.at
        left = self._sum()
        while self.sees("<", ">") and self.adjacent() and self.ahead().text == self.token.text:
            operator = self.next().text + self.next().text
            left = Binary(operator, left, self._sum(), first=start, last=self.at)
        return left

    def _sum(self) -> Expression:
        start = self.at
        left = self._product()
        while self.sees("+", "-"):
            operator = self.next().text
            left = Binary(operator, left, self._product(), first=start, last=self.at)
        return left

    def _product(self) -> Expression:
        start = self.at
        left = self._bits()
        while self.sees("*", "/", "%"):
            operator = self.next().text
            left = Binary(operator, left, self._bits(), first=start, last=self.at)
        return left

    def _bits(self) -> Expression:
        start = self.at
        left = self._cast()
        while self.sees(*_BITS) and (self.bars or not self.sees("|")):
            operator = self.next().text
            left = Binary(operator, left, self._cast(), first=start, last=self.at)
        return left

    def _cast(self) -> Expression:
        start = self.at
        operand = self._unary()
        while self.sees("as", "is"):
            operator = self.next().text
            operand = Cast(operand, operator, self.type(), first=start, last=self.at)
        return operand

    def _unary(self) -> Expression:
        start = self.at
        if self.accept("!!"):
            inner = Unary("!", self._unary(), first=start, last=self.at)
            return Unary("!", inner, first=start, last=self.at)
        if self.sees("-", "!"):
            operator = self.next().text
            return Unary(operator, self._unary(), first=start, last=self.at)
        return self.suffixed()

    def suffixed(self) -> Expression:
        """Read an expression without operators."""
        raise NotImplementedError

    def argument(self) -> Expression:
        """Read an argument of a call: an expression or ``name := expression``."""
        start = self.at
        if self.token.kind == NAME and self.sees_ahead(1, ":="):
            name = self.next().text
            self.next()
            return NamedArgument(name, self.inside(), first=start, last=self.at)
        return self.inside()

    def attribute_argument(self) -> Expression:
        """Read one argument of an attribute."""
        return self.argument()
