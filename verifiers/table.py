"""The verifiers by name. A verifier class has ``create(toolbox) -> Verifier``."""

from __future__ import annotations

from typing import Protocol

from proofsmith.protocols import Verifier
from proofsmith.registry import Registry
from proofsmith.verifiers.toolbox import Toolbox


class VerifierClass(Protocol):
    """What the table binds a name to."""

    def create(self, toolbox: Toolbox) -> Verifier:
        """Return a verifier that uses the processes of `toolbox`."""
        ...


VERIFIERS: Registry[VerifierClass] = Registry(
    "verifier",
    "proofsmith.verifiers",
    {
        "unit-tests": "proofsmith.verifiers.unit_tests:UnitTestVerifier",
        "pytest": "proofsmith.verifiers.pytest_files:PytestVerifier",
        "properties": "proofsmith.verifiers.properties:PropertyVerifier",
        "smt": "proofsmith.verifiers.smt.verifier:SmtVerifier",
        "dafny": "proofsmith.verifiers.dafny.verifier:DafnyVerifier",
        "iverilog": "proofsmith.verifiers.simulation.verifier:SimulationVerifier",
        "yosys": "proofsmith.verifiers.yosys.verifier:YosysVerifier",
    },
)
