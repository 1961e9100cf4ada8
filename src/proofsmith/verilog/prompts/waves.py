"""Waveforms in a text: a line of port names after ``time``, then a line for each moment."""

from __future__ import annotations

import re

from proofsmith.verilog.prompts.description import Interface, Waveform

_MOMENT = re.compile(r"^\s*\d+\s*(?:ns|ps|us)?\s+(.*)$")


def read_waveform(text: str, interface: Interface) -> Waveform | None:
    """Return the waveform of a text; values of ports of several bits are hexadecimal."""
    ports = {p.name: p for p in interface.ports}
    lines = text.splitlines()
    for place, line in enumerate(lines):
        words = line.split()
        if len(words) < 3 or words[0].lower() != "time" or any(w not in ports for w in words[1:]):
            continue
        rows: list[tuple[int | None, ...]] = []
        for below in lines[place + 1 :]:
            match = _MOMENT.match(below)
            cells = [] if match is None else match[1].split()
            if len(cells) != len(words) - 1:
                break
            rows.append(tuple(_value(c) for c in cells))
        if rows:
            return Waveform(tuple(words[1:]), tuple(rows))
    return None


def _value(text: str) -> int | None:
    return int(text, 16) if re.fullmatch(r"[0-9a-fA-F]+", text) else None
