"""The points of a declaration where hints can stand, with the variables visible there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from proofsmith.agents.policies.dafny.proofs.tables import Scope, Tables, bindings, substituted
from proofsmith.dafny import expressions as ex
from proofsmith.dafny import statements as st
from proofsmith.dafny.declarations import Function, Method
from proofsmith.dafny.nodes import Expression, Node, Statement, Type

Routine = Method | Function
"""What has a specification and a body."""


@dataclass(frozen=True)
class Point:
    """A place for hints.

    Attributes:
        offset: in the task's text; hints go before what stands there.
        scope: the variables visible, with their types where seen.
        local: whether variables are visible that are not at the declaration's beginning.
        last: whether it ends a block, or precedes the value of a function.
        block: where the innermost block around it begins and ends, in characters.
        blocks: how many blocks are around it.
    """

    offset: int
    scope: Scope = field(hash=False, compare=False)
    local: bool
    last: bool
    block: tuple[int, int]
    blocks: int = 0


class Points:
    """Finds the points of one declaration.

    Args:
        tables: of the program.
        node: with a body.
    """

    def __init__(self, tables: Tables, node: Routine) -> None:
        self._tables, self._program, self._node = tables, tables.program, node
        self._module = tables.module_of.get(id(node), "")
        self._first = {p.name: p.type for p in node.parameters}
        if isinstance(node, Method):
            self._first.update((v.name, v.type) for v in node.results)

    def all(self) -> list[Point]:
        """Return the points, in the order of the text."""
        node = self._node
        if isinstance(node, Method):
            if node.body is None:
                return []
            return list(self._in_block(node.body, dict(self._first), 1))
        if node.body is None or node.body.value is None:
            return []
        return list(self._in_expression(node.body.value, dict(self._first), self._program.span(node.body), 1))

    def _point(self, offset: int, scope: Scope, last: bool, block: tuple[int, int], depth: int) -> Point:
        return Point(offset, dict(scope), set(scope) > set(self._first), last, block, depth)

    # -- statements --------------------------------------------------------------------------

    def _in_block(self, block: Node, scope: dict[str, Type | None], depth: int) -> Iterator[Point]:
        statements: Sequence[Statement] = getattr(block, "statements", ())
        tokens = self._program.tokens
        closed = isinstance(block, st.Block)
        end = tokens[block.last - 1].start if closed else tokens[block.last].start
        span = self._program.span(block)[0], end
        ended = False
        for statement in statements:
            leaves = isinstance(statement, st.Jump)
            ended = ended or leaves
            yield self._point(tokens[statement.first].start, scope, leaves, span, depth)
            yield from self._inside(statement, scope, depth)
            self._declare(statement, scope)
        if not ended:
            yield self._point(end, scope, True, span, depth)

    def _inside(self, node: Statement, scope: dict[str, Type | None], depth: int) -> Iterator[Point]:
        inner = dict(scope)
        if isinstance(node, st.Block):
            yield from self._in_block(node, inner, depth + 1)
        elif isinstance(node, st.Labelled):
            yield from self._inside(node.statement, scope, depth)
        elif isinstance(node, st.If):
            bound = node.guard.variables if isinstance(node.guard, ex.BindingGuard) else ()
            inner.update((v.name, v.type) for v in bound)
            yield from self._in_block(node.then, inner, depth + 1)
            if node.otherwise is not None:
                yield from self._inside(node.otherwise, dict(scope), depth)
        elif isinstance(node, st.IfCases | st.WhileCases):
            for alternative in node.alternatives:
                yield from self._in_block(alternative, dict(scope), depth + 1)
        elif isinstance(node, st.While | st.For):
            if isinstance(node, st.For):
                inner[node.variable.name] = Type("int")
            if node.body is not None:
                yield from self._in_block(node.body, inner, depth + 1)
        elif isinstance(node, st.MatchStatement):
            subject = self._tables.of(node.subject, scope, self._module)
            for case in node.cases:
                known = {**scope, **self._pattern(case.pattern, subject)}
                yield from self._in_block(case, known, depth + 1)
        elif isinstance(node, st.Forall) and node.body is not None:
            for v in node.variables:
                known_by = node.range or ex.Star()
                inner[v.name] = self._tables.bound_type(v, known_by, scope, self._module)
            yield from self._in_block(node.body, inner, depth + 1)
        elif isinstance(node, st.Assert) and node.proof is not None:
            yield from self._in_block(node.proof, inner, depth + 1)

    def _declare(self, node: Statement, scope: dict[str, Type | None]) -> None:
        if isinstance(node, st.Labelled):
            self._declare(node.statement, scope)
        if not isinstance(node, st.VarDeclaration):
            return
        if node.pattern is not None and len(node.values) == 1:
            scope.update(self._pattern(node.pattern, self._tables.of(node.values[0], scope, self._module)))
        for k, v in enumerate(node.variables):
            declared = v.type
            if declared is None and node.operator == ":|" and node.values:
                declared = self._tables.bound_type(v, node.values[0], scope, self._module)
            elif declared is None and k < len(node.values):
                declared = self._made(node.values[k], scope)
            scope[v.name] = declared

    def _made(self, value: Expression, scope: Scope) -> Type | None:
        if isinstance(value, st.New):
            if value.lengths and value.type is not None:
                return Type("array", (value.type,))
            return value.type
        return self._tables.of(value, scope, self._module)

    def _pattern(self, pattern: ex.Pattern, subject: Type | None) -> dict[str, Type | None]:
        """The variables that a pattern binds."""
        if pattern.arguments is None:
            known = self._tables.constructor(ex.Name(pattern.name), self._module)
            return {} if known is not None or not pattern.name else {pattern.name: pattern.type or subject}
        found = self._tables.constructor(ex.Name(pattern.name), self._module) if pattern.name else None
        types: list[Type | None] = [None] * len(pattern.arguments)
        if found is not None:
            values = bindings(found[0], subject) if subject is not None else {}
            types = [substituted(p.type, values) for p in found[1].parameters]
        elif subject is not None and subject.name == "()":
            types = list(subject.arguments)
        bound: dict[str, Type | None] = {}
        for part, declared in zip(pattern.arguments, types, strict=False):
            bound.update(self._pattern(part, self._tables.plain(declared)))
        return bound

    # -- expressions -------------------------------------------------------------------------

    def _in_expression(
        self, e: Expression, scope: dict[str, Type | None], block: tuple[int, int], depth: int
    ) -> Iterator[Point]:
        """The points before the values that a function's body can end in."""
        span = self._program.span(e)
        if isinstance(e, ex.IfThenElse):
            for part in (e.then, e.otherwise):
                yield from self._in_expression(part, dict(scope), self._program.span(part), depth + 1)
        elif isinstance(e, ex.Match):
            subject = self._tables.of(e.subject, scope, self._module)
            for case in e.cases:
                known = {**scope, **self._pattern(case.pattern, subject)}
                yield from self._in_expression(case.body, known, self._program.span(case), depth + 1)
        elif isinstance(e, ex.Let):
            yield self._point(span[0], scope, False, block, depth)
            inner = dict(scope)
            for k, pattern in enumerate(e.patterns):
                value = self._tables.of(e.values[k], scope, self._module) if k < len(e.values) else None
                inner.update(self._pattern(pattern, value))
            yield from self._in_expression(e.body, inner, block, depth)
        elif isinstance(e, ex.StatementExpression):
            yield from self._in_expression(e.body, scope, block, depth)
        else:
            yield self._point(span[0], scope, True, block, depth)
