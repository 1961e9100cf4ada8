"""When the command began: the time that it is given counts from there, not from its first search step."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_BEGAN: ContextVar[float | None] = ContextVar("began", default=None)


@contextmanager
def command_clock() -> Iterator[None]:
    """Within this block `began` is now: importing and reading count as time of the command."""
    token = _BEGAN.set(time.monotonic())
    try:
        yield
    finally:
        _BEGAN.reset(token)


def began() -> float:
    """When the command began, by `time.monotonic`; now, outside of any command."""
    known = _BEGAN.get()
    return time.monotonic() if known is None else known
