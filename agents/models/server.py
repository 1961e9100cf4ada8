"""One server as all clients in this process share it, and what it has to tell the run."""

from __future__ import annotations

import random
import threading
import time

from proofsmith.agents.models.failures import Failure, Trouble
from proofsmith.agents.models.limiter import Limiter
from proofsmith.agents.models.types import Attention


class Server:
    """A server: its name, its limiter, and whether it was said that it fails.

    Args:
        name: how it is called in messages.
        most: most requests at a time.
        patience: seconds to wait while it fails.
        attention: whom to tell.
    """

    def __init__(self, name: str, most: int, patience: float, attention: Attention) -> None:
        self.name, self.patience = name, patience
        self.limiter = Limiter(most, patience, time.monotonic, random.Random())
        self.attention = attention
        self.last = Failure(Trouble.DOWN, "no answer")
        self._told = False
        self._lock = threading.Lock()

    def failed(self, failure: Failure) -> None:
        """A request met no server, or one that is too busy. Says so once, when it happens again."""
        since, busy, after = self.limiter.failing_since, failure.trouble is Trouble.BUSY, failure.retry_after
        self.last = failure
        if busy:
            self.limiter.turned_away(after)
        else:
            self.limiter.down()
        with self._lock:
            tell = (
                not self._told and not self.limiter.given_up and (since is not None or (after or 0.0) > 1.0)
            )
            self._told = self._told or tell
        if tell:
            verb = "is overloaded" if busy else "does not answer"
            self.attention.notify(
                f"{self.name} {verb} ({failure.text}); waiting for it, at most {self.patience:.0f} s"
            )

    def answered(self) -> None:
        """A request was answered."""
        since = self.limiter.failing_since
        self.limiter.succeeded()
        with self._lock:
            tell, self._told = self._told, False
        if tell and since is not None:
            self.attention.notify(f"{self.name} answers again after {time.monotonic() - since:.0f} s")
