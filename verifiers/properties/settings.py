"""Settings of property-based testing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PropertySettings:
    """Settings of the property verifier.

    Attributes:
        inputs: generated inputs that a candidate is tried on, beside the examples' own.
        seed: what the inputs are derived from; the same for every candidate of a task.
        seconds: wall clock for a check when the budget does not say.
        call_seconds: wall clock for all inputs of one program together.
        symbolic: ask CrossHair even where the task does not want more than TESTED.
        symbolic_seconds: wall clock for CrossHair.
    """

    inputs: int = 100
    seed: int = 0
    seconds: float = 30.0
    call_seconds: float = 5.0
    symbolic: bool = False
    symbolic_seconds: float = 20.0
