"""Random values of Dafny types, and inputs of methods that meet their preconditions."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from proofsmith.dafny import expressions as ex
from proofsmith.dafny.declarations import Field, Method
from proofsmith.dafny.interpret_elements import literal_value
from proofsmith.dafny.interpret_objects import constructed
from proofsmith.dafny.interpret_values import (
    Bag,
    Data,
    Heap,
    Map,
    Ref,
    Trouble,
    Unsupported,
    Value,
    copy_heap,
    is_bit_vector,
)
from proofsmith.dafny.nodes import Type, walk

if TYPE_CHECKING:
    from proofsmith.dafny.interpret import Frame, Machine

_ORDERS = ("any", "any", "any", "ascending", "strict", "descending", "equal")
_MOST_CONSTANTS = 12
_MOST_DIVIDED = 1500
_DEPTH = 3
_CONSTRUCTED = 0.6
"""The share of objects that are made as programs make them."""
_HOPELESS = 40
"""After so many inputs of which it cannot be said whether they meet a precondition none will be found."""


class Maker:
    """Makes values. The choices of one input belong together: its lengths and ranges are alike.

    Args:
        machine: knows the program's types and constants.
        rng: what randomness is drawn from.
    """

    def __init__(self, machine: Machine, rng: random.Random) -> None:
        self._machine, self._rng = machine, rng
        literals = [n for n in walk(machine.program) if isinstance(n, ex.Literal)]
        found = {kind: _constants(literals, kind) for kind in ("int", "real", "char")}
        self._ints = [n for n in found["int"] if n <= 300]
        self._divisors = _divisors(machine)
        self._reals, self._chars = found["real"], found["char"]
        self._strings = [literal_value(e) for e in literals if e.kind == "string"][:_MOST_CONSTANTS]
        self.mood()

    def mood(self) -> None:
        """Choose anew what lengths, ranges and orders the next values tend to."""
        rng = self._rng
        self._length = rng.choice((0, 1, 2, 2, 3, 3, 4, 5, 6))
        self._low, self._high = rng.choice(((-4, 6), (0, 3), (0, 1), (0, 8), (-9, 20), (1, 5)))
        self._order = rng.choice(_ORDERS)

    def value(self, declared: Type, heap: Heap, depth: int = 0) -> Value:
        """Return an arbitrary value of a type; what it refers to is put into `heap`.

        Raises:
            Unsupported: not a type this can make values of.
        """
        name, arguments = declared.name, declared.arguments
        simple = {"int": self._int, "nat": self._nat, "real": self._real, "char": self._char}
        if name in simple:
            return simple[name]()
        if name == "bool":
            return self._rng.random() < 0.5
        if name == "string":
            return self._string()
        if name in ("seq", "array", "set", "iset", "multiset"):
            return self._collection(name, arguments, heap, depth)
        if name == "map" and len(arguments) == 2:
            size = self._rng.randint(0, 3)
            keys = [self.value(arguments[0], heap, depth + 1) for _ in range(size)]
            return Map({k: self.value(arguments[1], heap, depth + 1) for k in keys})
        if name == "()":
            items = tuple(self.value(a, heap, depth + 1) for a in arguments)
            return Data("", tuple(str(k) for k in range(len(items))), items)
        if name in ("array2", "array3"):
            dims = tuple(self._rng.randint(0, 3) for _ in range(int(name[5:])))
            ref = Ref("array", dims)
            size = 1
            for n in dims:
                size *= n
            inside = arguments[0] if arguments else Type("int")
            heap[ref] = [self.value(inside, heap, depth + 1) for _ in range(size)]
            return ref
        return self._declared(declared, heap, depth)

    def object(self, name: str, heap: Heap, depth: int = 0) -> Ref:
        """Return a new object of a class, with arbitrary fields."""
        ref = Ref(name)
        contents: dict[str, Value] = {}
        heap[ref] = contents
        for member in self._machine.classes[name].members:
            if isinstance(member, Field) and member.value is None:
                for variable in member.variables:
                    if variable.type is not None:
                        contents[variable.name] = self.value(variable.type, heap, depth + 1)
        return ref

    def receiver(self, name: str, heap: Heap) -> Ref:
        """Return an object of a class: as its constructors and methods make it, or with arbitrary fields."""
        if self._rng.random() < _CONSTRUCTED:
            try:
                return constructed(self._machine, name, self._rng, heap)
            except Trouble:
                pass
        return self.object(name, heap)

    def _declared(self, declared: Type, heap: Heap, depth: int) -> Value:
        machine, name = self._machine, declared.name
        if name.endswith("?"):
            base = name[:-1]
            if depth > _DEPTH or self._rng.random() < 0.3:
                return None
            return self.value(Type(base, declared.arguments), heap, depth)
        name = name.rsplit(".", 1)[-1]
        if is_bit_vector(name):
            return self._nat()
        if name in machine.datatypes:
            return self._datatype(name, declared, heap, depth)
        if name in machine.classes:
            if depth > _DEPTH:
                raise Unsupported("objects nested too deep")
            return self.receiver(name, heap) if depth == 0 else self.object(name, heap, depth)
        alias = machine.types.get(name)
        if alias is None:
            if "." in declared.name or name == "->" or declared.arguments:
                raise Unsupported(f"values of {declared.name}")
            return self._int()  # a type parameter
        variable = alias.variable
        meant = alias.base if variable is None or variable.type is None else variable.type
        for _ in range(30):
            value = self.value(meant or Type("int"), heap, depth)
            if alias.constraint is None or variable is None:
                return value
            frame = machine.empty_frame().with_vars({variable.name: value})
            if machine.compile(alias.constraint)(frame):
                return value
        raise Unsupported(f"no value of {name} found")

    def _datatype(self, name: str, declared: Type, heap: Heap, depth: int) -> Value:
        datatype = self._machine.datatypes[name]
        bound = {p.name: a for p, a in zip(datatype.type_parameters, declared.arguments, strict=False)}
        constructors = list(datatype.constructors)
        if depth > _DEPTH:
            flat = [c for c in constructors if not any(_mentions(p.type, name) for p in c.parameters)]
            constructors = flat or constructors
        if depth > 2 * _DEPTH:
            raise Unsupported("values nested too deep")
        chosen = self._rng.choice(constructors)
        names = tuple(p.name or str(k) for k, p in enumerate(chosen.parameters))
        fields = tuple(
            self.value(_instance(p.type or Type("int"), bound), heap, depth + 1) for p in chosen.parameters
        )
        return Data(chosen.name, names, fields)

    # -- simple values -----------------------------------------------------------------------

    def _int(self) -> int:
        rng, roll = self._rng, self._rng.random()
        if self._divisors and rng.random() < 0.1:  # so that dividing goes on for some steps
            return rng.randint(0, min(rng.choice(self._divisors) ** rng.choice((2, 3)), _MOST_DIVIDED))
        if roll < 0.15 and self._ints:
            return int(rng.choice(self._ints)) + rng.choice((-1, 0, 0, 0, 1))
        if roll < 0.35:
            return int(self._length) + rng.choice((-1, 0, 0, 0, 1))
        if roll < 0.5:
            return rng.choice((0, 0, 1))
        return rng.randint(self._low, self._high)

    def _nat(self) -> int:
        return max(0, self._int())

    def _real(self) -> Fraction:
        if self._reals and self._rng.random() < 0.2:
            return Fraction(self._rng.choice(self._reals))
        return Fraction(self._rng.randint(2 * self._low, 2 * self._high), 2)

    def _char(self) -> str:
        if self._chars and self._rng.random() < 0.6:
            return str(self._rng.choice(self._chars))
        return self._rng.choice("abcdz09")

    def _string(self) -> tuple[str, ...]:
        if self._strings and self._rng.random() < 0.2:
            return tuple(self._rng.choice(self._strings))
        alphabet = [self._char() for _ in range(3)]
        return tuple(self._rng.choice(alphabet) for _ in range(self._size()))

    def _size(self) -> int:
        return int(self._length) if self._rng.random() < 0.7 else self._rng.randint(0, 6)

    def _collection(self, name: str, arguments: Sequence[Type], heap: Heap, depth: int) -> Value:
        size = self._size() if depth == 0 else self._rng.randint(0, 3) if depth < _DEPTH else 0
        item = arguments[0] if arguments else Type("int")
        items = self._ordered([self.value(item, heap, depth + 1) for _ in range(size)])
        if name == "array":
            ref = Ref("array", (len(items),))
            heap[ref] = items
            return ref
        return tuple(items) if name == "seq" else Bag(items) if name == "multiset" else frozenset(items)

    def _ordered(self, items: list[Value]) -> list[Value]:
        if self._order == "any" or not items or not isinstance(items[0], (int, Fraction, str)):
            return items
        if self._order == "equal":
            return [items[0]] * len(items)
        if self._order == "strict":
            return sorted(set(items))
        return sorted(items, reverse=self._order == "descending")


def inputs(machine: Machine, method: Method, owner: str, count: int, seconds: float) -> Iterator[Frame]:
    """Yield frames with random parameters of `method` that meet its preconditions.

    Args:
        machine: of the method's program.
        method: the parameters and preconditions.
        owner: the class it belongs to; empty if it needs no receiver.
        count: how many at most.
        seconds: ends the search.
    """
    ends = time.monotonic() + seconds
    conditions = [c.expressions[0] for c in method.clauses if c.kind == "requires" and c.expressions]
    made, tried = 0, 0
    while made < count and time.monotonic() < ends:
        tried += 1
        machine.maker.mood()
        frame = machine.empty_frame()
        if owner:
            machine.refuel()
            frame.this = machine.maker.receiver(owner, frame.heap)
        for p in method.parameters:
            frame.vars[p.name] = machine.maker.value(p.type or Type("int"), frame.heap)
        try:
            if not all(machine.evaluate(c, frame) for c in conditions):
                continue
        except Unsupported:
            if tried >= _HOPELESS and not made:
                raise
            continue
        except Trouble:
            continue
        frame.old = copy_heap(frame.heap)
        made += 1
        yield frame


def _divisors(machine: Machine) -> list[int]:
    """The literals that the program divides by, but for 2: small numbers are halved a few times too."""
    nodes = (n for n in walk(machine.program) if isinstance(n, ex.Binary) and n.operator in "/%")
    texts = {n.right.text for n in nodes if isinstance(n.right, ex.Literal) and n.right.kind == "int"}
    return sorted(int(t) for t in texts if t.isdigit() and 2 < int(t) <= 64)


def _constants(literals: Sequence[ex.Literal], kind: str) -> list[Value]:
    found = dict.fromkeys(literal_value(e) for e in literals if e.kind == kind)
    return list(found)[:_MOST_CONSTANTS]


def _mentions(declared: Type | None, name: str) -> bool:
    return declared is not None and (
        declared.name == name or any(_mentions(a, name) for a in declared.arguments)
    )


def _instance(declared: Type, bound: dict[str, Type]) -> Type:
    """`declared` with type parameters replaced."""
    if declared.name in bound and not declared.arguments:
        return bound[declared.name]
    return Type(declared.name, tuple(_instance(a, bound) for a in declared.arguments))
