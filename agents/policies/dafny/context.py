"""What the templates need to know of a method and its loops."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from proofsmith.agents.policies.dafny.formula import Formula, formula
from proofsmith.agents.policies.dafny.liveness import is_dead
from proofsmith.dafny import expressions as ex
from proofsmith.dafny import statements as st
from proofsmith.dafny.declarations import Class, Field, Function, Method, Program
from proofsmith.dafny.interpret_domains import stripped
from proofsmith.dafny.nodes import Clause, Expression, Node, Statement, Type, Variable, children, walk


@dataclass(frozen=True)
class LoopContext:
    """One loop of a method.

    Attributes:
        node: the loop.
        number: its place among the loops of the method, from 0, outer ones first.
        offset: where invariants can be added, in characters.
        guard: its condition; ``None`` for ``*`` and for cases.
        scope: variables visible at its head whose values are read later, with their types where given.
        starts: initial values of variables, as far as a plain assignment says.
        assigned: variables that its body changes.
        written: arrays and objects (as text) that its body writes to; ``"*"`` if a call may.
        outer: the loops around it, innermost first.
        after: what is done from its end to that of the method, one row of statements a nesting level.
        given: clauses that it has already.
        fields: those of the receiver in `scope`; their first values are ``old`` ones.
    """

    node: st.While | st.WhileCases | st.For
    number: int
    offset: int
    guard: Formula | None
    scope: dict[str, Type | None]
    starts: dict[str, str]
    assigned: frozenset[str]
    written: frozenset[str]
    outer: tuple[LoopContext, ...]
    after: tuple[Statement, ...]
    given: tuple[Formula, ...] = ()
    fields: frozenset[str] = frozenset()

    @property
    def key(self) -> int:
        """The loop's first token, its name in the interpreter."""
        return self.node.first


@dataclass(frozen=True)
class MethodContext:
    """A method or lemma with a body, and what its specification says, as formulas."""

    program: Program
    node: Method
    owner: str
    requires: tuple[Formula, ...]
    ensures: tuple[Formula, ...]
    loops: tuple[LoopContext, ...] = field(default=(), compare=False)

    @property
    def name(self) -> str:
        """Its name; with its class in front, so that it is unique."""
        return f"{self.owner}.{self.node.name}" if self.owner else self.node.name

    @property
    def span(self) -> tuple[int, int]:
        """Where it stands in the text."""
        return self.program.span(self.node)

    def text(self, node: Node) -> str:
        """Return the source text of a node."""
        return self.program.text(node)


def methods_of(program: Program) -> list[MethodContext]:
    """Return every method and lemma that has a body."""
    owners = {id(m): c.name for c in walk(program) if isinstance(c, Class) for m in c.members}
    found = []
    for node in program.callables():
        if isinstance(node, Method) and node.body is not None:
            owner = owners.get(id(node), "")
            requires, ensures = _clauses(program, node, "requires"), _clauses(program, node, "ensures")
            method = MethodContext(program, node, owner, requires, ensures)
            loops = tuple(_loops(method))
            found.append(MethodContext(program, node, owner, requires, ensures, loops))
    return found


def functions_of(program: Program) -> list[Function]:
    """Return every function and predicate that has a body."""
    return [f for f in program.callables() if isinstance(f, Function) and f.body is not None and f.body.value]


def _clauses(program: Program, node: Method, kind: str) -> tuple[Formula, ...]:
    return _formulas(program, node.clauses, kind)


def _formulas(program: Program, clauses: Sequence[Clause], kind: str) -> tuple[Formula, ...]:
    found: list[Formula] = []
    for clause in clauses:
        if clause.kind == kind and clause.expressions:
            whole = formula(program.text(clause.expressions[0]))
            found += whole.conjuncts() if whole is not None else []
    return tuple(found)


