"""How many requests a server gets at a time, and when it is left alone. Used on one event loop only.

The limit is halved when the server turns a request away and grows by one for every full round that
succeeds (additive increase, multiplicative decrease; Chiu and Jain 1989).
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import deque
from collections.abc import Callable

FIRST_WAIT, LONGEST_WAIT = 0.5, 15.0
"""Seconds of the back-off: doubled at every failure in a row."""


class GaveUp(Exception):
    """The server failed for longer than our patience."""


class Limiter:
    """Permits for requests to one server.

    Args:
        most: upper bound of the limit, and its first value.
        patience: seconds of failing after which those who wait are sent away.
        clock: seconds.
        rng: for the jitter of waits.
    """

    def __init__(self, most: int, patience: float, clock: Callable[[], float], rng: random.Random) -> None:
        self.most = max(1, most)
        self.limit = float(self.most)
        self.in_use = 0
        self.failing_since: float | None = None
        self._patience, self._clock, self._rng = patience, clock, rng
        self._resume_at = 0.0
        self._told_until = 0.0
        self._failures = 0
        self._halved_at = -1e9
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def allowed(self) -> int:
        """How many may be under way now: one while the server fails, as a scout."""
        return 1 if self.failing_since is not None else max(1, int(self.limit))

    @property
    def given_up(self) -> bool:
        """Whether the server has been failing for too long, or says that it will."""
        if self.failing_since is None:
            return False
        ends = self.failing_since + self._patience
        return self._clock() >= ends or self._told_until > ends

    async def acquire(self) -> None:
        """Wait for a permit. Give it back with `release`. May be cancelled.

        Raises:
            GaveUp: the server failed for longer than our patience.
        """
        if not self._waiting and self._free():
            self.in_use += 1
            return
        if self.given_up and self._told_until - self._clock() > 1.0:
            raise GaveUp
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self._wake()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self.release()
            else:
                with contextlib.suppress(ValueError):
                    self._waiting.remove(turn)
            raise

    def release(self) -> None:
        """Give a permit back."""
        self.in_use -= 1
        self._wake()

    def succeeded(self) -> None:
        """A request was answered."""
        self.failing_since, self._failures, self._resume_at = None, 0, 0.0
        self.limit = min(float(self.most), self.limit + 1.0 / self.limit)
        self._wake()

    def turned_away(self, retry_after: float | None) -> None:
        """The server is too busy: fewer requests, after a wait of at least `retry_after` seconds."""
        now = self._clock()
        if now - self._halved_at > 1.0:  # requests sent before the last halving say nothing new
            self.limit = max(1.0, self.limit / 2)
            self._halved_at = now
        self._fail(retry_after)

    def down(self) -> None:
        """Nobody answered."""
        self._fail(None)

    def _fail(self, least: float | None) -> None:
        now = self._clock()
        if self.failing_since is None:
            self.failing_since = now
        if now >= self._resume_at:  # failures of one round count as one
            self._failures += 1
            wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** (self._failures - 1))
            self._resume_at = now + wait * self._rng.uniform(0.75, 1.25)
        if least is not None:
            self._told_until = max(self._told_until, now + least)
        if self.given_up:
            for turn in self._waiting:
                if not turn.done():
                    turn.set_exception(GaveUp())
            self._waiting.clear()
        self._wake()

    def _opens_at(self) -> float:
        return max(self._resume_at, self._told_until)

    def _free(self) -> bool:
        return self.in_use < self.allowed and self._clock() >= self._opens_at()

    def _wake(self) -> None:
        while self._waiting and self._free():
            turn = self._waiting.popleft()
            if not turn.done():
                self.in_use += 1
                turn.set_result(None)
        late = self._opens_at() - self._clock()
        if self._waiting and late > 0 and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(late, self._ring)

    def _ring(self) -> None:
        self._timer = None
        self._wake()
