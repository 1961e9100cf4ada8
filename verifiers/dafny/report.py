"""What Dafny says about a file, independent of version and way of calling."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass, field
from typing import Literal

from proofsmith.errors import ToolFailure

ReportStatus = Literal["verified", "failed", "syntax", "timeout", "unknown"]
"""Of a file: ``syntax`` also stands for names and types that do not resolve; ``unknown`` for proofs
that ended without an answer (out of memory or resources, inconclusive); ``timeout`` wins over it,
``failed`` over both."""

_MANGLED = {"_": "_", "k": "'", "q": "?", "h": "#"}


class Crashed(ToolFailure):
    """Dafny ended without an answer to one text, though it answers others."""


class Outcome(enum.StrEnum):
    """Of the proof of one method."""

    VERIFIED = "verified"
    FAILED = "failed"
    TIMEOUT = "timeout"
    UNKNOWN = "unknown"
    """Out of memory or resources, or inconclusive."""


@dataclass(frozen=True)
class Related:
    """A place that belongs to an error, such as the postcondition that might not hold."""

    line: int
    column: int
    message: str
    file: str = ""


@dataclass(frozen=True)
class Fault:
    """One error. Lines count from one, columns from zero; `file` is empty for the verified text itself."""

    line: int
    column: int
    message: str
    code: str = ""
    related: tuple[Related, ...] = ()
    file: str = ""


@dataclass(frozen=True)
class MethodResult:
    """The proof of one method, function, or other declaration.

    Attributes:
        name: the verifier's own name for it, such as ``Impl$$_module.__default.Sum``.
        obligations: how many facts had to be proved; 0 where the tool does not say.
        outcome: of the proof.
        seconds: wall-clock seconds of the proof; of a cached one, what it took originally.
        faults: its errors, in the tool's order.
        cached: whether an earlier proof was found in memory.
    """

    name: str
    obligations: int
    outcome: Outcome
    seconds: float = 0.0
    faults: tuple[Fault, ...] = ()
    cached: bool = False

    @property
    def kind(self) -> str:
        """``Impl``, ``CheckWellformed`` or ``OverrideCheck``; of Dafny 4 what it says in brackets."""
        return self.name.partition("$$")[0] if "$$" in self.name else ""

    @property
    def title(self) -> str:
        """The name as the user wrote it: ``C.Insert``, ``Sum``."""
        parts = self.name.partition("$$")[2]
        if not parts:
            return self.name
        words = [re.sub(r"_([_kqh])", lambda m: _MANGLED[m[1]], p) for p in _split(parts)]
        return ".".join(w for w in words if w)


def _split(name: str) -> list[str]:
    """Split a translated name; the default module and class are left out."""
    module, *rest = name.split(".")
    module = "" if module == "_module" else re.sub(r"^_\d+_", "", module)
    return [module, *("" if p == "__default" else "constructor" if p == "__ctor" else p for p in rest)]


@dataclass(frozen=True)
class Report:
    """Dafny's answer about a file.

    Attributes:
        status: of the whole file.
        methods: of what was verified, in the tool's order; after a timeout of the whole call
            only those that had ended.
        faults: every error, in the tool's order; the methods' are among them.
        version: of Dafny.
        command: that was run, or its equivalent.
        seconds: wall-clock seconds.
        log: the tool's output.
        note: why the status is what it is, where the rest does not say.
    """

    status: ReportStatus
    methods: tuple[MethodResult, ...] = ()
    faults: tuple[Fault, ...] = ()
    version: str = ""
    command: str = ""
    seconds: float = 0.0
    log: str = field(default="", repr=False)
    note: str = ""

    @property
    def verified(self) -> bool:
        """Whether everything in the file was proved."""
        return self.status == "verified"

    @property
    def score(self) -> float:
        """Share in [0, 1] of proof obligations in verified methods; 0 if nothing is known."""
        total = sum(max(1, m.obligations) for m in self.methods)
        done = sum(max(1, m.obligations) for m in self.methods if m.outcome is Outcome.VERIFIED)
        return done / total if total else 0.0


def status_of(methods: tuple[MethodResult, ...], faults: tuple[Fault, ...]) -> ReportStatus:
    """Return the status of a file whose methods were all judged."""
    outcomes = {m.outcome for m in methods}
    inside = {f for m in methods for f in m.faults}
    if Outcome.FAILED in outcomes or any(f not in inside for f in faults):
        return "failed" if methods else "syntax"
    if Outcome.TIMEOUT in outcomes:
        return "timeout"
    return "unknown" if Outcome.UNKNOWN in outcomes else "verified"
