"""A second model of arithmetic: sums of several terms are one cell each, so that their order does not matter.

Yosys's ``alumacc`` merges trees of additions, subtractions and products into multiply-accumulate cells,
and ``maccmap`` makes of those trees of full adders (Dadda, "Some schemes for parallel multipliers", 1965).
Two designs that add the same terms in another order, or what ``synth`` has made of one, are far apart in
the ordinary model, where sums ripple in the order of the source, and nearly the same graph in this one.
"""

from __future__ import annotations

from proofsmith.verifiers.yosys.clocking import Clocking, data_bits, input_places
from proofsmith.verifiers.yosys.comparison import differences
from proofsmith.verifiers.yosys.engines import Question
from proofsmith.verifiers.yosys.model import Modeller, Shared, Undefined
from proofsmith.verifiers.yosys.netlist import FALSE, TRUE, Netlist
from proofsmith.verifiers.yosys.reset import same_registers

_FEWEST = 2
"""Additions in a design, products counted twice, from which on there is something to merge."""


def worth_merging(*netlists: Netlist) -> bool:
    """Say whether merging may help: there are sums, and no constant x that Yosys could resolve meanwhile."""
    return any(n.sums >= _FEWEST for n in netlists) and all(_settled(n) for n in netlists)


def _settled(netlist: Netlist) -> bool:
    driven = {FALSE, TRUE, *input_places(netlist)}
    driven |= {gate.y for gate in netlist.gates} | {cell.q for cell in netlist.storage}
    used = {bit for gate in netlist.gates for bit in gate.inputs}
    used |= {bit for cell in netlist.storage for bit in data_bits(cell)}
    used |= {bit for _, bits in netlist.outputs for bit in bits}
    return used <= driven


def agree(plain: Netlist, merged: Netlist, clocking: Clocking, deadline: float) -> bool:
    """Say whether random simulation finds no difference of two models of one design, as it must be."""
    shared = Shared(clocking, deadline)
    labels = same_registers(plain, merged)
    first = Modeller(shared, plain, Undefined.SAME, "plain", labels[0]).build()
    second = Modeller(shared, merged, Undefined.SAME, "merged", labels[1]).build()
    bad = [*differences(shared.aig, first, second), *differences(shared.aig, second, first)]
    return not Question(shared.aig, bad).simulate()
