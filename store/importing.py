"""Taking a dataset of ours back into a store."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, insert, select

from proofsmith import codec
from proofsmith.budget import Budget
from proofsmith.errors import BadInput
from proofsmith.events import (
    BackedUp,
    Event,
    NodeAdded,
    NodeJudged,
    NodeMerged,
    RunFinished,
    RunStarted,
    ThoughtRevised,
    Update,
)
from proofsmith.store import rows, schema
from proofsmith.store.database import connect, in_plain_words
from proofsmith.store.export.loading import Dataset
from proofsmith.store.inserting import PlacedRow, Statements, insert_events
from proofsmith.store.progress import Known, Progress, advance, start_columns, summary_columns
from proofsmith.store.store import Store
from proofsmith.types import Assurance, Candidate, Proposal, Status, Task, Tool, Verdict

_DAMAGE = (ValueError, TypeError, KeyError, AttributeError)


@dataclass
class Imported:
    """What came back: runs and programs taken, runs that were there already, rows that could not be read."""

    runs: int = 0
    programs: int = 0
    known: int = 0
    unreadable: int = 0


Timed = tuple[float, Event]


def take_back(store: Store, dataset: Dataset) -> Imported:
    """Write the runs of a dataset into the store.

    The configuration ``events`` gives them exactly; else ``trajectories`` gives the trees; else the
    programs of the other configurations become runs of one level, with their verdicts.

    Raises:
        BadInput: nothing in the dataset can be taken back.
        StoreError: the store cannot be written.
    """
    configs = dataset.configs()
    tasks = _tasks(dataset)
    counts = Imported()
    if "events" in configs:
        runs = _from_events(dataset, tasks, counts)
    elif "trajectories" in configs:
        runs = _from_trees(dataset, tasks, counts)
    else:
        kept = [c for c in configs if "program" in _columns(c)]
        if not kept:
            hint = "export with the format events, trajectories or sft"
            raise BadInput("holds no programs", path=str(dataset.folder), hint=hint)
        runs = _from_programs(dataset, kept, tasks, counts)
    for run_id, events in runs:
        _write(store, run_id, events, counts)
    return counts


def _columns(config: str) -> Iterable[str]:
    from proofsmith.store.export.schemas import CONFIGS

    return CONFIGS[config]


def _tasks(dataset: Dataset) -> dict[str, rows.StoredTask]:
    found = {}
    for row in dataset.tasks():
        try:
            found[row["task_hash"]] = rows.task_of(row["task_hash"], row["task"])
        except _DAMAGE as error:
            raise BadInput(
                f"task {row.get('task_id')} cannot be read: {error}", path=str(dataset.folder)
            ) from None
    return found


def _from_events(
    dataset: Dataset, tasks: dict[str, rows.StoredTask], counts: Imported
) -> Iterator[tuple[str, list[Timed]]]:
    """Yield the runs of the configuration ``events``, which has the events of a run together and in order."""
    for run_id, group in groupby(dataset.rows("events"), key=lambda row: row["run"]):
        events: list[Timed] = []
        for row in group:
            try:
                task, program = tasks[row["task_hash"]], row["program"]
                candidate = None if program is None else Candidate(program, task.task.language)
                event = rows.from_row(row["kind"], row["event"], candidate, task)
            except _DAMAGE:
                counts.unreadable += 1
                continue
            events.append((row["at"], event))
        yield run_id, events


def _from_trees(
    dataset: Dataset, tasks: dict[str, rows.StoredTask], counts: Imported
) -> Iterator[tuple[str, list[Timed]]]:
    """Yield the runs of ``trajectories``: one row a node; what happened between the nodes is not there."""
    for run_id, group in groupby(dataset.rows("trajectories"), key=lambda row: row["run"]):
        nodes = sorted(group, key=lambda row: row["node"])
        try:
            task = tasks[nodes[0]["task_hash"]]
            yield run_id, _tree_events(nodes, task)
        except _DAMAGE:
            counts.unreadable += len(nodes)


def _tree_events(nodes: list[dict[str, Any]], task: rows.StoredTask) -> list[Timed]:
    first = nodes[0]
    events: list[Timed] = [(_seconds(first), _started(first, task.task))]
    later: list[Timed] = []
    updates = []
    number = {row["node"]: at for at, row in enumerate(nodes)}
    if [row["node"] for row in nodes] != list(range(len(nodes))):
        raise ValueError("nodes are missing")
    for row in nodes:
        if row["visits"]:
            updates.append(Update(row["node"], row["visits"], row["value"], row["best"] or 0.0))
        if row["node"] == 0:
            continue
        candidate = None if row["program"] is None else Candidate(row["program"], row["language"])
        added = rows.from_row("NodeAdded", row["proposal"], candidate, task)
        assert isinstance(added, NodeAdded)
        events.append((_seconds(row), added))
        if candidate is None and row["thought"] != added.proposal.thought:
            later.append((_seconds(row), ThoughtRevised(row["node"], row["thought"])))
        if row["merged_into"] is not None:
            later.append((_seconds(row), NodeMerged(row["node"], number[row["merged_into"]])))
        elif row["judgement"] is not None:
            events.append((_seconds(row), rows.from_row("NodeJudged", row["judgement"], None, task)))
    at = max(time_ for time_, _ in events)
    backed = BackedUp(0, nodes[0]["best"] or 0.0, tuple(updates))
    best = max((r for r in nodes if r["verdict"] == "PASS"), key=lambda r: r["score"], default=None)
    reason = "exhausted" if best is None else "solved"
    end = RunFinished(reason, None if best is None else best["node"])
    return [*events, *later, (at, backed), (at, end)]


def _from_programs(
    dataset: Dataset, configs: list[str], tasks: dict[str, rows.StoredTask], counts: Imported
) -> Iterator[tuple[str, list[Timed]]]:
    """Yield a run of one level for every run that the rows name, with the distinct programs they show."""
    runs: dict[str, dict[str, dict[str, Any]]] = {}
    for config in configs:
        for row in dataset.rows(config):
            if row["program"] and row["verdict"] in (Status.PASS.value, Status.FAIL.value):
                runs.setdefault(row["run"], {}).setdefault(row["candidate_hash"], row)
    for run_id, programs in runs.items():
        found = sorted(programs.values(), key=lambda row: row["node"])
        try:
            task = tasks[found[0]["task_hash"]].task
            events: list[Timed] = [(_seconds(found[0]), _started(found[0], task))]
            for node, row in enumerate(found, start=1):
                proposal = Proposal(
                    Candidate(row["program"], row["language"]),
                    operator=row["operator"] or "",
                    policy=row["policy"],
                )
                verdicts = _verdicts(row)
                events.append((_seconds(row), NodeAdded(node, 0, proposal, 1.0)))
                events.append((_seconds(row), NodeJudged(node, verdicts[-1], verdicts)))
            solved = any(row["verdict"] == Status.PASS.value for row in found)
            end = RunFinished("solved" if solved else "exhausted")
            yield run_id, [*events, (events[-1][0], end)]
        except _DAMAGE:
            counts.unreadable += len(found)


def _started(row: dict[str, Any], task: Task) -> RunStarted:
    settings = (("imported", "dataset"),)
    version = row["policy_version"]
    return RunStarted(
        task,
        row["strategy"],
        row["policy"],
        int(row["seed"]),
        Budget(),
        version,
        settings,
        row["code_commit"] or "",
        row["code_dirty"],
    )


def _verdicts(row: dict[str, Any]) -> tuple[Verdict, ...]:
    """Return the verdicts of the column ``verifiers``; the deciding one has the row's score."""
    found = []
    for item in row["verifiers"]:
        status = Status(item["verdict"])
        passed = status is Status.PASS
        tool = (
            None if item["tool"] is None else Tool(item["tool"], item["tool_version"], item["command"] or "")
        )
        found.append(
            Verdict(
                status,
                item["name"],
                Assurance(item["assurance"]) if passed else None,
                score=1.0 if passed else 0.0,
                seconds=item["seconds"] or 0.0,
                tool=tool,
                log_hash=item["log_hash"],
            )
        )
    if found[-1].status.value != row["verdict"]:
        raise ValueError("its verifiers did not decide so")
    if found[-1].status is not Status.PASS:
        found[-1] = replace(found[-1], score=min(row["score"] or 0.0, 0.999))
    return tuple(found)


