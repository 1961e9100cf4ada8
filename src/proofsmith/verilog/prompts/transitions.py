"""State machines in a text: arrows (``A (out=1) --in=0--> B``) or a transition table."""

from __future__ import annotations

import re

from proofsmith.verilog.prompts.description import Interface, StateMachine, Transition

_ARROW = re.compile(
    r"^[ \t]*(\w+)[ \t]*(?:\(([^)\n]*)\))?[ \t]*-{2,}[ \t]*(.*?)[ \t]*-{2,}>[ \t]*(\w+)[ \t]*$", re.MULTILINE
)
_CLOCKS = ("clk", "clock", "CLK")
_RESETS = ("reset", "areset", "rst", "resetn", "aresetn", "rst_n", "reset_n", "arst")
_NEXT = ("next_state", "Y", "state_next")
"""Outputs that are the next state; a table tells it by its transitions."""
_RESET_STATE = (
    r"reset(?:s|ting)?(?:\s+\w+){0,4}?\s+(?:in)?to\s+(?:the\s+)?(?:a\s+)?state\s+(?:called\s+)?\"?(\w+)",
    r"reset(?:s)?(?:\s+\w+){0,4}?\s+(?:in)?to\s+state\s+\"?(\w+)",
    r"reset\s+state\s+is\s+\"?(\w+)",
    r"starts?\s+in\s+state\s+\"?(\w+)",
    r"initial\s+state\s+is\s+\"?(\w+)",
    r"begins?\s+in\s+(?:a\s+reset\s+)?state\s+(?:called\s+)?\"?(\w+)",
)
_NAMED_CODE = re.compile(r"\b(\w+)\s*=\s*\d+'b([01]+)")
_LIST_CODES = re.compile(r"\(([\w,\s]+)\)\s*=\s*\(\s*(\d+)'b")
_PLACED = re.compile(
    r"\w+\[(\d+)\] (?:through|to) \w+\[(\d+)\] correspond[^.]*?states? (\w+) (?:through|though|to) (\w+)"
)
_COUNTED = re.compile(r"codes?\s+(\w+)\s*=\s*([01]+),\s*([01]+)")


def read_machine(text: str, interface: Interface) -> StateMachine | None:
    """Return the machine that a text describes by arrows or by a table."""
    flat = " ".join(text.split())
    found = _arrows(text, interface) or _table(text, interface)
    if found is None:
        return None
    states, transitions, outputs = found
    names = [p.name for p in interface.inputs]
    clock = next((c for c in _CLOCKS if c in names), "")
    reset = next((r for r in _RESETS if r in names), "")
    low = reset.endswith(("n", "_n")) or "active-low" in flat.lower() or "active low" in flat.lower()
    begin = next((m[1] for p in _RESET_STATE for m in [re.search(p, flat, re.IGNORECASE)] if m), "")
    begin = begin if begin in states else next((s for s in states if s == begin.upper()), states[0])
    asynchronous = reset.startswith("a") or "asynchronous" in flat.lower()
    return StateMachine(
        states,
        transitions,
        outputs,
        _codes(flat, states),
        begin,
        reset,
        low and bool(reset),
        asynchronous,
        clock,
    )


_Parts = tuple[tuple[str, ...], tuple[Transition, ...], dict[str, tuple[tuple[str, int], ...]]]


def _arrows(text: str, interface: Interface) -> _Parts | None:
    states: list[str] = []
    transitions: list[Transition] = []
    outputs: dict[str, tuple[tuple[str, int], ...]] = {}
    for match in _ARROW.finditer(text):
        source, shown, label, target = match.groups()
        asked, slash, given = label.strip("- ").partition("/")
        guard = _guard(asked.strip(), interface)
        meanwhile = _values(given, interface) if slash else ()
        if guard is None or meanwhile is None or (slash and not meanwhile):
            return None
        states += [s for s in (source,) if s not in states]
        transitions.append(Transition(source, guard, target, meanwhile))
        values = _values(shown or "", interface)
        if values is None:
            return None
        outputs.setdefault(source, values)
    targets = [t.target for t in transitions]
    states += [t for t in dict.fromkeys(targets) if t not in states]
    return (tuple(states), tuple(transitions), outputs) if transitions else None


def _data_bits(interface: Interface) -> list[str]:
    """The input bits that guards can be about: no clock, no reset, no present state."""
    return [
        bit
        for p in interface.inputs
        if p.name not in (*_CLOCKS, *_RESETS) and p.name not in ("state", "y", "present_state")
        for bit in p.bits()
    ]


def _guard(label: str, interface: Interface) -> tuple[tuple[str, int], ...] | None:
    """``0``, ``in=0``, ``r0=0,r1=1``; a remark in parentheses or nothing for always."""
    if not label or label.startswith("("):
        return ()
    data = _data_bits(interface)
    if re.fullmatch(r"[01]+", label):
        return tuple(zip(data, map(int, label), strict=True)) if len(data) == len(label) else None
    return _assignments(label, interface)


