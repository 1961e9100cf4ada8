"""Rewriting over the gate-level netlist: logic resynthesised by several ABC scripts, written as expressions.

The combinational parts of a module that hold no wide arithmetic go through AIG rewriting, resubstitution
and structural choices (Mishchenko, Chatterjee & Brayton, "DAG-aware AIG rewriting", 2006).
What comes out smaller than after the usual script is put back: signals keep their names, a gate that is
used once is part of an expression, and one that is used more often becomes a wire.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from proofsmith.agents.policies.verilog.boolean import computes, gives_names
from proofsmith.agents.policies.verilog.logic import literals
from proofsmith.agents.policies.verilog.places import Place, places
from proofsmith.agents.policies.verilog.rewrite import Design, Rewrite, rewritten
from proofsmith.errors import ProofsmithError
from proofsmith.verifiers.yosys.metrics import depth, transistors
from proofsmith.verifiers.yosys.netlist import TRUE, Gate, Netlist, Unsupported, read_netlist
from proofsmith.verifiers.yosys.pool import YosysPool
from proofsmith.verilog.edits import Edit, fresh_name, insert_before
from proofsmith.verilog.functions import substituted
from proofsmith.verilog.printing import text_of
from proofsmith.verilog.syntax import (
    Binary,
    Choice,
    Concat,
    Expr,
    Index,
    Name,
    Number,
    Signal,
    Unary,
    names,
    walk,
)

_BALANCE = "balance;rewrite;refactor;balance;rewrite;rewrite,-z;balance;refactor,-z;rewrite,-z;balance"
_RESUBSTITUTE = ";".join(
    [
        "balance,-l",
        *(f"resub,-K,{k},-N,{n},-l;rewrite,-l" for k in (6, 8, 10, 12) for n in (1, 2)),
        "balance,-l",
    ]
)
SCRIPTS: Mapping[str, str] = {
    "usual": "",
    "rewriting": f"{_BALANCE};{_BALANCE};dch,-f;map,-a",
    "resubstitution": f"{_RESUBSTITUTE};refactor,-z,-l;{_RESUBSTITUTE};dch,-f;map,-a",
    "search": "&get,-n;&deepsyn,-T,1;&put;dch,-f;map,-a",
}
"""What ABC does between reading and writing; nothing stands for Yosys's own script."""
_GATES = "AND,OR,XOR,MUX"
_MEASURED = "AND,NAND,OR,NOR,XOR,XNOR,MUX"
"""Gates of what is written down, and of what is measured."""
_MAX_OUTPUTS = 48
_MAX_INPUTS = 64
_MAX_LITERALS = 120
_ARITHMETIC = frozenset({"+", "-", "*", "/", "%", "**"})
_NARROW = 4
"""Bits up to which arithmetic is taken apart into gates."""
_SMALL = 7
"""Bits of inputs below which the long search is not worth its second."""
_LEAST_SECONDS = 0.5
_LEAST = 0.97
"""What must be left of the size for a rewrite to be proposed."""
_OPERATORS = {"$_AND_": "&", "$_OR_": "|", "$_XOR_": "^"}


def resynthesised(pool: YosysPool, objective: str, seconds: float) -> Callable[[Design], Iterator[Rewrite]]:
    """Return the rule, on the processes of `pool`; it finds nothing where the tools do not work."""
    deadline = time.monotonic() + seconds

    def rule(design: Design) -> Iterator[Rewrite]:
        for group in _groups(design):
            cone = _Cone(design, group)
            left = deadline - time.monotonic()
            if left < _LEAST_SECONDS:
                return
            try:
                usual, found = cone.results(pool, objective, left)
            except (ProofsmithError, Unsupported):
                continue
            for better in found:
                thought = f"{_told(group)}: logic found by {better.script}, {usual:.0f} to {better.size:.0f}."
                yield from cone.written(better.netlist, thought)

    return rule


def _told(group: Sequence[Place]) -> str:
    named = [name for place in group for name in place.values]
    return ", ".join(named[:3]) + (", ..." if len(named) > 3 else "")


