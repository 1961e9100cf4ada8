"""What nothing depends on: signals that no output, instance or other text outside of the subset reads."""

from __future__ import annotations

from collections.abc import Iterator

from proofsmith.agents.policies.verilog.rewrite import Design, Rewrite, rewritten
from proofsmith.errors import BadInput
from proofsmith.verilog.edits import Edit, apply, remove_item
from proofsmith.verilog.syntax import (
    Always,
    Assign,
    Block,
    Case,
    Continuous,
    Expr,
    If,
    Index,
    Initial,
    Item,
    Module,
    Opaque,
    Parameter,
    Signal,
    Slice,
    names,
    target_names,
    walk,
)


def drop_dead(design: Design) -> Iterator[Rewrite]:
    """Take out signals that nothing depends on, with all that computes them."""
    dead = dead_signals(design.module)
    if dead:
        told = ", ".join(sorted(dead))
        edits = removal(design, dead)
        yield from rewritten(design, edits, "drop-dead", f"Nothing depends on {told}.", 0.5)


def tidied(source: str, before: Design) -> str:
    """Return a rewritten text without the signals that only became dead by the rewriting."""
    try:
        after = Design.of(source, before.module.name)
    except BadInput:
        return source
    new = dead_signals(after.module) - dead_signals(before.module)
    try:
        return apply(source, removal(after, new)) if new else source
    except ValueError:
        return source


def dead_signals(module: Module) -> frozenset[str]:
    """The internal signals that do not reach an output, and are declared where that can be taken out."""
    reads: dict[str, set[str]] = {}
    live: set[str] = set()
    for item in module.items:
        if isinstance(item, Opaque):
            live |= item.names
        elif isinstance(item, Parameter):
            live |= names(item.value)
        elif isinstance(item, Signal):
            live |= {item.name} if item.direction else set()
            live |= names(item.left) | names(item.right)
            reads.setdefault(item.name, set()).update(names(item.initial))
        else:
            for target, used in _dependencies(item):
                if target is None:
                    live |= used
                else:
                    reads.setdefault(target, set()).update(used)
    waiting = list(live)
    while waiting:
        for used_name in reads.get(waiting.pop(), ()):
            if used_name not in live:
                live.add(used_name)
                waiting.append(used_name)
    return frozenset(name for name, s in module.signals().items() if name not in live and not s.unpacked)


def _dependencies(item: Item) -> Iterator[tuple[str | None, set[str]]]:
    """(signal, what its value depends on); ``None`` for what is read whatever happens."""
    if isinstance(item, Continuous):
        for name in target_names(item.target):
            yield name, set(names(item.value)) | _indices(item.target)
    elif isinstance(item, Always | Initial):
        asked: set[str] = set()
        for node in walk(item):
            if isinstance(node, If):
                asked |= names(node.condition)
            elif isinstance(node, Case):
                asked |= names(node.subject).union(*(names(x) for arm in node.arms for x in arm.labels))
            elif isinstance(node, Opaque):
                yield None, set(node.names)
        if isinstance(item, Always):
            edges = {n for event in item.events if event.edge for n in names(event.signal)}
            asked |= edges
        for node in walk(item):
            if isinstance(node, Assign):
                together = target_names(node.target)
                for name in together:
                    yield name, set(names(node.value)) | asked | _indices(node.target) | set(together)


def _indices(target: Expr) -> set[str]:
    found: set[str] = set()
    for node in walk(target):
        if isinstance(node, Index):
            found |= names(node.index)
        elif isinstance(node, Slice):
            found |= names(node.left) | names(node.right)
    return found


def removal(design: Design, dead: frozenset[str]) -> list[Edit]:
    """Return the edits that take signals out; what is assigned together with a live one must be live."""
    source = design.source
    edits: list[Edit] = []
    groups: dict[tuple[int, int], list[Signal]] = {}
    assigned: dict[tuple[int, int], list[Continuous]] = {}
    for item in design.module.items:
        if isinstance(item, Signal):
            groups.setdefault(item.group, []).append(item)
        elif isinstance(item, Continuous):
            assigned.setdefault(item.group, []).append(item)
        elif isinstance(item, Always | Initial):
            edits += _without(design, item, dead)
    for group, members in groups.items():
        kept = [source[s.at[0] : s.at[1]] for s in members if s.name not in dead]
        if not kept:
            edits.append(remove_item(source, group))
        elif len(kept) < len(members):
            edits.append(Edit(*group, f"{source[group[0] : members[0].at[0]]}{', '.join(kept)};"))
    for group, parts in assigned.items():
        kept = [source[p.at[0] : p.at[1]] for p in parts if not target_names(p.target) <= dead]
        if not kept:
            edits.append(remove_item(source, group))
        elif len(kept) < len(parts):
            edits.append(Edit(*group, f"assign {', '.join(kept)};"))
    return edits


def _without(design: Design, item: Always | Initial, dead: frozenset[str]) -> Iterator[Edit]:
    updates = [n for n in walk(item) if isinstance(n, Assign)]
    going = [u for u in updates if target_names(u.target) <= dead]
    if going and len(going) == len(updates):
        yield remove_item(design.source, item.at)
        return
    in_blocks = {id(s) for n in walk(item) if isinstance(n, Block) for s in n.body}
    for update in going:
        yield remove_item(design.source, update.at) if id(update) in in_blocks else Edit(*update.at, ";")
