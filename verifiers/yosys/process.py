"""One warm Yosys process, seen from the side that asks."""

from __future__ import annotations

import contextlib
import json
import os
import select
import struct
import subprocess
import sys
import time
from typing import Any

from proofsmith.errors import ToolFailure, ToolMissing
from proofsmith.process import kill_group

START_SECONDS = 60.0
"""A process that is not ready by then never will be."""


class Gone(Exception):
    """The process ended, or did not answer."""


class WarmYosys:
    """A process that runs `proofsmith.verifiers.yosys.worker`; one job at a time."""

    def __init__(self) -> None:
        command = [sys.executable, "-P", "-m", "proofsmith.verifiers.yosys.worker"]
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            raise ToolFailure(f"the Yosys process cannot be started: {error}") from None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in = self._process.stdin.fileno()
        self._out = self._process.stdout.fileno()
        self._job: int | None = None
        self.version = ""

    @property
    def pid(self) -> int:
        """Process id of the warm process."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def get_ready(self, install: str) -> None:
        """Wait until the process has loaded Yosys.

        Raises:
            ToolMissing: the library is not installed; `install` says how to get it.
            ToolFailure: the process does not start.
        """
        if self.version:
            return
        try:
            hello = self._receive(time.monotonic() + START_SECONDS)
        except Gone:
            raise ToolFailure("the Yosys process does not start") from None
        if "missing" in hello:
            raise ToolMissing("pyosys", install)
        self.version = str(hello["ready"]).removeprefix("Yosys").split("(")[0].strip()

    def ask(self, request: dict[str, Any], deadline: float) -> int | None:
        """Have a job done and return its exit status; ``None`` if it was killed at its own deadline.

        Raises:
            Gone: the process ended or is silent beyond `deadline`; the job, if there is one, is killed.
        """
        data = json.dumps(request).encode()
        view = memoryview(struct.pack(">I", len(data)) + data)
        try:
            while view:
                view = view[os.write(self._in, view) :]
            while True:
                reply = self._receive(deadline)
                if "started" in reply:
                    self._job = int(reply["started"])
                    continue
                self._job = None
                return None if reply["timed_out"] else int(reply["code"])
        except OSError:
            raise Gone from None
        finally:
            if self._job is not None:
                kill_group(self._job)
                self._job = None

    def end(self) -> None:
        """Kill the process and its job; the streams stay open."""
        if self._job is not None:
            kill_group(self._job)
        kill_group(self._process.pid)

    def kill(self) -> None:
        """Kill the process and close everything."""
        self.end()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                if stream is not None:
                    stream.close()

    def _receive(self, deadline: float) -> dict[str, Any]:
        size = struct.unpack(">I", self._exactly(4, deadline))[0]
        reply: dict[str, Any] = json.loads(self._exactly(size, deadline))
        return reply

    def _exactly(self, count: int, deadline: float) -> bytes:
        parts = bytearray()
        while len(parts) < count:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._out], [], [], left)[0]:
                raise Gone
            block = os.read(self._out, count - len(parts))
            if not block:
                raise Gone
            parts += block
        return bytes(parts)
