"""What servers say about lengths and numbers when they reject a request."""

from __future__ import annotations

import re

_MARGIN = 0.75
"""Of what would just fit this much is used: texts are not cut at tokens."""

_LEAST_ROOM = 64
"""Tokens of an answer below which shortening the answer makes no sense."""

_CONTEXT = re.compile(r"(?:maximum )?context length (?:is|of) (?:only )?(\d+)", re.IGNORECASE)
_PROMPT = re.compile(r"(\d+)\s+(?:tokens? )?(?:in the messages|input tokens|prompt tokens)", re.IGNORECASE)
_MOST = re.compile(r"<=\s*(\d+)|at most (\d+)|maximum (?:of |is )?(\d+)", re.IGNORECASE)


def share_that_fits(text: str) -> float | None:
    """Return how much of the messages may be kept, from an error that names both lengths."""
    numbers = sorted({int(n) for n in re.findall(r"\b\d{2,9}\b", text)}, reverse=True)
    if len(numbers) < 2 or numbers[1] < 16:
        return None
    return min(0.9, _MARGIN * numbers[1] / numbers[0])


def room_for_answer(text: str, wanted: int) -> int | None:
    """Return how many tokens of answer would fit, where the messages fit and only the answer is too long.

    ``None`` if that is not so, or would leave less than a quarter of what is `wanted`. vLLM and
    OpenAI reject such requests and name the context's length and that of the messages.
    """
    context, prompt = _CONTEXT.search(text), _PROMPT.search(text)
    if context is None or prompt is None:
        return None
    room = int(context[1]) - int(prompt[1])
    return room if max(_LEAST_ROOM, wanted // 4) <= room < wanted else None


def most_allowed(text: str, asked: int) -> int:
    """Return how many answers to ask for at once after `asked` were refused, by what the server says."""
    told = _MOST.search(text)
    allowed = int(next(g for g in told.groups() if g)) if told else 1
    return max(1, min(allowed, asked - 1))
