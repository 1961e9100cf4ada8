"""Measures that decrease: of loops, chosen on real runs, and of recursive declarations."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

from proofsmith.agents.policies.dafny.families import walks
from proofsmith.agents.policies.dafny.formula import formula
from proofsmith.agents.policies.dafny.recursion import Recursion
from proofsmith.agents.policies.dafny.setting import Setting, unique
from proofsmith.agents.policies.dafny.weave import Addition
from proofsmith.dafny.declarations import Function, Method, Program
from proofsmith.dafny.interpret_values import Data, Trouble, Value
from proofsmith.dafny.nodes import Variable

_MOST = 8
_ROWS = {"seq", "string", "set", "multiset", "map"}


def measures(s: Setting) -> list[Addition]:
    """Return ``decreases`` clauses for a loop that real runs do not refute, simplest first."""
    if any(c.kind == "decreases" for c in s.loop.node.clauses):
        return []
    terms = list(s.moving)
    terms += [f"{t} - {v}" for v in s.moving for t in s.limits if t not in ("0", v)]
    terms += [f"{v} - {w}" for v in s.moving for w in s.moving if v != w]
    terms += [f"|{q}|" for q in (*s.sequences, *s.of_kind("set", "multiset", "map")) if q in s.loop.assigned]
    terms += [d for d in s.of_kind("data") if d in s.loop.assigned]
    terms += walks.measures(s)
    terms += [f"if {b} then 1 else 0" for b in s.of_kind("bool") if b in s.loop.assigned]
    terms += [f"if {b} then 0 else 1" for b in s.of_kind("bool") if b in s.loop.assigned]
    found = [(t, rows) for t in unique(terms) if (rows := _values(s, t)) is not None]
    strict = [t for t, rows in found if all(a > b and a >= 0 for a, b in rows)]
    weak = [(t, rows) for t, rows in found if all(a >= b for a, b in rows) and t not in strict]
    pairs = [
        f"{t}, {u}"
        for t, first in weak
        for u, second in found
        if t != u and all(a > b or (c > d and c >= 0) for (a, b), (c, d) in zip(first, second, strict=True))
    ]
    texts = [*strict, *pairs][:_MOST]
    return [
        Addition(s.loop.offset, f"decreases {t}", "termination", s.method.name, rank=9, promise=1.0 / (1 + k))
        for k, t in enumerate(texts)
    ]


def _values(s: Setting, text: str) -> list[tuple[int, int]] | None:
    """The values of a term before and after each step seen; ``None`` if it has none somewhere."""
    term = formula(text)
    if term is None or not s.states.steps:
        return None
    rows = []
    for before, after in s.states.steps:
        try:
            first, second = (s.machine.evaluate(term.tree, frame) for frame in (before, after))
            rows.append((_rank(first), _rank(second)))
        except Trouble:
            return None
    return rows


def _rank(value: Value) -> int:
    """The integer that orders a value: its own, or the size of a datatype's value or of a set."""
    if isinstance(value, frozenset):
        return len(value)
    return value.size() if isinstance(value, Data) else int(value)


def recursion_measures(program: Program, node: Method | Function, recursion: Recursion) -> list[Addition]:
    """Return ``decreases`` clauses to try for a declaration that calls itself."""
    body = node.body
    if body is None or any(c.kind == "decreases" for c in node.clauses):
        return []
    texts = list(dict.fromkeys([*_parameter_measures(node.parameters), *_function_measures(program, node)]))
    if isinstance(node, Function):
        texts = recursion.measures(node, texts)
    offset = program.span(body)[0]
    return [
        Addition(offset, f"decreases {t}", "termination", node.name, rank=9, promise=1.0 / (1 + k))
        for k, t in enumerate(texts[: 2 * _MOST])
    ]


def _function_measures(program: Program, node: Method | Function) -> Iterator[str]:
    """The program's own functions that measure a parameter."""
    for f in program.callables():
        result = f.result.type if isinstance(f, Function) and f.result is not None else None
        if f is not node and result is not None and result.name in ("int", "nat") and len(f.parameters) == 1:
            wanted = f.parameters[0].type
            for p in node.parameters:
                if p.type is not None and wanted is not None and p.type.name == wanted.name:
                    yield f"{f.name}({p.name})"


def _parameter_measures(parameters: tuple[Variable, ...]) -> Iterator[str]:
    ints = [p.name for p in parameters if p.type is not None and p.type.name in ("int", "nat")]
    rows = [p.name for p in parameters if p.type is not None and p.type.name in _ROWS]
    arrays = [p.name for p in parameters if p.type is not None and p.type.name.startswith("array")]
    others = [p.name for p in parameters if p.name not in (*ints, *rows, *arrays)]
    sizes = [f"|{q}|" for q in rows] + [f"{a}.Length" for a in arrays]
    for size in sizes:
        yield from (f"{size} - {i}" for i in ints)
    for i, j in permutations(ints, 2):
        yield f"{j} - {i}"
    yield from (f"|{q}|" for q in rows)
    if len(rows) > 1:
        yield " + ".join(f"|{q}|" for q in rows)
    yield from ints
    yield from (f"{p.name} < 0, {p.name}" for p in parameters if p.type is not None and p.type.name == "int")
    if len(ints) > 1:
        yield " + ".join(ints)
    for i, j in permutations(ints, 2):
        yield f"if {i} < {j} then 1 else 0"
        yield f"{i} < {j}, {i}"
    for i, j in permutations(ints, 2):
        yield f"if {i} < 0 then {j} - {i} else {i}"
    yield from (f"if {i} < 0 then -{i} else {i}" for i in ints)
    yield from others
    for i, j in permutations([*ints, *others], 2):
        yield f"{i}, {j}"


def is_about_termination(message: str) -> bool:
    """Say whether a complaint is about termination."""
    return "terminat" in message or "decrease" in message
