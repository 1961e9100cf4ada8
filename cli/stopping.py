"""Stopping on a signal: the first one ends the run at its next step, a second one at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any


class Stopper:
    """While the ``with`` block runs, SIGINT and SIGTERM set a flag instead of ending the program.

    Args:
        notice: called within the signal handler at the first signal; it must not take locks.
    """

    def __init__(self, notice: Callable[[], None]) -> None:
        self._notice = notice
        self._asked = threading.Event()
        self._before: dict[int, Any] = {}

    def __call__(self) -> bool:
        """Say whether the run should stop."""
        return self._asked.is_set()

    def __enter__(self) -> Stopper:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before.clear()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._asked.is_set():
            raise KeyboardInterrupt
        self._asked.set()
        self._notice()
