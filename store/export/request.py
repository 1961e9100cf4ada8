"""What is asked of an export, and what comes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from proofsmith.types import Candidate, Task, Verdict

FORMATS = (
    "sft",
    "sft_messages",
    "negatives",
    "edits",
    "repair",
    "dpo",
    "dpo_selftest",
    "kto",
    "fault_spans",
    "process",
    "process_stepwise",
    "grpo",
    "trajectories",
    "events",
)

REVERIFIED = 10_000
"""Up to so many programs every one is verified again; beyond, a sample is."""

SAMPLE = 1_000
"""Size of that sample."""

Check = Callable[[Task, Candidate], tuple[Verdict, tuple[Verdict, ...]]]
"""Judges a program anew: the deciding verdict, and all of them in order."""


@dataclass(frozen=True)
class Selection:
    """Which part of the store is meant; empty fields leave nothing out.

    Attributes:
        runs: ids, unique beginnings of ids, or ``"latest"``.
        tasks: shell patterns for task ids.
        verdicts: statuses and assurances in capitals; a program counts if its verdict has one of them.
    """

    runs: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    verdicts: tuple[str, ...] = ()


@dataclass(frozen=True)
class ExportRequest:
    """An export.

    Attributes:
        out: the folder to make.
        formats: some of `FORMATS`.
        selection: which runs and programs.
        jsonl: write JSON Lines in place of Parquet.
        overwrite: replace a dataset that is there.
        solutions: most distinct solutions a task.
        negatives: most failing programs, or pairs, a task and run.
        prefer: ``"short"`` or ``"fast"`` solutions first.
        balance: ``"none"``, or ``"difficulty"``: the harder a task, the more of its solutions.
        reverify: ``"auto"``, ``"all"``, ``"sample"`` or ``"none"``.
        against: files and folders of suites whose tasks must not be in the dataset.
        keep_contaminated: flag what is in those suites, but keep it.
        splits: names and shares; the shares add up to 1.
        license: licence of the dataset; empty to follow from the tasks.
    """

    out: Path
    formats: tuple[str, ...]
    selection: Selection = field(default_factory=Selection)
    jsonl: bool = False
    overwrite: bool = False
    solutions: int = 1
    negatives: int = 4
    prefer: str = "short"
    balance: str = "none"
    reverify: str = "auto"
    against: tuple[str, ...] = ()
    keep_contaminated: bool = False
    splits: tuple[tuple[str, float], ...] = (("train", 0.9), ("test", 0.1))
    license: str = ""


@dataclass
class Tally:
    """Counts of what was found, left out and why; filled while an export runs.

    Attributes:
        counts: stage or reason, and how many.
        damaged: places of damaged records, at most `SHOWN` of them.
        failed: programs that no longer pass or could not be judged, as (run, node, what was said now).
    """

    counts: Counter[str] = field(default_factory=Counter)
    damaged: list[str] = field(default_factory=list)
    failed: list[tuple[str, int, str]] = field(default_factory=list)

    SHOWN = 20

    def damage(self, place: str) -> None:
        """Count a damaged record."""
        self.counts["damaged"] += 1
        if len(self.damaged) < self.SHOWN:
            self.damaged.append(place)


@dataclass(frozen=True)
class Report:
    """What an export made.

    Attributes:
        out: the folder.
        rows: rows by configuration and split; a format of which there are none has no split.
        counts: as `Tally.counts`.
        damaged, failed: as in `Tally`.
        reverified: how programs were verified again, in words.
        bytes: size of all files.
    """

    out: Path
    rows: dict[str, dict[str, int]]
    counts: dict[str, int]
    damaged: tuple[str, ...]
    failed: tuple[tuple[str, int, str], ...]
    reverified: str
    bytes: int
