"""Bodies derived from functions of the specification: ``ensures r == F(x)`` says how to compute r.

A function that recurses on a number or along a sequence becomes a loop, one that ends in its own call a loop
that changes copies of its arguments (Bird, Wadler: Introduction to Functional Programming, 1988); any
other becomes calls: of methods with such contracts, the method itself included.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count

from proofsmith.agents.policies.dafny.bodies.blank import INTS, Blank, equation, named_type
from proofsmith.agents.policies.dafny.bodies.realised import (
    Realiser,
    call_in,
    calls_itself,
    contracts,
    unfold,
)
from proofsmith.agents.policies.dafny.formula import Formula, enclosed, formula, negated, words
from proofsmith.dafny import expressions as ex
from proofsmith.dafny.declarations import Function
from proofsmith.dafny.interpret_domains import stripped
from proofsmith.dafny.interpret_values import Trouble
from proofsmith.dafny.nodes import walk


def derived(blank: Blank) -> Iterator[str]:
    """Yield bodies for a method whose results are all given by equations."""
    values: dict[str, str] = {}
    for result in blank.method.results:
        value = next((v for f in blank.ensures if (v := equation(f, result.name)) is not None), None)
        if value is None:
            return
        whole = formula(value)
        if whole is None or isinstance(stripped(whole.tree), ex.Quantifier):
            return  # a matter for a search
        values[result.name] = value
    if len(values) == 1:
        ((target, value),) = values.items()
        yield from _loops(blank, target, value)
    writer = _realiser(blank)
    parts = [writer.statements(target, _once_unfolded(blank, value)) for target, value in values.items()]
    if all(part is not None for part in parts):
        yield " ".join(part for part in parts if part is not None)


def _once_unfolded(blank: Blank, value: str) -> str:
    """The body of the function that the method itself computes, so that it does not just call itself."""
    called = call_in(value)
    if called is None or not any(
        c.method.name == blank.method.name and c.function == called[0] for c in contracts(blank.machine)
    ):
        return value
    named = blank.machine.functions.get(called[0], ())
    function = next((f for f in named if len(f.parameters) == len(called[1])), None)
    if function is None or not calls_itself(function):
        return value
    return unfold(blank.machine, function, called[1]) or value


def _realiser(blank: Blank, own: bool = True) -> Realiser:
    known = [c for c in contracts(blank.machine) if own or c.method.name != blank.method.name]
    names = (n for k in count() for n in blank.fresh(f"y{k}" if k else "y"))
    return Realiser(blank.machine, known, names)


def _loops(blank: Blank, target: str, value: str) -> Iterator[str]:
    called = call_in(value)
    if called is None:
        return
    name, given = called
    function = next(
        (f for f in blank.machine.functions.get(name, ()) if len(f.parameters) == len(given)), None
    )
    if function is None or function.body is None or function.body.value is None:
        return
    body = formula(blank.machine.program.text(function.body.value))
    if body is None:
        return
    calls = [n for n in walk(body.tree) if _is_call(n, name)]
    if not calls:
        unfolded = unfold(blank.machine, function, given)
        if unfolded is not None and call_in(unfolded) is not None:
            yield from _loops(blank, target, unfolded)
        return
    yield from _tail(blank, target, function, body, given)
    for k, parameter in enumerate(function.parameters):
        steps = {words(body.at(c.arguments[k])) for c in calls if isinstance(c, ex.Call)}
        others = [
            j
            for j, p in enumerate(function.parameters)
            if j != k and any(body.at(c.arguments[j]) != p.name for c in calls if isinstance(c, ex.Call))
        ]
        if others:
            continue
        p = parameter.name
        if named_type(parameter) in INTS and steps == {words(f"{p} - 1")}:
            yield from _upward(blank, target, function, body, given, k)
        elif named_type(parameter) in INTS and steps == {words(f"{p} - 1"), words(f"{p} - 2")}:
            yield from _two_back(blank, target, function, body, given, k)
        elif steps in ({words(f"{p}[1..]")}, {words(f"{p}[..|{p}| - 1]")}):
            yield from _along(blank, target, function, body, given, k)


def _is_call(n: object, name: str) -> bool:
    return isinstance(n, ex.Call) and isinstance(n.callee, ex.Name) and n.callee.name == name


def _with_calls(body: Formula, name: str, values: dict[tuple[str, ...], str], k: int) -> Formula | None:
    """Return the body with calls replaced, by the words of their `k`-th argument."""
    changes = []
    for n in walk(body.tree):
        if isinstance(n, ex.Call) and _is_call(n, name):
            changes.append((n, values[words(body.at(n.arguments[k]))]))
    return body.replaced(changes)


def _cases(body: Formula) -> Iterator[tuple[str, str]]:
    """Yield the branches of a cascade of conditionals, as (condition, value); the last has no condition."""
    tree = stripped(body.tree)
    while isinstance(tree, ex.IfThenElse):
        yield body.at(tree.condition), body.at(tree.then)
        tree = stripped(tree.otherwise)
    yield "", body.at(tree)


def _base(body: Formula, name: str) -> tuple[str, Formula | None]:
    """Return the value of the first branch, which must be without a call, and what the others compute."""
    tree = stripped(body.tree)
    if not isinstance(tree, ex.IfThenElse):
        return "", None
    then, otherwise = body.at(tree.then), body.at(tree.otherwise)
    if _calls(then, name):
        then, otherwise = otherwise, then
    return ("", None) if _calls(then, name) else (then, formula(otherwise))


def _upward(
    blank: Blank, target: str, function: Function, body: Formula, given: Sequence[str], k: int
) -> Iterator[str]:
    """``F(n)`` from ``F(n - 1)``: a loop that counts up to n."""
    p = function.parameters[k].name
    base, rest = _base(body, function.name)
    (index,) = blank.fresh("i")
    if rest is None or not base:
        return
    for low in ("0", "1"):
        for before in (True, False):
            here = index if before else f"{index} + 1"
            step = _with_calls(rest, function.name, {words(f"{p} - 1"): target}, k)
            inside = _put(function, step, given, k, here)
            start = _put(function, formula(base), given, k, low)
            made = _realiser(blank, own=False).statements(target, inside) if inside is not None else None
            if made is None or start is None:
                continue
            work = f"{index} := {index} + 1; {made}" if before else f"{made} {index} := {index} + 1;"
            yield f"{target} := {start}; var {index} := {low}; while {index} < {given[k]} {{ {work} }}"


def _two_back(
    blank: Blank, target: str, function: Function, body: Formula, given: Sequence[str], k: int
) -> Iterator[str]:
    """``F(n)`` from ``F(n - 1)`` and ``F(n - 2)``: a loop that keeps two values."""
    p = function.parameters[k].name
    if len(function.parameters) != 1:
        return
    first, second = (_constant(blank, f"{function.name}({n})") for n in (0, 1))
    _, rest = _base(body, function.name)
    while rest is not None and isinstance(stripped(rest.tree), ex.IfThenElse):
        rest = formula(list(_cases(rest))[-1][1])
    index, ahead = blank.fresh("i", "next")
    if first is None or second is None or rest is None:
        return
    step = _with_calls(rest, function.name, {words(f"{p} - 1"): ahead, words(f"{p} - 2"): target}, k)
    inside = _put(function, step, given, k, f"{index} + 2")
    if inside is not None:
        yield (
            f"{target} := {first}; var {ahead} := {second}; var {index} := 0; while {index} < {given[k]} "
            f"{{ {target}, {ahead} := {ahead}, {inside}; {index} := {index} + 1; }}"
        )


def _along(
    blank: Blank, target: str, function: Function, body: Formula, given: Sequence[str], k: int
) -> Iterator[str]:
    """A function of the rest of a sequence: a loop over its elements."""
    p = function.parameters[k].name
    row = given[k].removesuffix("[..]")
    array = row != given[k]
    size = f"{row}.Length" if array else f"|{row}|"
    base, rest = _base(body, function.name)
    (index,) = blank.fresh("i")
    if rest is None or not base or formula(row) is None or not isinstance(formula(row).tree, ex.Name):  # type: ignore[union-attr]
        return
    from_front = words(f"{p}[1..]")
    down = any(
        isinstance(n, ex.Call) and _is_call(n, function.name) and words(body.at(n.arguments[k])) == from_front
        for n in walk(body.tree)
    )
    parts = {from_front: target, words(f"{p}[..|{p}| - 1]"): target}
    step = _with_calls(rest, function.name, parts, k)
    if step is None:
        return
    taken = f"{p}[0]" if down else f"{p}[|{p}| - 1]"
    step = step.replaced([(n, f"{row}[{index}]") for n in step.occurrences(taken)])
    if step is None or (p in step.free and p != row):
        return
    inside = _put(function, step, given, k, row)
    start = _put(function, formula(base), given, k, row)
    made = _realiser(blank, own=False).statements(target, inside) if inside is not None else None
    if made is None:
        return
    if down:
        yield (
            f"{target} := {start}; var {index} := {size}; "
            f"while {index} > 0 {{ {index} := {index} - 1; {made} }}"
        )
    else:
        yield (
            f"{target} := {start}; var {index} := 0; "
            f"while {index} < {size} {{ {made} {index} := {index} + 1; }}"
        )


def _put(function: Function, f: Formula | None, given: Sequence[str], k: int, here: str) -> str | None:
    """Return a part of the function's body with the arguments put in, and `here` for the `k`-th."""
    names = [p.name for p in function.parameters]
    values = dict(zip(names, given, strict=True)) | {names[k]: here}
    found = f.substituted(values) if f is not None else None
    return None if found is None else found.text


