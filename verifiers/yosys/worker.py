"""A pre-forked Yosys: imports pyosys and reads the maps once, sees no design, forks a child for each job.

Run as ``python -P -m proofsmith.verifiers.yosys.worker``. Messages are those of
`proofsmith.workers.frames`. A request is ``{"folder", "script": [command], "seconds",
"memory_mb"}``; the answers are ``{"started": pid}`` and ``{"code": exit status, "timed_out": bool}``.
The child runs in a session of its own, in the folder, its output in the file ``log`` there.
It is killed with all it started at its deadline, and when whoever asked goes away.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import select
import signal
import sys
import tempfile
import time
from typing import Any

from proofsmith.process import kill_group
from proofsmith.verifiers.yosys.maps import MAPS, OWN
from proofsmith.workers.frames import receive, send, silence, take_channel

_PR_SET_PDEATHSIG = 1
_STACK = 120 << 20
"""Bytes of stack: Yosys walks long chains of gates recursively. The kernel leaves a gap of 128 MiB for it."""


def main() -> None:
    """Serve jobs until stdin closes."""
    out = take_channel()
    try:
        from pyosys import libyosys  # type: ignore[import-untyped]
    except ImportError as error:
        send(out, {"missing": str(error)})
        return
    wake, wakened = os.pipe()
    os.set_blocking(wakened, False)
    os.set_blocking(wake, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wakened)
    silence()
    _read_maps(libyosys)
    send(out, {"ready": libyosys.yosys_maybe_version()})
    while True:
        request = receive(0)
        if request is None:
            return
        pid = os.fork()
        if pid == 0:
            _job(request, libyosys)
        send(out, {"started": pid})
        code = _wait(pid, time.monotonic() + float(request["seconds"]), wake)
        send(out, {"code": code, "timed_out": code is None})


def _read_maps(libyosys: Any) -> None:
    """Read the maps for `techmap` once, each to a saved design of its name, which every job then has."""
    with tempfile.TemporaryDirectory(prefix="proofsmith-maps-") as folder:
        for name, text in MAPS.items():
            path = os.path.join(folder, f"{name}.v")
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            more = f" {OWN}" if name == list(MAPS)[-1] else ""
            libyosys.run_pass(f"read_verilog -nooverwrite -noblackbox -icells {path}{more}")
            libyosys.run_pass(f"design -stash {name}")


def _wait(pid: int, deadline: float, wake: int) -> int | None:
    """Return the exit status of a job, ``None`` if it was killed at its deadline."""
    try:
        while True:
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                return os.waitstatus_to_exitcode(status)
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            ready = select.select([0, wake], [], [], min(left, 1.0))[0]
            if wake in ready:
                with contextlib.suppress(BlockingIOError):
                    os.read(wake, 4096)
            if 0 in ready:  # nobody sends while a job runs: the other end is closed
                kill_group(pid)
                os._exit(0)
    finally:
        kill_group(pid)  # what the job started; the job itself if it is over its time
        with contextlib.suppress(ChildProcessError, ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def _job(request: dict[str, Any], libyosys: Any) -> None:
    """Run a script in this forked process and end it."""
    code = 1
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        os.chdir(request["folder"])
        os.environ["TMPDIR"] = request["folder"]
        log = os.open("log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        limit = int(request["memory_mb"]) << 20
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        hard = resource.getrlimit(resource.RLIMIT_STACK)[1]
        stack = _STACK if hard == resource.RLIM_INFINITY else min(_STACK, hard)
        resource.setrlimit(resource.RLIMIT_STACK, (stack, hard))
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 30, 1 << 30))
        for command in request["script"]:
            libyosys.run_pass(command)  # an error of Yosys ends this process with status 1
        code = 0
    except MemoryError:
        os.write(2, b"ERROR: out of memory\n")
    except BaseException as error:  # the job must end here whatever happens
        os.write(2, f"ERROR: {type(error).__name__}: {error}\n".encode())
    finally:
        sys.stdout.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