def _loops(method: MethodContext) -> Iterator[LoopContext]:
    fields = _fields(method)
    scope: dict[str, Type | None] = dict(fields)
    for v in (*method.node.parameters, *method.node.results):
        scope[v.name] = v.type
    assert method.node.body is not None
    counter = iter(range(10_000))
    starts = {name: f"old({name})" for name in fields}
    yield from _in_statements(method, method.node.body.statements, scope, starts, (), (), counter)


def _in_statements(
    method: MethodContext,
    statements: Sequence[Statement],
    scope: dict[str, Type | None],
    starts: dict[str, str],
    outer: tuple[LoopContext, ...],
    after: tuple[Statement, ...],
    counter: Iterator[int],
) -> Iterator[LoopContext]:
    scope, starts = dict(scope), dict(starts)
    for k, statement in enumerate(statements):
        rest = (*statements[k + 1 :], *after)
        if isinstance(statement, st.Labelled):
            statement = statement.statement
        if isinstance(statement, st.While | st.WhileCases | st.For):
            loop = _loop(method, statement, scope, starts, outer, rest, next(counter))
            if loop is not None:
                yield loop
                body = bodies_in(statement)
                inner = dict(scope)
                if isinstance(statement, st.For):
                    inner[statement.variable.name] = Type("int")
                changed = assigned_in([s for part in body for s in part])
                known = {n: t for n, t in starts.items() if n not in changed}
                for part in body:
                    yield from _in_statements(method, part, inner, known, (loop, *outer), (), counter)
                starts = known
            continue
        for part in bodies_in(statement):
            yield from _in_statements(method, part, scope, starts, outer, rest, counter)
        _take(method, statement, scope, starts)


def _fields(method: MethodContext) -> dict[str, Type | None]:
    """The mutable fields of the receiver that a method mentions and does not hide."""
    if not method.owner or "static" in method.node.modifiers:
        return {}
    inside = list(walk(method.node))
    named = {n.name for n in inside if isinstance(n, ex.Name)}
    named |= {n.field for n in inside if isinstance(n, ex.Select) and isinstance(n.target, ex.This)}
    hidden = {v.name for v in (*method.node.parameters, *method.node.results)}
    hidden |= {v.name for n in inside if isinstance(n, st.VarDeclaration) for v in n.variables}
    classes = (c for c in walk(method.program) if isinstance(c, Class) and c.name == method.owner)
    members = [m for c in classes for m in c.members if isinstance(m, Field) and m.kind == "var"]
    return {v.name: v.type for m in members for v in m.variables if v.name in named - hidden}


def _ghosts(method: Method) -> set[str]:
    """The ghost variables of a method: whether anything reads them or not, they are there for the proof."""
    declared = (n for n in walk(method) if isinstance(n, st.VarDeclaration) and n.ghost)
    return {v.name for n in declared for v in n.variables}


def bodies_in(statement: Statement) -> list[Sequence[Statement]]:
    """Return the rows of statements directly inside a statement."""
    found: list[Sequence[Statement]] = []
    for child in children(statement):
        if isinstance(child, st.Block | st.Alternative | st.MatchStatementCase):
            found.append(child.statements)
        elif isinstance(child, st.If):
            found.append((child,))
    return found if not isinstance(statement, st.Block) else [statement.statements]


def _take(
    method: MethodContext, statement: Statement, scope: dict[str, Type | None], starts: dict[str, str]
) -> None:
    """Learn the variables that a statement declares, and the values that it gives."""
    if isinstance(statement, st.VarDeclaration):
        scope.update((v.name, v.type) for v in statement.variables)
    for name in assigned_in((statement,)):
        starts.pop(name, None)
    if isinstance(statement, st.VarDeclaration | st.Assign) and statement.operator == ":=":
        given: Sequence[Variable | Expression] = (
            statement.variables if isinstance(statement, st.VarDeclaration) else statement.targets
        )
        if len(given) == len(statement.values):
            for target, value in zip(given, statement.values, strict=True):
                called = getattr(target, "name", None)
                if isinstance(called, str) and not isinstance(value, st.New | ex.Star):
                    starts[called] = method.text(value)


