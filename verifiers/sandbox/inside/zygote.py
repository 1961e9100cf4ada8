"""The process that the children are forked from. It holds the warm interpreter, and never sees a job.

The worker hands it two pipe ends for each job; the child reads its job from one and writes to the
other. So a child's memory holds nothing of any job but its own.
"""

from __future__ import annotations

import _sitebuiltins
import builtins
import contextlib
import gc
import importlib
import json
import os
import signal
import socket
import struct
import sys
from typing import Any

_REHEARSAL = """
import math

LIMIT = 3


def helper(x):
    return [y + 1 for y in x if y]


def f(x, **more):
    print(x)
    if more:
        raise ValueError(x)
    total = 0
    for item in helper(x):
        total += item
    return {"total": (total, str(total)), "all": sorted(x)}
"""
_REHEARSAL_CALLS = [
    [{"list": [{"list": [1, 2, 0]}]}, {"list": []}],
    [{"list": [{"list": []}]}, {"list": [{"list": ["y", {"float": "0x1.8p+0"}]}]}],
]


class Zygote:
    """`inside` holds the modules of this folder; `control` is the line to the worker."""

    def __init__(self, inside: Any, config: dict[str, Any], control: socket.socket) -> None:
        self._inside = inside
        self._plain = not config["bubblewrap"]
        self._control = control
        if self._plain:
            inside.confine.die_with_parent()
        inside.confine.hide()
        builtins.exit = _sitebuiltins.Quitter("exit", "")
        builtins.quit = _sitebuiltins.Quitter("quit", "")
        for name in config["preload"]:
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
        self._filter = self._working_filter(read_only=self._plain and inside.tester is None)
        self._ruleset: int | None = None
        if self._plain:
            writable = [os.devnull] if inside.tester is None else [config["scratch"], os.devnull]
            self._ruleset = inside.confine.build_ruleset(config["readable"], writable)

    def serve(self) -> None:
        """Fork a child for every pair of pipe ends, and report how it ended; never returns."""
        facts = {"filter": self._filter is not None, "landlock": self._ruleset is not None}
        self._control.send(json.dumps(facts).encode())
        self._rehearse()
        gc.collect()
        gc.freeze()
        gc.disable()
        while True:
            word, pipes, _, _ = socket.recv_fds(self._control, 16, 2)
            if not word:
                os._exit(0)
            pid = os.fork()
            if pid == 0:
                self._child(*pipes)
            for fd in pipes:
                os.close(fd)
            self._control.send(struct.pack(">i", pid))
            _, status = os.waitpid(pid, 0)
            self._control.send(struct.pack(">i", status))

    def _rehearse(self) -> None:
        """Do a small job of our own here, over and over.

        The interpreter specialises its bytecode on the way. What it has rewritten here, no child has to
        rewrite in pages that it would first have to copy.
        """
        kept = {name: getattr(sys, name) for name in ("stdin", "stdout", "stderr", "argv")}
        job = json.dumps({"output_bytes": 1000, "result_bytes": 1000, "calls": _REHEARSAL_CALLS})
        for _ in range(20):
            read = json.loads(job)
            harness = self._inside.harness.Harness(self._inside.values, read, lambda data: None)
            harness.load(_REHEARSAL)
            for args, kwargs in read["calls"]:
                harness.call("f", args, kwargs)
        del sys.modules["program"]
        for name, item in kept.items():
            setattr(sys, name, item)

    def _working_filter(self, read_only: bool) -> Any:
        """Return the system-call filter if this kernel takes it, tried out in a child."""
        built = self._inside.confine.build_filter(read_only)
        if built is None:
            return None
        program = self._inside.confine.Filter(*built)
        pid = os.fork()
        if pid == 0:
            try:
                program.apply()
                os._exit(0)
            except BaseException:
                os._exit(1)
        return program if os.waitpid(pid, 0)[1] == 0 else None

    def _child(self, requests: int, results: int) -> None:
        """In the child: read the job, take away what it must not have, do it; never returns."""
        try:
            self._control.close()
            if self._plain:
                self._inside.confine.die_with_parent()
            signal.set_wakeup_fd(-1)
            job = json.loads(self._inside.read_frame(requests))
            self._inside.confine.limit(job["cpu"], job["memory"], job["disk_bytes"], self._filter is not None)
            if self._ruleset is not None:
                self._inside.confine.apply_ruleset(self._ruleset)
            if self._filter is not None:
                self._filter.apply()
            gc.enable()
            if job["op"] == "test":
                self._inside.tester.main(self._inside, job, self._line(requests, results))
            elif job["op"] == "lane":
                self._lane(job, requests, results)
            else:
                self._program(job, requests, results)
        except BaseException:
            os._exit(71)
        os._exit(0)

    def _program(self, job: dict[str, Any], requests: int, results: int) -> None:
        def write(data: bytes) -> None:
            while data:
                data = data[os.write(results, data) :]

        harness = self._inside.harness.Harness(self._inside.values, job, write)
        program, calls, function = job.pop("program"), job.pop("calls", None), job.pop("function", "")
        relay = job.pop("relay", False)
        job.clear()
        if not harness.load(program):
            return
        del program
        if relay:
            inside = self._inside
            line = self._line(requests, results)
            peer = inside.peer.Peer(inside.crossing, inside.values, 1, harness.module, line)
            harness.serve(peer, function)
            return
        for args, kwargs in calls or ():
            if not harness.call(function, args, kwargs):
                return
        while calls is None and (frame := self._inside.read_frame(requests)) is not None:
            request = json.loads(frame)
            if not harness.call(request["function"], request["args"], request["kwargs"]):
                return

    def _lane(self, job: dict[str, Any], requests: int, results: int) -> None:
        """Do one job after another in this process, each answered in one frame.

        Only programs come here that are known to be unable to reach beyond their own values.
        """
        while (frame := self._inside.read_frame(requests)) is not None:
            request = json.loads(frame)
            said = bytearray()
            harness = self._inside.harness.Harness(self._inside.values, job, said.extend)
            if harness.load(request["program"]):
                for args, kwargs in request["calls"]:
                    if len(said) > job["result_bytes"] // 2 or not harness.call(
                        request["function"], args, kwargs
                    ):
                        break
            self._inside.write_frame(results, bytes(said[: job["result_bytes"]]))

    def _line(self, requests: int, results: int) -> tuple[Any, Any]:
        """Return how a child sends and receives messages of a line (see `peer`)."""
        read_frame, write_frame = self._inside.read_frame, self._inside.write_frame
        dumps = json.JSONEncoder(separators=(",", ":")).encode

        def send(message: dict[str, Any]) -> None:
            write_frame(results, dumps(message).encode())

        def receive() -> dict[str, Any] | None:
            frame = read_frame(requests)
            return None if frame is None else json.loads(frame)

        return send, receive
