"""Standard components that a text names: gates, adders, flip-flops, counters, detectors of a bit sequence.

A component is read only where the ports leave nothing open: a flip-flop has one datum, a gate uses all
inputs. What is not said has its usual meaning (rising edge, reset to zero, overlapping sequences).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from proofsmith.verilog.prompts.description import Interface, Port
from proofsmith.verilog.prompts.formulas import read_formula
from proofsmith.verilog.syntax import Expr, names

CLOCKS = ("clk", "clock", "CLK")
RESETS = ("reset", "areset", "rst", "resetn", "aresetn", "rst_n", "reset_n", "arst", "r", "ar")
ENABLES = ("en", "ena", "enable", "slowena", "ce")
_GATE = re.compile(r"\b(X?N?OR|N?AND|NOT)\b(?:\s+gate)", re.IGNORECASE)
_FLIP_FLOP = re.compile(r"\bD[ -]flip[ -]?flops?\b|\bDFFs?\b", re.IGNORECASE)
_COUNTS = re.compile(
    r"\bcounts?\s+(?:\w+\s+)?(?:from\s+)?(\d+)\s+(?:through|up to|to)\s+(\d+)", re.IGNORECASE
)
_SEQUENCE = re.compile(
    r"(?:recogni[sz]es?|detects?|search(?:es)? for|looks? for|finds?)\s+(?:\w+\s+){0,3}?(?:sequence|pattern)?"
    r"\s*[\"(]?([01]{3,16})\b",
    re.IGNORECASE,
)
_CONSTANT = re.compile(
    r"\b(?:drive|output)s?\s+(?:a\s+)?(?:constant\s+)?(?:logic\s+)?(0|1|low|high)\b", re.IGNORECASE
)
_WHEN = re.compile(r"\b(\w+) should be (?:set to )?1 if ([^,.;]+?)(?:,|\.|;| otherwise)", re.IGNORECASE)
_RESET_TO = re.compile(
    r"reset(?!\s+input)[^.]{0,60}?\bto\s+(?:0x([0-9a-f]+)|(\d+)(?!\s*through)|(zero|one))\b", re.IGNORECASE
)


@dataclass(frozen=True)
class Timing:
    """How registers follow a clock and a reset; `reset` is empty where there is none."""

    clock: str
    falling: bool
    reset: str
    reset_low: bool
    asynchronous: bool
    value: int


@dataclass(frozen=True)
class Component:
    """A component that a text names.

    Attributes:
        kind: ``"logic"``, ``"register"``, ``"counter"`` or ``"sequence"``.
        logic: for ``"logic"`` an expression for each output, in Verilog.
        timing: for the others.
        low, high: the values that a counter begins and ends with.
        enable: the input that a counter waits for, if any.
        pattern: the bits that a detector waits for.
        mealy: whether its output depends on the input at once.
        stays: whether it stays at 1 when the pattern was seen.
    """

    kind: str
    logic: tuple[tuple[str, str], ...] = ()
    timing: Timing | None = None
    low: int = 0
    high: int = 0
    enable: str = ""
    pattern: str = ""
    mealy: bool = False
    stays: bool = False


def read_component(text: str, interface: Interface) -> Component | None:
    """Return the component that a text names; ``None`` if it names none, or one that the ports do not fit."""
    flat = " ".join(text.split())
    clocked = any(p.name in CLOCKS for p in interface.inputs)
    if not clocked:
        logic = _gates(text, interface) or _adder(flat, interface) or _plain(flat, interface)
        return None if logic is None else Component("logic", tuple(logic.items()))
    return _sequence(flat, interface) or _counter(flat, interface) or _register(flat, interface)


# -- without a clock ---------------------------------------------------------------------------------


def _gates(text: str, interface: Interface) -> dict[str, str] | None:
    """One gate of all inputs, or one for each output that its line names."""
    mentioned = _GATE.findall(" ".join(text.split()))
    outputs = interface.outputs
    if len(mentioned) == 1 and len(outputs) == 1:
        logic = _gate(mentioned[0].upper(), interface.inputs, outputs[0])
        return None if logic is None else {outputs[0].name: logic}
    found: dict[str, str] = {}
    for port in outputs:
        line = re.search(rf"\b{re.escape(port.name)}\b\s*[:=][^\n]*", text)
        named = (
            [] if line is None else re.findall(r"\b(X?N?OR|N?AND)\b", line[0].split(port.name, 1)[1], re.I)
        )
        logic = _gate(named[0].upper(), interface.inputs, port) if len(named) == 1 else None
        if logic is None:
            return None
        found[port.name] = logic
    return found or None


def _gate(kind: str, inputs: tuple[Port, ...], output: Port) -> str | None:
    if not inputs or (any(p.width != output.width for p in inputs) and len(inputs) > 1):
        return None
    if kind == "NOT":
        return f"~{inputs[0].name}" if len(inputs) == 1 and inputs[0].width == output.width else None
    operator = {"AND": "&", "OR": "|", "XOR": "^"}[kind.replace("XN", "X").removeprefix("N")]
    negated = kind in ("NAND", "NOR", "XNOR")
    if len(inputs) == 1:
        if inputs[0].width < 2 or output.width > 1:
            return None
        return f"{'~' if negated else ''}{operator}{inputs[0].name}"
    chain = f" {operator} ".join(p.name for p in inputs)
    return f"~({chain})" if negated else chain


def _adder(flat: str, interface: Interface) -> dict[str, str] | None:
    found = re.search(r"\b(half|full|\d+-bit(?:\s+\w+)?)\s+adder\b", flat, re.IGNORECASE)
    if found is None or len({p.width for p in interface.inputs if not _is_carry(p)}) != 1:
        return None
    carries = [p for p in interface.outputs if _is_carry(p)]
    sums = [p for p in interface.outputs if not _is_carry(p)]
    addends = sorted(interface.inputs, key=_is_carry)
    width = addends[0].width
    expected = {"half": 2, "full": 3}.get(found[1].lower())
    count = len(addends) - sum(map(_is_carry, addends))
    fits = len(addends) == expected if expected is not None else count == 2 and len(addends) <= 3
    if (
        not fits
        or len(sums) != 1
        or len(carries) > 1
        or sums[0].width not in (width, width + 1 - len(carries))
    ):
        return None
    total = " + ".join(p.name for p in addends)
    return {f"{{{carries[0].name}, {sums[0].name}}}" if carries else sums[0].name: total}


def _is_carry(p: Port) -> bool:
    return p.width == 1 and re.fullmatch(r"c(?:arry)?_?(?:in|out|i|o)?", p.name, re.IGNORECASE) is not None


def _plain(flat: str, interface: Interface) -> dict[str, str] | None:
    """A constant, a wire, or a sentence ``z should be 1 if A = B``."""
    outputs, inputs = interface.outputs, interface.inputs
    if len(outputs) != 1:
        return None
    out = outputs[0]
    constant = _CONSTANT.search(flat)
    if constant is not None and not inputs:
        one = constant[1].lower() in ("1", "high")
        return {out.name: f"{{{out.width}{{1'b1}}}}" if one else f"{out.width}'d0"}
    if "same value as the input" in flat and len(inputs) == 1 and inputs[0].width == out.width:
        return {out.name: inputs[0].name}
    when = _WHEN.search(flat)
    if when is not None and when[1] == out.name and out.width == 1:
        condition = _condition(when[2], interface)
        return None if condition is None else {out.name: condition}
    return None


def _condition(text: str, interface: Interface) -> str | None:
    """A condition as Verilog, of inputs alone, all of which it uses."""
    asked = re.sub(r"(?<![=<>!])=(?!=)", "==", text)
    parsed: Expr | None = read_formula(asked)
    if parsed is None or names(parsed) != {p.name for p in interface.inputs}:
        return None
    return asked.strip()


# -- with a clock ------------------------------------------------------------------------------------


def read_timing(flat: str, interface: Interface) -> Timing | None:
    """Return how a text says that registers are clocked and reset; ``None`` without a clock."""
    inputs = {p.name: p for p in interface.inputs}
    clock = next((c for c in CLOCKS if c in inputs), None)
    if clock is None:
        return None
    lower = flat.lower()
    reset = next((r for r in RESETS if r in inputs and inputs[r].width == 1), "")
    if len(reset) < 3 and "reset" not in lower:  # a letter may mean something else
        reset = ""
    falling = re.search(r"(?:negative|falling) edge of (?:the )?(?:clock|clk)\b", lower) is not None
    low = reset.endswith("n") or re.search(r"active[- ]low", lower) is not None
    asynchronous = reset.startswith("a") or "asynchronous" in lower
    to = _RESET_TO.search(flat)
    value = (
        0 if to is None else int(to[1], 16) if to[1] else int(to[2]) if to[2] else int(to[3].lower() == "one")
    )
    return Timing(clock, falling, reset, low and bool(reset), asynchronous and bool(reset), value)


def _others(interface: Interface, timing: Timing) -> list[Port]:
    return [p for p in interface.inputs if p.name not in (timing.clock, timing.reset)]


def _register(flat: str, interface: Interface) -> Component | None:
    timing = read_timing(flat, interface)
    if timing is None or not _FLIP_FLOP.search(flat) or len(interface.outputs) != 1:
        return None
    data = _others(interface, timing)
    if len(data) != 1 or data[0].width != interface.outputs[0].width or "enable" in flat.lower():
        return None
    return Component("register", timing=timing)


def _counter(flat: str, interface: Interface) -> Component | None:
    timing = read_timing(flat, interface)
    limits = _COUNTS.search(flat)
    if timing is None or limits is None or len(interface.outputs) != 1 or "down" in flat.lower():
        return None
    low, high = int(limits[1]), int(limits[2])
    others = _others(interface, timing)
    enable = others[0].name if len(others) == 1 and others[0].width == 1 else ""
    known = not others or enable in ENABLES
    if not known or not low < high < 1 << interface.outputs[0].width:
        return None
    return Component("counter", timing=timing, low=low, high=high, enable=enable)


def _sequence(flat: str, interface: Interface) -> Component | None:
    timing = read_timing(flat, interface)
    found = _SEQUENCE.search(flat)
    if timing is None or found is None or len(interface.outputs) != 1 or interface.outputs[0].width > 1:
        return None
    data = _others(interface, timing)
    if len(data) != 1 or data[0].width > 1 or re.search(r"non-?overlapping", flat, re.IGNORECASE):
        return None
    stays = re.search(r"\bforever\b|until\s+(?:it is\s+)?reset", flat, re.IGNORECASE) is not None
    mealy = "mealy" in flat.lower()
    return Component("sequence", timing=timing, pattern=found[1], mealy=mealy, stays=stays)
