"""Types of the values that are enumerated, and the immutable form in which they are computed.

Inside the enumerator lists and tuples are tuples, sets are frozensets and dicts are `FrozenDict`s,
so that every value can be hashed and no operator can change another program's data. A type says
which Python type is meant.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Any, ClassVar


class Type:
    """A monomorphic type: a name and its arguments (``list`` has one, ``dict`` two, ...).

    Equal types are one object, so that comparing and hashing them costs nothing in inner loops.
    """

    __slots__ = ("args", "name")
    _all: ClassVar[dict[tuple[str, tuple[Type, ...]], Type]] = {}
    name: str
    args: tuple[Type, ...]

    def __new__(cls, name: str, args: tuple[Type, ...] = ()) -> Type:
        """Return the one object for this name and these arguments."""
        known = cls._all.get((name, args))
        if known is None:
            known = super().__new__(cls)
            known.name, known.args = name, args
            known = cls._all.setdefault((name, args), known)
        return known

    def __repr__(self) -> str:
        return f"Type({self})"

    def __str__(self) -> str:
        return self.name if not self.args else f"{self.name}[{', '.join(map(str, self.args))}]"

    @property
    def element(self) -> Type | None:
        """What iterating over a value of this type yields; ``None`` if it cannot be iterated."""
        if self.name == "str":
            return CHR
        if self.name in ("list", "set", "dict"):
            return self.args[0]
        return None


INT = Type("int")
FLOAT = Type("float")
BOOL = Type("bool")
STR = Type("str")
CHR = Type("chr")
"""A string of length one. Every CHR is a STR too."""
NONE = Type("none")
ANY = Type("any")
UNKNOWN = Type("?")
"""The element type of a list that is always empty."""


def list_of(element: Type) -> Type:
    """Return the type of lists of `element`."""
    return Type("list", (element,))


def tuple_of(*parts: Type) -> Type:
    """Return the type of tuples of these parts."""
    return Type("tuple", parts)


class FrozenDict(dict[Any, Any]):
    """A dict that can be hashed. Equal contents are equal whatever their order."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))


def freeze(value: Any) -> Any:
    """Return the immutable form of plain data."""
    kind = type(value)
    if kind is list or kind is tuple:
        return tuple(freeze(x) for x in value)
    if kind is dict:
        return FrozenDict((freeze(k), freeze(v)) for k, v in value.items())
    if kind is set or kind is frozenset:
        return frozenset(freeze(x) for x in value)
    return value


def thaw(value: Any, as_type: Type) -> Any:
    """Return the plain data that `value` stands for at type `as_type`."""
    name, args = as_type.name, as_type.args
    kind = type(value)
    if kind is tuple:
        if name == "tuple" and len(args) == len(value):
            return tuple(thaw(x, t) for x, t in zip(value, args, strict=True))
        inner = args[0] if name == "list" else ANY
        return [thaw(x, inner) for x in value]
    if kind is FrozenDict:
        key, item = args if name == "dict" else (ANY, ANY)
        return {thaw(k, key): thaw(v, item) for k, v in value.items()}
    if kind is frozenset:
        return {thaw(x, args[0] if name == "set" else ANY) for x in value}
    return value


def type_of(value: Any) -> Type:
    """Return the most specific type of a plain data value."""
    kind = type(value)
    simple = {bool: BOOL, int: INT, float: FLOAT, str: STR, type(None): NONE}.get(kind)
    if simple is not None:
        return simple
    if kind is list:
        return list_of(join(type_of(x) for x in value))
    if kind is tuple:
        return tuple_of(*(type_of(x) for x in value))
    if kind in (set, frozenset):
        return Type("set", (join(type_of(x) for x in value),))
    if kind is dict:
        return Type("dict", (join(map(type_of, value)), join(map(type_of, value.values()))))
    return ANY


def join(types: Iterable[Type]) -> Type:
    """Return the least type that covers all of `types`; UNKNOWN for none of them.

    ``None`` beside another type is absorbed: it is a value that type may take.
    """
    result = UNKNOWN
    for t in types:
        result = _join2(result, t)
    return result


def _join2(a: Type, b: Type) -> Type:
    if a == b or b in (UNKNOWN, NONE):
        return a if a != UNKNOWN or b == UNKNOWN else b
    if a in (UNKNOWN, NONE):
        return b
    if {a, b} == {INT, FLOAT}:
        return FLOAT
    if {a, b} == {CHR, STR}:
        return STR
    if a.name == b.name and len(a.args) == len(b.args):
        return Type(a.name, tuple(_join2(x, y) for x, y in zip(a.args, b.args, strict=True)))
    if a.name == b.name == "tuple":
        return list_of(join((*a.args, *b.args)))
    return ANY


_NAMES = {"int": INT, "float": FLOAT, "bool": BOOL, "str": STR, "None": NONE}
_CONTAINERS = {"list": "list", "sequence": "list", "iterable": "list", "set": "set", "frozenset": "set"}


def from_annotation(text: str | None) -> Type:
    """Return the type that an annotation means; UNKNOWN where it says nothing we use."""
    if text is None:
        return UNKNOWN
    try:
        return _from_node(ast.parse(text, mode="eval").body)
    except SyntaxError:
        return UNKNOWN


def _from_node(node: ast.expr) -> Type:
    if isinstance(node, ast.Constant):
        return NONE if node.value is None else from_annotation(str(node.value))
    if isinstance(node, ast.Attribute):
        return _from_node(ast.Name(node.attr))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return join((_from_node(node.left), _from_node(node.right)))
    if isinstance(node, ast.Name):
        if node.id.lower() in _CONTAINERS:
            return Type(_CONTAINERS[node.id.lower()], (UNKNOWN,))
        return Type("dict", (UNKNOWN, UNKNOWN)) if node.id.lower() == "dict" else _NAMES.get(node.id, UNKNOWN)
    if not isinstance(node, ast.Subscript):
        return UNKNOWN
    base = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
    inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    parts = tuple(_from_node(e) for e in inner)
    if base in ("Optional", "Union"):
        return join(parts)
    if base.lower() == "tuple":
        variadic = len(inner) == 2 and isinstance(inner[1], ast.Constant) and inner[1].value is Ellipsis
        return list_of(parts[0]) if variadic else Type("tuple", parts)
    if base.lower() == "dict" and len(parts) == 2:
        return Type("dict", parts)
    if base.lower() in _CONTAINERS:
        return Type(_CONTAINERS[base.lower()], parts[:1])
    return UNKNOWN


def settle(seen: Type, declared: Type) -> Type:
    """Combine what the values show with what the annotation says; values win where they disagree."""
    if seen in (UNKNOWN, NONE):
        return declared if declared != UNKNOWN else seen
    if seen.name == declared.name and len(seen.args) == len(declared.args):
        return Type(seen.name, tuple(settle(s, d) for s, d in zip(seen.args, declared.args, strict=True)))
    if seen == INT and declared == FLOAT:
        return FLOAT
    return seen


def concrete(t: Type) -> Type:
    """Replace what is still unknown: an element that was never seen is taken for an int."""
    if t == UNKNOWN:
        return INT
    return Type(t.name, tuple(concrete(a) for a in t.args))


def parts_of(t: Type) -> set[Type]:
    """Return `t` and every type inside it."""
    found = {t}
    for a in t.args:
        found |= parts_of(a)
    if t.name == "str":
        found.add(CHR)
    return found
