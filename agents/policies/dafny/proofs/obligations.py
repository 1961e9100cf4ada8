"""What is left to prove, as formulas, and where: read from the verifier's complaints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from proofsmith.agents.policies.dafny.formula import Formula, formula
from proofsmith.agents.policies.dafny.houdini import Standing
from proofsmith.agents.policies.dafny.proofs.points import Routine
from proofsmith.agents.policies.dafny.proofs.tables import Tables
from proofsmith.dafny import expressions as ex
from proofsmith.dafny import statements as st
from proofsmith.dafny.declarations import Method
from proofsmith.dafny.interpret_domains import stripped
from proofsmith.dafny.nodes import Expression, Node, Statement, Variable, walk

_MOST_STEPS = 3


@dataclass(frozen=True)
class Goal:
    """A formula that was not proved.

    Attributes:
        formula: in terms of what is visible at `offset`.
        offset: where it must hold, in characters of the task's text.
        returned: whether it is a postcondition, which must hold wherever the declaration ends.
    """

    formula: Formula
    offset: int
    returned: bool


class Obligations:
    """Reads complaints about one declaration.

    Args:
        tables: of the program.
        node: the declaration.
    """

    def __init__(self, tables: Tables, node: Routine) -> None:
        self._tables, self._program, self._node = tables, tables.program, node
        self._module = tables.module_of.get(id(node), "")

    def left(self, standing: Standing) -> list[Goal]:
        """Return the goals that are not proved and that no addition makes; each once."""
        if standing.answer is None:
            return []
        begin, end = self._program.span(self._node)
        found: dict[tuple[str, int], Goal] = {}
        for complaint in standing.unproved():
            offset = standing.woven.source_offset(complaint.line, complaint.column)
            if not begin <= offset <= end:
                continue
            related = [standing.woven.source_offset(*place) for place in complaint.related]
            for goal in self._goals(offset, related):
                found.setdefault((goal.formula.text, goal.offset), goal)
        return list(found.values())

    def _goals(self, offset: int, related: list[int]) -> Iterator[Goal]:
        for at in related:
            for clause in self._node.clauses:
                if clause.kind == "ensures" and clause.expressions and self._covers(clause, at):
                    yield from self._parts(clause.expressions[0], at, offset, {}, returned=True)
                    return
        statement = self._statement(offset)
        if isinstance(statement, st.Assert):
            yield from self._parts(statement.condition, offset, self._start(statement), {})
        elif isinstance(statement, st.Calc):
            yield from self._step(statement, offset)
        elif isinstance(statement, st.VarDeclaration | st.Assign) and statement.operator == ":|":
            bound = ", ".join(v.name for v in getattr(statement, "variables", ()))
            condition = self._program.text(statement.values[0])
            goal = formula(f"exists {bound} :: {condition}") if bound else None
            if goal is not None:
                yield Goal(goal, self._start(statement), False)
        elif isinstance(statement, st.While | st.For):
            yield from self._invariant(statement, offset)
        elif isinstance(statement, st.Forall):
            for clause in statement.clauses:
                if statement.body is not None:
                    end = self._program.tokens[statement.body.last - 1].start
                    yield from self._parts(clause.expressions[0], offset, end, {})
        yield from self._required(offset, related, statement)

    def _invariant(self, loop: st.While | st.For, offset: int) -> Iterator[Goal]:
        """An invariant that is not kept, at the end of the loop's body."""
        for clause in loop.clauses:
            if clause.kind == "invariant" and self._covers(clause, offset) and loop.body is not None:
                end = self._program.tokens[loop.body.last - 1].start
                yield from self._parts(clause.expressions[0], offset, end, {})

    def _required(self, offset: int, related: list[int], statement: Node | None) -> Iterator[Goal]:
        """The precondition of a call, with its arguments."""
        calls = [n for n in walk(self._node) if isinstance(n, ex.Call) and self._covers(n, offset)]
        if not calls:
            return
        call = min(calls, key=lambda c: c.last - c.first)
        place = self._start(statement) if statement is not None else self._program.span(call)[0]
        given = [self._program.text(a) for a in call.arguments]
        named = self._tables.function(call.callee, self._module)
        for callee in self._program.callables():
            values = dict(zip((p.name for p in callee.parameters), given, strict=False))
            for clause in callee.clauses:
                if clause.kind != "requires" or not clause.expressions:
                    continue
                at = next((r for r in related if self._covers(clause, r)), None)
                if at is not None:
                    yield from self._parts(clause.expressions[0], at, place, values)
                elif not related and named is not None and named[0] is callee:
                    yield from self._parts(clause.expressions[0], -1, place, values)

    def _step(self, calc: st.Calc, offset: int) -> Iterator[Goal]:
        """The step of a calculation that ends at the line complained of."""
        before: Expression | None = None
        for step in calc.steps:
            if step.line is None:
                continue
            if before is not None and self._covers(step.line, offset):
                left, right = self._program.text(before), self._program.text(step.line)
                goal = formula(f"({left}) {step.operator or calc.operator or '=='} ({right})")
                if goal is not None:
                    yield Goal(goal, self._start(calc), False)
            before = step.line

    def _parts(
        self, e: Expression, at: int, place: int, values: Mapping[str, str], returned: bool = False
    ) -> Iterator[Goal]:
        """The conjunct of `e` that stands at `at`, or all of `e`."""
        part = e
        while isinstance(inner := stripped(part), ex.Logical) and inner.operator == "&&":
            below = [o for o in inner.operands if self._covers(o, at)]
            if not below:
                break
            part = below[0]
        found = formula(self._program.text(part))
        if found is not None and values:
            found = found.apart(set(values)).substituted(values)
        if found is not None:
            yield Goal(found, place, returned)

    def _statement(self, offset: int) -> Node | None:
        """The innermost statement of interest at an offset."""
        if not isinstance(self._node, Method) or self._node.body is None:
            return None
        found: Node | None = None
        for node in walk(self._node.body):
            if isinstance(node, Statement) and not isinstance(node, st.Block):
                found = node if self._covers(node, offset) else found
        return found

    def _covers(self, node: Node, offset: int) -> bool:
        begin, end = self._program.span(node)
        return begin <= offset < end

    def _start(self, node: Node) -> int:
        return self._program.span(node)[0]


