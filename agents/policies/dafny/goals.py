"""What a loop works towards: postconditions taken back to its end, definitions put in, parts taken apart."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from proofsmith.agents.policies.dafny.context import LoopContext, MethodContext
from proofsmith.agents.policies.dafny.formula import Formula, enclosed, formula, negated
from proofsmith.agents.policies.dafny.slices import elementwise
from proofsmith.dafny import expressions as ex
from proofsmith.dafny import statements as st
from proofsmith.dafny.declarations import Function, Program
from proofsmith.dafny.interpret_domains import conjuncts, stripped
from proofsmith.dafny.nodes import Expression, Statement, walk

_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt,
    "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_MOST_PATHS = 6
_MOST_GOALS = 24
_WEAKER = 0.5


@dataclass(frozen=True)
class _Path:
    """A way from the loop's end to the method's: conditions, and what variables stand for."""

    conditions: tuple[str, ...] = ()
    values: dict[str, str] = field(default_factory=dict)
    ended: bool = False


@dataclass(frozen=True)
class Goal:
    """A formula that is to hold after a loop; weaker forms of what is asked for weigh less than 1."""

    formula: Formula
    weight: float = 1.0


def goals_of(method: MethodContext, loop: LoopContext) -> list[Goal]:
    """Return formulas that are to hold after the loop, most telling first; parts and weaker forms too."""
    found: dict[str, Formula] = {}

    def take(goal: Formula | None) -> None:
        if goal is not None and goal.size < 120:
            for part in goal.conjuncts():
                plain = part.apart(loop.scope)
                found.setdefault(plain.text, plain)

    bodies = definitions(method.program)
    for ensured in method.ensures:
        take(ensured)
        for path in _paths(method, loop.after, _Path()):
            back = ensured.substituted(path.values)
            back = None if back is None else _settled(back)
            if back is not None and path.values:
                take(back)
                if path.conditions:
                    guard = " && ".join(enclosed(c) for c in path.conditions)
                    take(formula(f"{guard} ==> {enclosed(back.text)}"))
    for asserted in _assertions(method, loop.after):
        take(asserted)
    for outer in loop.outer:
        for given in outer.given:
            take(given)
    for goal in list(found.values()):
        for part in unfolded(goal, bodies):
            take(part)
    for goal in list(found.values()):
        for part in elementwise(goal, method):
            take(part)
    asked = set(found)
    for goal in list(found.values()):
        for weaker in _weaker(goal):
            take(weaker)
    goals = [Goal(g, 1.0 if text in asked else _WEAKER) for text, g in found.items()]
    return goals[:_MOST_GOALS]


def _settled(goal: Formula) -> Formula | None:
    """Return `goal` without a part that is always true or false; ``None`` if it says nothing."""
    tree = stripped(goal.tree)
    if isinstance(tree, ex.Binary) and tree.operator == "==>":
        known = [_constant(stripped(part)) for part in conjuncts(tree.left)]
        if False in known:
            return None
        if all(known):
            return formula(goal.at(tree.right))
    if isinstance(tree, ex.Binary) and tree.operator == "<==>":
        for one, other in ((tree.left, tree.right), (tree.right, tree.left)):
            truth = _constant(stripped(one))
            if truth is not None:
                text = goal.at(stripped(other))
                return formula(text if truth else negated(text))
    return goal


def _constant(test: Expression) -> bool | None:
    """The truth of a comparison of two integers or of a literal, if it is one."""
    if isinstance(test, ex.Literal) and test.text in ("true", "false"):
        return test.text == "true"
    if isinstance(test, ex.Unary) and test.operator == "!":
        inner = _constant(stripped(test.operand))
        return None if inner is None else not inner
    if isinstance(test, ex.Comparison):
        numbers = [_integer(stripped(o)) for o in test.operands]
        links = list(zip(numbers, test.operators, numbers[1:], strict=False))
        truths = [_COMPARED[op](a, b) for a, op, b in links if op in _COMPARED and None not in (a, b)]
        if False in truths:
            return False
        return True if len(truths) == len(links) else None
    return None


def _integer(e: Expression) -> int | None:
    if isinstance(e, ex.Select):
        items = stripped(e.target)
        if isinstance(items, ex.Tuple) and e.field.isdigit() and int(e.field) < len(items.items):
            return _integer(stripped(items.items[int(e.field)]))
    if isinstance(e, ex.Unary) and e.operator == "-":
        inner = _integer(stripped(e.operand))
        return None if inner is None else -inner
    return int(e.text) if isinstance(e, ex.Literal) and e.kind == "int" and e.text.isdigit() else None


def definitions(program: Program) -> dict[str, tuple[tuple[str, ...], Formula]]:
    """Return the parameters and bodies of predicates and functions that do not call themselves."""
    found = {}
    for node in program.callables():
        if isinstance(node, Function) and node.body is not None and node.body.value is not None:
            body = formula(program.text(node.body.value))
            if body is not None and node.name not in body.names and body.size < 80:
                found[node.name] = (tuple(p.name for p in node.parameters), body)
    return found


def unfolded(goal: Formula, bodies: dict[str, tuple[tuple[str, ...], Formula]]) -> Iterator[Formula]:
    """Yield `goal` with one call replaced by the function's body, for every call that can be."""
    for node in walk(goal.tree):
        if isinstance(node, ex.Call) and isinstance(node.callee, ex.Name) and node.callee.name in bodies:
            parameters, body = bodies[node.callee.name]
            if len(parameters) != len(node.arguments):
                continue
            values = {p: goal.at(a) for p, a in zip(parameters, node.arguments, strict=True)}
            given = body.substituted(values) if values else body
            if given is not None:
                whole = given.text if node is stripped(goal.tree) else f"({given.text})"
                changed = goal.replaced([(node, whole)])
                if changed is not None:
                    yield changed


