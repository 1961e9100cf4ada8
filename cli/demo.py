"""``proofsmith demo``: solve every task file of a folder, live, and sum up."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from rich.table import Table
from rich.text import Text

from proofsmith.cli.exits import INTERRUPTED, SOLVED, UNSOLVED
from proofsmith.cli.options import DemoOptions
from proofsmith.cli.preparing import prepare_all
from proofsmith.cli.report import program_text
from proofsmith.cli.searching import Ended, Lent, Manner, search, warn_about_sandbox
from proofsmith.cli.settings import Settings, gather
from proofsmith.cli.view.console import SafeConsole, listing_console
from proofsmith.cli.view.frame import highlighted
from proofsmith.cli.view.text import GLYPHS, seconds_text
from proofsmith.environments.load import load
from proofsmith.errors import BadInput, ToolMissing
from proofsmith.store.store import Store
from proofsmith.types import Task
from proofsmith.verifiers.toolbox import Toolbox

_SUFFIXES = (".py", ".toml", ".jsonl", ".sl", ".dfy")


def run(options: DemoOptions) -> int:
    """Solve everything in the folder; 0 if all of it was solved."""
    settings = gather(options)
    tasks = [task for path in task_files(Path(options.folder)) for task in load(str(path))]
    if not tasks:
        raise BadInput("holds no task files", path=options.folder)
    console = SafeConsole(stderr=True, highlight=False, soft_wrap=True)
    began = time.monotonic()
    runs: list[Ended] = []
    left_out = 0
    with Toolbox(*settings.tools) as toolbox, Store.open(settings.run.store) as store:
        warn_about_sandbox(toolbox)
        lent = Lent(store, toolbox, Manner(plain=options.plain))
        for task in tasks:
            try:
                ended = _solve(task, settings, lent)
            except ToolMissing as error:
                console.print(f"{task.id}: left out; {error}")
                left_out += 1
                continue
            runs.append(ended)
            if ended.solution.candidate is not None:
                for line in highlighted(program_text(task, ended.solution.candidate), task.language):
                    console.print(line)
                console.print()
            if ended.code == INTERRUPTED:
                break
        name = store.name
    _sum_up(runs, len(tasks) - left_out, time.monotonic() - began, name)
    if any(ended.code == INTERRUPTED for ended in runs):
        return INTERRUPTED
    return SOLVED if runs and all(ended.solution.solved for ended in runs) else UNSOLVED


def task_files(folder: Path) -> list[Path]:
    """Return the task files in `folder` and in the folders in it, sorted; what lies deeper is left out.

    Modules that test files beside them ask for are no tasks of their own.

    Raises:
        BadInput: there is no such folder.
    """
    if not folder.is_dir():
        raise BadInput("is not a folder", path=str(folder))

    def wanted() -> Iterator[Path]:
        for path in sorted([*folder.glob("*"), *folder.glob("*/*")]):
            tested = path.with_name(f"test_{path.name}").exists()
            if path.suffix in _SUFFIXES and not tested and path.name != "conftest.py":
                yield path

    return list(wanted())


def _solve(task: Task, settings: Settings, lent: Lent) -> Ended:
    (ready,) = prepare_all([task], settings.run, lent.toolbox, time.monotonic())
    return search(ready.task, settings.search, settings.run.budget, lent, ready.began)


def _sum_up(runs: list[Ended], wanted: int, seconds: float, store: str) -> None:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("")
    table.add_column("task", no_wrap=True, overflow="ellipsis")
    table.add_column("verdict", no_wrap=True)
    table.add_column("time", no_wrap=True, justify="right")
    table.add_column("tried", no_wrap=True, justify="right")
    table.add_column("run", no_wrap=True)
    for ended in runs:
        solution = ended.solution
        verdict = solution.verdict
        sure = "" if verdict is None or verdict.assurance is None else verdict.assurance.value
        table.add_row(
            Text(
                GLYPHS[verdict.status] if verdict is not None else "-", "green" if solution.solved else "red"
            ),
            Text(ended.task.id),
            f"{verdict.status.value} {sure}".rstrip() if verdict is not None else "none",
            seconds_text(solution.spent.seconds),
            str(solution.spent.candidates),
            _short(ended.run_id),
        )
    listing_console().print(table, soft_wrap=False)
    solved = sum(ended.solution.solved for ended in runs)
    print(f"\n{solved} of {wanted} solved in {seconds_text(seconds)}; the runs are kept in {store}")
    if runs:
        print(f"look at one:  proofsmith show {_short(runs[-1].run_id)} --store {store}")


def _short(run_id: str) -> str:
    """Return the last part of a run's id, which is enough to name it."""
    return run_id.rpartition("-")[2]
