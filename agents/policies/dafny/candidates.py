"""The invariants worth asking the verifier about: guessed by all families, sifted on real states."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice, pairwise

from proofsmith.agents.policies.dafny.families import (
    calls,
    collected,
    conditions,
    elements,
    generalised,
    integers,
    sentinels,
    sets,
    walks,
)
from proofsmith.agents.policies.dafny.formula import Formula, formula
from proofsmith.agents.policies.dafny.goals import goals_of
from proofsmith.agents.policies.dafny.parts import parts_in
from proofsmith.agents.policies.dafny.setting import Guess, Setting, bags_of_parts
from proofsmith.agents.policies.dafny.states import Judgement, filling, judge
from proofsmith.agents.policies.dafny.weave import Addition
from proofsmith.agents.policies.dafny.weights import family_of
from proofsmith.dafny import expressions as ex
from proofsmith.dafny.interpret_domains import stripped
from proofsmith.dafny.nodes import walk

_UNLIKELY = 0.55
"""What promises less comes after what others imply."""

_NEARLY = 0.9
_FILLED, _EMPTY = 0.4, 0.3
"""What speaks of something on a smaller share of the states promises less, down to a part of it."""
_AGAINST = 0.45
"""A part of a sequence that a function does not recurse on promises less."""
_CARRIED = 12
"""So many guesses about a loop are guesses about each loop inside it."""
_TURN = 40
"""So many guesses a family makes before it is another one's turn."""

_RANKS = {"bounds": 0, "guard": 0, "algebra": 1, "lengths": 0}
"""What others need for being well-defined stands first."""


@dataclass(frozen=True)
class Sifted:
    """A guess that no state refutes."""

    guess: Guess
    signature: int
    defined: int
    observed: bool

    def implies(self, other: Sifted) -> bool:
        """Whether `other` is true wherever this is, on the made-up states on which it has a value."""
        return self.signature != 0 and self.signature & other.defined & ~other.signature == 0


def guesses(s: Setting, around: Iterable[Guess] = (), before: Iterable[Guess] = ()) -> Iterator[Guess]:
    """Yield the guesses of all families about one loop, in turns, so that none waits for a large one.

    Those about the loops `around` it come first, then those about loops that were done `before` it.
    """
    goals = goals_of(s.method, s.loop)
    yield from around
    yield from before
    yield from integers.bounds(s)
    yield from integers.guards(s)
    families: list[Iterator[Guess]] = [
        generalised.generalised(s, goals),
        chain(integers.algebra(s), integers.sizes(s), integers.remainders(s)),
        chain(elements.unchanged(s), conditions.conditions(s), conditions.pairs(s), conditions.flags(s)),
        walks.walks(s, goals),
        chain(calls.calls(s), calls.joined(s, goals)),
        sentinels.sentinels(s, goals),
        chain(collected.collected(s), sets.collections(s), sets.choices(s)),
        chain(elements.merged(s), elements.ordered(s), elements.compared(s), elements.related(s)),
        generalised.carried(s),
    ]
    while families:
        for family in list(families):
            turn = list(islice(family, _TURN))
            yield from turn
            if len(turn) < _TURN:
                families.remove(family)


def sift(
    s: Setting,
    weights: Mapping[str, float],
    ends: float,
    around: Sequence[Guess] = (),
    before: Sequence[Guess] = (),
) -> list[Sifted]:
    """Return the guesses that are true on all states seen, without those that say the same, best first.

    Args:
        s: the loop.
        weights: factors on the promise of shapes of formulas; see `weights.family_of`.
        ends: `time.monotonic()` at which to stop looking.
        around: guesses about the loops around it; none of them goes because another says the same.
        before: guesses about loops that were done before it.
    """
    carried = {g.text for g in around}
    key: object
    best: dict[object, Sifted] = {}
    seen: dict[tuple[str, ...], _Judged | None] = {}
    for guess in guesses(s, around, before):
        if time.monotonic() > ends:
            break
        key = guess.text if guess.text in carried else None
        guess = guess if key is not None else _plainly(s, guess)
        found = formula(guess.text)
        if found is None:
            continue
        if found.words not in seen:
            seen[found.words] = _judged(s, found, weights.get(family_of(guess.text), 1.0))
        judged = seen[found.words]
        if judged is None:
            continue
        promised = replace(guess, promise=judged.factor * guess.promise)
        key = judged.key if key is None else key
        known = best.get(key)
        if known is None or known.guess.promise < promised.promise:
            verdict = judged.verdict
            best[key] = Sifted(promised, verdict.signature, verdict.defined, verdict.known > 0)
    return _without_implied(sorted(best.values(), key=lambda c: (-c.observed, -c.guess.promise)))