def _paths(method: MethodContext, statements: Sequence[Statement], path: _Path) -> list[_Path]:
    """Follow what comes after a loop; what is not understood changes nothing."""
    if not statements or path.ended:
        return [path]
    first, rest = statements[0], statements[1:]
    if isinstance(first, st.If) and not isinstance(first.guard, ex.Star | ex.BindingGuard):
        guard = formula(method.text(first.guard))
        condition = guard.substituted(path.values) if guard is not None else None
        if condition is not None:
            branches = [(condition.text, first.then.statements)]
            other: Sequence[Statement] = ()
            if isinstance(first.otherwise, st.Block):
                other = first.otherwise.statements
            elif first.otherwise is not None:
                other = (first.otherwise,)
            branches.append((negated(condition.text), tuple(other)))
            found = []
            for text, body in branches:
                taken = _Path((*path.conditions, text), path.values, False)
                found += _paths(method, (*body, *rest), taken)
            return found[:_MOST_PATHS]
    return _paths(method, rest, _step(method, first, path))


def _step(method: MethodContext, statement: Statement, path: _Path) -> _Path:
    if _writes(statement):
        return _Path(path.conditions, {}, True)  # what it does to the heap is not followed
    targets: Sequence[str | None] = ()
    values: Sequence[Expression] = ()
    ended = False
    if isinstance(statement, st.Assign) and statement.operator == ":=":
        targets = [t.name if isinstance(t, ex.Name) else None for t in statement.targets]
        values = statement.values
    elif isinstance(statement, st.VarDeclaration) and statement.operator == ":=":
        targets, values = [v.name for v in statement.variables], statement.values
    elif isinstance(statement, st.Jump) and statement.kind == "return":
        targets, values, ended = [r.name for r in method.node.results], statement.values, True
    if len(targets) != len(values):
        return _Path(path.conditions, path.values, ended)
    changed = dict(path.values)
    for target, value in zip(targets, values, strict=True):
        text = formula(method.text(value)) if not isinstance(value, st.New | ex.Star) else None
        meant = text.substituted(path.values) if text is not None else None
        if target is not None and meant is not None:
            changed[target] = meant.text
    return _Path(path.conditions, changed, ended)


def _writes(statement: Statement) -> bool:
    if isinstance(statement, st.CallStatement | st.Forall | st.Modify):
        return True
    targets = statement.targets if isinstance(statement, st.Assign) else ()
    return any(not isinstance(t, ex.Name) for t in targets)


def _assertions(method: MethodContext, statements: Sequence[Statement]) -> Iterator[Formula]:
    for statement in statements:
        if isinstance(statement, st.Assert):
            found = formula(method.text(statement.condition))
            if found is not None:
                yield found


def _weaker(goal: Formula) -> Iterator[Formula]:
    """Yield the links of a chain, the directions of an equivalence, an equality's two inequalities."""
    tree = stripped(goal.tree)
    if isinstance(tree, ex.Comparison):
        links = list(zip(tree.operands, tree.operators, tree.operands[1:], strict=False))
        for left, operator, right in links:
            a, b = goal.at(left), goal.at(right)
            if len(links) > 1:
                yield from _formulas(f"{a} {operator} {b}")
            if operator == "==" and ".." not in a + b and "multiset" not in a + b:
                yield from _formulas(f"{a} <= {b}", f"{a} >= {b}", f"{a} ==> {b}", f"{b} ==> {a}")
            elif operator in ("<", ">"):
                yield from _formulas(f"{a} {operator}= {b}")
    elif isinstance(tree, ex.Binary) and tree.operator == "<==>":
        a, b = enclosed(goal.at(tree.left)), enclosed(goal.at(tree.right))
        yield from _formulas(f"{a} ==> {b}", f"{b} ==> {a}")
    elif isinstance(tree, ex.Binary) and tree.operator == "==>":
        yield from _formulas(goal.at(tree.right))


def _formulas(*texts: str) -> Iterator[Formula]:
    for text in texts:
        found = formula(text)
        if found is not None:
            yield found
