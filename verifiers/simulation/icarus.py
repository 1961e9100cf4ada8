"""Icarus Verilog in the bubblewrap sandbox: compile and run, with limits on time, memory and output."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from proofsmith.errors import ToolFailure, ToolMissing
from proofsmith.process import run
from proofsmith.verifiers.sandbox.isolation import find_bubblewrap, sandbox_prefix, scratch_folder
from proofsmith.verifiers.sandbox.settings import SandboxSettings
from proofsmith.verifiers.scratch import owned_prefix

INSTALL = "apt-get install iverilog"
MAX_OUTPUT = 4_000_000
"""Bytes that a simulation may print."""
_PLACE = "/run/design"
_PLACE_OF_FILES = "@files@"
_NOT_COMPILED = 90
_MESSAGE = re.compile(r"^(?P<file>[^:\n]+):(?P<line>\d+): (?P<text>.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Simulated:
    """How a simulation ended.

    Attributes:
        compiled: the compiler accepted the files.
        messages: what the compiler said.
        output: what the simulation printed; of a compilation alone, the compiled text.
        timed_out: it was killed at its deadline.
        truncated: it printed more than `MAX_OUTPUT`.
        crashed: the simulator ended with another status than 0.
    """

    compiled: bool
    messages: str = ""
    output: str = ""
    timed_out: bool = False
    truncated: bool = False
    crashed: bool = False

    @property
    def error(self) -> tuple[str, str, int | None]:
        """The compiler's first complaint: text, file and line."""
        for match in _MESSAGE.finditer(self.messages):
            if "warning" not in match["text"] and not match["text"].lstrip().startswith(":"):
                return match["text"], Path(match["file"]).name, int(match["line"])
        return (self.messages.strip().split("\n")[0] or "the compiler failed"), "", None


class Icarus:
    """Compiles and runs Verilog; holds no process.

    Args:
        sandbox: how programs are confined.
        program: the compiler, a name on ``PATH`` or a path; ``vvp`` must be beside it.
        memory_mb: address space of the compiler and of the simulator.
    """

    def __init__(self, sandbox: SandboxSettings, program: str = "iverilog", memory_mb: int = 4096) -> None:
        self._sandbox = sandbox
        self._program = program
        self._memory_mb = memory_mb

    @property
    def version(self) -> str:
        """The version of Icarus Verilog.

        Raises:
            ToolMissing: it is not installed.
        """
        return _version(self._path())

    @property
    def confined(self) -> bool:
        """Whether programs run in bubblewrap."""
        return find_bubblewrap(self._sandbox.bubblewrap) is not None

    def simulate(
        self, files: Mapping[str, str], sources: Sequence[str], top: str, seconds: float
    ) -> Simulated:
        """Compile `sources` (names in `files`, in this order) with root module `top`, and run that.

        The simulation finds the other files, such as data, where it runs.

        Raises:
            ToolMissing: there is no Icarus, or a sandbox is required and there is none.
            ToolFailure: the sandbox does not work.
        """
        vvp = str(Path(self._path()).parent / "vvp")
        data = [name for name in files if name not in sources]
        copied = f"cp -r {_PLACE_OF_FILES}/. .; " if data else ""
        return self._run(files, sources, top, seconds, f"{copied}exec {vvp} -n out.vvp")

    def compile(
        self, files: Mapping[str, str], sources: Sequence[str], top: str, seconds: float
    ) -> Simulated:
        """Compile only; the output is the compiled text. Raises as `simulate`."""
        return self._run(files, sources, top, seconds, "exec cat out.vvp")

    def _path(self) -> str:
        path = shutil.which(self._program)
        if path is None:
            raise ToolMissing(self._program, INSTALL)
        return path

    def _run(
        self, files: Mapping[str, str], sources: Sequence[str], top: str, seconds: float, then: str
    ) -> Simulated:
        program = self._path()
        mark = secrets.token_hex(8)
        with tempfile.TemporaryDirectory(prefix=owned_prefix("icarus"), ignore_cleanup_errors=True) as folder:
            for name, text in files.items():
                path = Path(folder, "design", name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8", errors="surrogatepass", newline="")
            place, scratch, prefix = self._confinement(folder, program)
            names = " ".join(f"{place}/{name}" for name in sources)
            script = (
                f"ulimit -c 0; ulimit -v {self._memory_mb << 10}; ulimit -f 131072; "
                f"ulimit -t {int(seconds) + 2}; cd {scratch}; "
                f"{program} -g2012 -s {top} -I {place} -o out.vvp {names} >&2 || exit {_NOT_COMPILED}; "
                f"echo {mark} >&2; {then.replace(_PLACE_OF_FILES, place)}"
            )
            done = run(
                [*prefix, "/bin/sh", "-c", script],
                seconds=seconds,
                env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TMPDIR": scratch},
                max_output=MAX_OUTPUT,
            )
        messages, _, _ = done.stderr.replace(f"{place}/", "").partition(mark)
        if mark not in done.stderr:
            if done.code not in (None, _NOT_COMPILED):
                raise ToolFailure(f"Icarus Verilog does not start: {done.stderr.strip()[-200:]}")
            return Simulated(False, messages, timed_out=done.timed_out)
        return Simulated(
            True, messages, done.stdout, done.timed_out, done.truncated, done.code not in (0, None)
        )

    def _confinement(self, folder: str, program: str) -> tuple[str, str, list[str]]:
        """Return where the design's files are, where it may write, and what starts the sandbox."""
        bubblewrap = find_bubblewrap(self._sandbox.bubblewrap)
        if bubblewrap is None:
            if self._sandbox.require_sandbox:
                raise ToolMissing("bubblewrap", "apt-get install bubblewrap")
            scratch = os.path.join(folder, "scratch")
            os.mkdir(scratch)
            return os.path.join(folder, "design"), scratch, []
        binds = [(os.path.join(folder, "design"), _PLACE)]
        home = str(Path(os.path.realpath(program)).parent.parent)
        if not home.startswith(("/usr", "/bin")) and home != "/":
            binds.append((home, home))
        prefix = sandbox_prefix(bubblewrap, max(64, self._sandbox.disk_mb), binds)
        return _PLACE, scratch_folder(), prefix


@cache
def _version(path: str) -> str:
    done = run([path, "-V"], seconds=20.0, install=INSTALL)
    match = re.search(r"version (\S+)", done.stdout + done.stderr)
    return match[1] if match else "unknown"
