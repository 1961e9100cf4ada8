"""Bodies that look for something: loops over what a quantifier of the specification ranges over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from proofsmith.agents.policies.dafny.bodies.blank import INTS, Blank, equation, named_type
from proofsmith.agents.policies.dafny.bodies.realised import call_in, interval, unfold
from proofsmith.agents.policies.dafny.formula import Formula, enclosed, formula, negated
from proofsmith.dafny import expressions as ex
from proofsmith.dafny.interpret_domains import bounds_of, conjuncts, stripped
from proofsmith.dafny.nodes import Expression, walk

_MOST_VARIABLES = 3


def searches(blank: Blank) -> Iterator[str]:
    """Yield loops that decide a quantifier, or find values of the results that meet the postcondition."""
    results = blank.method.results
    if len(results) == 1 and named_type(results[0]) == "bool":
        for f in blank.ensures:
            value = equation(f, results[0].name)
            if value is not None:
                yield from _deciding(blank, _unfolded(blank, value), "true", "false")
    elif _indexes(blank):
        yield from searches_of_numbers(blank)


def searches_of_numbers(blank: Blank) -> Iterator[str]:
    """Yield loops over all values that the results may have, or that a quantifier speaks of."""
    results = blank.method.results
    if results and all(named_type(r) in INTS for r in results) and len(results) <= _MOST_VARIABLES:
        yield from _witnesses(blank)
        if len(results) == 1:
            yield from _first(blank)


def _indexes(blank: Blank) -> bool:
    """Whether the postcondition speaks of elements of sequences or arrays: then numbers are places."""
    return any(isinstance(n, ex.Index) for f in blank.ensures for n in walk(f.tree))


def deciding_at_once(blank: Blank) -> Iterator[str]:
    """Yield the assignment of a quantifier, which Dafny compiles where its ranges are bounded."""
    results = blank.method.results
    if len(results) == 1 and named_type(results[0]) == "bool":
        for f in blank.ensures:
            value = equation(f, results[0].name)
            found = formula(_unfolded(blank, value)) if value is not None else None
            if found is not None and isinstance(stripped(found.tree), ex.Quantifier):
                yield f"{results[0].name} := {found.text};"


def _unfolded(blank: Blank, text: str) -> str:
    """The body of a predicate in place of its call, as long as that is one."""
    for _ in range(3):
        called = call_in(text)
        if called is None:
            return text
        named = blank.machine.functions.get(called[0], ())
        function = next((f for f in named if len(f.parameters) == len(called[1])), None)
        inside = unfold(blank.machine, function, called[1]) if function is not None else None
        if inside is None:
            return text
        text = inside
    return text


def _deciding(blank: Blank, text: str, yes: str, no: str) -> Iterator[str]:
    f = formula(text)
    tree = stripped(f.tree) if f is not None else None
    if f is None or tree is None:
        return
    if isinstance(tree, ex.Unary) and tree.operator == "!":
        yield from _deciding(blank, f.at(tree.operand), no, yes)
        return
    if isinstance(tree, ex.Logical) and tree.operator == "&&":
        yield from _both(blank, f, tree, yes, no)
        return
    read = interval(f, tree) if isinstance(tree, ex.Quantifier) else None
    if read is None or not isinstance(tree, ex.Quantifier) or len(read[0]) > _MOST_VARIABLES:
        return
    ranges, test = read
    if tree.kind == "forall":
        test, yes, no = negated(test), no, yes
    if len(ranges) == 2:
        yield from _adjacent(blank, ranges, test, yes, no)
    yield f"{_nested(blank, ranges, test, f'return {yes};')} return {no};"


def _both(blank: Blank, f: Formula, tree: ex.Logical, yes: str, no: str) -> Iterator[str]:
    """Plain conditions first, then one quantifier."""
    plain = [o for o in tree.operands if not isinstance(stripped(o), ex.Quantifier)]
    others = [o for o in tree.operands if isinstance(stripped(o), ex.Quantifier)]
    if len(others) == 1:
        test = " && ".join(enclosed(f.at(o)) for o in plain)
        for rest in _deciding(blank, f.at(others[0]), yes, no):
            yield f"if !({test}) {{ return {no}; }} {rest}"


def _nested(blank: Blank, ranges: Sequence[tuple[str, str, str]], test: str, found: str) -> str:
    """Loops inside each other, with ``if test { found }`` in the innermost."""
    names = blank.fresh(*("ijk"[n] for n in range(len(ranges))))
    places = dict(zip((r[0] for r in ranges), names, strict=True))
    text = f"if {_put(test, places)} {{ {found} }}"
    for name, (_, low, high) in reversed(list(zip(names, ranges, strict=True))):
        start, end = _put(low, places), _put(high, places)
        text = f"var {name} := {start}; while {name} < {end} {{ {text} {name} := {name} + 1; }}"
    return text


def _adjacent(
    blank: Blank, ranges: Sequence[tuple[str, str, str]], test: str, yes: str, no: str
) -> Iterator[str]:
    """One loop over neighbours, which is enough for an order."""
    (first, low, high), (second, start, _) = ranges
    if start.replace(" ", "") not in (f"{first}+1", f"{first}"):
        return
    (index,) = blank.fresh("i")
    here = _put(test, {first: index, second: f"{index} + 1"})
    yield (
        f"var {index} := {low}; while {index} + 1 < {high} "
        f"{{ if {here} {{ return {yes}; }} {index} := {index} + 1; }} return {no};"
    )


def _witnesses(blank: Blank) -> Iterator[str]:
    """Loops over all values of the results within the limits that the postcondition puts on them."""
    results = [r.name for r in blank.method.results]
    conditions: list[Expression] = []
    rest: list[str] = []
    joint = formula(" && ".join(enclosed(f.text) for f in blank.ensures)) if blank.ensures else None
    if joint is None:
        return
    conditions = list(conjuncts(joint.tree))
    ranges = []
    for k, name in enumerate(results):
        low, high = "0" if named_type(blank.method.results[k]) == "nat" else "", ""
        for bound in bounds_of(name, conditions):
            text = joint.at(bound.base)
            used = formula(text)
            shift = bound.offset + (bound.operator in (">", "<="))
            text = f"{text} + {shift}" if shift > 0 else text if not shift else f"{text} - {-shift}"
            ahead = used is not None and used.names & set(results[k:])
            if bound.operator in (">", ">=") and not ahead:
                low = text
            elif bound.operator in ("<", "<=") and not (used is not None and used.names & set(results)):
                high = text
        ranges.append((name, low, high))
    high = next((h for _, _, h in reversed(ranges) if h), "")
    ranges = [(n, low, h or high) for n, low, h in ranges]
    if not all(low and h for _, low, h in ranges):
        return
    for c in conditions:
        if not (isinstance(c, ex.Comparison) and set(c.operators) <= {"<", "<=", ">", ">="}):
            rest.append(enclosed(joint.at(c)))
    if not rest or any(isinstance(n, ex.Quantifier) for c in conditions for n in walk(c)):
        return
    names = blank.fresh(*("ijk"[n] for n in range(len(results))))
    loops = _nested(blank, ranges, " && ".join(rest), f"return {', '.join(names)};")
    yield loops
    defaults = ", ".join("0" for _ in results)
    if all(named_type(r) == "int" for r in blank.method.results):
        yield f"{loops} return {', '.join('-1' for _ in results)};"
    yield f"{loops} return {defaults};"


def _first(blank: Blank) -> Iterator[str]:
    """The first index at which what a quantifier of the postcondition speaks of is there."""
    (index,) = blank.fresh("i")
    for f in blank.ensures:
        for node in walk(f.tree):
            if not isinstance(node, ex.Quantifier) or len(node.variables) != 1:
                continue
            read = interval(f, node)
            if read is None:
                continue
            ((name, low, high),), test = read
            test = negated(test) if node.kind == "forall" else test
            there = formula(_put(test, {name: index}))
            names = {r.name for r in blank.method.results}
            if there is None or there.free & names:
                continue
            loop = f"var {index} := {low}; while {index} < {high} {{ if {there.text} {{ return {index}; }}"
            for otherwise in ("-1", high):
                yield f"{loop} {index} := {index} + 1; }} return {otherwise};"


def _put(text: str, values: dict[str, str]) -> str:
    found = formula(text)
    new = found.substituted(values) if found is not None else None
    return text if new is None else new.text
