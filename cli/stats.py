"""``proofsmith stats``: the yield at each stage."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

from rich.table import Table
from rich.text import Text

from proofsmith.cli.data_options import StatsOptions
from proofsmith.cli.exits import SOLVED
from proofsmith.cli.export import SettingsOf, listed
from proofsmith.cli.report import tell
from proofsmith.cli.settings import gather
from proofsmith.cli.view.console import listing_console
from proofsmith.errors import BadInput
from proofsmith.store.export.loading import Dataset
from proofsmith.store.export.request import Selection
from proofsmith.store.statistics import STAGES, Statistics, statistics
from proofsmith.store.store import Store


def run(options: StatsOptions) -> int:
    """Print the table."""
    settings = gather(SettingsOf(options))
    datasets = [Dataset(folder) for folder in options.dataset or ()]
    selection = Selection(listed(options.runs), listed(options.tasks))
    with Store.open(settings.run.store, create=False) as store:
        found = statistics(store, selection, datasets, options.pass_at or ())
        name = store.name
    if not found.lines[0].runs:
        raise BadInput(f"{name} holds no such runs", hint="`proofsmith runs` lists the runs")
    if options.json:
        lines = [asdict(line) for line in found.lines]
        sys.stdout.write(json.dumps({"@": "Stats", "lines": lines, "damaged": found.damaged}) + "\n")
    else:
        listing_console().print(_table(found), soft_wrap=False)
        if found.damaged:
            tell(f"{found.damaged} damaged records were left out")
    return SOLVED


def _table(found: Statistics) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("", no_wrap=True, overflow="ellipsis")
    for stage in STAGES:
        table.add_column(stage, justify="right", no_wrap=True)
    for k, _ in found.lines[0].pass_at:
        table.add_column(f"pass@{k}", justify="right", no_wrap=True)
    by = "all"
    for line in found.lines:
        if line.by != by:
            by = line.by
            table.add_row(Text(f"by {by}", "dim"))
        counts = [getattr(line, stage) for stage in STAGES]
        name = f"  {line.name}" if line.by != "all" else "all"
        passes = ["-" if value is None else f"{value:.3f}" for _, value in line.pass_at]
        table.add_row(Text(name), *("-" if c is None else f"{c:,}" for c in counts), *passes)
    return table
