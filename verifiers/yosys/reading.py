"""From Verilog text to scripts that read it, and to the answers when it cannot be read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from proofsmith.verifiers.yosys.pool import Outcome, YosysPool

_IMPLICIT = re.compile(r"Identifier `\\?([^']*\.[^']*)' is implicitly declared")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*\Z")


class Unreadable(Exception):
    """Yosys cannot read or build the design.

    Attributes:
        cause: Yosys's message.
        line: the line in the design's text, where the error has one there.
        file: the file it is in, if it is not the design itself.
    """

    def __init__(self, cause: str, line: int | None = None, file: str = "") -> None:
        super().__init__(cause)
        self.cause = cause
        self.line = line
        self.file = file


class OutOfTime(Exception):
    """The deadline came first; the message says during what."""


@dataclass(frozen=True)
class Design:
    """A Verilog design.

    Attributes:
        source: the text.
        top: the module that counts.
        files: further files that it may include or use, as (name, text) pairs. Those that end in
            ``.v`` or ``.sv`` are read before it.
    """

    source: str
    top: str
    files: tuple[tuple[str, str], ...] = ()


_AS_SIMULATED = "setattr -unset always_comb -unset always_ff -unset always_latch p:*"
"""An ``always_comb`` that keeps a value is a latch, as in simulation, and no error."""
NAME = "design.sv"
"""What the design's own file is called in a job's folder."""


def prepared(design: Design, prefix: str = "") -> tuple[dict[str, str], list[str]]:
    """Return the files of a job and the commands that read the design and settle its hierarchy.

    Args:
        design: what to read.
        prefix: of the file names, so that two designs can be in one job.

    Raises:
        Unreadable: the name of the top module is none.
    """
    if not _IDENTIFIER.match(design.top):
        raise Unreadable(f"{design.top!r} is not the name of a module")
    files = dict(design.files)
    own = prefix + NAME
    sources = [name for name in files if name.endswith((".v", ".sv"))]
    included = [name for name in sources if _includes(design, name)]
    files[own] = design.source
    reads = [f"read_verilog -sv {name}" for name in [*(n for n in sources if n not in included), own]]
    return files, [*reads, f"hierarchy -check -top {design.top}", _AS_SIMULATED]


def _includes(design: Design, name: str) -> bool:
    pattern = re.compile(rf'`include\s+"(?:\./)?{re.escape(name)}"')
    return any(pattern.search(text) for text in (design.source, *(text for _, text in design.files)))


def complete(
    pool: YosysPool,
    design: Design,
    script: Sequence[str],
    seconds: float,
    outputs: Sequence[str],
    extra: Sequence[tuple[str, str]] = (),
) -> Outcome:
    """Read a design and run `script` on it.

    Verilog that `read_verilog` does not take, and hierarchical names, which it takes for new wires, are
    tried with `read_slang`, where Yosys has that.

    Raises:
        Unreadable: neither takes it.
        OutOfTime: not within `seconds`.
        ToolMissing, ToolFailure: as `YosysPool.run`.
    """
    files, reads = prepared(design)
    files |= dict(extra)
    outcome = pool.run([*reads, *script], files, seconds, outputs)
    refused = not outcome.ok and outcome.error.startswith(("syntax error", "Unsupported", "unsupported"))
    if refused or hierarchical_name(outcome):
        left = seconds - outcome.seconds
        if left > 0:
            names = " ".join(
                c.removeprefix("read_verilog -sv ") for c in reads if c.startswith("read_verilog")
            )
            slang = [f"read_slang --top {design.top} {names}", *reads[-2:]]
            second = pool.run([*slang, *script], files, left, outputs)
            outcome = second if second.ok or second.timed_out else outcome
    if outcome.timed_out:
        raise OutOfTime("Yosys did not end in the time")
    if not outcome.ok:
        own = outcome.file.endswith(NAME)
        raise Unreadable(
            tidy(outcome.error),
            outcome.line if own or not outcome.file else None,
            "" if own else outcome.file,
        )
    return outcome


def hierarchical_name(outcome: Outcome) -> str:
    """Return a hierarchical name that `read_verilog` took for a new wire; empty if there was none."""
    match = _IMPLICIT.search(outcome.log)
    return match[1] if match is not None else ""


def tidy(message: str) -> str:
    r"""Return a message of Yosys without its marks: ``Module `\foo' ...`` becomes ``Module foo ...``."""
    return re.sub(r"`\\?([^'`\n]*)'", r"\1", message).strip()
