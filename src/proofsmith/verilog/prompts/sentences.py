"""Outputs that sentences or items of a list define: ``z is 1 if a = b``, ``(1) out_any: OR of all bits``."""

from __future__ import annotations

import re

from proofsmith.verilog.prompts.description import Body, Port
from proofsmith.verilog.prompts.wording import Reading, number

_GATE = re.compile(r"\b(x?n?or|n?and|not)\b", re.IGNORECASE)
_OPERATOR = {"and": "&", "or": "|", "xor": "^"}
_ONE = r"(?:1(?!')|high|on|true|asserted|one|active)"
_BECOMES = r"(?:should\s+be|is|are|=|must\s+be|becomes|will\s+be|turns)\s+(?:set\s+)?(?:to\s+)?(?:logic[- ])?"
_MIN_MAX = re.compile(
    r"\b(minimum|maximum|smallest|largest|smaller|larger|min|max)\b[^.]*?\bof\b", re.IGNORECASE
)


def read_sentences(reading: Reading) -> Body | None:
    """Return an assignment for every output, each from what its own words say; ``None`` if one has none."""
    if reading.timing is not None or not reading.inputs or not reading.outputs:
        return None
    found = {p.name: _defined(p, reading) for p in reading.outputs}
    lines = [f"assign {name} = {text};" for name, text in found.items() if text is not None]
    if len(lines) < len(found):
        return None
    used = set(re.findall(r"[A-Za-z_]\w*", " ".join(t for t in found.values() if t)))
    if not {p.name for p in reading.inputs} <= used:
        return None
    return Body("sentences", tuple(lines))


def _defined(port: Port, reading: Reading) -> str | None:
    return (
        _formula(port, reading)
        or _of_inputs(port, reading)
        or _conditions(port, reading)
        or _item(port, reading)
        or _extreme(port, reading)
    )


def _known(port: Port, reading: Reading) -> frozenset[str]:
    """What an output may depend on: inputs, and the outputs before it."""
    before = reading.outputs[: reading.outputs.index(port)]
    return frozenset(p.name for p in (*reading.inputs, *before))


def _formula(port: Port, reading: Reading) -> str | None:
    """``z = (x ^ y) & x`` within a sentence."""
    for m in re.finditer(rf"\b{re.escape(port.name)}\s*=\s*(?!=)", reading.flat):
        words = re.split(r"(?<=\S)\s+", reading.flat[m.end() : m.end() + 200])
        for count in range(min(len(words), 30), 0, -1):
            text = " ".join(words[:count])
            found = reading.expression(text, _known(port, reading))
            if found is not None and re.search(r"[&|^~+*-]", text):
                return found
    return None


def _of_inputs(port: Port, reading: Reading) -> str | None:
    """``p is the XNOR of a and b``, ``the output is the AND of its inputs``, or of two of them."""
    alone = len(reading.outputs) == 1
    subject = rf"(?:\b{re.escape(port.name)}|\bboth outputs|\ball outputs"
    subject += r"|\boutput|\bmodule)" if alone else ")"
    does = r"(?:is|are|=|should be|(?:should )?(?:outputs?|computes?|implements?))"
    verb = rf"\s+{does}\s+(?:the\s+|an?\s+)?(?:bitwise[- ])?"
    m = re.search(rf"{subject}{verb}((?:x?n?or|n?and|not)\s+of\s+)?([^.;]+)", reading.flat, re.IGNORECASE)
    if m is None:
        return None
    words = m[2].strip()
    if m[1]:
        every = re.match(r"(?:its|the|all|both)\b[\w\s-]*\binputs?\b", words, re.IGNORECASE)
        named = [n for n in re.split(r"\s*,\s*(?:and\s+)?|\s+and\s+", words) if n]
        if every is None and not set(named) <= _known(port, reading):
            return None
        operands = [p.name for p in reading.inputs] if every else named
        return gate(m[1].split()[0], operands, port.width, reading)
    least = re.search(
        r"\bat least (\w+) of (?:the|its) (?:\w+ )?inputs? (?:are|is) (?:1|high)", reading.lower
    )
    count = number(least[1]) if least is not None else None
    if count is not None and alone and port.width == 1 and all(p.width == 1 for p in reading.inputs):
        return f"{' + '.join(p.name for p in reading.inputs)} >= {count}"
    found = reading.expression(words, _known(port, reading))
    return found if found is not None and re.search(r"[&|^~+*-]", found) else None


def _conditions(port: Port, reading: Reading) -> str | None:
    """``z is 1 when ...``, ``set z to 1 if ...``: everything else means 0."""
    if port.width > 1:
        return None
    name = re.escape(port.name)
    forms = (
        rf"\b(?:set|assert|drive)s?\s+{name}\s+(?:to\s+)?(?:{_ONE}\s+)?(?:if|when|whenever)\s+",
        rf"\b{name}\s+{_BECOMES}{_ONE}\s+(?:only\s+)?(?:if|when|whenever)\s+(?:and only if\s+)?",
        rf"\b{name}\s+to\s+1\s+(?:if|when)\s+",
    )
    for form in forms:
        m = re.search(form, reading.flat, re.IGNORECASE)
        if m is None:
            continue
        rest = re.split(r"[.;]|\b(?:otherwise|else)\b", reading.flat[m.end() :])[0]
        parts = re.split(r",\s*(?:and\s+)?", rest)
        for count in range(len(parts), 0, -1):
            found = reading.expression(", ".join(parts[:count]), _known(port, reading))
            if found is not None:
                left = ", ".join(parts[count:])
                return None if left and re.match(r"(?:or|and|but|unless|except)\b", left) else found
        return None
    return None


