"""A program in a process group of its own that dies with us, whatever ends us."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import time
from collections.abc import Mapping, Sequence

from proofsmith.errors import ToolFailure, ToolMissing
from proofsmith.process import kill_group

_SCRIPT = """
exec 3<&0 4<&2 2>&1
ulimit -c 0
[ "$1" = 0 ] || ulimit -v "$1"
shift
"$@" <&3 3<&- 4<&- &
child=$!
(exec 3<&- >/dev/null 2>&1; read -r _ <&4; kill -KILL 0) &
exec 3<&- 4<&-
wait $child
"""
"""The program's stdin is ours; what looks like stderr here is a pipe that nobody writes to: it ends
when we do, and then the whole group is killed. Portable, and without code between fork and exec."""

MAX_OUTPUT = 64_000_000
"""Bytes after which a program that goes on printing is given up."""


class OutOfTime(Exception):
    """The deadline came first; `output` is what the program had printed."""

    def __init__(self, output: str = "") -> None:
        super().__init__("out of time")
        self.output = output


class Ended(Exception):
    """The program ended (or printed without end) before it had answered; `output` is what it printed."""

    def __init__(self, output: str = "") -> None:
        super().__init__("the program ended")
        self.output = output


class GuardedProcess:
    """A running program with piped stdin and output (stdout and stderr in one).

    `memory_mb` limits the address space of each of its processes, in MB; 0 for no limit.

    Raises:
        ToolMissing: the program does not exist.
        ToolFailure: it cannot be started.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
        install: str = "",
        memory_mb: int = 0,
    ) -> None:
        ours, theirs = os.pipe()[::-1]
        try:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", _SCRIPT, "sh", str(memory_mb * 1000), *command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=theirs,
                cwd=cwd,
                env=None if env is None else dict(env),
                start_new_session=True,
            )
        except OSError as error:
            os.close(ours)
            raise ToolFailure(f"{command[0]} cannot be started: {error}") from None
        finally:
            os.close(theirs)
        self._leash: int | None = ours
        self._command = tuple(command)
        self._install = install
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in = self._process.stdin.fileno()
        self._out = self._process.stdout.fileno()
        os.set_blocking(self._in, False)
        self._pending = bytearray()

    @property
    def alive(self) -> bool:
        """Whether it is still running."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """The id of the process group's leader."""
        return self._process.pid

    @property
    def silent(self) -> bool:
        """Whether it has printed nothing that was not read."""
        return not self._pending and not select.select([self._out], [], [], 0)[0]

    def write(self, data: bytes, deadline: float) -> None:
        """Send `data`. Raises `OutOfTime` and `Ended`."""
        view = memoryview(data)
        while view:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([], [self._in], [], left)[1]:
                raise OutOfTime
            try:
                view = view[os.write(self._in, view[:65536]) :]
            except BlockingIOError:
                continue
            except OSError:
                raise Ended from None

    def read_until(self, end: bytes, deadline: float) -> str:
        """Return what it prints up to and including a line that ends with `end`.

        Raises `OutOfTime` and `Ended`, with what was printed so far.
        """
        marker = end + b"\n"
        searched = 0
        while True:
            found = self._pending.find(marker, searched)
            if found >= 0:
                size = found + len(marker)
                text = bytes(self._pending[:size])
                del self._pending[:size]
                return text.decode(errors="replace").replace("\r\n", "\n")
            searched = max(0, len(self._pending) - len(marker))
            self._fill(deadline)

    def finish(self, deadline: float) -> tuple[int, str]:
        """Close stdin and return (exit code, output) when it has ended. Raises `OutOfTime`."""
        self._close_input()
        with contextlib.suppress(Ended):
            while True:
                self._fill(deadline)
        output = self._take()
        try:
            code = self._process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise OutOfTime(output) from None
        if code == 127:
            raise ToolMissing(
                self._command[0], self._install or f"see the documentation of {self._command[0]}"
            )
        return code, output

    def _fill(self, deadline: float) -> None:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([self._out], [], [], left)[0]:
            raise OutOfTime(self._text())
        block = os.read(self._out, 1 << 16)
        if not block or len(self._pending) > MAX_OUTPUT:
            raise Ended(self._text())
        self._pending += block

    def _text(self) -> str:
        return bytes(self._pending).decode(errors="replace").replace("\r\n", "\n")

    def _take(self) -> str:
        text = self._text()
        self._pending.clear()
        return text

    def end(self) -> None:
        """Kill the whole process group; whoever reads from it sees it end."""
        kill_group(self._process.pid)

    def kill(self) -> None:
        """Kill the whole process group and close everything. May be called twice."""
        self.end()
        self._process.wait()
        self._close_input()
        if self._process.stdout is not None:
            self._process.stdout.close()
        if self._leash is not None:
            os.close(self._leash)
            self._leash = None

    def _close_input(self) -> None:
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
