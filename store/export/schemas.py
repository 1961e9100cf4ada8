"""The columns of every configuration, said once: as PyArrow schemas and as features for the dataset card.

No column is called as something that TRL hands to reward functions or keeps for itself (see
`RESERVED`), and every type is written out, so that no reader has to guess one from the first rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from proofsmith.store.export.arrow import pyarrow

RESERVED = frozenset(
    {
        *("prompts", "completions", "completion_ids", "trainer_state", "log_extra", "log_metric"),
        *(
            "environment",
            "environments",
            "image",
            "images",
            "prompt_ids",
            "tool_mask",
            "input_ids",
            "completion_mask",
        ),
        *("assistant_masks", "attention_mask", "labels", "text", "chat_template_kwargs", "advantages"),
    }
)
"""Names with a meaning for TRL's trainers, beside the columns of its dataset types."""

Columns = Mapping[str, str]
"""Names and types of columns; types are those of `_TYPES`."""

STRUCTS: dict[str, dict[str, str]] = {
    "verifiers": {
        "name": "string",
        "version": "string",
        "tool": "string",
        "tool_version": "string",
        "command": "string",
        "verdict": "string",
        "assurance": "string",
        "seconds": "float64",
        "log_hash": "string",
    },
    "messages": {"role": "string", "content": "string"},
    "insertions": {"edit": "int32", "line": "int32", "text": "string"},
    "spans": {"start": "int32", "end": "int32", "level": "string", "weight": "float64"},
}
"""Fields of the structs in lists of structs, by the name of the list's type."""

COMMON: Columns = {
    "row_id": "string",
    "split": "string",
    "task_id": "string",
    "task_hash": "string",
    "task_source": "string",
    "task_license": "string",
    "task_cluster": "string",
    "task_environment": "string",
    "language": "string",
    "run": "string",
    "node": "int64",
    "parent": "int64",
    "policy": "string",
    "policy_version": "string",
    "operator": "string",
    "model": "string",
    "server": "string",
    "sampling": "string",
    "model_call": "string",
    "token_ids": "list<int64>",
    "logprobs": "list<float64>",
    "tokens": "int64",
    "cost": "float64",
    "seed": "string",
    "prompt_template": "string",
    "prompt_template_hash": "string",
    "candidate_hash": "string",
    "verdict": "string",
    "assurance": "string",
    "score": "float64",
    "verifiers": "verifiers",
    "strategy": "string",
    "visits": "int64",
    "value": "float64",
    "spec_preserved": "bool",
    "reverified": "bool",
    "code_version": "string",
    "code_commit": "string",
    "code_dirty": "bool",
    "contaminated": "list<string>",
    "duplicate_cluster": "string",
    "time": "time",
}
"""Where a row comes from: the columns of every configuration but ``events`` and ``tasks``."""

_OWN: dict[str, Columns] = {
    "sft": {"prompt": "string", "completion": "string", "program": "string"},
    "sft_messages": {"messages": "messages", "tools": "string"},
    "negatives": {
        "prompt": "string",
        "completion": "string",
        "program": "string",
        "diagnosis": "string",
    },
    "edits": {"prompt": "string", "completion": "string", "insertions": "insertions", "program": "string"},
    "repair": {
        "prompt": "string",
        "completion": "string",
        "attempt": "string",
        "diagnosis": "string",
        "program": "string",
        "attempt_run": "string",
        "attempt_node": "int64",
        "attempt_hash": "string",
        "distance": "int64",
    },
    "dpo": {
        "prompt": "string",
        "chosen": "string",
        "rejected": "string",
        "kind": "string",
        "rejected_run": "string",
        "rejected_node": "int64",
        "rejected_hash": "string",
        "rejected_verdict": "string",
        "rejected_visits": "int64",
        "rejected_value": "float64",
        "label_confidence": "float64",
        "distance": "int64",
    },
    "dpo_selftest": {
        "prompt": "string",
        "chosen": "string",
        "rejected": "string",
        "chosen_test": "string",
        "rejected_test": "string",
        "rejected_node": "int64",
        "rejected_hash": "string",
        "chosen_pass_rate": "float64",
        "rejected_pass_rate": "float64",
    },
    "kto": {"prompt": "string", "completion": "string", "label": "bool", "program": "string"},
    "fault_spans": {
        "prompt": "string",
        "completion": "string",
        "spans": "spans",
        "failing": "string",
        "failing_spans": "spans",
        "failing_run": "string",
        "failing_node": "int64",
        "failing_hash": "string",
        "distance": "int64",
        "program": "string",
    },
    "process": {
        "prompt": "string",
        "steps": "list<string>",
        "step_values": "list<float64>",
        "step_visits": "list<int64>",
        "step_labels": "list<bool>",
    },
    "process_stepwise": {"prompt": "string", "completions": "list<string>", "labels": "list<bool>"},
    "grpo": {"prompt": "string", "task": "string", "attempts": "int64", "pass_rate": "float64"},
    "trajectories": {
        "thought": "string",
        "program": "string",
        "prior": "float64",
        "best": "float64",
        "merged_into": "int64",
        "feedback": "string",
        "proposal": "string",
        "judgement": "string",
    },
}

_ALONE: dict[str, Columns] = {
    "events": {
        "run": "string",
        "seq": "int64",
        "at": "float64",
        "kind": "string",
        "node": "int64",
        "candidate_hash": "string",
        "program": "string",
        "event": "string",
        "split": "string",
        "task_id": "string",
        "task_hash": "string",
        "task_cluster": "string",
    },
    "tasks": {
        "task_id": "string",
        "task_hash": "string",
        "task_source": "string",
        "task_license": "string",
        "task_cluster": "string",
        "task_environment": "string",
        "language": "string",
        "statement": "string",
        "contaminated": "list<string>",
        "split": "string",
        "task": "string",
    },
}

CONFIGS: dict[str, Columns] = {name: {**own, **COMMON} for name, own in _OWN.items()} | _ALONE
"""Every configuration's columns, in order."""


BLANK: dict[str, dict[str, None]] = {name: dict.fromkeys(columns) for name, columns in CONFIGS.items()}
"""A row of each configuration with nothing in it; rows are made from copies, so that none lacks a column."""


def arrow_schema(config: str) -> Any:
    """Return the PyArrow schema of a configuration; every column may be null."""
    pa = pyarrow()
    return pa.schema([(name, _arrow(kind)) for name, kind in CONFIGS[config].items()])


def _arrow(kind: str) -> Any:
    pa = pyarrow()
    if kind == "time":
        return pa.timestamp("us", tz="UTC")
    if kind in STRUCTS:
        return pa.list_(pa.struct([(name, _arrow(inner)) for name, inner in STRUCTS[kind].items()]))
    if kind.startswith("list<"):
        return pa.list_(_arrow(kind[5:-1]))
    return {
        "string": pa.string(),
        "int32": pa.int32(),
        "int64": pa.int64(),
        "float64": pa.float64(),
        "bool": pa.bool_(),
    }[kind]


def features(config: str) -> list[dict[str, Any]]:
    """Return the features of a configuration as the YAML of a dataset card has them."""
    return [_feature(name, kind) for name, kind in CONFIGS[config].items()]


def _feature(name: str, kind: str) -> dict[str, Any]:
    if kind in STRUCTS:
        return {"name": name, "list": [_feature(n, k) for n, k in STRUCTS[kind].items()]}
    if kind.startswith("list<"):
        return {"name": name, "list": kind[5:-1]}
    return {"name": name, "dtype": "timestamp[us, tz=UTC]" if kind == "time" else kind}
