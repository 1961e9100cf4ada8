"""A solver process: reads queries from stdin, answers on stdout, dies when its parent does.

Run as ``python -P -m proofsmith.verifiers.smt.worker ENGINE MEMORY_MB``. Messages are JSON with a
four-byte length in front. The engine is ``z3`` or ``cvc5``; see `z3_engine` and `cvc5_engine`.
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib
import json
import os
import resource
import select
import struct
import sys
from typing import Any


def main() -> None:
    """Serve queries until stdin closes."""
    engine_name, memory = sys.argv[1], int(sys.argv[2])
    out = os.dup(1)
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, 1)  # a native library that prints must not break the protocol
    limit = memory << 20
    resource.setrlimit(resource.RLIMIT_AS, (2 * limit, 2 * limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.set_int_max_str_digits(0)
    engine = importlib.import_module(f"proofsmith.verifiers.smt.{engine_name}_engine")
    engine.start(memory)
    send(out, {"ready": engine.version()})
    while True:
        request = receive(0)
        if request is None:
            return
        die_with_parent(True)
        try:
            reply = engine.answer(request, lambda partial: send(out, partial))
        except MemoryError:
            reply = {"status": "error", "detail": "out of memory"}
        except Exception as error:  # the engine's own errors have no common base class
            reply = {"status": "error", "detail": f"{type(error).__name__}: {error}"[:500]}
        die_with_parent(False)
        send(out, {**reply, "final": True})


def die_with_parent(on: bool) -> None:
    """Have the kernel end this process when the parent's end of stdin closes (SIGIO), also in native code."""
    with contextlib.suppress(OSError, AttributeError):
        fcntl.fcntl(0, fcntl.F_SETOWN, os.getpid())
        flags = fcntl.fcntl(0, fcntl.F_GETFL)
        fcntl.fcntl(0, fcntl.F_SETFL, flags | os.O_ASYNC if on else flags & ~os.O_ASYNC)
    if on and select.select([0], [], [], 0)[0]:  # closed before the signal was switched on
        os._exit(0)


def send(fd: int, message: dict[str, Any]) -> None:
    """Write one message."""
    data = json.dumps(message).encode()
    view = memoryview(struct.pack(">I", len(data)) + data)
    while view:
        view = view[os.write(fd, view) :]


def receive(fd: int) -> dict[str, Any] | None:
    """Read one message; ``None`` at the end."""
    head = _exactly(fd, 4)
    if head is None:
        return None
    data = _exactly(fd, struct.unpack(">I", head)[0])
    if data is None:
        return None
    message: dict[str, Any] = json.loads(data)
    return message


def _exactly(fd: int, count: int) -> bytes | None:
    parts = bytearray()
    while len(parts) < count:
        block = os.read(fd, min(count - len(parts), 1 << 20))
        if not block:
            return None
        parts += block
    return bytes(parts)


if __name__ == "__main__":
    main()
