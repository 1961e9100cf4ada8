"""Rules for state machines: equivalent and compatible states merged, unreachable ones dropped, new codes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations

from proofsmith.agents.policies.verilog.machines import DONT_CARE, Machine, machines
from proofsmith.agents.policies.verilog.registers import redeclared
from proofsmith.agents.policies.verilog.rewrite import Design, Rewrite, rewritten
from proofsmith.verilog.edits import Edit, outermost, remove_item, replace_expression
from proofsmith.verilog.evaluate import Unknown, evaluate
from proofsmith.verilog.syntax import (
    NOWHERE,
    Always,
    Assign,
    Binary,
    Case,
    Choice,
    Continuous,
    Expr,
    Initial,
    Name,
    Number,
    Parameter,
    Unary,
    names,
    walk,
)

_MOST_BITS = 8
"""Longest code that is made of outputs."""

Merging = dict[int, int]
"""Codes that go, each with the code that stands for it."""


def minimise_machines(design: Design) -> Iterator[Rewrite]:
    """Merge equivalent states (and, with unknown values in the table, compatible ones)."""
    for machine in machines(design):
        for merging in _mergings(machine):
            edits = _merge_edits(machine, merging)
            told = ", ".join(f"{machine.codes[a]} into {machine.codes[b]}" for a, b in merging.items())
            thought = f"States of {machine.register} that behave alike are one: {told}."
            yield from rewritten(design, edits, "merge-states", thought, 5.0 + len(merging))


def drop_unreachable(design: Design) -> Iterator[Rewrite]:
    """Take out states that no transition from the reset state leads to."""
    for machine in machines(design):
        reached = _reachable(machine)
        unreached = [c for c in machine.codes if c not in reached]
        if reached and unreached:
            keep = min(reached)
            edits = _merge_edits(machine, dict.fromkeys(unreached, keep))
            told = ", ".join(machine.codes[c] for c in unreached)
            thought = f"No transition of {machine.register} leads to {told}."
            yield from rewritten(design, edits, "drop-states", thought, 4.0)


def encode_states(design: Design) -> Iterator[Rewrite]:
    """Give the states other codes: counted, Gray, Johnson, one-hot, or such that outputs are bits of them."""
    for machine in machines(design):
        parameters = design.module.parameters()
        if not all(name in parameters and _only_state(machine, name) for name in machine.codes.values()):
            continue
        codes = sorted(machine.codes)
        count = len(codes)
        bits = max(1, (count - 1).bit_length())
        choices: dict[str, tuple[int, list[int]]] = {
            "binary": (bits, list(range(count))),
            "gray": (bits, [i ^ (i >> 1) for i in range(count)]),
            "one-hot": (count, [1 << i for i in range(count)]),
        }
        if count % 2 == 0:
            half = count // 2
            twisted = [(1 << min(i, half)) - (1 << max(0, i - half)) for i in range(count)]
            choices["johnson"] = (half, twisted)
        shown = _by_outputs(machine, codes)
        if shown is not None:
            choices["output"] = shown
        for kind, (width, values) in choices.items():
            changed = dict(zip(codes, values, strict=True))
            if width == design.scope.signal_width(machine.register) and codes == values:
                continue
            edits = _encoding_edits(machine, changed, width)
            thought = f"Encode the {count} states of {machine.register} in {width} bits ({kind})."
            smaller = width < (design.scope.signal_width(machine.register) or 0)
            yield from rewritten(design, edits, f"encode-{kind}", thought, 3.0 if smaller else 1.0)


def _by_outputs(machine: Machine, codes: list[int]) -> tuple[int, list[int]] | None:
    """Codes that begin with what the outputs are in each state, and count the states that look alike."""
    scope = machine.design.scope
    seen = [0] * len(codes)
    shown = 0
    for f in machine.observed:
        width = scope.signal_width(f.name) or _MOST_BITS
        if names(f.value) - scope.constants.keys() != {machine.register} or shown + width > _MOST_BITS:
            continue
        try:
            values = [evaluate(f.value, scope, {machine.register: code}, width) for code in codes]
        except Unknown:
            continue
        seen = [old << width | new & ((1 << width) - 1) for old, new in zip(seen, values, strict=True)]
        shown += width
    alike = [seen[:i].count(code) for i, code in enumerate(seen)]
    more = max(alike).bit_length()
    if not shown or shown + more > _MOST_BITS:
        return None
    return shown + more, [code << more | number for code, number in zip(seen, alike, strict=True)]


# -- which states are one ----------------------------------------------------------------------------


def _mergings(machine: Machine) -> list[Merging]:
    """The classes of equivalent states by partition refinement (Moore 1956) or, with don't cares, closed
    sets of compatible pairs (Paull & Unger 1959), the largest first.
    """
    apart = _incompatible(machine)
    codes = list(machine.codes)
    found: list[Merging] = []
    for a, b in combinations(codes, 2):
        if frozenset((a, b)) not in apart:
            merging = _closed(machine, a, b, apart)
            if merging and merging not in found:
                found.append(merging)
    everything: Merging = {}
    for a, b in combinations(codes, 2):
        alike = frozenset((a, b)) not in apart and a not in everything and b not in everything
        if alike and all(frozenset((b, c)) not in apart for c, k in everything.items() if k == a):
            everything[b] = a
    if everything and everything not in found and _is_closed(machine, everything):
        found.append(everything)
    return sorted(found, key=len, reverse=True)


def _incompatible(machine: Machine) -> set[frozenset[int]]:
    table = machine.table
    pairs = [frozenset(p) for p in combinations(machine.codes, 2)]
    apart: set[frozenset[int]] = set()
    while True:
        new = set()
        for pair in pairs:
            if pair in apart:
                continue
            a, b = pair
            for (next_a, seen_a), (next_b, seen_b) in zip(table[a], table[b], strict=True):
                differ = any(x != y and DONT_CARE not in (x, y) for x, y in zip(seen_a, seen_b, strict=True))
                leads = next_a is not None and next_b is not None and frozenset((next_a, next_b)) in apart
                if differ or leads:
                    new.add(pair)
                    break
        if not new:
            return apart
        apart |= new


def _closed(machine: Machine, a: int, b: int, apart: set[frozenset[int]]) -> Merging:
    """The merging of `a` and `b` with all that follows from it; empty if something there is incompatible."""
    leader = {c: c for c in machine.codes}

    def find(c: int) -> int:
        while leader[c] != c:
            c = leader[c]
        return c

    waiting = [(a, b)]
    while waiting:
        x, y = (find(c) for c in waiting.pop())
        if x == y:
            continue
        x, y = min(x, y), max(x, y)
        leader[y] = x
        members = [c for c in leader if find(c) == x]
        if any(frozenset(p) in apart for p in combinations(members, 2)):
            return {}
        for p, q in combinations(members, 2):
            for (next_p, _), (next_q, _) in zip(machine.table[p], machine.table[q], strict=True):
                if next_p is not None and next_q is not None and next_p in leader and next_q in leader:
                    waiting.append((next_p, next_q))
        waiting = [w for w in waiting if find(w[0]) != find(w[1])]
    return {c: find(c) for c in leader if find(c) != c}


def _is_closed(machine: Machine, merging: Merging) -> bool:
    for drop, keep in merging.items():
        for (a, _), (b, _) in zip(machine.table[drop], machine.table[keep], strict=True):
            if a is not None and b is not None and merging.get(a, a) != merging.get(b, b):
                return False
    return True


def _reachable(machine: Machine) -> set[int]:
    """States reached from those that some input leads to from everywhere (the reset); empty without one."""
    table = machine.table
    rows = range(len(next(iter(table.values()))))
    started: set[int] = set() if machine.initial is None else {machine.initial}
    for i in rows:
        everywhere = {table[code][i][0] for code in table}
        if len(everywhere) == 1:
            started |= {c for c in everywhere if c is not None}
    reached, waiting = set(started), list(started)
    while waiting:
        for following, _ in table.get(waiting.pop(), ()):
            if following is not None and following not in reached:
                reached.add(following)
                waiting.append(following)
    return reached


# -- changing the text -------------------------------------------------------------------------------


def _merge_edits(machine: Machine, merging: Merging) -> list[Edit]:
    design = machine.design
    carriers = {machine.register, *machine.chain}
    edits: list[Edit] = []
    for item in design.module.items:
        if not isinstance(item, Always | Continuous | Initial):
            continue
        for node in walk(item):
            if isinstance(node, Assign | Continuous) and isinstance(node.target, Name):
                if node.target.name in carriers:
                    edits += _renamed_leaves(machine, node.value, merging)
            elif isinstance(node, Case) and isinstance(node.subject, Name) and node.subject.name in carriers:
                edits += _case_edits(machine, node, merging)
    edits += _comparison_edits(machine, merging, carriers)
    gone = {machine.codes[c] for c in merging}
    return outermost([*edits, *_removed_parameters(machine, gone)])


def _renamed_leaves(machine: Machine, e: Expr, merging: Merging) -> Iterator[Edit]:
    """Put the states that stay in the place of those that go, without choices between equal states."""
    if isinstance(e, Choice):
        standing = {c if c is None else merging.get(c, c) for c in _leaf_codes(machine, e)}
        if len(standing) == 1 and None not in standing and e.at[0] >= 0:
            code = next(iter(standing))
            assert code is not None
            yield Edit(*e.at, machine.codes[code])
            return
        yield from _renamed_leaves(machine, e.then, merging)
        yield from _renamed_leaves(machine, e.other, merging)
        return
    code = machine.design.scope.value(e)
    if code in merging and e.at[0] >= 0:
        yield Edit(*e.at, machine.codes[merging[code]])


def _leaf_codes(machine: Machine, e: Expr) -> list[int | None]:
    if isinstance(e, Choice):
        return [*_leaf_codes(machine, e.then), *_leaf_codes(machine, e.other)]
    return [machine.design.scope.value(e)]


def _case_edits(machine: Machine, case: Case, merging: Merging) -> Iterator[Edit]:
    """Take the labels of states that go out of a case; the rest still covers everything."""
    design = machine.design
    removed = False
    for arm in case.arms:
        kept = [x for x in arm.labels if design.scope.value(x) not in merging]
        if not arm.labels or len(kept) == len(arm.labels):
            continue
        removed = True
        if not kept:
            yield remove_item(design.source, arm.at)
        else:
            text = ", ".join(design.source[x.at[0] : x.at[1]] for x in kept)
            yield Edit(arm.labels[0].at[0], arm.labels[-1].at[1], text)
    if removed and all(arm.labels for arm in case.arms):
        for arm in reversed(case.arms):
            if all(design.scope.value(x) not in merging for x in arm.labels):
                yield Edit(arm.labels[0].at[0], arm.labels[-1].at[1], "default")
                return


def _comparison_edits(machine: Machine, merging: Merging, carriers: set[str]) -> Iterator[Edit]:
    done: list[tuple[int, int]] = []
    for site in machine.design.sites:
        start, end = site.expr.at
        if start < 0 or any(a <= start and end <= b for a, b in done):
            continue
        new = _without_tests(machine, site.expr, merging, carriers)
        if new != site.expr:
            done.append((start, end))
            yield replace_expression(machine.design.source, site.expr, new)


def _without_tests(machine: Machine, e: Expr, merging: Merging, carriers: set[str]) -> Expr:
    """`e` with comparisons to states that go decided, where that is possible in a logical expression."""
    if isinstance(e, Binary) and e.operator in ("==", "!="):
        for mine, other in ((e.left, e.right), (e.right, e.left)):
            gone = isinstance(mine, Name) and machine.design.scope.value(other) in merging
            if gone and isinstance(mine, Name) and mine.name in carriers:
                return Number(int(e.operator == "!="), 1)
        return e
    if isinstance(e, Binary) and e.operator in ("&&", "||", "&", "|"):
        left = _without_tests(machine, e.left, merging, carriers)
        right = _without_tests(machine, e.right, merging, carriers)
        if left == e.left and right == e.right:
            return e
        neutral = int(e.operator[0] == "&")
        for one, other in ((left, right), (right, left)):
            if isinstance(one, Number) and one.width == 1:
                return other if one.value == neutral else one
        return Binary(e.operator, left, right)
    if isinstance(e, Choice):
        condition = _without_tests(machine, e.condition, merging, carriers)
        then = _without_tests(machine, e.then, merging, carriers)
        other = _without_tests(machine, e.other, merging, carriers)
        if isinstance(condition, Number) and condition.width == 1:
            return then if condition.value else other
        same = (condition, then, other) == (e.condition, e.then, e.other)
        return e if same else Choice(condition, then, other)
    if isinstance(e, Unary) and e.operator == "!":
        inner = _without_tests(machine, e.operand, merging, carriers)
        if isinstance(inner, Number) and inner.width == 1:
            return Number(1 - (inner.value or 0), 1)
        return e if inner == e.operand else Unary("!", inner)
    return e


def _removed_parameters(machine: Machine, gone: set[str]) -> Iterator[Edit]:
    """Take the constants that are used no more out of their declarations."""
    design = machine.design
    groups: dict[tuple[int, int], list[Parameter]] = {}
    for item in design.module.items:
        if isinstance(item, Parameter) and item.local:
            groups.setdefault(item.group, []).append(item)
    for group, members in groups.items():
        going = [p for p in members if p.name in gone and _only_state(machine, p.name)]
        if len(going) == len(members):
            yield remove_item(design.source, group)
            continue
        for i, p in enumerate(members):
            if p in going:
                staying = [m for m in members[:i] if m not in going]
                last = not any(m not in going for m in members[i + 1 :])
                if last and staying:
                    yield Edit(members[i - 1].at[1], p.at[1], "")
                else:
                    yield Edit(p.at[0], members[i + 1].at[0], "")


def _only_state(machine: Machine, name: str) -> bool:
    """Whether a constant is used for nothing but the state, so that its value may change."""
    carriers = {machine.register, *machine.chain}
    used: set[int] = set()
    for item in machine.design.module.items:
        for node in walk(item):
            if isinstance(node, Assign | Continuous) and isinstance(node.target, Name):
                if node.target.name in carriers:
                    used |= {id(n) for n in walk(node.value) if isinstance(n, Name)}
            elif isinstance(node, Case) and isinstance(node.subject, Name) and node.subject.name in carriers:
                used |= {id(x) for arm in node.arms for x in arm.labels}
            elif isinstance(node, Binary) and node.operator in ("==", "!="):
                sides = {n.name for n in (node.left, node.right) if isinstance(n, Name)}
                if sides & carriers:
                    used |= {id(node.left), id(node.right)}
    return not any(
        isinstance(n, Name) and n.name == name and id(n) not in used
        for item in machine.design.module.items
        if not (isinstance(item, Parameter) and item.value.at == NOWHERE)  # counted on in an enumeration
        for n in walk(item)
    )


def _encoding_edits(machine: Machine, codes: Mapping[int, int], width: int) -> list[Edit]:
    design = machine.design
    parameters = design.module.parameters()
    edits: list[Edit] = []
    for old, new in codes.items():
        p = parameters[machine.codes[old]]
        if p.value.at == NOWHERE:  # a name of an enumeration without a value of its own
            edits.append(Edit(p.at[1], p.at[1], f" = {width}'b{new:0{width}b}"))
        else:
            edits.append(Edit(*p.value.at, f"{width}'b{new:0{width}b}"))
        if p.range_at != NOWHERE:
            edits.append(Edit(*p.range_at, f"[{width - 1}:0]"))
    return edits + redeclared(design, dict.fromkeys((machine.register, *machine.chain), width))