def _loop(
    method: MethodContext,
    node: st.While | st.WhileCases | st.For,
    scope: dict[str, Type | None],
    starts: dict[str, str],
    outer: tuple[LoopContext, ...],
    after: tuple[Statement, ...],
    number: int,
) -> LoopContext | None:
    program = method.program
    if isinstance(node, st.WhileCases):
        index = node.alternatives[0].first - 1
        if program.tokens[index].text != "{":
            index += 1
        offset, guard = program.tokens[index].start, None
    else:
        if node.body is None:
            return None
        offset = program.span(node.body)[0]
        text = "" if isinstance(node, st.For) or isinstance(node.guard, ex.Star) else program.text(node.guard)
        guard = formula(text) if text else None
    around, behind = [o.node for o in outer], [after, *(o.after for o in outer)]
    given = {v.name for v in (*method.node.parameters, *method.node.results)} | _ghosts(method.node)
    fields = _fields(method).keys() & scope.keys()
    given |= fields
    visible = {n: t for n, t in scope.items() if n in given or not is_dead(n, node, behind, around)}
    known = {n: t for n, t in starts.items() if n in visible}
    inner: tuple[Statement, ...] = tuple(s for part in bodies_in(node) for s in part)
    assigned = set(assigned_in(inner))
    if isinstance(node, st.For):
        visible[node.variable.name] = Type("int")
        known[node.variable.name] = program.text(node.low)
        assigned.add(node.variable.name)
    written = _written_in(program, inner)
    if "*" in written:
        assigned |= fields & _assigned_by_calls(method, inner)
    if assigned & fields:
        written.add("this")
    return LoopContext(
        node=node,
        number=number,
        offset=offset,
        guard=guard,
        scope=visible,
        starts=known,
        assigned=frozenset(assigned & set(visible)),
        written=frozenset(written),
        outer=outer,
        after=after,
        given=_formulas(program, node.clauses, "invariant"),
        fields=frozenset(fields),
    )


def assigned_in(statements: Sequence[Statement]) -> set[str]:
    """Return the variables that some statement among or below `statements` gives a value."""
    found: set[str] = set()
    for top in statements:
        for node in walk(top):
            if isinstance(node, st.Assign):
                targets = [stripped(t) for t in node.targets]
                found.update(t.name for t in targets if isinstance(t, ex.Name))
                found.update(t.field for t in targets if isinstance(t, ex.Select) and _is_this(t.target))
            elif isinstance(node, st.VarDeclaration):
                found.update(v.name for v in node.variables)
    return found


def _is_this(e: Expression) -> bool:
    return isinstance(stripped(e), ex.This)


def _assigned_by_calls(method: MethodContext, statements: Sequence[Statement]) -> set[str]:
    """What the methods that are called among or below `statements` give values."""
    called = {
        getattr(n.callee, "name", getattr(n.callee, "field", ""))
        for top in statements
        for n in walk(top)
        if isinstance(n, ex.Call)
    }
    found: set[str] = set()
    for other in method.program.callables():
        if isinstance(other, Method) and other.name in called and other.body is not None:
            found |= assigned_in(other.body.statements)
    return found


def _written_in(program: Program, statements: Sequence[Statement]) -> set[str]:
    found: set[str] = set()
    names = {m.name for m in program.callables() if isinstance(m, Method) and _modifies(m)}
    for top in statements:
        for node in walk(top):
            targets: tuple[Expression, ...] = node.targets if isinstance(node, st.Assign) else ()
            for target in map(stripped, targets):
                if isinstance(target, ex.Index | ex.Select):
                    found.add(program.text(target.target))
            if isinstance(node, ex.Call):
                called = getattr(node.callee, "name", getattr(node.callee, "field", ""))
                if called in names:
                    found.add("*")
                    found.update(program.text(a) for a in node.arguments)
    return found


def _modifies(method: Method) -> bool:
    return any(c.kind == "modifies" for c in method.clauses)
