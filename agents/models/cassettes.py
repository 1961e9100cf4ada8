"""Recording every request and answer to a file, and playing it back without any server.

A cassette is JSON lines: a header with the models, then one line an answer. What is played is found
by the content of the request; equal requests are answered in the order in which they were.
"""

from __future__ import annotations

import json
import threading
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from proofsmith import codec
from proofsmith.agents.models import types
from proofsmith.agents.models.keys import request_key
from proofsmith.agents.models.types import (
    AnswersOne,
    Around,
    CallFailed,
    Features,
    ModelClient,
    ModelError,
    NotRecorded,
    Shorten,
    prices_of,
)
from proofsmith.budget import Budget, Spend
from proofsmith.errors import BadInput
from proofsmith.model_calls import Reply, Request

_VERSION = 1
AGENTS = ("planner", "coder", "critic")


class Recording:
    """A cassette being written; shared by the clients of a command. Thread-safe.

    Raises:
        BadInput: the file exists already, or cannot be written.
    """

    def __init__(
        self, path: str, clients: dict[str, ModelClient], pairs: Sequence[tuple[str, str]] = ()
    ) -> None:
        models = {agent: _header(client) for agent, client in clients.items()}
        self._lock = threading.Lock()
        try:
            self._file = Path(path).open("x", encoding="ascii")  # noqa: SIM115
        except FileExistsError:
            raise BadInput("the file exists already", path=path, hint="record to another one") from None
        except OSError as error:
            raise BadInput(f"cannot be written: {error.strerror}", path=path) from None
        self._write({"cassette": _VERSION, "models": models, "pairs": [list(p) for p in pairs]})

    def keep(self, model: str, request: Request, answer: Reply | CallFailed) -> None:
        """Write one request to `model`, and its answer."""
        row: dict[str, Any] = {"model": model, "request": codec.to_data(request)}
        if isinstance(answer, Reply):
            row["reply"] = codec.to_data(answer)
        else:
            row["error"] = {"kind": type(answer).__name__, "text": str(answer)}
            row["spend"] = codec.to_data(replace(answer.spend, seconds=0.0))
        self._write(row)

    def close(self) -> None:
        """Close the file. May be called twice."""
        with self._lock:
            self._file.close()

    def _write(self, row: dict[str, Any]) -> None:
        line = json.dumps(row, separators=(",", ":")) + "\n"
        with self._lock:
            if not self._file.closed:
                self._file.write(line)
                self._file.flush()


def _header(client: ModelClient) -> dict[str, Any]:
    return {"name": client.name, "features": asdict(client.features), "prices": prices_of(client)}


class RecordingClient(Around):
    """See `ModelClient`: one whose requests and answers are written to a cassette."""

    def __init__(self, client: ModelClient, recording: Recording) -> None:
        super().__init__(client)
        self._recording = recording

    def complete_all(
        self, requests: Sequence[Request], budget: Budget, shorten: Shorten | None = None
    ) -> tuple[Reply | ModelError, ...]:
        """See `ModelClient.complete_all`."""
        answers = self._client.complete_all(requests, budget, shorten)
        for request, answer in zip(requests, answers, strict=True):
            if isinstance(answer, Reply | CallFailed):
                self._recording.keep(self.name, request, answer)
        return answers

    def close(self) -> None:
        """Close the client below; the cassette belongs to whoever opened it."""
        self._client.close()


class Cassette:
    """A cassette to play from.

    Attributes:
        models: what plays the model of each agent.
        pairs: which models these were, as `Models.pairs`.
        rows: how many answers it holds.

    Raises:
        BadInput: the file cannot be read, or line N is not what was recorded.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.rows = 0
        self.models: dict[str, ReplayClient] = {}
        self.pairs: tuple[tuple[str, str], ...] = ()
        self._answers: dict[str, deque[Reply | CallFailed]] = defaultdict(deque)
        self._lock = threading.Lock()
        try:
            lines = Path(path).read_text(encoding="utf-8").splitlines()
        except OSError as error:
            raise BadInput(f"cannot be read: {error.strerror}", path=path) from None
        except UnicodeDecodeError:
            raise BadInput("is not a cassette: not UTF-8", path=path) from None
        for number, line in enumerate(lines, start=1):
            try:
                self._take(json.loads(line), number)
            except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
                cut = number == len(lines) and number > 1 and not line.endswith("}")
                if cut:
                    break  # the recording was killed while it wrote
                raise BadInput(f"is not a line of a cassette: {error}", path=path, line=number) from None
        if not lines:
            raise BadInput("is empty", path=path, hint="record one with --record")

    def answer(self, key: str) -> Reply | CallFailed | None:
        """Return the next answer recorded for a request; ``None`` if there is none left."""
        with self._lock:
            found = self._answers.get(key)
            return found.popleft() if found else None

    def _take(self, row: dict[str, Any], number: int) -> None:
        if number == 1:
            if row.get("cassette") != _VERSION:
                raise ValueError("its first line is not the header that this version writes")
            self.pairs = tuple((str(name), str(value)) for name, value in row["pairs"])
            for agent, model in row["models"].items():
                self.models[agent] = ReplayClient(model, self)
            return
        request = codec.from_data(row["request"])
        answer = codec.from_data(row["reply"]) if "reply" in row else _error(row)
        if not isinstance(request, Request) or not isinstance(answer, Reply | CallFailed):
            raise ValueError("no request, or no answer")
        self._answers[request_key(request, str(row["model"]))].append(answer)
        self.rows += 1


def _error(row: dict[str, Any]) -> CallFailed:
    kind = getattr(types, str(row["error"]["kind"]), None)
    if not (isinstance(kind, type) and issubclass(kind, CallFailed)):
        raise ValueError("an unknown kind of error")
    error = kind(str(row["error"]["text"]))
    spend = codec.from_data(row["spend"])
    error.spend = spend if isinstance(spend, Spend) else Spend()
    return error


class ReplayClient(AnswersOne):
    """See `ModelClient`: one that plays a cassette. Answers cost what they cost when they were recorded."""

    def __init__(self, model: dict[str, Any], cassette: Cassette) -> None:
        self.name, self.features = str(model["name"]), Features(**model["features"])
        prices = model.get("prices")
        self.prices = None if prices is None else (float(prices[0]), float(prices[1]))
        self._cassette = cassette

    def complete_all(
        self, requests: Sequence[Request], budget: Budget, shorten: Shorten | None = None
    ) -> tuple[Reply | ModelError, ...]:
        """See `ModelClient.complete_all`."""
        return tuple(self._answer(request) for request in requests)

    def close(self) -> None:
        """Nothing to give back."""

    def _answer(self, request: Request) -> Reply | ModelError:
        answer = self._cassette.answer(request_key(request, self.name))
        if answer is not None:
            return answer
        what = request.purpose or "a request"
        return NotRecorded(
            f"{self._cassette.path} holds no (further) answer to this request ({what}): the run does "
            "something else than the recorded one; replay it with the same file, options, seed and version"
        )
