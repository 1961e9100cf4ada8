"""Small circuits in prose: gates that are named with what goes into them, one level or two."""

from __future__ import annotations

import re
from dataclasses import dataclass

from proofsmith.verilog.prompts.clocking import clocked
from proofsmith.verilog.prompts.description import Body
from proofsmith.verilog.prompts.sentences import gate
from proofsmith.verilog.prompts.wording import Reading

_GATE = re.compile(r"\b(X?N?OR|N?AND|NOT)(?:s|ed|ing|'s)?\b(?!-)")
_PLACES = re.compile(
    r"(?:second|other|third|remaining) input (?:of|to) (?:the|this) ([A-Z]+)(?: gate)? is "
    r"(?:connected to )?['\"`]?(\w+)"
)


@dataclass(frozen=True)
class _Leaf:
    """A gate all of whose inputs are ports."""

    kind: str
    operands: tuple[str, ...]
    at: int


def read_network(reading: Reading) -> Body | None:
    """Return the circuit that gates in prose make up; every input must go into exactly one of them."""
    if reading.timing is not None:
        return _fed_back(reading)
    if any(p.width > 1 for p in reading.interface.ports) or not reading.inputs:
        return None
    lines: list[str] = []
    inverted = [
        p.name
        for p in reading.outputs
        if re.search(rf"inverted (?:output|version)[^.]*['\"`]?\b{p.name}\b", reading.flat)
    ]
    plain = [p.name for p in reading.outputs if p.name not in inverted]
    used: list[str] = []
    for name in plain:
        text = _about(name, plain, reading)
        inputs = [p.name for p in reading.inputs if len(plain) == 1 or re.search(rf"\b{p.name}\b", text)]
        found = _circuit(text, inputs, reading)
        if found is None:
            return None
        used += inputs
        lines.append(f"assign {name} = {found};")
    if (
        len(inverted) > 1
        or (inverted and len(plain) != 1)
        or sorted(used) != sorted(p.name for p in reading.inputs)
    ):
        return None
    lines += [f"assign {name} = ~{plain[0]};" for name in inverted]
    return Body("network", tuple(lines)) if lines else None


def _about(output: str, outputs: list[str], reading: Reading) -> str:
    """The sentences about one output."""
    if len(outputs) == 1:
        return reading.flat
    return " ".join(
        s for s in reading.sentences if [o for o in outputs if re.search(rf"\b{o}\b", s)] == [output]
    )


def _circuit(text: str, inputs: list[str], reading: Reading) -> str | None:
    leaves = _leaves(text, inputs)
    if not leaves:
        return None
    kinds = [m[1] for m in _GATE.finditer(text)]
    inner = {leaf.kind for leaf in leaves}
    tops = {k for k in kinds if k not in inner}
    expressions = [_bubbled(leaf, text, reading) for leaf in leaves]
    taken = [o for leaf in leaves for o in leaf.operands]
    single = [m[2] for m in _PLACES.finditer(text) if m[2] in inputs and m[2] not in taken]
    if sorted(taken + single) != sorted(inputs) or None in expressions:
        return None
    parts = [e for e in expressions if e is not None]
    if not tops and not single and len(parts) == 1:
        return parts[0]
    if len(tops) != 1 or len(parts) + len(single) < 2:
        return None
    top = next(iter(tops))
    operands = [f"({e})" for e in parts] + single
    return None if top == "NOT" else gate(top, operands, 1, reading)


def _leaves(text: str, inputs: list[str]) -> list[_Leaf]:
    """Lists of inputs, each with the gate named last before it, or next after the first."""
    name = rf"['\"`]?\b(?:{'|'.join(map(re.escape, inputs))})\b['\"`]?"
    listed = re.compile(rf"{name}(?:(?:\s*,\s*(?:and\s+)?|\s+and\s+){name})+")
    gates = [(m.start(), m[1]) for m in _GATE.finditer(text) if m[1] != "NOT"]
    found: list[_Leaf] = []
    for m in listed.finditer(text):
        operands = tuple(re.findall(r"\w+", re.sub(r"\band\b", " ", m[0])))
        if any(set(operands) & set(leaf.operands) for leaf in found):
            continue
        before = [kind for at, kind in gates if at < m.start()]
        after = [kind for at, kind in gates if at > m.end()]
        kind = before[-1] if before else after[0] if after else ""
        if not kind or len(set(operands)) < len(operands):
            return []
        found.append(_Leaf(kind, operands, m.start()))
    return found


def _bubbled(leaf: _Leaf, text: str, reading: Reading) -> str | None:
    operands = []
    for o in leaf.operands:
        bubble = re.search(
            rf"\b{o}\b['\"`]? input (?:to|of) the {leaf.kind}(?: gate)? (?:has a bubble|is inverted)", text
        )
        operands.append(f"~{o}" if bubble else o)
    found = gate(leaf.kind, operands, 1, reading)
    if found is not None and re.search(
        rf"output of the {leaf.kind}(?: gate)? (?:has a bubble|is inverted)", text
    ):
        return f"~({found})"
    return found


def _fed_back(reading: Reading) -> Body | None:
    """A flip-flop whose input is one gate of inputs and its own output."""
    timing = reading.timing
    if timing is None or len(reading.outputs) != 1 or not reading.says(r"d[- ]flip[- ]?flop|\bdff\b"):
        return None
    out = reading.outputs[0]
    kinds = {m[1] for m in _GATE.finditer(reading.flat)} - {"NOT"}
    again = re.search(
        rf"output (?:['\"`]?{out.name}['\"`]? )?of the (?:D )?(?:flip[- ]?flop|DFF)", reading.flat
    )
    if len(kinds) != 1 or again is None or any(p.width != out.width for p in reading.data):
        return None
    if not all(re.search(rf"\b{p.name}\b", reading.flat) for p in reading.data):
        return None
    found = gate(kinds.pop(), [*(p.name for p in reading.data), out.name], out.width, reading)
    if found is None or len(re.findall(r"flip[- ]?flop|DFF", reading.flat)) > 4:
        return None
    lines = clocked(timing, [f"{out.name} <= {out.width}'d{timing.value};"], [f"{out.name} <= {found};"])
    begins = () if timing.reset else ((out.name, out.width),)
    return Body("register", tuple(lines), (out.name,), begins)
