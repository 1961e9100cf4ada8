"""From the JSON of an OpenAI-compatible answer to `Sample` and `Usage`, believing nothing in it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from proofsmith.agents.models.failures import Failure, Trouble
from proofsmith.model_calls import Message, Sample, ToolCall, Usage

_BYTES_PER_TOKEN = 4
"""English and code have about four bytes a token in the vocabularies in use."""

_FEWEST_BYTES = 3
"""For estimates that should rather be too high."""

_TEMPLATE_TOKENS = 16
"""What a chat template adds to a message, with room to spare."""


def samples_of(answer: Any, seed: int | None) -> tuple[Sample, ...]:
    """Return the samples of a decoded answer.

    Raises:
        Failure: it is no answer (BROKEN), or the server's filter withheld it (REFUSED).
    """
    choices = answer.get("choices") if isinstance(answer, dict) else None
    if not isinstance(choices, list) or not choices:
        raise Failure(Trouble.BROKEN, "the answer has no choices")
    samples = tuple(_sample(choice, seed) for choice in choices)
    if all(s.finish_reason == "content_filter" and not s.text for s in samples):
        raise Failure(Trouble.REFUSED, "the server's filter withheld the answer")
    return samples


def _sample(choice: Any, seed: int | None) -> Sample:
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(message, dict):
        raise Failure(Trouble.BROKEN, "a choice has no message")
    text, reasoning = message.get("content"), message.get("reasoning_content")
    content = (choice.get("logprobs") or {}).get("content")
    tokens = [t for t in content if isinstance(t, dict)] if isinstance(content, list) else []
    logprobs = tuple(_logprob(t) for t in tokens)
    if not logprobs or any(math.isnan(p) for p in logprobs):
        tokens, logprobs = [], ()
    tops = [_alternatives(t) for t in tokens]
    known = bool(tops) and all(len(t) > 1 for t in tops)
    return Sample(
        text=text if isinstance(text, str) else "",
        finish_reason=str(choice.get("finish_reason") or "stop"),
        tool_calls=_tool_calls(message.get("tool_calls")),
        reasoning=reasoning if isinstance(reasoning, str) else "",
        seed=seed,
        tokens=tuple(str(t.get("token", "")) for t in tokens) if tokens else None,
        token_ids=_token_ids(choice, tokens),
        logprobs=logprobs or None,
        entropies=tuple(entropy(t) for t in tops) if known else None,
        self_certainty=self_certainty(tops) if known else None,
    )


def entropy(logprobs: Sequence[float]) -> float:
    """Return the entropy in nats of a distribution known by its likeliest outcomes.

    The rest counts as one outcome, so this is a lower bound.
    """
    shares = [math.exp(min(p, 0.0)) for p in logprobs]
    rest = 1.0 - math.fsum(shares)
    if rest > 1e-12:
        shares.append(rest)
    return max(0.0, -math.fsum(p * math.log(p) for p in shares if p > 0.0))


def self_certainty(alternatives: Sequence[Sequence[float]]) -> float:
    """Return the mean divergence KL(uniform || p) in nats over tokens (Kang et al. 2025, eq. 4).

    Taken over the alternatives given, made to add up to 1, where the paper takes the whole
    vocabulary: comparable between answers that were asked for equally many alternatives.
    """
    total = 0.0
    for logprobs in alternatives:
        norm = math.log(math.fsum(math.exp(p) for p in logprobs))
        k = len(logprobs)
        total += -math.fsum(p - norm for p in logprobs) / k - math.log(k)
    return total / len(alternatives)


def usage_of(
    answer: dict[str, Any], samples: Sequence[Sample], messages: Sequence[Message], max_tokens: int
) -> Usage:
    """Return the tokens used; an estimate where the server's figures are missing or cannot be right.

    Some servers count one of several choices only, some nothing. What cannot be right: less than
    one token an answer, more than `max_tokens` for each, a prompt longer than its bytes allow.
    """
    raw = answer.get("usage")
    figures = raw if isinstance(raw, dict) else {}
    prompt, completion = _count(figures.get("prompt_tokens")), _count(figures.get("completion_tokens"))
    most_prompt = estimated_bytes(messages) + 64 * (len(messages) + 16)
    right_prompt = prompt is not None and 0 < prompt <= max(4 * most_prompt, 4096)
    written = sum(_tokens(s) for s in samples)
    seen = sum(len(s.tokens) for s in samples if s.tokens is not None)
    least = max(seen, sum(1 for s in samples if s.text or s.tool_calls))
    right_completion = completion is not None and least <= completion <= len(samples) * max_tokens + 16
    if len(samples) > 1 and not seen and completion is not None and completion < written // 2:
        right_completion = False  # one of the choices only
    return Usage(
        prompt if right_prompt and prompt is not None else estimated_prompt(messages),
        completion if right_completion and completion is not None else max(written, least),
        right_prompt and right_completion,
    )


def whole(samples: Sequence[Sample], usage: Usage) -> tuple[Sample, ...]:
    """Return the samples without token ids that cannot be all of them.

    llama.cpp lists no token that ends amid a character; the ids are then of no use for training.
    """
    (*_, last) = samples
    if len(samples) > 1 or not usage.measured or last.token_ids is None:
        return tuple(samples)
    missing = usage.completion_tokens - len(last.token_ids)
    return (replace(last, token_ids=None),) if missing > 1 else tuple(samples)


def estimated_prompt(messages: Sequence[Message]) -> int:
    """Return about how many tokens the messages are; rather too many than too few."""
    return sum(_TEMPLATE_TOKENS + math.ceil(_size(m) / _FEWEST_BYTES) for m in messages)


def estimated_bytes(messages: Sequence[Message]) -> int:
    """Return the bytes of the messages: hardly any vocabulary makes more tokens of them."""
    return sum(_size(m) for m in messages)


def _size(m: Message) -> int:
    calls = sum(len(c.name) + len(c.arguments) for c in m.tool_calls)
    return len(m.text.encode("utf-8", "replace")) + calls


def _tokens(s: Sample) -> int:
    if s.tokens is not None:
        return len(s.tokens)
    written = len((s.text + s.reasoning).encode("utf-8", "replace"))
    written += sum(len(c.name) + len(c.arguments) for c in s.tool_calls)
    return max(1, math.ceil(written / _BYTES_PER_TOKEN))


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _logprob(token: dict[str, Any]) -> float:
    value = token.get("logprob")
    return min(float(value), 0.0) if isinstance(value, int | float) else math.nan


def _alternatives(token: dict[str, Any]) -> tuple[float, ...]:
    given = token.get("top_logprobs")
    if not isinstance(given, list):
        return ()
    values = (t.get("logprob") for t in given if isinstance(t, dict))
    return tuple(min(float(v), 0.0) for v in values if isinstance(v, int | float) and v > -1e4)


def _token_ids(choice: dict[str, Any], tokens: Sequence[dict[str, Any]]) -> tuple[int, ...] | None:
    """Return the ids: vLLM gives them beside the message (LiteLLM moves them), llama.cpp with each token."""
    fields = choice.get("provider_specific_fields") or {}
    for ids in (choice.get("token_ids"), fields.get("token_ids") if isinstance(fields, dict) else None):
        if isinstance(ids, list) and all(isinstance(i, int) for i in ids):
            return tuple(ids)
    each = [t.get("id") for t in tokens]
    return (
        tuple(i for i in each if isinstance(i, int))
        if each and all(isinstance(i, int) for i in each)
        else None
    )


def _tool_calls(given: Any) -> tuple[ToolCall, ...]:
    calls = []
    for number, call in enumerate(given if isinstance(given, list) else []):
        function = call.get("function") if isinstance(call, dict) else None
        if isinstance(function, dict) and isinstance(function.get("name"), str):
            arguments = function.get("arguments")
            text = arguments if isinstance(arguments, str) else "{}"
            calls.append(ToolCall(str(call.get("id") or f"call-{number}"), function["name"], text))
    return tuple(calls)
