"""Values of the interpreter, and Dafny's operations on them.

int and nat are Python integers, real is `Fraction`, bool is `bool`, char a string of length 1, a
sequence (strings too) a tuple, a set a `frozenset`; multisets, maps and datatypes have classes here.
Arrays and objects are `Ref`, whose contents stand in a heap.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

Value = Any
"""Any value of the interpreter."""


class Trouble(Exception):
    """Evaluation ended without a value."""


class Undefined(Trouble):
    """The program does what Dafny forbids: an index out of range, a division by zero, a false assertion."""


class Unsupported(Trouble):
    """The interpreter does not know this construct, or cannot bound a quantifier."""


class IllTyped(Unsupported):
    """Values meet an operator that is not for their types: Dafny would not accept the expression."""


class OutOfGas(Trouble):
    """The limit on steps was reached."""


@dataclass(frozen=True)
class Data:
    """A value of a datatype, or a tuple (constructor ``""``, fields ``"0"``, ``"1"``, ...)."""

    constructor: str
    names: tuple[str, ...]
    fields: tuple[Value, ...]

    def get(self, name: str) -> Value:
        """Return a field by its name.

        Raises:
            Undefined: this constructor has no such field.
        """
        if name not in self.names:
            raise Undefined(f"{self.constructor} has no {name}")
        return self.fields[self.names.index(name)]

    def size(self) -> int:
        """Number of constructors in the value."""
        return 1 + sum(f.size() for f in self.fields if isinstance(f, Data))


class Bag:
    """A multiset, immutable and hashable."""

    __slots__ = ("_items", "counts")

    def __init__(self, items: Iterable[Value] | Mapping[Value, int] = ()) -> None:
        self.counts = {x: n for x, n in Counter(items).items() if n > 0}
        self._items = frozenset(self.counts.items())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Bag) and self._items == other._items

    def __hash__(self) -> int:
        return hash(self._items)

    def __len__(self) -> int:
        return sum(self.counts.values())

    def __contains__(self, item: Value) -> bool:
        return item in self.counts

    def __iter__(self) -> Iterator[Value]:
        return iter(self.counts)

    def __repr__(self) -> str:
        return f"Bag({self.counts})"

    def __getitem__(self, item: Value) -> int:
        return self.counts.get(item, 0)

    def __add__(self, other: Bag) -> Bag:
        return Bag(Counter(self.counts) + Counter(other.counts))

    def __sub__(self, other: Bag) -> Bag:
        return Bag(Counter(self.counts) - Counter(other.counts))

    def __and__(self, other: Bag) -> Bag:
        return Bag(Counter(self.counts) & Counter(other.counts))

    def __le__(self, other: Bag) -> bool:
        return all(n <= other[x] for x, n in self.counts.items())

    def __lt__(self, other: Bag) -> bool:
        return self <= other and self != other


class Map:
    """A map, immutable and hashable."""

    __slots__ = ("_hash", "items")

    def __init__(self, items: Mapping[Value, Value]) -> None:
        self.items = dict(items)
        self._hash: int | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Map) and self.items == other.items

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash(frozenset(self.items.items()))
        return self._hash

    def __len__(self) -> int:
        return len(self.items)

    def __contains__(self, key: Value) -> bool:
        return key in self.items

    def __iter__(self) -> Iterator[Value]:
        return iter(self.items)

    def __repr__(self) -> str:
        return f"Map({self.items})"


class Ref:
    """An array or object: only its identity; the contents stand in the heap.

    Attributes:
        kind: ``"array"`` or the name of the class.
        dims: the lengths of an array's dimensions.
    """

    __slots__ = ("dims", "kind")

    def __init__(self, kind: str, dims: tuple[int, ...] = ()) -> None:
        self.kind, self.dims = kind, dims

    def __repr__(self) -> str:
        return f"{self.kind}{list(self.dims)}@{id(self) % 9973}"


Heap = dict[Ref, Any]
"""Contents: a list of elements (row-major) for an array, a dict of fields for an object."""


def copy_heap(heap: Heap) -> Heap:
    """Return a heap that changes to `heap` do not reach."""
    return {ref: content.copy() for ref, content in heap.items()}


def divide(x: Value, y: Value) -> Value:
    """Dafny's ``/``: Euclidean on integers (Boute 1992), exact on reals."""
    if y == 0:
        raise Undefined("division by zero")
    if isinstance(x, Fraction):
        return x / y
    return x // y if y > 0 else -(x // -y)


