"""One warm Yosys process, seen from the side that asks."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from proofsmith.errors import ToolFailure, ToolMissing
from proofsmith.process import kill_group
from proofsmith.workers.process import FramedProcess, Gone, NoReply

START_SECONDS = 60.0
"""A process that is not ready by then never will be."""


class WarmYosys(FramedProcess):
    """A process that runs `proofsmith.verifiers.yosys.worker`; one job at a time."""

    def __init__(self) -> None:
        command = [sys.executable, "-P", "-m", "proofsmith.verifiers.yosys.worker"]
        super().__init__(command, what="the Yosys process")
        self._job: int | None = None
        self.version = ""

    def get_ready(self, install: str) -> None:
        """Wait until the process has loaded Yosys.

        Raises:
            ToolMissing: the library is not installed; `install` says how to get it.
            ToolFailure: the process does not start.
        """
        if self.version:
            return
        try:
            hello = self._reply(time.monotonic() + START_SECONDS)
        except Gone:
            raise ToolFailure(f"the Yosys process does not start: {self.last_words()}") from None
        if "missing" in hello:
            raise ToolMissing("pyosys", install)
        self.version = str(hello["ready"]).removeprefix("Yosys").split("(")[0].strip()

    def ask(self, request: dict[str, Any], deadline: float) -> int | None:
        """Have a job done and return its exit status; ``None`` if it was killed at its own deadline.

        Raises:
            Gone: the process ended or is silent beyond `deadline`; the job, if there is one, is killed.
        """
        try:
            self.send(json.dumps(request).encode(), deadline)
            while True:
                reply = self._reply(deadline)
                if "started" in reply:
                    self._job = int(reply["started"])
                    continue
                self._job = None
                return None if reply["timed_out"] else int(reply["code"])
        except NoReply:
            raise Gone("it does not answer") from None
        finally:
            if self._job is not None:
                kill_group(self._job)
                self._job = None

    def end(self) -> None:
        """Kill the process and its job; the streams stay open."""
        if self._job is not None:
            kill_group(self._job)
        super().end()

    def _reply(self, deadline: float) -> dict[str, Any]:
        try:
            reply: dict[str, Any] = json.loads(self.receive(deadline))
        except NoReply:
            raise Gone("it does not answer") from None
        return reply
