"""Running external programs: a deadline that kills the whole process group, bounded output."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from proofsmith.errors import ToolFailure, ToolMissing


@dataclass(frozen=True)
class Completed:
    """How a program ended. `code` is ``None`` when it was killed at its deadline."""

    command: tuple[str, ...]
    code: int | None
    stdout: str
    stderr: str
    seconds: float
    truncated: bool = False

    @property
    def timed_out(self) -> bool:
        """Whether the deadline ended it."""
        return self.code is None


def run(
    command: Sequence[str],
    *,
    seconds: float,
    stdin: str = "",
    cwd: str | None = None,
    env: Mapping[str, str] | None = None,
    max_output: int = 16_000_000,
    install: str = "",
) -> Completed:
    """Run `command` in a session of its own and wait at most `seconds`.

    At the deadline, and also when it ended by itself, everything left in its process group is
    killed. Output beyond `max_output` bytes per stream is read and dropped.

    Raises:
        ToolMissing: the program does not exist; `install` says how to get it.
        ToolFailure: it exists and cannot be started.
    """
    started = time.monotonic()
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=cwd,
            env=None if env is None else dict(env),
            start_new_session=True,
        )
    except FileNotFoundError as error:
        if cwd is not None and error.filename == cwd:
            raise ToolFailure(f"{command[0]} cannot be started in {cwd}: there is no such folder") from None
        raise ToolMissing(command[0], install or f"see the documentation of {command[0]}") from None
    except OSError as error:
        raise ToolFailure(f"{command[0]} cannot be started: {error}") from None
    try:
        out, err, truncated, ended = _pump(process, stdin.encode(), started + seconds, max_output)
    finally:
        kill_group(process.pid)
        code = process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
    return Completed(
        tuple(command),
        code if ended else None,
        out.decode(errors="replace"),
        err.decode(errors="replace"),
        time.monotonic() - started,
        truncated,
    )


def kill_group(pid: int) -> None:
    """Kill every process of the group that `pid` leads; no error if none is left."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _pump(
    process: subprocess.Popen[bytes], data: bytes, deadline: float, limit: int
) -> tuple[bytes, bytes, bool, bool]:
    """Feed stdin and read both outputs until they close and the program ends, or the deadline."""
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    chunks: dict[int, bytearray] = {
        process.stdout.fileno(): bytearray(),
        process.stderr.fileno(): bytearray(),
    }
    out, err = chunks.values()
    truncated = False
    with selectors.DefaultSelector() as selector:
        for stream in (process.stdin, process.stdout, process.stderr):
            os.set_blocking(stream.fileno(), False)
        selector.register(process.stdout, selectors.EVENT_READ)
        selector.register(process.stderr, selectors.EVENT_READ)
        if data:
            selector.register(process.stdin, selectors.EVENT_WRITE)
        else:
            process.stdin.close()
        while selector.get_map():
            left = deadline - time.monotonic()
            if left <= 0:
                return bytes(out), bytes(err), truncated, process.poll() is not None
            for key, _ in selector.select(min(left, 0.1)):
                if key.fileobj is process.stdin:
                    try:
                        data = data[os.write(key.fd, data[:65536]) :]
                    except BlockingIOError:
                        continue
                    except BrokenPipeError:
                        data = b""
                    if not data:
                        selector.unregister(process.stdin)
                        process.stdin.close()
                    continue
                block = os.read(key.fd, 65536)
                if not block:
                    selector.unregister(key.fileobj)
                    continue
                kept = chunks[key.fd]
                truncated = truncated or len(kept) + len(block) > limit
                kept += block[: max(0, limit - len(kept))]
            if process.poll() is not None:
                # The program ended; what it started may hold the pipes open for ever.
                deadline = min(deadline, time.monotonic() + 0.2)
                if not selector.select(0):
                    break
    try:
        process.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        return bytes(out), bytes(err), truncated, False
    return bytes(out), bytes(err), truncated, True
