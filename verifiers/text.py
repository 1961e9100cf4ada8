"""Values, calls and outcomes as short texts for people, whatever the values are."""

from __future__ import annotations

from typing import Any

from proofsmith.python_spec import Call, Outcome

LIMIT = 200


def show(value: Any, limit: int = LIMIT) -> str:
    """Return the value as source text of at most `limit` characters."""
    try:
        text = repr(value)
    except Exception:  # e.g. an int with more digits than Python prints
        text = f"<{type(value).__name__} too large to print>"
    return shorten(text, limit)


def shorten(text: str, limit: int = LIMIT) -> str:
    """Return `text` with its middle left out if it is longer than `limit` characters."""
    if len(text) <= limit:
        return text
    half = (limit - 5) // 2
    return f"{text[:half]} ... {text[-half:]}"


def show_call(function: str, call: Call, limit: int = LIMIT) -> str:
    """Return the call as source text."""
    each = max(20, limit // max(1, len(call.args) + len(call.kwargs)))
    parts = [show(a, each) for a in call.args] + [f"{k}={show(v, each)}" for k, v in call.kwargs]
    return f"{function}({', '.join(parts)})"


def show_outcome(outcome: Outcome, limit: int = LIMIT) -> str:
    """Return ``returned 3`` or ``raised ValueError('no')``."""
    if outcome.exception is None:
        return f"returned {show(outcome.value, limit)}"
    message = f"({show(outcome.message, limit)})" if outcome.message else ""
    return f"raised {outcome.exception}{message}"


def show_expected(outcome: Outcome, limit: int = LIMIT) -> str:
    """Return what was expected: a value's text, or ``ValueError``."""
    if outcome.exception is not None:
        return outcome.exception + (f"({show(outcome.message, limit)})" if outcome.message else "")
    printed = f" after printing {show(outcome.stdout, limit)}" if outcome.stdout else ""
    return show(outcome.value, limit) + printed
