"""Everything in a program that is taken on trust: what Dafny would accept without a proof.

The list follows what proves ``ensures false`` in Dafny 2.3 and 4.x, whether or not a flag of the
verifier catches it. A program without entries rests on nothing but its own text.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from proofsmith.dafny.declarations import (
    Function,
    FunctionBody,
    Include,
    IteratorDeclaration,
    Method,
    Program,
)
from proofsmith.dafny.expressions import Call, Literal, Name, Parenthesized, Select, Star
from proofsmith.dafny.nodes import Attribute, Clause, Expression, Node, walk
from proofsmith.dafny.statements import (
    Assign,
    Assume,
    For,
    Forall,
    Skeleton,
    VarDeclaration,
    While,
)
from proofsmith.dafny.unchecked import unchecked

_TRUSTED = {
    "axiom": "is taken as true",
    "extern": "is implemented elsewhere and not verified",
    "verify": "turns verification off",
    "only": "leaves the rest of the file unverified",
    "selective_checking": "turns checks off",
    "start_checking_here": "turns checks off before it",
    "inline": "is not verified by itself",
    "ignore": "hides a declaration from the verifier",
    "rlimit": "may end verification without an answer",
    "resource_limit": "may end verification without an answer",
    "timelimit": "may end verification without an answer",
    "timelimitmultiplier": "may end verification without an answer",
    "termination": "turns termination checks off",
    "assume_concurrent": "assumes what other threads leave unchanged",
    "subsumption": "changes what is checked",
    "verified_under": "turns checks off",
    "contradiction": "accepts a contradiction",
    "autoreq": "adds preconditions that are not written",
    "verifyonly": "leaves the rest of the file unverified",
    "assumeconcurrent": "assumes what other threads leave unchanged",
    "assumecrossmoduletermination": "turns termination checks off",
    "resourcelimit": "may end verification without an answer",
}
"""By name in small letters, without the ``@`` that Dafny 4 may write it with."""

_HARMLESS_TEXT = """
    abstemious auto_generated autocontracts autotriggers compile concurrent disable_nonlinear_arithmetic error
    focus fuel id induction inductiontrigger isolate_assertions main nativetype nowarn opaque print priority
    random_seed rand split_here synthesize tailrecursion test testentry transparent trigger vcs_max_cost
    vcs_max_keep_going_splits vcs_max_splits vcs_split_on_every_assert warnshadowing
"""
_HARMLESS = frozenset(_HARMLESS_TEXT.split())
"""Attributes that change how, but not what is proved."""


@dataclass(frozen=True)
class Assumption:
    """One thing taken on trust.

    Attributes:
        what: in words.
        line: in the program, counted from one.
        column: counted from one.
    """

    what: str
    line: int
    column: int


def assumptions(program: Program) -> tuple[Assumption, ...]:
    """Return everything in `program` that is taken on trust, in the order of the text."""
    found = []
    functions = {node.name for node in walk(program) if isinstance(node, Function)}
    for node in walk(program):
        for what in _of(node, functions):
            token = program.tokens[node.first]
            found.append(Assumption(what, token.line, token.column))
    for node, what in unchecked(program):
        token = program.tokens[node.first]
        found.append(Assumption(what, token.line, token.column))
    found.sort(key=lambda one: (one.line, one.column))
    return tuple(found)


def _valued(clause: Clause, functions: Collection[str]) -> str:
    """Return the name of a function that a clause mentions without calling it, or an empty string.

    Dafny 2.3 lets a ``reads`` clause depend on what the function itself reads (``F.reads(x)``), and so on its
    own opposite, which proves ``false``.
    """
    called = {id(node.callee) for node in walk(clause) if isinstance(node, Call)}
    for node in walk(clause):
        if id(node) in called:
            continue
        name = node.name if isinstance(node, Name) else node.field if isinstance(node, Select) else ""
        if name in functions:
            return name
    return ""


def _of(node: Node, functions: Collection[str]) -> Iterator[str]:
    if isinstance(node, Assume):
        yield f"'{node.kind}' is not proved"
    elif isinstance(node, VarDeclaration | Assign):
        if node.assumed:
            yield "'assume' in an assignment: that such a value exists is not proved"
    elif isinstance(node, While | For | Forall):
        if node.body is None:
            yield "a loop or 'forall' statement without a body is taken on trust"
    elif isinstance(node, Attribute):
        yield from _of_attribute(node)
    elif isinstance(node, Clause):
        yield from _of_clause(node, functions)
    elif isinstance(node, Method | Function):
        yield from _of_callable(node)
    elif isinstance(node, IteratorDeclaration):
        if any(c.kind == "ensures" for c in node.clauses):
            yield f"the postconditions of the iterator {node.name} are not checked by every version of Dafny"
        if node.body is None:
            yield f"the iterator {node.name} has no body"
    elif isinstance(node, Include):
        yield f'what "{node.path}" contains is verified only when that file is'
    elif isinstance(node, Skeleton):
        yield "'...' stands for what another module has"


def _of_attribute(node: Attribute) -> Iterator[str]:
    name = node.name.lstrip("@").lower()
    meaning = _TRUSTED.get(name, "" if name in _HARMLESS else "is not known")
    if not meaning:
        return
    switch = name in ("verify", "termination")
    first = node.arguments[0] if node.arguments else None
    if switch and isinstance(first, Literal) and first.text == "true":
        return
    yield f"the attribute {node.name!r} {meaning}"


def _of_clause(node: Clause, functions: Collection[str]) -> Iterator[str]:
    if node.kind == "reads" and (name := _valued(node, functions)):
        yield f"what is read depends on the function {name} as a value, which may contradict itself"
    if node.free:
        yield f"'free {node.kind}' is not proved"
    if node.kind == "decreases" and any(isinstance(e, Star) for e in node.expressions):
        yield "'decreases *': it need not end"
    if node.kind == "requires" and any(_is_false(e) for e in node.expressions):
        yield "'requires false': it can never be called"


def _of_callable(node: Method | Function) -> Iterator[str]:
    missing = node.body is None or (isinstance(node.body, FunctionBody) and node.body.value is None)
    if missing and not node.skeleton:
        promises = any(c.kind == "ensures" for c in node.clauses)
        trusted = ", so its postconditions are taken on trust" if promises else ""
        yield f"{node.kind} {node.name} has no body{trusted}"


def _is_false(expression: Expression) -> bool:
    while isinstance(expression, Parenthesized):
        expression = expression.inner
    return isinstance(expression, Literal) and expression.text == "false"
