"""``proofsmith runs``: the runs in the store, newest first."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from typing import Any

from rich.table import Table
from rich.text import Text

from proofsmith.cli.exits import SOLVED
from proofsmith.cli.options import RunsOptions
from proofsmith.cli.settings import gather
from proofsmith.cli.view.console import listing_console
from proofsmith.cli.view.text import seconds_text
from proofsmith.store.store import Store
from proofsmith.store.summary import RunSummary

_STYLES = {"solved": "green", "failed": "magenta", "running": "cyan", "unsolved": "red"}


def run(options: RunsOptions) -> int:
    """Print the runs."""
    settings = gather(options)
    with Store.open(settings.run.store, create=False) as store:
        summaries = store.runs(limit=options.limit)
        where = store.name
    if options.json:
        for summary in summaries:
            sys.stdout.write(json.dumps(as_data(summary), ensure_ascii=False) + "\n")
    elif not summaries:
        print(f"no runs yet in {where}")
    else:
        listing_console().print(table(summaries), soft_wrap=False)
    return SOLVED


def as_data(summary: RunSummary) -> dict[str, Any]:
    """Return a summary as JSON-able data; times are ISO 8601 in UTC, seconds are wall clock."""
    finished = summary.finished
    return {
        "@": "Run",
        "id": summary.id,
        "task": summary.task,
        "status": summary.status,
        "reason": summary.reason,
        "verdict": None if summary.verdict is None else summary.verdict.value,
        "assurance": None if summary.assurance is None else summary.assurance.value,
        "score": summary.score,
        "best": summary.best,
        "candidate": summary.candidate,
        "started": summary.started.isoformat(),
        "finished": None if finished is None else finished.isoformat(),
        "seconds": summary.seconds,
        "candidates": summary.candidates,
        "verifier_calls": summary.verifier_calls,
        "model_calls": summary.spend.model_calls,
        "tokens": summary.spend.tokens,
        "cost": summary.spend.cost,
        "strategy": summary.strategy,
        "policy": summary.policy,
        "seed": summary.seed,
        "version": summary.version,
    }


def table(summaries: tuple[RunSummary, ...]) -> Table:
    """Return the runs as a table that fits 80 columns."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("run", no_wrap=True)
    table.add_column("started", no_wrap=True)
    table.add_column("task", ratio=1, no_wrap=True, overflow="ellipsis")
    table.add_column("status", no_wrap=True)
    table.add_column("assurance", no_wrap=True)
    table.add_column("time", justify="right", no_wrap=True)
    for summary in summaries:
        sure = "" if summary.assurance is None else summary.assurance.value
        if not sure and summary.score is not None:
            sure = f"{summary.score:.2f}"
        table.add_row(
            summary.id,
            _local(summary.started),
            Text(summary.task),
            Text(summary.status, _STYLES.get(summary.status, "yellow")),
            sure,
            seconds_text(summary.seconds),
        )
    return table


def _local(moment: datetime) -> str:
    return moment.astimezone().strftime("%m-%d %H:%M")
