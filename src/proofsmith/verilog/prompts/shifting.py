"""Registers whose bits move: shift registers, rotators, ring counters, LFSRs, cellular automata."""

from __future__ import annotations

import re

from proofsmith.verilog.prompts.actions import Act, read_acts
from proofsmith.verilog.prompts.clocking import chain, clocked
from proofsmith.verilog.prompts.description import Body, Port, Timing
from proofsmith.verilog.prompts.wording import Reading, number

_TAPS = re.compile(
    r"\btaps?\s+(?:at\s+)?(?:bit\s+)?(?:positions?\s+)?((?:\d+\s*(?:,\s*and|,|and|\s)\s*)*\d+)"
)
_LENGTH = re.compile(r"\b(\w+)(?:[- ]bits?(?:[- ]wide)?|[- ]stage|\s+(?:d\s+)?flip[- ]?flops|\s+dffs)\b")
_CELLS = re.compile(
    r"^[ \t|]*([01])[ \t]*\|[ \t]*([01])[ \t]*\|[ \t]*([01])[ \t]*\|[ \t]*([01])[ \t|]*$", re.MULTILINE
)


def read_shifting(reading: Reading) -> Body | None:
    """Return the register that a text shifts; ``None`` if it names none, or one that its ports do not fit."""
    timing = reading.timing
    if timing is None or len(reading.outputs) != 1:
        return None
    out = reading.outputs[0]
    delayed = _delayed(reading, timing, out)
    return (
        delayed
        or _feedback(reading, timing, out)
        or _cells(reading, timing, out)
        or _shifter(reading, timing, out)
    )


def _register(timing: Timing, out: Port, kind: str, value: int, body: list[str]) -> Body:
    lines = clocked(timing, [f"{out.name} <= {out.width}'d{value};"], body)
    return Body(kind, tuple(lines), (out.name,), () if timing.reset else ((out.name, out.width),))


def _start(reading: Reading, out: Port, otherwise: int) -> int | None:
    """The value after a reset; digits as many as the register has are binary."""
    digits = re.search(rf"\bto\s+(?:the value\s+)?(?:{out.width}'b)?([01]{{{out.width}}})\b", reading.flat)
    if digits is not None and out.width > 1:
        return int(digits[1], 2)
    timing = reading.timing
    assert timing is not None
    value = timing.value or (0 if reading.says(r"reset\w*[^.]*\bto (?:all )?(?:0|zero)|clear") else otherwise)
    return value if value >> out.width == 0 else None


def _feedback(reading: Reading, timing: Timing, out: Port) -> Body | None:
    """Ring counters, Johnson counters and Galois LFSRs."""
    q, w = out.name, out.width
    galois = reading.says(r"galois")
    johnson = reading.says(r"johnson|twisted[- ]ring")
    ring = reading.says(r"\bring counter") and not johnson
    if w < 3 or sum((galois, johnson, ring)) != 1:
        return None
    enables = [p for p in reading.data if p.name.lower() in ("en", "ena", "enable")]
    if len(enables) < len(reading.data):
        return None
    if galois:
        taps = _TAPS.search(reading.lower)
        places = [int(t) for t in re.findall(r"\d+", taps[1])] if taps else []
        if not places or max(places) > w or not reading.says(r"shifts? right") or w not in places:
            return None
        bits = [f"{q}[0]"] + [
            f"{q}[{i}]" + (f" ^ {q}[0]" if i in places else "") for i in range(w - 1, 0, -1)
        ]
        value, following = _start(reading, out, 1), _joined(bits, q, w)
    else:
        right, left = reading.says(r"\bright"), reading.says(r"\bleft")
        if right == left:
            return None
        turn = "~" if johnson else ""
        following = (
            f"{{{turn}{q}[0], {q}[{w - 1}:1]}}" if right else f"{{{q}[{w - 2}:0], {turn}{q}[{w - 1}]}}"
        )
        value = _start(reading, out, 0 if johnson else 1)
    if value is None:
        return None
    step = f"{q} <= {following};"
    body = [f"if ({enables[0].name}) {step}" if enables else step]
    return _register(timing, out, "LFSR" if galois else "ring counter", value, body)


