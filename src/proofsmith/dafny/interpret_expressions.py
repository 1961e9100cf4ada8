"""Compiles Dafny expressions into Python closures over a frame."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from proofsmith.dafny import expressions as ex
from proofsmith.dafny import interpret_values as values
from proofsmith.dafny.interpret_domains import Domain, conjuncts, domain_of, premises, stripped
from proofsmith.dafny.interpret_elements import (
    cell,
    element,
    literal_value,
    objects,
    sequence_of,
    to_char,
    to_int,
    updated,
)
from proofsmith.dafny.interpret_patterns import compile_pattern
from proofsmith.dafny.interpret_values import Bag, Data, Map, Undefined, Unsupported, Value
from proofsmith.dafny.nodes import Expression, Variable

if TYPE_CHECKING:
    from proofsmith.dafny.interpret import Frame, Machine

Run = Callable[[Any], Value]
"""A compiled expression: a function of a `Frame`."""

_ARITHMETIC: dict[str, Callable[[Value, Value], Value]] = {
    "+": values.add,
    "-": values.subtract,
    "*": values.multiply,
    "/": values.divide,
    "%": values.modulo,
    "&": values.bits_and,
    "|": values.bits_or,
    "^": values.bits_xor,
}
_COMPARISONS: dict[str, Callable[[Value, Value], bool]] = {
    "==": values.equal,
    "!=": lambda x, y: not values.equal(x, y),
    "<": values.less,
    "<=": values.at_most,
    ">": lambda x, y: values.less(y, x),
    ">=": lambda x, y: values.at_most(y, x),
    "in": values.member,
    "!in": lambda x, y: not values.member(x, y),
    "!!": values.disjoint,
}
_MISSING = object()


class ExpressionCompiler:
    """Turns expressions into functions of a frame; each expression object is compiled once."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._known: dict[int, tuple[Expression, Run]] = {}

    def compile(self, e: Expression) -> Run:
        """Return `e` as a function of a frame. It raises a `Trouble` where there is no value."""
        known = self._known.get(id(e))
        if known is not None:
            return known[1]
        method = getattr(self, "_" + type(e).__name__.lower(), None)
        run = _unsupported(type(e).__name__) if method is None else method(e)
        self._known[id(e)] = (e, run)
        return run

    # -- atoms -------------------------------------------------------------------------------

    def _literal(self, e: ex.Literal) -> Run:
        value = literal_value(e)
        return lambda f: value

    def _this(self, e: ex.This) -> Run:
        return lambda f: f.this

    def _name(self, e: ex.Name) -> Run:
        name, machine = e.name, self._machine

        def run(f: Frame) -> Value:
            value = f.vars.get(name, _MISSING)
            return machine.member_or_global(name, f) if value is _MISSING else value

        return run

    def _parenthesized(self, e: ex.Parenthesized) -> Run:
        return self.compile(e.inner)

    # -- operators ---------------------------------------------------------------------------

    def _unary(self, e: ex.Unary) -> Run:
        inner = self.compile(e.operand)
        if e.operator == "!":
            return lambda f: not inner(f)
        return lambda f: -inner(f)

    def _binary(self, e: ex.Binary) -> Run:
        left, right = self.compile(e.left), self.compile(e.right)
        if e.operator == "==>":
            return lambda f: not left(f) or right(f)
        if e.operator == "<==":
            return lambda f: left(f) or not right(f)
        if e.operator == "<==>":
            return lambda f: left(f) == right(f)
        apply = _ARITHMETIC.get(e.operator)
        if apply is None:
            return _unsupported(f"operator {e.operator}")
        return lambda f: apply(left(f), right(f))

    def _logical(self, e: ex.Logical) -> Run:
        operands = [self.compile(o) for o in e.operands]
        if e.operator == "&&":
            return lambda f: all(o(f) for o in operands)
        return lambda f: any(o(f) for o in operands)

    def _comparison(self, e: ex.Comparison) -> Run:
        operands = [self.compile(o) for o in e.operands]
        tests = [_COMPARISONS.get(o) for o in e.operators]
        if None in tests:
            return _unsupported(f"comparison {e.operators}")
        if len(operands) == 2:
            (left, right), test = operands, tests[0]
            return lambda f: test(left(f), right(f))  # type: ignore[misc]

        def run(f: Frame) -> bool:
            last = operands[0](f)
            for test, operand in zip(tests, operands[1:], strict=True):
                value = operand(f)
                if not test(last, value):  # type: ignore[misc]
                    return False
                last = value
            return True

        return run

    def _ifthenelse(self, e: ex.IfThenElse) -> Run:
        condition, then, otherwise = map(self.compile, (e.condition, e.then, e.otherwise))
        return lambda f: then(f) if condition(f) else otherwise(f)

    def _cast(self, e: ex.Cast) -> Run:
        inner, name = self.compile(e.operand), e.type.name
        if e.operator != "as":
            return _unsupported("is")
        if name in ("int", "nat", "ORDINAL"):
            return lambda f: to_int(inner(f))
        if name == "real":
            return lambda f: Fraction(inner(f))
        if name == "char":
            return lambda f: to_char(inner(f))
        return inner

    def _cardinality(self, e: ex.Cardinality) -> Run:
        inner = self.compile(e.operand)
        return lambda f: len(inner(f))

    # -- collections -------------------------------------------------------------------------

    def _tuple(self, e: ex.Tuple) -> Run:
        items = [self.compile(i) for i in e.items]
        names = tuple(str(k) for k in range(len(items)))
        return lambda f: Data("", names, tuple(i(f) for i in items))

    def _seqdisplay(self, e: ex.SeqDisplay) -> Run:
        items = [self.compile(i) for i in e.items]
        return lambda f: tuple(i(f) for i in items)

    def _setdisplay(self, e: ex.SetDisplay) -> Run:
        items = [self.compile(i) for i in e.items]
        make: Any = Bag if e.kind == "multiset" else frozenset
        return lambda f: make(i(f) for i in items)

    def _mapdisplay(self, e: ex.MapDisplay) -> Run:
        pairs = [(self.compile(k), self.compile(v)) for k, v in e.pairs]
        return lambda f: Map({k(f): v(f) for k, v in pairs})

    def _index(self, e: ex.Index) -> Run:
        target, indices = self.compile(e.target), [self.compile(i) for i in e.indices]
        if len(indices) == 1:
            index = indices[0]
            return lambda f: element(target(f), index(f), f)
        return lambda f: cell(target(f), [i(f) for i in indices], f)

    def _slice(self, e: ex.Slice) -> Run:
        target = self.compile(e.target)
        low = self.compile(e.low) if e.low is not None else None
        high = self.compile(e.high) if e.high is not None else None

        def run(f: Frame) -> Value:
            value = sequence_of(target(f), f)
            begin = low(f) if low is not None else 0
            end = high(f) if high is not None else len(value)
            if not 0 <= begin <= end <= len(value):
                raise Undefined("slice out of range")
            return value[begin:end]

        return run

    def _update(self, e: ex.Update) -> Run:
        target = self.compile(e.target)
        pairs = [(self.compile(k), self.compile(v)) for k, v in e.pairs]

        def run(f: Frame) -> Value:
            value = target(f)
            for key, new in pairs:
                value = updated(value, key(f), new(f))
            return value

        return run

    def _datatypeupdate(self, e: ex.DatatypeUpdate) -> Run:
        target, new = self.compile(e.target), [self.compile(v) for v in e.values]

        def run(f: Frame) -> Value:
            value = target(f)
            changed = dict(zip(e.fields, (n(f) for n in new), strict=True))
            fields = tuple(changed.get(n, v) for n, v in zip(value.names, value.fields, strict=True))
            return Data(value.constructor, value.names, fields)

        return run

    def _primitive(self, e: ex.Primitive) -> Run:
        inner = [self.compile(a) for a in e.arguments]
        if e.name == "old" and not e.label:
            return lambda f: inner[0](f.before())
        if e.name == "multiset":
            return lambda f: Bag(inner[0](f))
        if e.name == "fresh":
            return lambda f: all(x not in f.old for x in objects(inner[0](f)))
        if e.name == "allocated":
            return lambda f: True
        if e.name == "unchanged":
            return lambda f: all(f.old.get(i(f)) == f.heap.get(i(f)) for i in inner)
        return _unsupported(e.name)

    # -- members and calls -------------------------------------------------------------------

    def _select(self, e: ex.Select) -> Run:
        machine, field = self._machine, e.field
        path = machine.static_path(e.target)
        target = self.compile(e.target)

        def run(f: Frame) -> Value:
            if path is not None and path not in f.vars:
                return machine.member_or_global(field, f)
            return machine.field_of(target(f), field, f)

        return run

    def _call(self, e: ex.Call) -> Run:
        arguments = [self.compile(a) for a in e.arguments]
        machine, callee = self._machine, stripped(e.callee)
        if any(isinstance(a, ex.NamedArgument) for a in e.arguments):
            return _unsupported("named arguments")
        if isinstance(callee, ex.Name):
            name = callee.name
            if name == "seq" and len(arguments) == 2:
                return lambda f: tuple(map(arguments[1](f), range(arguments[0](f))))

            def by_name(f: Frame) -> Value:
                local = f.vars.get(name, _MISSING)
                given = [a(f) for a in arguments]
                return machine.call_named(name, given, f) if local is _MISSING else local(*given)

            return by_name
        if isinstance(callee, ex.Select):
            path, field, target = (
                machine.static_path(callee.target),
                callee.field,
                self.compile(callee.target),
            )

            def by_field(f: Frame) -> Value:
                given = [a(f) for a in arguments]
                if path is not None and path not in f.vars:
                    return machine.call_named(field, given, f)
                return machine.call_member(target(f), field, given, f)

            return by_field
        function = self.compile(callee)
        return lambda f: function(f)(*[a(f) for a in arguments])

    # -- binders -----------------------------------------------------------------------------

    def _lambda(self, e: ex.Lambda) -> Run:
        body, names = self.compile(e.body), [v.name for v in e.variables]
        return lambda f: lambda *given: body(f.with_vars(dict(zip(names, given, strict=True))))

    def _let(self, e: ex.Let) -> Run:
        if e.operator == ":|":
            return _unsupported("let such that")
        bind = [compile_pattern(p, self._machine) for p in e.patterns]
        given, body = [self.compile(v) for v in e.values], self.compile(e.body)

        def run(f: Frame) -> Value:
            bound: dict[str, Value] = {}
            for pattern, value in zip(bind, given, strict=True):
                if not pattern(value(f), bound):
                    raise Undefined("pattern does not match")
            return body(f.with_vars(bound))

        return run

    def _match(self, e: ex.Match) -> Run:
        subject = self.compile(e.subject)
        cases = [(compile_pattern(c.pattern, self._machine), self.compile(c.body)) for c in e.cases]

        def run(f: Frame) -> Value:
            value = subject(f)
            for pattern, body in cases:
                bound: dict[str, Value] = {}
                if pattern(value, bound):
                    return body(f.with_vars(bound) if bound else f)
            raise Undefined("no case matches")

        return run

    def _statementexpression(self, e: ex.StatementExpression) -> Run:
        return self.compile(e.body)

    def _quantifier(self, e: ex.Quantifier) -> Run:
        universal = e.kind == "forall"
        conditions = list(conjuncts(e.range)) + list(premises(e.body) if universal else conjuncts(e.body))
        domains = self.domains(e.variables, conditions, e.body if universal and e.range is None else None)
        span = None if e.range is None else self.compile(e.range)
        body, names = self.compile(e.body), [v.name for v in e.variables]
        complete = all(d.complete for d in domains)

        def run(f: Frame) -> bool:
            inner = f.with_vars({})
            for _ in assignments(inner, names, domains):
                if (span is None or span(inner)) and bool(body(inner)) != universal:
                    return not universal
            if not complete:
                raise Unsupported("a quantifier without bounds")
            return universal

        return run

    def _comprehension(self, e: ex.Comprehension) -> Run:
        domains = self.domains(e.variables, list(conjuncts(e.range)))
        names = [v.name for v in e.variables]
        if not all(d.complete for d in domains):
            return _unsupported("a comprehension without bounds")
        span = None if e.range is None else self.compile(e.range)
        body = self.compile(e.body) if e.body is not None else None
        key = self.compile(e.key) if e.key is not None else None

        def run(f: Frame) -> Value:
            inner = f.with_vars({})
            found = []
            for _ in assignments(inner, names, domains):
                if span is None or span(inner):
                    k = key(inner) if key is not None else inner.vars[names[0]]
                    found.append((k, body(inner) if body is not None else k))
            return Map(dict(found)) if "map" in e.kind else frozenset(v for _, v in found)

        return run

    def domains(
        self, variables: Sequence[Variable], conditions: list[Expression], body: Expression | None = None
    ) -> list[Domain]:
        """Return how to enumerate `variables`, each given those before it; `body` is said of all values."""
        finite = self._machine.finite_values
        return [
            domain_of(v, conditions, variables[k + 1 :], self.compile, finite, body)
            for k, v in enumerate(variables)
        ]


def assignments(frame: Frame, names: Sequence[str], domains: Sequence[Domain]) -> Iterator[None]:
    """Set the variables `names` of `frame` to every combination of their values in turn."""
    if not names:
        yield
        return
    for value in domains[0].values(frame):
        frame.machine.tick()
        frame.vars[names[0]] = value
        yield from assignments(frame, names[1:], domains[1:])


def _unsupported(what: str) -> Run:
    def run(f: Frame) -> Value:
        raise Unsupported(what)

    return run
