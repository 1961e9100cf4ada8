"""What is known where a loop begins: postconditions of the methods called before it, and assertions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from proofsmith.agents.policies.dafny.context import LoopContext, MethodContext, bodies_in, methods_of
from proofsmith.agents.policies.dafny.formula import Formula, formula
from proofsmith.dafny import expressions as ex
from proofsmith.dafny import statements as st
from proofsmith.dafny.interpret_domains import stripped
from proofsmith.dafny.nodes import Expression, Statement

_MOST = 12


def priors_of(method: MethodContext, loop: LoopContext) -> list[Formula]:
    """Return formulas that held somewhere before `loop` in the words of its method, the latest first."""
    assert method.node.body is not None
    found: list[Formula] = []
    for statement in _before(method.node.body.statements, loop) or ():
        if isinstance(statement, st.Assert):
            asserted = formula(method.text(statement.condition))
            found += [] if asserted is None else asserted.conjuncts()
        elif isinstance(statement, st.CallStatement):
            found += _promised(method, statement.call, ())
        elif isinstance(statement, st.VarDeclaration | st.Assign) and len(statement.values) == 1:
            if isinstance(statement, st.Assign):
                names = [method.text(t) for t in statement.targets]
            else:
                names = [v.name for v in statement.variables]
            found += _promised(method, statement.values[0], names)
    return [f.apart(loop.scope) for f in dict.fromkeys(reversed(found))][:_MOST]


def _before(statements: Sequence[Statement], loop: LoopContext) -> tuple[Statement, ...] | None:
    """The statements that are run before a loop; ``None`` if it is not among or below these."""
    for k, statement in enumerate(statements):
        if isinstance(statement, st.Labelled):
            statement = statement.statement
        if statement is loop.node:
            return tuple(statements[:k])
        for part in bodies_in(statement):
            inside = _before(part, loop)
            if inside is not None:
                return (*statements[:k], *inside)
    return None


def _promised(method: MethodContext, call: Expression, results: Sequence[str]) -> Iterator[Formula]:
    """The postconditions of a call, with what it is given and what it gives put in."""
    call = stripped(call)
    if not isinstance(call, ex.Call) or not isinstance(call.callee, ex.Name):
        return
    for other in methods_of(method.program):
        node = other.node
        if node.name == call.callee.name and len(node.parameters) == len(call.arguments):
            given = [method.text(a) for a in call.arguments]
            values = dict(zip((p.name for p in node.parameters), given, strict=True))
            values |= dict(zip((r.name for r in node.results), results, strict=False))
            for ensured in other.ensures:
                meant = ensured.apart({*given, *results}).substituted(values)
                if meant is not None:
                    yield meant