def _joined(bits: list[str], q: str, w: int) -> str:
    """Bits from the highest; runs of neighbours as one slice."""
    parts: list[str] = []
    run: list[int] = []

    def close() -> None:
        if run:
            parts.append(f"{q}[{run[0]}:{run[-1]}]" if len(run) > 1 else f"{q}[{run[0]}]")
            run.clear()

    for i, bit in enumerate(bits):
        place = w - i if i else 0
        if bit == f"{q}[{place}]" and (not run or run[-1] == place + 1):
            run.append(place)
        elif bit == f"{q}[{place}]":
            close()
            run.append(place)
        else:
            close()
            parts.append(bit)
    close()
    return f"{{{', '.join(parts)}}}"


def _cells(reading: Reading, timing: Timing, out: Port) -> Body | None:
    """A row of cells, each the next of itself and its neighbours by a table; the left one is the higher."""
    rows = {(int(a), int(b), int(c)): int(d) for a, b, c, d in _CELLS.findall(reading.prose)}
    loads = [p for p in reading.data if p.width == 1]
    data = [p for p in reading.data if p.width == out.width]
    header = re.search(r"left\s*\|\s*cent\w*\s*\|\s*right\s*\|", reading.lower)
    if (
        len(rows) != 8
        or header is None
        or out.width < 3
        or len(loads) != 1
        or len(data) != 1
        or len(reading.data) != 2
    ):
        return None
    q, w = out.name, out.width
    if reading.says(r"boundar[^.]*\b(?:zero|0|off)"):
        left, right = f"{{1'b0, {q}[{w - 1}:1]}}", f"{{{q}[{w - 2}:0], 1'b0}}"
    elif reading.says(r"wrap|circular|toro|cyclic"):
        left, right = f"{{{q}[0], {q}[{w - 1}:1]}}", f"{{{q}[{w - 2}:0], {q}[{w - 1}]}}"
    else:
        return None
    wanted = 1 if sum(rows.values()) <= 4 else 0
    products = [
        " & ".join(name if bit else f"~{name}" for name, bit in zip(("left", q, "right"), key, strict=True))
        for key, value in rows.items()
        if value == wanted
    ]
    following = " | ".join(f"({p})" for p in products) or f"{w}'d0"
    following = following if wanted else f"~({following})"
    declared = (f"wire [{w - 1}:0] left = {left};", f"wire [{w - 1}:0] right = {right};")
    made = _register(
        timing,
        out,
        "cells",
        timing.value,
        chain([(loads[0].name, f"{q} <= {data[0].name};"), ("", f"{q} <= {following};")]),
    )
    return Body(made.kind, (*declared, *made.lines), made.registers, made.begins)


# -- shift registers ----------------------------------------------------------------------------------


def _shifter(reading: Reading, timing: Timing, out: Port) -> Body | None:
    if not reading.says(r"\bshift|\brotat") or reading.says(
        r"linear feedback|\blfsr\b|sequence|pattern|\bcounts?\b"
    ):
        return None
    if out.width == 1:
        return _delay(reading, timing, out)
    acts = read_acts(reading, out.width)
    if acts is None:
        return None
    mentioned = set(re.findall(r"[A-Za-z_]\w*", " ".join(f"{a.test} {a.source}" for a in acts)))
    spare = [p for p in reading.data if p.name not in mentioned]
    if len(spare) == 2 and any(p.width == out.width for p in spare) is False:
        return None
    enables = [a.test for a in acts if a.kind == "enable"]
    named = [
        p
        for p in spare
        if p.width == 1 and p.name.lower() in ("en", "ena", "enable", "shift", "shift_en", "shift_ena")
    ]
    enables += [p.name for p in named]
    serial = [p for p in spare if p not in named]
    if len(serial) > 1 or any(p.width > 1 for p in serial) or len(enables) > 1:
        return None
    return _moving(reading, out, acts, serial[0].name if serial else "", enables)


