"""Proofs of single methods kept in memory, so that a file is not proved again for a change in one.

Used while searching only; the final answer proves everything anew. In doubt nothing is found: the
key of a proof has every word that can matter to it (see `layout`), and what could not be
placed exactly is not kept.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from proofsmith.verifiers.dafny.layout import CONTEXT, Body, Identity, Layout, Place
from proofsmith.verifiers.dafny.report import Fault, MethodResult, Outcome, Related

T = TypeVar("T", Fault, Related)
MAX_KEPT = 20_000
"""Proofs that are kept; the longest unused go first."""

Context = tuple[str, bool]
"""What all proofs of a file share: the layout's digest, and whether assumptions must be proved."""
_Key = tuple[Context, str, str]
"""Context, the verifier's name for what was proved (or the method's identity), digest of its body."""


@dataclass(frozen=True)
class _Kept:
    """A result whose faults have, instead of lines and columns, places in `places`, in order.

    `limit` is how many seconds the proof was given.
    """

    result: MethodResult
    places: tuple[Place, ...]
    limit: int


_NOTHING = _Kept(MethodResult("", 0, Outcome.VERIFIED), (), 0)
"""Kept for what the tool did not report in a whole run: there was nothing to prove."""


@dataclass(frozen=True)
class Plan:
    """What is known of a program, and what must be proved.

    Attributes:
        known: results found, by name, with their places in the program as it is now.
        missing: names that are to be proved.
        order: all names, in the tool's order.
    """

    known: dict[str, MethodResult]
    missing: tuple[str, ...]
    order: tuple[str, ...]


class ProofCache:
    """Proofs by what they depend on. Safe for threads."""

    def __init__(self, limit: int = MAX_KEPT) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._kept: OrderedDict[_Key, _Kept] = OrderedDict()
        self._shapes: OrderedDict[Context, tuple[str, ...]] = OrderedDict()

    def plan(self, layout: Layout, strict: bool, seconds: int) -> Plan | None:
        """Return what of a program must be proved; ``None`` for all of it.

        `seconds` is the time that each proof would be given: a proof that timed out with less is tried again.
        """
        context = layout.context, strict
        bodies = {body.identity: (i, body) for i, body in enumerate(layout.bodies)}
        known: dict[str, MethodResult] = {}
        missing: list[str] = []
        with self._lock:
            order = self._shapes.get(context)
            if order is None:
                return None
            self._shapes.move_to_end(context)
            for name in order:
                which, key = _key(context, name, bodies)
                kept = self._find(key)
                if kept is _NOTHING:
                    continue
                if kept is None or (kept.result.outcome is Outcome.TIMEOUT and kept.limit < seconds):
                    missing.append(name)
                else:
                    known[name] = _restored(kept, layout, which)
            proved = {identity_of(name) for name in order}
            for identity, (_, body) in bodies.items():
                # Nothing of it was ever reported, so the tool's name for it is not known.
                if identity not in proved and self._find(_silent(context, body)) is not _NOTHING:
                    return None
        return Plan(known, tuple(missing), order)

    def keep(
        self, layout: Layout, strict: bool, seconds: int, results: Sequence[MethodResult], whole: bool
    ) -> None:
        """Keep the results of proving a program, or parts of it if not `whole`."""
        context = layout.context, strict
        bodies = {body.identity: (i, body) for i, body in enumerate(layout.bodies)}
        names = [result.name for result in results]
        if len(set(names)) != len(names):
            return
        with self._lock:
            for result in results:
                which, key = _key(context, result.name, bodies)
                kept = _placed(result, layout, which, seconds)
                if kept is not None:
                    self._put(key, kept)
            if not whole:
                return
            before = self._shapes.get(context, ())
            self._shapes[context] = (*names, *(name for name in before if name not in names))
            while len(self._shapes) > self._limit:
                self._shapes.popitem(last=False)
            for name in before:
                if name not in names:
                    self._put(_key(context, name, bodies)[1], _NOTHING)
            proved = {identity_of(name) for name in names}
            for identity, (_, body) in bodies.items():
                if identity not in proved:
                    self._put(_silent(context, body), _NOTHING)

    def _find(self, key: _Key) -> _Kept | None:
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
        return kept

    def _put(self, key: _Key, kept: _Kept) -> None:
        self._kept[key] = kept
        self._kept.move_to_end(key)
        while len(self._kept) > self._limit:
            self._kept.popitem(last=False)


def identity_of(name: str) -> Identity | None:
    """Return the method whose body a proof is about; ``None`` if it is about no body."""
    kind, _, rest = name.partition("$$")
    parts = rest.split(".")
    if kind != "Impl" or len(parts) != 3:
        return None
    module = parts[0]
    if module != "_module" and module.startswith("_"):
        module = module[1:].partition("_")[2]
    return module, parts[1], parts[2]


def _key(context: Context, name: str, bodies: Mapping[Identity, tuple[int, Body]]) -> tuple[int, _Key]:
    """Return which body a proof is about, and the key of the proof."""
    identity = identity_of(name)
    which, body = bodies.get(identity, (CONTEXT, None)) if identity is not None else (CONTEXT, None)
    return which, (context, name, "" if body is None else body.digest)


def _silent(context: Context, body: Body) -> _Key:
    """Return the key for a method of which nothing was reported."""
    return context, ".".join(body.identity), body.digest


def _placed(result: MethodResult, layout: Layout, which: int, seconds: int) -> _Kept | None:
    """Return a result with places of tokens; ``None`` if it must not be kept."""
    if result.outcome is Outcome.UNKNOWN:
        return None
    if which == CONTEXT and result.name.startswith("Impl$$"):
        return None  # of a body that is not told by its name
    places = []
    for spot in _spots(result.faults):
        place = layout.place(spot.line, spot.column)
        if place is None or spot.file or place.body not in (CONTEXT, which):
            return None
        places.append(place)
    return _Kept(result, tuple(places), seconds)


def _restored(kept: _Kept, layout: Layout, which: int) -> MethodResult:
    """Return a kept result with the lines and columns of the program as it is now."""
    places = iter(kept.places)

    def moved(spot: T) -> T:
        place = next(places)
        line, column = layout.position(replace(place, body=which) if place.body != CONTEXT else place)
        return replace(spot, line=line, column=column)

    faults = []
    for fault in kept.result.faults:
        new = moved(fault)
        faults.append(replace(new, related=tuple(moved(r) for r in fault.related)))
    return replace(kept.result, faults=tuple(faults), cached=True)


def _spots(faults: Iterable[Fault]) -> Iterator[Fault | Related]:
    """Yield the places of faults in the order in which they are kept."""
    for fault in faults:
        yield fault
        yield from fault.related
