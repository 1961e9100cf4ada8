"""What an OpenAI-compatible server says of itself: its kind, its models, the length of their contexts."""

from __future__ import annotations

import hashlib
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from proofsmith.agents.models.failures import plain
from proofsmith.agents.models.redaction import public_url
from proofsmith.agents.models.types import AuthFailed, BadReply, ServerDown
from proofsmith.agents.models.wire import DIALECTS, Dialect

_SECONDS = 10.0
_MOST_BYTES = 4 << 20
_OWNERS = {"llamacpp": "llama.cpp", "vllm": "vllm", "sglang": "sglang", "library": "ollama"}
"""Who owns a model, by ``GET /models``, tells most kinds of servers apart."""


@dataclass(frozen=True)
class Listed:
    """A model as its server lists it.

    Attributes:
        name: as requests name it.
        context: tokens of prompt and answer together, where the server says.
        digest: hash of what the server says of it, times left out: another model has another.
    """

    name: str
    context: int | None = None
    digest: str = ""


@dataclass(frozen=True)
class Listing:
    """A server and its models."""

    url: str
    dialect: Dialect
    models: tuple[Listed, ...]

    def model(self, name: str) -> Listed | None:
        """Return the model called `name` (with or without a provider's prefix), if it is listed."""
        bare = name.partition("/")[2]
        return next((m for wanted in (name, bare) for m in self.models if m.name == wanted), None)


def list_models(base_url: str, key: str | None = None) -> Listing:
    """Ask a server what it has.

    Raises:
        ServerDown: nobody answers there.
        AuthFailed: it wants another key.
        BadReply: what answers is no OpenAI-compatible server.
    """
    shown = public_url(base_url)
    data = _get(f"{base_url.rstrip('/')}/models", key, shown)
    entries = data.get("data") if isinstance(data, dict) else None
    if not isinstance(entries, list):
        raise BadReply(f"{shown} lists no models: is it the address of an OpenAI-compatible server (…/v1)?")
    found = [e for e in entries if isinstance(e, dict) and isinstance(e.get("id"), str)]
    kind = next(
        (_OWNERS[o] for e in found if (o := str(e.get("owned_by", "")).lower()) in _OWNERS), "unknown"
    )
    models = tuple(Listed(e["id"], _context(e), _digest(e)) for e in found)
    if kind == "unknown" and _is_ollama(base_url, key, shown):
        kind = "ollama"  # it names the user who made a model as its owner
    if kind == "llama.cpp" and models:
        models = _of_llama_cpp(base_url, key, shown, models)
    return Listing(shown, DIALECTS[kind], models)


def _is_ollama(base_url: str, key: str | None, shown: str) -> bool:
    try:
        data = _get(f"{base_url.rstrip('/').removesuffix('/v1')}/api/version", key, shown)
    except (ServerDown, AuthFailed, BadReply):
        return False
    return isinstance(data, dict) and isinstance(data.get("version"), str)


def _of_llama_cpp(
    base_url: str, key: str | None, shown: str, models: tuple[Listed, ...]
) -> tuple[Listed, ...]:
    """The context that counts is a slot's, and the file served is known by its path."""
    try:
        props = _get(f"{base_url.rstrip('/').removesuffix('/v1')}/props", key, shown)
    except (ServerDown, AuthFailed, BadReply):
        return models
    defaults = props.get("default_generation_settings") if isinstance(props, dict) else None
    context = defaults.get("n_ctx") if isinstance(defaults, dict) else None
    path = str(props.get("model_path", "")) if isinstance(props, dict) else ""
    return tuple(
        Listed(
            m.name,
            context if isinstance(context, int) else m.context,
            hashlib.sha256(f"{m.digest}{path}".encode()).hexdigest()[:16],
        )
        for m in models
    )


def _context(entry: Mapping[str, Any]) -> int | None:
    meta = entry.get("meta")
    for source in (entry, meta if isinstance(meta, dict) else {}):
        for name in ("max_model_len", "context_length", "context_window", "n_ctx", "n_ctx_train"):
            value = source.get(name)
            if isinstance(value, int) and value > 0:
                return value
    return None


def _digest(entry: Mapping[str, Any]) -> str:
    lasting = {k: v for k, v in entry.items() if k not in ("created", "permission", "status")}
    return hashlib.sha256(json.dumps(lasting, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _get(url: str, key: str | None, shown: str) -> Any:
    headers = {"Accept": "application/json", "User-Agent": "proofsmith"}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    try:
        request = urllib.request.Request(url, headers=headers)
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:
            return json.loads(answer.read(_MOST_BYTES))
    except urllib.error.HTTPError as error:
        if error.code in (401, 403):
            raise AuthFailed(f"{shown} wants a key; set PROOFSMITH_API_KEY ({error.code})") from None
        raise BadReply(
            f"{shown} answers {error.code} to GET /models: is it an OpenAI-compatible server (…/v1)?"
        ) from None
    except (OSError, TimeoutError) as error:
        reason = getattr(error, "reason", error)
        raise ServerDown(f"{shown} does not answer ({plain(str(reason))})") from None
    except ValueError as error:
        raise BadReply(f"{shown} does not answer in JSON to GET /models ({plain(str(error))})") from None
