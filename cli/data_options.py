"""The options of the commands about data: export, replay, import, stats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from proofsmith.cli.options import Json, RequireSandbox, Store

Runs = Annotated[
    list[str] | None,
    typer.Option("--runs", metavar="RUN", help="Only these runs (may be repeated; default: all)."),
]
Tasks = Annotated[
    list[str] | None,
    typer.Option("--tasks", metavar="PATTERN", help="Only tasks whose id matches (may be repeated)."),
]


@dataclass(frozen=True)
class ExportOptions:
    """Turn stored runs into a dataset that trainers read.

    OUT is the folder to make: one folder a format with Parquet files, a dataset card, checksums.
    Programs that are exported as right are verified again on the way. Exit code 2 if nothing is
    selected. Nothing is ever uploaded.
    """

    out: Annotated[str, typer.Argument(metavar="OUT", help="The folder to make.", show_default=False)]
    format: Annotated[
        list[str] | None,
        typer.Option("--format", metavar="F", help="What to make (may be repeated; default: sft)."),
    ] = None
    runs: Runs = None
    tasks: Tasks = None
    verdict: Annotated[
        list[str] | None,
        typer.Option(
            "--verdict",
            metavar="V",
            help="Only programs so judged: PASS, FAIL, ... or PROVED, ...",
        ),
    ] = None
    jsonl: Annotated[bool, typer.Option("--jsonl", help="Write JSON Lines in place of Parquet.")] = False
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the dataset at OUT.")] = False
    solutions: Annotated[
        int, typer.Option("--solutions", metavar="N", help="Most distinct solutions a task.", min=1)
    ] = 1
    negatives: Annotated[
        int, typer.Option("--negatives", metavar="N", help="Most failing programs of a run.", min=0)
    ] = 4
    prefer: Annotated[
        str, typer.Option("--prefer", metavar="WHAT", help="Which solutions come first: short or fast.")
    ] = "short"
    balance: Annotated[
        str, typer.Option("--balance", metavar="HOW", help="none, or difficulty: more of harder tasks.")
    ] = "none"
    reverify: Annotated[
        str,
        typer.Option(
            "--reverify",
            metavar="HOW",
            help="auto (all of up to 10,000, else some), all, sample, none.",
        ),
    ] = "auto"
    against: Annotated[
        list[str] | None,
        typer.Option("--against", metavar="SUITE", help="Leave out what is also in this suite or folder."),
    ] = None
    keep_contaminated: Annotated[
        bool, typer.Option("--keep-contaminated", help="Flag what is in those suites, but keep it.")
    ] = False
    splits: Annotated[
        str, typer.Option("--splits", metavar="NAME=SHARE,...", help="The splits, by clusters of tasks.")
    ] = "train=0.9,test=0.1"
    license: Annotated[
        str | None, typer.Option("--license", metavar="NAME", help="Licence of the dataset, for its card.")
    ] = None
    require_sandbox: RequireSandbox = False
    store: Store = None
    json: Json = False


@dataclass(frozen=True)
class ReplayOptions:
    """Verify again what a run or dataset says was verified.

    Exit code 0 if everything is judged as before, 1 if something is not.
    """

    what: Annotated[
        str, typer.Argument(metavar="RUN|DATASET", help="A run's id, or the folder of a dataset.")
    ]
    solutions: Annotated[bool, typer.Option("--solutions", help="Only programs that passed.")] = False
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", help="At most so many programs; 0 for all.", min=0)
    ] = 0
    time: Annotated[
        float | None,
        typer.Option("--time", metavar="SECONDS", help="Wall clock for each program (default: 60)."),
    ] = None
    require_sandbox: RequireSandbox = False
    store: Store = None
    json: Json = False


@dataclass(frozen=True)
class ImportOptions:
    """Take a dataset of ours back into the store.

    With the format events the runs come back as they were, times included; from other formats
    the programs and their verdicts do. Runs that are there already are left alone.
    """

    dataset: Annotated[str, typer.Argument(metavar="DATASET", help="The folder of the dataset.")]
    store: Store = None
    json: Json = False


@dataclass(frozen=True)
class StatsOptions:
    """Show what became of the tasks, stage by stage.

    The table has a line for each environment, assurance and policy.
    """

    dataset: Annotated[
        list[str] | None,
        typer.Option("--dataset", metavar="DATASET", help="Count what this dataset holds as exported."),
    ] = None
    pass_at: Annotated[
        list[int] | None,
        typer.Option("--pass-at", metavar="K", help="Estimate pass@K from several runs a task.", min=1),
    ] = None
    runs: Runs = None
    tasks: Tasks = None
    store: Store = None
    json: Json = False
