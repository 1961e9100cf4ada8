"""A store that somebody else made, or that was changed by hand, is refused in words."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from proofsmith.budget import Budget
from proofsmith.cli.options import ResumeOptions
from proofsmith.cli.resume import run
from proofsmith.errors import StoreError
from proofsmith.events import NodeAdded, RunStarted
from proofsmith.python_spec import Parameter, PythonSpec, Signature
from proofsmith.store.store import Store
from proofsmith.types import Assurance, Candidate, Proposal, Task

STARTED = RunStarted(
    Task("t", "", "python", PythonSpec(Signature("f", (Parameter("x"),))), ("unit-tests",), Assurance.TESTED),
    "mcts", "symbolic", 0, Budget(), "1",
)  # fmt: skip


@pytest.mark.parametrize(
    "change", ["started = 'abc'", "started = 1e300", "best_status = 'FINE'", "seed = 'x'"]
)
def test_a_run_whose_summary_makes_no_sense_is_named(tmp_path: Path, change: str) -> None:
    path = tmp_path / "store.sqlite"
    with Store.open(str(path)) as store, store.start_run(STARTED) as recorder:
        pass
    with closing(sqlite3.connect(path)) as other, other:
        other.execute(f"UPDATE runs SET {change}")
    with Store.open(str(path)) as store, pytest.raises(StoreError, match=f"{recorder.run_id}: its record is"):
        store.runs()


@pytest.mark.parametrize("number", ["7", "-5", "99999999999999999999"])
def test_a_run_whose_nodes_are_out_of_order_is_not_resumed(tmp_path: Path, number: str) -> None:
    path = tmp_path / "store.sqlite"
    with Store.open(str(path)) as store, store.start_run(STARTED) as recorder:
        recorder.record(NodeAdded(1, 0, Proposal(Candidate("def f(x):\n    return x\n")), 1.0))
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("DROP TRIGGER events_no_update")
        changed = other.execute(
            "UPDATE events SET json = replace(json, '\"node\":1', '\"node\":' || ?) WHERE seq = 1", (number,)
        )
        assert changed.rowcount == 1
    with pytest.raises(StoreError, match=r"do not fit together: node .* added out of order"):
        run(ResumeOptions(run=recorder.run_id, store=str(path), time=5.0))
