"""How test benches tell their result: VerilogEval counts mismatches, RTLLM prints that a design passed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from proofsmith.types import Diagnostic

FORMATS = ("verilog-eval", "rtllm")
_PRINTS = re.compile(r'(\$(?:display|write|strobe|monitor|error|info|warning)\s*\(\s*")')
_MISMATCHES = re.compile(r"^Mismatches: *(\d+) in +(\d+) samples$")
_HINT = re.compile(
    r"^Hint: Output '(?P<port>\w+)' has (?P<count>\d+) mismatches\. "
    r"First mismatch occurred at time (?P<time>\d+)\."
)
_PASSED = re.compile(r"^[=*#!. -]*Your Design Passed[=*#!. -]*$", re.IGNORECASE)
_LAST_PASSED = re.compile(
    r"^[=*#!. -]*(?:(?:all )?(?:tests?|test cases|checks)(?: have| are)? )?(?:pass|passed|successful)"
    r"[=*#!. -]*$",
    re.IGNORECASE,
)
"""What other benches say at their end."""
_NOTHING = re.compile(
    r"(?<![\w.])(?:0|no) *(?:/ *\d+ *)?(?:fail\w*|errors?|mismatch\w*)"
    r"|(?:fail\w*|errors?|mismatch\w*) *[:=] *0(?![\w.])",
    re.IGNORECASE,
)
_FAILED = re.compile(r"fail|error|mismatch|wrong|incorrect|timeout", re.IGNORECASE)
_SHOWN = 10


@dataclass(frozen=True)
class Report:
    """What a bench said.

    Attributes:
        passed: whether the design passed; ``None`` if the bench did not say.
        score: the part of the checks that were met, in [0, 1].
        checks: how many there were, in words; empty if that is not known.
        diagnostics: complaints of the bench.
    """

    passed: bool | None
    score: float = 0.0
    checks: str = ""
    diagnostics: tuple[Diagnostic, ...] = ()


def marked(bench: str, mark: str) -> str:
    """Return the bench with `mark` put before every text that it prints.

    The mark is a number that nobody else knows, so that a line with it comes from the bench.
    """
    return _PRINTS.sub(lambda match: f"{match[1]}{mark}", bench)


def read_report(output: str, mark: str, form: str) -> Report:
    """Read what a marked bench printed.

    Args:
        output: everything the simulation printed.
        mark: what the bench's own lines begin with.
        form: one of `FORMATS`.
    """
    printed = (line.strip() for line in output.splitlines())
    lines = [line.removeprefix(mark).strip() for line in printed if line.startswith(mark)]
    return _verilog_eval(lines) if form == "verilog-eval" else _rtllm(lines)


def _verilog_eval(lines: list[str]) -> Report:
    counts = [m for line in lines if (m := _MISMATCHES.match(line))]
    if len(counts) != 1:
        return Report(None)
    wrong, total = int(counts[0][1]), int(counts[0][2])
    found = []
    for match in filter(None, map(_HINT.match, lines)):
        first = f"{match['count']} mismatches, the first at time {match['time']}"
        found.append(Diagnostic(f"output {match['port']}: {first}", code="mismatch"))
    if total == 0:
        return Report(None)
    return Report(
        wrong == 0, 1.0 - wrong / total if wrong <= total else 0.0, f"{total} samples", tuple(found)
    )


def _rtllm(lines: list[str]) -> Report:
    lines = [line for line in lines if line]
    passed = [line for line in lines if _PASSED.match(line)]
    if not passed and lines and _LAST_PASSED.match(lines[-1]):
        passed = lines[-1:]
    failed = [line for line in lines if line not in passed and _FAILED.search(_NOTHING.sub("", line))]
    if failed:
        return Report(False, diagnostics=tuple(Diagnostic(line, code="bench") for line in failed[:_SHOWN]))
    return Report(True) if len(passed) == 1 else Report(None)
