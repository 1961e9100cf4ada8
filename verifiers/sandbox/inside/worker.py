"""The warm worker: has a child forked for each job, passes on what it says, and kills it on time.

Started as ``python -I -S worker.py CONFIG`` with CONFIG a JSON object. It talks frames over its
standard input and output: four bytes of length (big-endian), a JSON object for the worker, a newline,
and bytes for or from the child, which the worker does not look into. The children are forked by a
second process (see `zygote`) that never sees a job, so that nothing of one is in the memory of the next.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import select
import shutil
import signal
import socket
import struct
import sys
import time
import types
from typing import Any

_KILL_WAIT = 0.05
_LOOK_AGAIN = 0.02
_FILES = ("values", "confine", "harness", "crossing", "peer", "miner", "zygote")


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


def write_frame(fd: int, data: bytes) -> None:
    """Write one frame; a reader that is gone is no error."""
    view = memoryview(struct.pack(">I", len(data)) + data)
    with contextlib.suppress(BrokenPipeError):
        while view:
            view = view[os.write(fd, view) :]


class _Child:
    """A running child, as the worker sees it: its process id and its two pipes."""

    def __init__(self, control: socket.socket, payload: bytes) -> None:
        self._control = control
        for_child, self.requests = os.pipe()
        self.results, from_child = os.pipe()
        os.set_blocking(self.results, False)
        small = len(payload) < 60_000
        if small:  # it fits the pipe: the child finds it there and need not wait
            write_frame(self.requests, payload)
        socket.send_fds(control, [b"fork"], [for_child, from_child])
        os.close(for_child)
        os.close(from_child)
        self._pid = struct.unpack(">i", control.recv(4))[0]
        self._status: int | None = None
        self._ends = select.poll()
        self._ends.register(control, select.POLLIN)
        if not small:
            write_frame(self.requests, payload)

    def wait(self, seconds: float) -> bool:
        """Wait for the child to end by itself; say whether it did."""
        if self._status is None and self._ends.poll(seconds * 1000 + 1):
            self._status = int(struct.unpack(">i", self._control.recv(4))[0])
        return self._status is not None

    def drain(self, data: bytearray, room: int) -> bool:
        """Add to `data` what the child has written so far; say whether it kept to `room` bytes."""
        with contextlib.suppress(BlockingIOError):
            while block := os.read(self.results, 1 << 16):
                data += block
                if len(data) > room:
                    return False
        return True

    def stop(self, patient: bool) -> int:
        """End the child, at once or after a moment to end by itself; return its wait status."""
        if not (self._status is not None or (patient and self.wait(_KILL_WAIT))):
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
            self._status = int(struct.unpack(">i", self._control.recv(4))[0])
        assert self._status is not None
        return self._status

    def close(self) -> None:
        """Close the pipes."""
        os.close(self.requests)
        os.close(self.results)


class Worker:
    """One worker process; `serve` is its life."""

    def __init__(self, config: dict[str, Any]) -> None:
        here = os.path.dirname(os.path.abspath(__file__))
        sys.path[:] = [p for p in sys.path if p != here] + list(config["path"])
        inside = types.SimpleNamespace(read_frame=read_frame, write_frame=write_frame, tester=None)
        for name in (*_FILES, *(("tester",) if config["tester"] else ())):
            path = config["values"] if name == "values" else os.path.join(here, f"{name}.py")
            setattr(inside, name, _load(f"_proofsmith_{name}", path))
        self._scratch = config["scratch"]
        self._plain = not config["bubblewrap"]
        if self._plain:
            signal.signal(signal.SIGTERM, self._leave)
            inside.confine.die_with_parent(signal.SIGTERM)
        inside.confine.hide()
        os.chdir(self._scratch)
        self._in, self._out = os.dup(0), os.dup(1)
        null = os.open(os.devnull, os.O_RDWR)
        for fd in (0, 1, 2):
            os.dup2(null, fd)
        os.close(null)
        self._control, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._zygote = os.fork()
        if self._zygote == 0:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            for fd in (self._in, self._out, self._control.fileno()):
                os.close(fd)
            inside.zygote.Zygote(inside, config, far).serve()
        far.close()
        self._facts: dict[str, Any] = json.loads(self._control.recv(1000) or "{}")

    def _leave(self, *_: object) -> None:
        """The trusted side is gone: leave nothing behind. The children end with this process."""
        shutil.rmtree(self._scratch, ignore_errors=True)
        os._exit(0)

    def _reply(self, head: dict[str, Any], raw: bytes = b"") -> None:
        write_frame(self._out, json.dumps(head).encode() + b"\n" + raw)

    def serve(self) -> None:
        """Take jobs until the trusted side goes away."""
        self._reply(self._facts)
        while (frame := read_frame(self._in)) is not None:
            text, _, payload = frame.partition(b"\n")
            head = json.loads(text)
            if head["op"] == "run":
                self._run(head, payload)
            elif head["op"] in ("open", "test", "lane"):
                self._session(head, payload)
        if self._plain:
            self._leave()

    def _run(self, head: dict[str, Any], payload: bytes) -> None:
        """One program and all its calls: collect what the child says until it ends or must."""
        started = time.monotonic()
        deadline = started + head["seconds"]
        room = head["room"]
        child = _Child(self._control, payload)
        data = bytearray()
        while True:
            left = deadline - time.monotonic()
            # Waking up for every result would cost more than making it: look when the child is done.
            ended = child.wait(min(max(left, 0.0), _LOOK_AGAIN))
            room_left = child.drain(data, room)
            if ended or left <= 0 or not room_left:
                break
        end = "exit" if ended else "deadline" if room_left else "flood"
        code = child.stop(patient=False)
        child.close()
        seconds = time.monotonic() - started
        answer = {"id": head["id"], "end": end, "code": code, "seconds": seconds, "dirty": self._dirty()}
        self._reply(answer, bytes(data[:room]))

    def _session(self, head: dict[str, Any], payload: bytes) -> None:
        """Relay frames between the trusted side and a child until the trusted side ends it."""
        name, room = head["id"], head["room"]
        self._write_files(head)
        child = _Child(self._control, payload)
        poller = select.poll()
        for fd in (self._in, child.results):
            poller.register(fd, select.POLLIN)
        buffer = bytearray()
        listening = True
        while True:
            ready = {fd for fd, _ in poller.poll()}
            if self._in in ready:
                frame = read_frame(self._in)
                if frame is None:
                    break
                text, _, message = frame.partition(b"\n")
                if json.loads(text)["op"] == "close":
                    break
                write_frame(child.requests, message)
            elif listening and child.results in ready:
                block = os.read(child.results, 1 << 16)
                buffer += block
                listening = bool(block) and self._pass_on(name, buffer, room)
                if not listening:
                    poller.unregister(child.results)
                    self._reply({"id": name, "end": "exit", "code": child.stop(patient=not block)})
        code = child.stop(patient=False)
        child.close()
        if head["op"] == "test":
            self._clear()
        self._reply({"id": name, "closed": True, "code": code, "dirty": self._dirty()})

    def _pass_on(self, name: int, buffer: bytearray, room: int) -> bool:
        """Send every whole frame of `buffer` on and remove it; say whether the rest can become one."""
        while len(buffer) >= 4:
            size = struct.unpack_from(">I", buffer)[0]
            if size > room:
                return False
            if len(buffer) < 4 + size:
                break
            self._reply({"id": name, "frame": True}, bytes(buffer[4 : 4 + size]))
            del buffer[: 4 + size]
        return True

    def _dirty(self) -> bool:
        """Say whether this worker must not be used again: a job left files, or may have left processes."""
        if not self._facts.get("filter"):
            return True
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

    def _write_files(self, head: dict[str, Any]) -> None:
        for name, text in head.get("files", ()):
            path = os.path.join(self._scratch, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8", errors="surrogatepass") as file:
                file.write(text)


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    Worker(json.loads(sys.argv[1])).serve()
