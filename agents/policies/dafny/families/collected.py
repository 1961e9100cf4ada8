"""Families about maps and sets that a loop fills: what is in them of the indices passed."""

from __future__ import annotations

from collections.abc import Iterator

from proofsmith.agents.policies.dafny.families.conditions import local_definitions
from proofsmith.agents.policies.dafny.formula import Formula, enclosed, formula
from proofsmith.agents.policies.dafny.setting import Guess, Setting
from proofsmith.dafny import expressions as ex
from proofsmith.dafny import statements as st
from proofsmith.dafny.interpret_domains import stripped
from proofsmith.dafny.nodes import Expression, walk


def collected(s: Setting) -> Iterator[Guess]:
    """What ``m := m[K(i) := V(i)]`` and ``c := c + {E(i)}`` make of a map and a set."""
    meanings = local_definitions(s, s.loop)
    for node in walk(s.loop.node):
        if not isinstance(node, st.Assign) or len(node.targets) != 1 or len(node.values) != 1:
            continue
        target = stripped(node.targets[0])
        if not isinstance(target, ex.Name) or target.name not in s.loop.scope:
            continue
        for key, value in _put(node.values[0], target.name):
            k = _meant(s, key, meanings)
            v = _meant(s, value, meanings) if value is not None else None
            if k is not None:
                yield from _facts(s, target.name, k, v)


def _put(value: Expression, name: str) -> Iterator[tuple[Expression, Expression | None]]:
    """Yield the keys with their values, or the elements, that an assignment adds to a collection."""
    value = stripped(value)
    if isinstance(value, ex.Update) and _is(value.target, name):
        yield from value.pairs
    elif isinstance(value, ex.Binary) and value.operator == "+" and _is(value.left, name):
        added = stripped(value.right)
        if isinstance(added, ex.MapDisplay):
            yield from added.pairs
        elif isinstance(added, ex.SetDisplay):
            yield from ((item, None) for item in added.items)


def _is(e: Expression, name: str) -> bool:
    e = stripped(e)
    return isinstance(e, ex.Name) and e.name == name


def _meant(s: Setting, e: Expression, meanings: dict[str, str]) -> Formula | None:
    text = formula(s.method.text(e))
    return text.substituted(meanings) if text is not None else None


def _facts(s: Setting, name: str, key: Formula, value: Formula | None) -> Iterator[Guess]:
    for i in s.indices[:3]:
        if i not in s.moving or i not in key.names | (value.names if value is not None else frozenset()):
            continue
        at = key.substituted({i: "k0"})
        held = value.substituted({i: "k0"}) if value is not None else None
        if at is None or name in at.names:
            continue
        for within in _passed(s, i):
            yield Guess(f"forall k0 :: {within} ==> {enclosed(at.text)} in {name}", "collected", 1.5)
            found = f"exists k0 :: {within} && {enclosed(at.text)} == x0"
            yield Guess(f"forall x0 :: x0 in {name} ==> {found}", "collected", 1.3)
            if held is None:
                continue
            there = f"{enclosed(at.text)} in {name} && {name}[{at.text}] == {enclosed(held.text)}"
            yield Guess(f"forall k0 :: {within} ==> {there}", "collected", 1.4)
            yield Guess(
                f"forall x0 :: x0 in {name} ==> {found} && {name}[x0] == {enclosed(held.text)}",
                "collected",
                1.2,
            )
            if value is not None and value.text == i:
                place = f"{name}[x0]"
                inside = within.replace("k0", place)
                back = key.substituted({i: place})
                yield Guess(f"forall x0 :: x0 in {name} ==> {inside}", "collected", 1.8)
                if back is not None:
                    whole = f"{inside} && {enclosed(back.text)} == x0"
                    yield Guess(f"forall x0 :: x0 in {name} ==> {whole}", "collected", 1.9)


def _passed(s: Setting, index: str) -> list[str]:
    """Ranges of the indices that a loop has passed, counting up or down."""
    start = s.loop.starts.get(index, "0")
    return [f"{start} <= k0 < {index}", f"{index} < k0 <= {start}"]
