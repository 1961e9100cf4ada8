"""Bodies that write arrays and sequences as equations of the postcondition say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from proofsmith.agents.policies.dafny.bodies.blank import (
    INTS,
    ROWS,
    Blank,
    element,
    named_type,
    size_of,
)
from proofsmith.agents.policies.dafny.bodies.realised import interval, without_old
from proofsmith.agents.policies.dafny.formula import Formula, enclosed, formula, words
from proofsmith.dafny import expressions as ex
from proofsmith.dafny.interpret_domains import stripped
from proofsmith.dafny.nodes import Variable, walk


@dataclass(frozen=True)
class Equation:
    """``row[index] == value``, for all `low <= variable < high` with a condition, or without a variable.

    Attributes:
        row: the array or sequence.
        variable: the bound variable; empty where there is none.
        low: its lowest value.
        high: the first value beyond.
        condition: further condition; empty where there is none.
        index: the place.
        value: what stands there, without ``old``.
        again: whether the value speaks of the row itself at another place.
    """

    row: str
    variable: str
    low: str
    high: str
    condition: str
    index: str
    value: str
    again: bool


def written(blank: Blank) -> Iterator[str]:
    """Yield bodies for a method that fills a new row, or changes one that it may modify."""
    method = blank.method
    targets = [r for r in method.results if named_type(r) in ROWS]
    if len(targets) == 1 and len(method.results) == 1:
        yield from _new(blank, targets[0])
    elif not method.results and len(blank.modified) == 1:
        yield from _changed(blank, blank.modified[0])


def _new(blank: Blank, row: Variable) -> Iterator[str]:
    found = [e for f in blank.ensures if (e := _equation(f, row.name)) is not None]
    ranged = [e for e in found if e.variable]
    points = [e for e in found if not e.variable]
    (index,) = blank.fresh("i")
    for size in _sizes(blank, row, ranged):
        if named_type(row) == "array":
            given = f"{row.name} := new {element(row.type)}[{size}];"
            last = " ".join(f"{e.row}[{e.index}] := {e.value};" for e in points)
            loops = [
                " ".join(_filling(group, index, begin)) for group in (_grouped(ranged),) for begin in (True,)
            ]
            yield f"{given} {loops[0]} {last}".strip()
            yield f"{given} {' '.join(_at_once(_grouped(ranged)))} {last}".strip()
        elif len(ranged) == 1 and not points and words(ranged[0].low) == words("0"):
            value = _moved(ranged[0].value, ranged[0].variable, index)
            start = '""' if named_type(row) == "string" else "[]"
            yield (
                f"{row.name} := {start}; var {index} := 0; while {index} < {size} "
                f"{{ {row.name} := {row.name} + [{value}]; {index} := {index} + 1; }}"
            )


def _sizes(blank: Blank, row: Variable, ranged: Sequence[Equation]) -> list[str]:
    wanted = words(size_of(row))
    found = []
    for f in blank.ensures:
        tree = stripped(f.tree)
        if isinstance(tree, ex.Comparison) and tree.operators == ("==",):
            for one, other in (tree.operands, tree.operands[::-1]):
                if words(f.at(one)) == wanted:
                    found.append(f.at(other))
    if not found:
        found = [size_of(p) for p in blank.method.parameters if named_type(p) in ROWS]
        found += [p.name for p in blank.method.parameters if named_type(p) in INTS]
    return found


def _changed(blank: Blank, row: Variable) -> Iterator[str]:
    found = [e for f in blank.ensures if (e := _equation(f, row.name)) is not None]
    points = [e for e in found if not e.variable]
    ranged = [e for e in found if e.variable and words(e.value) != words(f"{row.name}[{e.index}]")]
    (index,) = blank.fresh("i")
    if points:
        places = ", ".join(f"{e.row}[{e.index}]" for e in points)
        yield f"{places} := {', '.join(e.value for e in points)};"
        return
    groups = _grouped(ranged)
    if not groups:
        return
    if any(e.again for e in ranged):
        for e in ranged:
            other = _moved(e.value, e.variable, index)
            place = formula(other)
            if place is not None and isinstance(stripped(place.tree), ex.Index):
                here = f"{e.row}[{index}]"
                yield (
                    f"var {index} := {e.low}; while {index} < {enclosed(e.high)} / 2 "
                    f"{{ {here}, {other} := {other}, {here}; {index} := {index} + 1; }}"
                )
    else:
        yield " ".join(_filling(groups, index, False))
    yield " ".join(_at_once(groups))


def _grouped(ranged: Sequence[Equation]) -> list[list[Equation]]:
    """The equations with the same range and place together."""
    groups: dict[tuple[object, ...], list[Equation]] = {}
    for e in ranged:
        key = (words(e.low), words(e.high), words(_moved(e.index, e.variable, "i")))
        groups.setdefault(key, []).append(e)
    return list(groups.values())


def _filling(groups: Sequence[Sequence[Equation]], index: str, new: bool) -> Iterator[str]:
    """A loop for each group."""
    for k, group in enumerate(groups):
        first = group[0]
        work = ""
        for e in reversed(group):
            store = f"{e.row}[{_moved(e.index, e.variable, index)}] := {_moved(e.value, e.variable, index)};"
            if not e.condition:
                work = work or store
            else:
                test = _moved(e.condition, e.variable, index)
                work = f"if {test} {{ {store} }}" + (f" else {{ {work} }}" if work else "")
        begin = f"var {index} := {first.low};" if k == 0 else f"{index} := {first.low};"
        yield f"{begin} while {index} < {first.high} {{ {work} {index} := {index} + 1; }}"


def _at_once(groups: Sequence[Sequence[Equation]]) -> Iterator[str]:
    """A forall statement for each group: what it reads is from before it."""
    for group in groups:
        first = group[0]
        v = first.variable
        place = f"{first.row}[{first.index}]"
        plain = next((e for e in group if not e.condition), None)
        value = place if plain is None else _moved(plain.value, plain.variable, v)
        for e in reversed([e for e in group if e.condition]):
            test, then = (_moved(t, e.variable, v) for t in (e.condition, e.value))
            value = f"if {test} then {then} else {value}"
        yield f"forall {v} | {first.low} <= {v} < {first.high} {{ {place} := {value}; }}"


def _equation(f: Formula, row: str) -> Equation | None:
    """Read a conjunct of the postcondition as an equation about the elements of `row`."""
    tree = stripped(f.tree)
    name, low, high, condition, text = "", "", "", "", f.text
    if isinstance(tree, ex.Quantifier) and tree.kind == "forall" and len(tree.variables) == 1:
        read = interval(f, tree)
        if read is None:
            return None
        ((name, low, high),), text = read
        inner = formula(text)
        if inner is None:
            return None
        goal = stripped(inner.tree)
        if isinstance(goal, ex.Binary) and goal.operator == "==>":
            condition, text = inner.at(stripped(goal.left)), inner.at(stripped(goal.right))
    found = formula(text)
    tree = stripped(found.tree) if found is not None else tree
    if found is None or not isinstance(tree, ex.Comparison) or tree.operators != ("==",):
        return None
    for one, other in (tree.operands, tree.operands[::-1]):
        one = stripped(one)
        if isinstance(one, ex.Index) and isinstance(one.target, ex.Name) and one.target.name == row:
            index, value = found.at(one.indices[0]), formula(found.at(other))
            plain = without_old(value) if value is not None else None
            tested = formula(condition)
            test = without_old(tested) if tested is not None else None
            if plain is None or (condition and test is None):
                return None
            return Equation(
                row,
                name,
                low,
                high,
                "" if test is None else test.text,
                index,
                plain.text,
                _again(plain, row, index),
            )
    return None


def _again(value: Formula, row: str, index: str) -> bool:
    """Whether a value speaks of the row at another place than `index`."""
    return any(
        isinstance(n, ex.Index | ex.Slice)
        and words(value.at(n.target)) == words(row)
        and not (isinstance(n, ex.Index) and words(value.at(n.indices[0])) == words(index))
        for n in walk(value.tree)
    )


def _moved(text: str, name: str, to: str) -> str:
    """Return `text` with a variable renamed."""
    found = formula(text)
    new = found.substituted({name: to}) if found is not None and name else None
    return text if new is None else new.text
