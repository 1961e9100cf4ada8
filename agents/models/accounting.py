"""Every answer is paid for and recorded before anybody reads it, and never more than may be spent."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from proofsmith.agents.models.answers import estimated_prompt
from proofsmith.agents.models.keys import call_name
from proofsmith.agents.models.types import (
    Around,
    LimitReached,
    ModelClient,
    ModelError,
    Models,
    Shorten,
)
from proofsmith.budget import Budget, Meter, Spend
from proofsmith.events import ModelCalled
from proofsmith.model_calls import Reply, Request

_WAIT = 0.5
"""Seconds between two looks at whether other calls left room."""


class Ledger(Protocol):
    """What a run lends to its clients."""

    meter: Meter

    def called(self, event: ModelCalled) -> None:
        """Record a call. Called from any thread."""
        ...

    def wasted(self, spend: Spend) -> None:
        """Record what a call without an answer used."""
        ...

    def node(self) -> int | None:
        """The node that is being worked on."""
        ...


class _Room:
    """Tells calls that wait for room in the budget that another one ended."""

    def __init__(self) -> None:
        self.changed = threading.Condition()


@dataclass(frozen=True)
class _Reserved:
    request: Request
    amount: Spend


class BilledClient(Around):
    """See `ModelClient`: one whose calls are reserved, charged and recorded in a run.

    A call is reserved at the most that it could use: its messages (estimated high) and
    ``n * max_tokens`` of answer. Where that does not fit while other calls are under way, it
    waits for them, because most use less; where it does not fit into what is left, fewer answers
    are asked for, and where not even one fits, it is not made.
    """

    def __init__(self, client: ModelClient, agent: str, ledger: Ledger, room: _Room) -> None:
        super().__init__(client)
        self._agent, self._ledger, self._room = agent, ledger, room

    def complete_all(
        self, requests: Sequence[Request], budget: Budget, shorten: Shorten | None = None
    ) -> tuple[Reply | ModelError, ...]:
        """See `ModelClient.complete_all`. As many calls as the budget has room for are made at once."""
        deadline = None if budget.seconds is None else time.monotonic() + budget.seconds
        done: list[Reply | ModelError] = []
        waiting = list(requests)
        while waiting:
            taken, limit = self._reserve(waiting, deadline)
            if limit is not None:
                return (*done, *(LimitReached(limit) for _ in waiting))
            left = (
                budget if deadline is None else replace(budget, seconds=max(0.0, deadline - time.monotonic()))
            )
            done += self._ask(taken, left, shorten)
            del waiting[: len(taken)]
        return tuple(done)

    def close(self) -> None:
        """Close the client below."""
        self._client.close()

    def _ask(
        self, taken: Sequence[_Reserved], budget: Budget, shorten: Shorten | None
    ) -> list[Reply | ModelError]:
        answers: Sequence[Reply | ModelError] = ()
        try:
            answers = self._client.complete_all([t.request for t in taken], budget, shorten)
        finally:
            for number, reserved in enumerate(taken):
                used = answers[number].spend if number < len(answers) else Spend()
                self._ledger.meter.settle(reserved.amount, used)
            with self._room.changed:
                self._room.changed.notify_all()
        return [self._recorded(t.request, a) for t, a in zip(taken, answers, strict=True)]

    def _recorded(self, request: Request, reply: Reply | ModelError) -> Reply | ModelError:
        if isinstance(reply, ModelError):
            if reply.spend.model_calls:
                self._ledger.wasted(replace(reply.spend, seconds=0.0))
            return reply
        asked = reply.sent or request
        reply = replace(reply, sent=None, call=call_name(asked, reply))
        self._ledger.called(ModelCalled(asked, reply, self._agent, self._ledger.node()))
        return reply

    def _reserve(
        self, requests: Sequence[Request], deadline: float | None
    ) -> tuple[list[_Reserved], str | None]:
        """Reserve for as many requests as there is room for now, at least one; or name the limit."""
        meter = self._ledger.meter
        with self._room.changed:
            while True:
                taken: list[_Reserved] = []
                limit = None
                for request in requests:
                    amount = self._most(request)
                    limit = meter.reserve(amount)
                    if limit is not None:
                        break
                    taken.append(_Reserved(request, amount))
                if not taken and not meter.reserved.model_calls:
                    taken = self._fewer(requests[0])
                if taken:
                    return taken, None
                if not meter.reserved.model_calls or (deadline is not None and time.monotonic() >= deadline):
                    return [], limit
                self._room.changed.wait(_WAIT)

    def _fewer(self, request: Request) -> list[_Reserved]:
        """Reserve for as many answers as there is room for, where there is none for all of them."""
        n = request.sampling.n
        while (n := n // 2) > 0:
            smaller = replace(request, sampling=replace(request.sampling, n=n))
            amount = self._most(smaller)
            if self._ledger.meter.reserve(amount) is None:
                return [_Reserved(smaller, amount)]
        return []

    def _most(self, request: Request) -> Spend:
        n, prompt = request.sampling.n, estimated_prompt(request.messages)
        asked = n if self.features.n is False else 1
        written = n * request.sampling.max_tokens
        prices = self.prices
        cost = 0.0 if prices is None else asked * prompt * prices[0] + written * prices[1]
        return Spend(model_calls=asked, tokens=asked * prompt + written, cost=cost)


def billed(models: Models, ledger: Ledger) -> Models:
    """Return `models` with every call charged to and recorded by `ledger`."""
    room = _Room()

    def bill(client: ModelClient | None, agent: str) -> ModelClient | None:
        return None if client is None else BilledClient(client, agent, ledger, room)

    return replace(
        models,
        planner=bill(models.planner, "planner"),
        coder=bill(models.coder, "coder"),
        critic=bill(models.critic, "critic"),
    )
