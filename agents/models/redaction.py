"""Taking keys out of texts before anybody sees, stores or logs them."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

_HIDDEN = "***"
_SECRET_NAME = re.compile(r"(KEY|TOKEN|SECRET|PASSWORD|CREDENTIALS?)$", re.IGNORECASE)
_SHAPES = (
    re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{6,}"),
    re.compile(r"(?i)\b(x-api-key|api[_-]?key|authorization)(['\"]?\s*[:=]\s*['\"]?)[^\s'\",;}]{4,}"),
    re.compile(r"\b(?:sk|pk|rk|xai|gsk|hf|nvapi|AIza|ghp|glpat)[-_][\w-]{8,}"),
    re.compile(r"\bAIza[\w-]{20,}"),
)
_LEAST = 6
"""Shorter values of secret variables are words, not keys."""


def redact(text: str, environment: Mapping[str, str] | None = None) -> str:
    """Return `text` without keys: neither the values of secret variables nor what looks like a key.

    A key that a server quotes in part (``sk-ab***yz``) has a key's shape and goes as well.
    """
    environment = os.environ if environment is None else environment
    for name, value in environment.items():
        if len(value) >= _LEAST and _SECRET_NAME.search(name) and value in text:
            text = text.replace(value, _HIDDEN)
    for shape in _SHAPES:
        text = shape.sub(lambda m: f"{m[1]} {_HIDDEN}" if m.re.groups else _HIDDEN, text)
    return re.sub(r"://[^/\s@]+@", f"://{_HIDDEN}@", text)


def public_url(url: str) -> str:
    """Return `url` without user name, password, query and fragment, as it may be stored and shown."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path.rstrip("/"), "", ""))
