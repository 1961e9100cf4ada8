"""A model client whose answers are computed here: deterministic in request and seed, free, instant."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from proofsmith.agents.models.types import Features, ModelError, Shorten
from proofsmith.budget import Budget
from proofsmith.model_calls import Reply, Request, Sample, Usage

Speak = Callable[[Request, random.Random], Sample]
"""What a scripted model answers to a request; its randomness comes from the generator alone."""


@dataclass
class ScriptedModel:
    """Answers every request with what `speak` says.

    Attributes:
        name: as the user gave it, ``"scripted:rubbish"``.
        speak: makes one answer.
        features: what it claims to do.
    """

    name: str
    speak: Speak
    features: Features = field(default=Features(n=True, seed=True))

    def complete(self, request: Request, budget: Budget, shorten: Shorten | None = None) -> Reply:
        """See `ModelClient.complete`; never fails."""
        said = hashlib.sha256(
            "\0".join(m.text for m in request.messages).encode("utf-8", "replace")
        ).hexdigest()
        samples = []
        for index in range(request.index, request.index + request.sampling.n):
            seed = request.sampling.seed or 0
            rng = random.Random(f"{self.name}/{seed}/{index}/{said}")
            samples.append(replace(_cut(self.speak(request, rng), request.sampling.max_tokens), seed=seed))
        prompt = sum(_tokens(m.text) for m in request.messages)
        usage = Usage(prompt, sum(_tokens(s.text) for s in samples))
        honoured = ("n", "seed", "grammar") if self.features.grammar else ("n", "seed")
        return Reply(tuple(samples), usage, 0.0, self.name, honoured=honoured)

    def complete_all(
        self, requests: Sequence[Request], budget: Budget, shorten: Shorten | None = None
    ) -> tuple[Reply | ModelError, ...]:
        """See `ModelClient.complete_all`."""
        return tuple(self.complete(r, budget, shorten) for r in requests)

    def close(self) -> None:
        """Nothing to give back."""


def _cut(sample: Sample, max_tokens: int) -> Sample:
    """Stop an answer at its token limit, as servers do; a token counts as four characters here."""
    if sample.tool_calls or len(sample.text) <= 4 * max_tokens:
        return sample
    return replace(sample, text=sample.text[: 4 * max_tokens], finish_reason="length")


def _tokens(text: str) -> int:
    return 1 + len(text) // 4
