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

MAX_TEXT = 12
"""Longest generated string of characters; joined words may be longer."""

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
    def letters(self) -> str:
        """The distinct characters of the pool's strings."""
        return "".join(dict.fromkeys("".join(self.of("str"))))


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
    maker = _Maker(pool)

    @st.composite
    def value(draw: st.DrawFn) -> Any:
        return maker.make(draw, shape, 0)

    return value()


class _Maker:
    """Draws values part by part, with fewer parts the deeper they are."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._scalars = {kind: make(pool) for kind, make in _SCALARS.items()}
        self._sizes = [st.integers(0, most) for most in MAX_SIZES]
        self._known: dict[Shape, list[Any]] = {}

    def make(self, draw: st.DrawFn, shape: Shape, depth: int) -> Any:
        """Return a value of `shape` that is `depth` containers deep."""
        known = self._known_of(shape)
        if known and draw(_THIRD) == 0:
            return draw(st.sampled_from(known))
        kind = shape.kind
        scalar = self._scalars.get(kind)
        if scalar is not None:
            return draw(scalar)
        if kind == "literal":
            return draw(st.sampled_from(shape.choices))
        if kind == "union":
            return self.make(draw, shape.items[draw(st.integers(0, len(shape.items) - 1))], depth)
        if kind == "tuple":
            return tuple(self.make(draw, item, depth + 1) for item in shape.items)
        return self._container(draw, shape, depth)

    def _container(self, draw: st.DrawFn, shape: Shape, depth: int) -> Any:
        kind = shape.kind
        size = draw(self._sizes[min(depth, len(self._sizes) - 1)])
        first = shape.items[0]
        if kind in ("dict", "set", "frozenset") and first.kind == "any":
            first = INT  # what may be a key: not a list
        if first == INT and draw(_THIRD) == 0:
            parts: list[Any] = [draw(_FEW) for _ in range(size)]  # few different ones, so that some repeat
        else:
            parts = [self.make(draw, first, depth + 1) for _ in range(size)]
        if kind == "dict":
            return {key: self.make(draw, shape.items[1], depth + 1) for key in parts}
        return {"list": list, "set": set, "frozenset": frozenset}.get(kind, tuple)(parts)

    def _known_of(self, shape: Shape) -> list[Any]:
        """Values of the pool that are in a shape with parts; numbers have their own bias."""
        if shape.kind not in _REUSED:
            return []
        found = self._known.get(shape)
        if found is None:
            found = [v for v in self._pool.of(shape.kind.removesuffix("...")) if conforms(v, shape)]
            self._known[shape] = found
        return found


MAX_SIZES = (8, 4, 3, 2)
"""Longest generated list, set or dict, by how many containers it is in."""

_REUSED = frozenset(("list", "tuple", "tuple...", "dict", "set", "frozenset", "str", "float", "bytes"))
_THIRD = st.integers(0, 2)
_FEW = st.integers(-2, 3)


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


_ORDINARY = string.ascii_lowercase[:6] + "xyzABZ 0129.,-_"


def _characters(alphabet: str) -> st.SearchStrategy[str]:
    """Strings over an alphabet.

    `st.text` would build a table of all of Unicode, for a second, and leave it in the current folder.
    """
    distinct = "".join(dict.fromkeys(alphabet))
    return st.lists(st.sampled_from(distinct), max_size=MAX_TEXT).map("".join)


def _text(pool: Pool) -> st.SearchStrategy[Any]:
    letters = _characters(pool.letters + "ab" if pool.letters else _ORDINARY)
    if pool.letters:
        letters = st.one_of(letters, _characters(pool.letters))
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
    "bytes": lambda pool: st.lists(st.sampled_from(b"\x00\x01ab \xff"), max_size=MAX_TEXT).map(bytes),
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