def _constant(blank: Blank, text: str) -> str | None:
    found = formula(text)
    if found is None:
        return None
    try:
        value = blank.machine.evaluate(found.tree, blank.machine.empty_frame())
    except Trouble:
        return None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _tail(
    blank: Blank, target: str, function: Function, body: Formula, given: Sequence[str]
) -> Iterator[str]:
    """A function that ends in its own call: a loop over copies of the arguments."""
    names = [p.name for p in function.parameters]
    branches = list(_cases(body))
    ends = [(c, v) for c, v in branches if not _calls(v, function.name)]
    goes = [(c, v) for c, v in branches if _calls(v, function.name)]
    if not ends or not goes or any((call_in(v) or ("",))[0] != function.name for _, v in goes):
        return
    leading = len(ends)
    if branches[:leading] != ends:
        if len(branches) != 2:
            return
        guard = goes[0][0]  # `if c then F(...) else base`
    else:
        guard = " && ".join(enclosed(negated(c)) if len(ends) > 1 else negated(c) for c, _ in ends)
    locals_ = dict(zip(names, blank.fresh(*(f"{n}0" for n in names)), strict=True))
    steps = []
    for _, value in goes:
        called = call_in(value)
        assert called is not None
        new = [_renamed(a, locals_) for a in called[1]]
        changed = [(locals_[n], v) for n, v in zip(names, new, strict=True) if v != locals_[n]]
        steps.append(f"{', '.join(n for n, _ in changed)} := {', '.join(str(v) for _, v in changed)};")
    loop = steps[-1]
    for (condition, _), step in reversed(list(zip(goes[:-1], steps[:-1], strict=True))):
        loop = f"if {_renamed(condition, locals_)} {{ {step} }} else {{ {loop} }}"
    last = _renamed(ends[-1][1], locals_)
    for condition, value in reversed(ends[:-1]):
        last = f"if {_renamed(condition, locals_)} then {_renamed(value, locals_)} else {last}"
    copies = " ".join(f"var {locals_[n]} := {g};" for n, g in zip(names, given, strict=True))
    yield f"{copies} while {_renamed(guard, locals_)} {{ {loop} }} {target} := {last};"


def _calls(text: str, name: str) -> bool:
    found = formula(text)
    return found is not None and any(_is_call(n, name) for n in walk(found.tree))


def _renamed(text: str, names: dict[str, str]) -> str:
    found = formula(text)
    new = found.substituted(names) if found is not None else None
    return text if new is None else new.text
