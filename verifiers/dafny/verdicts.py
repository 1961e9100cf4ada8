"""From Dafny's report to a verdict."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from proofsmith.source import Span
from proofsmith.types import Assurance, Diagnostic, Part, Status, Tool, Verdict
from proofsmith.verifiers.dafny.report import Fault, Outcome, Report
from proofsmith.verifiers.dafny.tools import Dafny

NAME = "dafny"

_STATUS = {
    "failed": Status.FAIL,
    "syntax": Status.FAIL,
    "timeout": Status.TIMEOUT,
    "unknown": Status.UNKNOWN,
}
_PART = {
    Outcome.VERIFIED: Status.PASS,
    Outcome.FAILED: Status.FAIL,
    Outcome.TIMEOUT: Status.TIMEOUT,
    Outcome.UNKNOWN: Status.UNKNOWN,
}
_KINDS = {"CheckWellformed": " (well-formedness)", "OverrideCheck": " (override)"}


def verdict_of(report: Report, dafny: Dafny) -> Verdict:
    """Return the verdict that a report amounts to; a complete success is a PASS, PROVED."""
    verdict = Verdict(
        Status.UNKNOWN,
        NAME,
        diagnostics=_diagnostics(report),
        tool=tool_of(report, dafny),
        log_hash=hashlib.sha256(report.log.encode("utf-8", "surrogatepass")).hexdigest(),
        notes=dafny.notes,
        parts=_parts(report),
    )
    if report.verified:
        return replace(verdict, status=Status.PASS, assurance=Assurance.PROVED, score=1.0)
    return replace(verdict, status=_STATUS[report.status], score=min(report.score, 0.999))


def tool_of(report: Report, dafny: Dafny) -> Tool:
    """Return the tool with the versions of Dafny and of its Z3, and the command that ran."""
    z3 = f", Z3 {dafny.z3_version}" if dafny.z3_version else ""
    return Tool(NAME, f"{report.version}{z3}", report.command)


def _parts(report: Report) -> tuple[Part, ...]:
    titles = [method.title for method in report.methods]
    parts = []
    for method in report.methods:
        twice = titles.count(method.title) > 1
        name = method.title + (_KINDS.get(method.kind, "") if twice else "")
        parts.append(Part(name, _PART[method.outcome], method.obligations, method.seconds))
    return tuple(parts)


def _diagnostics(report: Report) -> tuple[Diagnostic, ...]:
    code = "syntax" if report.status == "syntax" else None
    found = tuple(Diagnostic(_message(f), _span(f), f.code or code) for f in report.faults)
    return (*found, Diagnostic(report.note)) if report.note else found


def _span(fault: Fault) -> Span | None:
    return None if fault.file else Span(fault.line, fault.column)


def _message(fault: Fault) -> str:
    place = f"{fault.file}({fault.line}): " if fault.file else ""
    related = [
        f"{'' if one.file else f'line {one.line}: '}{one.message.removeprefix('Related message: ')}"
        for one in fault.related
        if (one.line, one.column) != (fault.line, fault.column)
    ]
    return place + fault.message + (f" ({'; '.join(related)})" if related else "")
