"""What went wrong with one request, read once from the many ways in which libraries say it.

LiteLLM's classes do not tell a dead server from a failing one, or a broken answer from either
(all are its ``InternalServerError``), so the status, the text and the causes are read as well.
"""

from __future__ import annotations

import email.utils
import enum
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from proofsmith.agents.models.redaction import redact


class Trouble(enum.Enum):
    """Kinds of failure, by what to do about them."""

    DOWN = "down"
    """Nobody answers: wait for the server, then give up on it."""
    BUSY = "busy"
    """The server turns us away: ask less, wait as long as it says."""
    BROKEN = "broken"
    """An answer that is none, or an error of the server's: ask again a few times."""
    GARBLED = "garbled"
    """The server could not read what its model wrote: asking again gives the same."""
    SLOW = "slow"
    """No answer in time: ask again once if there is time."""
    OVERFLOW = "overflow"
    """Too long for the context: shorten."""
    REFUSED = "refused"
    """The server's filter does not like the messages."""
    DENIED = "denied"
    """The key is missing or wrong."""
    MISSING = "missing"
    """No such model, or no such address."""
    REJECTED = "rejected"
    """The request is wrong in another way."""


@dataclass(eq=False)
class Failure(Exception):
    """One failed request.

    Attributes:
        trouble: its kind.
        text: what the server or the library said, on one line, without keys.
        retry_after: seconds that the server asks us to wait.
    """

    trouble: Trouble
    text: str
    retry_after: float | None = None

    def __str__(self) -> str:
        return self.text


_OVERFLOW = re.compile(
    r"context.{0,20}(size|length|window)|maximum context|too many tokens|prompt is too long"
    r"|exceed_context_size|input is too long|longer than the maximum|max_model_len",
    re.IGNORECASE,
)
_GARBLED = re.compile(r"does not match the expected .{0,40}format", re.IGNORECASE)
"""Llama.cpp (2026) says so, with status 500, of an answer under a schema that was cut by ``max_tokens``."""
_DOWN = re.compile(
    r"cannot connect|connection refused|connect call failed|name or service not known|nodename nor servname"
    r"|temporary failure in name resolution|no route to host|network is unreachable"
    r"|all connection attempts failed",
    re.IGNORECASE,
)
_CONNECT_CLASSES = {
    "ConnectError",
    "ClientConnectorError",
    "ConnectionRefusedError",
    "gaierror",
    "ConnectTimeout",
}
_MESSAGE = re.compile(r'"message"\s*:\s*"((?:[^"\\]|\\.)+)"')
_PREFIX = re.compile(r"^(litellm\.|openai\.)?\w*(Error|Exception|Timeout)\s*[:-]\s*", re.IGNORECASE)
_LENGTH = 240


def classify(
    error: BaseException, *, status: int | None = None, headers: Mapping[str, str] | None = None
) -> Failure:
    """Return what `error` means.

    Args:
        error: what LiteLLM (or whatever is below it) raised.
        status: the HTTP status, where one came.
        headers: the answer's headers, for ``Retry-After``.
    """
    text = plain(str(error))
    names = {type(e).__name__ for e in _chain(error)} | {c.__name__ for c in type(error).__mro__}
    trouble = _trouble(names, status, text)
    after = retry_after(headers or {}) if trouble in (Trouble.BUSY, Trouble.BROKEN) else None
    return Failure(trouble, text, after)


def _trouble(names: set[str], status: int | None, text: str) -> Trouble:
    if "ContextWindowExceededError" in names or (status in (400, 413, 422) and _OVERFLOW.search(text)):
        return Trouble.OVERFLOW
    if "ContentPolicyViolationError" in names:
        return Trouble.REFUSED
    if names & {"AuthenticationError", "PermissionDeniedError"} or status in (401, 403):
        return Trouble.DENIED
    if "NotFoundError" in names or status == 404:
        return Trouble.MISSING
    if "RateLimitError" in names or status in (429, 503, 529):
        return Trouble.BUSY
    if names & _CONNECT_CLASSES or _DOWN.search(text):
        return Trouble.DOWN
    if _GARBLED.search(text):
        return Trouble.GARBLED
    if names & {"Timeout", "APITimeoutError", "TimeoutError"} or status in (408, 504):
        return Trouble.SLOW
    if status is not None and 400 <= status < 500:
        return Trouble.REJECTED
    if names & {"BadRequestError", "UnsupportedParamsError"}:
        return Trouble.REJECTED
    return Trouble.BROKEN


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    at: BaseException | None = error
    while at is not None and id(at) not in seen:
        seen.add(id(at))
        yield at
        at = at.__cause__ or at.__context__


def retry_after(headers: Mapping[str, str], now: float | None = None) -> float | None:
    """Return the seconds that ``Retry-After`` asks for (RFC 9110: a number, or a date), if it is there."""
    given = {name.lower(): value for name, value in headers.items()}
    milliseconds = given.get("retry-after-ms")
    if milliseconds is not None and re.fullmatch(r"\d+(\.\d+)?", milliseconds.strip()):
        return float(milliseconds) / 1000
    value = given.get("retry-after", "").strip()
    if re.fullmatch(r"\d+(\.\d+)?", value):
        return float(value)
    if not value:
        return None
    try:
        moment = email.utils.parsedate_to_datetime(value).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
    return max(0.0, moment - (time.time() if now is None else now))


def plain(text: str) -> str:
    """Return an error's text on one line, without the library's prefixes and without keys."""
    told = _MESSAGE.search(text)  # servers wrap it in JSON
    text = " ".join(redact(told[1] if told else text).split())
    while (shorter := _PREFIX.sub("", text, count=1)) != text:
        text = shorter
    text = re.sub(r"^\w+Exception - ", "", text)
    text = re.sub(r" ssl:(<[^>]*>|\w+)", "", text)  # aiohttp names an object there
    return text if len(text) <= _LENGTH else text[: _LENGTH - 1] + "…"
