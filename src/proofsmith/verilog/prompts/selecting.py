"""Selection in a text: multiplexers, decoders, priority encoders, tables of constants, ``if`` in words."""

from __future__ import annotations

import re

from proofsmith.verilog.prompts.description import Body, Port
from proofsmith.verilog.prompts.wording import Reading, number

_ALSO = re.compile(
    r"\b(\w+)\s*(?:=|is|==)\s*(\d+'[bdh][0-9a-fA-F]+|\d+)\b(?!\s*(?:and|to)\s+\d)"
    r"\s*,?\s*(?:should\s+)?(?:(?:then\s+)?(?:choose|select|output|pick|pass)s?|->|:)\s*(?:bits?\s+|input\s+|the\s+)*"
    r"([A-Za-z_]\w*)(\[[\d:]+\])?",
    re.IGNORECASE,
)
_REVERSED = re.compile(
    r"(?:choose|select|output|pick|pass)s?\s+(?:the\s+)?(?:input\s+)?(\w+)\s+(?:if|when)\s+(\w+)\s*(?:=|is|==)\s*(\d+)\b",
    re.IGNORECASE,
)
_OTHERWISE = re.compile(
    r"(?:otherwise|other(?:\s+cases)?|unused(?:\s+cases)?|else|default)\b[^.]*?(?:set|output|outputs?\s+are|is|are|to)\b[^.]*?"
    r"(?:\bto\s+)?['\"]?\b(0|1|zeros?|ones?)\b",
    re.IGNORECASE,
)
_CORRESPONDING = re.compile(r"corresponding\s+(?:data\s+)?input", re.IGNORECASE)
_PICK = r"(?:choose|select|output|pick)s?\s+(?:input\s+)?(\w+)"
_CHOICE = re.compile(
    rf"{_PICK}\s+(?:if|when)\s+([^.;]+)[.;]\s*(?:otherwise|else|in all other cases),?\s+{_PICK}",
    re.IGNORECASE,
)


def read_selection(reading: Reading) -> Body | None:
    """Return what a text selects; ``None`` if it says nothing of the kind."""
    if reading.timing is not None:
        return None
    return (
        _either(reading)
        or _lookup(reading)
        or _packed(reading)
        or _listed(reading)
        or _if(reading)
        or _first(reading)
        or _decoded(reading)
    )


def _lookup(reading: Reading) -> Body | None:
    """A table of constants, ``code | digit``, with what the text says of all other codes."""
    ports = {p.name: p for p in reading.interface.ports}
    lines = [[c.strip() for c in line.strip().strip("|").split("|")] for line in reading.prose.splitlines()]
    heads = [i for i, cells in enumerate(lines) if len(cells) == 2 and set(cells) <= set(ports)]
    if len(heads) != 1 or len(reading.inputs) != 1:
        return None
    source, target = (ports[name] for name in lines[heads[0]])
    found: dict[int, int] = {}
    for cells in lines[heads[0] + 1 :]:
        if len(cells) != 2 or set("".join(cells)) <= set("-+"):
            if found or "".join(cells):
                break
            continue
        key, value = (_constant(c) if re.fullmatch(r"\d+|\d+'[bdh][0-9a-fA-F]+", c) else None for c in cells)
        if key is None or value is None or key in found:
            return None
        found[key] = value
    others = [p for p in reading.outputs if p is not target]
    valid = [
        p for p in others if p.width == 1 and re.match(r"v(?:alid|ld)?$|found|match|hit", p.name.lower())
    ]
    if source.direction != "input" or target.direction != "output" or others != valid or len(valid) > 1:
        return None
    if not found or max(found) >> source.width or max(found.values()) >> target.width:
        return None
    if len(found) < 1 << source.width and not reading.says(
        r"otherwise|\belse\b|all other|any other|no match"
    ):
        return None
    body = ["always @* begin"]
    body += [f"  {p.name} = 1'b1;" for p in valid]
    body.append(f"  case ({source.name})")
    body += [f"    {source.width}'h{k:x}: {target.name} = {target.width}'h{v:x};" for k, v in found.items()]
    nothing = " ".join([f"{target.name} = {target.width}'h0;", *(f"{p.name} = 1'b0;" for p in valid)])
    body += [f"    default: begin {nothing} end", "  endcase", "end"]
    return Body("table", tuple(body), (target.name, *(p.name for p in valid)))


