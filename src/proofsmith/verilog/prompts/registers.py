"""Flip-flops, latches and detectors of edges that a text names."""

from __future__ import annotations

import re

from proofsmith.verilog.prompts.clocking import chain, clocked
from proofsmith.verilog.prompts.description import Body, Port, Timing
from proofsmith.verilog.prompts.wording import Reading

_FLIP_FLOP = re.compile(r"\bD[ -]?flip[ -]?flops?\b|\bDFFs?\b|\bflip-flops\b|\bregisters?\b", re.IGNORECASE)
_ENABLE = re.compile(r"(?:e|en|ena|enable|slowena|ce|g|gate|we|wr_en|write|load|ld)$", re.IGNORECASE)
_FLOW = re.compile(
    r"(?:if|when)\s+([^,.]{1,80}?),?\s+(?:the\s+)?(?:[\w-]+\s+){0,4}?(?:loads?|takes?|stores?|choose|selects?)\s+(?:the\s+)?(?:value\s+(?:of\s+)?)?(\w+)"
    r"[,;.]?\s*(?:and\s+)?(?:otherwise|else),?\s+(?:[\w-]+\s+){0,4}?(?:loads?|takes?|stores?|choose|selects?)\s+(?:the\s+)?(?:value\s+(?:of\s+)?)?(\w+)",
    re.IGNORECASE,
)
_UP = (
    r"(?:from\s+)?(?:a\s+)?['\"]?0['\"]?\s+(?:in one (?:clock )?cycle )?to\s+(?:a\s+)?['\"]?1['\"]?"
    r"|rising edge of (?:the |each )?(?:input|signal)|positive edge detect|low[- ]to[- ]high|0->1"
)
_DOWN = (
    r"(?:from\s+)?(?:a\s+)?['\"]?1['\"]?\s+(?:in one (?:clock )?cycle )?to\s+(?:a\s+)?['\"]?0['\"]?"
    r"|falling edge of (?:the |each )?(?:input|signal)|negative edge detect|high[- ]to[- ]low|1->0"
)


def read_registers(reading: Reading) -> Body | None:
    """Return the register that a text names; ``None`` if it names none that its ports fit."""
    timing = reading.timing
    if len(reading.outputs) != 1:
        return None
    if timing is None:
        return _latch(reading)
    out = reading.outputs[0]
    return (
        _edges(reading, timing, out)
        or _toggled(reading, timing, out)
        or _both_edges(reading, timing, out)
        or _chosen(reading, timing, out)
        or _added(reading, timing, out)
        or _plain(reading, timing, out)
    )


def _made(timing: Timing, out: Port, body: list[str]) -> Body:
    lines = clocked(timing, [f"{out.name} <= {out.width}'d{timing.value};"], body)
    begins = () if timing.reset else ((out.name, out.width),)
    return Body("register", tuple(lines), (out.name,), begins)


def _plain(reading: Reading, timing: Timing, out: Port) -> Body | None:
    """D flip-flops, perhaps with one enable, or one for each part."""
    if not _FLIP_FLOP.search(reading.flat) or reading.says(
        r"shift|\bcount|multiplex|\bx?n?or\b(?= gate)|toggle|series|chain|cascade|first one|rotat"
    ):
        return None
    enables = [p for p in reading.data if _ENABLE.match(p.name) or "ena" in p.name.lower()]
    data = [p for p in reading.data if p not in enables]
    if len(data) != 1 or data[0].width != out.width or len(enables) > 1:
        return None
    name, d = out.name, data[0].name
    asked = reading.says(r"\benabl|\bunless\b|\bonly (?:when|if)\b|\bhold|\bkeep|\bwrit")
    if bool(enables) != asked:
        return None
    if not enables:
        return _made(timing, out, [f"{name} <= {d};"])
    (enable,) = enables
    if enable.width == 1:
        low = reading.says(rf"{enable.name.lower()} (?:is|=) (?:0|low)[^.]*(?:load|written|captur)")
        return None if low else _made(timing, out, [f"if ({enable.name}) {name} <= {d};"])
    unit = out.width // enable.width
    if unit * enable.width != out.width or not reading.says(
        rf"{enable.name.lower()}\[{enable.width - 1}\][^.]*upper|each (?:byte|part|group|nibble)|byte"
    ):
        return None
    spans = [f"[{unit * i + unit - 1}:{unit * i}]" for i in range(enable.width)]
    parts = [f"if ({enable.name}[{i}]) {name}{span} <= {d}{span};" for i, span in enumerate(spans)]
    made = clocked(
        timing, [f"{name} <= {out.width}'d{timing.value};"], ["begin", *(f"  {p}" for p in parts), "end"]
    )
    return Body("register", tuple(made), (name,), () if timing.reset else ((name, out.width),))


def _chosen(reading: Reading, timing: Timing, out: Port) -> Body | None:
    """A flip-flop behind a multiplexer: ``when L is 1 it loads r, otherwise it takes q_in``."""
    said = _FLOW.search(reading.flat)
    ports = {p.name: p for p in reading.data}
    if said is None or not {said[2], said[3]} <= set(ports) | {out.name} or reading.says("shift"):
        return None
    test = reading.expression(said[1])
    used = set(re.findall(r"[A-Za-z_]\w*", f"{test} {said[2]} {said[3]}"))
    if test is None or used - {out.name} != set(ports):
        return None
    if any(ports[n].width != out.width for n in (said[2], said[3]) if n in ports):
        return None
    return _made(timing, out, [f"{out.name} <= {test} ? {said[2]} : {said[3]};"])


