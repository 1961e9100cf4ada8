"""Families about the elements of arrays and sequences: processed parts, orders, what is unchanged."""

from __future__ import annotations

from collections.abc import Iterator

from proofsmith.agents.policies.dafny.formula import formula
from proofsmith.agents.policies.dafny.setting import Guess, Setting, kind_of
from proofsmith.dafny import expressions as ex
from proofsmith.dafny import statements as st
from proofsmith.dafny.interpret_domains import stripped
from proofsmith.dafny.interpret_values import Ref, Trouble, Value
from proofsmith.dafny.nodes import walk

_LONGEST_START = 20
"""In characters: where a loop begins is no end of a range if it takes more to say."""


def unchanged(s: Setting) -> Iterator[Guess]:
    """What of the heap is as at the method's beginning: everything, a part, or up to the order."""
    if not s.loop.written:
        return
    for a in s.arrays:
        if _is_parameter(s, a) and _may_change(s, a):
            yield Guess(f"multiset({a}[..]) == multiset(old({a}[..]))", "permuted", 3.0)
            yield Guess(f"{a}[..] == old({a}[..])", "unchanged", 1.0)
            for low, high in ranges(s, f"{a}.Length"):
                text = f"forall k0 :: {low} <= k0 < {high} ==> {a}[k0] == old({a}[k0])"
                yield Guess(text, "unchanged", 2.5)
        for point in _writing_points(s, a):
            same = f"{a}[k0] == old({a}[k0])"
            yield Guess(f"forall k0 :: {point} <= k0 < {a}.Length ==> {same}", "unchanged", 2.0)
            yield Guess(f"forall k0 :: {point} < k0 < {a}.Length ==> {same}", "unchanged", 1.6)
            yield Guess(f"forall k0 :: 0 <= k0 < {point} ==> {same}", "unchanged", 1.6)
            yield Guess(f"forall k0 :: 0 <= k0 <= {point} ==> {same}", "unchanged", 1.4)
        for name, start in _copies(s):
            yield Guess(f"multiset({a}[..]) == multiset({name})", "permuted", 1.0 if start else 0.8)
            yield Guess(f"{a}[..] == {name}", "unchanged", 0.8)
    for name in sorted(s.loop.fields):
        yield Guess(f"{name} == old({name})", "unchanged", 2.0)
    for m in s.of_kind("matrix"):
        bounds = f"0 <= p0 < {m}.Length0 && 0 <= q0 < {m}.Length1"
        same = f"{m}[p0, q0] == old({m}[p0, q0])"
        yield Guess(f"forall p0, q0 :: {bounds} ==> {same}", "unchanged", 1.5)
        for i in s.indices:
            yield Guess(f"forall p0, q0 :: {bounds} && p0 >= {i} ==> {same}", "unchanged", 1.0)
            yield Guess(f"forall p0, q0 :: {bounds} && p0 > {i} ==> {same}", "unchanged", 1.0)


def _writing_points(s: Setting, array: str) -> list[str]:
    """Sums and differences at which the loop writes to an array."""
    found = []
    for node in walk(s.loop.node):
        for target in map(stripped, node.targets if isinstance(node, st.Assign) else ()):
            if isinstance(target, ex.Index) and s.method.text(target.target) == array:
                index = stripped(target.indices[0])
                if isinstance(index, ex.Binary) and s.known(text := s.method.text(index)):
                    found.append(text)
    return list(dict.fromkeys(found))[:3]


def ordered(s: Setting) -> Iterator[Guess]:
    """Sorted ranges, and ranges all of whose elements are at most those of another."""
    for a, size in rows_of(s):
        if not _comparable(s, a):
            continue
        sizes = ranges(s, size)
        for low, high in sizes:
            for op in ("<=", "<", ">=", ">", "!="):
                text = f"forall p0, q0 :: {low} <= p0 < q0 < {high} ==> {a}[p0] {op} {a}[q0]"
                yield Guess(text, "sorted", 1.5 if op == "<=" else 0.7)
        yield from _ordered_but_for_one(s, a, size)
        cuts = [*s.indices, *(f"{i} + 1" for i in s.indices)]
        for cut in cuts:
            for high in (size, *cuts):
                for low in ("0", *s.indices):
                    if low != cut and high != cut:
                        text = f"forall p0, q0 :: {low} <= p0 < {cut} <= q0 < {high} ==> {a}[p0] <= {a}[q0]"
                        yield Guess(text, "partitioned", 1.0)


