"""Events as JSON lines on standard output, for machines."""

from __future__ import annotations

import sys

from proofsmith import codec
from proofsmith.cli.view.base import Lines
from proofsmith.cli.view.progress import Progress
from proofsmith.events import Event


class JsonView(Lines):
    """Prints every event as one line, in the form the store keeps (see `proofsmith.codec`)."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def record(self, event: Event) -> None:
        """Take one event."""
        self._progress.record(event)
        sys.stdout.write(codec.dumps(event) + "\n")
        sys.stdout.flush()
