"""Engines as processes beside us: started, asked for news, killed on time."""

from __future__ import annotations

import contextlib
import json
import os
import select
import struct
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from proofsmith.errors import ToolFailure
from proofsmith.process import kill_group

ON_TIME = "exhausted"
"""How an engine ends that has no more to offer, or whose time is over; anything else is a failure."""


@dataclass(frozen=True)
class News:
    """Something that an engine reports; `done` says how it ended."""

    engine: str
    answer: str | None = None
    how: str = ""
    infeasible: str | None = None
    done: str | None = None


class EngineProcess:
    """One engine at work on one problem.

    Attributes:
        made: programs it says it has evaluated.
    """

    def __init__(self, engine: str, text: str, seconds: float, memory_mb: int = 6000) -> None:
        """Start it; after `seconds` it ends by itself.

        Raises:
            ToolFailure: the process cannot be started.
        """
        self.engine, self.made, self.ended = engine, 0, False
        self._deadline = time.monotonic() + seconds
        module = "proofsmith.agents.policies.sygus.worker"
        command = [sys.executable, "-P", "-m", module, engine, str(seconds), str(memory_mb)]
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
            )
        except OSError as error:
            raise ToolFailure(f"the engine {engine} cannot be started: {error}") from None
        data = json.dumps({"text": text}).encode()
        self._unsent = struct.pack(">I", len(data)) + data
        self._buffer = bytearray()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self.stdin, self.stdout = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self.stdin, False)
        os.set_blocking(self.stdout, False)

    @property
    def sending(self) -> bool:
        """Whether part of the problem is still to be sent."""
        return bool(self._unsent) and not self.ended

    def news(self) -> list[News]:
        """Return what it has reported since the last call; never blocks."""
        self._send()
        closed = self._read()
        found = []
        while len(self._buffer) >= 4:
            size = struct.unpack(">I", self._buffer[:4])[0]
            if len(self._buffer) < 4 + size:
                break
            message: dict[str, Any] = json.loads(self._buffer[4 : 4 + size])
            del self._buffer[: 4 + size]
            self.made = message.get("made", self.made)
            if "answer" in message:
                found.append(News(self.engine, answer=message["answer"], how=message["how"]))
            elif "infeasible" in message:
                found.append(News(self.engine, infeasible=message["infeasible"]))
            elif "done" in message:
                found.append(News(self.engine, done=message["done"]))
                closed = True
        if closed and not self.ended:
            if not any(n.done for n in found):
                late = time.monotonic() > self._deadline - 0.5
                found.append(News(self.engine, done=ON_TIME if late else "the process was killed"))
            self.kill()
        return found

    def kill(self) -> None:
        """Stop it and everything it started. May be called twice."""
        self.ended = True
        kill_group(self._process.pid)
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                if stream is not None:
                    stream.close()

    def _send(self) -> None:
        while self._unsent and not self.ended:
            try:
                self._unsent = self._unsent[os.write(self.stdin, self._unsent[:65536]) :]
            except BlockingIOError:
                return
            except OSError:
                self._unsent = b""

    def _read(self) -> bool:
        """Read what is there; say whether the pipe is closed."""
        while not self.ended:
            try:
                block = os.read(self.stdout, 1 << 20)
            except BlockingIOError:
                return False
            except OSError:
                return True
            if not block:
                return True
            self._buffer += block
        return True


def wait(engines: Sequence[EngineProcess], seconds: float) -> list[News]:
    """Return the first news of any of the engines, waiting at most `seconds`; empty if there is none."""
    deadline = time.monotonic() + seconds
    while True:
        running = [e for e in engines if not e.ended]
        found = [n for e in running for n in e.news()]
        left = deadline - time.monotonic()
        running = [e for e in running if not e.ended]
        if found or not running or left <= 0:
            return found
        writable = [e.stdin for e in running if e.sending]
        select.select([e.stdout for e in running], writable, [], min(left, 0.2))
