"""Rules for registers: narrower ones, and one instead of several that always hold the same value."""

from __future__ import annotations

import re
from collections.abc import Iterator

from proofsmith.agents.policies.verilog.patterns import canonical_text
from proofsmith.agents.policies.verilog.rewrite import Design, Rewrite, rewritten
from proofsmith.verilog.edits import Edit, indent_at, remove_item
from proofsmith.verilog.functions import substituted
from proofsmith.verilog.printing import text_of
from proofsmith.verilog.ranges import Assigned, assignments
from proofsmith.verilog.syntax import (
    NOWHERE,
    Always,
    Assign,
    Block,
    Expr,
    Initial,
    Name,
    Opaque,
    Signal,
    names,
    unplaced,
    walk,
)


def narrow(design: Design) -> Iterator[Rewrite]:
    """Declare internal signals no wider than their values need; all at once, and each alone."""
    wide = []
    for name, (_, high) in design.states.ranges.items():
        alone = design.states.together([name])
        high = high if alone is None else min(high, max(v for (v,) in alone))
        signal, width = design.module.signals()[name], design.scope.signal_width(name)
        bits = max(1, high.bit_length())
        typed = signal.range_at != NOWHERE and not signal.group[0] <= signal.range_at[0] < signal.group[1]
        if signal.direction or signal.kind == "integer" or typed or width is None or bits >= width:
            continue
        bounds = design.scope.bounds(name)
        if bounds is not None and bounds[1] == 0:
            wide.append((signal, bits))
    choices = [wide, *([one] for one in wide)] if len(wide) > 1 else [wide] if wide else []
    for chosen in choices:
        edits = redeclared(design, {s.name: bits for s, bits in chosen})
        told = ", ".join(f"{s.name} needs {bits} bit{'s' if bits > 1 else ''}" for s, bits in chosen)
        yield from rewritten(design, edits, "narrow", f"By their ranges, {told}.", 4.0)


def redeclared(design: Design, widths: dict[str, int]) -> list[Edit]:
    """Return the edits that declare signals (of internal declarations) with other widths."""
    edits = []
    groups: dict[tuple[int, int], list[Signal]] = {}
    for item in design.module.items:
        if isinstance(item, Signal):
            groups.setdefault(item.group, []).append(item)
    for group, members in groups.items():
        changed = [s for s in members if s.name in widths]
        if not changed:
            continue
        if len({widths.get(s.name) for s in members}) == 1 and members[0].range_at != NOWHERE:
            edits.append(Edit(*members[0].range_at, _range(widths[members[0].name])))
            continue
        edits.append(Edit(*group, _declared_anew(design, group, members, widths)))
    return edits


def _declared_anew(
    design: Design, group: tuple[int, int], members: list[Signal], widths: dict[str, int]
) -> str:
    source, first = design.source, members[0]
    head = source[group[0] : first.at[0]].rstrip()
    bare = re.sub(r"\s*\[[^\]]*\]\s*$", "", head)
    kept = [source[s.at[0] : s.at[1]] for s in members if s.name not in widths]
    lines = [f"{head} {', '.join(kept)};"] if kept else []
    for s in members:
        if s.name in widths:
            lines.append(f"{bare} {_range(widths[s.name])} {source[s.at[0] : s.at[1]]};".replace("  ", " "))
    return f"\n{indent_at(source, group[0])}".join(lines)


def _range(width: int) -> str:
    return f"[{width - 1}:0]" if width > 1 else ""


def merge_registers(design: Design) -> Iterator[Rewrite]:
    """Replace a register by another that always holds the same value.

    The largest partition of the registers such that those of one class have equal assignments, when
    members of a class count as equal: van Eijk's register correspondence (1998), by structure.
    """
    found, other = assignments(design.module)
    updates: dict[str, list[Assigned]] = {}
    for a in found:
        updates.setdefault(a.name, []).append(a)
    registers = [
        name
        for name, all_of in updates.items()
        if name not in other and all(a.always is None or a.always.clocked for a in all_of)
        if design.module.signals()[name].kind != "wire" and any(a.always for a in all_of)
    ]
    classes = _partition(design, registers, updates)
    for members in classes:
        keep = next((m for m in members if design.module.signals()[m].direction), members[0])
        for drop in members:
            if drop != keep:
                yield from _merged(design, keep, drop)


