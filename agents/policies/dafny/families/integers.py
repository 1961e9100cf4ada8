"""Families about integer variables: bounds, remainders, and polynomial equalities."""

from __future__ import annotations

from collections.abc import Iterator

from proofsmith.agents.policies.dafny.context import functions_of
from proofsmith.agents.policies.dafny.formula import enclosed, formula
from proofsmith.agents.policies.dafny.relations import equalities
from proofsmith.agents.policies.dafny.setting import Guess, Setting
from proofsmith.agents.policies.dafny.states import integers
from proofsmith.dafny import expressions as ex
from proofsmith.dafny import statements as st
from proofsmith.dafny.interpret_domains import conjuncts, stripped
from proofsmith.dafny.nodes import walk

_MOST_COLUMNS = 6


def bounds(s: Setting) -> Iterator[Guess]:
    """``0 <= i``, ``i <= n``, ``i < n``, ``n - 1 <= i`` for every changed variable and every limit."""
    for v in s.moving:
        for t in s.limits:
            if t == v:
                continue
            plain = 3.0 if t in ("0", *s.lengths) else 2.0
            yield Guess(f"{t} <= {v}", "bounds", plain)
            yield Guess(f"{v} <= {t}", "bounds", plain)
            yield Guess(f"{t} < {v}", "bounds", plain / 2)
            yield Guess(f"{v} < {t}", "bounds", plain / 2)
            tight = 1.6 if t in ("0", *s.lengths) else 0.5
            yield Guess(f"{v} <= {t} + 1", "bounds", tight)
            yield Guess("-1 <= " + v if t == "0" else f"{t} - 1 <= {v}", "bounds", tight)
        for w in s.moving:
            if v < w:
                for op in ("<=", "<", ">=", ">", "!="):
                    yield Guess(f"{v} {op} {w}", "bounds", 1.5)
                yield Guess(f"{v} <= {w} + 1", "bounds", 0.7)
                for t in (*s.fixed[:3], *s.lengths[:2]):
                    yield Guess(f"{v} + {w} <= {t}", "bounds", 1.0)
                    yield Guess(f"{v} + {w} < {t}", "bounds", 1.0)
                    yield Guess(f"{v} + {w} >= {t}", "bounds", 0.6)
    for v in s.of_kind("real"):
        if v in s.loop.assigned:
            yield Guess(f"0.0 <= {v}", "bounds", 1.0)


def guards(s: Setting) -> Iterator[Guess]:
    """The loop's condition, made to hold after the last step too: ``i < n`` gives ``i <= n``."""
    if s.loop.guard is None:
        return
    for part in conjuncts(s.loop.guard.tree):
        text = s.loop.guard.at(part)
        yield Guess(text, "guard", 0.4)
        if isinstance(part, ex.Comparison) and len(part.operators) == 1:
            left, right = (s.loop.guard.at(o) for o in part.operands)
            if part.operators[0] in ("<", ">"):
                yield Guess(f"{left} {part.operators[0]}= {right}", "guard", 2.0)
            elif part.operators[0] == "!=":
                yield Guess(f"{left} <= {right}", "guard", 2.0)
                yield Guess(f"{left} >= {right}", "guard", 2.0)
            elif part.operators[0] in ("<=", ">="):
                op, sign = part.operators[0], "+" if part.operators[0] == "<=" else "-"
                yield Guess(f"{left} {op} {right} {sign} 1", "guard", 2.0)
            yield from _before_the_step(s, part)


def _before_the_step(s: Setting, test: ex.Comparison) -> Iterator[Guess]:
    """The condition for what a variable was before the last step added a term to it."""
    assert s.loop.guard is not None
    for node in walk(s.loop.node):
        if not isinstance(node, st.Assign) or len(node.targets) != len(node.values):
            continue
        for target, value in zip(map(stripped, node.targets), map(stripped, node.values), strict=True):
            if not isinstance(target, ex.Name) or not isinstance(value, ex.Binary):
                continue
            added = s.method.text(value.right)
            back = {"+": "-", "-": "+"}.get(value.operator)
            if back is None or s.method.text(value.left) != target.name or added == "1":
                continue
            found = formula(s.loop.guard.at(test))
            earlier = f"{target.name} {back} {enclosed(added)}"
            changed = found.substituted({target.name: earlier}) if found is not None else None
            if changed is not None and target.name in s.moving and s.known(added):
                yield Guess(changed.text, "guard", 1.6)


