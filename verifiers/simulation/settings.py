"""Settings of the simulator."""

from __future__ import annotations

from dataclasses import dataclass, field

from proofsmith.settings import PROGRAM


@dataclass(frozen=True)
class SimulationSettings:
    """What runs test benches, and how long.

    Attributes:
        iverilog: the Icarus Verilog compiler, a name on ``PATH`` or a path.
        simulation_seconds: most seconds for one candidate in its bench.
        simulation_memory_mb: address space of compiler and simulation, in MiB.
    """

    iverilog: str = field(default="iverilog", metadata=PROGRAM)
    simulation_seconds: float = 30.0
    simulation_memory_mb: int = 2048