@dataclass(frozen=True)
class _Judged:
    """What the states say of a formula; formulas with the same key say the same."""

    verdict: Judgement
    key: object
    factor: float


def _judged(s: Setting, found: Formula, weight: float) -> _Judged | None:
    """Judge a formula; ``None`` if the states refute it, or if it says nothing of this loop."""
    if not s.known(found.text) or not s.changes(found.text) or _idle(found):
        return None
    if s.loop.written and bags_of_parts(found.tree) and not s.compares_parts:
        return None  # what a swap does to a part's elements is very hard to prove
    verdict = judge(s.machine, found, s.states)
    if not verdict.holds:
        return None
    told_apart = verdict.known > 0
    if verdict.known and s.states.probes and not verdict.varied:
        if not walks.asks_of_structure(s, found):
            return None
        told_apart = False
    filled = filling(s.machine, found, s.states) if verdict.known else 1.0
    if not filled:
        return None
    parts = parts_in(found, s.recursed)
    factor = (
        weight
        * _ease(s, found)
        * (1.0 if parts.fit else _AGAINST)
        * min(1.0, _EMPTY + filled / _FILLED)
        / (1 + 0.01 * found.size)
    )
    alike = (verdict.signature, verdict.defined, parts.calls) if told_apart else found.words
    return _Judged(verdict, alike, factor)


def _plainly(s: Setting, guess: Guess) -> Guess:
    """Call bound variables k, p, q, x where that is free; the families add a 0."""
    text = guess.text
    for name in "kpqx":
        if name not in s.loop.scope and re.search(rf"\b{name}\b", text) is None:
            text = re.sub(rf"\b{name}0\b", name, text)
    return guess if text == guess.text else replace(guess, text=text)


def _idle(found: Formula) -> bool:
    """Whether a comparison has the same term on both sides somewhere: a shorter guess says the rest."""
    for node in walk(found.tree):
        if isinstance(node, ex.Comparison):
            texts = [found.words_at(o) for o in node.operands]
            if any(a == b for a, b in pairwise(texts)):
                return True
    return False


def _ease(s: Setting, found: Formula) -> float:
    """A factor that puts behind what is hard to prove and seldom wanted."""
    if _nonlinear_bound(found):
        return 0.1
    if s.loop.written and bags_of_parts(found.tree):
        return 0.4
    tree = stripped(found.tree)
    unequal = isinstance(tree, ex.Comparison) and set(tree.operators) <= {"<", "<=", ">", ">="}
    return 0.3 if unequal and any(isinstance(n, ex.Call) for n in walk(tree)) else 1.0


def _nonlinear_bound(found: Formula) -> bool:
    """Whether this is an inequality of products: often true, seldom wanted, hard to prove."""
    tree = stripped(found.tree)
    return (
        isinstance(tree, ex.Comparison)
        and not set(tree.operators) & {"==", "in", "!in", "!="}
        and any(isinstance(n, ex.Binary) and n.operator in "*/" for n in walk(tree))
    )


def _without_implied(found: list[Sifted]) -> list[Sifted]:
    """Put behind the others what a guess that promises more, or nearly as much, implies on made-up states."""
    first: list[Sifted] = []
    behind: list[Sifted] = []
    for c in found:
        bound = c.guess.family in ("bounds", "guard", "lengths")
        stronger = [d for d in found if d.observed and _rivals(d, c) and d.implies(c) and not c.implies(d)]
        implied = c.observed and any(
            d.observed and d.implies(c)
            for d in (*first, *stronger)
            if not bound or d.guess.family == c.guess.family
        )
        hard = not c.observed or c.guess.promise < _UNLIKELY
        (behind if implied or hard else first).append(c)
    return first + behind


def _rivals(strong: Sifted, weak: Sifted) -> bool:
    """Whether two guesses of one family promise about the same."""
    same = strong.guess.family == weak.guess.family
    return same and _NEARLY * weak.guess.promise <= strong.guess.promise < weak.guess.promise


def carried_into(s: Setting, around: Iterable[Sifted]) -> list[Guess]:
    """Return the best guesses about a loop around this one, or before it, as guesses about this one."""
    found = []
    for c in around:
        plain = formula(c.guess.text)
        if plain is not None:
            found.append(replace(c.guess, text=plain.apart(s.loop.scope).text))
    return found[:_CARRIED]


def additions(s: Setting, sifted: Iterable[Sifted]) -> list[Addition]:
    """Return guesses as invariants of the setting's loop."""
    return [
        Addition(
            offset=s.loop.offset,
            text=f"invariant {c.guess.text}",
            family=c.guess.family,
            owner=s.method.name,
            rank=_RANKS.get(c.guess.family, 2),
            promise=c.guess.promise,
        )
        for c in sifted
    ]