def _ordered_but_for_one(s: Setting, a: str, size: str) -> Iterator[Guess]:
    """A range in order, leaving out the element at an index that the loop moves: it finds its place."""
    if not s.loop.written or not s.loop.outer:
        return
    outside = [i for i in s.indices if i not in s.moving]
    spans = [("0", high) for i in outside for high in (i, f"{i} + 1")]
    spans += [(low, size) for i in outside for low in (i, f"{i} + 1")]
    for low, high in spans:
        for i in s.moving:
            for one in (i, f"{i} + 1"):
                for left_out in (f"q0 != {one}", f"p0 != {one}"):
                    within = f"{low} <= p0 < q0 < {high} && {left_out}"
                    yield Guess(f"forall p0, q0 :: {within} ==> {a}[p0] <= {a}[q0]", "sorted", 1.7)
                    yield Guess(f"forall p0, q0 :: {within} ==> {a}[p0] >= {a}[q0]", "sorted", 1.0)


def merged(s: Setting) -> Iterator[Guess]:
    """What was put into a row is on one side of all that is left in another, as merging needs."""
    rows = rows_of(s)
    built = [(q, f"|{q}|") for q in s.sequences[:3] if q in s.loop.assigned]
    built += [(a, i) for a in s.arrays[:3] if a in s.loop.written for i in s.moving[:3]]
    for c, end in built:
        for a, size in rows:
            if a in (c, *s.loop.assigned) or a in s.loop.written or not _comparable(s, a):
                continue
            if _element_kind(s, c) not in (None, _element_kind(s, a)):
                continue
            for i in s.moving[:3]:
                if i != end:
                    left = f"forall p0, q0 :: 0 <= p0 < {end} && {i} <= q0 < {size} ==> {c}[p0]"
                    yield Guess(f"{left} <= {a}[q0]", "merged", 1.2)
                    yield Guess(f"{left} >= {a}[q0]", "merged", 0.8)


def compared(s: Setting) -> Iterator[Guess]:
    """Elements of a range compared with a variable, or with the element at an index."""
    for a, size in rows_of(s):
        kind = _element_kind(s, a)
        plain = _constants_of(s, kind)
        for low, high in ranges(s, size) if plain else ():
            for v in plain:
                for op in ("==", "!="):
                    yield Guess(f"forall k0 :: {low} <= k0 < {high} ==> {a}[k0] {op} {v}", "compared", 1.2)
        if kind not in ("int", "real", "char", "bool"):
            continue
        values = [v for v in s.of_kind(kind) if v not in s.indices or kind != "int"]
        if kind == "int":
            values = [v for v in s.of_kind("int") if v in s.moving or v in s.fixed]
        values += [f"{a}[{i}]" for i in (*s.indices, *(n for n in s.fixed if n in s.indices))]
        if kind == "int":
            values += s.constants[:4]
        operators = ("<=", ">=", "!=", "==", "<", ">") if kind != "bool" else ("==", "!=")
        for low, high in ranges(s, size):
            for v in values:
                for op in operators:
                    promise = 1.3 if op in ("<=", ">=", "!=") else 0.9
                    yield Guess(
                        f"forall k0 :: {low} <= k0 < {high} ==> {a}[k0] {op} {v}", "compared", promise
                    )
        for i in s.indices:
            for v in values:
                if v in s.loop.assigned and v != i:
                    yield Guess(f"{v} == {a}[{i}]", "element", 0.8)
                    yield Guess(f"exists k0 :: 0 <= k0 < {i} && {a}[k0] == {v}", "element", 0.8)
                    yield Guess(f"exists k0 :: 0 <= k0 < {size} && {a}[k0] == {v}", "element", 0.6)


