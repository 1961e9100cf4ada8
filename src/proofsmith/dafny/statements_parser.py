"""Reading statements."""

from __future__ import annotations

from collections.abc import Callable

from proofsmith.dafny.assignments_parser import AssignmentsParser
from proofsmith.dafny.expressions import Star
from proofsmith.dafny.lexer import NAME, SYMBOL
from proofsmith.dafny.nodes import Clause, Expression, Statement, Variable
from proofsmith.dafny.statements import (
    Alternative,
    Assert,
    Assume,
    Block,
    Calc,
    CalcStep,
    Division,
    Empty,
    For,
    Forall,
    If,
    IfCases,
    Labelled,
    MatchStatement,
    MatchStatementCase,
    Modify,
    OpaqueBlock,
    Print,
    Reveal,
    Skeleton,
    While,
    WhileCases,
)

_CALC_OPERATORS = ("==", "!=", "<", "<=", ">", ">=", "<==>", "==>", "<==")


class StatementsParser(AssignmentsParser):
    """The part of the parser that reads statements."""

    def block(self) -> Block:
        """Read ``{ statements }``."""
        start = self.at
        saved = self.sequels, self.bars, self.lambdas
        self.sequels, self.bars, self.lambdas = False, True, True
        try:
            self.expect("{")
            found = []
            while not self.sees("}"):
                found.append(self.statement())
            self.next()
            return Block(tuple(found), first=start, last=self.at)
        finally:
            self.sequels, self.bars, self.lambdas = saved

    def statement(self) -> Statement:
        """Read one statement.

        Raises:
            DafnySyntaxError: no statement stands here.
        """
        token = self.token
        if token.kind == SYMBOL:
            return self._symbol_statement()
        word = token.text if token.kind == NAME else ""
        special = {
            "assert": self._assert,
            "assume": self._assume,
            "if": self._if_statement,
            "while": self._while,
            "match": self._match_statement,
            "forall": self._forall,
            "calc": self._calc,
            "print": self._print,
            "reveal": self._reveal,
            "modify": self._modify,
            "label": self._labelled,
            "return": self.jump,
            "break": self.jump,
            "yield": self.jump,
            "var": self.variables,
            "new": self._division,
        }.get(word)
        if special is None:
            special = self._soft_statement(word)
        return special() if special is not None else self.assignment_or_call()

    def _division(self) -> Statement:
        start = self.at
        self.next()
        self.expect(";")
        return Division(first=start, last=self.at)

    def _soft_statement(self, word: str) -> Callable[[], Statement] | None:
        """Return the reader of a statement whose first word is a name elsewhere."""
        following = self.ahead()
        if word == "ghost" and self.sees_ahead(1, "var"):
            return self.variables
        if word == "for" and following.kind == NAME:
            return self._for
        if word == "continue" and (following.text == ";" or following.kind == NAME):
            return self.jump
        if word == "expect" and (following.kind != SYMBOL or following.text in "({|!-["):
            return None if self._is_call_of_name() else self._assume
        if word == "hide" and (following.kind == NAME or following.text == "*"):
            return self._reveal
        if word == "opaque" and (following.text == "{" or following.text in ("ensures", "modifies")):
            return self._opaque
        return None

    def _is_call_of_name(self) -> bool:
        """Say whether ``expect(...)`` is followed by what makes it an assignment, so a Dafny 2 name."""
        if not self.sees_ahead(1, "("):
            return False
        close = self.matching(self.at + 1)
        return close > 0 and self.sees_ahead(close + 1 - self.at, ":=")

    def _symbol_statement(self) -> Statement:
        start = self.at
        if self.sees("{"):
            return self.block()
        if self.sees("..."):
            self.next()
            self.accept(";")
            return Skeleton(first=start, last=self.at)
        if self.accept(";"):
            return Empty(first=start, last=self.at)
        return self.assignment_or_call()

    def statement_in_expression(self) -> Statement:
        """Read the statement before an expression."""
        saved = self.sequels, self.bars, self.lambdas
        self.sequels, self.bars, self.lambdas = False, True, True
        try:
            return self.statement()
        finally:
            self.sequels, self.bars, self.lambdas = saved

    def _assert(self) -> Statement:
        start = self.at
        self.next()
        attributes = self.attributes()
        label = self.label()
        if self.accept("..."):
            self.expect(";")
            return Skeleton(first=start, last=self.at)
        condition = self.outside()
        proof = None
        if self.accept("by"):
            proof = self.block()
        else:
            self.expect(";", "behind the assertion")
        return Assert(condition, proof, label, attributes, first=start, last=self.at)

    def _assume(self) -> Statement:
        start = self.at
        kind = self.next().text
        attributes = self.attributes()
        if self.sees("..."):
            dots = self.at
            self.next()
            condition: Expression = Star(first=dots, last=self.at)
        else:
            condition = self.outside()
        message = self.outside() if self.accept(",") else None
        self.expect(";")
        return Assume(kind, condition, message, attributes, first=start, last=self.at)

    def _if_statement(self) -> Statement:
        start = self.at
        self.next()
        attributes = self.attributes()
        if self.sees("case") or (self.sees("{") and self.sees_ahead(1, "case")):
            return IfCases(self._alternatives(), first=start, last=self.at)
        if self.accept("..."):
            guard: Expression = Star(first=self.at - 1, last=self.at)
        else:
            guard = self.guard()
        then = self.block()
        otherwise: Block | If | None = None
        if self.accept("else"):
            if self.sees("if"):
                other = self._if_statement()
                if isinstance(other, IfCases):  # a chain ends in cases: a block of that one statement
                    otherwise = Block((other,), first=other.first, last=other.last)
                else:
                    assert isinstance(other, If)
                    otherwise = other
            else:
                otherwise = self.block()
        return If(guard, then, otherwise, attributes, first=start, last=self.at)

    def _alternatives(self) -> tuple[Alternative, ...]:
        braces = bool(self.accept("{"))
        found = []
        while self.sees("case"):
            start = self.at
            self.next()
            attributes = self.attributes()
            guard = self.case_guard()
            self.expect("=>")
            statements = self._case_body()
            found.append(Alternative(guard, statements, attributes, first=start, last=self.at))
        if braces:
            self.expect("}")
        return tuple(found)

    def _case_body(self) -> tuple[Statement, ...]:
        found = []
        while not self.sees("case", "}"):
            found.append(self.statement())
        return tuple(found)

    def _while(self) -> Statement:
        start = self.at
        self.next()
        attributes = self.attributes()
        if self.sees("invariant", "decreases", "modifies", "free", "case") or (
            self.sees("{") and self.sees_ahead(1, "case")
        ):
            clauses = self.clauses()
            return WhileCases(clauses, self._alternatives(), attributes, first=start, last=self.at)
        if self.accept("..."):
            guard: Expression = Star(first=self.at - 1, last=self.at)
        else:
            guard = self.guard()
        clauses = self.clauses()
        body = self._loop_body()
        return While(guard, clauses, body, attributes, first=start, last=self.at)

    def _loop_body(self) -> Block | None:
        if self.accept("..."):
            return None
        return self.block() if self.sees("{") else None

    def _for(self) -> Statement:
        start = self.at
        self.next()
        attributes = self.attributes()
        variable = self.typed_name()
        self.expect(":=")
        low = self.outside()
        direction = self.accept("to", "downto") or self.expect("to").text
        if self.sees("*"):
            high: Expression = Star(first=self.at, last=self.at + 1)
            self.next()
        else:
            high = self.outside()
        clauses = self.clauses()
        body = self._loop_body()
        return For(variable, low, direction, high, clauses, body, attributes, first=start, last=self.at)

    def _match_statement(self) -> Statement:
        start = self.at
        self.next()
        attributes = self.attributes()
        subject = self.outside()
        braces = bool(self.accept("{"))
        cases = []
        while self.sees("case"):
            begin = self.at
            self.next()
            own = self.attributes()
            pattern = self.pattern(alternatives=True)
            self.expect("=>")
            statements = self._case_body()
            cases.append(MatchStatementCase(pattern, statements, own, first=begin, last=self.at))
        if braces:
            self.expect("}")
        return MatchStatement(subject, tuple(cases), attributes, first=start, last=self.at)

    def _forall(self) -> Statement:
        start = self.at
        self.next()
        early = self.attributes()
        parentheses = bool(self.accept("("))
        variables: tuple[Variable, ...] = ()
        within = None
        if not self.sees(")", "ensures", "{"):
            variables, attributes, within = self.bound_variables(bars=True)
            early += attributes
        if parentheses:
            self.expect(")")
        clauses: tuple[Clause, ...] = self.clauses(("ensures",))
        body = self.block() if self.sees("{") else None
        return Forall(variables, within, clauses, body, early, first=start, last=self.at)

    def _calc(self) -> Statement:
        start = self.at
        self.next()
        attributes = self.attributes()
        operator = self._calc_operator()
        attributes += self.attributes()
        self.expect("{")
        steps = []
        while not self.sees("}"):
            begin = self.at
            between = self._calc_operator()
            hints: list[Statement] = []
            while self.sees("{", "calc"):
                hints.append(self.block() if self.sees("{") else self._calc())
            line = None
            if not self.sees("}"):
                line = self.outside()
                self.expect(";")
            if self.at == begin:
                raise self.error(f"a line of the calculation expected, found {self.found()}")
            steps.append(CalcStep(between, tuple(hints), line, first=begin, last=self.at))
        self.expect("}")
        return Calc(operator, tuple(steps), attributes, first=start, last=self.at)

    def _calc_operator(self) -> str:
        operator = self.accept(*_CALC_OPERATORS)
        if operator == "==" and self.accept("#["):
            operator += f"#[{self._limit()}]"
        return operator

    def _print(self) -> Statement:
        start = self.at
        self.next()
        values = self.separated(self.outside)
        self.expect(";")
        return Print(values, first=start, last=self.at)

    def _reveal(self) -> Statement:
        start = self.at
        kind = self.next().text
        values = self.separated(self.frame_expression)
        self.expect(";")
        return Reveal(kind, values, first=start, last=self.at)

    def _modify(self) -> Statement:
        start = self.at
        self.next()
        attributes = self.attributes()
        frame = self.separated(self.frame_expression)
        clauses = self.clauses()
        body = self.block() if self.sees("{") else None
        if body is None:
            self.expect(";")
        return Modify(frame, clauses, body, attributes, first=start, last=self.at)

    def _labelled(self) -> Statement:
        start = self.at
        self.next()
        token = self.next()  # a name or a number
        self.expect(":")
        statement = self.statement()
        return Labelled(token.text, statement, first=start, last=self.at)

    def _opaque(self) -> Statement:
        start = self.at
        self.next()
        clauses = self.clauses()
        return OpaqueBlock(clauses, self.block(), first=start, last=self.at)
