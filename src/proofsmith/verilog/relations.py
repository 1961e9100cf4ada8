"""Registers that are always constant, equal or opposite: sifted on runs, then by induction on samples.

Relations that hold on random walks are assumed together in arbitrary states, and those that a step breaks
are dropped, until none is: van Eijk's signal correspondence (1998) with samples in place of a proof. So
a relation that only ends after millions of cycles is not believed.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from proofsmith.verilog.stepping import State, System, mixed, reset_place, walked

_SAMPLES = 400
_CALM = 3
"""Rounds of samples that must break nothing."""


@dataclass(frozen=True)
class Relation:
    """A register by its place, and what it always holds.

    Attributes:
        register: its place in the system.
        source: the register whose value it has, ``None`` if it is constant.
        value: the constant; with a source what its value is combined with by exclusive or.
    """

    register: int
    source: int | None
    value: int


def relations(
    system: System, order: Sequence[int], constants: Sequence[int], seed: int = 1
) -> list[Relation]:
    """Return at most one relation for each register, its source before it in `order`.

    Args:
        system: what is run.
        order: all places of registers; those that come first are kept.
        constants: values that paths may depend on, tried in states of the induction.
        seed: of the walks and samples.
    """
    states = list(walked(system, seed))
    found = _on_walks(system, order, states)
    rng = random.Random(seed)
    place = reset_place(system, rng)
    calm = 0
    while found and calm < _CALM:
        broken: set[Relation] = set()
        for _ in range(_SAMPLES // 2):
            state = _assumed(system, found, constants, rng)
            inputs = [_drawn(w, constants, rng) for _, w in system.free]
            if place is not None and rng.random() < 0.9:
                inputs[place[0]] = 1 - place[1]
            after = mixed(system, state, system.step(state, inputs), rng.choice(system.domains))
            broken |= {r for r in found if not _holds(r, after)}
        found = [r for r in found if r not in broken]
        calm = 0 if broken else calm + 1
    return found


def _on_walks(system: System, order: Sequence[int], states: Sequence[State]) -> list[Relation]:
    by_values: dict[tuple[int, str, tuple[int, ...]], int] = {}
    found = []
    for i in order:
        column = tuple(state[i] for state in states)
        width, domain = system.widths[i], system.domains[i]
        full = (1 << width) - 1
        same = by_values.get((width, domain, column))
        opposite = by_values.get((width, domain, tuple(v ^ full for v in column)))
        if len(set(column)) == 1:
            found.append(Relation(i, None, column[0]))
        elif same is not None:
            found.append(Relation(i, same, 0))
        elif opposite is not None:
            found.append(Relation(i, opposite, full))
        else:
            by_values[width, domain, column] = i
    return found


def _drawn(width: int, constants: Sequence[int], rng: random.Random) -> int:
    value = rng.getrandbits(width)
    if constants and width > 1 and rng.random() < 0.7:
        value = rng.choice(constants) + rng.choice((0, 0, 0, 1, -1))
    return value & ((1 << width) - 1)


def _assumed(
    system: System, found: Sequence[Relation], constants: Sequence[int], rng: random.Random
) -> State:
    """An arbitrary state in which all relations hold."""
    state = [_drawn(w, constants, rng) for w in system.widths]
    for r in found:
        state[r.register] = r.value if r.source is None else state[r.source] ^ r.value
    return tuple(state)


def _holds(r: Relation, state: State) -> bool:
    return state[r.register] == (r.value if r.source is None else state[r.source] ^ r.value)