def related(s: Setting) -> Iterator[Guess]:
    """Elements of one row compared with those of another, also read backwards."""
    rows = rows_of(s)
    for a, size_a in rows:
        for b, size_b in rows:
            if a == b or _element_kind(s, a) != _element_kind(s, b):
                continue
            if a < b:
                yield Guess(f"{size_a} == {size_b}", "lengths", 1.0)
            for i in s.moving:
                yield Guess(f"forall k0 :: 0 <= k0 < {i} ==> {a}[k0] == {b}[k0]", "related", 1.2)
                yield Guess(
                    f"forall k0 :: 0 <= k0 < {i} ==> {a}[k0] == {b}[{size_b} - 1 - k0]", "related", 0.8
                )
                yield Guess(f"{a}[..{i}] == {b}[..{i}]", "related", 0.7)
                yield Guess(f"forall k0 :: {i} <= k0 < {size_a} ==> {a}[k0] == {b}[k0]", "related", 0.6)


def rows_of(s: Setting) -> list[tuple[str, str]]:
    """Arrays and sequences with their lengths."""
    return [(a, f"{a}.Length") for a in s.arrays[:4]] + [(q, f"|{q}|") for q in s.sequences[:4]]


def ranges(s: Setting, size: str) -> list[tuple[str, str]]:
    """Ends of ranges that the loop moves: (low, high) with high not included."""
    ends = [*s.indices[:3], *s.fixed[:2]]
    found = []
    for i in s.indices[:3]:
        found += [("0", i), (i, size), ("0", f"{i} + 1"), (f"{i} + 1", size)]
        if i in s.moving and i in s.mirrored and size != i:
            found += [(f"{size} - {i}", size), (i, f"{size} - {i}")]
        found += [(j, i) for j in ends if j != i]
        found += [(i, j) for j in ends if j != i and j not in s.indices]
        found += [(f"{j} + 1", i) for j in s.indices[:3] if j != i]
        found += [(j, f"{i} + 1") for j in s.indices[:3] if j != i]
    for i in (i for i in s.moving if i in s.indices):
        start = s.loop.starts.get(i, "0")
        if start not in ends and start not in ("0", "1") and len(start) <= _LONGEST_START:
            found += [(start, i), (start, f"{i} + 1"), (f"{i} + 1", f"{start} + 1")]
    if s.loop.written:
        found += [("0", size), *(("0", j) for j in s.fixed[:2]), *((j, size) for j in s.fixed[:2])]
    return list(dict.fromkeys(found))


def _copies(s: Setting) -> list[tuple[str, str]]:
    """Sequences that do not change in the loop."""
    return [(q, s.loop.starts.get(q, "")) for q in s.sequences if q not in s.loop.assigned]


def _is_parameter(s: Setting, name: str) -> bool:
    outside = name in s.loop.fields or name not in s.loop.scope
    return outside or any(p.name == name for p in s.method.node.parameters)


def _may_change(s: Setting, name: str) -> bool:
    """Whether the method may change an array; what it may not, no loop makes the verifier forget."""
    if name in s.loop.written or not any(p.name == name for p in s.method.node.parameters):
        return True
    clauses = [c for c in s.method.node.clauses if c.kind == "modifies"]
    named = [stripped(e) for c in clauses for e in c.expressions]
    return not all(isinstance(e, ex.Name) and e.name != name and e.name in s.arrays for e in named)


def _elements(s: Setting, row: str) -> Value | None:
    tree = formula(row)
    for frame in s.states.seen[:40]:
        try:
            value = s.machine.evaluate(tree.tree, frame) if tree is not None else None
        except Trouble:
            continue
        contents = frame.heap.get(value) if isinstance(value, Ref) else value
        if isinstance(contents, (list, tuple)) and contents:
            return contents[0]
    return None


def _element_kind(s: Setting, row: str) -> str | None:
    declared = s.loop.scope.get(row)
    if declared is not None and declared.name == "string":
        return "char"
    if declared is not None and declared.arguments:
        return {"nat": "int"}.get(declared.arguments[0].name, declared.arguments[0].name)
    return kind_of(_elements(s, row))


def _constants_of(s: Setting, kind: str | None) -> list[str]:
    """The constructors of a datatype that has a few of them without parameters."""
    declared = s.machine.datatypes.get(kind or "")
    if declared is None:
        return []
    return [c.name for c in declared.constructors if not c.parameters][:5]


def _comparable(s: Setting, row: str) -> bool:
    return _element_kind(s, row) in ("int", "real", "char")
