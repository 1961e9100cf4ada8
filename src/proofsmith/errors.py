"""The error hierarchy. An error is classified once, where it crosses into Proofsmith.

A tool's *answer* (this program is wrong, this proof timed out) is data and travels as
a ``Verdict``. These exceptions are for what is not an answer: input we cannot use, and
failures of our own. None of them is ever counted against a candidate.
"""

from __future__ import annotations

from dataclasses import dataclass


class ProofsmithError(Exception):
    """Base of every error Proofsmith raises on purpose; the command line exits with `exit_code`."""

    exit_code = 3


@dataclass(eq=False)
class BadInput(ProofsmithError):
    """Something the user gave cannot be used. Rendered as ``path:line: cause (what to do)``.

    Attributes:
        cause: what is wrong, in one clause.
        path: the file it is in, as the user named it.
        line: one-based line in that file.
        hint: what the user can do about it.
    """

    cause: str
    path: str | None = None
    line: int | None = None
    hint: str | None = None

    exit_code = 2

    def __str__(self) -> str:
        place = "" if self.path is None else self.path
        if place and self.line is not None:
            place += f":{self.line}"
        text = f"{place}: {self.cause}" if place else self.cause
        return f"{text} ({self.hint})" if self.hint else text


@dataclass(eq=False)
class ToolMissing(ProofsmithError):
    """An external program or optional package is not installed.

    Attributes:
        tool: the missing program.
        install: the command that installs it.
    """

    tool: str
    install: str

    def __str__(self) -> str:
        return f"{self.tool} is not installed; install it with: {self.install}"


class ToolFailure(ProofsmithError):
    """A tool or worker of ours crashed, ran out of memory or broke its protocol."""


class StoreError(ProofsmithError):
    """The store cannot be opened, read or written (locked, full disk, newer version)."""