def _values(shown: str, interface: Interface) -> tuple[tuple[str, int], ...] | None:
    """The outputs written beside a state: ``1``, ``out=1``, ``g0=1``."""
    shown = re.sub(r"(?<=[01])\s*,?\s*(?=[01])", "", shown.strip())
    ports = [
        p for p in interface.outputs if p.name not in _NEXT and not re.fullmatch(r"Y\d+|\w+_next", p.name)
    ]
    bits = [bit for p in ports for bit in p.bits()]
    if re.fullmatch(r"[01]+", shown):
        return tuple(zip(bits, map(int, shown), strict=True)) if len(bits) == len(shown) else None
    return _assignments(shown, interface)


def _assignments(text: str, interface: Interface) -> tuple[tuple[str, int], ...] | None:
    found = []
    for part in re.split(r"\s*(?:,|&+|\band\b)\s*", text):
        if not part:
            continue
        match = re.fullmatch(r"([\w\[\]]+)\s*=+\s*([01])", part)
        bit = None if match is None else interface.bit(match[1])
        if match is None or bit is None:
            return None
        found.append((bit, int(match[2])))
    return tuple(found)


_COLUMN = re.compile(r"([\w\[\]]+)\s*=\s*([01])")


def _table(text: str, interface: Interface) -> _Parts | None:
    """``State | Next state in=0, Next state in=1 | Output`` with rows ``A | A, B | 0``."""
    lines = text.splitlines()
    for place, line in enumerate(lines):
        header = [c.strip() for c in line.strip().strip("|").split("|")]
        if len(header) < 2 or "state" not in header[0].lower():
            continue
        columns = [(interface.bit(m[1]), int(m[2])) for c in header[1:] for m in _COLUMN.finditer(c)]
        if not columns or any(bit is None for bit, _ in columns):
            continue
        rows = []
        for below in lines[place + 1 :]:
            cells = [c.strip() for c in below.strip().strip("|").split("|")]
            if not below.strip(" \t|+-"):
                continue
            if len(cells) < 2 or not re.fullmatch(r"\w+", cells[0]):
                break
            rows.append(cells)
        parts = _rows(rows, [(bit, value) for bit, value in columns if bit is not None], interface)
        if parts is not None:
            return parts
    return None


def _rows(rows: list[list[str]], columns: list[tuple[str, int]], interface: Interface) -> _Parts | None:
    transitions: list[Transition] = []
    outputs: dict[str, tuple[tuple[str, int], ...]] = {}
    for cells in rows:
        words = [w for c in cells[1:] for w in re.split(r"[,\s]+", c) if w]
        if len(words) < len(columns):
            return None
        half = len(columns) // 2
        mealy = half > 0 and columns[:half] == columns[half:] and len(words) == len(columns)
        asked, given = (columns[:half], words[half:]) if mealy else (columns, [])
        for i, ((bit, value), target) in enumerate(zip(asked, words, strict=False)):
            meanwhile = _values(given[i], interface) if mealy else ()
            if meanwhile is None:
                return None
            transitions.append(Transition(cells[0], ((bit, value),), target, meanwhile))
        values = () if mealy else _values("".join(words[len(columns) :]), interface)
        if values is None:
            return None
        outputs[cells[0]] = values
    states = tuple(cells[0] for cells in rows)
    if not states or any(t.target not in states for t in transitions):
        return None
    return states, tuple(transitions), outputs


def _codes(text: str, states: tuple[str, ...]) -> dict[str, int]:
    """The codes that a text gives to the states, in one of three ways."""
    named = {m[1]: int(m[2], 2) for m in _NAMED_CODE.finditer(text) if m[1] in states}
    if set(named) == set(states):
        return named
    if all(re.fullmatch(r"[01]+", s) for s in states):
        return {s: int(s, 2) for s in states}
    match = _LIST_CODES.search(text)
    if match is not None:
        listed = [s.strip() for s in match[1].split(",")]
        if set(listed) == set(states) and "one-hot" in text and int(match[2]) == len(states):
            return {s: 1 << i for i, s in enumerate(listed)}
    placed = _PLACED.search(text)
    if placed is not None and int(placed[1]) == 0 and int(placed[2]) == len(states) - 1:
        ordered = sorted(states, key=lambda s: [int(n) for n in re.findall(r"\d+", s)])
        if (ordered[0], ordered[-1]) == (placed[3], placed[4]):
            return {s: 1 << i for i, s in enumerate(ordered)}
    if _COUNTED.search(text):
        return {s: i for i, s in enumerate(sorted(states))}
    return {}
