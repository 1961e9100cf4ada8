"""What Dafny 2.3 accepts without a look, and proves ``false`` with.

An assignment in the proof of an assertion counts as made and as not made; and a loop whose measure is a
function or an infinite map need not end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from proofsmith.dafny.declarations import Class, Datatype, Field, Function, Include, Method, Program
from proofsmith.dafny.expressions import (
    Binary,
    Call,
    Cardinality,
    Cast,
    IfThenElse,
    Lambda,
    Literal,
    Name,
    Parenthesized,
    Pattern,
    Primitive,
    Select,
    SeqDisplay,
    Slice,
    Tuple,
    Unary,
)
from proofsmith.dafny.nodes import Expression, Node, Type, children, walk
from proofsmith.dafny.statements import (
    Assert,
    Assign,
    CallStatement,
    For,
    Forall,
    Modify,
    VarDeclaration,
    While,
    WhileCases,
)

_ARROWS = frozenset(("->", "~>", "-->"))
_ORDERED_TEXT = """
    bool char int nat real string ORDINAL object seq set multiset map array () bv8 bv16 bv32 bv64
"""
_ORDERED = frozenset(_ORDERED_TEXT.split())
_DEEPEST = 8
"""Variables are followed this far through the values that they begin with."""


def unchecked(program: Program) -> Iterator[tuple[Node, str]]:
    """Yield the places where Dafny 2.3 leaves something out, and what in words."""
    methods = frozenset(n.name for n in walk(program) if isinstance(n, Method) and not n.is_lemma)
    ordered = _ordered(program)
    for node in walk(program):
        if isinstance(node, Assert):
            if node.proof is not None and _changes(node.proof, frozenset(), methods):
                yield node, "the proof of an assertion changes what is declared outside of it"
        elif isinstance(node, While | WhileCases):
            for clause in node.clauses:
                if clause.kind == "decreases" and not all(map(ordered, clause.expressions)):
                    yield clause, "the measure of a loop may be a function or an infinite map, without order"


def _changes(node: Node, own: frozenset[str], methods: frozenset[str]) -> bool:
    """Say whether something below `node` changes what is not among the variables `own`."""
    if isinstance(node, Modify):
        return True
    if isinstance(node, CallStatement) and _called(node.call) in methods:
        return True
    if isinstance(node, Assign) and not all(isinstance(t, Name) and t.name in own for t in node.targets):
        return True
    if isinstance(node, Assign | VarDeclaration) and any(_called(value) in methods for value in node.values):
        return True
    for child in children(node):
        if _changes(child, own, methods):
            return True
        if isinstance(child, VarDeclaration):
            own = own.union(variable.name for variable in child.variables)
    return False


def _called(expression: Expression) -> str:
    """Return the last name of what is called; an empty string for what is no call of a name."""
    while isinstance(expression, Parenthesized):
        expression = expression.inner
    if not isinstance(expression, Call):
        return ""
    callee = expression.callee
    return callee.name if isinstance(callee, Name) else callee.field if isinstance(callee, Select) else ""


def _ordered(program: Program) -> Callable[[Expression], bool]:
    """Return what says of a measure that it is certainly neither a function nor an infinite map."""
    if not _has_unordered(program):
        return lambda measure: True
    types = _ORDERED.union(n.name for n in walk(program) if isinstance(n, Datatype | Class))
    known: dict[str, list[Type | Expression | None]] = {}
    for name, kind in _declared(program):
        known.setdefault(name, []).append(kind)

    def named(name: str, depth: int) -> bool:
        kinds = known.get(name, [None])
        return depth > 0 and all(
            k is not None
            and (k.name.removesuffix("?") in types if isinstance(k, Type) else is_ordered(k, depth - 1))
            for k in kinds
        )

    def is_ordered(e: Expression, depth: int) -> bool:
        if isinstance(e, Literal | Cardinality | Unary | Binary | Slice | SeqDisplay | Tuple):
            return True
        if isinstance(e, Parenthesized):
            return is_ordered(e.inner, depth)
        if isinstance(e, IfThenElse):
            return is_ordered(e.then, depth) and is_ordered(e.otherwise, depth)
        if isinstance(e, Cast):
            return e.type.name in types
        if isinstance(e, Primitive):
            return e.name == "multiset" or (e.name == "old" and is_ordered(e.arguments[0], depth))
        if isinstance(e, Select):
            return e.field == "Length" or named(e.field, depth)
        if isinstance(e, Call):
            return bool(_called(e)) and named(_called(e), depth)
        return isinstance(e, Name) and named(e.name, depth)

    return lambda measure: is_ordered(measure, _DEEPEST)


def _has_unordered(program: Program) -> bool:
    """Say whether a program has functions as values, or infinite maps, or may get them from elsewhere."""
    if any(token.text == "imap" for token in program.tokens):
        return True
    functions = {n.name for n in walk(program) if isinstance(n, Function)}
    called = {id(n.callee) for n in walk(program) if isinstance(n, Call)}
    for node in walk(program):
        if isinstance(node, Lambda | Include) or (isinstance(node, Type) and node.name in _ARROWS):
            return True
        if isinstance(node, Name) and node.name in functions and id(node) not in called:
            return True
        if isinstance(node, Select) and node.field in functions and id(node) not in called:
            return True
    return False


def _declared(program: Program) -> Iterator[tuple[str, Type | Expression | None]]:
    """Yield names with their type, or the value that they begin with, or ``None`` where neither is known.

    Variables of formulas and of expressions are no measures of loops; their names are left out.
    """
    for node in walk(program):
        if isinstance(node, Method):
            yield from ((v.name, v.type) for v in (*node.parameters, *node.results))
        elif isinstance(node, Function):
            yield from ((v.name, v.type) for v in node.parameters)
            yield node.name, Type("bool") if node.result is None else node.result.type
        elif isinstance(node, Field):
            yield from ((v.name, v.type or node.value) for v in node.variables)
        elif isinstance(node, Datatype):
            parts = (v for constructor in node.constructors for v in constructor.parameters)
            yield from ((v.name, v.type) for v in parts)
        elif isinstance(node, VarDeclaration):
            yield from _bound(node)
        elif isinstance(node, For):
            yield node.variable.name, Type("int")
        elif isinstance(node, Forall):
            yield from ((v.name, v.type) for v in node.variables)
        elif isinstance(node, Pattern) and node.arguments is None:
            yield node.name, node.type


def _bound(node: VarDeclaration) -> Iterator[tuple[str, Type | Expression | None]]:
    matching = node.operator == ":=" and len(node.values) == len(node.variables)
    for index, variable in enumerate(node.variables):
        kind: Type | Expression | None = variable.type
        if kind is None and matching:
            kind = node.values[index]
        yield variable.name, kind