def _seconds(row: dict[str, Any]) -> float:
    moment = row["time"]
    if isinstance(moment, str):
        from datetime import datetime

        return datetime.fromisoformat(moment).timestamp()
    return float(moment.timestamp()) if moment is not None else time.time()


def _write(store: Store, run_id: str, events: list[Timed], counts: Imported) -> None:
    """Write one run in one transaction, unless a run of this name is there."""
    if not events or not isinstance(events[0][1], RunStarted):
        counts.unreadable += len(events)
        return
    r = schema.runs.c
    with in_plain_words(store.url), connect(store.engine, writes=True) as connection, connection.begin():
        if connection.execute(select(r.key).where(r.id == run_id)).first() is not None:
            counts.known += 1
            return
        _insert(connection, run_id, events, counts)
    counts.runs += 1


def _insert(connection: Connection, run_id: str, events: list[Timed], counts: Imported) -> None:
    started = events[0][1]
    assert isinstance(started, RunStarted)
    statements = Statements(connection.dialect)
    text = codec.dumps(started.task)
    digest = rows.digest_of(text)
    statements.tasks.run(connection, [(digest, started.task.id, started.task.language, text)])
    values = {"id": run_id, "task": digest, "started": events[0][0], **start_columns(started)}
    values |= summary_columns(Progress(), Known())
    key = connection.execute(insert(schema.runs).values(values).returning(schema.runs.c.key)).scalar_one()
    progress, known = Progress(), Known()
    placed = []
    for at, event in events:
        row = rows.to_row(event)
        counts.programs += row.candidate is not None
        seq = progress.seq
        progress = advance(progress, event, at, known)
        placed.append(PlacedRow(seq, at, row, known.programs.get(row.node or 0)))
    insert_events(connection, statements, (key, run_id), placed)
    connection.execute(statements.run, {"run_key": key, **summary_columns(progress, known)})
