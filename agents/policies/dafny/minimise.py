"""Takes away what a proof does not need: additions of the search, and those in anybody's answer.

Zeller, Hildebrandt: Simplifying and isolating failure-inducing input (TSE 2002), with proofs for tests.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from proofsmith.agents.policies.dafny.prover import Prover, asking
from proofsmith.agents.policies.dafny.weave import Addition, weave
from proofsmith.dafny.complaints import Complaint
from proofsmith.dafny.declarations import Class, Function, Method, Program
from proofsmith.dafny.guards import additions as added
from proofsmith.dafny.hints import cut, hints
from proofsmith.dafny.nodes import Node, walk
from proofsmith.dafny.parser import parse
from proofsmith.dafny_spec import DafnySpec
from proofsmith.errors import ToolFailure
from proofsmith.types import Candidate
from proofsmith.verifiers.dafny.pool import DafnyPool
from proofsmith.verifiers.dafny.premises import assumed_in

_CALL = 10.0
"""Seconds for one call at most."""


class Removable(Protocol):
    """What may be taken away: it belongs to the declaration `owner`; what promises least goes first."""

    @property
    def owner(self) -> str:
        """Name of the declaration."""
        ...

    @property
    def promise(self) -> float:
        """How likely it is needed."""
        ...


R = TypeVar("R", bound=Removable)


def minimise(
    source: str, additions: Sequence[Addition], prover: Prover, stop: Callable[[], bool]
) -> tuple[tuple[Addition, ...], bool]:
    """Return additions that prove the text, and whether none of them can be taken away.

    Args:
        source: the text they belong to.
        additions: with all of them everything is proved.
        prover: asked for every attempt.
        stop: says that the time is over; then what is reached is returned.
    """
    unique = list(dict.fromkeys(additions))
    return needed(unique, lambda kept: weave(source, kept).text, prover, stop)


def needed(
    parts: Sequence[R], text_of: Callable[[Sequence[R]], str], prover: Prover, stop: Callable[[], bool]
) -> tuple[tuple[R, ...], bool]:
    """Return parts that suffice, and whether none of them can be taken away.

    Args:
        parts: with all of them everything is proved; hashable.
        text_of: the program with some of them.
        prover: asked for every attempt.
        stop: says that the time is over; then what is reached is returned.
    """
    kept = list(parts)
    kept.sort(key=lambda a: a.promise)
    owners = list(dict.fromkeys(a.owner for a in kept))
    fixed: set[R] = set()
    named: set[R] = set()  # those without which others cannot be read; these may go later
    size_then = 0
    size = max(1, len(kept) // max(1, 2 * len(owners)))
    while not stop():
        groups = {o: [a for a in kept if a.owner == o and a not in fixed] for o in owners}
        taken = {o: g[:size] for o, g in groups.items() if g}
        if not taken and named and len(kept) < size_then:
            fixed, named = fixed - named, set()
            continue
        if not taken:
            return tuple(kept), True
        removed = {a for part in taken.values() for a in part}
        answer = prover.ask(text_of([a for a in kept if a not in removed]))
        if not answer.readable:
            failing = set(owners) if len(taken) == 1 else None
        else:
            failing = {o for o in owners if any(t == o or t.endswith(f".{o}") for t in answer.failed)}
        if answer.proved:
            kept = [a for a in kept if a not in removed]
            size *= 2
            continue
        if failing is None or not failing & set(taken):
            owners_left = list(taken)[:1]  # taken together they say nothing: one owner at a time
            failing = set(owners_left)
            taken = {o: taken[o] for o in owners_left}
            answer = prover.ask(text_of([a for a in kept if a not in taken[owners_left[0]]]))
            if answer.proved:
                kept = [a for a in kept if a not in taken[owners_left[0]]]
                continue
        for owner, part in taken.items():
            if owner not in failing:
                kept = [a for a in kept if a not in part]
            elif len(part) == 1:
                fixed.add(part[0])
                if not answer.readable:
                    named.add(part[0])
                    size_then = len(kept)
        if size > 1:
            size = max(1, size // 2)
    return tuple(kept), False


# -- answers of others -----------------------------------------------------------------------


@dataclass(frozen=True)
class Piece:
    """A hint in an answer: where it stands, in characters, and the declaration around it."""

    start: int
    stop: int
    owner: str
    promise: float = 1.0


def shortened(spec: DafnySpec, answer: str, pool: DafnyPool, seconds: float) -> tuple[Candidate | None, int]:
    """Return an answer without the hints that its proof does not need, and how often Dafny was asked.

    Args:
        spec: the task's.
        answer: a program that is proved.
        pool: the servers.
        seconds: the time there is.

    Returns:
        ``None`` where nothing can go, or nothing was found in time.
    """
    pieces = list(_pieces(spec, answer))
    strict = not assumed_in(spec.source) and not spec.includes
    prover = Prover(asking(pool, strict, spec.includes), limit=_CALL, ends=time.monotonic() + seconds)
    if not pieces:
        return None, 0

    def text_of(kept: Sequence[Piece]) -> str:
        return cut(answer, [(p.start, p.stop) for p in pieces if p not in kept])

    try:
        if not prover.ask(answer).proved:
            return None, prover.calls
        kept, _ = needed(pieces, text_of, prover, prover.over)
    except ToolFailure:  # the answer stands as it is
        return None, prover.calls
    return (Candidate(text_of(kept), "dafny") if len(kept) < len(pieces) else None), prover.calls


def _pieces(spec: DafnySpec, answer: str) -> Iterator[Piece]:
    """The hints that an answer adds, those in bodies that it wrote too."""
    found = added(spec.source, answer, [f.text for f in spec.includes])
    if isinstance(found, Complaint):
        return
    program = parse(answer)
    own = hints(program)
    for addition in found:
        nodes = [addition.node]
        if addition.body:
            nodes = [n for n in own if addition.first <= n.first and n.last <= addition.last]
        for node in nodes:
            first = addition.first if node is addition.node else node.first
            last = addition.last if node is addition.node else node.last
            start, stop = program.tokens[first].start, program.tokens[last - 1].stop
            yield Piece(start, stop, _owner(program, first, node))


def _owner(program: Program, first: int, node: Node) -> str:
    owners = {id(m): c.name for c in walk(program) if isinstance(c, Class) for m in c.members}
    name = getattr(node, "name", "") if isinstance(node, Method | Function) else ""
    for declared in program.callables():
        if declared.first <= first < declared.last:
            name = declared.name
            outer = owners.get(id(declared), "")
            name = f"{outer}.{name}" if outer else name
    return name
