"""A call to a model with a contract on its answer.

After the formally guarded generative models of SEVerA: the call declares a shape (how text becomes a
value) and a predicate on that value. Answers are sampled until enough satisfy both, a bounded
number of times; then a fallback takes the place of what is missing, and it must satisfy the
predicate as well. So whatever the model does, only values inside the contract come out.

Where the server can constrain decoding, the contract's grammar or JSON schema makes rejection rare; it is
never trusted instead of the predicate.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from proofsmith.agents.models.types import CallFailed, LimitReached, ModelClient, Shorten, Unavailable
from proofsmith.budget import Budget, Meter
from proofsmith.model_calls import Message, Reply, Request, Sample

T = TypeVar("T")

_UNUSABLE = "Earlier answers could not be used. Answer in the form that is asked for. What was wrong:"


class Broken(Exception):
    """An answer is outside its contract; the text says why, for people and for the next attempt."""


@dataclass(frozen=True)
class Contract(Generic[T]):
    """What an answer must be.

    Attributes:
        name: for messages and records.
        read: turns a sample into a value. Raises: Broken.
        holds: the predicate: ``None``, or why the value is outside.
        grammar: GBNF grammar of the shape, for servers that can constrain decoding.
        json_schema: JSON schema of the shape, as text.
        attempts: most requests for one call.
    """

    name: str
    read: Callable[[Sample], T]
    holds: Callable[[T], str | None] = lambda value: None
    grammar: str = ""
    json_schema: str = ""
    attempts: int = 2

    def check(self, sample: Sample) -> T:
        """Return the value in a sample.

        Raises:
            Broken: it is outside the contract.
        """
        if sample.finish_reason == "content_filter":
            raise Broken("the server's filter cut the answer off")
        value = self.read(sample)
        complaint = self.holds(value)
        if complaint is not None:
            raise Broken(complaint)
        return value


@dataclass(frozen=True)
class Accepted(Generic[T]):
    """A value inside its contract. `reply` and `sample` say where it is from; ``None`` for the fallback."""

    value: T
    reply: Reply | None = None
    sample: Sample | None = None
    index: int = 0

    @property
    def is_fallback(self) -> bool:
        """Whether no model said this."""
        return self.reply is None


@dataclass(frozen=True)
class Answers(Generic[T]):
    """What came of a call.

    Attributes:
        accepted: values inside the contract, in the order they were sampled.
        rejected: why the other answers were not.
        failure: why the model could not be asked (again); empty if it could.
        requests: how many requests were made.
    """

    accepted: tuple[Accepted[T], ...] = ()
    rejected: tuple[str, ...] = ()
    failure: str = ""
    requests: int = 0


@dataclass(frozen=True)
class Caller:
    """Asks a client under contracts, and makes every request allowed by the server's features.

    Attributes:
        client: billed already.
        constrain: whether grammars and schemas are sent where the server obeys them.
        logprobs: alternatives per token to ask for where the server gives them.
    """

    client: ModelClient
    constrain: bool = True
    logprobs: int | None = 5

    def ask(
        self,
        request: Request,
        contract: Contract[T],
        budget: Budget,
        fallback: Callable[[], T] | None = None,
        shorten: Shorten | None = None,
    ) -> Answers[T]:
        """Ask until ``request.sampling.n`` answers are inside `contract`, or attempts or budget end.

        The fallback stands in only where no answer at all was inside.

        Raises:
            Unavailable: the server is gone, and nothing was accepted before.
            LimitReached: the budget does not allow the call, nothing was accepted and there is no fallback.
            ValueError: the fallback is outside the contract, which is an error of ours.
        """
        meter = Meter(budget)
        wanted = request.sampling.n
        accepted: list[Accepted[T]] = []
        rejected: list[str] = []
        failure, asked = "", 0
        while len(accepted) < wanted and asked < contract.attempts:
            left = meter.remaining()
            if left.seconds is not None and left.seconds <= 0:
                failure = "no time was left"
                break
            sampling = replace(request.sampling, n=wanted - len(accepted))
            index = request.index + len(accepted) + len(rejected)
            again = replace(request, sampling=sampling, index=index)
            if rejected:
                again = replace(again, messages=_told(request.messages, rejected))
            try:
                reply = self.client.complete(self._allowed(again, contract), left, shorten)
            except CallFailed as error:
                failure = str(error)
                break
            except (LimitReached, Unavailable) as error:
                if not accepted and (fallback is None or isinstance(error, Unavailable)):
                    raise
                failure = str(error)
                break
            asked += 1
            for index, sample in enumerate(reply.samples):
                try:
                    accepted.append(Accepted(contract.check(sample), reply, sample, index))
                except Broken as broken:
                    rejected.append(str(broken))
            if not reply.samples:
                rejected.append("the reply was empty")
        if not accepted and fallback is not None:
            accepted.append(Accepted(_verified(contract, fallback())))
        return Answers(tuple(accepted[:wanted]), tuple(rejected), failure, asked)

    def _allowed(self, request: Request, contract: Contract[T]) -> Request:
        features = self.client.features
        grammar = contract.grammar if self.constrain and features.grammar else ""
        schema = contract.json_schema if self.constrain and features.json_schema and not grammar else ""
        logprobs = self.logprobs if features.logprobs else None
        sampling = replace(request.sampling, logprobs=logprobs)
        return replace(request, grammar=grammar, json_schema=schema, sampling=sampling)


def _told(messages: tuple[Message, ...], rejected: Sequence[str]) -> tuple[Message, ...]:
    """The messages with a word on why earlier answers could not be used.

    It is part of the last message, because many chat templates refuse two of one role in a row.
    """
    last = messages[-1]
    if last.role != "user":
        return messages
    reasons = "\n".join(f"- {reason[:200]}" for reason in dict.fromkeys(rejected[-3:]))
    return (*messages[:-1], replace(last, text=f"{last.text}\n\n{_UNUSABLE}\n{reasons}"))


def _verified(contract: Contract[T], value: T) -> T:
    complaint = contract.holds(value)
    if complaint is not None:
        raise ValueError(f"the fallback of contract {contract.name} is outside it: {complaint}")
    return value