def _one_output(reading: Reading) -> Port | None:
    return reading.outputs[0] if len(reading.outputs) == 1 else None


def _packed(reading: Reading) -> Body | None:
    """All inputs in one vector."""
    out = _one_output(reading)
    if out is None or len(reading.inputs) != 2 or not reading.says(r"multiplex|\bmux"):
        return None
    select, data = sorted(reading.inputs, key=lambda p: p.width)
    if data.width != out.width << select.width:
        return None
    if out.width == 1:
        return Body("multiplexer", (f"assign {out.name} = {data.name}[{select.name}];",))
    return Body(
        "multiplexer", (f"assign {out.name} = {data.name}[{out.width} * {select.name} +: {out.width}];",)
    )


def _listed(reading: Reading) -> Body | None:
    """``sel=0 chooses a``, with what is meant by ``etc.`` and otherwise."""
    out = _one_output(reading)
    if out is None or not reading.says(r"multiplex|\bmux|\bselects?\b|\bchooses?\b"):
        return None
    inputs = {p.name: p for p in reading.inputs}
    said = [(m[1], m[2], m[3]) for m in _ALSO.finditer(reading.flat) if not m[4]]
    said += [(m[2], m[3], m[1]) for m in _REVERSED.finditer(reading.flat)]
    said = [(s, value, d) for s, value, d in said if s in inputs and d in inputs and s != d]
    selectors = {s for s, _, _ in said}
    cases: dict[int, str] = {}
    for _, value, data in said:
        key = _constant(value)
        if key is None or cases.setdefault(key, data) != data:
            return None
    if not selectors and _CORRESPONDING.search(reading.flat):
        numbered = {p.name: re.search(r"(\d+)$", p.name) for p in reading.inputs}
        cases = {int(m[1]): name for name, m in numbered.items() if m is not None}
        selectors = {name for name, m in numbered.items() if m is None}
    if len(selectors) != 1:
        return None
    select = inputs[selectors.pop()]
    data_ports = [p for p in reading.inputs if p is not select]
    if any(p.width != out.width for p in data_ports) or not cases:
        return None
    if (
        "etc" in reading.lower
        and len(cases) > 1
        and all(cases.get(i) == p.name for i, p in enumerate(data_ports) if i in cases)
    ):
        cases = {i: p.name for i, p in enumerate(data_ports)}
    return _case(reading, select, cases, data_ports)


def _case(reading: Reading, select: Port, cases: dict[int, str], data: list[Port]) -> Body | None:
    out = reading.outputs[0]
    if set(cases.values()) != {p.name for p in data} or max(cases) >= 1 << select.width:
        return None
    complete = len(cases) == 1 << select.width
    otherwise = _OTHERWISE.search(reading.flat)
    if not complete and otherwise is None:
        return None
    if select.width == 1:
        return Body("multiplexer", (f"assign {out.name} = {select.name} ? {cases[1]} : {cases[0]};",))
    lines = ["always @*", f"  case ({select.name})"]
    lines += [f"    {select.width}'d{k}: {out.name} = {d};" for k, d in sorted(cases.items())]
    if not complete and otherwise is not None:
        high = otherwise[1].lower() in ("1", "one", "ones")
        value = f"{{{out.width}{{1'b1}}}}" if high else f"{out.width}'d0"
        lines.append(f"    default: {out.name} = {value};")
    return Body("multiplexer", (*lines, "  endcase"), (out.name,))


def _constant(text: str) -> int | None:
    if "'" not in text:
        return int(text)
    base = {"b": 2, "d": 10, "h": 16}[text.split("'")[1][0].lower()]
    try:
        return int(text.split("'")[1][1:], base)
    except ValueError:
        return None


def _if(reading: Reading) -> Body | None:
    """``Choose b if both s1 and s2 are true. Otherwise, choose a.``"""
    out, said = _one_output(reading), _CHOICE.search(reading.flat)
    inputs = {p.name: p for p in reading.inputs}
    if out is None or said is None or said[1] not in inputs or said[3] not in inputs:
        return None
    if inputs[said[1]].width != out.width or inputs[said[3]].width != out.width:
        return None
    test = reading.expression(said[2])
    used = {said[1], said[3]} | (set(re.findall(r"[A-Za-z_]\w*", test)) if test else set())
    if test is None or used != set(inputs):
        return None
    return Body("choice", (f"assign {out.name} = ({test}) ? {said[1]} : {said[3]};",))