def _item(port: Port, reading: Reading) -> str | None:
    """``(1) out_and: a and b`` or ``out_or : output of a 4-input OR gate``."""
    m = re.search(
        rf"\b{re.escape(port.name)}\b\s*(?::|--?|\u2014)\s+"
        r"([^\n]+(?:\n[ \t]+(?![ \t(]|\w+\s*:)[^\n]+)*)",
        reading.prose,
    )
    if m is None:
        return None
    text = " ".join(m[1].split())
    found = reading.expression(text, _known(port, reading))
    if found is not None:
        return found
    gates = _GATE.findall(text)
    if len(gates) != 1:
        return None
    return gate(gates[0], [p.name for p in reading.inputs], port.width, reading)


def gate(kind: str, operands: list[str], width: int, reading: Reading) -> str | None:
    """Return the expression of a gate of whole ports; over the bits of a vector if it is the only operand."""
    widths = {p.name: p.width for p in reading.interface.ports}
    kind = kind.lower()
    if kind == "not":
        return f"~{operands[0]}" if len(operands) == 1 and widths.get(operands[0]) == width else None
    operator = _OPERATOR[kind.replace("xn", "x").removeprefix("n")]
    inverted = "~" if kind in ("nand", "nor", "xnor") else ""
    if len(operands) == 1:
        return f"{inverted}{operator}{operands[0]}" if widths.get(operands[0], 1) > 1 and width == 1 else None
    if any(widths.get(o, 1) != width for o in operands):
        return None
    chain = f" {operator} ".join(operands)
    return f"~({chain})" if inverted else chain


def _extreme(port: Port, reading: Reading) -> str | None:
    """The minimum or maximum of all inputs."""
    named = _MIN_MAX.search(reading.flat)
    ports = reading.inputs
    if (
        named is None
        or len(reading.outputs) > 1
        or not 2 <= len(ports) <= 8
        or any(p.width != port.width for p in ports)
    ):
        return None
    if reading.says(r"\bsigned\b|2's complement|two's complement") and not reading.says("unsigned"):
        return None
    sign = "<" if named[1].lower() in ("minimum", "smallest", "smaller", "min") else ">"
    best = ports[0].name
    for p in ports[1:]:
        best = f"({best} {sign} {p.name} ? {best} : {p.name})"
    return best


_MINTERMS = re.compile(r"((?:\d+\s*,\s*)+(?:or|and)?\s*\d+|\d+\s+(?:or|and)\s+\d+|\d+)", re.IGNORECASE)


def read_minterms(reading: Reading) -> dict[int, int | None] | None:
    """Return the rows that a text numbers: ``f = 1 when 2, 7 or 15 appears``; the rest is 0.

    The first input is the highest bit of a number.
    """
    ones = re.search(
        r"(?:logic[- ])?\b(?:1|high|one)\s+(?:when|for)\s+(?:the\s+(?:numbers?|values?|inputs?)\s+)?",
        reading.lower,
    )
    sums = re.search(r"(?:\u03a3|\u03c3|\bsum\w*\s+of\s+minterms\s*\(?|\bsum\s*)\s*m?\s*\(", reading.lower)
    start = ones or sums
    if start is None:
        return None
    numbers = _MINTERMS.match(reading.lower, start.end())
    if numbers is None:
        return None
    rows: dict[int, int | None] = dict.fromkeys(_values(numbers[1]), 1)
    never = re.search(
        r"(?:for the (?:numbers?|values?)\s+)([\d,\sandor]+?)\s+never|\+\s*d\s*\(([\d,\s]+)\)"
        r"|don'?t[- ]cares?\s*(?:are|:|for)?\s*\(?([\d,\sandor]+)",
        reading.lower,
    )
    for row in () if never is None else _values(never[1] or never[2] or never[3]):
        rows[row] = None
    zeros = re.search(r"(?:logic[- ])?\b(?:0|low|zero)\s+(?:when|for)\s+", reading.lower)
    given = None if zeros is None else _MINTERMS.match(reading.lower, zeros.end())
    if given is not None:
        if any(rows.get(row, 0) != 0 for row in _values(given[1])):
            return None
        return rows | dict.fromkeys(_values(given[1]), 0)
    count = 1 << sum(p.width for p in reading.inputs)
    return {row: rows.get(row, 0) for row in range(count)} if count <= 4096 else None


def _values(text: str) -> list[int]:
    return [int(t) for t in re.findall(r"\d+", text) if number(t) is not None]