def remainders(s: Setting) -> Iterator[Guess]:
    """``i % 2 == 0``, ``y == i / 2`` and the like, for divisors that the method mentions."""
    divisors = [c for c in s.constants if c.isdigit() and 2 <= int(c) <= 20][:3]
    for d in divisors:
        for v in s.moving:
            for r in range(min(int(d), 4)):
                yield Guess(f"{v} % {d} == {r}", "remainder", 0.8)
            for w in (*s.indices, *s.fixed):
                if w != v:
                    yield Guess(f"{v} == {w} / {d}", "remainder", 0.9)
                    yield Guess(f"{v} % {d} == {w} % {d}", "remainder", 0.6)


def algebra(s: Setting) -> Iterator[Guess]:
    """Polynomial equalities between variables and lengths that all states fulfil."""
    columns = [
        *s.fixed[:3],
        *[t for t in s.lengths if _simple(t, s)][:3],
        *s.moving[:5],
        *[n for n in s.indices if n not in s.moving][:2],
    ]
    columns = list(dict.fromkeys([*_measured(s), *columns]))
    terms = [f for c in columns if (f := formula(c)) is not None]
    rows = integers(s.machine, s.states, terms)
    if len(rows) < 6:
        return
    ordered = sorted(
        range(len(columns)),
        key=lambda k: (columns[k] in s.moving or columns[k] in _measured(s), -_variety(rows, k)),
    )
    columns = [columns[k] for k in ordered][-_MOST_COLUMNS:]
    rows = [[row[k] for k in ordered][-_MOST_COLUMNS:] for row in rows]
    for degree in (1, 2, 3):
        if degree == 3 and len(s.moving) > 3:
            break
        names = columns if degree < 3 else [c for c in columns if c in s.moving]
        part = rows if degree < 3 else [[r[columns.index(n)] for n in names] for r in rows]
        for text in equalities(names, part, degree):
            found = formula(text)
            if found is None or (degree > 1 and len(found.names) < 2):
                continue  # few values fulfil some polynomial by accident
            if found.names & s.loop.assigned or s.changes(text):
                yield Guess(text, "algebra", 2.5 if degree == 1 else 2.0)


def sizes(s: Setting) -> Iterator[Guess]:
    """Linear equalities between the sizes of sets, multisets and maps, and counters."""
    names = s.of_kind("set", "multiset", "map")[:3]
    if not s.loop.assigned.intersection(names):
        return
    columns = [*(t for t in s.lengths if _simple(t, s)), *(f"|{n}|" for n in names), *s.moving[:2]]
    columns = columns[-_MOST_COLUMNS:]
    terms = [f for c in columns if (f := formula(c)) is not None]
    for text in equalities(columns, integers(s.machine, s.states, terms), 1):
        if any(f"|{n}|" in text for n in names) and s.changes(text):
            yield Guess(text, "algebra", 2.0)


def _measured(s: Setting) -> list[str]:
    """Calls of functions that measure one changed collection or datatype by an integer."""
    found = []
    for function in functions_of(s.method.program):
        kind = s.kind_of_type(function.result.type) if function.result is not None else None
        if kind == "int" and len(function.parameters) == 1:
            wanted = s.kind_of_type(function.parameters[0].type)
            if wanted in ("data", "seq", "set", "multiset", "map"):
                names = [n for n in s.of_kind(wanted) if n in s.loop.assigned]
                found += [f"{function.name}({n})" for n in names[:2]]
    return found[:2]


def _variety(rows: list[list[int]], column: int) -> int:
    return len({row[column] for row in rows})


def _simple(term: str, s: Setting) -> bool:
    return len(term) < 24
