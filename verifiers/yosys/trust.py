"""What a proof about a netlist takes on trust, because a simulator of the source may do otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from proofsmith.verifiers.yosys.clocking import data_bits, input_places
from proofsmith.verifiers.yosys.leftovers import left_over
from proofsmith.verifiers.yosys.netlist import FLOATING, Netlist, Storage, Unsupported
from proofsmith.verifiers.yosys.processes import Process, Processes, read_processes
from proofsmith.verifiers.yosys.reading import Design
from proofsmith.verifiers.yosys.source_check import assumptions
from proofsmith.verilog_text import module_names

_LOCAL_NAME = re.compile(r"(?P<path>.*?)(?P<name>[A-Za-z_][\w$]*)(?:\[-?\d+\])*\Z")


def trusted(design: Design, netlist: Netlist) -> tuple[str, ...]:
    """Return what is assumed when this design is judged by its netlist, in words.

    Raises:
        Unsupported: an ``initial`` process does more than giving constants.
    """
    texts = [design.source, *(text for _, text in design.files)]
    modules = {name for text in texts for name in module_names(text)}
    found = dict.fromkeys(a for text in texts for a in assumptions(text, modules))
    scanned = [read_processes(text) for text in texts]
    found |= dict.fromkeys(_of_processes(scanned, netlist))
    for one in scanned:
        found |= dict.fromkeys(_shared(one))
    processes = [process for one in scanned for process in one.found]
    found |= dict.fromkeys(_races(processes, netlist))
    found |= dict.fromkeys(_of_storage(netlist))
    found |= dict.fromkeys(_of_floating(netlist))
    found |= dict.fromkeys(left_over(texts, netlist))
    return tuple(found)


def _of_processes(scanned: Sequence[Processes], netlist: Netlist) -> Iterable[str]:
    latches = {cell.q for cell in netlist.storage if cell.clock is None}
    stored = {_base(name) for bit in latches for name in netlist.aliases.get(bit, ())}
    for one in scanned:
        for process in one.found:
            if process.kind == "initial":
                if process.waits or process.early:
                    what = "waits" if process.waits else f"depends on {process.early[0]}"
                    raise Unsupported(f"the initial process of line {process.line} {what}")
                continue
            if process.kind == "edge":
                continue
            for name in process.early:
                unlisted = process.kind == "list" and name not in process.listed
                if unlisted or (process.kind == "any" and name in process.hidden):
                    yield f"the process of line {process.line} waits for {name} too"
                if name in process.blocking and name not in stored:
                    yield f"the process of line {process.line} runs again when it has changed {name}"
            for name in sorted(process.assigned & one.begun - stored):
                yield f"the initial value of {name}, which is no register, does not matter"


def _shared(scanned: Processes) -> Iterable[str]:
    """Two clocked processes may write one word of a memory; of anything else that is several drivers."""
    writers: dict[tuple[int, str], int] = {}
    for process in scanned.found:
        if process.kind == "edge":
            for name in process.assigned - process.blocking:
                writers[process.module, name] = writers.get((process.module, name), 0) + 1
    for (module, name), count in writers.items():
        if count > 1 and (module, name) not in scanned.plain:
            yield f"of two processes that write {name} at the same edge the later one in the text wins"


def _races(processes: Sequence[Process], netlist: Netlist) -> Iterable[str]:
    """What a process assigns with ``=`` at an edge must not be read by another one at the same edge."""
    edges = [p for p in processes if p.kind == "edge"]
    if len(netlist.storage) < 2 or not any(p.blocking for p in edges):
        return
    owners: dict[str, set[int]] = {}
    for i, process in enumerate(edges):
        for name in process.assigned:
            owners.setdefault(name, set()).add(i)
    sources: dict[int, set[tuple[str, str]]] = {}
    for cell in netlist.storage:
        for path, name in _names(netlist, cell):
            if any(name in edges[i].blocking for i in owners.get(name, ())):
                sources[cell.q] = {(path, name)}
    if not sources:
        return
    for gate in netlist.gates:
        reached = {s for bit in gate.inputs for s in sources.get(bit, ())}
        if reached:
            sources[gate.y] = reached
    for cell in netlist.storage:
        mine = _names(netlist, cell)
        for path, name in {s for bit in data_bits(cell) for s in sources.get(bit, ())}:
            alone = len(owners[name]) == 1
            if not (alone and any(p == path and owners.get(n) == owners[name] for p, n in mine)):
                yield f"what is assigned to {name} with = is read at the same edge before that"


def _names(netlist: Netlist, cell: Storage) -> list[tuple[str, str]]:
    """Return the names of a stored bit as (path of instances, name)."""
    found = []
    for name in netlist.aliases.get(cell.q, ()):
        match = _LOCAL_NAME.match(name.rsplit("$", 1)[0] if name.startswith("$") else name)
        if match is not None:
            found.append((match["path"].removeprefix("$memory\\"), match["name"]))
    return found


def _base(name: str) -> str:
    match = _LOCAL_NAME.match(name)
    return match["name"] if match is not None else name


def _of_storage(netlist: Netlist) -> Iterable[str]:
    cells = netlist.storage
    if any(cell.load is not None for cell in cells):
        yield "an asynchronous load follows its data as long as it is active"
    if any(cell.preset is not None and cell.clear is not None for cell in cells):
        yield "an asynchronous set that is active when the reset ends acts then"
    users: dict[int, list[int]] = {}
    for gate in netlist.gates:
        for bit in gate.inputs:
            users.setdefault(bit, []).append(gate.y)
    for cell in cells:
        if cell.clock is None:
            for bit in data_bits(cell):
                users.setdefault(bit, []).append(cell.q)
    ports = input_places(netlist)
    for clock in sorted({cell.clock.bit for cell in cells if cell.clock is not None} & ports.keys()):
        reached = _reached(clock, users)
        for cell in cells:
            if cell.clock is None or cell.clock.bit != clock:
                continue
            controls = {c.bit for c in (cell.clear, cell.preset, cell.load) if c is not None}
            if reached & (controls | set(data_bits(cell))):
                yield f"data that depend on the clock {ports[clock][0]} change after its edge"


def _of_floating(netlist: Netlist) -> Iterable[str]:
    """A high impedance is no number, and yet says something where others drive the wire too."""
    users: dict[int, list[int]] = {}
    for gate in netlist.gates:
        if gate.kind in ("$_BUF_", "$_MUX_"):  # what any other gate makes of it is just undefined
            for bit in gate.inputs[:2]:
                users.setdefault(bit, []).append(gate.y)
    for cell in netlist.storage:
        for bit in (cell.d, cell.load_d):
            users.setdefault(bit, []).append(cell.q)
    reached = _reached(FLOATING, users)
    for name, bits in netlist.outputs:
        if reached & set(bits):
            yield f"where {name} is high impedance (z), its value does not matter"


def _reached(start: int, users: Mapping[int, Sequence[int]]) -> set[int]:
    seen = {start}
    todo = [start]
    while todo:
        for bit in users.get(todo.pop(), ()):
            if bit not in seen:
                seen.add(bit)
                todo.append(bit)
    return seen
