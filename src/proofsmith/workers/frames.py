"""Messages between us and our child processes, as the child sees them.

A frame is four bytes of length (big-endian) and as many bytes; here they hold JSON. Imports nothing
heavy, for every worker begins with it.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import struct
from typing import Any

HEAD = struct.Struct(">I")
"""The length in front of every frame."""


def framed(data: bytes) -> bytes:
    """Return `data` with its length in front."""
    return HEAD.pack(len(data)) + data


def take_channel() -> int:
    """Return a descriptor for the answers, and send what anybody prints to nowhere.

    A native library that prints must not break the protocol. Standard error stays for what goes
    wrong while the worker loads; see `silence`.
    """
    out = os.dup(1)
    _to_nowhere(1)
    return out


def silence() -> None:
    """Send standard error to nowhere: once the worker is ready nobody reads it, and it could fill up."""
    _to_nowhere(2)


def _to_nowhere(fd: int) -> None:
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, fd)
    os.close(sink)


def send(fd: int, message: dict[str, Any]) -> None:
    """Write one message."""
    view = memoryview(framed(json.dumps(message).encode()))
    while view:
        view = view[os.write(fd, view) :]


def receive(fd: int) -> dict[str, Any] | None:
    """Read one message; ``None`` at the end."""
    head = _exactly(fd, HEAD.size)
    data = None if head is None else _exactly(fd, HEAD.unpack(head)[0])
    if data is None:
        return None
    message: dict[str, Any] = json.loads(data)
    return message


def die_with_parent(on: bool) -> None:
    """Have the kernel end this process when the parent's end of stdin closes (SIGIO), also in native code."""
    with contextlib.suppress(OSError, AttributeError):
        fcntl.fcntl(0, fcntl.F_SETOWN, os.getpid())
        flags = fcntl.fcntl(0, fcntl.F_GETFL)
        fcntl.fcntl(0, fcntl.F_SETFL, flags | os.O_ASYNC if on else flags & ~os.O_ASYNC)
    if on and select.select([0], [], [], 0)[0]:  # closed before the signal was switched on
        os._exit(0)


def _exactly(fd: int, count: int) -> bytes | None:
    parts = bytearray()
    while len(parts) < count:
        block = os.read(fd, min(count - len(parts), 1 << 20))
        if not block:
            return None
        parts += block
    return bytes(parts)
