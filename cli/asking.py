"""Asking the user what an ambiguous specification means, one distinguishing input at a time."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable

from proofsmith import values
from proofsmith.agents.ambiguity import Ambiguity, Ask
from proofsmith.cli.view.base import View
from proofsmith.python_spec import Example, Outcome

_RAISES = re.compile(r"raises?\s+([A-Za-z_][A-Za-z_0-9]*)\Z")


def asker(view: View, read: Callable[[], str] = sys.stdin.readline) -> Ask:
    """Return a function that asks on standard error and reads the answer from standard input."""

    def ask(found: Ambiguity) -> Example | None:
        with view.paused():
            return _dialogue(found, read)

    return ask


def _dialogue(found: Ambiguity, read: Callable[[], str]) -> Example | None:
    shown = sorted({o.render() for o in found.outcomes if o is not None})
    print(f"Programs that fit disagree on {found.text}:", file=sys.stderr)
    for number, text in enumerate(shown, start=1):
        print(f"  {number}) {text}", file=sys.stderr)
    while True:
        print(
            "Number, other value, `raises NAME`, or Enter to leave it open: ",
            end="",
            file=sys.stderr,
            flush=True,
        )
        line = read()
        text = line.strip()
        if not text:
            if not line:
                print(file=sys.stderr)
            return None
        outcome = _outcome(text, found, shown)
        if outcome is not None:
            return Example(found.call, outcome, strict=False, origin="user")
        print(f"  {text!r} is none of these", file=sys.stderr)


def _outcome(text: str, found: Ambiguity, shown: list[str]) -> Outcome | None:
    """Read an answer. A small number chooses a line; write ``= 2`` for the value 2 itself."""
    if text.isdigit() and 1 <= int(text) <= len(shown):
        return next(o for o in found.outcomes if o is not None and o.render() == shown[int(text) - 1])
    raised = _RAISES.match(text)
    if raised is not None:
        return Outcome(exception=raised[1])
    try:
        value = ast.literal_eval(text.removeprefix("=").strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    return Outcome(value) if values.is_data(value) else None
