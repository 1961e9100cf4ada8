"""Structured descriptions of hardware: what a module is before it is written (after ComplexVCoder).

A description names ports, clocks and resets, state, sub-modules and behaviour. It is held against the
interface that the task gives, and against itself; written out, it is the plan that a coder follows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from proofsmith.agents.policies.model.hardware_ports import Wanted
from proofsmith.verilog.expressions import KEYWORDS

_IDENTIFIER = re.compile(r"[A-Za-z_][\w$]*")
_WRITTEN_PORT = re.compile(
    r"^[ \t]*(?:[-*][ \t]+)?(input |output |inout )[ \t]*(\[\d+:0\][ \t]*)?([\w$]+)", re.MULTILINE
)


@dataclass(frozen=True)
class Port:
    """A port: `width` in bits, `direction` ``input``, ``output`` or ``inout``."""

    name: str
    direction: str
    width: int = 1
    meaning: str = ""


@dataclass(frozen=True)
class Clock:
    """A clock and what it triggers on: ``posedge``, ``negedge`` or ``both``."""

    name: str
    edge: str


@dataclass(frozen=True)
class Reset:
    """A reset: `active` is ``high`` or ``low``, `kind` ``synchronous`` or ``asynchronous``."""

    name: str
    active: str
    kind: str


@dataclass(frozen=True)
class State:
    """A state element.

    Attributes:
        name: of the register.
        width: of a word, in bits.
        words: 1, or how many a memory has.
        kind: ``register`` (clocked) or ``latch``.
        reset: its value after a reset, or at the start where there is no reset, as text; empty for any.
        meaning: what it holds.
    """

    name: str
    width: int
    words: int
    kind: str
    reset: str
    meaning: str


@dataclass(frozen=True)
class Submodule:
    """A module that the top module instantiates: its name, what it is for, its ports."""

    name: str
    purpose: str
    ports: tuple[Port, ...]


@dataclass(frozen=True)
class Description:
    """A module before it is written.

    Attributes:
        approach: the architecture in a sentence.
        ports: in the order of the header.
        clocks, resets: signals that time it; none of either if it is combinational.
        latency: clock cycles from inputs to the outputs that depend on them.
        state: its state elements.
        submodules: what it instantiates.
        behaviour: statements, one for each output and state element: its value, its next value.
    """

    approach: str
    ports: tuple[Port, ...]
    clocks: tuple[Clock, ...] = ()
    resets: tuple[Reset, ...] = ()
    latency: int = 0
    state: tuple[State, ...] = ()
    submodules: tuple[Submodule, ...] = ()
    behaviour: tuple[str, ...] = ()


# -- what is wrong with a description ----------------------------------------------------------


def complaints(d: Description, wanted: Sequence[Wanted], top: str) -> Iterator[str]:
    """Yield what is wrong with a description, in words.

    Args:
        d: the description of module `top`.
        wanted: the ports that are asked for; none if that is not known.
        top: the module's name.
    """
    yield from _misnamed([p.name for p in d.ports], "port")
    yield from _other_ports(d.ports, wanted)
    if not any(p.direction != "input" for p in d.ports):
        yield "the module has no output"
    yield from _mistimed(d)
    yield from _wrong_state(d)
    yield from _wrong_submodules(d.submodules, top)
    said = set(re.findall(r"[A-Za-z_][\w$]*", " ".join(d.behaviour)))
    for name in dict.fromkeys([*(p.name for p in d.ports if p.direction == "output"), *_names(d.state)]):
        if name not in said:
            yield f"the behaviour does not say what {name} is"


def _misnamed(names: Sequence[str], what: str) -> Iterator[str]:
    for name in dict.fromkeys(names):
        if not _IDENTIFIER.fullmatch(name) or name in KEYWORDS:
            yield f"{what} {name[:40]!r} is no Verilog identifier"
        if names.count(name) > 1:
            yield f"there are {names.count(name)} {what}s {name[:40]!r}"


def _other_ports(ports: Sequence[Port], wanted: Sequence[Wanted]) -> Iterator[str]:
    """What is asked for and not there, is there and not asked for, or differs."""
    if not wanted:
        return
    found = {p.name: p for p in ports}
    for asked in wanted:
        port = found.pop(asked.name, None)
        bits = "" if asked.width is None else f" of {_bits(asked.width)}"
        if port is None:
            yield f"the {asked.direction} {asked.name}{bits} is missing"
        elif port.direction != asked.direction:
            yield f"{asked.name} is an {port.direction}, the task has an {asked.direction}"
        elif asked.width not in (None, port.width):
            yield f"{asked.name} has {_bits(port.width)}, the task has {_bits(asked.width or 0)}"
    for name in found:
        yield f"the task has no port {name}"


def _mistimed(d: Description) -> Iterator[str]:
    yield from _misnamed([c.name for c in d.clocks], "clock")
    yield from _misnamed([r.name for r in d.resets], "reset")
    inputs = {p.name: p for p in d.ports if p.direction == "input"}
    clocked = [s.name for s in d.state if s.kind == "register"]
    outer = [inputs[c.name] for c in d.clocks if c.name in inputs]
    inner = {*_names(d.state), *(p.name for p in d.ports)}
    if clocked and not outer:
        yield f"the register {clocked[0]} needs a clock that is an input"
    for port in outer:
        if port.width != 1:
            yield f"the clock {port.name} has {_bits(port.width)}"
    for kind, name in (*(("clock", c.name) for c in d.clocks), *(("reset", r.name) for r in d.resets)):
        if name not in inner:
            yield f"the {kind} {name} is neither a port nor a state element"
    if d.latency and not d.clocks:
        yield f"a latency of {d.latency} cycles needs a clock"


def _wrong_state(d: Description) -> Iterator[str]:
    yield from _misnamed(_names(d.state), "state element")
    ports = {p.name: p for p in d.ports}
    for s in d.state:
        port = ports.get(s.name)
        if port is not None and port.direction == "input":
            yield f"{s.name} is an input, so it cannot be a state element"
        elif port is not None and (s.width, s.words) != (port.width, 1):
            yield f"state element {s.name} has {_bits(s.width * s.words)}, the port {_bits(port.width)}"


def _wrong_submodules(submodules: Sequence[Submodule], top: str) -> Iterator[str]:
    yield from _misnamed([top, *(m.name for m in submodules)], "module")
    for m in submodules:
        yield from _misnamed([p.name for p in m.ports], f"port of {m.name}:")
        if not any(p.direction != "input" for p in m.ports):
            yield f"sub-module {m.name} has no output"


def _names(state: Sequence[State]) -> list[str]:
    return [s.name for s in state]


def _bits(width: int) -> str:
    return "1 bit" if width == 1 else f"{width} bits"


# -- as text -----------------------------------------------------------------------------------


def written_out(d: Description) -> str:
    """Return a description as text, the same for the same description.

    State and sub-modules are in the order of their names; ports keep theirs, which is that of the header.
    """
    lines = [
        f"Approach: {d.approach}",
        "Ports:",
        *(f"  {_port(p)}" for p in d.ports),
        f"Timing: {_timing(d)}",
    ]
    if d.state:
        lines += [
            "State:",
            *(f"  {_state(s, bool(d.resets))}" for s in sorted(d.state, key=lambda s: s.name)),
        ]
    if d.submodules:
        lines.append("Sub-modules, each a module of its own:")
    for m in sorted(d.submodules, key=lambda m: m.name):
        lines += [f"  {m.name}: {m.purpose}", *(f"    {_port(p)}" for p in m.ports)]
    return "\n".join([*lines, "Behaviour:", *(f"  - {text}" for text in d.behaviour)])


def same_hardware(a: str, b: str) -> bool:
    """Whether two descriptions that were written out differ in their approach, case and spaces at most."""
    return _essence(a) == _essence(b)


def changed_ports(old: str, new: str) -> str | None:
    """Say which port of a description written out the rewritten one lacks or adds; ``None`` if none."""
    before, after = _ports_in(old), _ports_in(new)
    for port in before:
        if port not in after:
            return f"the plan must stay a whole description; under 'Ports:' there is no {port!r}"
    added = [port for port in after if port not in before]
    return f"the plan has the port {added[0]!r}, which is not asked for" if before and added else None


def _ports_in(text: str) -> list[str]:
    """The ports of the module itself: of sub-modules it is told after the timing."""
    found = _WRITTEN_PORT.findall(text.partition("\nTiming:")[0])
    return [" ".join("".join(parts).split()) for parts in found]


def _essence(text: str) -> str:
    return " ".join(re.sub(r"\AApproach:[^\n]*\n", "", text).lower().split())


def _port(p: Port) -> str:
    return f"{p.direction} {_ranged(p.name, p.width)}" + (f": {p.meaning}" if p.meaning else "")


def _ranged(name: str, width: int) -> str:
    return name if width == 1 else f"[{width - 1}:0] {name}"


def _timing(d: Description) -> str:
    parts = [f"{c.name} at {'both edges' if c.edge == 'both' else c.edge}" for c in d.clocks]
    parts += [f"reset {r.name}, active {r.active}, {r.kind}" for r in d.resets]
    if d.clocks:
        parts.append(f"latency {d.latency} cycle{'' if d.latency == 1 else 's'}")
    return "; ".join(parts) or ("not clocked" if d.state else "combinational")


def _state(s: State, resettable: bool) -> str:
    memory = f" [0:{s.words - 1}]" if s.words > 1 else ""
    start = "reset to" if resettable else "initially"
    reset = f", {start} {s.reset}" if s.reset else ""
    return f"{s.kind} {_ranged(s.name, s.width)}{memory}{reset}" + (f": {s.meaning}" if s.meaning else "")
