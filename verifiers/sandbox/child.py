"""The trusted side's end of one long-lived child: messages to it, frames from it, its end."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import Any

from proofsmith.errors import ToolFailure
from proofsmith.verifiers.sandbox.results import Status
from proofsmith.verifiers.sandbox.worker_process import WorkerProcess
from proofsmith.workers.process import Gone, NoReply

GRACE = 2.0
"""Seconds beyond a deadline after which the worker itself is given up."""


class ChildEnded(Exception):
    """The child is gone: `status` and `detail` say how."""

    def __init__(self, status: Status, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


class Child:
    """A child that a worker started for `job`. Used by one thread at a time.

    Raises:
        ToolFailure: the sandbox's worker ended; that is never the program's fault alone.
    """

    def __init__(
        self,
        worker: WorkerProcess,
        release: Callable[[WorkerProcess, bool], None],
        head: dict[str, Any],
        job: bytes,
    ) -> None:
        self._worker: WorkerProcess | None = worker
        self._release = release
        self._id = head["id"]
        self.send(job, head)

    def send(self, message: bytes, head: dict[str, Any] | None = None) -> None:
        """Pass a message on to the child, as it is.

        Raises:
            ChildEnded: it takes no more messages.
        """
        if self._worker is None:
            raise ChildEnded("died", "its process has ended")
        try:
            self._worker.tell(head or {"op": "relay"}, message, time.monotonic() + GRACE)
        except NoReply:
            self._give_up()
            raise ChildEnded("died", "its process takes no messages") from None
        except Gone as error:
            self._give_up()
            raise ToolFailure(f"the sandbox's worker ended: {error}") from None

    def receive(self, deadline: float) -> bytes:
        """Return the child's next frame, unread.

        Raises:
            ChildEnded: none came by `deadline` (of `time.monotonic`), or the child ended.
        """
        if self._worker is None:
            raise ChildEnded("died", "its process has ended")
        try:
            while True:
                reply = self._worker.hear(deadline)
                if reply.head.get("id") == self._id:
                    break
        except NoReply:
            self.close()
            raise ChildEnded("timeout", "did not end in time") from None
        except Gone as error:
            self._give_up()
            raise ToolFailure(f"the sandbox's worker ended: {error}") from None
        if reply.head.get("frame"):
            return reply.raw
        self.close()
        raise ChildEnded(*how_it_ended(int(reply.head["code"])))

    def close(self) -> None:
        """End the child and give the worker back. May be called twice."""
        worker, self._worker = self._worker, None
        if worker is None:
            return
        dirty = True
        with contextlib.suppress(Gone, NoReply):
            deadline = time.monotonic() + GRACE
            worker.tell({"op": "close"}, b"", deadline)
            while True:
                head = worker.hear(deadline).head
                if head.get("closed"):
                    dirty = bool(head["dirty"])
                    break
        self._release(worker, dirty)

    def _give_up(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            self._release(worker, True)


def how_it_ended(code: int) -> tuple[Status, str]:
    """Say what the wait status of a child that did not finish its work means."""
    signal = code & 0x7F
    if signal == 24:
        return "timeout", "used up its processor time"
    if signal == 25:
        return "output", "wrote too large a file"
    if signal:
        return "died", f"its process was ended by signal {signal}"
    return "died", f"its process exited with code {code >> 8}"