def _moving(reading: Reading, out: Port, acts: list[Act], serial: str, enables: list[str]) -> Body | None:
    timing = reading.timing
    assert timing is not None
    loads = [(a.test, f"{out.name} <= {a.source};") for a in acts if a.kind == "load"]
    moves: list[tuple[str, str]] = []
    for act in acts:
        if act.kind.split()[0] in ("shift", "rotate", "arithmetic"):
            text = moved(act, out, serial)
            if text is None:
                return None
            moves.append((act.test, f"{out.name} <= {text};"))
        elif act.kind in ("up", "down") and act.test:
            sign = "+" if act.kind == "up" else "-"
            moves.append((act.test, f"{out.name} <= {out.name} {sign} {out.width}'d{act.amount};"))
        elif act.kind not in ("load", "enable", "hold"):
            return None
    if not moves:
        sides = set(re.findall(r"\b(left|right)\b", reading.lower))
        if not sides and reading.says(
            r"from the (?:lsb|least)|msb first|most[- ]significant[- ]bit first|into (?:the )?(?:lsb|bit 0)"
        ):
            sides = {"left"}
        if len(sides) != 1:
            return None
        turn = (
            "rotate" if reading.says(r"\brotat") else "arithmetic" if reading.says("arithmetic") else "shift"
        )
        text = moved(Act(f"{turn} {sides.pop()}"), out, serial)
        if text is None:
            return None
        moves = [("", f"{out.name} <= {text};")]
    if serial and not any(serial in s for _, s in moves):
        return None
    if enables:
        moves = [(" & ".join(t for t in (enables[0], test) if t), s) for test, s in moves]
    return _register(timing, out, "shift register", timing.value, chain([*loads, *moves]))


def moved(act: Act, out: Port, serial: str) -> str | None:
    """Return the bits of a register moved by one act; what comes in is `serial`, zero, or the sign."""
    turn, way = act.kind.split()
    q, w, k = out.name, out.width, act.amount
    if not 1 <= k < w or (serial and k > 1):
        return None
    if turn == "rotate":
        return (
            f"{{{q}[{k - 1}:0], {q}[{w - 1}:{k}]}}"
            if way == "right"
            else f"{{{q}[{w - 1 - k}:0], {q}[{w - 1}:{w - k}]}}"
        )
    zeros = f"{k}'d0"
    low = f"{q}[{w - 1 - k}:0]"
    if way == "left":
        return f"{{{low}, {serial or zeros}}}"
    filled = f"{{{k}{{{q}[{w - 1}]}}}}" if turn == "arithmetic" else serial or zeros
    return f"{{{filled}, {q}[{w - 1}:{k}]}}"


def _delayed(reading: Reading, timing: Timing, out: Port) -> Body | None:
    """A word that comes out some clock cycles later."""
    said = re.search(r"\bdelay\w*\b[^.]*?\bby (\w+)(?: clock)? cycles?", reading.lower)
    count = None if said is None else number(said[1])
    if count is None or not 2 <= count <= 32 or len(reading.data) != 1 or reading.data[0].width != out.width:
        return None
    names = [*(f"stage_{i}" for i in range(1, count)), out.name]
    width = f"[{out.width - 1}:0] " if out.width > 1 else ""
    steps = [f"{b} <= {a};" for a, b in zip([reading.data[0].name, *names], names, strict=False)]
    lines = clocked(timing, [f"{n} <= {out.width}'d{timing.value};" for n in names], steps)
    begins = () if timing.reset else tuple((n, out.width) for n in names)
    return Body("delay", (f"reg {width}{', '.join(names[:-1])};", *lines), (out.name,), begins)


def _delay(reading: Reading, timing: Timing, out: Port) -> Body | None:
    """One bit in, one bit out, some clock cycles later."""
    if (
        len(reading.data) != 1
        or reading.data[0].width > 1
        or reading.says(r"\bload|enable|\bleft\b.*\bright\b")
    ):
        return None
    lengths = {
        n for m in _LENGTH.finditer(reading.lower) for n in [number(m[1])] if n is not None and 2 <= n <= 64
    }
    if len(lengths) != 1:
        return None
    n = lengths.pop()
    body = [f"stages <= {{stages[{n - 2}:0], {reading.data[0].name}}};"]
    lines = [f"reg [{n - 1}:0] stages;", *clocked(timing, [f"stages <= {n}'d{timing.value};"], body)]
    return Body(
        "shift register",
        (*lines, f"assign {out.name} = stages[{n - 1}];"),
        (),
        () if timing.reset else (("stages", n),),
    )
