"""Engines as processes beside us: started, asked for news, killed on time."""

from __future__ import annotations

import contextlib
import json
import os
import select
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from proofsmith.workers.process import FramedProcess, Gone

ON_TIME = "exhausted"
"""How an engine ends that has no more to offer, or whose time is over; anything else is a failure."""


@dataclass(frozen=True)
class News:
    """Something that an engine reports; `done` says how it ended."""

    engine: str
    answer: str | None = None
    how: str = ""
    infeasible: str | None = None
    done: str | None = None


class EngineProcess(FramedProcess):
    """One engine at work on one problem.

    Attributes:
        made: programs it says it has evaluated.
    """

    def __init__(self, engine: str, text: str, seconds: float, memory_mb: int = 6000) -> None:
        """Start it; after `seconds` it ends by itself.

        Raises:
            ToolFailure: the process cannot be started.
        """
        self.engine, self.made, self.ended = engine, 0, False
        self._deadline = time.monotonic() + seconds
        module = "proofsmith.agents.policies.sygus.worker"
        command = [sys.executable, "-P", "-m", module, engine, str(seconds), str(memory_mb)]
        env = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        super().__init__(command, what=f"the engine {engine}", env=env)
        self.post(json.dumps({"text": text}).encode())

    def news(self) -> list[News]:
        """Return what it has reported since the last call; never blocks."""
        if self.ended:
            return []
        found: list[News] = []
        closed = False
        try:
            with contextlib.suppress(Gone):  # one that ended while it was sent to is known by its output
                self.push()
            while not closed and (frame := self.pull()) is not None:
                message: dict[str, Any] = json.loads(frame)
                self.made = message.get("made", self.made)
                if "answer" in message:
                    found.append(News(self.engine, answer=message["answer"], how=message["how"]))
                elif "infeasible" in message:
                    found.append(News(self.engine, infeasible=message["infeasible"]))
                elif "done" in message:
                    found.append(News(self.engine, done=message["done"]))
                    closed = True
        except Gone:
            closed = True
        if closed:
            if not any(n.done for n in found):
                late = time.monotonic() > self._deadline - 0.5
                found.append(News(self.engine, done=ON_TIME if late else "the process was killed"))
            self.kill()
        return found

    def kill(self) -> None:
        """Stop it and everything it started. May be called twice."""
        self.ended = True
        super().kill()


def wait(engines: Sequence[EngineProcess], seconds: float) -> list[News]:
    """Return the first news of any of the engines, waiting at most `seconds`; empty if there is none."""
    deadline = time.monotonic() + seconds
    while True:
        running = [e for e in engines if not e.ended]
        found = [n for e in running for n in e.news()]
        left = deadline - time.monotonic()
        running = [e for e in running if not e.ended]
        if found or not running or left <= 0:
            return found
        writable = [e.stdin for e in running if e.sending]
        select.select([e.stdout for e in running], writable, [], min(left, 0.2))
