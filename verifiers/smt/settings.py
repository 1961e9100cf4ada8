"""Settings of the SMT solvers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SmtSettings:
    """Attributes: `paranoid` asks cvc5 too, and a PASS needs both; `solver_memory_mb` limits each solver."""

    paranoid: bool = False
    solver_memory_mb: int = 2048
