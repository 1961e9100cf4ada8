"""One warm DafnyServer process (Dafny 2.3) and its protocol."""

from __future__ import annotations

import base64
import json
import os
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from proofsmith.errors import ToolFailure
from proofsmith.verifiers.dafny.guarded import Ended, GuardedProcess, OutOfTime
from proofsmith.verifiers.dafny.settings import DafnySettings
from proofsmith.verifiers.dafny.tools import INSTALL_DAFNY, Dafny
from proofsmith.verifiers.scratch import owned_prefix

OWN_NAME = "u.dfy"
"""The name under which a text without a file is passed."""
ERROR_LIMIT = 100
"""Most errors that are reported of one method; Dafny's own limit of 5 hides most of many."""
_END = b"[[DAFNY-SERVER: EOM]]"
_WARM_UP_SECONDS = 60.0
GOOD = "method Good(x: int) requires x > 2 ensures x > 1 {}\n"
BAD = "method Bad(x: int) requires x > 1 ensures x > 2 {}\n"


@dataclass(frozen=True)
class Query:
    """What is to be verified.

    Attributes:
        source: the text.
        filename: under which it is passed; ``include`` is resolved from its folder.
        method_seconds: whole seconds that the proof of one method may take.
        only: names of the procedures to prove, ``*`` standing for anything; empty for all.
        strict: whether what is assumed must be proved as well.
    """

    source: str
    filename: str = OWN_NAME
    method_seconds: int = 10
    only: tuple[str, ...] = ()
    strict: bool = True


class Broken(Exception):
    """The server crashed or answered against its protocol; `output` is what it said."""

    def __init__(self, output: str) -> None:
        super().__init__(output)
        self.output = output


class Server:
    """A server process. Only one thread at a time may `ask`.

    It warms up in a thread of its own, by judging a right and a wrong method; see `get_ready`.

    Raises:
        ToolFailure: it cannot be started.
    """

    def __init__(self, dafny: Dafny, settings: DafnySettings) -> None:
        self._dafny = dafny
        self._limit_mb = settings.dafny_memory_mb
        self._folder = tempfile.TemporaryDirectory(prefix=owned_prefix("dafny"), ignore_cleanup_errors=True)
        self._process = GuardedProcess(
            dafny.server, cwd=self._folder.name, install=INSTALL_DAFNY, memory_mb=address_space(settings)
        )
        self._warm = threading.Event()
        self._failure = ""
        threading.Thread(target=self._warm_up, name="dafny-warm-up", daemon=True).start()

    @property
    def alive(self) -> bool:
        """Whether the process is running."""
        return self._process.alive

    def get_ready(self, deadline: float) -> None:
        """Wait until it has judged the right and the wrong method rightly.

        Raises:
            OutOfTime: not within the deadline (the process is still fine).
            ToolFailure: it does not start, or misjudges them: then its Z3 is broken.
        """
        if not self._warm.wait(max(0.0, deadline - time.monotonic())):
            raise OutOfTime
        if self._failure:
            raise ToolFailure(self._failure)

    def _warm_up(self) -> None:
        self._failure = "the warm-up of DafnyServer broke off"
        try:
            self._failure = self._tried_out()
        finally:
            self._warm.set()

    def _tried_out(self) -> str:
        """Ask about the right and the wrong method; return what is wrong with the answer, if anything."""
        try:
            reply = self.ask(Query(GOOD + BAD), time.monotonic() + _WARM_UP_SECONDS)
        except OutOfTime:
            return "DafnyServer does not answer"
        except Broken as broken:
            return f"Dafny does not work with {self._dafny.z3}: {cause_of(broken.output)}"
        lines = [line for line in reply.splitlines() if " proof obligation]" in line]
        words = [line.rpartition("]")[2].strip() for line in lines]
        if words == ["verified", "error"]:
            return ""
        said = " and ".join(words) or cause_of(reply)
        return f"Dafny misjudges a right and a wrong method with {self._dafny.z3}: it says {said}"

    def ask(self, query: Query, deadline: float) -> str:
        """Verify a text and return the reply.

        Raises:
            OutOfTime: with what was printed by the deadline; the server must be killed.
            Broken: it crashed; the server must be killed.
        """
        if not self._process.silent:
            raise Broken("the server says more than it was asked")
        request = {
            "args": [
                *arguments(self._dafny, query),
                *(f"/proc:{name}" for name in query.only),
            ],
            "filename": query.filename,
            "source": query.source,
            "sourceIsFile": False,
        }
        data = base64.b64encode(json.dumps(request).encode())
        try:
            self._process.write(b"verify\n" + data + b"\n[[DAFNY-CLIENT: EOM]]\n", deadline)
            reply = self._process.read_until(_END, deadline)
        except Ended as ended:
            raise Broken(ended.output) from None
        if reply.splitlines()[-1] != f"[SUCCESS] {_END.decode()}":
            raise Broken(reply)
        return reply

    @property
    def overgrown(self) -> bool:
        """Whether it uses more memory than the settings allow."""
        return _resident_mb(self._process.pid) > self._limit_mb

    def end(self) -> None:
        """Kill the processes; whoever waits for an answer sees them end."""
        self._process.end()

    def kill(self) -> None:
        """Kill the processes and clear up. May be called twice."""
        self._process.end()
        self._warm.wait()  # the thread reads from streams that are closed next
        self._process.kill()
        self._folder.cleanup()


def arguments(dafny: Dafny, query: Query) -> tuple[str, ...]:
    """Return the options for a server of Dafny 2.3."""
    return (
        "/compile:0",
        "/nologo",
        "/verifySnapshots:0",
        f"/timeLimit:{query.method_seconds}",
        "/trace",
        f"/errorLimit:{ERROR_LIMIT}",
        *(("/noCheating:1",) if query.strict else ()),
        f"/z3exe:{dafny.z3}",
    )


def address_space(settings: DafnySettings) -> int:
    """Return the limit in MB for each process of Dafny 2.3; mono needs about 1,000 itself.

    Dafny's own way of passing options to Z3 changes them so that Z3 does not know them.
    """
    return max(settings.dafny_z3_memory_mb, settings.dafny_memory_mb + 1500)


def cause_of(output: str) -> str:
    """Return the line of a crash's output that says most."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if "FATAL" in line or "xception" in line or "rror" in line]
    return (telling or lines or ["it ended without a word"])[0][:200]


def _resident_mb(leader: int) -> float:
    """Return the resident memory of a process's children in MB; 0 where /proc does not say."""
    total = 0
    try:
        children = Path(f"/proc/{leader}/task/{leader}/children").read_text().split()
        for child in children:
            total += int(Path(f"/proc/{child}/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return 0.0
    return total * os.sysconf("SC_PAGE_SIZE") / 1e6