def _added(reading: Reading, timing: Timing, out: Port) -> Body | None:
    """An accumulator of one input, perhaps with an enable."""
    enables = [p for p in reading.data if _ENABLE.match(p.name) and p.width == 1]
    addends = [p for p in reading.data if p not in enables]
    if (
        not reading.says(r"\baccumulat")
        or len(addends) != 1
        or len(enables) > 1
        or addends[0].width > out.width
    ):
        return None
    if reading.says(r"\bsigned|subtract|saturat|\bload") or (
        enables and not reading.says(r"enabl|only|when|while")
    ):
        return None
    step = f"{out.name} <= {out.name} + {addends[0].name};"
    return _made(timing, out, [f"if ({enables[0].name}) {step}" if enables else step])


def _edges(reading: Reading, timing: Timing, out: Port) -> Body | None:
    """What changed since the last clock cycle, for one cycle or until the reset."""
    if not reading.says(r"\bdetect|\bcaptur|\bchanges?\b|\btransition") or len(reading.data) != 1:
        return None
    source = reading.data[0]
    if source.width != out.width or reading.says("sequence|pattern"):
        return None
    text = re.sub(r"triggered (?:on|by) the \w+ edge of (?:the )?clo?c?k", "", reading.lower)
    up, down = re.search(_UP, text) is not None, re.search(_DOWN, text) is not None
    both = (up and down) or re.search(r"any edge|both edges|either edge|any change", text) is not None
    if not (up or down or both):
        return None
    name, old = source.name, f"{source.name}_before"
    new = f"{name} ^ {old}" if both else f"{name} & ~{old}" if up else f"~{name} & {old}"
    width = f"[{source.width - 1}:0] " if source.width > 1 else ""
    captured = (
        re.search(r"captur|remain 1|stays? 1|until (?:it is |the register is )?reset", text) is not None
    )
    declared = [f"reg {width}{old};"]
    if captured:
        lines = clocked(timing, [f"{out.name} <= {out.width}'d0;"], [f"{out.name} <= {out.name} | {new};"])
        lines[1:1] = [] if timing.asynchronous else [f"  {old} <= {name};"]
        if timing.asynchronous:
            lines += [
                f"always @({'negedge' if timing.falling else 'posedge'} {timing.clock}) {old} <= {name};"
            ]
    else:
        lines = clocked(
            timing,
            [f"{old} <= {source.width}'d0;", f"{out.name} <= {out.width}'d0;"],
            [f"{old} <= {name};", f"{out.name} <= {new};"],
        )
    return Body("edge detector", (*declared, *lines), (out.name,))


def _toggled(reading: Reading, timing: Timing, out: Port) -> Body | None:
    """T and JK flip-flops."""
    inputs = {p.name.lower(): p.name for p in reading.data}
    if out.width > 1 or any(p.width > 1 for p in reading.data):
        return None
    if reading.says(r"\bjk[- ]?flip|\bj-?k\b") and set(inputs) == {"j", "k"}:
        return _made(
            timing, out, [f"{out.name} <= {inputs['j']} & ~{out.name} | ~{inputs['k']} & {out.name};"]
        )
    if reading.says(r"\btoggles? (?:at|on|with) (?:every|each)") and not inputs:
        return _made(timing, out, [f"{out.name} <= ~{out.name};"])
    if (
        reading.says(r"\bt[- ]flip|toggl")
        and len(inputs) == 1
        and not reading.says(r"\bwhen \w+ is 0[^.]*toggles?|shift|count")
    ):
        return _made(timing, out, [f"{out.name} <= {out.name} ^ {next(iter(inputs.values()))};"])
    if reading.says(r"\bsr[- ]?flip|set[- ]reset") and set(inputs) == {"s", "r"}:
        return _made(timing, out, chain([("s", f"{out.name} <= 1'b1;"), ("r", f"{out.name} <= 1'b0;")]))
    return None


def _both_edges(reading: Reading, timing: Timing, out: Port) -> Body | None:
    """A flip-flop for either edge, and a choice by the level of the clock."""
    if not reading.says(r"dual[- ]edge|double[- ]edge|both edges of (?:the )?(?:clock|clk)") or timing.reset:
        return None
    if len(reading.data) != 1 or reading.data[0].width != out.width:
        return None
    d, clock = reading.data[0].name, timing.clock
    width = f"[{out.width - 1}:0] " if out.width > 1 else ""
    lines = (
        f"reg {width}at_rise, at_fall;",
        f"always @(posedge {clock}) at_rise <= {d};",
        f"always @(negedge {clock}) at_fall <= {d};",
        f"assign {out.name} = {clock} ? at_rise : at_fall;",
    )
    return Body("register", lines)


def _latch(reading: Reading) -> Body | None:
    if not reading.says(r"\bd[- ]latch|\blatch(?:es)?\b") or reading.says(
        r"(?:avoid|no|without|not|infer\w*) (?:\w+ ){0,2}latch|sr[- ]latch"
    ):
        return None
    out = reading.outputs[0]
    enables = [p for p in reading.inputs if _ENABLE.match(p.name)]
    data = [p for p in reading.inputs if p not in enables]
    if len(enables) != 1 or len(data) != 1 or enables[0].width > 1 or data[0].width != out.width:
        return None
    open_low = (
        r"(?:transparent|open|follows?)[^.;]*\bis (?:low|0)|is (?:low|0),?[^.;]*(?:transparent|follows?)"
    )
    closed_low = (
        r"is (?:1|high),?[^.;]*(?:transparent|follows?)|(?:transparent|open|follows?)[^.;]*is (?:1|high)"
    )
    low = "~" if reading.says(rf"active[- ]low|{open_low}") and not reading.says(closed_low) else ""
    return Body(
        "latch", (f"always @* if ({low}{enables[0].name}) {out.name} = {data[0].name};",), (out.name,)
    )
