"""Many rows of one run at once, column by column: how the nodes of a million-step store are written."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from proofsmith.store.export.context import RunContext
from proofsmith.store.export.graph import Added, Judged
from proofsmith.store.export.provenance import spec_preserved, verifier_values
from proofsmith.store.export.schemas import BLANK
from proofsmith.store.export.survey import counts

_CHUNK = 1_000
_CHUNK_BYTES = 16_000_000
"""Nodes of a frame, and about how long their texts may be in all."""


@dataclass(frozen=True)
class Same:
    """A column with the same value in every row of a frame."""

    value: Any


@dataclass(frozen=True)
class Frame:
    """Rows as columns; lists of structs hold tuples in the order of the struct's fields."""

    count: int
    columns: Mapping[str, Same | Sequence[Any]]

    def only(self, kept: Sequence[int]) -> Frame:
        """Return the frame with the rows of these numbers alone."""
        columns = {
            name: column if isinstance(column, Same) else [column[i] for i in kept]
            for name, column in self.columns.items()
        }
        return Frame(len(kept), columns)


def trajectories(run: RunContext) -> Iterator[Frame]:
    """Yield every node of the tree. A solution that no longer passes stays, and ``reverified`` says so."""
    graph, selection = run.graph, run.plan.request.selection
    if run.plan.request.reverify != "none":
        _ = run.right_nodes  # verified again here, so that the rows can tell
    nodes: list[int] = []
    size = 0
    for node in range(len(graph)):
        if node and not graph.there(node):
            continue
        if selection.verdicts and not counts(selection, graph.status(node), graph.assurance(node)):
            continue
        nodes.append(node)
        size += graph.sizes[node]
        if len(nodes) >= _CHUNK or size >= _CHUNK_BYTES:
            yield _frame(run, nodes)
            nodes, size = [], 0
    if nodes:
        yield _frame(run, nodes)


def _frame(run: RunContext, nodes: list[int]) -> Frame:
    texts = run.graph.texts(nodes)
    added = [texts[node][0] for node in nodes]
    judged = [texts[node][1] for node in nodes]
    columns: dict[str, Any] = {name: Same(value) for name, value in run.shared("trajectories").items()}
    columns |= _figures(run, nodes)
    columns |= _origin(run, nodes, added)
    columns |= _judgement(run, nodes, judged)
    columns["time"] = [
        j.time if j is not None else None if a is None else a.time for a, j in zip(added, judged, strict=True)
    ]
    assert columns.keys() == BLANK["trajectories"].keys()
    return Frame(len(nodes), columns)


def _figures(run: RunContext, nodes: list[int]) -> dict[str, Any]:
    """Return the columns that say where a node stands in the tree, and what the search made of it."""
    graph = run.graph
    return {
        "row_id": list(map(_row_ids("trajectories", run.head.id), nodes)),
        "node": nodes,
        "parent": [graph.parents[n] if n else None for n in nodes],
        "visits": [graph.visits[n] for n in nodes],
        "value": [graph.values[n] for n in nodes],
        "prior": [graph.priors[n] for n in nodes],
        "best": [graph.bests[n] for n in nodes],
        "merged_into": [m if m >= 0 else None for m in (graph.merged[n] for n in nodes)],
    }


def _row_ids(config: str, run_id: str) -> Callable[[int], str]:
    """Return a function from nodes to what `proofsmith.store.export.provenance.row_id` names them."""
    shared = hashlib.blake2b(f"{config}\0{run_id}\0".encode(), digest_size=12)

    def name(node: int) -> str:
        own = shared.copy()
        own.update(b"%d" % node)
        return own.hexdigest()

    return name


def _origin(run: RunContext, nodes: list[int], added: list[Added | None]) -> dict[str, Any]:
    """Return the columns that say how a node came about."""
    graph, head = run.graph, run.head
    proposals = [None if a is None else a.proposal for a in added]
    hashes = [graph.program(n) for n in nodes]
    cluster, known = run.plan.survey.cluster, run.plan.approver.known
    columns: dict[str, Any] = {
        "operator": [None if p is None else p.get("operator", "") for p in proposals],
        "policy": [head.policy if p is None else p.get("policy") or head.policy for p in proposals],
        "thought": [
            None if p is None else graph.thought(n) if n in graph.revisions else p.get("thought", "")
            for n, p in zip(nodes, proposals, strict=True)
        ],
        "program": [None if a is None else a.source for a in added],
        "proposal": [None if a is None else a.json for a in added],
        "candidate_hash": hashes,
        "duplicate_cluster": [None if h is None else cluster(h) for h in hashes],
        "reverified": [
            None if h is None else known(head.task, h, graph.sure(n))
            for n, h in zip(nodes, hashes, strict=True)
        ],
    }
    for row, one in enumerate(added):
        if one is not None and ("logprobs" in one.proposal or "data" in one.proposal):
            for name, value in run.model_columns(one).items():
                if name not in columns:
                    columns[name] = [run.shared("trajectories")[name]] * len(nodes)
                columns[name][row] = value
    return columns


def _judgement(run: RunContext, nodes: list[int], judged: list[Judged | None]) -> dict[str, Any]:
    """Return the columns that say what the verifiers made of a node."""
    graph, version = run.graph, run.head.version
    return {
        # a merged node has the verdict of the one that it behaves like, and nothing else of it
        "verdict": [
            (graph.status(n) or None) if j is not None or graph.merged[n] >= 0 else None
            for n, j in zip(nodes, judged, strict=True)
        ],
        "assurance": [
            None if j is None else graph.assurance(n) or None for n, j in zip(nodes, judged, strict=True)
        ],
        "score": [None if j is None else graph.scores[n] for n, j in zip(nodes, judged, strict=True)],
        "verifiers": [
            None if j is None else [verifier_values(v, version) for v in j.verdicts] for j in judged
        ],
        "spec_preserved": [None if j is None else spec_preserved(j.verdict) for j in judged],
        "feedback": [None if j is None else j.feedback for j in judged],
        "judgement": [None if j is None else j.json for j in judged],
    }