def _partition(design: Design, registers: list[str], updates: dict[str, list[Assigned]]) -> list[list[str]]:
    leader = {r: str(design.scope.signal_width(r)) for r in registers}
    while True:
        renaming = {r: f"class:{leader[r]}" for r in registers}
        signature = {
            r: (leader[r], frozenset(_signature(a, renaming) for a in updates[r])) for r in registers
        }
        groups: dict[object, list[str]] = {}
        for r in registers:
            groups.setdefault(signature[r], []).append(r)
        new = {r: members[0] for members in groups.values() for r in members}
        if len(set(new.values())) == len(set(leader.values())):
            return [members for members in groups.values() if len(members) > 1]
        leader = new


def _signature(a: Assigned, renaming: dict[str, str]) -> tuple[object, ...]:
    if a.always is None:
        return ("initially", canonical_text(a.value))
    events = tuple((e.edge, text_of(unplaced(e.signal))) for e in a.always.events)
    facts = frozenset((canonical_text(_renamed(f.condition, renaming)), f.positive) for f in a.facts)
    return events, facts, canonical_text(_renamed(a.value, renaming))


def _renamed(e: Expr, renaming: dict[str, str]) -> Expr:
    return substituted(e, {old: Name(new) for old, new in renaming.items()})


def _merged(design: Design, keep: str, drop: str) -> Iterator[Rewrite]:
    thought = f"{drop} always holds the value of {keep}."
    edits = computed_instead(design, drop, Name(keep))
    if edits:
        yield from rewritten(design, edits, "merge-registers", thought, 4.0)


def computed_instead(design: Design, drop: str, value: Expr) -> list[Edit]:
    """Return the edits that make a register a wire with a value; none where that cannot be written."""
    signal = design.module.signals()[drop]
    if any(isinstance(i, Opaque) and drop in i.names for i in design.module.items):
        return []
    declared = [i for i in design.module.items if isinstance(i, Signal) and i.name == drop]
    if len(declared) != 1 or (signal.direction and signal.initial is not None):
        return []
    edits = list(_without_updates(design, drop))
    width = design.scope.signal_width(drop) or 1
    group = declared[0].group
    alone = sum(isinstance(i, Signal) and i.group == group for i in design.module.items) == 1
    text = design.source[group[0] : group[1]]
    if signal.direction:
        if not alone:
            return []
        end = design.module.body_end
        return [
            *edits,
            Edit(*group, re.sub(r"\b(reg|logic)\b *", "", text, count=1)),
            Edit(end, end, f"  assign {drop} = {text_of(value)};\n"),
        ]
    wire = f"wire {_range(width)} {drop} = {text_of(value)};".replace("  ", " ")
    after = max([group[1], *(_declaration_end(design, n) for n in names(value))])
    kept = "" if alone else _declared_without(design, group, drop)
    indent = "\n" + indent_at(design.source, group[0])
    if after == group[1]:
        return [*edits, Edit(*group, (kept + indent if kept else "") + wire)]
    place = Edit(*group, kept) if kept else remove_item(design.source, group)
    return [*edits, place, Edit(after, after, indent + wire)]


def _declaration_end(design: Design, name: str) -> int:
    for item in design.module.items:
        if isinstance(item, Signal) and item.name == name:
            return item.group[1] if not item.direction or item.group[0] > design.module.header_end else 0
    return 0


def _declared_without(design: Design, group: tuple[int, int], drop: str) -> str:
    members = [i for i in design.module.items if isinstance(i, Signal) and i.group == group]
    head = design.source[group[0] : members[0].at[0]].rstrip()
    kept = [design.source[s.at[0] : s.at[1]] for s in members if s.name != drop]
    return f"{head} {', '.join(kept)};"


def _without_updates(design: Design, drop: str) -> Iterator[Edit]:
    """Take out every assignment to a register, or the whole block if it does nothing else."""
    for item in design.module.items:
        if not isinstance(item, Always | Initial):
            continue
        updates = [n for n in walk(item) if isinstance(n, Assign)]
        mine = [a for a in updates if names(a.target) == {drop}]
        if not mine:
            continue
        if len(mine) == len(updates):
            yield remove_item(design.source, item.at)
            continue
        in_blocks = {id(s) for n in walk(item) if isinstance(n, Block) for s in n.body}
        for update in mine:
            if id(update) in in_blocks:
                yield remove_item(design.source, update.at)
            else:
                yield Edit(*update.at, ";")
