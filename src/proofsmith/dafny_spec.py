"""Specifications given as Dafny programs with something missing. They are kept as text."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class IncludedDafny:
    """A file that a Dafny program includes.

    Attributes:
        path: relative to the program's folder, with ``/`` between its parts; never outside of it.
        text: its content.
    """

    path: str
    text: str


@dataclass(frozen=True)
class DafnySpec:
    """A Dafny program to be completed; a candidate is the whole program with its additions.

    What may be added is said by `proofsmith.dafny.guards`: proof hints anywhere, bodies where they are
    missing or marked.

    Attributes:
        source: the program as it was given.
        includes: the files it includes, and those that they include.
    """

    source: str
    includes: tuple[IncludedDafny, ...] = ()
