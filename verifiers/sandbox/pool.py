"""The sandbox: a pool of warm workers, and the jobs they do."""

from __future__ import annotations

import itertools
import json
import os
import platform
import struct
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal

from proofsmith import values
from proofsmith.errors import ToolFailure, ToolMissing
from proofsmith.python_spec import Call
from proofsmith.verifiers.sandbox import isolation
from proofsmith.verifiers.sandbox.child import GRACE, Child, ChildEnded, how_it_ended
from proofsmith.verifiers.sandbox.isolation import Flavour
from proofsmith.verifiers.sandbox.results import Run, Status, read_run
from proofsmith.verifiers.sandbox.session import Session
from proofsmith.verifiers.sandbox.settings import Limits, SandboxSettings
from proofsmith.verifiers.sandbox.worker_process import Reply, WorkerProcess
from proofsmith.workers.process import Gone, NoReply

PROGRAMS = Flavour()
TESTERS = Flavour(("pytest", "_pytest.assertion.rewrite", *PROGRAMS.preload), tester=True)

WARM_SECONDS = 0.3
"""What a program in a used process may take before it is asked again in a process of its own."""
LANE_USES = 500


@dataclass
class _Lane:
    """A child that does job after job."""

    child: Child
    used: int = 0


class Sandbox:
    """Runs programs that nobody trusts. Safe to use from several threads; start-up is lazy.

    Workers are started as needed, one for each job that runs at the same time, and kept warm. A worker
    that died, that ran past a deadline or whose job left files behind is replaced.
    """

    def __init__(self, settings: SandboxSettings | None = None) -> None:
        self.settings = settings or SandboxSettings()
        self._keep = self.settings.workers or os.cpu_count() or 1
        self._lock = threading.Lock()
        self._idle: dict[Flavour, list[WorkerProcess]] = {}
        self._busy: set[WorkerProcess] = set()
        self._lanes: list[_Lane] = []
        self._ids = itertools.count(1)
        self._closed = False
        # The kernel kills a worker when the *thread* that started it ends, so one thread starts all.
        self._starter = ThreadPoolExecutor(1, "proofsmith-sandbox")
        self._bubblewrap: str | None = None
        self._decided = False
        self._hello: dict[str, Any] = {}
        self.warning: str = ""

    @property
    def kind(self) -> Literal["bubblewrap", "process"]:
        """What is in force.

        Raises:
            ToolMissing: it should be bubblewrap (`SandboxSettings.require_sandbox`), and cannot be.
        """
        if not self._decided:
            self._release(self._acquire(PROGRAMS), False)
        return "bubblewrap" if self._bubblewrap else "process"

    def describe(self) -> str:
        """Return one line for people: what is in force, with versions, and what it lacks."""
        python = f"CPython {platform.python_version()}"
        limits = f"{self.settings.memory_mb} MiB, {self.settings.seconds:g} s"
        parts = [self.kind.replace("process", "plain process")]
        if self._bubblewrap:
            parts[0] += f" {isolation.bubblewrap_version(self._bubblewrap)}"
        parts.append("system-call filter" if self._hello["filter"] else "no system-call filter")
        parts += ["Landlock"] if self._hello["landlock"] else []
        text = ", ".join([*parts, python, limits])
        return f"{text} ({self.warning})" if self.warning else text

    def limits(self, seconds: float | None = None) -> Limits:
        """Return the settings' limits, with at most `seconds` of wall clock."""
        return self.settings.limits(seconds)

    def try_warm(
        self, program: str, function: str, calls: Sequence[Call], seconds: float | None = None
    ) -> Run | None:
        """Do what `run` does, with the settings' limits, in a process that other programs used before.

        Many times faster, for programs that are *known* to be unable to reach beyond their own values.
        ``None`` means that something was out of the ordinary (a limit, a crash, not done in a moment):
        ask `run`. A good answer from here is worth confirming there.

        Raises:
            ToolFailure, ToolMissing: as `run`.
        """
        request = {"program": program, "function": function, "calls": _encode(calls)}
        started = time.monotonic()
        with self._lock:
            lane = self._lanes.pop() if self._lanes else None
        if lane is None:
            lane = _Lane(self.child({"op": "lane"}, self.limits()))
        try:
            lane.child.send(json.dumps(request).encode())
            raw = lane.child.receive(started + min(WARM_SECONDS, seconds or WARM_SECONDS))
        except (ChildEnded, ToolFailure):
            lane.child.close()
            return None
        lane.used += 1
        run = read_run(split_frames(raw), calls, "died", "", time.monotonic() - started)
        if lane.used >= LANE_USES or run.status not in ("ok", "load_error"):
            lane.child.close()
        else:
            with self._lock:
                self._lanes.append(lane)
        return run if run.status in ("ok", "load_error") else None

    def run(self, program: str, function: str, calls: Sequence[Call], limits: Limits | None = None) -> Run:
        """Load `program` in a process of its own and make all `calls` of `function`, in one round trip.

        The whole has ``limits.seconds``. Every call gets fresh copies of its arguments.

        Raises:
            ToolFailure: the sandbox itself does not work.
            ToolMissing: bubblewrap is required and missing.
        """
        limits = limits or self.limits()
        wanted = {"op": "run", "program": program, "function": function, "calls": _encode(calls)}
        head, job = self._job(wanted, limits)
        started = time.monotonic()
        attempts = 0
        while True:
            attempts += 1
            worker = self._acquire(PROGRAMS, fresh=attempts > 1)
            try:
                reply = self._ask(worker, head, job, limits)
            except NoReply:
                self._release(worker, True)
                detail = f"no answer within {limits.seconds:g} s"
                return read_run((), calls, "timeout", detail, time.monotonic() - started)
            except Gone:
                self._release(worker, True)
                if attempts == 2:
                    return read_run((), calls, "died", "it took its sandbox down", time.monotonic() - started)
                continue
            self._release(worker, bool(reply.head["dirty"]))
            return _finished(reply, calls, limits)

    def open(self, program: str, limits: Limits | None = None, module: str = "program") -> Session:
        """Return a session with `program` loaded as the module named `module`; close it after use.

        Raises:
            ToolFailure, ToolMissing: as `run`.
        """
        allowed = limits or self.limits()
        extra = {"op": "open", "program": program, "module": module}
        return Session(lambda: self.child(extra, allowed), allowed)

    def child(
        self,
        job: dict[str, Any],
        limits: Limits,
        flavour: Flavour = PROGRAMS,
        files: Sequence[tuple[str, str]] = (),
    ) -> Child:
        """Start a long-lived child for `job` (``open`` or ``test``); close it after use.

        `files` (name, text) are in its folder.

        Raises:
            ToolFailure, ToolMissing: as `run`.
        """
        head, whole = self._job({**job, "cpu": limits.cpu_seconds or 3600}, limits)
        head["files"] = list(files)
        worker = self._acquire(flavour)
        return Child(worker, lambda w, broken: self._release(w, broken, flavour), head, whole)

    def close(self) -> None:
        """Stop every worker. May be called twice."""
        with self._lock:
            self._closed = True
        self._starter.shutdown(wait=True)
        with self._lock:
            workers = [w for idle in self._idle.values() for w in idle] + list(self._busy)
            self._idle.clear()
            self._lanes.clear()
        for worker in workers:
            worker.kill()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _job(self, job: dict[str, Any], limits: Limits) -> tuple[dict[str, Any], bytes]:
        """Return what the worker must know of a job, and what the child gets."""
        room = limits.result_bytes
        head = {"op": job["op"], "id": next(self._ids), "seconds": limits.seconds, "room": room}
        whole = {
            "cpu": limits.seconds + 1 if limits.cpu_seconds is None else limits.cpu_seconds,
            "memory": limits.memory_mb << 20,
            "disk_bytes": self.settings.disk_mb << 20,
            "output_bytes": limits.output_bytes,
            "result_bytes": room,
            **job,
        }
        return head, json.dumps(whole).encode()

    def _ask(self, worker: WorkerProcess, head: dict[str, Any], job: bytes, limits: Limits) -> Reply:
        deadline = time.monotonic() + limits.seconds + GRACE
        worker.tell(head, job, deadline)
        while True:
            reply = worker.hear(deadline)
            if reply.head.get("id") == head["id"]:
                return reply

    def _acquire(self, flavour: Flavour, fresh: bool = False) -> WorkerProcess:
        with self._lock:
            if self._closed:
                raise ToolFailure("the sandbox is closed")
            idle = self._idle.setdefault(flavour, [])
            while idle and not fresh:
                worker = idle.pop()
                if worker.alive:
                    self._busy.add(worker)
                    return worker
                worker.kill()
        try:
            worker = self._starter.submit(self._start, flavour).result()
        except RuntimeError:  # shut down meanwhile
            raise ToolFailure("the sandbox is closed") from None
        with self._lock:
            self._busy.add(worker)
        return worker

    def _release(self, worker: WorkerProcess, broken: bool, flavour: Flavour = PROGRAMS) -> None:
        with self._lock:
            self._busy.discard(worker)
            idle = self._idle.setdefault(flavour, [])
            if not broken and not self._closed and len(idle) < self._keep:
                idle.append(worker)
                return
        worker.kill()

    def _start(self, flavour: Flavour) -> WorkerProcess:
        """Start one worker; the first start decides whether bubblewrap works here."""
        if not self._decided:
            self._bubblewrap = isolation.find_bubblewrap(self.settings.bubblewrap)
            self.warning = "" if self._bubblewrap else "bubblewrap is not installed"
            if self._bubblewrap:
                try:
                    worker = WorkerProcess(self._bubblewrap, flavour, self.settings.disk_mb)
                except ToolFailure as error:
                    self._bubblewrap, self.warning = None, f"bubblewrap does not work here: {error}"
                else:
                    self._hello, self._decided = worker.hello, True
                    return worker
            if self.settings.require_sandbox:
                if "not installed" in self.warning:
                    raise ToolMissing("bubblewrap", isolation.INSTALL_BUBBLEWRAP)
                raise ToolFailure(self.warning)
        worker = WorkerProcess(self._bubblewrap, flavour, self.settings.disk_mb)
        self._hello, self._decided = worker.hello, True
        return worker


def _encode(calls: Sequence[Call]) -> list[list[Any]]:
    return [
        [values.encode(list(call.args)), values.encode([list(pair) for pair in call.kwargs])]
        for call in calls
    ]


def _finished(reply: Reply, calls: Sequence[Call], limits: Limits) -> Run:
    """Put the run together from the worker's reply."""
    end: Status
    if reply.head["end"] == "deadline":
        end, detail = "timeout", f"did not end within {limits.seconds:g} s"
    elif reply.head["end"] == "flood":
        end, detail = "output", f"its results take more than {limits.result_bytes} bytes"
    else:
        end, detail = how_it_ended(int(reply.head["code"]))
    return read_run(split_frames(reply.raw), calls, end, detail, float(reply.head["seconds"]))


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
