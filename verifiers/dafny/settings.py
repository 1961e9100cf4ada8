"""Settings of the Dafny tool."""

from __future__ import annotations

from dataclasses import dataclass, field

from proofsmith.settings import PROGRAM


@dataclass(frozen=True)
class DafnySettings:
    """Which Dafny, and how much of the machine it may use.

    Attributes:
        dafny: the ``dafny`` command; found on PATH if ``None``.
        dafny_server: ``DafnyServer`` of Dafny 2.3; found beside ``dafny`` if ``None``.
        dafny_z3: the Z3 that proves; if ``None`` the one that ``proofsmith doctor --fix`` fetched,
            else the one on PATH (Dafny 4 brings its own).
        dafny_servers: warm servers; 0 for one a core.
        dafny_memory_mb: a server that has grown beyond this is replaced after its answer.
        dafny_z3_memory_mb: address space of each Z3 process of Dafny 2.3.
        dafny_method_seconds: most seconds for the proof of one method.
    """

    dafny: str | None = field(default=None, metadata=PROGRAM)
    dafny_server: str | None = field(default=None, metadata=PROGRAM)
    dafny_z3: str | None = field(default=None, metadata=PROGRAM)
    dafny_servers: int = 0
    dafny_memory_mb: int = 700
    dafny_z3_memory_mb: int = 4000
    dafny_method_seconds: float = 10.0
