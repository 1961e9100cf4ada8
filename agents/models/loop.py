"""The one event loop on which all requests of this process run, in a thread of its own."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_lock = threading.Lock()
_loop: asyncio.AbstractEventLoop | None = None
_GLANCE = 0.1
"""Seconds between two looks at whether to stop waiting."""


def event_loop() -> asyncio.AbstractEventLoop:
    """Return the loop, started at the first call.

    There is one, because LiteLLM keeps connections for a loop and those of a loop that ended are
    of no use. Its thread is a daemon: it ends with the process.
    """
    global _loop
    with _lock:
        if _loop is None:
            _loop = asyncio.new_event_loop()
            threading.Thread(target=_loop.run_forever, name="models", daemon=True).start()
        return _loop


def wait_for(work: Coroutine[Any, Any, T], stopped: Callable[[], bool]) -> T:
    """Run `work` on the loop and wait for it in this thread; an exception here cancels it.

    Raises:
        Interrupted: `stopped` came true first.
    """
    future = asyncio.run_coroutine_threadsafe(work, event_loop())
    try:
        while True:
            try:
                return future.result(_GLANCE)
            except concurrent.futures.TimeoutError:
                if future.done():  # the work itself raised it
                    return future.result()
                if stopped():
                    raise Interrupted from None
    except BaseException:
        future.cancel()
        raise


class Interrupted(Exception):
    """Somebody wants the run to stop."""
