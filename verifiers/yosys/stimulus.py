"""Random inputs for simulating sources, where no model tells which ones are interesting."""

from __future__ import annotations

import random
from collections.abc import Mapping

from proofsmith.verifiers.yosys.clocking import Clocking, Time, clock_inputs
from proofsmith.verifiers.yosys.netlist import Netlist


def random_steps(
    ports: Netlist, clocking: Clocking, hints: Mapping[str, bool], count: int, seed: int
) -> list[dict[str, str]]:
    """Return random values of the input ports, as `proofsmith.verifiers.yosys.trace.confirm` takes them.

    Args:
        ports: the design whose inputs are meant.
        clocking: what a step is; in EVENT time every clock changes in every other step.
        hints: for inputs that reset something, the level at which they do; they act in the first two
            steps and then seldom.
        count: how many steps.
        seed: of the random choices.
    """
    rng = random.Random(seed)
    events = clocking.time is Time.EVENT
    clocks = clock_inputs(ports) if events else set()
    found = []
    for step in range(count):
        values = {}
        for name, bits in ports.inputs:
            if clocking.clock is not None and clocking.clock[0] == name:
                continue
            digits = [rng.choice("01") for _ in bits]
            for i in range(len(bits)):
                level = hints.get(f"{name}[{i}]")
                if level is not None:
                    active = step < (4 if events else 2) or rng.random() < 0.03
                    digits[i] = str(int(active == level))
                if (name, i) in clocks:
                    digits[i] = str(step % 2)
            values[name] = "".join(reversed(digits))
        if clocking.time is Time.TICKED:
            values["tick"] = "1"
        found.append(values)
    return found
