"""The trusted side's end of one worker: start it, talk frames with deadlines, kill it."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import struct
import subprocess
import tempfile
import time
from dataclasses import dataclass
from typing import Any

from proofsmith.errors import ToolFailure
from proofsmith.verifiers.sandbox.isolation import Flavour, worker_command

START_SECONDS = 20.0
MAX_FRAME = 64 << 20


class WorkerGone(Exception):
    """The worker's process ended, or broke the protocol."""


class NoReply(Exception):
    """The worker said nothing until the deadline."""


@dataclass(frozen=True)
class Reply:
    """A frame from the worker: its own words (`head`) and bytes of the child, unread."""

    head: dict[str, Any]
    raw: bytes


class WorkerProcess:
    """A started worker. Used by one thread at a time.

    Raises:
        ToolFailure: it did not come up; the message holds what it said.
    """

    def __init__(self, bubblewrap: str | None, flavour: Flavour, disk_mb: int) -> None:
        self._scratch = None if bubblewrap else tempfile.mkdtemp(prefix="proofsmith-")
        command, environment = worker_command(bubblewrap, flavour, disk_mb, self._scratch or "/tmp")
        self._buffer = bytearray()
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            self._forget_scratch()
            raise ToolFailure(f"cannot start the sandbox's worker: {error}") from None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in, self._out = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._in, False)
        self._readable, self._writable = select.poll(), select.poll()
        self._readable.register(self._out, select.POLLIN)
        self._writable.register(self._in, select.POLLOUT)
        try:
            self.hello = self.receive(time.monotonic() + START_SECONDS).head
        except (WorkerGone, NoReply) as error:
            said = self._last_words()
            self.kill()
            raise ToolFailure(f"the sandbox's worker did not start: {said or error}") from None

    @property
    def alive(self) -> bool:
        """Whether the process is still there."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """Process id of the outermost process."""
        return self._process.pid

    def send(self, head: dict[str, Any], payload: bytes, deadline: float) -> None:
        """Send one frame: `head` is for the worker, `payload` for the child.

        Raises:
            WorkerGone, NoReply: it could not be sent, or not by `deadline` (of `time.monotonic`).
        """
        data = json.dumps(head).encode() + b"\n" + payload
        view = memoryview(struct.pack(">I", len(data)) + data)
        while view:
            try:
                view = view[os.write(self._in, view) :]
            except BlockingIOError:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise NoReply from None
                self._writable.poll(left * 1000)
            except OSError as error:
                raise WorkerGone(str(error)) from None

    def receive(self, deadline: float) -> Reply:
        """Return the next frame.

        Raises:
            WorkerGone, NoReply: the process ended, or nothing whole came by `deadline`.
        """
        while True:
            if len(self._buffer) >= 4:
                size = struct.unpack_from(">I", self._buffer)[0]
                if size > MAX_FRAME:
                    raise WorkerGone("a frame is too large")
                if len(self._buffer) >= 4 + size:
                    frame = bytes(self._buffer[4 : 4 + size])
                    del self._buffer[: 4 + size]
                    head, _, raw = frame.partition(b"\n")
                    return Reply(json.loads(head), raw)
            left = deadline - time.monotonic()
            if left <= 0 or not self._readable.poll(left * 1000 + 1):
                raise NoReply
            block = os.read(self._out, 1 << 18)
            if not block:
                raise WorkerGone("its output ended")
            self._buffer += block

    def kill(self) -> None:
        """End the worker and everything in its sandbox at once; wait until it is gone."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        self._forget_scratch()

    def _forget_scratch(self) -> None:
        if self._scratch is not None:
            shutil.rmtree(self._scratch, ignore_errors=True)

    def _last_words(self) -> str:
        """Return the end of what it wrote to standard error, as one line."""
        assert self._process.stderr is not None
        self._process.kill()
        text = self._process.stderr.read(20_000).decode(errors="replace").strip()
        return text.splitlines()[-1][:300] if text else ""
