"""The trusted side's end of one worker: start it, talk frames with deadlines, kill it."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from dataclasses import dataclass
from typing import Any

from proofsmith.errors import ToolFailure
from proofsmith.verifiers.sandbox.isolation import Flavour, worker_command
from proofsmith.verifiers.scratch import owned_prefix
from proofsmith.workers.process import FramedProcess, Gone, NoReply

START_SECONDS = 20.0
MAX_FRAME = 64 << 20


@dataclass(frozen=True)
class Reply:
    """A frame from the worker: its own words (`head`) and bytes of the child, unread."""

    head: dict[str, Any]
    raw: bytes


class WorkerProcess(FramedProcess):
    """A started worker. Used by one thread at a time.

    Raises:
        ToolFailure: it did not come up; the message holds what it said.
    """

    def __init__(self, bubblewrap: str | None, flavour: Flavour, disk_mb: int) -> None:
        self._scratch = None if bubblewrap else tempfile.mkdtemp(prefix=owned_prefix("sandbox"))
        command, environment = worker_command(bubblewrap, flavour, disk_mb, self._scratch or "/tmp")
        try:
            super().__init__(command, what="the sandbox's worker", env=environment, largest=MAX_FRAME)
        except ToolFailure:
            self._forget_scratch()
            raise
        try:
            self.hello = self.hear(time.monotonic() + START_SECONDS).head
        except (Gone, NoReply) as error:
            said = self.last_words()
            self.kill()
            raise ToolFailure(f"the sandbox's worker did not start: {said or error}") from None

    def tell(self, head: dict[str, Any], payload: bytes, deadline: float) -> None:
        """Send one frame: `head` is for the worker, `payload` for the child. Raises as `send`."""
        self.send(json.dumps(head).encode() + b"\n" + payload, deadline)

    def hear(self, deadline: float) -> Reply:
        """Return the next frame. Raises as `receive`."""
        head, _, raw = self.receive(deadline).partition(b"\n")
        return Reply(json.loads(head), raw)

    def kill(self) -> None:
        """End the worker and everything in its sandbox at once; wait until it is gone."""
        super().kill()
        self._forget_scratch()

    def _forget_scratch(self) -> None:
        if self._scratch is not None:
            shutil.rmtree(self._scratch, ignore_errors=True)
