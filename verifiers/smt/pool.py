"""Warm solver processes: a wall-clock deadline kills and replaces, whatever the native code does."""

from __future__ import annotations

import contextlib
import json
import os
import select
import struct
import subprocess
import sys
import threading
import time
from types import TracebackType
from typing import Any, Literal

from proofsmith.errors import ToolFailure
from proofsmith.process import kill_group
from proofsmith.verifiers.smt.settings import SmtSettings

Engine = Literal["z3", "cvc5"]
START_SECONDS = 30.0
"""A worker that is not ready by then never will be."""
MAX_REPLY = 256_000_000


class OutOfTime(Exception):
    """The deadline came before the final answer; `partial` is what was sent ahead, if anything."""

    def __init__(self, partial: dict[str, Any] | None) -> None:
        super().__init__("out of time")
        self.partial = partial


class _Gone(Exception):
    """The worker process ended."""


class _Worker:
    """One solver process."""

    def __init__(self, engine: Engine, memory_mb: int) -> None:
        command = [sys.executable, "-P", "-m", "proofsmith.verifiers.smt.worker", engine, str(memory_mb)]
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            raise ToolFailure(f"the solver process cannot be started: {error}") from None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in = self._process.stdin.fileno()
        self._out = self._process.stdout.fileno()
        os.set_blocking(self._in, False)
        self._started = time.monotonic()
        self.engine = engine
        self.version = ""

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def get_ready(self, deadline: float) -> None:
        """Wait until the process has loaded its solver.

        Raises:
            OutOfTime: not within the deadline (the process is still fine).
            ToolFailure: it never will.
        """
        if self.version:
            return
        latest = self._started + START_SECONDS
        try:
            hello = self._receive(min(deadline, latest))
        except OutOfTime:
            if time.monotonic() < latest:
                raise
            raise ToolFailure(f"the {self.engine} process does not start") from None
        except _Gone:
            hint = "" if self.engine == "z3" else "; is the package cvc5 installed?"
            raise ToolFailure(f"the {self.engine} process ends at once{hint}") from None
        self.version = str(hello["ready"])

    def ask(self, request: dict[str, Any], deadline: float) -> dict[str, Any]:
        """Return the final reply to `request`."""
        partial = None
        self._send(request, deadline)
        while True:
            try:
                reply = self._receive(deadline)
            except OutOfTime:
                raise OutOfTime(partial) from None
            if reply.pop("final", False):
                return reply
            partial = reply

    def end(self) -> None:
        """Kill the process; its streams stay open."""
        kill_group(self._process.pid)

    def kill(self) -> None:
        """Kill the process and close everything."""
        self.end()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                if stream is not None:
                    stream.close()

    def _send(self, message: dict[str, Any], deadline: float) -> None:
        data = json.dumps(message).encode()
        view = memoryview(struct.pack(">I", len(data)) + data)
        while view:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([], [self._in], [], left)[1]:
                raise OutOfTime(None)
            try:
                view = view[os.write(self._in, view[:65536]) :]
            except BlockingIOError:
                continue
            except OSError:
                raise _Gone from None

    def _receive(self, deadline: float) -> dict[str, Any]:
        size = struct.unpack(">I", self._exactly(4, deadline))[0]
        if size > MAX_REPLY:
            raise _Gone
        reply: dict[str, Any] = json.loads(self._exactly(size, deadline))
        return reply

    def _exactly(self, count: int, deadline: float) -> bytes:
        parts = bytearray()
        while len(parts) < count:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._out], [], [], left)[0]:
                raise OutOfTime(None)
            block = os.read(self._out, min(count - len(parts), 1 << 20))
            if not block:
                raise _Gone
            parts += block
        return bytes(parts)


class SolverPool:
    """Solver processes, started when first used; a context manager, safe for threads.

    A process whose query ran past its deadline, or that died, is killed and another one started
    at once, so that the next query finds it warm.
    """

    def __init__(self, settings: SmtSettings | None = None) -> None:
        self.settings = settings or SmtSettings()
        self._lock = threading.Lock()
        self._idle: dict[Engine, list[_Worker]] = {"z3": [], "cvc5": []}
        self._busy: set[_Worker] = set()
        self._versions: dict[Engine, str] = {}
        self._closed = False

    def warm(self, engine: Engine = "z3") -> None:
        """Start a process now; it loads its solver while the caller does something else."""
        with self._lock:
            if not self._closed and not self._idle[engine]:
                self._idle[engine].append(_Worker(engine, self.settings.solver_memory_mb))

    def version(self, engine: Engine = "z3") -> str:
        """Return the engine's version; empty before its first answer."""
        return self._versions.get(engine, "")

    def ask(self, engine: Engine, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        """Send a query and return the final reply, within `seconds` of wall clock.

        A process that dies is replaced and asked once more, if there is time.

        Raises:
            OutOfTime: no final reply in time.
            ToolFailure: the process crashed twice, or reports a failure of its own.
        """
        deadline = time.monotonic() + seconds
        for attempt in (1, 2):
            worker = self._acquire(engine)
            try:
                worker.get_ready(deadline)
            except OutOfTime:
                self._release(worker, broken=False)
                raise
            except ToolFailure:
                self._release(worker, broken=True)
                raise
            self._versions[engine] = worker.version
            try:
                # A little less than the deadline, so that the solver's own clock usually ends it.
                left = deadline - time.monotonic()
                reply = worker.ask({**request, "seconds": max(0.001, left - min(0.1, left / 10))}, deadline)
            except OutOfTime:
                self._release(worker, broken=True)
                self.warm(engine)
                raise
            except _Gone:
                self._release(worker, broken=True)
                if attempt == 2:
                    raise ToolFailure(f"{engine} crashed on this query") from None
                continue
            except BaseException:
                self._release(worker, broken=True)
                raise
            # A library that failed once, say for lack of memory, is not trusted with another query.
            self._release(worker, broken=reply["status"] == "error")
            if reply["status"] == "error":
                raise ToolFailure(f"{engine}: {reply['detail']}")
            return reply
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Stop every process. May be called twice."""
        with self._lock:
            self._closed = True
            workers = [w for idle in self._idle.values() for w in idle]
            for idle in self._idle.values():
                idle.clear()
            for worker in self._busy:
                worker.end()  # whoever waits for it sees it end, and clears up
        for worker in workers:
            worker.kill()

    def __enter__(self) -> SolverPool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _acquire(self, engine: Engine) -> _Worker:
        with self._lock:
            if self._closed:
                raise ToolFailure("the solvers are closed")
            idle = self._idle[engine]
            while idle:
                worker = idle.pop()
                if worker.alive:
                    break
                worker.kill()
            else:
                worker = _Worker(engine, self.settings.solver_memory_mb)
            self._busy.add(worker)
            return worker

    def _release(self, worker: _Worker, broken: bool) -> None:
        with self._lock:
            self._busy.discard(worker)
            if not broken and not self._closed:
                self._idle[worker.engine].append(worker)
                return
        worker.kill()
