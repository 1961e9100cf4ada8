"""Ports of sub-modules that nobody needs: outputs that no instance uses, inputs that are not read.

The module keeps what it computes until nothing depends on it; then `tidied` takes that out, too. By itself
that is what synthesis does, so operators that only now can be shared are shared in the same step, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from proofsmith.agents.policies.verilog.dead import removal, tidied
from proofsmith.agents.policies.verilog.forwarding import share_behind_names
from proofsmith.agents.policies.verilog.rewrite import Design, Rewrite, rewritten
from proofsmith.agents.policies.verilog.sharing import share_operators
from proofsmith.errors import BadInput
from proofsmith.verilog.edits import Edit, insert_before
from proofsmith.verilog.reading import read_modules
from proofsmith.verilog.syntax import Module, Name, Opaque, Signal, walk

_NAMED = re.compile(r"\.\s*(\w+)\s*\(\s*(.*?)\s*\)\s*", re.DOTALL)


@dataclass(frozen=True)
class _Instance:
    """An instance in its parent; connections as (port, what is connected, start and end in the file)."""

    parent: Module
    connections: tuple[tuple[str, str, int, int], ...]


def drop_ports(design: Design) -> Iterator[Rewrite]:
    """Take out the ports of a sub-module that none of its instances needs: all of them together."""
    instances = _instances(design)
    if not instances:
        return
    unused = [p for p in _ports(design.module) if _unused(design, p, instances)]
    if not unused or len(unused) == len(design.module.port_order):
        return
    edits = list(_header(design, unused))
    for instance in instances:
        edits += _connections(instance, {p.name for p in unused})
    for parent in {id(i.parent): i.parent for i in instances}.values():
        wires = {w for i in instances if i.parent is parent for p in unused if (w := _wire(i, p.name))}
        edits += removal(Design(design.source, parent), frozenset(wires))
    thought = f"No instance of {design.module.name} needs {', '.join(p.name for p in unused)}."
    for dropped in rewritten(design, edits, "drop-ports", thought, 1.0):
        yield dropped
        try:
            after = Design.of(tidied(dropped.source, design), design.module.name)
        except BadInput:
            return
        for rule in (share_behind_names, share_operators):
            yield from (replace(r, thought=f"{thought} {r.thought}") for r in rule(after))


def _ports(module: Module) -> list[Signal]:
    """The ports that are declared in the header, each by itself."""
    signals = [i for i in module.items if isinstance(i, Signal)]
    groups = [s.group for s in signals]
    return [s for s in signals if s.direction in ("input", "output") and groups.count(s.group) == 1]


def _instances(design: Design) -> list[_Instance]:
    """The instances of a module; none if one of them, or another mention of it, cannot be read."""
    name = design.module.name
    try:
        parents = [m for m in read_modules(design.source) if m.name != name]
    except BadInput:
        return []
    found: list[_Instance] = []
    for parent in parents:
        for item in parent.items:
            if isinstance(item, Opaque) and name in item.names:
                connections = _read(design.source, name, item.at)
                if connections is None:
                    return []
                found.append(_Instance(parent, tuple(connections)))
    return found


def _read(source: str, name: str, extent: tuple[int, int]) -> list[tuple[str, str, int, int]] | None:
    """The connections by name of one instance."""
    start, end = extent
    head = re.compile(rf"{name}\s+\w+\s*\(").match(source, start, end)
    if head is None or source[head.end() : end].count(";") != 1 or "//" in source[start:end]:
        return None
    found: list[tuple[str, str, int, int]] = []
    depth, at = 1, head.end()
    for place in range(head.end(), end):
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(source[place], 0)
        if depth == 0 or (depth == 1 and source[place] == ","):
            part = source[at:place]
            named = _NAMED.fullmatch(part.strip())
            if named is None:
                return None
            found.append((named[1], named[2], at, place))
            at = place + 1
        if depth == 0:
            return found if source[place + 1 : end].strip() == ";" else None
    return None


def _wire(instance: _Instance, port: str) -> str:
    """The internal signal of the parent that is connected to a port and to nothing else; empty if none is."""
    text = next((t for p, t, _, _ in instance.connections if p == port), "")
    signal = instance.parent.signals().get(text)
    if signal is None or signal.direction or signal.initial is not None:
        return ""
    mentions = 0
    for item in instance.parent.items:
        if isinstance(item, Opaque):
            mentions += text in item.names
        else:
            mentions += sum(isinstance(n, Name) and n.name == text for n in walk(item))
    ports = sum(t == text or re.search(rf"\b{text}\b", t) is not None for _, t, _, _ in instance.connections)
    return text if mentions == ports == 1 else ""


def _unused(design: Design, port: Signal, instances: Sequence[_Instance]) -> bool:
    if port.direction == "input":
        return not any(
            (isinstance(n, Name) and n.name == port.name) or (isinstance(n, Opaque) and port.name in n.names)
            for item in design.module.items
            for n in walk(item)
        )
    return all(
        not {p: t for p, t, _, _ in i.connections}.get(port.name) or _wire(i, port.name) for i in instances
    )


def _header(design: Design, unused: Sequence[Signal]) -> Iterator[Edit]:
    """The ports go out of the header; outputs become signals of the module."""
    source = design.source
    for port in unused:
        start, end = port.group
        yield _without_comma(source, start, end)
    rest = [i for i in design.module.items if not (isinstance(i, Signal) and i.direction)]
    lines = []
    for port in unused:
        if port.direction == "output":
            text = re.sub(r"\boutput\b\s*", "", source[port.group[0] : port.group[1]])
            lines.append(f"{text};" if text.startswith(("reg", "logic", "wire")) else f"wire {text};")
    if lines and rest:
        yield insert_before(source, min(int(getattr(i, "group", i.at)[0]) for i in rest), lines)


def _connections(instance: _Instance, ports: set[str]) -> Iterator[Edit]:
    kept = [c for c in instance.connections if c[0] not in ports]
    for i, (port, _, start, end) in enumerate(instance.connections):
        if port in ports:
            last = all(p in ports for p, _, _, _ in instance.connections[i:])
            yield Edit(start - 1, end, "") if last and kept else Edit(start, end + (not last), "")


def _without_comma(source: str, start: int, end: int) -> Edit:
    """Take out one of a list, with the comma before it, or after it if it is the first."""
    before = len(source[:start].rstrip())
    if source[before - 1] == ",":
        return Edit(before - 1, end, "")
    after = end + len(source[end:]) - len(source[end:].lstrip())
    return Edit(start, after + 1 if source[after] == "," else end, "")
