"""Bodies that put an array in order by exchanging elements (Knuth, TAOCP 3, 5.2)."""

from __future__ import annotations

from collections.abc import Iterator

from proofsmith.agents.policies.dafny.bodies.blank import Blank, element
from proofsmith.agents.policies.dafny.bodies.realised import call_in, interval, unfold
from proofsmith.agents.policies.dafny.formula import Formula, formula, negated
from proofsmith.dafny import expressions as ex
from proofsmith.dafny.interpret_domains import stripped


def sorts(blank: Blank) -> Iterator[str]:
    """Yield sorting loops for an array that may be modified, and whose pairs the postcondition orders."""
    if blank.method.results or len(blank.modified) != 1:
        return
    row = blank.modified[0]
    for f in blank.ensures:
        wrong = _out_of_order(blank, f, row.name)
        if wrong is not None:
            i, j, m = blank.fresh("i", "j", "m")
            yield _exchange(row.name, i, j, wrong)
            yield _bubble(row.name, i, j, wrong)
            yield _insertion(row.name, i, j, wrong)
            yield _selection(row.name, (i, j, m), wrong)
            if element(row.type) == "bool":
                yield _two_ends(row.name, i, j, wrong)


def _out_of_order(blank: Blank, f: Formula, row: str) -> Formula | None:
    """Read ``forall i, j :: i < j ==> a[i] R a[j]``; return when x must not stand before y."""
    called = call_in(f.text)
    if called is not None:
        named = blank.machine.functions.get(called[0], ())
        function = next((g for g in named if len(g.parameters) == len(called[1])), None)
        inside = unfold(blank.machine, function, called[1]) if function is not None else None
        parts = formula(inside) if inside is not None else None
        return next(
            (t for p in (parts.conjuncts() if parts else ()) if (t := _out_of_order(blank, p, row))), None
        )
    tree = stripped(f.tree)
    if not isinstance(tree, ex.Quantifier) or tree.kind != "forall" or len(tree.variables) != 2:
        return None
    read = interval(f, tree)
    test = formula(negated(read[1])) if read is not None else None
    if read is None or test is None:
        return None
    (first, _, _), (second, start, _) = read[0]
    if first not in start:
        return None
    changes = [(n, "x") for n in test.occurrences(f"{row}[{first}]")]
    changes += [(n, "y") for n in test.occurrences(f"{row}[{second}]")]
    found = test.replaced(changes) if changes else None
    return found if found is not None and not found.free & {first, second, row} else None


def _wrong(test: Formula, x: str, y: str) -> str:
    found = test.substituted({"x": x, "y": y})
    return test.text if found is None else found.text


def _swap(a: str, i: str, j: str) -> str:
    return f"{a}[{i}], {a}[{j}] := {a}[{j}], {a}[{i}];"


def _exchange(a: str, i: str, j: str, test: Formula) -> str:
    return (
        f"var {i} := 0; while {i} < {a}.Length {{ var {j} := {i} + 1; while {j} < {a}.Length {{ "
        f"if {_wrong(test, f'{a}[{i}]', f'{a}[{j}]')} {{ {_swap(a, i, j)} }} "
        f"{j} := {j} + 1; }} {i} := {i} + 1; }}"
    )


def _bubble(a: str, i: str, j: str, test: Formula) -> str:
    return (
        f"var {i} := {a}.Length; while {i} > 1 {{ var {j} := 0; while {j} + 1 < {i} {{ "
        f"if {_wrong(test, f'{a}[{j}]', f'{a}[{j} + 1]')} {{ {_swap(a, j, f'{j} + 1')} }} "
        f"{j} := {j} + 1; }} {i} := {i} - 1; }}"
    )


def _insertion(a: str, i: str, j: str, test: Formula) -> str:
    return (
        f"var {i} := 0; while {i} < {a}.Length {{ var {j} := {i}; "
        f"while {j} > 0 && {_wrong(test, f'{a}[{j} - 1]', f'{a}[{j}]')} {{ "
        f"{_swap(a, f'{j} - 1', j)} {j} := {j} - 1; }} {i} := {i} + 1; }}"
    )


def _selection(a: str, names: tuple[str, str, str], test: Formula) -> str:
    i, j, m = names
    return (
        f"var {i} := 0; while {i} < {a}.Length {{ var {m} := {i}; var {j} := {i} + 1; "
        f"while {j} < {a}.Length {{ if {_wrong(test, f'{a}[{m}]', f'{a}[{j}]')} {{ {m} := {j}; }} "
        f"{j} := {j} + 1; }} {_swap(a, i, m)} {i} := {i} + 1; }}"
    )


def _two_ends(a: str, i: str, j: str, test: Formula) -> str:
    """Elements of two kinds: those that are out of order beside the other kind are moved to the end."""
    return (
        f"var {i} := 0; var {j} := {a}.Length; while {i} < {j} {{ "
        f"if {_wrong(test, f'{a}[{i}]', f'!{a}[{i}]')} {{ {j} := {j} - 1; {_swap(a, i, j)} }} "
        f"else {{ {i} := {i} + 1; }} }}"
    )
