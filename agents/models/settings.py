"""Settings of language models and of the manners with their servers."""

from __future__ import annotations

from dataclasses import dataclass, field

from proofsmith.settings import ADDRESS

SYMBOLIC = "symbolic"
"""The name that stands for "no model" where a model could be named."""


@dataclass(frozen=True)
class ClientSettings:
    """Which models to ask, where, and how.

    Attributes:
        model: LiteLLM's name of the model of every agent that is not given its own; ``None`` for none.
        base_url: an OpenAI-compatible server to ask instead of the provider's own.
        planner, coder, critic: the model of that agent, or ``"symbolic"`` for none.
        call_seconds: most seconds one request may take.
        patience: seconds to wait for a server that is down or turns us away.
        retries: how often a request is sent again after a broken answer.
        concurrency: most requests at a server at the same time.
        probe: whether to find out once what a server named by `base_url` really does.
        model_cache: whether to keep answers and use them again for equal requests.
        price_in, price_out: US dollars per million tokens in and out, where the price is not known.
        record: file to write every request and answer to.
        replay: such a file, to take the answers from instead of a server.
    """

    model: str | None = None
    base_url: str | None = field(default=None, metadata=ADDRESS)
    planner: str | None = None
    coder: str | None = None
    critic: str | None = None
    call_seconds: float = 300.0
    patience: float = 60.0
    retries: int = 3
    concurrency: int = 32
    probe: bool = True
    model_cache: bool = True
    price_in: float | None = None
    price_out: float | None = None
    record: str | None = None
    replay: str | None = None

    def name_of(self, agent: str) -> str | None:
        """Return the model of ``"planner"``, ``"coder"`` or ``"critic"``, ``None`` for the symbolic one."""
        name: str | None = getattr(self, agent) or self.model
        return None if name is None or name.lower() == SYMBOLIC else name
