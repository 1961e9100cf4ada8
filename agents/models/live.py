"""A model on a server: retries, deadlines, several answers at once, one line when it is down."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from proofsmith.agents.models import answers, wire
from proofsmith.agents.models.failures import Failure, Trouble
from proofsmith.agents.models.lengths import most_allowed, room_for_answer, share_that_fits
from proofsmith.agents.models.limiter import GaveUp
from proofsmith.agents.models.loop import Interrupted, wait_for
from proofsmith.agents.models.server import Server
from proofsmith.agents.models.settings import ClientSettings
from proofsmith.agents.models.types import (
    AnswersOne,
    AuthFailed,
    BadReply,
    BadRequest,
    ContextOverflow,
    Features,
    ModelError,
    NoSuchModel,
    Overloaded,
    Refused,
    ServerDown,
    Shorten,
    Stopped,
    TimedOut,
    Unavailable,
)
from proofsmith.agents.models.wire import Dialect, Wire
from proofsmith.budget import Budget
from proofsmith.model_calls import Reply, Request, Sample, Usage

_NO_LIMIT = 24 * 3600.0
_SHARE_KEPT = 0.5
"""How much of a request that overflowed is kept, where its real length is not known."""
_ANY_NUMBER = 1 << 30
_HOPELESS = 6
"""So many requests in a row that failed, none of them answered: the server is of no use to us."""


class Sent(Protocol):
    """An answer of a `Backend`: its JSON, and its price where known."""

    @property
    def data(self) -> dict[str, Any]:
        """The decoded JSON."""
        ...

    @property
    def cost(self) -> float | None:
        """US dollars, where known."""
        ...


class Backend(Protocol):
    """What sends one request once; `proofsmith.agents.policies.llm.LiteLlm` is ours."""

    async def send(self, wire: Wire, seconds: float) -> Sent:
        """Return the answer, or raise `Failure`."""
        ...

    def prices(self) -> tuple[float, float] | None:
        """US dollars per token in and out, or ``None``."""
        ...


@dataclass
class _Tally:
    """What one `complete` has used so far, answered or not."""

    usage: Usage = field(default_factory=Usage)
    cost: float | None = 0.0
    requests: int = 0
    ids: list[str] = field(default_factory=list)
    prompt: tuple[int, ...] | None = None

    def add(self, usage: Usage, cost: float | None, data: Mapping[str, Any]) -> None:
        name, prompt = data.get("id"), data.get("prompt_token_ids")
        if isinstance(prompt, list) and all(isinstance(i, int) for i in prompt):
            self.prompt = tuple(prompt)
        self.usage += usage
        self.cost = None if cost is None or self.cost is None else self.cost + cost
        self.requests += 1
        if isinstance(name, str) and name:
            self.ids.append(name)


@dataclass(frozen=True)
class _Part:
    """So many answers of a request, beginning with number `index`, in one request to the server."""

    request: Request
    n: int
    index: int
    deadline: float
    tally: _Tally


class LiveClient(AnswersOne):
    """See `ModelClient`. What the server does not do is emulated: several answers by several requests.

    Args:
        name: the model, as the user named it.
        backend: sends the requests.
        server: shared with the other clients of the same server.
        features: what it does, as far as known.
        dialect: how it calls things.
        settings: deadlines, retries, prices.
    """

    def __init__(
        self,
        name: str,
        backend: Backend,
        server: Server,
        features: Features,
        dialect: Dialect,
        settings: ClientSettings,
    ) -> None:
        self.name, self.features, self.dialect = name, features, dialect
        self.url = ""
        self._backend, self._server, self._settings = backend, server, settings
        self._rng = random.Random()
        self._lock = threading.Lock()
        self._failed_in_a_row = 0
        self._most_n = _ANY_NUMBER
        given = settings.price_in, settings.price_out
        own = None if None in given else ((given[0] or 0.0) / 1e6, (given[1] or 0.0) / 1e6)
        self.prices = own or backend.prices()
        self._own_prices = own is not None

    def complete_all(
        self, requests: Sequence[Request], budget: Budget, shorten: Shorten | None = None
    ) -> tuple[Reply | ModelError, ...]:
        """See `ModelClient.complete_all`."""
        deadline = time.monotonic() + (_NO_LIMIT if budget.seconds is None else budget.seconds)

        async def all_of_them() -> list[Reply | ModelError]:
            return await asyncio.gather(*(self._settled(r, deadline, shorten) for r in requests))

        try:
            return tuple(wait_for(all_of_them(), self._server.attention.stopped))
        except Interrupted:
            return tuple(Stopped("the run is to stop") for _ in requests)

    def close(self) -> None:
        """Nothing to give back: connections belong to the process."""

    # -- on the event loop -------------------------------------------------------------------

    async def _settled(
        self, request: Request, deadline: float, shorten: Shorten | None
    ) -> Reply | ModelError:
        started, tally = time.monotonic(), _Tally()
        try:
            try:
                samples = await self._all_samples(
                    _Part(request, request.sampling.n, request.index, deadline, tally)
                )
                sent = None
            except ContextOverflow as overflow:
                sent = _fitting(request, overflow, shorten)
                part = _Part(sent, sent.sampling.n, sent.index, deadline, tally)
                samples = await self._all_samples(part)
        except ModelError as error:
            error.spend = self._reply(request, (), tally, started).spend
            return self._noted(error)
        self._failed_in_a_row = 0
        return replace(self._reply(request, samples, tally, started), sent=sent)

    async def _all_samples(self, part: _Part) -> tuple[Sample, ...]:
        """Return the answers; the first request asks for all of them unless the server is known not to."""
        first: tuple[Sample, ...] = ()
        if part.n <= self._most_n and (self.features.n is not False or part.n == 1):
            try:
                first = await self._samples(part)
            except BadRequest as error:
                if part.n == 1:
                    raise
                self._most_n = most_allowed(str(error), part.n)  # perhaps it was too many at once
            else:
                if len(first) < part.n:
                    self.features = replace(self.features, n=False)
        size = 1 if self.features.n is False else self._most_n
        missing = [
            replace(part, n=min(size, part.n - at), index=part.index + at)
            for at in range(len(first), part.n, size)
        ]
        if not missing:
            return first[: part.n]
        found = await asyncio.gather(*(self._samples(p) for p in missing), return_exceptions=True)
        samples = [s for f, p in zip(found, missing, strict=True) if isinstance(f, tuple) for s in f[: p.n]]
        errors = [f for f in found if isinstance(f, BaseException)]
        if errors and (not (first or samples) or not isinstance(errors[0], ModelError)):
            raise errors[0]
        return (*first, *samples)

    async def _samples(self, part: _Part) -> tuple[Sample, ...]:
        """Send one request until it is answered or hopeless."""
        seed = wire.derived_seed(part.request.sampling.seed, part.index)
        message = wire.to_wire(part.request, self.features, self.dialect, n=part.n, seed=seed)
        broken = slow = 0
        while True:
            try:
                return await self._once(part, message, seed)
            except Failure as failure:
                match failure.trouble:
                    case Trouble.BROKEN if broken < self._settings.retries:
                        broken += 1
                        wait = failure.retry_after or 0.25 * 2**broken * self._rng.uniform(0.5, 1.5)
                        if time.monotonic() + wait >= part.deadline:
                            raise self._error(failure) from failure
                        await asyncio.sleep(wait)
                    case Trouble.SLOW if slow < 1 and time.monotonic() < part.deadline - 1.0:
                        slow += 1
                    case Trouble.DOWN | Trouble.BUSY if not self._server.limiter.given_up:
                        pass  # the limiter makes us wait
                    case _:
                        raise self._error(failure) from failure

    async def _once(self, part: _Part, message: Wire, seed: int | None) -> tuple[Sample, ...]:
        limiter = self._server.limiter
        try:
            async with asyncio.timeout_at(_loop_time(part.deadline)):
                await limiter.acquire()
        except TimeoutError:
            raise Failure(Trouble.SLOW, "the time ended before the server could be asked") from None
        except GaveUp:
            raise self._server.last from None
        try:
            sent = await self._send(part, message)
        except Failure as failure:
            if failure.trouble in (Trouble.DOWN, Trouble.BUSY):
                self._server.failed(failure)
            raise
        finally:
            limiter.release()
        self._server.answered()
        return self._read(part, sent, seed)

    async def _send(self, part: _Part, message: Wire) -> Sent:
        seconds = min(self._settings.call_seconds, part.deadline - time.monotonic())
        if seconds <= 0:
            raise Failure(Trouble.SLOW, "no time is left")
        try:
            # A timeout of our own: the library's begins anew with every byte that trickles in.
            async with asyncio.timeout(seconds):
                return await self._backend.send(message, seconds + 5.0)
        except TimeoutError:
            raise Failure(Trouble.SLOW, f"no answer within {seconds:.0f} s") from None

    def _read(self, part: _Part, sent: Sent, seed: int | None) -> tuple[Sample, ...]:
        """Pay for an answer, then read it."""
        messages, most = part.request.messages, part.request.sampling.max_tokens
        try:
            samples: tuple[Sample, ...] | Failure = answers.samples_of(sent.data, seed)
        except Failure as failure:
            samples = failure
        read = () if isinstance(samples, Failure) else samples
        usage = answers.usage_of(sent.data, read, messages, most)
        part.tally.add(usage, self._cost(usage, sent.cost), sent.data)
        if isinstance(samples, Failure):
            raise samples
        return answers.whole(samples, usage)

    # -- small things ------------------------------------------------------------------------

    def _cost(self, usage: Usage, told: float | None) -> float | None:
        if told is not None and not self._own_prices:
            return told
        if self.prices is None:
            return None
        return usage.prompt_tokens * self.prices[0] + usage.completion_tokens * self.prices[1]

    def _reply(self, request: Request, samples: tuple[Sample, ...], tally: _Tally, started: float) -> Reply:
        seen = [
            ("logprobs", any(s.logprobs is not None for s in samples)),
            ("n", tally.requests == 1 < len(samples)),
        ]
        known = wire.honoured(request, self.features, self.dialect)
        return Reply(
            samples,
            usage=tally.usage,
            cost=tally.cost,
            model=self.name,
            server=self.url,
            seconds=time.monotonic() - started,
            ids=tuple(tally.ids),
            honoured=(*known, *(name for name, there in seen if there)),
            requests=tally.requests,
            prompt_token_ids=tally.prompt,
        )

    def _noted(self, error: ModelError) -> ModelError:
        """Return `error`; a server at which nothing ever works is given up."""
        if not isinstance(error, BadRequest | BadReply | TimedOut):
            return error
        self._failed_in_a_row += 1
        if self._failed_in_a_row < _HOPELESS:
            return error
        given_up = Unavailable(f"{self._failed_in_a_row} requests in a row failed; the last: {error}")
        given_up.spend = error.spend
        return given_up

    def _error(self, failure: Failure) -> ModelError:
        where, text = self._server.name, failure.text
        match failure.trouble:
            case Trouble.DOWN:
                return ServerDown(f"{where} does not answer ({text})")
            case Trouble.BUSY:
                return Overloaded(f"{where} is overloaded ({text})")
            case Trouble.SLOW:
                return TimedOut(f"{where} did not answer in time ({text})")
            case Trouble.OVERFLOW:
                return ContextOverflow(
                    f"too long for the context of {self.name} ({text})", share_that_fits(text)
                )
            case Trouble.REFUSED:
                return Refused(f"{where} refused the messages ({text})")
            case Trouble.DENIED:
                return AuthFailed(f"{where} denies access to {self.name}; is the key right? ({text})")
            case Trouble.MISSING:
                return NoSuchModel(f"{where} has no model {self.name} ({text})")
            case Trouble.REJECTED:
                return BadRequest(f"{where} rejects the request ({text})")
            case Trouble.BROKEN | Trouble.GARBLED:
                return BadReply(f"{where} gave no usable answer ({text})")


def _loop_time(deadline: float) -> float:
    """`deadline` on the clock of the running loop."""
    return asyncio.get_running_loop().time() + deadline - time.monotonic()


def _fitting(request: Request, overflow: ContextOverflow, shorten: Shorten | None) -> Request:
    """Return a request that should fit: with a shorter answer if that is enough, else with shorter messages.

    Raises:
        ContextOverflow: nobody can shorten the messages.
    """
    room = room_for_answer(str(overflow), request.sampling.max_tokens)
    if room is not None:
        return replace(request, sampling=replace(request.sampling, max_tokens=room))
    if shorten is None:
        raise overflow
    return shorten(request, _SHARE_KEPT if overflow.share is None else overflow.share)
