"""Vectors in a text: reversed, split, joined, extended, counted, wired."""

from __future__ import annotations

import re

from proofsmith.verilog.prompts.description import Body, Port
from proofsmith.verilog.prompts.wording import NUMBERS, Reading, number

_WIRE = re.compile(r"^[ \t]*([\w\[\]]+)[ \t]*-+>[ \t]*([\w\[\]]+)[ \t]*$", re.MULTILINE)
_SLICE = re.compile(r"\[(\d+)(?::(\d+))?\]")
_COUNTED = re.compile(
    r"population[- ]?count|pop-?count|number of (?:bits (?:that are |set to )?)?['\"‘]?(?:1|one)s?\b"
    r"|number of (?:set|high|asserted) bits|\bcounts? (?:the )?(?:ones|1s|'1's)"
)
_PADDED = re.compile(r"followed by (\w+) (zero|one|0|1)(?: bits?|s)", re.IGNORECASE)


def read_vectors(reading: Reading) -> Body | None:
    """Return what a text does with whole vectors; ``None`` if it says nothing of the kind."""
    if reading.timing is not None:
        return None
    return _wires(reading) or _joined(reading) or _split(reading) or _moved(reading) or _single(reading)


def _wires(reading: Reading) -> Body | None:
    """``a -> w`` for every output."""
    ports = {p.name: p for p in reading.interface.ports}
    bits = {b: 1 for p in reading.interface.ports for b in p.bits()}
    widths = bits | {p.name: p.width for p in ports.values()}
    targets: dict[str, str] = {}
    for source, target in _WIRE.findall(reading.prose):
        if widths.get(source) is None or widths.get(source) != widths.get(target) or target in targets:
            return None
        targets[target] = source
    given = {b for p in reading.outputs for b in ((p.name,) if p.name in targets else p.bits())}
    sources = {p.name for p in reading.inputs} | {b for p in reading.inputs for b in p.bits()}
    if not targets or given != set(targets) or not set(targets.values()) <= sources:
        return None
    return Body("wires", tuple(f"assign {t} = {targets[t]};" for t in targets))


def _single(reading: Reading) -> Body | None:
    """One vector in, one out."""
    if len(reading.inputs) != 1 or len(reading.outputs) != 1:
        return None
    (source,), (out,) = reading.inputs, reading.outputs
    name, wide, result = source.name, source.width, out.name
    if reading.says(r"\brevers|\bswaps?\b|endian") and wide == out.width > 1:
        unit = _unit(reading, wide)
        return None if unit is None else Body("reversed", _reversed(source, out, unit), (result,))
    gray = re.search(r"binary[\w\s]*\bto\b[\w\s]*gray|gray[\w\s]*\bto\b[\w\s]*binary", reading.lower)
    if gray is not None and wide == out.width > 1:
        if gray[0].startswith("binary"):
            return Body("Gray code", (f"assign {result} = {name} ^ ({name} >> 1);",))
        return Body("Gray code", _from_gray(source, out), (result,))
    return _resized(reading, source, out)


def _resized(reading: Reading, source: Port, out: Port) -> Body | None:
    """A number of more bits, how many bits are one, and whether their count is odd."""
    name, wide, result = source.name, source.width, out.name
    if reading.says(r"sign[- ]?exten") and out.width > wide:
        line = f"assign {result} = {{{{{out.width - wide}{{{name}[{wide - 1}]}}}}, {name}}};"
        return Body("extended", (line,))
    if reading.says(r"zero[- ]?exten") and out.width > wide:
        return Body("extended", (f"assign {result} = {{{out.width - wide}'d0, {name}}};",))
    if _COUNTED.search(reading.lower) and wide > 1 and 1 << out.width > wide:
        zeros = reading.says(r"number of (?:'0's|0s|zeros|zeroes)")
        return None if zeros else Body("bit count", _counted(source, out), (result,))
    if reading.says(r"\bparity\b") and wide > 1 and out.width == 1:
        odd, even = reading.says(r"\bodd\b"), reading.says(r"\beven\b")
        if odd and even:
            return None
        return Body("parity", (f"assign {result} = {'~' if odd else ''}^{name};",))
    return None


_MOVED = re.compile(
    r"\b(rotat|shift)\w*\s+(?:the\s+)?(?:\w+\s+){0,3}?(?:to the\s+)?(left|right)"
    r"(?:\s+arithmetically)?\s+by\s+(?:the\s+)?(\w+)"
)


def _moved(reading: Reading) -> Body | None:
    """A word shifted or rotated by an amount that is an input."""
    said = _MOVED.search(reading.flat)
    ports = {p.name: p for p in reading.inputs}
    if said is None or len(ports) != 2 or len(reading.outputs) != 1 or said[3] not in ports:
        return None
    out, amount = reading.outputs[0], ports.pop(said[3])
    ((name, source),) = ports.items()
    if (
        source.width != out.width
        or reading.says(r"\bsigned|sign bit")
        or len(_MOVED.findall(reading.flat)) > 1
    ):
        return None
    by, left = amount.name, said[2] == "left"
    if said[1] == "shift":
        signed = f"$signed({name}) >>> {by}" if reading.says("arithmetic") else f"{name} >> {by}"
        return Body(
            "shifter", (f"assign {out.name} = {name} << {by};" if left else f"assign {out.name} = {signed};",)
        )
    if 1 << amount.width != source.width:
        return None
    there, back = ("<<", ">>") if left else (">>", "<<")
    value = f"({name} {there} {by}) | ({name} {back} ({source.width} - {by}))"
    return Body("rotator", (f"assign {out.name} = {value};",))


