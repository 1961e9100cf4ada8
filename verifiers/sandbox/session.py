"""A session: one child that keeps its program loaded and answers calls one by one."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from types import TracebackType

from proofsmith import values
from proofsmith.python_spec import Call
from proofsmith.verifiers.sandbox.child import Child, ChildEnded
from proofsmith.verifiers.sandbox.results import CallResult, Run, read_result, read_run
from proofsmith.verifiers.sandbox.settings import Limits


class Session:
    """One program, loaded once, called many times; a context manager. Not for several threads at once.

    When a call ends the program's process (deadline, crash, ``os._exit``), its result says so, and the
    next call starts the program afresh. `load` says how loading went; when that failed, every call
    answers with its status.
    """

    def __init__(self, start: Callable[[], Child], limits: Limits) -> None:
        self._start = start
        self._limits = limits
        self._child: Child | None = None
        self.load: Run = self._load()

    def call(self, function: str, call: Call, seconds: float | None = None) -> CallResult:
        """Call `function` once, for at most `seconds` (the limits' by default)."""
        if self._child is None and self.load.status == "ok":
            self.load = self._load()
        if self._child is None:
            return CallResult(self.load.status, detail=self.load.detail)
        request = {
            "function": function,
            "args": values.encode(list(call.args)),
            "kwargs": values.encode([list(pair) for pair in call.kwargs]),
        }
        started = time.monotonic()
        try:
            self._child.send(json.dumps(request).encode())
            payload = self._child.receive(started + (self._limits.seconds if seconds is None else seconds))
        except ChildEnded as end:
            self.close()
            return CallResult(end.status, seconds=time.monotonic() - started, detail=end.detail)
        return read_result(payload, call)

    def close(self) -> None:
        """End the program's process and give the worker back. May be called twice."""
        child, self._child = self._child, None
        if child is not None:
            child.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _load(self) -> Run:
        self._child = self._start()
        run = load_report(self._child, self._limits)
        if run.status != "ok":
            self.close()
        return run


def load_report(child: Child, limits: Limits) -> Run:
    """Wait for a child's report on loading its program, and return it as a run without calls."""
    started = time.monotonic()
    try:
        frames = [child.receive(started + limits.seconds)]
    except ChildEnded as end:
        return read_run((), (), end.status, end.detail, time.monotonic() - started)
    return read_run(frames, (), "ok", "", time.monotonic() - started)
