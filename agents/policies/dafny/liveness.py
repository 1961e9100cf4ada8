"""Which local variables have a value at a loop's head that nobody will read."""

from __future__ import annotations

from collections.abc import Sequence

from proofsmith.dafny import expressions as ex
from proofsmith.dafny import statements as st
from proofsmith.dafny.interpret_domains import stripped
from proofsmith.dafny.nodes import Node, Statement, walk

Loop = st.While | st.WhileCases | st.For
_READ, _WRITTEN, _NEITHER = "read", "written", "neither"


def is_dead(name: str, loop: Loop, after: Sequence[tuple[Statement, ...]], around: Sequence[Loop]) -> bool:
    """Say whether a local variable is written before it is read, wherever the loop's head leads.

    Args:
        name: no parameter and no result.
        loop: at whose head.
        after: what is done after the loop, in each block around it, innermost first, up to the
            next loop's or the method's end.
        around: the loops around it, innermost first, one fewer than `after`.
    """
    if _into(name, loop) != _WRITTEN:
        return False
    for rest, outer in zip(after, (*around, None), strict=True):
        use = _first_use(name, rest)
        if use != _NEITHER or outer is None:
            return use != _READ
        if _into(name, outer) == _READ:
            return False
    return True


def _into(name: str, loop: Loop) -> str:
    """How a loop first uses a variable once it goes round."""
    if isinstance(loop, st.WhileCases):
        return _READ if _mentions(name, loop) else _NEITHER
    head: list[Node] = [*loop.clauses]
    head += [loop.guard] if isinstance(loop, st.While) else [loop.high]
    if any(_mentions(name, part) for part in head) or loop.body is None:
        return _READ
    return _first_use(name, loop.body.statements)


def _first_use(name: str, statements: Sequence[Statement]) -> str:
    for statement in statements:
        use = _use(name, statement)
        if use != _NEITHER:
            return use
    return _NEITHER


def _use(name: str, statement: Statement) -> str:
    if isinstance(statement, st.Block):
        return _first_use(name, statement.statements)
    if isinstance(statement, st.If):
        if _mentions(name, statement.guard):
            return _READ
        uses = {
            _use(name, statement.then),
            _NEITHER if statement.otherwise is None else _use(name, statement.otherwise),
        }
        return _READ if _READ in uses else _WRITTEN if uses == {_WRITTEN} else _NEITHER
    if isinstance(statement, st.While | st.For) and not _mentions(name, statement):
        return _NEITHER
    if isinstance(statement, st.While) and _into(name, statement) == _WRITTEN:
        return _NEITHER  # it may go round no time at all
    if isinstance(statement, st.Assign | st.VarDeclaration) and statement.operator == ":=":
        return _assignment(name, statement)
    return _READ if _mentions(name, statement) else _NEITHER


def _assignment(name: str, statement: st.Assign | st.VarDeclaration) -> str:
    if any(_mentions(name, value) for value in statement.values):
        return _READ
    if isinstance(statement, st.VarDeclaration):
        return _WRITTEN if any(v.name == name for v in statement.variables) else _NEITHER
    plain = [stripped(t) for t in statement.targets]
    if any(_mentions(name, t) for t in plain if not isinstance(t, ex.Name)):
        return _READ
    return _WRITTEN if any(isinstance(t, ex.Name) and t.name == name for t in plain) else _NEITHER


def _mentions(name: str, node: Node) -> bool:
    return any(isinstance(n, ex.Name) and n.name == name for n in walk(node))
