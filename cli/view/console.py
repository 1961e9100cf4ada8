"""The console that listings are printed on."""

from __future__ import annotations

import os

from rich.console import Console

_WIDE = 160


def listing_console() -> Console:
    """Return a console for standard output: as wide as the terminal, or wide where there is none.

    Without a terminal nothing is gained by cutting lines to 80 columns; ``COLUMNS`` decides if set.
    """
    console = Console(highlight=False, soft_wrap=True)
    if console.is_terminal or os.environ.get("COLUMNS"):
        return console
    return Console(highlight=False, soft_wrap=True, width=_WIDE)