def _unit(reading: Reading, wide: int) -> int | None:
    """How many bits stay together where an order is reversed."""
    for word, bits in (("byte", 8), ("nibble", 4), ("half-?words?", 16)):
        order = re.search(
            rf"{word}[- ]?(?:order|endian)|order(?:ing)? of [\w\s]*?{word}|swap[\w\s]*{word}", reading.lower
        )
        turned = re.search(rf"revers\w* [\w\s]*?{word}s?\b(?! vector| input)", reading.lower)
        if order or (turned and "bit order" not in reading.lower):
            return bits if wide % bits == 0 else None
    if reading.says("endian"):
        return 8 if wide % 8 == 0 else None
    return 1 if reading.says(r"\brevers") else None


def _reversed(source: Port, out: Port, unit: int) -> tuple[str, ...]:
    last = source.width // unit - 1
    left, right = (
        (f"[{unit} * i +: {unit}]", f"[{unit} * ({last} - i) +: {unit}]")
        if unit > 1
        else ("[i]", f"[{last} - i]")
    )
    return (
        "integer i;",
        "always @*",
        f"  for (i = 0; i < {last + 1}; i = i + 1)",
        f"    {out.name}{left} = {source.name}{right};",
    )


def _from_gray(source: Port, out: Port) -> tuple[str, ...]:
    return (
        "integer i;",
        "always @*",
        f"  for (i = 0; i < {source.width}; i = i + 1)",
        f"    {out.name}[i] = ^({source.name} >> i);",
    )


def _counted(source: Port, out: Port) -> tuple[str, ...]:
    return (
        "integer i;",
        "always @* begin",
        f"  {out.name} = {out.width}'d0;",
        f"  for (i = 0; i < {source.width}; i = i + 1)",
        f"    {out.name} = {out.name} + {source.name}[i];",
        "end",
    )


def _joined(reading: Reading) -> Body | None:
    """Several vectors end to end, cut into the outputs."""
    if not reading.says(r"\bconcatenat|\bjoin(?:s|ed)?\b") or len(reading.inputs) < 2:
        return None
    padded = _PADDED.search(reading.flat)
    count = 0 if padded is None else number(padded[1]) or 0
    given, wanted = (sum(p.width for p in ports) for ports in (reading.inputs, reading.outputs))
    if given + count != wanted:
        return None
    parts = [p.name for p in reading.inputs]
    if padded is not None:
        parts.append(f"{{{count}{{1'b{NUMBERS.get(padded[2].lower(), 0) or int(padded[2] == '1')}}}}}")
    targets = ", ".join(p.name for p in reading.outputs)
    left = f"{{{targets}}}" if len(reading.outputs) > 1 else targets
    return Body("joined", (f"assign {left} = {{{', '.join(parts)}}};",))


def _split(reading: Reading) -> Body | None:
    """One vector cut into outputs, perhaps with a copy of the whole."""
    if len(reading.inputs) != 1 or len(reading.outputs) < 2 or not reading.says(r"\bsplits?\b|\bseparat"):
        return None
    (source,) = reading.inputs
    copies = (
        [p for p in reading.outputs if p.width == source.width] if reading.says(r"\bsame\b|\bcop") else []
    )
    parts = [p for p in reading.outputs if p not in copies]
    if sum(p.width for p in parts) != source.width or len(parts) < 2:
        return None
    ordered = _from_low(parts, reading)
    if ordered is None:
        return None
    lines = [f"assign {p.name} = {source.name};" for p in copies]
    low = 0
    for p in ordered:
        chosen = f"[{low}]" if p.width == 1 else f"[{low + p.width - 1}:{low}]"
        lines.append(f"assign {p.name} = {source.name}{chosen};")
        low += p.width
    return Body("split", tuple(lines))


def _from_low(parts: list[Port], reading: Reading) -> list[Port] | None:
    """The parts from the lowest one: by what the text says of each, their numbers, or ``lo`` and ``hi``."""
    places: dict[str, int] = {}
    for p in parts:
        said = re.search(
            rf"\b{re.escape(p.name)}\b[^.,;]*?(?:is|=|gets|takes|are|from|to)\s[^.,;]*?{_SLICE.pattern}",
            reading.flat,
        )
        if said is not None:
            places[p.name] = int(said[2] or said[1])
    if len(set(places.values())) == len(parts):
        return sorted(parts, key=lambda p: places[p.name])
    digits = [re.search(r"(\d+)$", p.name) for p in parts]
    numbers = [int(d[1]) for d in digits if d is not None]
    if sorted(numbers) == list(range(len(parts))):
        return [parts[numbers.index(i)] for i in range(len(parts))]
    if len(parts) == 2:
        low = [p for p in parts if re.search(r"(?:^|_)(?:lo|low|lower|lsb|least)(?:_|$)", p.name.lower())]
        high = [p for p in parts if re.search(r"(?:^|_)(?:hi|high|upper|msb|most)(?:_|$)", p.name.lower())]
        if len(low) == len(high) == 1:
            return [*low, *high]
    return None
