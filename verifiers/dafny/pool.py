"""Warm Dafny servers: as many verdicts a second as the cores give, and no hanging process."""

from __future__ import annotations

import os
import shlex
import threading
import time
from types import TracebackType

from proofsmith.errors import ToolFailure
from proofsmith.verifiers.dafny.cold import confirm_cold
from proofsmith.verifiers.dafny.guarded import OutOfTime
from proofsmith.verifiers.dafny.output import read_output
from proofsmith.verifiers.dafny.report import MethodResult, Outcome, Report, status_of
from proofsmith.verifiers.dafny.server import OWN_NAME, Broken, Query, Server, arguments, cause_of
from proofsmith.verifiers.dafny.settings import DafnySettings
from proofsmith.verifiers.dafny.tools import Dafny, find_dafny
from proofsmith.verifiers.toolbox import Toolbox


class DafnyPool:
    """Warm servers, started when first used; safe for threads.

    Get it by ``toolbox.shared(DafnyPool.create)``. A server that crashed, hung or grew is killed
    with its Z3 and replaced; nothing survives the pool, or the process that made it. Where Dafny
    has no server of the kind (Dafny 4), every call is one of the command line.
    """

    def __init__(self, settings: DafnySettings | None = None) -> None:
        self.settings = settings or DafnySettings()
        self._slots = threading.Semaphore(self.size)
        self._lock = threading.Lock()
        self._finding = threading.Lock()
        self._idle: list[Server] = []
        self._busy: set[Server] = set()
        self._dafny: Dafny | None = None
        self._closed = False

    @classmethod
    def create(cls, toolbox: Toolbox) -> DafnyPool:
        """Return a pool with the settings of `toolbox`."""
        return cls(toolbox.settings_of(DafnySettings))

    @property
    def size(self) -> int:
        """How many files are verified at the same time."""
        return self.settings.dafny_servers or len(os.sched_getaffinity(0))

    @property
    def dafny(self) -> Dafny:
        """The Dafny in use; found at the first call.

        Raises:
            ToolMissing: Dafny or its Z3 is not installed.
            ToolFailure: one does not work.
        """
        with self._finding:
            if self._dafny is None:
                self._dafny = find_dafny(self.settings)
            return self._dafny

    def warm(self, count: int = 1) -> None:
        """Start `count` servers now; they load while the caller does something else."""
        if not self.dafny.server:
            return
        with self._lock:
            while not self._closed and len(self._idle) + len(self._busy) < min(count, self.size):
                self._idle.append(Server(self.dafny, self.settings))

    def verify(
        self,
        source: str,
        *,
        filename: str = OWN_NAME,
        seconds: float,
        method_seconds: float | None = None,
        strict: bool = True,
    ) -> Report:
        """Verify a Dafny text on a warm server, within `seconds` of wall clock.

        Good for searching; a final answer needs `confirm`. Each proof may take `method_seconds` (whole
        ones; default: the setting's). With `strict`, what the text assumes must be proved.

        Raises:
            ToolMissing: Dafny or its Z3 is not installed.
            ToolFailure: the server crashed twice on this text, or does not work at all.
        """
        deadline = time.monotonic() + seconds
        limit = min(method_seconds or self.settings.dafny_method_seconds, max(1.0, seconds))
        query = Query(source, filename, max(1, int(limit)), strict=strict)
        if not self.dafny.server:
            return self.confirm(source, seconds=seconds, strict=strict)
        if not self._slots.acquire(timeout=max(0.0, seconds)):
            return self._late(query, seconds, "", "no server was free")
        try:
            return self._verify(query, deadline, seconds)
        finally:
            self._slots.release()

    def confirm(self, source: str, *, expected: int = 0, seconds: float, strict: bool = True) -> Report:
        """Verify a text by a cold call of the command line; see `cold.confirm_cold`."""
        return confirm_cold(
            self.dafny, self.settings, source, expected=expected, seconds=seconds, strict=strict
        )

    def close(self) -> None:
        """Stop every process. May be called twice."""
        with self._lock:
            self._closed = True
            servers, self._idle = self._idle, []
            for server in self._busy:
                server.end()  # whoever waits for it sees it end, and clears up
        for server in servers:
            server.kill()

    def __enter__(self) -> DafnyPool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _verify(self, query: Query, deadline: float, seconds: float) -> Report:
        started = deadline - seconds
        for attempt in (1, 2):
            server = self._acquire()
            try:
                server.get_ready(deadline)
            except OutOfTime:
                self._release(server, broken=False)
                return self._late(query, seconds, "", "the server was not ready in time")
            except ToolFailure:
                self._release(server, broken=True)
                raise
            try:
                reply = server.ask(query, deadline)
            except OutOfTime as late:
                self._release(server, broken=True)
                self.warm()
                return self._late(query, time.monotonic() - started, late.output, "the time was used up")
            except Broken as broken:
                self._release(server, broken=True)
                if self._closed:
                    raise ToolFailure("the Dafny servers are closed") from None
                if attempt == 2:
                    raise ToolFailure(f"Dafny crashed on this program: {cause_of(broken.output)}") from None
                continue
            except BaseException:
                self._release(server, broken=True)
                raise
            self._release(server, broken=server.overgrown)
            return self._report(query, reply, time.monotonic() - started)
        raise AssertionError("unreachable")

    def _report(self, query: Query, reply: str, seconds: float) -> Report:
        reading = read_output(reply, query.filename)
        status = status_of(reading.methods, reading.faults)
        return Report(
            status,
            reading.methods,
            reading.faults,
            self.dafny.version,
            self._command(query),
            seconds,
            reply,
        )

    def _late(self, query: Query, seconds: float, output: str, note: str) -> Report:
        reading = read_output(output, query.filename)
        methods = reading.methods
        if reading.unfinished:
            methods = (*methods, MethodResult(reading.unfinished, 0, Outcome.TIMEOUT))
        return Report(
            "timeout",
            methods,
            reading.faults,
            self.dafny.version,
            self._command(query),
            seconds,
            output,
            note,
        )

    def _command(self, query: Query) -> str:
        options = arguments(self.dafny, query, self.settings.dafny_z3_memory_mb)
        return shlex.join([*self.dafny.server, *options])

    def _acquire(self) -> Server:
        with self._lock:
            if self._closed:
                raise ToolFailure("the Dafny servers are closed")
            while self._idle:
                server = self._idle.pop()
                if server.alive:
                    break
                server.kill()
            else:
                server = Server(self.dafny, self.settings)
            self._busy.add(server)
            return server

    def _release(self, server: Server, broken: bool) -> None:
        with self._lock:
            self._busy.discard(server)
            if not broken and not self._closed:
                self._idle.append(server)
                return
        server.kill()
