"""The consoles that commands print on."""

from __future__ import annotations

import os
from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from proofsmith.cli.view.terminal import written_out

_WIDE = 160


class SafeConsole(Console):
    """A console whose colours and movements are its own, and nothing in the texts that it prints."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """See `Console.render`; the texts of segments are written out."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(written_out(segment.text), segment.style)


def listing_console() -> Console:
    """Return a console for standard output: as wide as the terminal, or wide where there is none.

    Without a terminal nothing is gained by cutting lines to 80 columns; ``COLUMNS`` decides if set.
    """
    console = SafeConsole(highlight=False, soft_wrap=True)
    if console.is_terminal or os.environ.get("COLUMNS"):
        return console
    return SafeConsole(highlight=False, soft_wrap=True, width=_WIDE)
