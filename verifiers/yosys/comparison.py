"""Where two designs can differ: in their ports, and in their outputs."""

from __future__ import annotations

from proofsmith.verifiers.yosys.aig import Aig
from proofsmith.verifiers.yosys.model import Built
from proofsmith.verifiers.yosys.netlist import Netlist


def different_ports(gold: Netlist, gate: Netlist) -> str:
    """Return in words how the ports differ; empty if they do not."""
    for kind in ("input", "output"):
        wanted = {n: len(b) for n, b in (gold.inputs if kind == "input" else gold.outputs)}
        given = {n: len(b) for n, b in (gate.inputs if kind == "input" else gate.outputs)}
        for name, width in wanted.items():
            if name not in given:
                return f"{kind} {name} is missing"
            if given[name] != width:
                return f"{kind} {name} is {given[name]} bits wide instead of {width}"
        for name in given:
            if name not in wanted:
                return f"{kind} {name} is not a port of the original"
    return ""


def differences(aig: Aig, gold: Built, gate: Built) -> list[int]:
    """Return, for every output bit, when the first design defines it and the second does otherwise."""
    bad = []
    for name, bits in gold.outputs.items():
        for (may_be_1, may_be_0), (other_1, other_0) in zip(bits, gate.outputs[name], strict=True):
            bad.append(aig.land(aig.land(may_be_1, may_be_0 ^ 1), other_0))
            bad.append(aig.land(aig.land(may_be_0, may_be_1 ^ 1), other_1))
    return bad
