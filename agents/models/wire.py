"""From a `Request` to the fields of an OpenAI-compatible request, in the dialect of a server."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from proofsmith.agents.models.types import Features
from proofsmith.model_calls import Message, Request


@dataclass(frozen=True)
class Dialect:
    """What a kind of server calls things that OpenAI's interface has no name for.

    Attributes:
        name: the kind of server.
        grammar: the field for a grammar, as a path (``"structured_outputs.grammar"``); empty for none.
        no_top_k: the value of ``top_k`` that truncates nothing; ``None`` if it must not be sent.
        min_p: whether ``min_p`` may be sent.
        token_ids: the field that asks for token ids; empty if there is none.
    """

    name: str
    grammar: str = ""
    no_top_k: int | None = None
    min_p: bool = False
    token_ids: str = ""


DIALECTS = {
    "llama.cpp": Dialect("llama.cpp", grammar="grammar", no_top_k=0, min_p=True),
    "vllm": Dialect(
        "vllm",
        grammar="structured_outputs.grammar",
        no_top_k=-1,
        min_p=True,
        token_ids="return_token_ids",
    ),
    "sglang": Dialect("sglang", grammar="ebnf", no_top_k=-1, min_p=True),
    "ollama": Dialect("ollama"),
    "transformers": Dialect("transformers"),
    "hosted": Dialect("hosted"),
    "unknown": Dialect("unknown"),
}
"""Kinds of servers by name. vLLM takes ``structured_outputs`` since 0.12, SGLang ``ebnf``."""


@dataclass(frozen=True)
class Wire:
    """One request as it is sent: OpenAI's own fields, and those of the server's dialect."""

    messages: list[dict[str, Any]]
    fields: dict[str, Any]
    extra: dict[str, Any] = field(default_factory=dict)


def to_wire(request: Request, features: Features, dialect: Dialect, *, n: int, seed: int | None) -> Wire:
    """Return `request` for `n` answers with `seed`, without what the server is known not to do."""
    s = request.sampling
    fields: dict[str, Any] = {"temperature": s.temperature, "top_p": s.top_p, "max_tokens": s.max_tokens}
    extra: dict[str, Any] = {}
    if dialect.name == "hosted" and s.top_p == 1.0:
        del fields["top_p"]  # some hosted models refuse it beside a temperature
    if n > 1:
        fields["n"] = n
    if seed is not None:
        fields["seed"] = seed
    if s.stop:
        fields["stop"] = list(s.stop)
    if s.logprobs is not None and features.logprobs is not False:
        fields["logprobs"] = True
        if s.logprobs > 0:
            fields["top_logprobs"] = s.logprobs
        if dialect.token_ids:
            extra[dialect.token_ids] = True
    top_k = dialect.no_top_k if s.top_k is None else s.top_k
    if dialect.no_top_k is not None and top_k is not None:
        extra["top_k"] = top_k
    if dialect.min_p:
        extra["min_p"] = s.min_p or 0.0
    if request.tools and features.tools is not False:
        fields["tools"] = [_tool(t.name, t.description, t.parameters) for t in request.tools]
    if constrains_grammar(request, features, dialect):
        _put(extra, dialect.grammar, request.grammar)
    elif request.json_schema and features.json_schema is not False:
        schema = {"name": "answer", "schema": json.loads(request.json_schema), "strict": True}
        fields["response_format"] = {"type": "json_schema", "json_schema": schema}
    return Wire([_message(m) for m in request.messages], fields, extra)


def constrains_grammar(request: Request, features: Features, dialect: Dialect) -> bool:
    """Say whether the server is told the grammar of `request`."""
    return bool(request.grammar and dialect.grammar) and features.grammar is not False


def honoured(request: Request, features: Features, dialect: Dialect) -> tuple[str, ...]:
    """Return the features of `request` that the server is known to do, or does by its dialect.

    ``"logprobs"`` and ``"n"`` are seen in the answer and are not among them.
    """
    grammar = constrains_grammar(request, features, dialect)
    asked = (
        ("seed", request.sampling.seed is not None and features.seed is True),
        ("grammar", grammar and features.grammar is not None),
        ("json_schema", bool(request.json_schema) and not grammar and features.json_schema is True),
        ("tools", bool(request.tools) and features.tools is True),
    )
    return tuple(name for name, does in asked if does)


def derived_seed(seed: int | None, index: int) -> int | None:
    """Return the seed of answer number `index` (31 bits); ``None`` without a seed."""
    if seed is None:
        return None
    digest = hashlib.sha256(f"{seed}/{index}".encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 1


def _message(m: Message) -> dict[str, Any]:
    data: dict[str, Any] = {"role": m.role, "content": _clean(m.text)}
    if m.tool_calls:
        data["tool_calls"] = [
            {"id": c.id, "type": "function", "function": {"name": c.name, "arguments": c.arguments}}
            for c in m.tool_calls
        ]
    if m.tool_call_id:
        data["tool_call_id"] = m.tool_call_id
    return data


def _clean(text: str) -> str:
    """Lone surrogates, which a broken program may hold, cannot be sent as UTF-8."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _tool(name: str, description: str, parameters: str) -> dict[str, Any]:
    function = {"name": name, "description": description, "parameters": json.loads(parameters)}
    return {"type": "function", "function": function}


def _put(target: dict[str, Any], path: str, value: str) -> None:
    *folders, last = path.split(".")
    for name in folders:
        target = target.setdefault(name, {})
    target[last] = value