def _groups(design: Design) -> Iterator[list[Place]]:
    """All places without wide arithmetic together, then each alone."""
    usable: list[Place] = []
    taken: set[str] = set()
    for place in places(design):
        named = any(gives_names(design, e) for e in place.values.values())
        if computes(place) and not named and not taken & place.values.keys() and _is_logic(design, place):
            usable.append(place)
            taken |= place.values.keys()
    width = sum(design.scope.signal_width(n) or 0 for n in taken)
    if len(usable) > 1 and width <= _MAX_OUTPUTS:
        yield usable
    yield from ([place] for place in usable)


def _is_logic(design: Design, place: Place) -> bool:
    scope = design.scope
    for name, value in place.values.items():
        used = names(value) - scope.constants.keys()
        widths = [scope.signal_width(n) for n in (name, *used)]
        if any(
            w is None or scope.bounds(n) != (w - 1, 0) for n, w in zip((name, *used), widths, strict=True)
        ):
            return False
        if sum(w or 0 for w in widths) > _MAX_INPUTS:
            return False
        for node in walk(value):
            wide = isinstance(node, Binary) and (scope.width(node) or 99) > _NARROW
            if wide and isinstance(node, Binary) and node.operator in _ARITHMETIC:
                return False
    return True


@dataclass(frozen=True)
class _Found:
    """What a script made of a cone, and its size by the objective after the usual script."""

    script: str
    netlist: Netlist
    size: float


def _read(files: Mapping[str, str], objective: str) -> tuple[_Found, ...]:
    found = []
    for script in SCRIPTS:
        if f"{script}.json" in files:
            written = read_netlist(files[f"{script}.json"], "cone")
            measured = read_netlist(files[f"{script}-measured.json"], "cone")
            found.append(_Found(script, written, _size(measured, objective)))
    return tuple(found)


@dataclass(frozen=True)
class _Cone:
    """The logic of some places as a module of its own."""

    design: Design
    group: Sequence[Place]

    @property
    def values(self) -> dict[str, Expr]:
        """What each signal becomes."""
        return {n: e for place in self.group for n, e in place.values.items()}

    def text(self) -> str:
        """A module whose inputs are what the logic reads; the output of signal `s` is ``out_s``."""
        scope = self.design.scope
        values = self.values
        wires = {n for place in self.group if not place.registered for n in place.values}
        constants: dict[str, Expr] = {}
        for n, value in scope.constants.items():
            constants[n] = Number(value, scope.width(Name(n)) or 32, scope.signed(Name(n)))
        constants |= {n: Name(f"out_{n}") for n in wires}
        ports = [f"input {self._declared(n)} {n}" for n in self._inputs()]
        ports += [f"output {self._declared(n)} out_{n}" for n in values]
        lines = [f"assign out_{n} = {text_of(substituted(e, constants))};" for n, e in values.items()]
        return f"module cone({', '.join(ports)});\n" + "\n".join(lines) + "\nendmodule\n"

    def _inputs(self) -> list[str]:
        """The signals that are read, besides those that the cone computes."""
        own = {n for place in self.group if not place.registered for n in place.values}
        used = frozenset().union(*(names(e) for e in self.values.values()))
        return sorted(used - own - self.design.scope.constants.keys())

    def _declared(self, name: str) -> str:
        sign = "signed " if self.design.scope.signals[name].signed else ""
        return f"{sign}[{(self.design.scope.signal_width(name) or 1) - 1}:0]"

    def results(self, pool: YosysPool, objective: str, seconds: float) -> tuple[float, list[_Found]]:
        """The size after the usual script, and what another found that is smaller.

        Each result is measured after the usual script, through which the whole design will go too.
        """
        text = self.text()
        key = ("resynthesis", text, objective)
        known = pool.cache.get(key)
        if known is None:
            bits = sum(self.design.scope.signal_width(n) or 0 for n in self._inputs())
            small = bits < _SMALL
            scripts = {n: c for n, c in SCRIPTS.items() if not small or "deepsyn" not in c}
            commands = ["read_verilog -sv cone.v", "synth -flatten -top cone", "design -save cone"]
            for name, given in scripts.items():
                script = f" -script +strash;ifraig;scorr;{given};topo" if given else ""
                commands += ["design -load cone", f"abc -g {_GATES}{script}", "opt_clean -purge"]
                commands += [f"write_json {name}.json"]
                commands += [f"abc -g {_MEASURED}", "opt_clean -purge", f"write_json {name}-measured.json"]
            wanted = [f"{name}{end}.json" for name in scripts for end in ("", "-measured")]
            outcome = pool.run(commands, {"cone.v": text}, seconds, wanted)
            known = pool.cache[key] = _read(outcome.files, objective) if outcome.ok else ()
        assert isinstance(known, tuple)
        usual = next((f.size for f in known if f.script == "usual"), 0.0)
        better = sorted((f for f in known if f.size <= usual * _LEAST), key=lambda f: f.size)
        return usual, better[:1]

    def written(self, netlist: Netlist, thought: str) -> Iterator[Rewrite]:
        """The design with the logic of a netlist."""
        writer = _Writer(self.design, netlist)
        outputs = {n.removeprefix("out_"): bits for n, bits in netlist.outputs}
        edits: list[Edit] = []
        total = 0
        for place in self.group:
            new = {n: writer.signal(n, outputs[n], registered=place.registered) for n in place.values}
            total += sum(map(literals, new.values()))
            edits.append(place.edit(new))
        lines = writer.helpers()
        total += sum(line.count("[") + 2 for line in lines)
        if total > _MAX_LITERALS:
            return
        if lines:
            at = self._before_all(min(e.start for e in edits))
            if at is None:
                return
            edits.append(insert_before(self.design.source, at, lines))
        yield from rewritten(self.design, edits, "resynthesise", thought, 2.0)

    def _before_all(self, first: int) -> int | None:
        """Where wires can stand before the first use; ``None`` if what they read is declared later."""
        items = self.design.module.items
        used = frozenset().union(*(names(e) for e in self.values.values()))
        last = max((i.at[1] for i in items if isinstance(i, Signal) and i.name in used), default=0)
        starts = [int(getattr(i, "group", i.at)[0]) for i in items]
        place = max((s for s in starts if s <= first), default=0)
        return place if last < place else None


