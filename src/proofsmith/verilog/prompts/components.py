"""Standard components that a text names: gates, adders, registers, counters, detectors of a bit sequence.

A component is read only where the ports leave nothing open: a flip-flop has one datum, a gate uses all
inputs. What is not said has its usual meaning (rising edge, reset to zero, overlapping sequences).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from proofsmith.verilog.prompts.counting import read_counter
from proofsmith.verilog.prompts.description import Body, Interface, Port, Timing
from proofsmith.verilog.prompts.networks import read_network
from proofsmith.verilog.prompts.registers import read_registers
from proofsmith.verilog.prompts.selecting import read_selection
from proofsmith.verilog.prompts.sentences import gate, read_sentences
from proofsmith.verilog.prompts.shifting import read_shifting
from proofsmith.verilog.prompts.vectors import read_vectors
from proofsmith.verilog.prompts.wording import Reading

_GATE = re.compile(r"\b(X?N?OR|N?AND|NOT)\b(?:\s+gate)", re.IGNORECASE)
_SEQUENCE = re.compile(
    r"(?:recogni[sz]es?|detects?|search(?:es)? for|looks? for|finds?)\s+(?:\w+\s+){0,3}?(?:sequence|pattern)?"
    r"\s*[\"(]?([01]{3,16})\b",
    re.IGNORECASE,
)
_CONSTANT = re.compile(
    r"\b(?:drive|output)s?\s+(?:a\s+)?(?:constant\s+)?(?:logic\s+)?(0|1|low|high)\b", re.IGNORECASE
)


@dataclass(frozen=True)
class Detector:
    """A detector of a sequence of bits.

    Attributes:
        timing: its clock and reset.
        pattern: the bits that it waits for.
        mealy: whether its output depends on the input at once.
        stays: whether its output stays at 1 when the pattern was seen.
    """

    timing: Timing
    pattern: str
    mealy: bool = False
    stays: bool = False
    kind: str = "sequence"


MAX_TEXT = 6_000
"""Longest text that is read for what it names, in characters; a component takes a paragraph."""
_READERS = (
    read_network,
    read_vectors,
    read_selection,
    read_sentences,
    read_registers,
    read_shifting,
    read_counter,
)


def read_component(text: str, interface: Interface) -> Body | Detector | None:
    """Return the component that a text names; ``None`` if it names none, or one that the ports do not fit."""
    return next(read_components(text, interface), None)


def read_components(text: str, interface: Interface) -> Iterator[Body | Detector]:
    """Yield what a text may name, the likeliest first: readers do not know of each other."""
    if len(text) > MAX_TEXT:
        return
    reading = Reading(text, interface)
    if reading.timing is not None:
        found = _sequence(reading)
        if found is not None:
            yield found
    else:
        logic = _gates(reading) or _adder(reading) or _plain(reading)
        if logic is not None:
            yield Body("logic", tuple(f"assign {target} = {value};" for target, value in logic.items()))
    yield from (body for read in _READERS for body in [read(reading)] if body is not None)


# -- without a clock ---------------------------------------------------------------------------------


def _gates(reading: Reading) -> dict[str, str] | None:
    """One gate of all inputs; several outputs, or several gates, are what sentences say of each."""
    mentioned = _GATE.findall(reading.flat)
    inputs = [p.name for p in reading.inputs]
    out = reading.outputs[0]
    if (
        len(mentioned) != 1
        or len(reading.outputs) != 1
        or not inputs
        or reading.says(r"bubble|\binvert(?!er)")
    ):
        return None
    if len(re.findall(r"\b(?:X?N?OR|N?AND)\b", reading.flat)) > 1:
        return None
    found = gate(mentioned[0], inputs, out.width, reading)
    return None if found is None else {out.name: found}


def _adder(reading: Reading) -> dict[str, str] | None:
    """Half, full and wide adders; sums and differences of signed numbers with their overflow."""
    found = re.search(r"\b(half|full|\d+-bit(?:\s+\w+)?)\s+adder\b", reading.lower)
    inputs = reading.inputs
    if len({p.width for p in inputs if not _is_carry(p)}) != 1 or reading.says("subtractor"):
        return None
    if found is None:
        return _overflow(reading)
    carries = [p for p in reading.outputs if _is_carry(p)]
    sums = [p for p in reading.outputs if not _is_carry(p)]
    addends = sorted(inputs, key=_is_carry)
    width = addends[0].width
    expected = {"half": 2, "full": 3}.get(found[1]) if width == 1 else None
    count = len(addends) - sum(map(_is_carry, addends))
    fits = len(addends) == expected if expected is not None else count == 2 and len(addends) <= 3
    carried = len(sums) == 1 and len(carries) <= 1 and sums[0].width in (width, width + 1 - len(carries))
    if not fits or not carried:
        return None
    total = " + ".join(p.name for p in addends)
    return {f"{{{carries[0].name}, {sums[0].name}}}" if carries else sums[0].name: total}


def _overflow(reading: Reading) -> dict[str, str] | None:
    signed = reading.says(r"2's complement|two's complement|\bsigned\b")
    sums = [p for p in reading.outputs if p.width > 1]
    flags = [p for p in reading.outputs if p.width == 1]
    if len(reading.inputs) != 2 or len(sums) != 1 or len(flags) != 1 or not signed:
        return None
    a, b, s = reading.inputs[0].name, reading.inputs[1].name, sums[0]
    if sums[0].width != reading.inputs[0].width or not re.match(r"o(?:ver|v|f)", flags[0].name.lower()):
        return None
    adds = reading.says(r"\badds?\b|\bsum\b|\badditions?\b")
    taken = re.search(r"\bsubtracts?\s+(\w+)(?:\[[\d:]+\])?\s+from\s+(\w+)", reading.flat)
    minus = taken is not None and {taken[1], taken[2]} == {a, b}
    if adds == minus:
        return None
    if taken is not None and minus:
        a, b = taken[2], taken[1]
    top = s.width - 1
    differ = f"({a}[{top}] {'^' if minus else '~^'} {b}[{top}])"
    return {
        s.name: f"{a} {'-' if minus else '+'} {b}",
        flags[0].name: f"{differ} & ({s.name}[{top}] ^ {a}[{top}])",
    }


def _is_carry(p: Port) -> bool:
    return p.width == 1 and re.fullmatch(r"c(?:arry)?_?(?:in|out|i|o)?", p.name, re.IGNORECASE) is not None


def _plain(reading: Reading) -> dict[str, str] | None:
    """A constant or a wire."""
    outputs, inputs = reading.outputs, reading.inputs
    if len(outputs) != 1:
        return None
    out = outputs[0]
    constant = _CONSTANT.search(reading.flat)
    if constant is not None and not inputs:
        one = constant[1].lower() in ("1", "high")
        return {out.name: f"{{{out.width}{{1'b1}}}}" if one else f"{out.width}'d0"}
    wired = reading.says(
        r"same value as the input|\blike a (?:simple )?wire\b|\bpass(?:es)? (?:the )?input|\bbuffer\b"
    )
    if wired and len(inputs) == 1 and inputs[0].width == out.width:
        return {out.name: inputs[0].name}
    return None


# -- with a clock ------------------------------------------------------------------------------------


def _sequence(reading: Reading) -> Detector | None:
    timing, found = reading.timing, _SEQUENCE.search(reading.flat)
    if timing is None or found is None or len(reading.outputs) != 1 or reading.outputs[0].width > 1:
        return None
    if len(reading.data) != 1 or reading.data[0].width > 1 or reading.says("non-?overlapping"):
        return None
    stays = reading.says(r"\bforever\b|until\s+(?:it is\s+)?reset")
    return Detector(timing, found[1], reading.says("mealy"), stays)
