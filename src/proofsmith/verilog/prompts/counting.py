"""Counters that a text names: limits, direction, enable, load, saturation, decimal digits."""

from __future__ import annotations

import re
from dataclasses import dataclass

from proofsmith.verilog.prompts.actions import Act, read_acts
from proofsmith.verilog.prompts.clocking import chain, clocked
from proofsmith.verilog.prompts.description import Body, Port, Timing
from proofsmith.verilog.prompts.wording import Reading

_LIMITS = re.compile(
    r"\bcount\w*\s+(?:\w+\s+)?(?:from\s+)?(\d+)\s+(?:through|up to|down to|to)\s+(\d+)", re.IGNORECASE
)
_MODULO = re.compile(r"\bmod(?:ulo)?[- ](\d+)\b", re.IGNORECASE)
_ENABLES = ("en", "ena", "enable", "slowena", "ce", "count_en", "cnt_en")


@dataclass(frozen=True)
class _Range:
    low: int
    high: int
    down: bool
    saturates: bool


def read_counter(reading: Reading) -> Body | None:
    """Return the counter that a text names; ``None`` if it names none, or one that its ports do not fit."""
    timing = reading.timing
    if (
        timing is None
        or not reading.says(r"\bcounts?\b|\bcounter")
        or reading.says(r"johnson|ring counter|\bshift")
    ):
        return None
    if reading.says(r"\bbcd\b|binary[- ]coded"):
        return _decimal(reading, timing)
    if len(reading.outputs) != 1 or reading.outputs[0].width < 2:
        return None
    out = reading.outputs[0]
    span = _range(reading, out)
    acts = [] if _merely_enabled(reading) else read_acts(reading, out.width)
    if (
        span is None
        or acts is None
        or any(a.kind not in ("up", "down", "load", "enable", "hold", "clear") for a in acts)
    ):
        return None
    return _counter(reading, out, span, acts)


def _merely_enabled(reading: Reading) -> bool:
    """Whether all that there is to control is an enable."""
    names = [p.name.lower() for p in reading.data]
    if len(names) != 1 or names[0] not in _ENABLES or reading.data[0].width > 1:
        return False
    return not reading.says(rf"{names[0]} (?:is|=) (?:0|low)[^.]*(?:increment|count)")


def _range(reading: Reading, out: Port) -> _Range | None:
    full = (1 << out.width) - 1
    limits = _LIMITS.search(reading.flat)
    modulo = _MODULO.search(reading.flat)
    saturates = reading.says(r"saturat|up to a maximum|stops? at (?:the )?max")
    both = reading.says(r"up[/-]down|up and down|decrement") and reading.says(
        r"increment|up[/-]down|up and down"
    )
    down = reading.says(r"\bdown\b|decrement") and not both
    low, high = 0, full
    if limits is not None:
        low, high = sorted((int(limits[1]), int(limits[2])))
        if down and int(limits[1]) < int(limits[2]):
            return None
        down = int(limits[1]) > int(limits[2])
    elif modulo is not None:
        high = int(modulo[1]) - 1
    elif reading.says(r"\bdecade counter"):
        high = 9
    elif not reading.says(rf"\b{out.width}[- ]bit\b|saturat|\b(?:two|three|four|five|eight|sixteen)-bit"):
        return None
    return _Range(low, high, down, saturates) if 0 <= low < high <= full else None


def _step(out: Port, span: _Range, down: bool, amount: int = 1) -> str:
    q, w = out.name, out.width
    sign, last, first = ("-", span.low, span.high) if down else ("+", span.high, span.low)
    step = f"{q} {sign} {w}'d{amount}"
    if span.saturates:
        return f"{q} <= {q} == {w}'d{last} ? {q} : {step};"
    if span.low == 0 and span.high == (1 << w) - 1:
        return f"{q} <= {step};"
    return f"{q} <= {q} == {w}'d{last} ? {w}'d{first} : {step};"


def _counter(reading: Reading, out: Port, span: _Range, acts: list[Act]) -> Body | None:
    timing = reading.timing
    assert timing is not None
    names = {p.name: p for p in reading.data}
    enables = [a.test for a in acts if a.kind == "enable"]
    mentioned = set(re.findall(r"[A-Za-z_]\w*", " ".join(f"{a.test} {a.source}" for a in acts)))
    spare = [n for n in names if n not in mentioned]
    if len(spare) == 1 and spare[0].lower() in _ENABLES and names[spare[0]].width == 1:
        enables.append(spare.pop())
    loads = [(a.test, f"{out.name} <= {a.source};") for a in acts if a.kind == "load"]
    clears = [(a.test, f"{out.name} <= {out.width}'d0;") for a in acts if a.kind == "clear"]
    moves = [(a.test, _step(out, span, a.kind == "down", a.amount)) for a in acts if a.kind in ("up", "down")]
    if (
        spare
        or any(not test for test, _ in loads)
        or len(enables) > 1
        or any(a.amount >> out.width for a in acts)
    ):
        return None
    holds = [a.test for a in acts if a.kind == "hold" and a.test]
    if not moves:
        moves = [(f"~({holds[0]})" if len(holds) == 1 else "", _step(out, span, span.down))]
        if len(holds) > 1:
            return None
    if enables:
        moves = [
            (" & ".join(t for t in (enables[0], f"({test})" if "|" in test else test) if t), s)
            for test, s in moves
        ]
    value = timing.value if reading.says(r"reset[^.]* to\b") else span.high if span.down else span.low
    reset = [f"{out.name} <= {out.width}'d{value};"]
    lines = clocked(timing, reset, chain([*clears, *loads, *moves]))
    return Body("counter", tuple(lines), (out.name,), () if timing.reset else ((out.name, out.width),))


def _decimal(reading: Reading, timing: Timing) -> Body | None:
    """Digits of four bits, the lowest first; perhaps their enables as a second output."""
    outs = sorted(reading.outputs, key=lambda p: -p.width)
    digits, odd = divmod(outs[0].width, 4)
    others, data = outs[1:], reading.data
    if odd or not 1 <= digits <= 8 or len(others) > 1 or len(data) > 1 or reading.says(r"\bdown\b|\bload"):
        return None
    if (data and data[0].name.lower() not in _ENABLES) or (others and others[0].width != digits - 1):
        return None
    if others and not reading.says(r"enabl"):
        return None
    q, start = outs[0].name, data[0].name if data else ""
    nines = [f"{q}[{4 * i + 3}:{4 * i}] == 4'd9" for i in range(digits)]
    body: list[str] = []
    for i in range(digits):
        digit = f"{q}[{4 * i + 3}:{4 * i}]"
        test = " && ".join([*([start] if start else []), *nines[:i]])
        step = f"{digit} <= {nines[i]} ? 4'd0 : {digit} + 4'd1;"
        body.append(f"if ({test}) {step}" if test else step)
    lines = clocked(
        timing, [f"{q} <= {outs[0].width}'d0;"], ["begin", *(f"  {line}" for line in body), "end"]
    )
    for p in others:
        for i in range(digits - 1):
            place = f"[{i}]" if p.width > 1 else ""
            carry = " && ".join([*([start] if start else []), *nines[: i + 1]])
            lines.append(f"assign {p.name}{place} = {carry};")
    return Body("decimal counter", tuple(lines), (q,), () if timing.reset else ((q, outs[0].width),))
