"""The warm worker: forks a child for each job, passes on what it says, and kills it on time.

Started as ``python -I -S worker.py CONFIG`` with CONFIG a JSON object. It talks frames over its
standard input and output: four bytes of length (big-endian), then a JSON object; a reply's object may
be followed by raw bytes after a newline, which the trusted side alone looks into. The worker never
runs a program itself and never reads what a child wrote.
"""

from __future__ import annotations

import _sitebuiltins
import builtins
import contextlib
import gc
import importlib
import importlib.util
import json
import os
import select
import shutil
import signal
import struct
import sys
import time
import types
from typing import Any

_KILL_WAIT = 0.05


def _load(name: str, path: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def read_exactly(fd: int, count: int) -> bytes | None:
    """Read `count` bytes; ``None`` at the end of the stream."""
    parts = bytearray()
    while len(parts) < count:
        block = os.read(fd, min(count - len(parts), 1 << 20))
        if not block:
            return None
        parts += block
    return bytes(parts)


def read_frame(fd: int) -> bytes | None:
    """Read one frame; ``None`` at the end of the stream."""
    head = read_exactly(fd, 4)
    return None if head is None else read_exactly(fd, struct.unpack(">I", head)[0])


def write_all(fd: int, data: bytes) -> None:
    """Write all of `data`."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


class Worker:
    """One worker process; `serve` is its life."""

    def __init__(self, config: dict[str, Any]) -> None:
        self._bubblewrap = bool(config["bubblewrap"])
        self._scratch = config["scratch"]
        here = os.path.dirname(os.path.abspath(__file__))
        sys.path[:] = [p for p in sys.path if p != here] + list(config["path"])
        self._confine = _load("_proofsmith_confine", os.path.join(here, "confine.py"))
        if not self._bubblewrap:
            self._confine.die_with_parent()
        self._confine.hide()
        self._values = _load("_proofsmith_values", config["values"])
        self._harness = _load("_proofsmith_harness", os.path.join(here, "harness.py"))
        self._inside = types.SimpleNamespace()
        for name in ("crossing", "peer", "miner"):
            module = _load(f"_proofsmith_{name}", os.path.join(here, f"{name}.py"))
            setattr(self._inside, name, module)
        self._tester: Any = None
        if config["tester"]:
            self._tester = _load("_proofsmith_tester", os.path.join(here, "tester.py"))
        builtins.exit = _sitebuiltins.Quitter("exit", "")
        builtins.quit = _sitebuiltins.Quitter("quit", "")
        for name in config["preload"]:
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
        read_only = not self._bubblewrap and self._tester is None
        self._filter = self._working_filter(read_only)
        self._ruleset: int | None = None
        if not self._bubblewrap:
            writable = [self._scratch, os.devnull] if self._tester else [os.devnull]
            self._ruleset = self._confine.build_ruleset(config["readable"], writable)
        os.chdir(self._scratch)
        self._in, self._out = os.dup(0), os.dup(1)
        null = os.open(os.devnull, os.O_RDWR)
        for fd in (0, 1, 2):
            os.dup2(null, fd)
        os.close(null)
        self._hello = {"filter": self._filter is not None, "landlock": self._ruleset is not None}

    def _working_filter(self, read_only: bool) -> Any:
        """Return the system-call filter if this kernel takes it, tried out in a child."""
        program = self._confine.build_filter(read_only)
        if program is None:
            return None
        pid = os.fork()
        if pid == 0:
            try:
                self._confine.apply_filter(program)
                os._exit(0)
            except BaseException:
                os._exit(1)
        return program if os.waitpid(pid, 0)[1] == 0 else None

    def reply(self, head: dict[str, Any], raw: bytes = b"") -> None:
        """Send one frame to the trusted side."""
        text = json.dumps(head).encode() + b"\n"
        write_all(self._out, struct.pack(">I", len(text) + len(raw)) + text + raw)

    def serve(self) -> None:
        """Take jobs until the trusted side goes away."""
        gc.collect()
        gc.freeze()
        gc.disable()
        self.reply(self._hello)
        while (frame := read_frame(self._in)) is not None:
            job = json.loads(frame)
            if job["op"] == "run":
                self._run(job)
            elif job["op"] in ("open", "test"):
                self._session(job)

    def _start(self, job: dict[str, Any], session: bool) -> tuple[int, int, int]:
        """Fork the job's child; return its process id, where it reads and where it writes."""
        results, results_in = os.pipe()
        requests_out, requests = os.pipe() if session else (-1, -1)
        pid = os.fork()
        if pid:
            os.close(results_in)
            if session:
                os.close(requests_out)
            return pid, requests, results
        try:
            for fd in (self._in, self._out, results, *((requests,) if session else ())):
                os.close(fd)
            if not self._bubblewrap:
                self._confine.die_with_parent()
            signal.set_wakeup_fd(-1)
            file_bytes = job["disk_bytes"]
            self._confine.limit(job["cpu"], job["memory"], file_bytes, self._filter is not None)
            if self._ruleset is not None:
                self._confine.apply_ruleset(self._ruleset)
            if self._filter is not None:
                self._confine.apply_filter(self._filter)
            gc.enable()
            if job["op"] == "test":
                line = self._line(requests_out, results_in)
                self._tester.main(self._values, self._inside, job, line)
            else:
                self._child(job, requests_out, results_in)
        except BaseException:
            os._exit(71)
        os._exit(0)

    def _child(self, job: dict[str, Any], requests: int, results: int) -> None:
        harness = self._harness.Harness(self._values, job, results)
        program, calls, function = job.pop("program"), job.pop("calls", ()), job.pop("function", "")
        relay = job.pop("relay", False)
        job.clear()
        if not harness.load(program):
            return
        del program
        if relay:
            line = self._line(requests, results)
            inside = self._inside
            peer = inside.peer.Peer(inside.crossing, self._values, 1, harness.module, line)
            harness.serve(peer, function)
            return
        for args, kwargs in calls:
            if not harness.call(function, args, kwargs):
                return
        while requests >= 0 and (frame := read_frame(requests)) is not None:
            request = json.loads(frame)
            if not harness.call(request["function"], request["args"], request["kwargs"]):
                return

    def _line(self, requests: int, results: int) -> tuple[Any, Any]:
        """Return how a child sends and receives messages of a line (see `peer`)."""
        dumps = json.JSONEncoder(separators=(",", ":")).encode

        def send(message: dict[str, Any]) -> None:
            payload = dumps(message).encode()
            write_all(results, struct.pack(">I", len(payload)) + payload)

        def receive() -> dict[str, Any] | None:
            frame = read_frame(requests)
            message = None if frame is None else json.loads(frame)
            return json.loads(message["message"]) if message else None

        return send, receive

    def _run(self, job: dict[str, Any]) -> None:
        """One program and all its calls: collect what the child says until it ends or must."""
        started = time.monotonic()
        deadline = started + job["seconds"]
        name, room = job["id"], job["result_bytes"]
        pid, _, results = self._start(job, session=False)
        del job
        data = bytearray()
        end = "exit"
        poller = select.poll()
        poller.register(results, select.POLLIN)
        while True:
            left = deadline - time.monotonic()
            if left <= 0 or not poller.poll(left * 1000 + 1):
                end = "deadline"
                break
            block = os.read(results, 1 << 16)
            if not block:
                break
            data += block
            if len(data) > room:
                end = "flood"
                break
        os.close(results)
        code = self._stop(pid, patient=end == "exit")
        head = {"id": name, "end": end, "code": code, "seconds": time.monotonic() - started}
        head["dirty"] = self._dirty()
        self.reply(head, bytes(data[:room]))

    def _session(self, job: dict[str, Any]) -> None:
        """Relay frames between the trusted side and a child until the trusted side ends it."""
        name, room = job["id"], job["result_bytes"]
        self._write_files(job)
        pid, requests, results = self._start(job, session=True)
        poller = select.poll()
        for fd in (self._in, results):
            poller.register(fd, select.POLLIN)
        buffer = bytearray()
        open_results = True
        while True:
            ready = {fd for fd, _ in poller.poll()}
            if self._in in ready:
                frame = read_frame(self._in)
                if frame is None or json.loads(frame)["op"] == "close":
                    break
                with contextlib.suppress(BrokenPipeError):
                    write_all(requests, struct.pack(">I", len(frame)) + frame)
            elif open_results and results in ready:
                block = os.read(results, 1 << 16)
                buffer += block
                while len(buffer) >= 4:
                    size = struct.unpack_from(">I", buffer)[0]
                    if size > room:
                        block = b""
                        break
                    if len(buffer) < 4 + size:
                        break
                    self.reply({"id": name, "frame": True}, bytes(buffer[4 : 4 + size]))
                    del buffer[: 4 + size]
                if not block:
                    poller.unregister(results)
                    open_results = False
                    code = self._stop(pid, patient=True)
                    pid = 0
                    self.reply({"id": name, "end": "exit", "code": code})
        os.close(results)
        os.close(requests)
        code = self._stop(pid, patient=False) if pid else 0
        if job["op"] == "test":
            self._clear()
        self.reply({"id": name, "closed": True, "code": code, "dirty": self._dirty()})

    def _stop(self, pid: int, patient: bool) -> int:
        """End the child and all it left behind; return its wait status."""
        if patient:
            give_up = time.monotonic() + _KILL_WAIT
            pause = 0.0
            while time.monotonic() < give_up:
                ended, status = os.waitpid(pid, os.WNOHANG)
                if ended:
                    self._sweep()
                    return status
                time.sleep(pause)
                pause = 0.0005
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        self._sweep()
        return status

    def _sweep(self) -> None:
        """Kill whatever else a child started, where the kernel lets it start anything."""
        if self._bubblewrap:
            with contextlib.suppress(ProcessLookupError):
                os.kill(-1, signal.SIGKILL)
        elif self._filter is None:
            with contextlib.suppress(OSError), open(f"/proc/{os.getpid()}/task/{os.getpid()}/children") as f:
                for child in f.read().split():
                    os.kill(int(child), signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass

    def _dirty(self) -> bool:
        """Say whether the job left files behind; such a worker is not used again."""
        with os.scandir(self._scratch) as entries:
            return next(entries, None) is not None

    def _clear(self) -> None:
        """Remove what a test run left behind; what resists makes the worker dirty."""
        for entry in os.listdir(self._scratch):
            path = os.path.join(self._scratch, entry)
            if os.path.isdir(path) and not os.path.islink(path):
                shutil.rmtree(path, ignore_errors=True)
            else:
                with contextlib.suppress(OSError):
                    os.unlink(path)

    def _write_files(self, job: dict[str, Any]) -> None:
        for name, text in job.get("files", ()):
            path = os.path.join(self._scratch, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8", errors="surrogatepass") as file:
                file.write(text)


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    Worker(json.loads(sys.argv[1])).serve()
