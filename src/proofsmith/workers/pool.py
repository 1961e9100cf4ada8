"""Warm workers: those that wait for work, by kind, and those that are at it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Generic, Protocol, TypeVar

from proofsmith.errors import ToolFailure


class Worker(Protocol):
    """What a pool must know of a process."""

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        ...

    def end(self) -> None:
        """Kill it, from any thread; whoever waits for it sees it end."""
        ...

    def kill(self) -> None:
        """Kill it and close everything."""
        ...


K = TypeVar("K", bound=Hashable)
W = TypeVar("W", bound=Worker)


class WarmPool(Generic[K, W]):
    """Workers of several kinds, started when first needed and kept; safe for threads.

    Args:
        start: makes a worker of a kind.
        what: what the workers are together, for the line that says that they are closed.
    """

    def __init__(self, start: Callable[[K], W], what: str) -> None:
        self._start = start
        self._what = what
        self._lock = threading.Lock()
        self._idle: dict[K, list[W]] = {}
        self._busy: dict[W, K] = {}
        self.closed = False
        """Whether `close` was called."""

    @property
    def idle(self) -> tuple[W, ...]:
        """The workers that wait."""
        with self._lock:
            return tuple(w for idle in self._idle.values() for w in idle)

    @property
    def busy(self) -> tuple[W, ...]:
        """The workers that were taken and not given back."""
        with self._lock:
            return tuple(self._busy)

    def warm(self, kind: K) -> None:
        """Start a worker now unless one waits; it loads while the caller does something else."""
        with self._lock:
            if not self.closed and not self._idle.get(kind):
                self._idle.setdefault(kind, []).append(self._start(kind))

    def fill(self, kind: K, total: int) -> None:
        """Start workers now until there are `total` of them, those at work included."""
        with self._lock:
            idle = self._idle.setdefault(kind, [])
            while not self.closed and len(idle) + list(self._busy.values()).count(kind) < total:
                idle.append(self._start(kind))

    def take(self, kind: K) -> W:
        """Return a living worker, which is the caller's until `give_back`.

        Raises:
            ToolFailure: the pool is closed, or a worker cannot be started.
        """
        with self._lock:
            if self.closed:
                raise ToolFailure(f"{self._what} are closed")
            idle = self._idle.setdefault(kind, [])
            while idle:
                worker = idle.pop()
                if worker.alive:
                    break
                worker.kill()
            else:
                worker = self._start(kind)
            self._busy[worker] = kind
            return worker

    def give_back(self, worker: W, *, broken: bool) -> None:
        """Keep a worker for the next one who asks, or kill it if it is `broken`."""
        with self._lock:
            kind = self._busy.pop(worker)
            if not broken and not self.closed:
                self._idle[kind].append(worker)
                return
        worker.kill()

    def close(self) -> None:
        """Stop every worker. May be called twice."""
        with self._lock:
            self.closed = True
            workers = [w for idle in self._idle.values() for w in idle]
            self._idle.clear()
            for worker in self._busy:
                worker.end()  # whoever waits for it sees it end, and clears up
        for worker in workers:
            worker.kill()
