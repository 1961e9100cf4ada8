"""Events as rows and back. Programs and tasks are taken out and kept once, under their hash."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import Any

from proofsmith import codec
from proofsmith.events import Event, NodeAdded, NodeJudged, RunStarted
from proofsmith.types import Candidate, Task, Verdict

_ENCODER = json.JSONEncoder(separators=(",", ":"))


@dataclass(frozen=True)
class EventRow:
    """One event, ready to be written.

    Attributes:
        kind: name of the event's class.
        json: the event by `codec`, with its program or task replaced by ``{"hash": ...}``.
        node: the node it is about, where it adds or judges one.
        status: the verdict's status, where it judges one.
        candidate: the program taken out, to be kept first.
    """

    kind: str
    json: str
    node: int | None = None
    status: str | None = None
    candidate: Candidate | None = None


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
    data = codec.to_data(event)
    node, status, candidate = None, None, None
    if isinstance(event, NodeAdded):
        node, candidate = event.node, event.proposal.candidate
        if candidate is not None:
            data["proposal"]["candidate"] = {"hash": candidate.hash}
    elif isinstance(event, NodeJudged):
        node, status = event.node, event.verdict.status.value
    elif isinstance(event, RunStarted):
        data["task"] = {"hash": digest_of(codec.dumps(event.task))}
    return EventRow(kind, compact(data), node, status, candidate)


def from_row(kind: str, text: str, candidate: Candidate | None, task: StoredTask) -> Event:
    """Return the event of a row; `candidate` is what its hash stands for, `task` the run's task.

    Raises:
        ValueError: the row is damaged, or was written by a newer version.
    """
    data = json.loads(text)
    if not isinstance(data, dict) or data.get("@") != kind:
        raise ValueError(f"it should be a {kind}")
    proposal = data.get("proposal")
    if kind == "NodeAdded" and isinstance(proposal, dict) and proposal.get("candidate") is not None:
        if candidate is None or proposal["candidate"] != {"hash": candidate.hash}:
            raise ValueError("its program is not the one that was recorded")
        proposal["candidate"] = codec.to_data(candidate)
    if kind == "RunStarted":
        if data.get("task") != {"hash": task.digest}:
            raise ValueError("its task is not the one that was recorded")
        return replace(codec.from_data({**data, "task": None}), task=task.task)  # type: ignore[no-any-return]
    return codec.from_data(data)  # type: ignore[no-any-return]


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
    return _ENCODER.encode(data)
