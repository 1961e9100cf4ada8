"""Dafny 4 (and 3): the command line ``dafny verify`` with its JSON lines and its table of results.

Every version prints one JSON object a line; later ones wrap it in ``{"type": ..., "value": ...}`` and
have other names for some fields.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from proofsmith.dafny.assumptions import assumptions
from proofsmith.dafny.parser import parse
from proofsmith.errors import BadInput
from proofsmith.verifiers.dafny.report import (
    Crashed,
    Fault,
    MethodResult,
    Outcome,
    Related,
    ReportStatus,
    status_of,
)
from proofsmith.verifiers.dafny.tools import Dafny

RESULTS = "results.csv"
_TRAILER = re.compile(r"^Dafny program verifier finished with (\d+) verified, (\d+) errors?(?P<more>.*)$")
_LATE = re.compile(r"timed out after \d+ seconds")
_WEAK = re.compile(r"out of (?:resource|memory)", re.IGNORECASE)
_DURATION = re.compile(r"^(\d+):(\d+):(\d+(?:\.\d+)?)$")


def command(dafny: Dafny, file: str, seconds: int) -> tuple[str, ...]:
    """Return the call that verifies `file`, each proof within `seconds`; results go to `RESULTS`."""
    return (
        *dafny.command,
        "verify",
        "--verification-time-limit",
        str(seconds),
        "--cores",
        "1",
        "--allow-warnings",
        "--json-output",
        "--log-format",
        f"csv;LogFileName={RESULTS}",
        *(("--solver-path", dafny.z3) if dafny.z3 else ()),
        file,
    )


def read_answer(
    code: int, output: str, folder: Path, expected: int
) -> tuple[ReportStatus, tuple[MethodResult, ...], tuple[Fault, ...], str]:
    """Return status, methods, faults and a note from a call that has ended.

    Raises:
        Crashed: it crashed, or did not understand the call.
    """
    faults = tuple(_faults(output))
    methods = _methods(folder / RESULTS)
    status, note = _judge(code, output, methods, faults, expected)
    return status, methods, faults, note


def trusting(source: str) -> str:
    """Return what the first thing is that a program takes on trust; empty if there is none.

    Dafny 4 has no switch that turns it into something to be proved.
    """
    try:
        found = assumptions(parse(source))
    except BadInput:
        return ""
    return f"line {found[0].line}: {found[0].what}" if found else ""


def _judge(
    code: int,
    output: str,
    methods: tuple[MethodResult, ...],
    faults: tuple[Fault, ...],
    expected: int,
) -> tuple[ReportStatus, str]:
    if code == 2 and faults:
        return "syntax", ""
    trailers = [t for t in (_TRAILER.match(line.strip()) for line in _said(output)) if t is not None]
    if code not in (0, 4) or len(trailers) != 1:
        raise Crashed(f"dafny ended with code {code}: {_glimpse(output)}")
    (trailer,) = trailers
    proved, wrong, more = int(trailer[1]), int(trailer[2]), trailer["more"]
    if code == 0 and not wrong and not more and not faults:
        if any(method.outcome is not Outcome.VERIFIED for method in methods):
            return "unknown", "the table of results has a proof that failed"
        if proved < expected:
            return "unknown", f"only {proved} proofs where {expected} are expected"
        return "verified", ""
    if any(_WEAK.search(text) for text in (more, *(f.message for f in faults))):
        return "unknown", trailer[0]
    if not wrong and ("time out" in more or any(_LATE.search(f.message) for f in faults)):
        return "timeout", ""
    status = status_of(methods, faults)
    return ("failed" if status in ("verified", "syntax") else status), ""


def _objects(output: str) -> Iterator[tuple[str, Any]]:
    """Yield (type, value) of every JSON line; a diagnostic that is not wrapped has its type added."""
    for line in output.splitlines():
        if not line.startswith("{"):
            continue
        try:
            item = json.loads(line)
        except ValueError:
            continue
        if "location" in item:
            yield "diagnostic", item
        elif "type" in item:
            yield str(item["type"]), item.get("value")


def _said(output: str) -> Iterator[str]:
    """Yield the lines that are meant for people, wrapped or not."""
    for kind, value in _objects(output):
        if kind == "status" and isinstance(value, str):
            yield from value.splitlines()
    yield from (line for line in output.splitlines() if not line.startswith("{"))


def _faults(output: str) -> Iterator[Fault]:
    for kind, value in _objects(output):
        if kind != "diagnostic" or not isinstance(value, Mapping) or value.get("severity") != 1:
            continue
        line, column, _ = _place(value.get("location"))
        related = []
        for other in value.get("relatedInformation") or ():
            at = _place(other.get("location"))
            related.append(Related(at[0], at[1], _message(other)))
        yield Fault(line, column, _message(value), str(value.get("errorId") or ""), tuple(related))


def _place(location: Any) -> tuple[int, int, str]:
    """Return line, column (from zero) and file of a location; line 1 where there is none."""
    if not isinstance(location, Mapping):
        return 1, 0, ""
    start = (location.get("range") or {}).get("start") or {}
    return (
        int(start.get("line", 1)),
        max(0, int(start.get("character", 0))),
        str(location.get("filename", "")),
    )


def _message(item: Mapping[str, Any]) -> str:
    text = str(item.get("message") or item.get("defaultFormatMessage") or "")
    return text.removeprefix("Error: ").strip()


def _methods(path: Path) -> tuple[MethodResult, ...]:
    """Read the table of results: a row a proof, with a name such as ``M (correctness)``."""
    try:
        rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    except (OSError, UnicodeDecodeError, csv.Error):
        return ()
    found: dict[str, MethodResult] = {}
    for row in rows:
        name = (row.get("TestResult.DisplayName") or "").strip()
        if not name:
            continue
        outcome = Outcome.VERIFIED if row.get("TestResult.Outcome") == "Passed" else Outcome.FAILED
        seconds = _seconds(row.get("TestResult.Duration") or "")
        before = found.get(name)  # one row for every batch of assertions
        if before is not None:
            seconds += before.seconds
            outcome = before.outcome if outcome is Outcome.VERIFIED else outcome
        found[name] = MethodResult(name, 0, outcome, seconds)
    return tuple(found.values())


def _seconds(text: str) -> float:
    found = _DURATION.match(text.strip())
    return int(found[1]) * 3600 + int(found[2]) * 60 + float(found[3]) if found else 0.0


def _glimpse(output: str) -> str:
    lines = [line.strip() for line in _said(output) if line.strip()]
    return lines[-1][:200] if lines else "it said nothing"
