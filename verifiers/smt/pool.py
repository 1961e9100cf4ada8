"""Warm solver processes: a wall-clock deadline kills and replaces, whatever the native code does."""

from __future__ import annotations

import json
import sys
import time
from types import TracebackType
from typing import Any, Literal

from proofsmith.errors import ToolFailure
from proofsmith.verifiers.smt.settings import SmtSettings
from proofsmith.workers.pool import WarmPool
from proofsmith.workers.process import FramedProcess, Gone, NoReply

Engine = Literal["z3", "cvc5"]
START_SECONDS = 30.0
"""A worker that is not ready by then never will be."""


class OutOfTime(Exception):
    """The deadline came before the final answer; `partial` is what was sent ahead, if anything."""

    def __init__(self, partial: dict[str, Any] | None) -> None:
        super().__init__("out of time")
        self.partial = partial


class _Worker(FramedProcess):
    """One solver process."""

    def __init__(self, engine: Engine, memory_mb: int) -> None:
        module = "proofsmith.verifiers.smt.worker"
        super().__init__(
            [sys.executable, "-P", "-m", module, engine, str(memory_mb)], what="the solver process"
        )
        self._started = time.monotonic()
        self.engine = engine
        self.version = ""

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
            hello = self._reply(min(deadline, latest))
        except OutOfTime:
            if time.monotonic() < latest:
                raise
            raise ToolFailure(f"the {self.engine} process does not start") from None
        except Gone:
            raise ToolFailure(f"the {self.engine} process ends at once: {self.last_words()}") from None
        self.version = str(hello["ready"])

    def ask(self, request: dict[str, Any], deadline: float) -> dict[str, Any]:
        """Return the final reply to `request`. Raises `OutOfTime` and `Gone`."""
        partial = None
        try:
            self.send(json.dumps(request).encode(), deadline)
        except NoReply:
            raise OutOfTime(None) from None
        while True:
            try:
                reply = self._reply(deadline)
            except OutOfTime:
                raise OutOfTime(partial) from None
            if reply.pop("final", False):
                return reply
            partial = reply

    def _reply(self, deadline: float) -> dict[str, Any]:
        try:
            reply: dict[str, Any] = json.loads(self.receive(deadline))
        except NoReply:
            raise OutOfTime(None) from None
        return reply


class SolverPool:
    """Solver processes, started when first used; a context manager, safe for threads.

    A process whose query ran past its deadline, or that died, is killed and another one started
    at once, so that the next query finds it warm.
    """

    def __init__(self, settings: SmtSettings | None = None) -> None:
        self.settings = settings or SmtSettings()
        self._workers = WarmPool(self._start, "the solvers")
        self._versions: dict[Engine, str] = {}

    def warm(self, engine: Engine = "z3") -> None:
        """Start a process now; it loads its solver while the caller does something else."""
        self._workers.warm(engine)

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
            worker = self._workers.take(engine)
            try:
                worker.get_ready(deadline)
            except OutOfTime:
                self._workers.give_back(worker, broken=False)
                raise
            except ToolFailure:
                self._workers.give_back(worker, broken=True)
                raise
            self._versions[engine] = worker.version
            try:
                # A little less than the deadline, so that the solver's own clock usually ends it.
                left = deadline - time.monotonic()
                reply = worker.ask({**request, "seconds": max(0.001, left - min(0.1, left / 10))}, deadline)
            except OutOfTime:
                self._workers.give_back(worker, broken=True)
                self.warm(engine)
                raise
            except Gone:
                self._workers.give_back(worker, broken=True)
                if attempt == 2:
                    raise ToolFailure(f"{engine} crashed on this query") from None
                continue
            except BaseException:
                self._workers.give_back(worker, broken=True)
                raise
            # A library that failed once, say for lack of memory, is not trusted with another query.
            self._workers.give_back(worker, broken=reply["status"] == "error")
            if reply["status"] == "error":
                raise ToolFailure(f"{engine}: {reply['detail']}")
            return reply
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Stop every process. May be called twice."""
        self._workers.close()

    def __enter__(self) -> SolverPool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _start(self, engine: Engine) -> _Worker:
        return _Worker(engine, self.settings.solver_memory_mb)
