"""Variables that hold something where synthesis takes them for undefined.

The variables of a static function or task keep what the last call left in them, and those of a type with two
states begin as 0 (IEEE 1800-2017, clauses 6.8 and 13.3.1).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from proofsmith.verifiers.yosys.netlist import UNDEFINED, Netlist
from proofsmith.verilog_text import Token, code

_WORDS = re.compile(r"[A-Za-z_][\w$]*")
_CHOICES = frozenset(("if", "case", "casez", "casex", "for", "while", "repeat", "?"))
_ENDS = {"function": "endfunction", "task": "endtask"}
_TWO_STATES = frozenset(("bit", "byte", "shortint", "int", "longint"))


def left_over(texts: Iterable[str], netlist: Netlist) -> Iterable[str]:
    """Yield in words what is assumed of such variables; nothing where that cannot matter."""
    suspects = [text for text in texts if any(word in text for word in (*_ENDS, *_TWO_STATES))]
    if not suspects:
        return
    undefined = _undefined_matters(netlist)
    unset = [cell.q for cell in netlist.storage if cell.q not in netlist.init]
    stored = {
        _WORDS.findall(name)[-1]
        for bit in unset
        for name in netlist.aliases.get(bit, ())
        if _WORDS.search(name)
    }
    for text in suspects:
        tokens = list(code(text))
        for name in _static(tokens) if undefined else ():
            yield f"the {name} leaves nothing for its next call"
        for name in _begun_as_zero(tokens):
            if undefined or name in stored:
                yield f"{name}, of a type with two states, begins undefined"


def _undefined_matters(netlist: Netlist) -> bool:
    """Say whether an output depends on a bit that the netlist leaves undefined."""
    users: dict[int, list[int]] = {}
    for gate in netlist.gates:
        for bit in gate.inputs:
            users.setdefault(bit, []).append(gate.y)
    for cell in netlist.storage:
        controls = (cell.clock, cell.enable, cell.sync, cell.clear, cell.preset, cell.load)
        for bit in (cell.d, cell.load_d, *(c.bit for c in controls if c is not None)):
            users.setdefault(bit, []).append(cell.q)
    seen = {UNDEFINED}
    todo = [UNDEFINED]
    while todo:
        for bit in users.get(todo.pop(), ()):
            if bit not in seen:
                seen.add(bit)
                todo.append(bit)
    return any(bit in seen for _, bits in netlist.outputs for bit in bits)


def _static(tokens: Sequence[Token]) -> Iterable[str]:
    """Yield the functions and tasks that are not automatic and do not always do the same assignments."""
    at = 0
    while at < len(tokens):
        end = _ENDS.get(tokens[at].text)
        start = at
        at += 1
        if end is None:
            continue
        while at < len(tokens) and tokens[at].text != end:
            at += 1
        words = [token.text for token in tokens[start:at]]
        if "automatic" not in words and _CHOICES.intersection(words):
            head = words[: next((i for i, word in enumerate(words) if word in ("(", ";")), len(words))]
            yield f"{words[0]} {head[-1]}"


def _begun_as_zero(tokens: Sequence[Token]) -> Iterable[str]:
    """Yield the variables of two states that no declaration gives a value."""
    for at, (before, token) in enumerate(pairwise(tokens), start=1):
        if token.text not in _TWO_STATES or before.text in ("input", "parameter", "localparam", "enum"):
            continue
        name = at + 1
        while name < len(tokens) and tokens[name].text in ("signed", "unsigned", "["):
            if tokens[name].text == "[":
                while name < len(tokens) and tokens[name].text != "]":
                    name += 1
            name += 1
        after = tokens[name + 1].text if name + 1 < len(tokens) else ""
        if name < len(tokens) and tokens[name].kind in ("word", "escaped") and after != "=":
            yield tokens[name].text
