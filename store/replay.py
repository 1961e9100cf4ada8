"""Verifying again what a run or a dataset recorded, and comparing the answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from proofsmith import codec
from proofsmith.errors import BadInput, ToolFailure
from proofsmith.events import ExampleLearnt, NodeAdded, NodeJudged, RunStarted
from proofsmith.python_spec import Example
from proofsmith.store.export.loading import Dataset
from proofsmith.store.export.request import Check
from proofsmith.store.export.reverify import with_evidence
from proofsmith.store.store import Store
from proofsmith.types import Assurance, Candidate, Diagnostic, Status, Task, Tool, Verdict


@dataclass(frozen=True)
class Answer:
    """A deciding verdict, and the tools behind all verdicts as (verifier, tool, version)."""

    status: str
    assurance: str | None
    tools: tuple[tuple[str, str, str], ...]
    detail: str = ""


@dataclass(frozen=True)
class Recorded:
    """A program and what was said of it: `where` names the run or row; `task` has what was known then."""

    where: str
    task: Task
    candidate: Candidate
    answer: Answer


@dataclass(frozen=True)
class Comparison:
    """What was recorded of a program, and what the verifiers say now."""

    recorded: Recorded
    now: Answer

    @property
    def same(self) -> bool:
        """Whether status and assurance are as they were."""
        before = self.recorded.answer
        return (before.status, before.assurance) == (self.now.status, self.now.assurance)


def replay(items: Iterator[Recorded], check: Check, limit: int = 0) -> Iterator[Comparison]:
    """Yield comparisons for the recorded programs, at most `limit` (0: all)."""
    for recorded in islice(items, limit or None):
        try:
            verdict, verdicts = check(recorded.task, recorded.candidate)
        except ToolFailure as failure:
            verdict = Verdict(Status.ERROR, "", diagnostics=(Diagnostic(str(failure)),))
            verdicts = (verdict,)
        yield Comparison(recorded, _answer(verdict, verdicts))


def recorded_in_run(store: Store, run_id: str, solutions: bool) -> Iterator[Recorded]:
    """Yield the judged programs of a run in order, with the examples known when each was judged.

    Raises:
        BadInput: there is no such run.
        StoreError: its record is damaged.
    """
    task: Task | None = None
    programs: dict[int, Candidate] = {}
    evidence: list[Example] = []
    for event in store.events(run_id):
        match event:
            case RunStarted():
                task = event.task
            case NodeAdded():
                if event.proposal.candidate is not None:
                    programs[event.node] = event.proposal.candidate
            case ExampleLearnt():
                evidence.append(event.example)
            case NodeJudged():
                passed = event.verdict.status is Status.PASS
                candidate = programs.get(event.node)
                if task is not None and candidate is not None and (passed or not solutions):
                    answer = _answer(event.verdict, event.verdicts or (event.verdict,))
                    where = f"run {run_id}, node {event.node}"
                    yield Recorded(where, with_evidence(task, tuple(evidence)), candidate, answer)


def recorded_in_dataset(dataset: Dataset, solutions: bool) -> Iterator[Recorded]:
    """Yield the distinct programs of a dataset, with the verdict of their rows.

    Raises:
        BadInput: the dataset has no tasks, or a task of it cannot be read.
    """
    tasks = {row["task_hash"]: row["task"] for row in dataset.tasks()}
    seen: set[tuple[str, str]] = set()
    for config in dataset.configs():
        if config in ("tasks", "events", "grpo"):
            continue
        for row in dataset.rows(config):
            program = row.get("program")
            key = (row.get("task_hash", ""), row.get("candidate_hash") or "")
            if not program or not row.get("verdict") or row.get("merged_into") is not None or key in seen:
                continue
            if solutions and row["verdict"] != Status.PASS.value:
                continue
            seen.add(key)
            yield Recorded(
                f"{config}, row {row['row_id']}", _task(tasks, key[0], dataset), _candidate(row), _of_row(row)
            )


def _candidate(row: dict[str, str]) -> Candidate:
    """Return the program of a row as it was judged: exports end every program in one newline."""
    for source in (row["program"], row["program"].rstrip("\n"), "\n" + row["program"]):
        candidate = Candidate(source, row["language"])
        if candidate.hash == row["candidate_hash"]:
            return candidate
    return Candidate(row["program"], row["language"])


def _task(tasks: dict[str, str], digest: str, dataset: Dataset) -> Task:
    try:
        task = codec.loads(tasks[digest])
    except (KeyError, ValueError) as error:
        raise BadInput(f"task {digest[:12]} cannot be read: {error}", path=str(dataset.folder)) from None
    if not isinstance(task, Task):
        raise BadInput(f"task {digest[:12]} is no task", path=str(dataset.folder))
    return task


def _of_row(row: dict[str, object]) -> Answer:
    verifiers = row.get("verifiers")
    tools = tuple(
        (str(v["name"]), str(v["tool"] or ""), str(v["tool_version"] or ""))
        for v in (verifiers if isinstance(verifiers, list) else [])
    )
    assurance = row.get("assurance")
    return Answer(str(row["verdict"]), None if assurance is None else str(assurance), tools)


def _answer(verdict: Verdict, verdicts: tuple[Verdict, ...]) -> Answer:
    none = Tool("", "")
    tools = tuple((v.verifier, (v.tool or none).name, (v.tool or none).version) for v in verdicts)
    assurance: Assurance | None = verdict.assurance
    detail = verdict.diagnostics[0].message if verdict.diagnostics else ""
    return Answer(verdict.status.value, None if assurance is None else assurance.value, tools, detail)
