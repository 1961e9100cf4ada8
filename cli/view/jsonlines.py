"""Events as JSON lines on standard output, for machines."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from proofsmith import codec
from proofsmith.cli.view.base import STOPPING
from proofsmith.cli.view.progress import Progress
from proofsmith.events import Event


class JsonView:
    """Prints every event as one line, in the form the store keeps (see `proofsmith.codec`)."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def __enter__(self) -> JsonView:
        return self

    def __exit__(self, *exception: object) -> None:
        return None

    def record(self, event: Event) -> None:
        """Take one event."""
        self._progress.record(event)
        sys.stdout.write(codec.dumps(event) + "\n")
        sys.stdout.flush()

    def record_all(self, events: Sequence[Event]) -> None:
        """Take several events, in order."""
        for event in events:
            self.record(event)

    def stopping(self) -> None:
        """Say that the run will stop; written past Python's buffers, which a signal may find locked."""
        os.write(2, f"{STOPPING}\n".encode())

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Make room for a question to the user; nothing to do."""
        yield
