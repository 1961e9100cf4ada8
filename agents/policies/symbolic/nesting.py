"""Nested lists: whether values are such, and the leaves in them.

Values may be in plain or in immutable form: a list or tuple is an inner node, everything else a leaf.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from proofsmith.agents.policies.symbolic.types import ANY, INT, NONE, UNKNOWN, Type, join, parts_of, type_of

VARIED = 3
"""So many different depths of lists without leaves are no coincidence."""


def inner(value: Any) -> bool:
    """Say whether a value is a list, in plain or immutable form."""
    return type(value) in (list, tuple)


def leaves_of(value: Any) -> Iterator[Any]:
    """Yield everything in a nested list that is no list, in order."""
    for x in value:
        if inner(x):
            yield from leaves_of(x)
        else:
            yield x


def is_nested(type_: Type, values: Iterable[Any]) -> bool:
    """Say whether these values of a parameter are lists that are nested to no fixed depth."""
    if type_.name != "list":
        return False
    if ANY in parts_of(type_) and any(map(_mixed, values)):
        return True
    lists = [v for v in values if inner(v) and next(leaves_of(v), None) is None]
    return len(set(map(_depth, lists))) >= VARIED


def leaf_type(values: Iterable[Any]) -> Type:
    """Return the type of all leaves of nested lists; int if there is none."""
    joined = join(type_of(x) for v in values if inner(v) for x in leaves_of(v))
    return INT if joined in (UNKNOWN, NONE) else joined


def _mixed(value: Any) -> bool:
    """Whether some list in a value has both lists and leaves in it."""
    if not inner(value):
        return False
    lists = [x for x in value if inner(x)]
    return 0 < len(lists) < len(value) or any(map(_mixed, lists))


def _depth(value: Any) -> int:
    return 1 + max((_depth(x) for x in value if inner(x)), default=0)
