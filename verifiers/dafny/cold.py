"""The last word: one call of the command line on the whole file, nothing kept from before."""

from __future__ import annotations

import re
import shlex
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from proofsmith.dafny_spec import IncludedDafny
from proofsmith.errors import ToolFailure
from proofsmith.verifiers.dafny import dafny4
from proofsmith.verifiers.dafny.guarded import GuardedProcess, OutOfTime
from proofsmith.verifiers.dafny.included import write_included
from proofsmith.verifiers.dafny.output import Reading, read_output
from proofsmith.verifiers.dafny.report import (
    Crashed,
    Fault,
    MethodResult,
    Report,
    ReportStatus,
    status_of,
)
from proofsmith.verifiers.dafny.server import BAD, ERROR_LIMIT, GOOD, OWN_NAME, address_space, cause_of
from proofsmith.verifiers.dafny.settings import DafnySettings
from proofsmith.verifiers.dafny.tools import INSTALL_DAFNY, Dafny
from proofsmith.verifiers.scratch import owned_prefix

_TRAILER = re.compile(r"^Dafny program verifier finished with (\d+) verified, (\d+) errors?(?P<more>.*)$")
_LATE = "the command line had not ended in time"
METHOD_SECONDS = 30.0
"""Most seconds for one proof: more than while searching, for the last word."""
_WEAK = re.compile(r"out of resource|out of memory|resource limit exceeded", re.IGNORECASE)


@dataclass(frozen=True)
class ColdQuery:
    """What is to be confirmed.

    Attributes:
        source: the text.
        expected: the least number of proofs that counts as success.
        seconds: wall-clock seconds for all of it.
        includes: files that the text includes.
        strict: whether what is assumed must be proved as well.
    """

    source: str
    expected: int
    seconds: float
    includes: tuple[IncludedDafny, ...] = ()
    strict: bool = True


def confirm_cold(dafny: Dafny, settings: DafnySettings, query: ColdQuery) -> Report:
    """Verify a text by a call of Dafny's command line.

    The report is ``verified`` only if the exit code is 0, the last line is exactly the one of complete
    success with the proofs expected, and nothing ran out of resources.

    Raises:
        ToolMissing: Dafny is not there.
        Crashed: it gave no answer, to this text or to any.
        ToolFailure: an included file cannot be written.
    """
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix=owned_prefix("dafny"), ignore_cleanup_errors=True) as name:
        folder = Path(name)
        write_included(folder, query.includes)
        Path(folder, OWN_NAME).write_text(query.source, encoding="utf-8", errors="surrogatepass")
        limit = max(1, int(min(METHOD_SECONDS, query.seconds)))
        new = dafny.major >= 3
        command = dafny4.command(dafny, OWN_NAME, limit) if new else _command(dafny, query, limit)
        memory_mb = 0 if new else address_space(settings)  # .NET reserves more than it uses
        process = GuardedProcess(command, cwd=name, install=INSTALL_DAFNY, memory_mb=memory_mb)
        try:
            code, output = process.finish(started + query.seconds)
        except OutOfTime as late:
            code, output = None, late.output
        finally:
            process.kill()
        status, methods, faults, note = _read(dafny, query, code, output, folder)
    seconds = time.monotonic() - started
    return Report(status, methods, faults, dafny.version, shlex.join(command), seconds, output, note)


def _command(dafny: Dafny, query: ColdQuery, limit: int) -> tuple[str, ...]:
    return (
        *dafny.command,
        "/compile:0",
        "/nologo",
        f"/timeLimit:{limit}",
        *(("/noCheating:1",) if query.strict else ()),
        "/trace",
        f"/errorLimit:{ERROR_LIMIT}",
        f"/z3exe:{dafny.z3}",
        OWN_NAME,
    )


def _read(
    dafny: Dafny, query: ColdQuery, code: int | None, output: str, folder: Path
) -> tuple[ReportStatus, tuple[MethodResult, ...], tuple[Fault, ...], str]:
    """Return status, methods, faults and a note."""
    if dafny.major < 3:
        reading = read_output(output, OWN_NAME)
        status, note = _judge(code, output, reading, query.expected)
        return status, reading.methods, reading.faults, note
    if code is None:
        return "timeout", (), (), _LATE
    status, methods, faults, note = dafny4.read_answer(code, output, folder, query.expected)
    trust = dafny4.trusting(query.source) if query.strict and status == "verified" else ""
    if trust:
        return "unknown", methods, faults, f"it takes something on trust: {trust}"
    return status, methods, faults, note


def _judge(code: int | None, output: str, reading: Reading, expected: int) -> tuple[ReportStatus, str]:
    """Return the status that the exit code and the output give, and why if that is not plain."""
    if code is None:
        return "timeout", _LATE
    lines = [line for line in output.splitlines() if line.strip()]
    trailer = _TRAILER.match(lines[-1]) if lines else None
    trailers = sum(_TRAILER.match(line) is not None for line in lines)
    if code == 2:
        return "syntax", ""
    if trailer is None or trailers != 1 or code not in (0, 4):
        if code == 4 and reading.faults and trailers == 0:
            return "syntax", "Dafny could not translate the program"
        raise Crashed(f"dafny ended with code {code}: {cause_of(output)}")
    proved, wrong = int(trailer[1]), int(trailer[2])
    if code == 0 and not wrong and not trailer["more"]:
        weak = next((line for line in lines if _WEAK.search(line)), None)
        if weak is not None:
            return "unknown", weak.strip()
        if proved < expected:
            return "unknown", f"only {proved} proofs where {expected} are expected"
        if proved != len(reading.methods):
            return "unknown", f"{proved} proofs counted, {len(reading.methods)} reported"
        return "verified", ""
    status = status_of(reading.methods, reading.faults)
    if status in ("verified", "syntax"):  # counted as wrong, and no error was read
        return "unknown", lines[-1]
    return status, ""


def try_out_cold(dafny: Dafny, settings: DafnySettings, deadline: float) -> bool:
    """Have the command line judge a right and a wrong method; return whether there was time for it.

    Raises:
        ToolFailure: it misjudges them.
    """
    for source, wanted in ((GOOD, "verified"), (BAD, "failed")):
        left = max(0.0, deadline - time.monotonic())
        status = confirm_cold(dafny, settings, ColdQuery(source, 1, left)).status
        if status == "timeout":
            return False
        if status != wanted:
            raise ToolFailure(f"Dafny misjudges a method that is to be {wanted}: it says {status}")
    return True
