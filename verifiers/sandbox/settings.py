"""What a program in the sandbox may use, and how the sandbox itself is set up."""

from __future__ import annotations

from dataclasses import dataclass, field

from proofsmith.settings import PROGRAM


@dataclass(frozen=True)
class Limits:
    """What one program may use.

    Attributes:
        seconds: wall clock for loading it and all its calls together (in a session: for one call).
        cpu_seconds: processor time of the whole process; ``None`` is `seconds` and a little.
        memory_mb: address space in MiB, the interpreter's own 20 or so included.
        output_bytes: most that one call may print, in bytes.
        result_bytes: most that all results of one run (in a session: one result) may take, encoded.
    """

    seconds: float = 5.0
    cpu_seconds: float | None = None
    memory_mb: int = 512
    output_bytes: int = 1 << 20
    result_bytes: int = 8 << 20


@dataclass(frozen=True)
class SandboxSettings:
    """Settings of the sandbox; every field can be set by flag, environment or file.

    Attributes:
        require_sandbox: refuse to run programs where bubblewrap is missing or does not work.
        memory_mb: default of `Limits.memory_mb`.
        seconds: default of `Limits.seconds`.
        output_bytes: default of `Limits.output_bytes`.
        disk_mb: size of the private ``/tmp``, in MiB.
        workers: warm workers kept while idle; 0 is one for each processor.
        bubblewrap: the program to use, a name on ``PATH`` or a path.
    """

    require_sandbox: bool = False
    memory_mb: int = 512
    seconds: float = 5.0
    output_bytes: int = 1 << 20
    disk_mb: int = 16
    workers: int = 0
    bubblewrap: str = field(default="bwrap", metadata=PROGRAM)

    def limits(self, seconds: float | None = None) -> Limits:
        """Return the default limits, with at most `seconds` of wall clock."""
        allowed = self.seconds if seconds is None else min(seconds, self.seconds)
        return Limits(max(allowed, 0.01), None, self.memory_mb, self.output_bytes)
