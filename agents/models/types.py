"""What a model client promises, and how it fails.

The data (`Request`, `Reply`, ...) live in `proofsmith.model_calls`, because the store keeps them.

A policy gets its clients from the run (`Models`): these are billed already. Every reply is charged to
the run and recorded as a `ModelCalled` event before the policy sees it, so a policy must not
count model calls, tokens or cost in `Proposals.spend` again. `Proposal.data` names the call with the
key ``"call"`` (`Reply.call`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from proofsmith.budget import Budget, Spend
from proofsmith.errors import ProofsmithError
from proofsmith.model_calls import (
    Message,
    Reply,
    Request,
    Sample,
    Sampling,
    ToolCall,
    ToolSpec,
    Usage,
)

__all__ = [
    "Attention",
    "Features",
    "Message",
    "ModelClient",
    "Models",
    "Reply",
    "Request",
    "Sample",
    "Sampling",
    "Shorten",
    "ToolCall",
    "ToolSpec",
    "Usage",
]


class ModelError(ProofsmithError):
    """A model could not be asked, or its answer could not be used. Never a candidate's fault.

    Attributes:
        spend: what was used up all the same; already charged to the run where the client is billed.
    """

    spend: Spend = Spend()


class CallFailed(ModelError):
    """The request failed; another one may well succeed. A policy falls back or goes on without it."""


class ContextOverflow(CallFailed):
    """The messages and the answer asked for do not fit into the model's context, also when shortened.

    Attributes:
        share: how much of the messages would fit, where the server says so.
    """

    def __init__(self, text: str, share: float | None = None) -> None:
        super().__init__(text)
        self.share = share


class Refused(CallFailed):
    """The server's filter refused the messages."""


class BadRequest(CallFailed):
    """The server rejects the request for another reason (400)."""


class BadReply(CallFailed):
    """What came back is no answer: broken JSON, a cut stream, no choices; also when asked again."""


class TimedOut(CallFailed):
    """No answer came in the time that the call was given."""


class Unavailable(ModelError):
    """No request can succeed at present. A policy lets it pass: the run ends and can be resumed."""


class ServerDown(Unavailable):
    """The server does not answer, and did not come back while we waited."""


class Overloaded(Unavailable):
    """The server answers, but kept turning us away while we waited (429, 503)."""


class AuthFailed(Unavailable):
    """The key is missing, wrong, or may not use this model (401, 403)."""


class NoSuchModel(Unavailable):
    """The server does not have this model (404)."""


class Stopped(Unavailable):
    """The run is to stop, and nobody waits for the answer."""


class NotRecorded(Unavailable):
    """A replay has no answer to this request: the run no longer does what was recorded."""


@dataclass(eq=False)
class LimitReached(ModelError):
    """A call was not made, because it might exceed what the run may use. The run ends by its budget.

    Attributes:
        limit: field of `Budget` that it would exceed.
    """

    limit: str

    def __str__(self) -> str:
        return f"another model call might exceed the budget of {self.limit.replace('_', ' ')}"


@dataclass(frozen=True)
class Features:
    """What a server really does, as far as is known: ``None`` is unknown.

    Attributes:
        n: several answers to one request.
        logprobs: log-probabilities of tokens.
        seed: the same seed gives the same answer.
        grammar: answers obey a grammar (GBNF).
        json_schema: answers obey a JSON schema.
        tools: tool calls by its interface.
        token_ids: the ids of the tokens of an answer.
        context: tokens that prompt and answer may have together.
    """

    n: bool | None = None
    logprobs: bool | None = None
    seed: bool | None = None
    grammar: bool | None = None
    json_schema: bool | None = None
    tools: bool | None = None
    token_ids: bool | None = None
    context: int | None = None


class Attention:
    """Lines that models have to tell a run, and the run's wish to stop.

    A run puts its own functions here while it lasts; before that, nobody listens.
    """

    def __init__(self) -> None:
        self.notify: Callable[[str], None] = _unheard
        self.stopped: Callable[[], bool] = _never


def _unheard(text: str) -> None:
    return None


def _never() -> bool:
    return False


Shorten = Callable[[Request, float], Request]
"""Makes a request that overflowed fit: returns it with its messages cut, by meaning, to about the
given share (between 0 and 1) of their length. It is asked once for a call."""


class ModelClient(Protocol):
    """Answers requests. Every method may be called from several threads at once."""

    @property
    def name(self) -> str:
        """The model's name as the user gave it."""
        ...

    @property
    def features(self) -> Features:
        """What the server does; the rest is emulated (`n`) or left out (see `Reply.honoured`)."""
        ...

    def complete(self, request: Request, budget: Budget, shorten: Shorten | None = None) -> Reply:
        """Return the answers to `request`. Returns or raises by the time ``budget.seconds`` ends.

        Raises:
            CallFailed: this request failed.
            Unavailable: the server is no longer there for us.
            LimitReached: the budget does not allow the call.
        """
        ...

    def complete_all(
        self, requests: Sequence[Request], budget: Budget, shorten: Shorten | None = None
    ) -> tuple[Reply | ModelError, ...]:
        """Answer several requests at the same time; each gets its reply, or the error it met."""
        ...

    def close(self) -> None:
        """Give back what the client holds. May be called twice."""
        ...


class AnswersOne:
    """`ModelClient.complete` in terms of `ModelClient.complete_all`: a base class of clients."""

    def complete(self, request: Request, budget: Budget, shorten: Shorten | None = None) -> Reply:
        """See `ModelClient.complete`."""
        (reply,) = self.complete_all((request,), budget, shorten)
        if isinstance(reply, ModelError):
            raise reply
        return reply

    def complete_all(
        self, requests: Sequence[Request], budget: Budget, shorten: Shorten | None = None
    ) -> tuple[Reply | ModelError, ...]:
        """See `ModelClient.complete_all`."""
        raise NotImplementedError


def prices_of(client: ModelClient) -> tuple[float, float] | None:
    """Return the US dollars per token in and out that a client says it costs, if it does."""
    prices: tuple[float, float] | None = getattr(client, "prices", None)
    return prices


class Around(AnswersOne):
    """A client that stands before another, and has its name, its features and its prices."""

    def __init__(self, client: ModelClient) -> None:
        self._client = client
        self.name = client.name
        self.prices = prices_of(client)

    @property
    def features(self) -> Features:
        """See `ModelClient.features`."""
        return self._client.features


@dataclass(frozen=True)
class Models:
    """The model of each agent; ``None`` where the symbolic one does the work.

    Attributes:
        pairs: (name, text) pairs that say which models these are, for the record of a run.
        attention: what the clients have to tell the run, and the run them.
    """

    planner: ModelClient | None = None
    coder: ModelClient | None = None
    critic: ModelClient | None = None
    pairs: tuple[tuple[str, str], ...] = ()
    attention: Attention = field(default_factory=Attention, compare=False)

    def __bool__(self) -> bool:
        return any((self.planner, self.coder, self.critic))
