"""Answers kept for equal requests, never errors: an SQLite file shared by all processes of a user."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from proofsmith import codec
from proofsmith.agents.models.keys import sample_key
from proofsmith.agents.models.types import Around, ModelClient, ModelError, Shorten
from proofsmith.budget import Budget
from proofsmith.errors import StoreError
from proofsmith.model_calls import Reply, Request, Sample

_MOST_BYTES = 1 << 30
"""Beyond this size the oldest quarter of the answers goes."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS samples (
  key TEXT PRIMARY KEY, json TEXT NOT NULL, facts TEXT NOT NULL, used REAL NOT NULL
) WITHOUT ROWID
"""


class ReplyCache:
    """One answer a row, by model, server, messages, sampling, seed and number of the answer.

    Raises:
        StoreError: the file cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_CREAT, 0o600))  # what was said to a model is nobody else's
            self._connection = sqlite3.connect(
                path, timeout=4.0, check_same_thread=False, isolation_level=None
            )
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=NORMAL")
            self._connection.execute(_SCHEMA)
        except (sqlite3.Error, OSError) as error:
            raise StoreError(
                f"the cache of model answers {path} cannot be used: {error}; delete it"
            ) from None
        self._prune()

    def get(self, key: str) -> tuple[Sample, tuple[str, ...]] | None:
        """Return an answer and what was honoured, if there is one."""
        with self._lock:
            try:
                row = self._connection.execute(
                    "SELECT json, facts FROM samples WHERE key = ?", (key,)
                ).fetchone()
            except sqlite3.Error:
                return None
        if row is None:
            return None
        try:
            sample = codec.loads(row[0])
        except ValueError:
            return None  # written by another version
        return (sample, tuple(row[1].split())) if isinstance(sample, Sample) else None

    def put(self, found: Sequence[tuple[str, Sample]], honoured: Sequence[str]) -> None:
        """Keep answers; those that have one already keep it. A full disk costs the cache, not the run."""
        now, facts = time.time(), " ".join(honoured)
        rows = [(key, codec.dumps(sample), facts, now) for key, sample in found]
        with self._lock:
            try:
                self._connection.executemany("INSERT OR IGNORE INTO samples VALUES (?, ?, ?, ?)", rows)
            except sqlite3.Error:
                return

    def close(self) -> None:
        """Close the file. May be called twice."""
        with self._lock:
            self._connection.close()

    def _prune(self) -> None:
        if self.path.stat().st_size < _MOST_BYTES:
            return
        with self._lock:
            try:
                self._connection.execute(
                    "DELETE FROM samples WHERE key IN (SELECT key FROM samples ORDER BY used "
                    "LIMIT (SELECT count(*) / 4 FROM samples))"
                )
                self._connection.execute("VACUUM")
            except sqlite3.Error:
                return


class CachedClient(Around):
    """See `ModelClient`: one that asks only for the answers that the cache does not hold.

    Args:
        client: asked for the rest.
        cache: where answers are kept.
        context: what besides the request decides the answers: model, URL, the server's own
            description of the model (another model may be served at the same address later).
    """

    def __init__(self, client: ModelClient, cache: ReplyCache, context: Sequence[str]) -> None:
        super().__init__(client)
        self._cache, self._context = cache, tuple(context)
        self._url = getattr(client, "url", "")

    def complete_all(
        self, requests: Sequence[Request], budget: Budget, shorten: Shorten | None = None
    ) -> tuple[Reply | ModelError, ...]:
        """See `ModelClient.complete_all`."""
        known = [self._known(request) for request in requests]
        rest = [_remaining(r, len(k[0])) for r, k in zip(requests, known, strict=True)]
        asked = (
            self._client.complete_all([r for r in rest if r is not None], budget, shorten)
            if any(rest)
            else ()
        )
        fresh = iter(asked)
        return tuple(
            self._joined(request, *k, None if r is None else next(fresh))
            for request, k, r in zip(requests, known, rest, strict=True)
        )

    def close(self) -> None:
        """Close the client below; the cache belongs to whoever opened it."""
        self._client.close()

    def _known(self, request: Request) -> tuple[list[Sample], tuple[str, ...]]:
        """Return the answers from the first on that the cache holds without a gap."""
        samples: list[Sample] = []
        facts: tuple[str, ...] = ()
        for number in range(request.sampling.n):
            found = self._cache.get(sample_key(request, number, *self._context))
            if found is None:
                break
            samples.append(found[0])
            facts = found[1]
        return samples, facts

    def _joined(
        self, request: Request, known: list[Sample], facts: tuple[str, ...], fresh: Reply | ModelError | None
    ) -> Reply | ModelError:
        if fresh is None:
            return Reply(
                tuple(known),
                cost=0.0,
                model=self.name,
                server=self._url,
                cached=True,
                honoured=facts,
                requests=0,
            )
        if isinstance(fresh, ModelError):
            return fresh
        if fresh.sent is None:
            keys = [sample_key(request, len(known) + i, *self._context) for i in range(len(fresh.samples))]
            self._cache.put(list(zip(keys, fresh.samples, strict=True)), fresh.honoured)
        return replace(fresh, samples=(*known, *fresh.samples))


def _remaining(request: Request, known: int) -> Request | None:
    """Return the request for the answers after the first `known`; ``None`` if none is missing."""
    missing = request.sampling.n - known
    if missing <= 0:
        return None
    if known == 0:
        return request
    return replace(request, sampling=replace(request.sampling, n=missing), index=request.index + known)
