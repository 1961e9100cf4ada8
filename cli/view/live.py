"""The live view on a terminal, drawn on a timer by a thread of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console, RenderableType
from rich.live import Live

from proofsmith.cli.view.base import STOPPING
from proofsmith.cli.view.frame import closing_frame, frame
from proofsmith.cli.view.progress import Progress
from proofsmith.events import Event

_FRAMES_PER_SECOND = 8


class LiveView:
    """Draws `progress` while the ``with`` block runs, then leaves a closing picture.

    Recording only folds the event; drawing happens on the timer, however fast the search is.
    """

    def __init__(self, progress: Progress, console: Console) -> None:
        self._progress = progress
        self._console = console
        self._live = self._new_live()

    def __enter__(self) -> LiveView:
        self._live.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._live.stop()
        if self._progress.tree.started is not None:
            with self._progress.reading() as state:
                size = self._console.size
                picture = closing_frame(state, size.width, size.height)
            self._console.print(picture)

    def record(self, event: Event) -> None:
        """Take one event."""
        self._progress.record(event)

    def record_all(self, events: Sequence[Event]) -> None:
        """Take several events, in order."""
        self._progress.record_all(events)

    def stopping(self) -> None:
        """Have the next picture say that the run will stop."""
        self._progress.notice = STOPPING

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Take the picture off the screen, for a question to the user."""
        self._live.stop()
        try:
            yield
        finally:
            self._live = self._new_live()
            self._live.start()

    def _new_live(self) -> Live:
        return Live(
            console=self._console,
            get_renderable=self._picture,
            refresh_per_second=_FRAMES_PER_SECOND,
            transient=True,
            redirect_stdout=False,
        )

    def _picture(self) -> RenderableType:
        size = self._console.size
        with self._progress.reading() as state:
            return frame(state, size.width, max(size.height - 1, 8))
