"""``proofsmith export``: stored runs become a dataset."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from proofsmith.budget import Budget, Meter
from proofsmith.cli.data_options import ExportOptions
from proofsmith.cli.exits import SOLVED
from proofsmith.cli.report import tell
from proofsmith.cli.searching import warn_about_sandbox
from proofsmith.cli.settings import gather
from proofsmith.cli.verify import judge
from proofsmith.errors import BadInput
from proofsmith.store.export.exporter import export
from proofsmith.store.export.request import FORMATS, Check, ExportRequest, Report, Selection
from proofsmith.store.export.splits import parse
from proofsmith.store.store import Store
from proofsmith.types import Assurance, Candidate, Status, Task, Verdict
from proofsmith.verifiers.toolbox import Toolbox

_SHOWN = 10


def run(options: ExportOptions) -> int:
    """Make the dataset and say what is in it."""
    settings = gather(SettingsOf(options))
    request = request_of(options)
    with (
        Toolbox(*settings.tools) as toolbox,
        Store.open(settings.run.store, create=False) as store,
    ):
        if request.reverify != "none":
            warn_about_sandbox(toolbox)
        report = export(store, request, checker(toolbox, settings.run.budget), toolbox)
    if options.json:
        sys.stdout.write(json.dumps(_data(report), ensure_ascii=False) + "\n")
    else:
        _print(report)
    return SOLVED


class SettingsOf:
    """The options of a data command that are also settings; the others mean something else there."""

    def __init__(self, options: object) -> None:
        for name in ("require_sandbox", "store", "time"):
            if hasattr(options, name):
                setattr(self, name, getattr(options, name))


def checker(toolbox: Toolbox, budget: Budget) -> Check:
    """Return what judges a program anew, with `budget` for each."""

    def check(task: Task, candidate: Candidate) -> tuple[Verdict, tuple[Verdict, ...]]:
        return judge(task, candidate, Meter(budget), toolbox)

    return check


def request_of(options: ExportOptions) -> ExportRequest:
    """Return what the options ask for.

    Raises:
        BadInput: an option has no such value.
    """
    formats = tuple(dict.fromkeys(listed(options.format) or ("sft",)))
    verdicts = tuple(name.upper() for name in listed(options.verdict))
    known = (*(s.value for s in Status), *(a.value for a in Assurance))
    for option, given, allowed in (
        ("--format", formats, FORMATS),
        ("--verdict", verdicts, known),
        ("--prefer", (options.prefer,), ("short", "fast")),
        ("--balance", (options.balance,), ("none", "difficulty")),
        ("--reverify", (options.reverify,), ("auto", "all", "sample", "none")),
    ):
        for value in given:
            if value not in allowed:
                raise BadInput(f"{option}: there is no {value!r}", hint=f"known: {', '.join(allowed)}")
    if "" in (options.out, Path(options.out).absolute().name):
        raise BadInput("OUT must be a folder of its own", path=options.out or None)
    return ExportRequest(
        out=Path(options.out),
        formats=formats,
        selection=Selection(listed(options.runs), listed(options.tasks), verdicts),
        jsonl=options.jsonl,
        overwrite=options.overwrite,
        solutions=options.solutions,
        negatives=options.negatives,
        prefer=options.prefer,
        balance=options.balance,
        reverify=options.reverify,
        against=tuple(options.against or ()),
        keep_contaminated=options.keep_contaminated,
        splits=parse(options.splits),
        license=options.license or "",
    )


def listed(values: list[str] | None) -> tuple[str, ...]:
    """Return the values of a repeated option, each of which may hold several with commas between them."""
    return tuple(part.strip() for value in values or () for part in value.split(",") if part.strip())


def _data(report: Report) -> dict[str, object]:
    return {
        "@": "Export",
        "out": str(report.out),
        "rows": report.rows,
        "counts": report.counts,
        "damaged": list(report.damaged),
        "failed": [{"run": r, "node": n, "verdict": words} for r, n, words in report.failed],
        "reverified": report.reverified,
        "bytes": report.bytes,
    }


def _print(report: Report) -> None:
    for config, splits in report.rows.items():
        shares = ", ".join(f"{split} {count:,}" for split, count in splits.items()) or "none"
        print(f"{config:<17} {sum(splits.values()):>9,} rows  ({shares})")
    print(f"written: {report.out}  [{report.bytes / 1e6:.1f} MB]")
    for stage, count in report.counts.items():
        tell(f"  {stage}: {count:,}")
    tell(f"  {report.reverified}")
    for run, node, words in report.failed[:_SHOWN]:
        tell(f"left out: run {run}, node {node}: {words}")
    for place in report.damaged[:_SHOWN]:
        tell(f"damaged, left out: {place}")
