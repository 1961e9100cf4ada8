"""Modules written from a specification that can be read mechanically."""

from __future__ import annotations

from proofsmith.verilog_spec import VerilogSpec


def write_modules(spec: VerilogSpec) -> list[tuple[str, str, str]]:
    """Return modules as (text, operator, thought)."""
    return []
