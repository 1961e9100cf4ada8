"""States that no run passed: real ones with something changed, which tell formulas apart."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from proofsmith.agents.policies.dafny.context import LoopContext
from proofsmith.dafny.interpret import Frame, Machine
from proofsmith.dafny.interpret_values import Bag, Data, Map, Ref, Value


def changed(machine: Machine, frame: Frame, loop: LoopContext, rng: random.Random) -> Frame:
    """Return `frame` with something changed that the loop changes: variables, elements, fields."""
    made = frame.snapshot()
    names = [n for n in made.vars if n in loop.assigned]
    places = [r for r in dict.fromkeys(_reached(made)) if made.heap.get(r)] if loop.written else []
    for _ in range(rng.choice((1, 1, 2, 3))):
        if names and (not places or rng.random() < 0.6):
            name = rng.choice(names)
            made.vars[name] = _other(machine, made.vars[name], rng)
        elif places:
            _change_inside(machine, made, rng.choice(places), rng)
    return made


def _reached(frame: Frame) -> Iterator[Ref]:
    """The arrays and objects that variables and the receiver name, and those in their fields."""
    first = [v for v in (frame.this, *frame.vars.values()) if isinstance(v, Ref) and v in frame.heap]
    yield from first
    for ref in first:
        contents = frame.heap[ref]
        if isinstance(contents, dict):
            yield from (v for v in contents.values() if isinstance(v, Ref))


def _change_inside(machine: Machine, frame: Frame, ref: Ref, rng: random.Random) -> None:
    contents = frame.heap[ref]
    at = rng.choice(list(contents)) if isinstance(contents, dict) else rng.randrange(len(contents))
    held = contents[at]
    if isinstance(held, Ref) and isinstance(frame.heap.get(held), list):
        twin = Ref(held.kind, held.dims)
        frame.heap[twin] = list(frame.heap[held])
        contents[at] = twin
    else:
        contents[at] = _other(machine, held, rng)


def _other(machine: Machine, value: Value, rng: random.Random) -> Value:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + rng.choice((-3, -2, -1, -1, 1, 1, 2, 3))
    if isinstance(value, Fraction):
        return value + rng.choice((-2, -1, 1, 2))
    if isinstance(value, str):
        return rng.choice("abz0")
    if isinstance(value, tuple) and value:
        at = rng.randrange(len(value))
        if rng.random() < 0.5:
            return value[:at] + value[at + 1 :]
        return (*value[:at], _other(machine, value[at], rng), *value[at + 1 :])
    if isinstance(value, frozenset) and value:
        return value - {rng.choice(sorted(value, key=repr))}
    if isinstance(value, Bag) and value:
        item = rng.choice(sorted(value, key=repr))
        return value + Bag([item]) if rng.random() < 0.3 else value - Bag([item])
    if isinstance(value, Map) and value:
        key = rng.choice(sorted(value, key=repr))
        rest = {k: v for k, v in value.items.items() if k != key}
        return Map(rest if rng.random() < 0.5 else {**rest, key: _other(machine, value.items[key], rng)})
    if isinstance(value, Data) and not value.fields:
        return rng.choice(_constants_beside(machine, value) or [value])
    if isinstance(value, Data):
        at = rng.randrange(len(value.fields))
        changed = _other(machine, value.fields[at], rng)
        if isinstance(value.fields[at], Data) and rng.random() < 0.5:
            return value.fields[at] if value.fields[at].constructor else changed
        return replace(value, fields=(*value.fields[:at], changed, *value.fields[at + 1 :]))
    return value


def _constants_beside(machine: Machine, value: Data) -> list[Value]:
    """The other values without fields of the datatype of `value`."""
    for datatype in machine.datatypes.values():
        plain = [c.name for c in datatype.constructors if not c.parameters]
        if value.constructor in plain:
            return [Data(name, (), ()) for name in plain if name != value.constructor]
    return []
