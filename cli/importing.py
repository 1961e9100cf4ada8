"""``proofsmith import``: a dataset of ours comes back into the store."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

from proofsmith.cli.data_options import ImportOptions
from proofsmith.cli.exits import SOLVED
from proofsmith.cli.export import SettingsOf
from proofsmith.cli.report import tell
from proofsmith.cli.settings import gather
from proofsmith.store.export.loading import Dataset
from proofsmith.store.importing import take_back
from proofsmith.store.store import Store


def run(options: ImportOptions) -> int:
    """Take the runs of the dataset into the store and say how many."""
    settings = gather(SettingsOf(options))
    dataset = Dataset(options.dataset)
    with Store.open(settings.run.store) as store:
        counts = take_back(store, dataset)
        name = store.name
    if options.json:
        sys.stdout.write(json.dumps({"@": "Import", "store": name, **asdict(counts)}) + "\n")
        return SOLVED
    print(f"{counts.runs} runs with {counts.programs} programs are in {name} now")
    if counts.known:
        tell(f"  {counts.known} runs were there already")
    if counts.unreadable:
        tell(f"  {counts.unreadable} rows could not be read and were left out")
    return SOLVED
