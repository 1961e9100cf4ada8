"""Differences of two designs that show when their sources are simulated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from proofsmith.errors import ToolMissing
from proofsmith.verifiers.yosys.clocking import Clocking, Time, clock_inputs
from proofsmith.verifiers.yosys.netlist import Netlist
from proofsmith.verifiers.yosys.pool import YosysPool
from proofsmith.verifiers.yosys.reading import NAME, Design, OutOfTime, Unreadable, complete
from proofsmith.verifiers.yosys.stimulus import random_steps
from proofsmith.verifiers.yosys.trace import Trace, confirm

_STEPS = 300


@dataclass(frozen=True)
class Simulation:
    """Simulates two designs with the same inputs.

    Attributes:
        pool: has the simulator, and Yosys.
        designs: the original and the other one.
        netlists: of those that could be modelled, the original's first; they have the same ports.
        clocking: what a step is.
    """

    pool: YosysPool
    designs: tuple[Design, Design]
    netlists: tuple[Netlist, ...]
    clocking: Clocking

    def trace(self, steps: Sequence[Mapping[str, str]], seconds: float) -> Trace | None:
        """Return a run in which they differ; ``None`` where they do not, or without a simulator.

        A design that Icarus Verilog does not take is simulated as Yosys reads it.
        """
        try:
            found = self._confirm(self.designs, steps, seconds)
            if found is None:
                designs = [self._simulable(design, seconds) for design in self.designs]
                if tuple(designs) != self.designs:
                    found = self._confirm((designs[0], designs[1]), steps, seconds)
        except ToolMissing:
            return None
        return found

    def random(self, hints: Mapping[str, bool], seconds: float) -> Trace | None:
        """Return a run with random inputs in which an output is 0 instead of 1, or 1 instead of 0."""
        steps = random_steps(self.netlists[0], self.clocking, hints, _STEPS, seed=1)
        found = self.trace(steps, seconds)
        return found if found is not None and found.definite else None

    def _confirm(
        self, designs: tuple[Design, Design], steps: Sequence[Mapping[str, str]], seconds: float
    ) -> Trace | None:
        clocks = clock_inputs(*self.netlists) if self.clocking.time is Time.EVENT else ()
        return confirm(self.pool.icarus, designs, self.netlists[0], self.clocking, steps, seconds, clocks)

    def _simulable(self, design: Design, seconds: float) -> Design:
        """Return the design, as Yosys writes it if Icarus does not compile what it is written in."""
        key = ("simulable", design)
        known = self.pool.cache.get(key)
        if isinstance(known, Design):
            return known
        sources = [name for name, _ in design.files if name.endswith((".v", ".sv"))]
        files = {**dict(design.files), NAME: design.source}
        found = design
        if not self.pool.icarus.compile(files, [*sources, NAME], design.top, seconds).compiled:
            script = ["proc -norom", "flatten", "write_verilog -noattr read.v"]
            try:
                outcome = complete(self.pool, design, script, seconds, ("read.v",))
            except (Unreadable, OutOfTime):
                return design
            found = Design(outcome.files["read.v"], design.top)
        self.pool.cache[key] = found
        return found
