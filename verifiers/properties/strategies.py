"""Hypothesis strategies for shapes, biased towards what the task's examples look like."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants

from proofsmith import values
from proofsmith.verifiers.properties.shapes import INT, Shape, conforms

MAX_SIZE = 8
"""Longest generated list, set or dict, and three quarters of the longest string."""

_BACKEND = "proofsmith"


class _TaskProvider(providers.HypothesisProvider):
    """Hypothesis's own source of randomness, without constants from whatever modules are loaded.

    Those would make the inputs, and so a verdict, depend on who imported us.
    """

    _local_constants = Constants()


@dataclass(frozen=True)
class Pool:
    """What generated values are biased towards.

    Attributes:
        found: values worth trying again: every part of the examples' arguments, the spec's constants.
        bound: largest magnitude of other ints. A program may take time exponential in a number, so it
            stays near what the examples show.
    """

    found: tuple[Any, ...] = ()
    bound: int = 100

    def of(self, kind: str) -> list[Any]:
        """Return the distinct values whose type is named `kind`, in order of appearance."""
        unique = {values.digest(v): v for v in self.found if type(v).__name__ == kind}
        return list(unique.values())

    @property
    def alphabet(self) -> str:
        """Characters for strings: those of the pool's strings and a few ordinary ones."""
        seen = "".join(dict.fromkeys("".join(self.of("str"))))
        extra = "ab" if seen else string.ascii_lowercase[:6] + "xyzABZ 0129.,-_"
        return "".join(dict.fromkeys(extra + seen))


def pool_of(examples: Iterable[Any], constants: Iterable[Any]) -> Pool:
    """Return the pool of the examples' arguments, with everything nested inside, and of constants."""
    parts: list[Any] = []

    def collect(value: Any) -> None:
        parts.append(value)
        if type(value) in (list, tuple):
            for item in value:
                collect(item)
        elif type(value) in (set, frozenset):
            for item in sorted(value, key=repr):  # iteration order differs between runs
                collect(item)
        elif type(value) is dict:
            for key, item in value.items():
                collect(key)
                collect(item)

    for value in examples:
        collect(value)
    shown = [abs(v) for v in parts if type(v) is int and abs(v) <= 10**6]
    return Pool((*parts, *constants), max(20, 2 * max(shown)) if shown else 100)


def strategy(shape: Shape, pool: Pool) -> st.SearchStrategy[Any]:
    """Return a strategy whose values are all in `shape`."""
    fresh = _fresh(shape, pool)
    if shape.kind in ("list", "tuple", "tuple...", "dict", "set", "frozenset", "str", "float", "bytes"):
        known = [v for v in pool.of(shape.kind.removesuffix("...")) if conforms(v, shape)]
        if known:
            return st.one_of(fresh, fresh, st.sampled_from(known))
    return fresh


def _fresh(shape: Shape, pool: Pool) -> st.SearchStrategy[Any]:
    kind = shape.kind
    if kind in _SCALARS:
        return _SCALARS[kind](pool)
    if kind == "literal":
        return st.sampled_from(shape.choices)
    if kind == "union":
        return st.one_of([strategy(option, pool) for option in shape.items])
    if kind == "tuple":
        return st.tuples(*(strategy(item, pool) for item in shape.items))
    items = [strategy(item, pool) for item in shape.items]
    if kind == "dict":
        return st.dictionaries(_hashable(shape.items[0], pool), items[1], max_size=MAX_SIZE)
    if kind == "set":
        return st.sets(_hashable(shape.items[0], pool), max_size=MAX_SIZE)
    if kind == "frozenset":
        return st.frozensets(_hashable(shape.items[0], pool), max_size=MAX_SIZE)
    lists = st.lists(items[0], max_size=MAX_SIZE)
    if shape.items[0].mentions("int"):
        few = strategy(shape.items[0], Pool()) if shape.items[0] != INT else st.integers(-2, 3)
        lists = st.one_of(lists, st.lists(few, max_size=MAX_SIZE))
    return lists if kind == "list" else lists.map(tuple)


def _hashable(shape: Shape, pool: Pool) -> st.SearchStrategy[Any]:
    """Keys and members: what cannot be hashed (a list in an ``any``) is left out."""
    return _fresh(INT if shape.kind == "any" else shape, pool)


def _integers(pool: Pool) -> st.SearchStrategy[Any]:
    options = [st.integers(-3, 12), st.integers(-pool.bound, pool.bound)]
    known = pool.of("int")
    if known:
        options.append(st.sampled_from(sorted({v + d for v in known for d in (-1, 0, 1)})))
    return st.one_of(options)


def _floats(pool: Pool) -> st.SearchStrategy[Any]:
    scale = pool.bound
    return st.one_of(
        st.integers(-scale * 4, scale * 4).map(lambda n: n / 4),
        st.integers(-20, 20).map(float),
        st.integers(-scale * 10, scale * 10).map(lambda n: n / 10),
    )


def _text(pool: Pool) -> st.SearchStrategy[Any]:
    letters = st.text(alphabet=pool.alphabet, max_size=MAX_SIZE + MAX_SIZE // 2)
    words = sorted({word for text in pool.of("str") for word in text.split()})
    if not words:
        return letters
    joined = st.lists(st.sampled_from(words), max_size=4)
    if any(" " in text for text in pool.of("str")):
        return st.one_of(letters, joined.map(" ".join))
    return st.one_of(letters, st.tuples(st.sampled_from(words), letters).map("".join))


def _scalar_any(pool: Pool) -> st.SearchStrategy[Any]:
    return _integers(pool)


_SCALARS: dict[str, Callable[[Pool], st.SearchStrategy[Any]]] = {
    "any": _scalar_any,
    "none": lambda pool: st.none(),
    "bool": lambda pool: st.booleans(),
    "int": _integers,
    "float": _floats,
    "complex": lambda pool: st.tuples(_floats(pool), _floats(pool)).map(lambda p: complex(*p)),
    "str": _text,
    "bytes": lambda pool: st.lists(st.sampled_from(b"\x00\x01ab \xff"), max_size=MAX_SIZE).map(bytes),
}


def draw(source: st.SearchStrategy[Any], count: int, number: int) -> list[Any]:
    """Return up to `count` values of `source`, the same for the same `number` on every run.

    Fewer come back when the strategy has no more distinct ones. No database, no deadline, no
    health check: the only effect is the drawing.
    """
    drawn: list[Any] = []
    providers.AVAILABLE_PROVIDERS.setdefault(_BACKEND, f"{__name__}.{_TaskProvider.__name__}")

    @seed(number)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
        backend=_BACKEND,
    )
    @given(source)
    def keep(value: Any) -> None:
        drawn.append(value)

    keep()
    return drawn
