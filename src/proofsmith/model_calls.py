"""What is said to a language model and what it answers: plain data, kept with the run.

Texts that are JSON (schemas, arguments of tools) are kept as text, so that equal requests are equal
and hash alike.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from proofsmith.budget import Spend


@dataclass(frozen=True)
class ToolCall:
    """A model asks for a tool: `arguments` is JSON text as the model wrote it, valid or not."""

    id: str
    name: str
    arguments: str = "{}"


@dataclass(frozen=True)
class Message:
    """One message of a conversation.

    Attributes:
        role: ``"system"``, ``"user"``, ``"assistant"`` or ``"tool"``.
        text: what is said.
        tool_calls: what an assistant asked for.
        tool_call_id: which of those a tool's message answers.
    """

    role: str
    text: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str = ""


@dataclass(frozen=True)
class ToolSpec:
    """A tool that a model may call; `parameters` is the JSON schema of its arguments, as text."""

    name: str
    description: str
    parameters: str = '{"type": "object", "properties": {}}'


@dataclass(frozen=True)
class Sampling:
    """How to sample.

    Attributes:
        temperature: 0 is greedy.
        top_p, top_k, min_p: truncation; the defaults truncate nothing (``None`` is not sent).
        max_tokens: most tokens of one answer.
        seed: of the first sample; the others of one request have seeds derived from it.
        stop: texts that end the answer; they are not part of it.
        n: how many answers are wanted.
        logprobs: how many alternatives per token to ask for; ``None`` asks for no log-probabilities.
    """

    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int | None = None
    min_p: float | None = None
    max_tokens: int = 2048
    seed: int | None = None
    stop: tuple[str, ...] = ()
    n: int = 1
    logprobs: int | None = None


@dataclass(frozen=True)
class Request:
    """One question to a model.

    Attributes:
        messages: the conversation so far.
        sampling: how to sample the answers.
        grammar: GBNF grammar that the answer must match; empty for none.
        json_schema: JSON schema that the answer must match, as text; empty for none.
        tools: tools that the model may call.
        purpose: what the answer is for (``"code"``, ``"plan"``, ``"critique"``, ...).
        template: hash of the prompt template that made the messages.
        index: number of the first sample among all answers to the same messages, so that asking
            again gives others than those a cache holds.
    """

    messages: tuple[Message, ...]
    sampling: Sampling = field(default_factory=Sampling)
    grammar: str = ""
    json_schema: str = ""
    tools: tuple[ToolSpec, ...] = ()
    purpose: str = ""
    template: str = ""
    index: int = 0


@dataclass(frozen=True)
class Sample:
    """One answer.

    Attributes:
        text: what the model wrote; may be empty when it only calls tools.
        finish_reason: ``"stop"``, ``"length"``, ``"tool_calls"``, ``"content_filter"`` or the server's own.
        tool_calls: tools that it asks for.
        reasoning: what a reasoning model thought aloud, where the server gives it apart.
        seed: the seed it was sampled with, where one was sent.
        tokens: the text of each token; ``None`` where not given, like the next four.
        token_ids: the id of each token.
        logprobs: natural log-probability of each token.
        entropies: entropy of each token's distribution in nats, from the alternatives that were
            given, with what they leave over as one more outcome: a lower bound.
        self_certainty: mean Kullback-Leibler divergence of each token's distribution from uniform,
            over the alternatives given (after Kang et al. 2025); higher is surer.
    """

    text: str
    finish_reason: str = "stop"
    tool_calls: tuple[ToolCall, ...] = ()
    reasoning: str = ""
    seed: int | None = None
    tokens: tuple[str, ...] | None = None
    token_ids: tuple[int, ...] | None = None
    logprobs: tuple[float, ...] | None = None
    entropies: tuple[float, ...] | None = None
    self_certainty: float | None = None

    @property
    def nll(self) -> float | None:
        """Negative log-likelihood in nats; of a greedy answer this is G-NLL (Aichberger et al. 2024)."""
        return None if self.logprobs is None else -math.fsum(self.logprobs)


@dataclass(frozen=True)
class Usage:
    """Tokens of a call. `measured` is false where the server did not count and we estimated."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    measured: bool = True

    @property
    def tokens(self) -> int:
        """All tokens."""
        return self.prompt_tokens + self.completion_tokens

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.measured and other.measured,
        )


@dataclass(frozen=True)
class Reply:
    """What came back for a `Request`.

    Attributes:
        samples: the answers, ``sampling.n`` of them unless the server gave fewer.
        usage: tokens in and out, over all calls that it took.
        cost: US dollars; ``None`` if the price is unknown.
        model: the model's name as it was asked for.
        server: where it was asked, without user names or passwords; empty for a hosted default.
        seconds: wall-clock seconds, waiting and retries included.
        cached: it came from the cache and cost nothing.
        call: content hash of request and answers, the call's name in the store.
        ids: the server's names of its answers.
        honoured: the features of the request that were really in force at the server: of
            ``"n"``, ``"seed"``, ``"logprobs"``, ``"grammar"``, ``"json_schema"``, ``"tools"``.
        requests: how many requests were sent for it and answered.
        sent: what was really asked, where the request was shortened to fit.
        prompt_token_ids: the messages as the model's tokens, where the server gives them.
    """

    samples: tuple[Sample, ...]
    usage: Usage = field(default_factory=Usage)
    cost: float | None = None
    model: str = ""
    server: str = ""
    seconds: float = 0.0
    cached: bool = False
    call: str = ""
    ids: tuple[str, ...] = ()
    honoured: tuple[str, ...] = ()
    requests: int = 1
    sent: Request | None = None
    prompt_token_ids: tuple[int, ...] | None = None

    @property
    def spend(self) -> Spend:
        """What it used; nothing if it was cached. An unknown cost counts as 0."""
        if self.cached:
            return Spend()
        return Spend(
            seconds=self.seconds, model_calls=self.requests, tokens=self.usage.tokens, cost=self.cost or 0.0
        )

    @property
    def text(self) -> str:
        """The first answer; empty if there is none."""
        return self.samples[0].text if self.samples else ""
