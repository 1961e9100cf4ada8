"""A session: one child that keeps its program loaded and answers calls one by one."""

from __future__ import annotations

import contextlib
import struct
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any

from proofsmith import values
from proofsmith.errors import ToolFailure
from proofsmith.python_spec import Call
from proofsmith.verifiers.sandbox.results import CallResult, Run, Status, read_result, read_run
from proofsmith.verifiers.sandbox.settings import Limits
from proofsmith.verifiers.sandbox.worker_process import NoReply, WorkerGone, WorkerProcess

GRACE = 2.0
"""Seconds beyond a deadline after which the worker itself is given up."""


class Session:
    """One program, loaded once, called many times; a context manager. Not for several threads at once.

    When a call ends the program's process (deadline, crash, ``os._exit``), its result says so, and the
    next call starts the program afresh. `load` says how loading went; when that failed, every call
    answers with its status.
    """

    def __init__(
        self,
        acquire: Callable[[], WorkerProcess],
        release: Callable[[WorkerProcess, bool], None],
        job: dict[str, Any],
        limits: Limits,
    ) -> None:
        self._acquire, self._release = acquire, release
        self._job = job
        self._limits = limits
        self._worker: WorkerProcess | None = None
        self.load: Run = self._start()

    def call(self, function: str, call: Call, seconds: float | None = None) -> CallResult:
        """Call `function` once, for at most `seconds` (the limits' by default)."""
        if self.load.status != "ok":
            return CallResult(self.load.status, detail=self.load.detail)
        if self._worker is None:
            self.load = self._start()
            if self.load.status != "ok":
                return CallResult(self.load.status, detail=self.load.detail)
        assert self._worker is not None
        seconds = self._limits.seconds if seconds is None else seconds
        started = time.monotonic()
        request = {
            "op": "call",
            "function": function,
            "args": values.encode(list(call.args)),
            "kwargs": values.encode([list(pair) for pair in call.kwargs]),
        }
        payload, end, detail = self._exchange(self._worker, request, started + seconds)
        if payload is None:
            return CallResult(end, seconds=time.monotonic() - started, detail=detail)
        return read_result(payload, call)

    def close(self) -> None:
        """End the program's process and give the worker back. May be called twice."""
        worker, self._worker = self._worker, None
        if worker is None:
            return
        dirty = True
        with contextlib.suppress(WorkerGone, NoReply):
            deadline = time.monotonic() + GRACE
            worker.send({"op": "close"}, deadline)
            while True:
                head = worker.receive(deadline).head
                if head.get("closed"):
                    dirty = bool(head["dirty"])
                    break
        self._release(worker, dirty)

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _start(self) -> Run:
        started = time.monotonic()
        deadline = started + self._limits.seconds
        worker = self._acquire()
        self._worker = worker
        payload, end, detail = self._exchange(worker, self._job, deadline)
        frames = [] if payload is None else [payload]
        run = read_run(frames, (), end, detail, time.monotonic() - started)
        if run.status != "ok":
            self.close()
        return run

    def _exchange(
        self, worker: WorkerProcess, message: dict[str, Any], deadline: float
    ) -> tuple[bytes | None, Status, str]:
        """Send `message`; return the child's next frame, or how the child ended instead."""
        try:
            worker.send(message, deadline + GRACE)
            reply = worker.receive(deadline)
        except NoReply:
            self.close()
            return None, "timeout", "did not end in time"
        except WorkerGone as error:
            self._worker = None
            self._release(worker, True)
            raise ToolFailure(f"the sandbox's worker ended: {error}") from None
        if reply.head.get("frame"):
            return reply.raw, "ok", ""
        self.close()
        return None, *how_it_ended(int(reply.head["code"]))


def how_it_ended(code: int) -> tuple[Status, str]:
    """Say what the wait status of a child that did not finish its work means."""
    signal = code & 0x7F
    if signal == 24:
        return "timeout", "used up its processor time"
    if signal == 25:
        return "output", "wrote too large a file"
    if signal:
        return "died", f"its process was ended by signal {signal}"
    return "died", f"its process exited with code {code >> 8}"


def split_frames(raw: bytes) -> list[bytes]:
    """Split what a child wrote into its frames; a torn last one is dropped."""
    frames: list[bytes] = []
    at = 0
    while at + 4 <= len(raw):
        size = struct.unpack_from(">I", raw, at)[0]
        if at + 4 + size > len(raw):
            break
        frames.append(raw[at + 4 : at + 4 + size])
        at += 4 + size
    return frames
