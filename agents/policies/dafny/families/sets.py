"""Families about sets, multisets and sequences that a loop takes apart or builds."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, permutations

from proofsmith.agents.policies.dafny.setting import Guess, Setting


def collections(s: Setting) -> Iterator[Guess]:
    """Which parts make up a whole, which share nothing, which lie inside which."""
    for kind in ("set", "multiset"):
        names = s.of_kind(kind)[:5]
        for a, b in permutations(names, 2):
            if a in s.loop.assigned or b in s.loop.assigned:
                yield Guess(f"{a} <= {b}", "sets", 1.5)
                if a < b:
                    yield Guess(f"{a} !! {b}", "sets", 1.5)
        for a, b, c in permutations(names, 3):
            if a < b and {a, b, c} & s.loop.assigned:
                yield Guess(f"{a} + {b} == {c}", "sets", 2.0)
                yield Guess(f"{c} - {a} == {b}", "sets", 1.0)
    for v in s.moving:
        for a in s.of_kind("set", "multiset", "map"):
            if a in s.loop.assigned:
                yield Guess(f"{v} == |{a}|", "sets", 1.2)
    yield from _rows_and_sets(s)
    yield from _sequences(s)
    yield from _shared_out(s)
    yield from _members(s)


def _members(s: Setting) -> Iterator[Guess]:
    """What is in a whole is in one of two parts that the loop moves elements between."""
    parts = [c for c in s.of_kind("seq", "set", "multiset", "map") if c in s.loop.assigned][:4]
    fixed = [q for q in s.sequences[:3] if q not in s.loop.assigned]
    rest = [f"{row}[{i}..]" for row in (*fixed, *s.arrays[:2]) for i in s.indices[:2]]
    wholes = [*(c for c in s.of_kind("seq", "set", "multiset", "map") if c not in s.loop.assigned)]
    wholes += [f"{a}[..]" for a in s.arrays[:2]]
    for a, b in combinations([*parts, *rest], 2):
        for whole in wholes if a in parts else ():
            yield Guess(f"forall x0 :: x0 in {whole} <==> x0 in {a} || x0 in {b}", "sets", 1.6)
            yield Guess(f"forall x0 :: x0 in {a} <==> x0 in {whole} && x0 !in {b}", "sets", 0.8)


def _shared_out(s: Setting) -> Iterator[Guess]:
    """Sequences and multisets that together have the elements of another, or of the part of it passed."""
    rows, bags = s.sequences[:5], s.of_kind("multiset")[:4]
    fixed = [q for q in rows if q not in s.loop.assigned]
    ends = s.indices[:2]
    wholes = [*rows, *(f"{q}[..{i}]" for q in fixed for i in ends)]
    wholes += [f"{a}[..{i}]" for a in s.arrays[:2] for i in ends]
    parts = [q for q in rows if q in s.loop.assigned]
    parts += [f"{q}[{i}..]" for q in fixed for i in ends]
    for a, b in combinations(parts, 2):
        for whole in wholes:
            if whole not in (a, b):
                yield Guess(f"{a} + {b} == {whole}", "sequences", 1.5)
                yield Guess(f"{b} + {a} == {whole}", "sequences", 1.0)
    for a in (q for q in rows if q in s.loop.assigned):
        for whole in fixed:
            yield Guess(f"{a} == {whole}[|{whole}| - |{a}|..]", "sequences", 1.5)
            yield Guess(f"{a} == {whole}[..|{a}|]", "sequences", 1.2)
    shares = [f"multiset({q})" for q in parts] + [m for m in bags if m in s.loop.assigned]
    for a, b in combinations(shares, 2):
        for whole in (*(f"multiset({w})" for w in wholes), *bags):
            if whole not in (a, b):
                yield Guess(f"{a} + {b} == {whole}", "sequences", 1.6)


def _rows_and_sets(s: Setting) -> Iterator[Guess]:
    rows = [(f"{a}", f"{a}.Length") for a in s.arrays[:3]] + [(q, f"|{q}|") for q in s.sequences[:4]]
    for a in s.of_kind("set", "multiset")[:4]:
        for q, size in rows:
            whole = f"{q}[..]" if size.endswith("Length") else q
            for i in s.indices[:2]:
                yield Guess(f"forall k0 :: 0 <= k0 < {i} ==> {q}[k0] in {a}", "sets", 1.0)
                yield Guess(f"forall k0 :: {i} <= k0 < {size} ==> {q}[k0] in {a}", "sets", 0.6)
                yield Guess(f"forall x0 :: x0 in {a} ==> x0 in {q}[..{i}]", "sets", 1.0)
                yield Guess(f"forall x0 :: x0 in {a} <==> x0 in {q}[..{i}]", "sets", 1.0)
                if s.kinds.get(a) == "multiset":
                    yield Guess(f"{a} == multiset({q}[..{i}])", "sets", 1.5)
            yield Guess(f"forall x0 :: x0 in {a} ==> x0 in {whole}", "sets", 0.8)


def _sequences(s: Setting) -> Iterator[Guess]:
    """What a built sequence holds of the rows it is built from."""
    rows = [(f"{a}[..", f"{a}.Length") for a in s.arrays[:3]]
    rows += [(f"{q}[..", f"|{q}|") for q in s.sequences[:4] if q not in s.loop.assigned]
    for built in s.sequences:
        if built not in s.loop.assigned:
            continue
        yield Guess(
            f"forall p0, q0 :: 0 <= p0 < q0 < |{built}| ==> {built}[p0] != {built}[q0]", "sequences", 1.0
        )
        yield Guess(
            f"forall p0, q0 :: 0 <= p0 < q0 < |{built}| ==> {built}[p0] <= {built}[q0]", "sequences", 1.0
        )
        yield Guess(f"0 < |{built}|", "lengths", 1.2)
        for v in s.kinds:
            if v in s.loop.assigned and v != built and s.kinds[v] in ("int", "real", "char", "bool"):
                yield Guess(f"{v} == {built}[|{built}| - 1]", "element", 1.2)
                for op in ("<=", "<", ">=", ">"):
                    yield Guess(f"forall k0 :: 0 <= k0 < |{built}| ==> {built}[k0] {op} {v}", "compared", 0.9)
        for part, size in rows:
            name = part[: -len("[..")]
            for i in s.indices[:3]:
                yield Guess(f"|{built}| == {i}", "lengths", 1.5)
                yield Guess(f"|{built}| <= {i}", "lengths", 1.0)
                yield Guess(f"{built} == {part}{i}]", "sequences", 2.0)
                yield Guess(f"multiset({built}) == multiset({part}{i}])", "sequences", 1.2)
                yield Guess(f"forall x0 :: x0 in {built} ==> x0 in {part}{i}]", "sequences", 1.0)
                yield Guess(f"forall x0 :: x0 in {part}{i}] ==> x0 in {built}", "sequences", 1.0)
                yield Guess(f"forall k0 :: 0 <= k0 < {i} ==> {name}[k0] in {built}", "sequences", 0.8)
            yield Guess(f"forall k0 :: 0 <= k0 < |{built}| ==> {built}[k0] in {part}]", "sequences", 1.0)
            yield Guess(f"|{built}| <= {size}", "lengths", 0.8)


def choices(s: Setting) -> Iterator[Guess]:
    """A variable that is always one of two others."""
    for v in s.moving:
        others = [w for w in (*s.moving, *s.fixed, "0") if w != v]
        for k, a in enumerate(others):
            for b in others[k + 1 :]:
                yield Guess(f"{v} == {a} || {v} == {b}", "choices", 0.9)
