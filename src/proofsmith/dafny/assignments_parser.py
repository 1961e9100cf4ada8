"""Reading assignments, declarations of variables, and jumps."""

from __future__ import annotations

from proofsmith.dafny.compounds_parser import CompoundsParser
from proofsmith.dafny.expressions import Call, Parenthesized, Star
from proofsmith.dafny.lexer import NAME, NUMBER
from proofsmith.dafny.nodes import Expression, Statement, Type, Variable
from proofsmith.dafny.statements import Assign, Block, CallStatement, Jump, New, VarDeclaration


class AssignmentsParser(CompoundsParser):
    """The part of the parser that reads statements with right-hand sides."""

    def jump(self) -> Statement:
        """Read a return, break, continue or yield."""
        start = self.at
        kind = self.next().text
        values: tuple[Expression, ...] = ()
        label = ""
        if kind in ("break", "continue"):
            while not self.sees(";"):
                token = self.next()
                if token.kind not in (NAME, NUMBER):
                    raise self.error("';' expected", self.at - 1)
                label = f"{label} {token.text}".lstrip()
        elif not self.sees(";"):
            values = self.separated(self._right_side)
        self.expect(";")
        return Jump(kind, values, label, first=start, last=self.at)

    def variables(self) -> Statement:
        """Read a declaration of local variables."""
        start = self.at
        ghost = bool(self.accept("ghost"))
        self.expect("var")
        attributes = self.attributes()
        if self.sees("(") or (self.sees_name() and self.sees_ahead(1, "(", ".")):
            pattern = self.pattern()
            operator = self.accept(":=", ":-") or self.expect(":=").text
            values: tuple[Expression, ...] = (self._right_side(),)
            proof = self._proof()
            return VarDeclaration(
                (), operator, values, pattern, ghost, False, attributes, proof, first=start, last=self.at
            )
        variables = self.separated(self._local)
        attributes += self.attributes()
        operator = self.accept(":=", ":|", ":-")
        values, assumed = self._right_sides(operator)
        proof = self._proof()
        return VarDeclaration(
            variables, operator, values, None, ghost, assumed, attributes, proof, first=start, last=self.at
        )

    def _local(self) -> Variable:
        start = self.at
        attributes = self.attributes()
        variable = self.typed_name()
        return Variable(variable.name, variable.type, attributes=attributes, first=start, last=self.at)

    def _right_sides(self, operator: str) -> tuple[tuple[Expression, ...], bool]:
        if operator == ":|":
            assumed = bool(self.accept("assume"))
            if assumed:
                self.attributes()
            return (self.outside(),), assumed
        if operator == ":-" and self.sees("assume", "assert", "expect"):
            assumed = self.next().text == "assume"
            return self.separated(self._right_side), assumed
        return (self.separated(self._right_side) if operator else ()), False

    def _right_side(self) -> Expression:
        start = self.at
        if self.sees("*"):
            self.next()
            result: Expression = Star(first=start, last=self.at)
        elif self.sees("new"):
            result = self._new()
        else:
            result = self.outside()
        return result

    def _new(self) -> Expression:
        start = self.at
        self.next()
        typ: Type | None = None
        if not self.sees("["):
            typ = self.type()
        lengths: tuple[Expression, ...] = ()
        arguments = initial = None
        if self.accept("["):
            lengths = self.until("]", self.inside)
            if self.accept("("):
                initial = self.inside()
                self.expect(")")
            elif self.sees("["):
                initial = self.suffixed()
        elif self.accept("("):
            arguments = self.until(")", self.argument)
        return New(typ, arguments, lengths, initial, first=start, last=self.at)

    def assignment_or_call(self) -> Statement:
        """Read an assignment or the call of a method."""
        start = self.at
        if self.sees(":-"):
            self.next()
            values, assumed = self._right_sides(":-")
            attributes = self.attributes()
            proof = self._proof()
            return Assign((), ":-", values, assumed, attributes, proof, first=start, last=self.at)
        targets = self.separated(self._target)
        attributes = self.attributes()
        operator = self.accept(":=", ":|", ":-")
        if not operator:
            call = targets[0]
            inner = call.inner if isinstance(call, Parenthesized) else call
            if len(targets) > 1 or not isinstance(inner, Call):
                raise self.error(f"':=' or a call expected, found {self.found()}")
            proof = self._proof()
            return CallStatement(call, attributes, proof, first=start, last=self.at)
        values, assumed = self._right_sides(operator)
        attributes += self.attributes()
        proof = self._proof()
        return Assign(targets, operator, values, assumed, attributes, proof, first=start, last=self.at)

    def _proof(self) -> Block | None:
        """Read the end of a statement: a semicolon, or ``by`` with a block."""
        if self.sees("by") and self.sees_ahead(1, "{"):
            self.next()
            return self.block()
        self.expect(";")
        return None

    def block(self) -> Block:
        """Read ``{ statements }``."""
        raise NotImplementedError

    def _target(self) -> Expression:
        saved = self.sequels, self.bars, self.lambdas
        self.sequels, self.bars, self.lambdas = False, True, False
        try:
            return self.suffixed()
        finally:
            self.sequels, self.bars, self.lambdas = saved
