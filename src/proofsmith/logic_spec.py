"""Specifications given as logic. They are kept as text, which `proofsmith.smtlib` reads."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SygusSpec:
    """A SyGuS problem: `text` is the whole file, SyGuS-IF 2.1 or the 1.0 dialect."""

    text: str


@dataclass(frozen=True)
class SmtScript:
    """An SMT-LIB script: `text` must be unsatisfiable to be proved."""

    text: str
