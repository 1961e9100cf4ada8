"""A child process that answers in frames, as we see it: deadlines, and the end of its whole group."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import time
from collections import deque
from collections.abc import Mapping, Sequence

from proofsmith.errors import ToolFailure
from proofsmith.process import kill_group
from proofsmith.workers.frames import HEAD, framed

MAX_FRAME = 256_000_000
_BLOCK = 1 << 18


class Gone(Exception):
    """The process ended, or broke the protocol."""


class NoReply(Exception):
    """Nothing whole came, or not everything could be sent, by the deadline."""


class FramedProcess:
    """A running child in a session of its own. Used by one thread at a time; `end` from any.

    Args:
        command: program and arguments; it talks frames (see `proofsmith.workers.frames`) over its
            standard input and output.
        what: what it is called when it cannot be started.
        env: its environment, if not ours.
        largest: bytes of a frame beyond which it is not believed.

    Deadlines are moments of `time.monotonic`.

    Raises:
        ToolFailure: it cannot be started.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        what: str,
        env: Mapping[str, str] | None = None,
        largest: int = MAX_FRAME,
    ) -> None:
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=None if env is None else dict(env),
                start_new_session=True,
            )
        except OSError as error:
            raise ToolFailure(f"{what} cannot be started: {error}") from None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self.stdin, self.stdout = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self.stdin, False)
        os.set_blocking(self.stdout, False)
        self._writable, self._readable = select.poll(), select.poll()
        self._writable.register(self.stdin, select.POLLOUT)
        self._readable.register(self.stdout, select.POLLIN)
        self._largest = largest
        self._unsent: deque[memoryview] = deque()
        self._buffer = bytearray()
        self._closed = False

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """Its process id, which is that of its group."""
        return self._process.pid

    @property
    def sending(self) -> bool:
        """Whether some of what was posted is still to be sent."""
        return bool(self._unsent)

    def post(self, data: bytes) -> None:
        """Queue a frame for `push`."""
        self._unsent.append(memoryview(framed(data)))

    def push(self) -> None:
        """Send as much of what was posted as the pipe takes now. Raises `Gone`."""
        while self._unsent:
            try:
                count = os.write(self.stdin, self._unsent[0])
            except BlockingIOError:
                return
            except OSError as error:
                self._unsent.clear()
                raise Gone(str(error)) from None
            self._unsent[0] = self._unsent[0][count:]
            if not self._unsent[0]:
                self._unsent.popleft()

    def send(self, data: bytes, deadline: float) -> None:
        """Send one frame. Raises `Gone` and `NoReply`."""
        self.post(data)
        self.push()
        while self._unsent:
            left = deadline - time.monotonic()
            if left <= 0:
                raise NoReply
            self._writable.poll(left * 1000 + 1)
            self.push()

    def pull(self) -> bytes | None:
        """Return the next whole frame, if it is there; never blocks.

        Raises:
            Gone: there is none, and none will come.
        """
        frame = self._next_frame()
        if frame is None and not self._closed:
            self._read()
            frame = self._next_frame()
        if frame is None and self._closed:
            raise Gone("its output ended")
        return frame

    def receive(self, deadline: float) -> bytes:
        """Return the next frame. Raises `Gone` and `NoReply`."""
        while (frame := self.pull()) is None:
            left = deadline - time.monotonic()
            if left <= 0 or not self._readable.poll(left * 1000 + 1):
                raise NoReply
        return frame

    def last_words(self) -> str:
        """End it and return the last line that it wrote to standard error before it was ready, if any."""
        assert self._process.stderr is not None
        self.end()
        text = self._process.stderr.read(20_000).decode(errors="replace").strip()
        return text.splitlines()[-1][:300] if text else ""

    def end(self) -> None:
        """Kill its process group; whoever waits for it sees it end. The streams stay open."""
        kill_group(self._process.pid)

    def kill(self) -> None:
        """Kill its process group, wait until it is gone, and close everything. May be called twice."""
        self.end()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()

    def _read(self) -> None:
        """Read one block of what is there, up to the end of a whole frame or of what has come so far."""
        while len(self._buffer) < HEAD.size or len(self._buffer) < HEAD.size + self._size():
            try:
                block = os.read(self.stdout, _BLOCK)
            except BlockingIOError:
                return
            except OSError:
                block = b""
            if not block:
                self._closed = True
                return
            self._buffer += block

    def _size(self) -> int:
        size: int = HEAD.unpack_from(self._buffer)[0]
        if size > self._largest:
            raise Gone("a frame is too large")
        return size

    def _next_frame(self) -> bytes | None:
        if len(self._buffer) < HEAD.size or len(self._buffer) < HEAD.size + self._size():
            return None
        end = HEAD.size + self._size()
        frame = bytes(self._buffer[HEAD.size : end])
        del self._buffer[:end]
        return frame