_EITHER = re.compile(
    r"(?:when|if)\s+(\w+)\s+(?:is|=)\s+([01]|high|low)\b,?\s+(?:the (?:module|circuit|output)|it|\w+)\s+"
    r"(?:computes?|outputs?|is|gives?|equals|=)\s+([^.;]+?)[,;]?\s+(?:and\s+)?(?:(?:when|if)\s+\1\s+(?:is|=)\s+"
    r"([01]|high|low)\b,?|otherwise,?)\s*(?:the (?:module|circuit|output)|it|\w+)?\s*"
    r"(?:computes?|outputs?|is|gives?|equals|=)\s+([^.;]+)",
    re.IGNORECASE,
)


def _either(reading: Reading) -> Body | None:
    """``When sub is 1 it computes a - b, and when sub is 0 it computes a + b.``"""
    out, said = _one_output(reading), _EITHER.search(reading.flat)
    widths = {p.name: p.width for p in reading.inputs}
    if out is None or said is None or widths.get(said[1]) != 1 or said[4] == said[2]:
        return None
    known = frozenset(widths) - {said[1]}
    first, second = reading.expression(said[3], known), reading.expression(said[5], known)
    if first is None or second is None:
        return None
    used = set(re.findall(r"[A-Za-z_]\w*", f"{first} {second}"))
    if used != known or any(widths[n] != out.width for n in used):
        return None
    if said[2].lower() in ("0", "low"):
        first, second = second, first
    return Body("choice", (f"assign {out.name} = {said[1]} ? {first} : {second};",))


def _first(reading: Reading) -> Body | None:
    """The place of the first one: lowest first unless the text says otherwise."""
    if not reading.says(
        r"priority encoder|(?:position|index) of the (?:first|lowest|highest|least|most|leftmost|rightmost)"
    ):
        return None
    sources = [p for p in reading.inputs if p.width > 1]
    places = [p for p in reading.outputs if p.width > 1 or len(reading.outputs) == 1]
    valid = [p for p in reading.outputs if p not in places]
    if len(sources) != 1 or len(reading.inputs) != 1 or len(places) != 1 or len(valid) > 1:
        return None
    (source,), (place,) = sources, places
    if 1 << place.width < source.width or (
        valid and not re.match(r"v(?:alid|ld)?$|any|found", valid[0].name.lower())
    ):
        return None
    high = reading.says(r"\bhighest\b|most[- ]significant (?:1|one|high|set|bit)|leftmost|msb")
    if high and reading.says(r"\blowest\b|least[- ]significant|rightmost|lsb"):
        return None
    span = f"i = 0; i < {source.width}; i = i + 1" if high else f"i = {source.width - 1}; i >= 0; i = i - 1"
    lines = ["integer i;", "always @* begin", f"  {place.name} = {place.width}'d0;", f"  for ({span})"]
    lines += [f"    if ({source.name}[i]) {place.name} = i;", "end"]
    lines += [f"assign {p.name} = |{source.name};" for p in valid]
    return Body("priority encoder", tuple(lines), (place.name,))


def _decoded(reading: Reading) -> Body | None:
    """A decoder from binary to one-hot, with an enable."""
    named = re.search(r"\b(\w+)[- ]to[- ](\w+)(?:[- ]line)?\s+(?:binary\s+)?decoder", reading.lower)
    out = _one_output(reading)
    if named is None or out is None or reading.says(r"active[- ]low|inverted"):
        return None
    wide = number(named[1])
    sources = [p for p in reading.inputs if p.width == wide]
    enables = [p for p in reading.inputs if p not in sources]
    if wide is None or len(sources) != 1 or out.width != 1 << wide or len(enables) > 1:
        return None
    if any(p.width > 1 or not p.name.lower().startswith(("e", "g")) for p in enables):
        return None
    shifted = f"{out.width}'d1 << {sources[0].name}"
    text = f"{enables[0].name} ? {shifted} : {out.width}'d0" if enables else shifted
    return Body("decoder", (f"assign {out.name} = {text};",))
