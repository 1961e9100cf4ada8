"""An export from beginning to end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from proofsmith.errors import BadInput
from proofsmith.store.export import frames
from proofsmith.store.export.card import card, stages
from proofsmith.store.export.choosing import Chooser
from proofsmith.store.export.contamination import Suites
from proofsmith.store.export.context import Plan, RunContext
from proofsmith.store.export.folders import check_out
from proofsmith.store.export.formats import pairs, selftest, solutions, steps
from proofsmith.store.export.frames import Frame
from proofsmith.store.export.memory import seldom_collecting
from proofsmith.store.export.prompts import prompt_of
from proofsmith.store.export.provenance import source_of
from proofsmith.store.export.reading import RunHead, Source
from proofsmith.store.export.request import Check, ExportRequest, Report, Tally
from proofsmith.store.export.reverify import LOST, OPEN, Approver
from proofsmith.store.export.splits import Disjointness, assign
from proofsmith.store.export.survey import Solution, Survey
from proofsmith.store.export.writing import DatasetWriter
from proofsmith.store.store import Store
from proofsmith.verifiers.toolbox import Toolbox

_FORMATS: dict[str, Callable[[RunContext], Iterator[dict[str, Any]]]] = {
    "sft": solutions.sft,
    "sft_messages": solutions.sft_messages,
    "negatives": solutions.negatives,
    "edits": solutions.edits,
    "repair": pairs.repair,
    "dpo": pairs.dpo,
    "dpo_selftest": selftest.dpo_selftest,
    "kto": solutions.kto,
    "fault_spans": pairs.fault_spans,
    "process": steps.process,
    "process_stepwise": steps.process_stepwise,
    "grpo": steps.grpo,
    "events": steps.events,
}

_FRAMES: dict[str, Callable[[RunContext], Iterator[Frame]]] = {"trajectories": frames.trajectories}
"""Formats of so many rows that they are made column by column."""

_CHOSEN = frozenset({"sft", "sft_messages", "edits", "kto"})
"""Formats that show a choice of the solutions."""


def export(store: Store, request: ExportRequest, check: Check, toolbox: Toolbox) -> Report:
    """Make a dataset of what `store` holds.

    Args:
        store: where the runs are.
        request: what is wanted.
        check: judges a program anew, for re-verification.
        toolbox: the sandbox, for formats that run programs.

    Raises:
        BadInput: the folder exists, a run or a suite does not, or nothing is selected.
        ToolMissing: PyArrow or datasketch is not installed.
        OSError: the disk failed; nothing is left under the dataset's name.
    """
    request = replace(request, out=Path(request.out).absolute())
    check_out(request.out, request.overwrite)
    tally = Tally()
    source = Source(store, request.selection, tally)
    suites = Suites(request.against)
    with seldom_collecting() as went_by:
        survey = Survey(source, suites)
        survey.read()
        if not survey.runs:
            raise _nothing(store, request)
        plan = _plan(survey, request, check, toolbox, tally)
        with DatasetWriter(
            request.out,
            jsonl=request.jsonl,
            overwrite=request.overwrite,
            tally=tally,
            splits=[name for name, _ in request.splits],
        ) as writer:
            _write(plan, writer, went_by)
            files = writer.close()
            rows = writer.rows()
            if not any(config != "tasks" for config in rows):
                raise _no_rows(plan, request)
            size = writer.finish(card(plan, files, rows, writer.sizes(), writer.folder))
    return Report(
        request.out,
        {name: {} for name in request.formats} | rows,
        stages(plan),
        tuple(tally.damaged),
        tuple(tally.failed),
        plan.approver.words,
        size,
    )


def _plan(survey: Survey, request: ExportRequest, check: Check, toolbox: Toolbox, tally: Tally) -> Plan:
    programs = sum(len(found) for found in survey.solutions.values())
    approver = Approver(survey.source, check, request.reverify, programs, tally)
    chooser = Chooser(survey, approver, request)
    clusters = survey.task_clusters()
    split_of = assign(clusters, request.splits)
    chosen: dict[int, list[Solution]] = {}
    if _CHOSEN & set(request.formats):
        for number, pool in enumerate(survey.pools):
            if request.keep_contaminated or not pool.contaminated:
                for solution in chooser.choose(number):
                    chosen.setdefault(solution.place.run, []).append(solution)
    splits = [split_of[cluster] for cluster in clusters]
    settled = (request, survey.source, survey, chooser, approver, clusters, splits, chosen, toolbox, tally)

    @lru_cache(maxsize=8)
    def other_run(key: int) -> RunContext | None:
        return contexts.open(survey.source.head(key))

    plan = Plan(*settled, set(), other_run)
    contexts = _Contexts(plan)
    return plan


def _write(plan: Plan, writer: DatasetWriter, went_by: Callable[[int], None]) -> None:
    disjoint = Disjointness()
    contexts = _Contexts(plan)
    for head in plan.source.runs():
        run = contexts.open(head)
        if run is None:
            continue
        disjoint.see(run.split, f"task {head.task}", f"cluster {plan.clusters[run.pool_number]}")
        for config in plan.request.formats:
            if config in _FRAMES:
                for frame in _FRAMES[config](run):
                    writer.add_frame(config, run.split, frame)
                continue
            for row in _FORMATS[config](run):
                writer.add(config, row["split"], row)
        if plan.fresh("tasks", head.task):
            writer.add("tasks", run.split, _task_row(run))
        went_by(len(run.graph))


class _Contexts:
    """Opens runs, with the prompts of the last tasks at hand."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._prompts: dict[str, Any] = {}

    def open(self, head: RunHead) -> RunContext | None:
        """Return a run ready for the formats; ``None`` if it is left out."""
        plan = self._plan
        pool = plan.survey.pool(head)
        if pool is None or (plan.survey.pools[pool].contaminated and not plan.request.keep_contaminated):
            return None
        task = plan.source.task(head.task)
        if task is None:
            return None
        if head.task not in self._prompts:
            if len(self._prompts) >= 64:
                self._prompts.clear()
            self._prompts[head.task] = prompt_of(task)
        return RunContext(plan, head, pool, plan.source.graph(head), task, self._prompts[head.task])


