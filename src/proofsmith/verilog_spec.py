"""Specifications of hardware: a design to be made better, or a module to be written."""

from __future__ import annotations

from dataclasses import dataclass

OBJECTIVES = ("area", "depth", "cells", "power")
"""What a design can be optimised for: the names of metrics that the yosys verifier measures."""


@dataclass(frozen=True)
class VerilogSpec:
    """A Verilog task. A candidate is a whole file that defines module `top`.

    Attributes:
        top: the module that a candidate must define.
        source: the original design (goal ``"optimize"``) or the reference module (``"implement"``);
            empty where there is no reference.
        source_top: the module of `source` that is meant; `top` if empty.
        files: further files as (name, text) pairs that the source and candidates may include or use.
        goal: ``"optimize"`` (make `source` better by `objective` and keep it equivalent) or ``"implement"``.
        objective: one of `OBJECTIVES`, or empty.
        prompt: what is asked, in words, for ``"implement"``.
        header: the module header that a candidate should have, where one is given.
        bench: text of a test bench that instantiates `top`; empty for none.
        bench_format: how the bench tells its result: ``"verilog-eval"`` or ``"rtllm"``.
        bench_files: files that only the bench uses: (name, text) pairs.
        liberty: text of a Liberty cell library to map to; empty for the generic estimate.
        reference_specifies: whether equivalence with `source` is part of the specification.
            Where it is not, `source` is there for the bench only, and policies must not look at it.
        depth: clock cycles that a bounded check must reach at least to count.
    """

    top: str
    source: str = ""
    source_top: str = ""
    files: tuple[tuple[str, str], ...] = ()
    goal: str = "optimize"
    objective: str = ""
    prompt: str = ""
    header: str = ""
    bench: str = ""
    bench_format: str = ""
    bench_files: tuple[tuple[str, str], ...] = ()
    liberty: str = ""
    reference_specifies: bool = True
    depth: int = 20

    @property
    def reference_top(self) -> str:
        """The module of `source` that is meant."""
        return self.source_top or self.top
