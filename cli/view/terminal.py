"""What a terminal is shown: control characters in programs and messages are written out, not obeyed.

A candidate, a model's answer or a stranger's dataset could otherwise clear the screen, set the window's
title, or turn the direction of writing so that a program reads as another one.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

_CONTROLS = {*range(0x20), *range(0x7F, 0xA0)} - {ord("\n"), ord("\t")}
_DIRECTIONS = {0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)}
_WRITTEN_OUT = {code: repr(chr(code))[1:-1] for code in (*_CONTROLS, *_DIRECTIONS)}


def written_out(text: str) -> str:
    """Return `text` with control characters, and those that turn the direction of writing, as escapes."""
    return text.translate(_WRITTEN_OUT)


class _Guarded:
    """A stream to a terminal that writes control characters out; all else is the stream's own."""

    def __init__(self, stream: Any) -> None:
        self.rich_proxied_file = stream
        """Where Rich writes to: its own sequences are meant."""

    def write(self, text: str) -> int:
        """Write `text`, written out."""
        self.rich_proxied_file.write(written_out(text.replace("\r\n", "\n")))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write each of `lines`."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.rich_proxied_file, name)


def unguarded(stream: Any) -> Any:
    """Return what a guarded stream writes to; other streams as they are."""
    return stream.rich_proxied_file if isinstance(stream, _Guarded) else stream


def guard_terminal() -> None:
    """Have everything that is printed on a terminal from now on pass through `written_out`."""
    if sys.stdout.isatty():
        sys.stdout = _Guarded(sys.stdout)
    if sys.stderr.isatty():
        sys.stderr = _Guarded(sys.stderr)