class Definitions:
    """Unfolds calls of functions, as text.

    Args:
        tables: of the program.
        module: in which the texts are read.
    """

    def __init__(self, tables: Tables, module: str) -> None:
        self._tables, self._module = tables, module

    def body(self, call: ex.Call, found: Formula) -> Formula | None:
        """Return the body of the function that `call`, a part of `found`, calls, for its arguments."""
        named = self._tables.function(call.callee, self._module)
        if named is None:
            return None
        function, home = named
        if function.body is None or function.body.value is None:
            return None
        if len(function.parameters) != len(call.arguments):
            return None
        body = formula(self._tables.program.text(function.body.value))
        if body is None:
            return None
        if home != self._module:
            body = self._qualified(body, home, {p.name for p in function.parameters}) or body
        given = {p.name: found.at(a) for p, a in zip(function.parameters, call.arguments, strict=True)}
        taken: set[str] = set()
        for text in given.values():
            part = formula(text)
            taken |= part.names if part is not None else set()
        return body.apart(taken | set(given)).substituted(given)

    def _qualified(self, body: Formula, home: str, parameters: set[str]) -> Formula | None:
        """Return a formula of another module with that module's names written out."""
        names = self._tables.names_in.get(home, set()) - parameters - body.bound
        if not home or self._visible(home):
            return body
        below = {id(n.target) for n in walk(body.tree) if isinstance(n, ex.Select)}
        changes = [
            (n, f"{home}.{n.name}")
            for n in walk(body.tree)
            if isinstance(n, ex.Name) and n.name in names and id(n) not in below
        ]
        return body.replaced(changes)

    def _visible(self, home: str) -> bool:
        return home == self._module

    def recursive(self, call: ex.Call) -> bool:
        """Whether a call is one of a function that calls itself."""
        named = self._tables.function(call.callee, self._module)
        if named is None or named[0].body is None:
            return False
        return any(
            isinstance(n, ex.Call) and (found := self._tables.function(n.callee, named[1])) is not None
            and found[0] is named[0]
            for n in walk(named[0].body)
        )  # fmt: skip

    def calls(self, found: Formula) -> Iterator[ex.Call]:
        """Yield the calls of functions with a body in a formula that bind no variable around them."""
        for node in walk(found.tree):
            if isinstance(node, ex.Call):
                named = self._tables.function(node.callee, self._module)
                if named is not None and named[0].body is not None:
                    yield node

    def opened(self, found: Formula) -> Formula:
        """Return a formula with the calls of plain predicates replaced by their bodies, some levels deep."""
        for _ in range(_MOST_STEPS):
            tree = stripped(found.tree)
            if not isinstance(tree, ex.Call) or self.recursive(tree):
                return found
            body = self.body(tree, found)
            if body is None:
                return found
            found = body
        return found


def variables_text(variables: Iterable[Variable], found: Formula) -> str:
    """Return bound variables as written."""
    return ", ".join(found.at(v) for v in variables)
