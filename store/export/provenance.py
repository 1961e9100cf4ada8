"""Where a row comes from: the columns that every row has, whatever its format."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from proofsmith.events import ModelCalled
from proofsmith.model_calls import Sample
from proofsmith.store.export.schemas import STRUCTS
from proofsmith.types import Task


def source_of(task: Task) -> str:
    """Return where a task comes from: its file, and the place in it or the address."""
    return " ".join(part for part in (task.origin.path, task.origin.source) if part)


def row_id(*parts: object) -> str:
    """Return a name for a row that is the same whenever it is made from the same parts."""
    return hashlib.blake2b("\0".join(map(str, parts)).encode(), digest_size=12).hexdigest()


def verifier_values(verdict: dict[str, Any], version: str) -> tuple[Any, ...]:
    """Return a recorded verdict (JSON data) as the fields of the ``verifiers`` column, in their order.

    `version` is that of Proofsmith, to which our verifiers belong.
    """
    tool = verdict.get("tool") or {}
    assurance = verdict.get("assurance")
    return (
        verdict["verifier"],
        version,
        tool.get("name"),
        tool.get("version"),
        tool.get("command", "") if tool else None,
        verdict["status"]["value"],
        None if assurance is None else assurance["value"],
        verdict.get("seconds", 0.0),
        verdict.get("log_hash"),
    )


def verifier_rows(verdicts: Sequence[dict[str, Any]], version: str) -> list[dict[str, Any]]:
    """Return recorded verdicts (JSON data) as the ``verifiers`` column has them."""
    names = STRUCTS["verifiers"]
    return [dict(zip(names, verifier_values(verdict, version), strict=True)) for verdict in verdicts]


def spec_preserved(verdict: dict[str, Any] | None) -> bool | None:
    """Say whether the program left the specification alone; ``None`` if it was not judged.

    Every verifier asks the guards first, and a complaint of theirs has the code ``guard``.
    """
    if verdict is None:
        return None
    diagnostics = verdict.get("diagnostics") or ()
    return not (verdict["verifier"] == "guard" or any(d.get("code") == "guard" for d in diagnostics))


def model_columns(called: ModelCalled | None, proposal: dict[str, Any]) -> dict[str, Any]:
    """Return what is known of the model behind a proposal (JSON data); nothing for a symbolic policy."""
    columns: dict[str, Any] = {}
    if proposal.get("logprobs") is not None:
        columns["logprobs"] = proposal["logprobs"]
    if called is None:
        return columns
    reply, sampling = called.reply, called.request.sampling
    columns |= {
        "model": reply.model,
        "server": reply.server,
        "model_call": reply.call,
        "sampling": json.dumps({k: v for k, v in vars(sampling).items() if v is not None}),
        "tokens": reply.usage.tokens,
        "cost": reply.cost,
    }
    if called.request.template:
        columns |= {
            "prompt_template": called.request.purpose,
            "prompt_template_hash": called.request.template,
        }
    sample = sample_of(called, proposal)
    if sample is not None:
        columns["token_ids"] = None if sample.token_ids is None else list(sample.token_ids)
        if sample.seed is not None:
            columns["seed"] = str(sample.seed)
        if sample.logprobs is not None:
            columns["logprobs"] = list(sample.logprobs)
    return columns


def sample_of(called: ModelCalled | None, proposal: dict[str, Any]) -> Sample | None:
    """Return which answer of a model call a proposal (JSON data) was made from."""
    number = dict(map(tuple, proposal.get("data", ()))).get("sample", "0")
    if called is None or not number.isdigit() or int(number) >= len(called.reply.samples):
        return None
    return called.reply.samples[int(number)]
