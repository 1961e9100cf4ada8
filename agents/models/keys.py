"""Names of requests and answers by their content."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from proofsmith import codec
from proofsmith.model_calls import Reply, Request


def request_key(request: Request, *context: str) -> str:
    """Return the hex SHA-256 of what decides the answers: `context` (model, URL) and the request.

    What the answer is for, and which template made the messages, do not change it.
    """
    plain = replace(request, purpose="", template="")
    text = "\0".join((*context, codec.dumps(plain)))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def sample_key(request: Request, number: int, *context: str) -> str:
    """Return the key of answer `number` (from 0) to `request`: equal however many were asked for."""
    sampling = replace(request.sampling, n=1)
    return request_key(replace(request, sampling=sampling, index=request.index + number), *context)


def call_name(request: Request, reply: Reply) -> str:
    """Return the name of a call in the store: 16 hex digits over request and answers.

    A repeated call with the same answers has the same name, and so have a run and its replay.
    """
    answers = codec.dumps(reply.samples)
    return hashlib.sha256(f"{request_key(request, reply.model)}\0{answers}".encode()).hexdigest()[:16]