def _task_row(run: RunContext) -> dict[str, Any]:
    task, pool = run.task, run.pool
    return {
        "task_id": task.id,
        "task_hash": run.head.task,
        "task_source": source_of(task),
        "task_license": task.origin.license,
        "task_cluster": run.plan.clusters[run.pool_number],
        "task_environment": pool.environment,
        "language": task.language,
        "statement": task.statement,
        "contaminated": sorted(pool.contaminated),
        "split": run.split,
        "task": run.plan.source.task_json(run.head.task),
    }


def _nothing(store: Store, request: ExportRequest) -> BadInput:
    chosen = request.selection
    if chosen.tasks:
        cause = f"no run in {store.name} is of a task like {', '.join(chosen.tasks)}"
    elif chosen.runs:
        cause = f"the runs {', '.join(chosen.runs)} cannot be read"
    else:
        cause = f"{store.name} holds no runs"
    return BadInput(f"nothing to export: {cause}", hint="`proofsmith runs` lists the runs")


def _no_rows(plan: Plan, request: ExportRequest) -> BadInput:
    survey = plan.survey
    solved = sum(1 for found in survey.solutions.values() if found)
    contaminated = sum(1 for pool in survey.pools if pool.contaminated)
    facts = [f"{survey.runs} runs of {len(survey.pools)} tasks", f"{solved} solved"]
    facts += [f"{sum(pool.failed for pool in survey.pools)} programs found wrong"]
    if contaminated and not request.keep_contaminated:
        facts.append(f"{contaminated} tasks left out because they are in suites given with --against")
    for reason in (LOST, OPEN):
        if plan.tally.counts[reason]:
            facts.append(f"{plan.tally.counts[reason]} programs {reason}")
    if request.selection.verdicts:
        facts.append(f"only verdicts {', '.join(request.selection.verdicts)} are wanted")
    names = ", ".join(request.formats)
    return BadInput(f"nothing to export as {names}: {'; '.join(facts)}")
