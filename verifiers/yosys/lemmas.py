"""Facts about the state that may help a proof by induction: guesses, which the engine proves or drops.

Signal correspondence proves all equal signals together, and a signal that is never 1 equals the constant
0. So a guessed invariant joins the induction as an output of its own. Guessed are: that no pair of a
register bit is neither 0 nor 1, that all bits of a register are undefined together, and that a register
stays in the interval that the source's assignments allow (a counter below its modulus).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from proofsmith.errors import BadInput
from proofsmith.verifiers.yosys.aig import NO, Aig
from proofsmith.verifiers.yosys.model import Built, Cell
from proofsmith.verifiers.yosys.netlist import Netlist
from proofsmith.verifiers.yosys.reading import Design
from proofsmith.verilog.constants import Scope
from proofsmith.verilog.ranges import ranges
from proofsmith.verilog.reading import read_module

LONGEST = 30_000
"""Characters of a source whose intervals are computed; that takes time quadratic in its length."""
_BIT = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_$]*)(?:\[(?P<bit>\d+)\])?\Z")


def lemmas(aig: Aig, design: Design, netlist: Netlist, built: Built) -> list[int]:
    """Return literals that are probably never 1, or equal to each other, in every reachable state."""
    found: list[int] = []
    registers: dict[str, dict[int, Cell]] = {}
    for cell in built.state:
        if cell.low != cell.high ^ 1 and cell.low != cell.high:
            found += [aig.land(cell.high ^ 1, cell.low ^ 1), aig.land(cell.high, cell.low)]
        for name in netlist.aliases.get(cell.bit, (cell.name,)):
            match = _BIT.match(name)
            if match is not None:
                registers.setdefault(match["name"], {})[int(match["bit"] or 0)] = cell
    for name, (low, high) in _intervals(design).items():
        bits = registers.get(name)
        if bits and sorted(bits) == list(range(len(bits))):
            cells = [bits[i] for i in range(len(bits))]
            found += [_above(aig, cells, high), _below(aig, cells, low)]
    return [literal for literal in dict.fromkeys(found) if literal != NO]


@lru_cache(maxsize=64)
def _intervals(design: Design) -> dict[str, tuple[int, int]]:
    """The intervals of the top module's signals; none where it is outside of what can be read."""
    if len(design.source) > LONGEST:
        return {}
    try:
        return ranges(Scope(read_module(design.source, design.top)))
    except BadInput:
        return {}


def _surely(aig: Aig, cell: Cell, value: int) -> int:
    """The literal that the bit is `value` and not undefined."""
    if cell.low == cell.high:
        return cell.high if value else cell.high ^ 1
    return aig.land(cell.high, cell.low ^ 1) if value else aig.land(cell.low, cell.high ^ 1)


def _above(aig: Aig, cells: Sequence[Cell], limit: int) -> int:
    """The literal that the number (lowest bit first) is certainly greater than `limit`."""
    result = NO
    for i, cell in enumerate(cells):
        one = _surely(aig, cell, 1)
        result = aig.land(one, result) if limit >> i & 1 else aig.lor(one, result)
    return NO if limit >> len(cells) else result


def _below(aig: Aig, cells: Sequence[Cell], limit: int) -> int:
    """The literal that the number is certainly less than `limit`."""
    result = NO
    for i, cell in enumerate(cells):
        zero = _surely(aig, cell, 0)
        result = aig.lor(zero, result) if limit >> i & 1 else aig.land(zero, result)
    return result
