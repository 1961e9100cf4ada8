"""What every view is to the commands, and which one fits."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from types import TracebackType
from typing import Protocol, Self

from proofsmith.cli.view.progress import Progress
from proofsmith.events import Event
from proofsmith.protocols import Recorder


class View(Recorder, Protocol):
    """A recorder that shows what it is given, from `__enter__` to `__exit__`."""

    def __enter__(self) -> View: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def paused(self) -> AbstractContextManager[None]:
        """Make room on the screen for a question to the user."""
        ...

    def stopping(self) -> None:
        """Show that the run will stop at its next step. Called within a signal handler."""
        ...


STOPPING = "stopping at the next step; Ctrl-C again stops at once"


class Lines:
    """What the views have in common that only write lines: nothing to draw, nothing to put back."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        return None

    def record(self, event: Event) -> None:
        """Take one event."""
        raise NotImplementedError

    def record_all(self, events: Sequence[Event]) -> None:
        """Take several events, in order."""
        for event in events:
            self.record(event)

    def stopping(self) -> None:
        """Say that the run will stop; written past Python's buffers, which a signal may find locked."""
        os.write(2, f"{STOPPING}\n".encode())

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Make room for a question to the user; nothing to do for lines."""
        yield


def choose_view(progress: Progress, *, json: bool, plain: bool) -> View:
    """Return JSON lines if asked for, the live picture on a terminal, plain lines elsewhere."""
    if json:
        from proofsmith.cli.view.jsonlines import JsonView

        return JsonView(progress)
    if not plain and sys.stderr.isatty():
        from proofsmith.cli.view.console import SafeConsole
        from proofsmith.cli.view.live import LiveView
        from proofsmith.cli.view.terminal import unguarded

        console = SafeConsole(file=unguarded(sys.stderr))
        if console.is_terminal and not console.is_dumb_terminal:
            return LiveView(progress, console)
    from proofsmith.cli.view.plain import PlainView

    return PlainView(progress)
