"""The last word: one call of the command line on the whole file, nothing kept from before."""

from __future__ import annotations

import re
import shlex
import tempfile
import time
from pathlib import Path

from proofsmith.errors import ToolFailure
from proofsmith.verifiers.dafny.guarded import GuardedProcess, OutOfTime
from proofsmith.verifiers.dafny.output import Reading, read_output
from proofsmith.verifiers.dafny.report import Report, ReportStatus, status_of
from proofsmith.verifiers.dafny.server import OWN_NAME, cause_of
from proofsmith.verifiers.dafny.settings import DafnySettings
from proofsmith.verifiers.dafny.tools import INSTALL_DAFNY, Dafny

_TRAILER = re.compile(r"^Dafny program verifier finished with (\d+) verified, (\d+) errors?(?P<more>.*)$")
_WEAK = re.compile(r"out of resource|out of memory|resource limit exceeded", re.IGNORECASE)


def confirm_cold(
    dafny: Dafny,
    settings: DafnySettings,
    source: str,
    *,
    expected: int = 0,
    seconds: float,
    strict: bool = True,
) -> Report:
    """Verify `source` by a call of Dafny 2.3's command line.

    The report is ``verified`` only if the exit code is 0, the last line is exactly the one of complete
    success with at least `expected` proofs, and nothing ran out of resources.

    Raises:
        ToolMissing: Dafny is not there.
        ToolFailure: it crashed.
    """
    started = time.monotonic()
    limit = max(1, int(min(30.0, seconds)))
    with tempfile.TemporaryDirectory(prefix="proofsmith-dafny-", ignore_cleanup_errors=True) as folder:
        Path(folder, OWN_NAME).write_text(source, encoding="utf-8", errors="surrogatepass")
        command = (
            *dafny.command,
            "/compile:0",
            "/nologo",
            f"/timeLimit:{limit}",
            *(("/noCheating:1",) if strict else ()),
            "/trace",
            f"/z3exe:{dafny.z3}",
            f"/z3opt:-memory:{settings.dafny_z3_memory_mb}",
            OWN_NAME,
        )
        process = GuardedProcess(command, cwd=folder, install=INSTALL_DAFNY)
        code: int | None
        try:
            code, output = process.finish(started + seconds)
        except OutOfTime as late:
            code, output = None, late.output
        finally:
            process.kill()
    reading = read_output(output, OWN_NAME)
    status, note = _judge(code, output, reading, expected)
    return Report(
        status,
        reading.methods,
        reading.faults,
        dafny.version,
        shlex.join(command),
        time.monotonic() - started,
        output,
        note,
    )


def _judge(code: int | None, output: str, reading: Reading, expected: int) -> tuple[ReportStatus, str]:
    """Return the status that the exit code and the output give, and why if that is not plain."""
    if code is None:
        return "timeout", "the command line had not ended in time"
    lines = [line for line in output.splitlines() if line.strip()]
    trailer = _TRAILER.match(lines[-1]) if lines else None
    trailers = sum(_TRAILER.match(line) is not None for line in lines)
    if code == 2:
        return "syntax", ""
    if trailer is None or trailers != 1 or code not in (0, 4):
        if code == 4 and reading.faults and trailers == 0:
            return "syntax", "Dafny could not translate the program"
        raise ToolFailure(f"dafny ended with code {code}: {cause_of(output)}")
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