def _size(netlist: Netlist, objective: str) -> float:
    if objective == "depth":
        return depth(netlist)
    return len(netlist.gates) if objective == "cells" else transistors(netlist)


class _Writer:
    """Turns gates into expressions over the signals of a design."""

    def __init__(self, design: Design, netlist: Netlist) -> None:
        self._design = design
        self._gates: dict[int, Gate] = {gate.y: gate for gate in netlist.gates}
        self._used = Counter(bit for gate in netlist.gates for bit in gate.inputs)
        self._used.update(bit for _, bits in netlist.outputs for bit in bits)
        self._made: dict[int, Expr] = {0: Number(0, 1), TRUE: Number(1, 1)}
        self._lines: list[str] = []
        self._names = design.source
        for name, bits in netlist.inputs:
            one = design.scope.signal_width(name) == 1
            for i, bit in enumerate(bits):
                self._made[bit] = Name(name) if one else Index(Name(name), Number(i))

    def signal(self, name: str, bits: Sequence[int], *, registered: bool) -> Expr:
        """The value of a signal; where others use a bit of a wire they can name it."""
        parts = [self._bit(bit, top=True) for bit in reversed(bits)]
        if not registered:
            for i, bit in enumerate(bits):
                if bit in self._gates:
                    self._made[bit] = Name(name) if len(bits) == 1 else Index(Name(name), Number(i))
        return parts[0] if len(parts) == 1 else Concat(tuple(parts))

    def helpers(self) -> list[str]:
        """Declarations of the wires that were made on the way."""
        return self._lines

    def _bit(self, bit: int, *, top: bool = False) -> Expr:
        known = self._made.get(bit)
        if known is not None:
            return known
        gate = self._gates[bit]
        pins = [self._bit(b) for b in gate.inputs]
        value: Expr
        if gate.kind == "$_NOT_":
            value = _negated(pins[0])
        elif gate.kind == "$_MUX_":
            value = Choice(pins[2], pins[1], pins[0])
        elif gate.kind in _OPERATORS:
            value = Binary(_OPERATORS[gate.kind], pins[0], pins[1])
        else:
            raise Unsupported(gate.kind)
        if self._used[bit] > 1 and not top and literals(value) > 1:
            name = fresh_name(self._names, "part")
            self._names += f" {name}"
            self._lines.append(f"wire {name} = {text_of(value)};")
            value = Name(name)
        self._made[bit] = value
        return value


def _negated(e: Expr) -> Expr:
    return e.operand if isinstance(e, Unary) and e.operator == "~" else Unary("~", e)
