"""Programs that verify because something can never happen.

A false assertion where a method or a round of a loop ends must not be provable: if it is, no run
gets there, and what is said of the result says nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from proofsmith.dafny.declarations import Method
from proofsmith.dafny.lexer import Token
from proofsmith.dafny.nodes import Node, walk
from proofsmith.dafny.statements import For, Jump, While, WhileCases
from proofsmith.verifiers.dafny.cache import identity_of
from proofsmith.verifiers.dafny.layout import Identity, Layout, methods_of
from proofsmith.verifiers.dafny.report import Outcome, Report

PROBE = "assert 1 == 2; "
"""Not ``false`` itself: Boogie cuts off what follows that, and with it the way back of a loop."""
_Loop = While | WhileCases | For


@dataclass(frozen=True)
class Region:
    """A method, or one of its loops.

    Attributes:
        method: the verifier's name for it.
        loop: number of the loop in the method, outer before inner ones; ``None`` for the method itself.
        line: in the program without probes.
        title: for people.
        lemma: whether the method is a lemma.
    """

    method: Identity
    loop: int | None
    line: int
    title: str
    lemma: bool

    @property
    def key(self) -> tuple[Identity, int | None]:
        """What is the same in two versions of a program."""
        return self.method, self.loop


@dataclass(frozen=True)
class Probed:
    """A program with probes: its text, and for each region the lines and columns of its probes."""

    source: str
    regions: tuple[tuple[Region, tuple[tuple[int, int], ...]], ...]


def probed(layout: Layout, only: Callable[[Region], bool] = lambda region: True) -> Probed:
    """Put a false assertion before every end of the methods and loops that `only` picks.

    A method ends at its end and at every ``return``; a round of a loop at its end and wherever it is left.
    """
    program = layout.program
    tokens = program.tokens
    wanted: list[tuple[Region, set[int]]] = []
    for identity, method in methods_of(program):
        if method.body is None:
            continue
        line = tokens[method.first].line
        region = Region(identity, None, line, method.name or "constructor", method.is_lemma)
        wanted.append(
            (region, {tokens[method.body.last - 1].start, *_jumps(tokens, method.body, ("return",))})
        )
        for number, loop in enumerate(_loops(method)):
            region = Region(identity, number, tokens[loop.first].line, region.title, method.is_lemma)
            exits = set(_jumps(tokens, loop, ("return", "break", "continue")))
            wanted.append((region, exits | set(_round_ends(tokens, loop))))
    wanted = [(region, exits) for region, exits in wanted if only(region)]
    offsets = sorted({offset for _, exits in wanted for offset in exits})
    text, moved = _inserted(program.source, offsets)
    starts = _line_starts(text)
    regions = []
    for region, exits in wanted:
        places = tuple(_place(starts, moved[offset]) for offset in sorted(exits))
        regions.append((region, places))
    return Probed(text, tuple(regions))


def unreachable(probes: Probed, report: Report) -> tuple[Region, ...]:
    """Return the regions none of whose ends can be reached, as a report about the probed text shows.

    What was not decided counts as reachable. Of several errors in one method Dafny may report only some, so
    what is found here is certain only once it is found again without the probes of other regions.
    """
    decided: dict[Identity, set[tuple[int, int]]] = {}
    if report.status in ("verified", "failed") and not any("$$" in m.name for m in report.methods):
        everywhere = {(fault.line, fault.column) for fault in report.faults}
        decided = {region.method: everywhere for region, _ in probes.regions}
    for method in report.methods:
        identity = identity_of(method.name)
        if identity is not None and method.outcome in (Outcome.VERIFIED, Outcome.FAILED):
            decided[identity] = {(fault.line, fault.column) for fault in method.faults}
    width = len(PROBE)
    found = []
    for region, places in probes.regions:
        faults = decided.get(region.method)
        if faults is not None and not any(
            line == at_line and at <= column < at + width for line, column in faults for at_line, at in places
        ):
            found.append(region)
    return tuple(found)


def _loops(method: Method) -> list[_Loop]:
    assert method.body is not None
    return [node for node in walk(method.body) if isinstance(node, _Loop) and _has_body(node)]


def _has_body(loop: _Loop) -> bool:
    return isinstance(loop, WhileCases) or loop.body is not None


def _round_ends(tokens: Sequence[Token], loop: _Loop) -> Iterator[int]:
    """Yield the offsets at which a round of a loop ends: before a closing brace or the next case."""
    if isinstance(loop, WhileCases):
        yield from (tokens[alternative.last].start for alternative in loop.alternatives)
    elif loop.body is not None:
        yield tokens[loop.body.last - 1].start


def _jumps(tokens: Sequence[Token], node: Node, kinds: tuple[str, ...]) -> Iterator[int]:
    for inner in walk(node):
        if isinstance(inner, Jump) and inner.kind in kinds:
            yield tokens[inner.first].start


def _inserted(text: str, offsets: Sequence[int]) -> tuple[str, dict[int, int]]:
    """Insert a probe at each offset; also return where each begins in the new text."""
    parts = []
    moved = {}
    at = 0
    for count, offset in enumerate(offsets):
        parts += [text[at:offset], PROBE]
        moved[offset] = offset + count * len(PROBE)
        at = offset
    return "".join([*parts, text[at:]]), moved


def _line_starts(text: str) -> list[int]:
    return [0, *(match.end() for match in re.finditer(r"\r\n|\n|\r", text))]


def _place(starts: Sequence[int], offset: int) -> tuple[int, int]:
    line = bisect_right(starts, offset)
    return line, offset - starts[line - 1]
