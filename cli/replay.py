"""``proofsmith replay``: what a run or a dataset recorded is verified again and compared."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from proofsmith.cli.data_options import ReplayOptions
from proofsmith.cli.exits import SOLVED, UNSOLVED
from proofsmith.cli.export import SettingsOf, checker
from proofsmith.cli.report import tell
from proofsmith.cli.searching import warn_about_sandbox
from proofsmith.cli.settings import gather
from proofsmith.errors import BadInput
from proofsmith.store.export.loading import Dataset
from proofsmith.store.replay import Answer, Comparison, recorded_in_dataset, recorded_in_run, replay
from proofsmith.store.store import Store
from proofsmith.verifiers.toolbox import Toolbox


def run(options: ReplayOptions) -> int:
    """Verify again, print what differs, and return 1 if anything does."""
    settings = gather(SettingsOf(options))
    with Toolbox(*settings.tools) as toolbox:
        warn_about_sandbox(toolbox)
        check = checker(toolbox, settings.run.budget)
        if Path(options.what).is_dir():
            items = recorded_in_dataset(Dataset(options.what), options.solutions)
            compared = list(_shown(replay(items, check, options.limit), options))
        else:
            with Store.open(settings.run.store, create=False) as store:
                items = recorded_in_run(store, store.find(options.what), options.solutions)
                compared = list(_shown(replay(items, check, options.limit), options))
    if not compared:
        raise BadInput("nothing was judged there", path=options.what)
    different = compared.count(False)
    if options.json:
        counts = {"@": "Replay", "what": options.what, "programs": len(compared), "different": different}
        sys.stdout.write(json.dumps(counts) + "\n")
    else:
        same = len(compared) - different
        print(f"{len(compared)} programs verified again: {same} as recorded, {different} not")
    return UNSOLVED if different else SOLVED


def _shown(comparisons: Iterator[Comparison], options: ReplayOptions) -> Iterator[bool]:
    """Print every difference as it is found; yield whether each program is judged as before."""
    for comparison in comparisons:
        if not comparison.same:
            if options.json:
                sys.stdout.write(json.dumps(_data(comparison), ensure_ascii=False) + "\n")
            else:
                _print(comparison)
        yield comparison.same


def _data(comparison: Comparison) -> dict[str, object]:
    recorded = comparison.recorded
    return {
        "@": "Difference",
        "where": recorded.where,
        "task": recorded.task.id,
        "candidate": recorded.candidate.hash,
        "recorded": asdict(recorded.answer),
        "now": asdict(comparison.now),
    }


def _print(comparison: Comparison) -> None:
    recorded = comparison.recorded
    print(f"{recorded.where}: {recorded.task.id}")
    print(f"  recorded: {_words(recorded.answer)}")
    print(f"  now:      {_words(comparison.now)}")
    if comparison.now.detail:
        tell(f"  {comparison.now.detail}")


def _words(answer: Answer) -> str:
    sure = f", {answer.assurance}" if answer.assurance else ""
    tools = "; ".join(" ".join(part for part in tool if part) for tool in answer.tools)
    return f"{answer.status}{sure}  [{tools}]"
