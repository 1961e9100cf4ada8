"""Truth tables and Karnaugh maps in a text."""

from __future__ import annotations

import re

from proofsmith.verilog.prompts.description import Interface, LogicTable

FREE = frozenset("dxX-*")
_CODES = re.compile(r"^\s*([A-Za-z_][\w\[\]]*)\s+([01]+(?:\s+[01]+)+)\s*$")
_MAP_ROW = re.compile(r"^\s*([01]+)\s*\|(.*)$")


def read_truth_table(text: str, interface: Interface) -> LogicTable | None:
    """Return the table whose header names input and output bits, separated by ``|`` or spaces."""
    lines = text.splitlines()
    for place, line in enumerate(lines):
        names = [interface.bit(cell) for cell in _cells(line)]
        if len(names) < 2 or None in names:
            continue
        rows: list[list[str]] = []
        for below in lines[place + 1 :]:
            cells = _cells(below)
            if not below.strip(" \t|+-"):
                continue
            if len(cells) != len(names) or not all(c in "01" or c in FREE for c in cells):
                break
            rows.append(cells)
        if rows:
            return _table([n for n in names if n is not None], rows, interface)
    return None


def _cells(line: str) -> list[str]:
    return [c for c in re.split(r"[|\s]+", line.strip()) if c]


def _table(names: list[str], rows: list[list[str]], interface: Interface) -> LogicTable | None:
    given = {bit for port in interface.inputs for bit in port.bits()}
    ins = [i for i, n in enumerate(names) if n in given]
    outs = [i for i, n in enumerate(names) if n not in given]
    if not ins or not outs:
        return None
    found: dict[int, tuple[int | None, ...]] = {}
    for row in rows:
        values = tuple(None if row[i] in FREE else int(row[i]) for i in outs)
        for number in _numbers([row[i] for i in ins]):
            found[number] = values
    return LogicTable(tuple(names[i] for i in ins), tuple(names[i] for i in outs), found)


def _numbers(cells: list[str]) -> list[int]:
    """The row numbers that a row stands for: free inputs stand for both values."""
    numbers = [0]
    for cell in cells:
        bits = (0, 1) if cell in FREE else (int(cell),)
        numbers = [n << 1 | b for n in numbers for b in bits]
    return numbers


def read_karnaugh_map(text: str, interface: Interface) -> LogicTable | None:
    """Return the function of a Karnaugh map.

    Above the map stand the names of the columns' variables, at its left those of the rows'. Where the
    columns' variables are no inputs, and there is an output bit for each column, each column is a function.
    """
    lines = text.splitlines()
    for place, line in enumerate(lines):
        match = _CODES.match(line)
        above = lines[place - 1].strip() if place else ""
        if match is None or not above or " " in above:
            continue
        codes = match[2].split()
        rows = []
        for below in lines[place + 1 :]:
            row = _MAP_ROW.match(below)
            cells = [] if row is None else [c for c in re.split(r"[|\s]+", row[2]) if c]
            if row is None or len(cells) != len(codes):
                break
            rows.append((row[1], cells))
        if rows:
            return _mapped(_split(match[1], interface), _split(above, interface), codes, rows, interface)
    return None


def _split(text: str, interface: Interface) -> list[str] | None:
    """The bits whose names are written together: ``ab``, ``x[0]x[1]``."""
    known = sorted((b for port in interface.inputs for b in port.bits()), key=len, reverse=True)
    found: list[str] = []
    while text:
        bit = next((b for b in known if text.startswith(b)), None)
        if bit is None:
            return None
        found.append(bit)
        text = text[len(bit) :].lstrip(", ")
    return found


def _mapped(
    across: list[str] | None,
    above: list[str] | None,
    codes: list[str],
    rows: list[tuple[str, list[str]]],
    interface: Interface,
) -> LogicTable | None:
    outputs = [bit for port in interface.outputs for bit in port.bits()]
    if across is None:
        return None
    if above is None:
        return _columns(across, codes, rows, outputs)
    if len(outputs) != 1:
        return None
    found: dict[int, tuple[int | None, ...]] = {}
    for row, cells in rows:
        for code, cell in zip(codes, cells, strict=True):
            found[int(code + row, 2)] = (None if cell in FREE else int(cell),)
    return LogicTable((*above, *across), tuple(outputs), found)


def _columns(
    across: list[str], codes: list[str], rows: list[tuple[str, list[str]]], outputs: list[str]
) -> LogicTable | None:
    """Each column as a function: output bit k is the column with code k."""
    places = {int(code, 2): i for i, code in enumerate(codes)}
    if sorted(places) != list(range(len(outputs))):
        return None
    found: dict[int, tuple[int | None, ...]] = {}
    for row, cells in rows:
        values = [cells[places[k]] for k in reversed(range(len(outputs)))]  # the highest bit first
        found[int(row, 2)] = tuple(None if v in FREE else int(v) for v in values)
    return LogicTable(tuple(across), tuple(outputs), found)