def modulo(x: int, y: int) -> int:
    """Dafny's ``%``: the remainder is never negative."""
    if y == 0:
        raise Undefined("division by zero")
    return x % abs(y)


def length(x: Value) -> int:
    """Dafny's ``|x|``."""
    return len(x)


def member(x: Value, container: Value) -> bool:
    """Dafny's ``x in container``."""
    return bool(x in container)


def equal(x: Value, y: Value) -> bool:
    """Dafny's ``==``; a `TypeError` where values of different types are compared."""
    _alike(x, y)
    return bool(x == y)


def _alike(x: Value, y: Value) -> None:
    if type(x) is not type(y) and x is not None and y is not None:
        raise TypeError(f"{x!r} and {y!r} are of different types")


def less(x: Value, y: Value) -> bool:
    """Dafny's ``<``: on numbers and characters, proper prefix, proper subset, rank of datatypes."""
    _alike(x, y)
    if isinstance(x, bool):
        raise TypeError("truth values have no order")
    if isinstance(x, tuple):
        return len(x) < len(y) and y[: len(x)] == x
    if isinstance(x, Data) and isinstance(y, Data):
        return x.size() < y.size()
    return bool(x < y)


def at_most(x: Value, y: Value) -> bool:
    """Dafny's ``<=``: as `less`, or equal."""
    _alike(x, y)
    if isinstance(x, bool):
        raise TypeError("truth values have no order")
    if isinstance(x, tuple):
        return bool(y[: len(x)] == x)
    return bool(x <= y)


def add(x: Value, y: Value) -> Value:
    """Dafny's ``+``: numbers, concatenation, union."""
    _alike(x, y)
    if isinstance(x, bool):
        raise TypeError("truth values have no sum")
    if isinstance(x, frozenset):
        return x | y
    if isinstance(x, Map):
        return Map({**x.items, **y.items})
    if isinstance(x, str):
        return chr(ord(x) + ord(y))
    return x + y


def subtract(x: Value, y: Value) -> Value:
    """Dafny's ``-``: numbers, difference."""
    if isinstance(x, Map):
        return Map({k: v for k, v in x.items.items() if k not in y})
    if isinstance(x, str):
        return chr(max(0, ord(x) - ord(y)))
    return x - y


def multiply(x: Value, y: Value) -> Value:
    """Dafny's ``*``: numbers, intersection."""
    return x & y if isinstance(x, (frozenset, Bag)) else x * y


def bits_and(x: Value, y: Value) -> Value:
    """Dafny's ``&``: bit vectors, which are natural numbers here."""
    return _bits(x) & _bits(y)


def bits_or(x: Value, y: Value) -> Value:
    """Dafny's ``|``."""
    return _bits(x) | _bits(y)


def bits_xor(x: Value, y: Value) -> Value:
    """Dafny's ``^``."""
    return _bits(x) ^ _bits(y)


def _bits(x: Value) -> int:
    if type(x) is not int or x < 0:
        raise Unsupported("not a bit vector")
    return x


def is_bit_vector(name: str) -> bool:
    """Whether a type's name is that of a bit vector, such as ``bv32``."""
    return name.startswith("bv") and name[2:].isdigit()


def disjoint(x: Value, y: Value) -> bool:
    """Dafny's ``x !! y``."""
    return all(item not in y for item in x)
