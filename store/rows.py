"""Events as rows and back. Programs, tasks and models' texts are kept once, under their hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from proofsmith import codec
from proofsmith.events import Event, ModelCalled, NodeAdded, NodeJudged
from proofsmith.types import Candidate, Task, Verdict

_NO_TEXTS: Mapping[str, str] = {}
_compact = json.JSONEncoder(separators=(",", ":")).encode


class EventRow(NamedTuple):
    """One event, ready to be written.

    Attributes:
        kind: name of the event's class.
        json: the event by `codec`, with its program or task replaced by ``{"hash": ...}``.
        node: the node it is about, where it adds or judges one.
        status: the verdict's status, where it judges one.
        candidate: the program taken out, to be kept first.
        texts: (hash, JSON) of what was said to and by a model, taken out, to be kept first.
        call: the row of ``model_calls`` after run and number; ``None`` for other events.
    """

    kind: str
    json: str
    node: int | None = None
    status: str | None = None
    candidate: Candidate | None = None
    texts: tuple[tuple[str, str], ...] = ()
    call: tuple[Any, ...] | None = None


@dataclass(frozen=True)
class StoredTask:
    """A task and the SHA-256 of its text, under which it is kept."""

    digest: str
    task: Task


def to_row(event: Event) -> EventRow:
    """Return the row of `event`.

    Raises:
        TypeError: the event holds something that is not one of the core types.
    """
    kind = type(event).__name__
    if isinstance(event, ModelCalled):
        data = codec.to_data(event)
        texts = _take_out(data)
        return EventRow(kind, compact(data), texts=texts, call=_call_columns(event))
    text = _ENCODER.text(event)
    if isinstance(event, NodeAdded):
        return EventRow(kind, text, event.node, None, event.proposal.candidate)
    if isinstance(event, NodeJudged):
        return EventRow(kind, text, event.node, event.verdict.status.value)
    return EventRow(kind, text)


def _hash_of_candidate(candidate: Candidate) -> str:
    return f'{{"hash":"{candidate.hash}"}}'


def _hash_of_task(task: Task) -> str:
    return f'{{"hash":"{digest_of(codec.dumps(task))}"}}'


def _once(write: Callable[[Any], str]) -> Callable[[Any], str]:
    """Return `write` with its last answer at hand: the verdict that decides is also among all verdicts."""
    last: tuple[Any, str] = (None, "")

    def text(item: Any) -> str:
        nonlocal last
        known, found = last
        if known is not item:
            found = write(item)
            last = item, found
        return found

    return text


_ENCODER = codec.TextEncoder(
    {Candidate: _hash_of_candidate, Task: _hash_of_task, Verdict: _once(codec.dumps)}
)
"""Writes an event as it is kept: without its program and its task, which are kept once."""


def from_row(
    kind: str, text: str, candidate: Candidate | None, task: StoredTask, texts: Mapping[str, str] = _NO_TEXTS
) -> Event:
    """Return the event of a row; `candidate` is what its hash stands for, `task` the run's task.

    `texts` has, by hash, the texts of a `ModelCalled` (see `text_hashes`).

    Raises:
        ValueError: the row is damaged, or was written by a newer version.
    """
    data = json.loads(text)
    if not isinstance(data, dict) or data.get("@") != kind:
        raise ValueError(f"it should be a {kind}")
    if kind == "ModelCalled":
        _put_back(data, texts)
    proposal = data.get("proposal")
    if kind == "NodeAdded" and isinstance(proposal, dict) and proposal.get("candidate") is not None:
        if candidate is None or proposal["candidate"] != {"hash": candidate.hash}:
            raise ValueError("its program is not the one that was recorded")
        proposal["candidate"] = candidate
    if kind == "RunStarted":
        if data.get("task") != {"hash": task.digest}:
            raise ValueError("its task is not the one that was recorded")
        return replace(codec.from_data({**data, "task": None}), task=task.task)  # type: ignore[no-any-return]
    return codec.from_data(data)  # type: ignore[no-any-return]


def text_hashes(text: str) -> list[str]:
    """Return the hashes of the texts that were taken out of the row of a `ModelCalled`."""
    return [item["hash"] for _, _, item in _texts_of(json.loads(text)) if _is_hash(item)]


def whole(text: str, texts: Mapping[str, str]) -> str:
    """Return the row of a `ModelCalled` with its texts put back in.

    Raises:
        ValueError: a text is missing or not the one that was recorded.
    """
    data = json.loads(text)
    _put_back(data, texts)
    return compact(data)


def _texts_of(data: dict[str, Any]) -> Iterator[tuple[Any, Any, Any]]:
    """Yield (container, place, item) of everything in a `ModelCalled` that is kept once: the long parts."""
    request, reply = data["request"], data["reply"]
    for container, name in ((request, "messages"), (request, "tools"), (reply, "samples")):
        items = container.get(name)
        if isinstance(items, list):
            yield from ((items, place, item) for place, item in enumerate(items))
    for name in ("grammar", "json_schema"):
        if name in request:
            yield request, name, request[name]


def _take_out(data: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    taken = []
    for container, place, item in _texts_of(data):
        text = compact(item)
        container[place] = {"hash": digest_of(text)}
        taken.append((container[place]["hash"], text))
    return tuple(taken)


def _put_back(data: dict[str, Any], texts: Mapping[str, str]) -> None:
    for container, place, item in _texts_of(data):
        if _is_hash(item):
            text = texts.get(item["hash"])
            if text is None or digest_of(text) != item["hash"]:
                raise ValueError("a text of a model call is not the one that was recorded")
            container[place] = json.loads(text)


def _is_hash(item: Any) -> bool:
    return isinstance(item, dict) and item.keys() == {"hash"}


def _call_columns(event: ModelCalled) -> tuple[Any, ...]:
    """Return the columns of ``model_calls`` in their order, after run and number."""
    request, reply = event.request, event.reply
    return (
        reply.call,
        event.agent,
        event.node,
        request.purpose,
        request.template,
        reply.model,
        reply.server,
        len(reply.samples),
        reply.usage.prompt_tokens,
        reply.usage.completion_tokens,
        reply.cost,
        reply.cached,
        reply.seconds,
        reply.samples[0].finish_reason if reply.samples else "",
    )


def verdict_in(text: str) -> Verdict:
    """Return the deciding verdict in the text of a `NodeJudged`.

    Raises:
        ValueError: the text is damaged, or was written by a newer version.
    """
    judged = codec.loads(text)
    if not isinstance(judged, NodeJudged):
        raise ValueError("it should be a NodeJudged")
    return judged.verdict


def source_bytes(candidate: Candidate) -> bytes:
    """Return the program as it is kept: UTF-8, lone surrogates passed through."""
    return candidate.source.encode("utf-8", "surrogatepass")


def candidate_of(language: str, source: bytes) -> Candidate:
    """Return the candidate kept as `source`.

    Raises:
        ValueError: the bytes are damaged.
    """
    return Candidate(bytes(source).decode("utf-8", "surrogatepass"), language)


def task_of(digest: str, text: str) -> StoredTask:
    """Return the task kept as `text` under `digest`.

    Raises:
        ValueError: the row is damaged, or was written by a newer version.
    """
    if digest_of(text) != digest:
        raise ValueError("the task is not the one that was recorded")
    return StoredTask(digest, codec.loads(text))


def digest_of(text: str) -> str:
    """Return the hex SHA-256 under which a task's text is kept."""
    return hashlib.sha256(text.encode()).hexdigest()


def compact(data: Any) -> str:
    """Return JSON text as `codec.dumps` writes it."""
    return _compact(data)
