"""What every part of a Dafny syntax tree has: a range of tokens; and the small parts shared by all.

Equality of nodes is that of the trees, not of the places they stand at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any


@dataclass(frozen=True, slots=True)
class Node:
    """A part of a syntax tree: the tokens of its program from index `first` up to, not with, `last`."""

    first: int = field(default=0, compare=False, kw_only=True)
    last: int = field(default=0, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Expression(Node):
    """An expression; the classes are in `expressions`."""


@dataclass(frozen=True, slots=True)
class Statement(Node):
    """A statement; the classes are in `statements`."""


@dataclass(frozen=True, slots=True)
class Declaration(Node):
    """A declaration; the classes are in `declarations`."""


@dataclass(frozen=True, slots=True)
class Type(Node):
    """A type: ``seq`` with its arguments, a dotted name; ``->`` (``~>``, ``-->``) with the result last;
    ``()`` for a tuple. A non-null or possibly-null mark is part of the name (``Node?``).
    """

    name: str
    arguments: tuple[Type, ...] = ()


@dataclass(frozen=True, slots=True)
class TypeParameter(Node):
    """A type parameter with its marks, such as ``(==)`` or ``+``, in `marks`."""

    name: str
    marks: tuple[str, ...] = ()
    bounds: tuple[Type, ...] = ()


@dataclass(frozen=True, slots=True)
class Attribute(Node):
    """``{:name arguments}`` or, in Dafny 4, ``@Name(arguments)`` (`name` then begins with ``@``)."""

    name: str
    arguments: tuple[Expression, ...] = ()


@dataclass(frozen=True, slots=True)
class Variable(Node):
    """A declared variable: parameter, result, bound or local; `domain` is that of ``x <- domain``.

    Attributes:
        name: its name.
        type: its type if given.
        domain: in quantifiers of Dafny 4, what it ranges over.
        default: default value of a parameter.
        modifiers: ``ghost``, ``nameonly``, ``new``, ``older``.
    """

    name: str
    type: Type | None = None
    domain: Expression | None = None
    default: Expression | None = None
    modifiers: tuple[str, ...] = ()
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True)
class Clause(Node):
    """A specification clause of a declaration, loop, lambda or statement.

    Attributes:
        kind: requires, ensures, modifies, reads, decreases, invariant, or yields.
        expressions: one for most kinds; several for frames and decreases. ``*`` is a `Star`.
        label: name of a labelled clause.
        free: assumed and never checked (Dafny 2).
        yields: ``yield requires`` or ``yield ensures``.
    """

    kind: str
    expressions: tuple[Expression, ...]
    attributes: tuple[Attribute, ...] = ()
    label: str = ""
    free: bool = False
    yields: bool = False


@cache
def _child_fields(cls: Any) -> tuple[str, ...]:
    return tuple(f.name for f in fields(cls) if f.name not in ("first", "last"))


def _nodes_in(value: Any) -> Iterator[Node]:
    if isinstance(value, Node):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _nodes_in(item)


def children(node: Node) -> tuple[Node, ...]:
    """Return the nodes directly below `node`, in the order of the text."""
    kind: Any = type(node)
    found = [c for name in _child_fields(kind) for c in _nodes_in(getattr(node, name))]
    found.sort(key=lambda c: (c.first, c.last))
    return tuple(found)


def walk(node: Node) -> Iterator[Node]:
    """Yield `node` and every node below it, parents before children, in the order of the text."""
    stack = [node]
    while stack:
        top = stack.pop()
        yield top
        stack.extend(reversed(children(top)))
