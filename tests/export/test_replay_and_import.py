"""Recorded verdicts are checked against new ones; datasets come back into a store; stages are counted."""

import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace

import pyarrow.parquet as pq
import pytest

from proofsmith.store.export.request import FORMATS
from proofsmith.store.store import Store

RIGHT = "def larger(a, b):\n    return max(a, b)\n"
WRONG = "def larger(a, b):\n    return a\n"


def test_a_run_is_judged_as_before(cli, store_path):
    done = cli("replay", "latest")
    assert (done.code, done.err) == (0, "")
    assert done.out == "3 programs verified again: 3 as recorded, 0 not\n"
    assert cli("replay", "latest", "--solutions").out.startswith("1 programs")
    assert cli("replay", "latest", "--limit", "2").out.startswith("2 programs")


def test_differences_are_listed_with_the_tools_on_both_sides(cli, making, tmp_path):
    (task,) = making.tasks_of(tmp_path, "larger", making.MODULES["larger"])
    with Store.open(str(tmp_path / "store.sqlite")) as store:
        run = making.write_run(
            store, task, [(WRONG, making.PASS), (RIGHT, making.PASS), (RIGHT, making.FAIL)]
        )
    done = cli("replay", run)
    assert done.code == 1
    assert done.out.endswith("3 programs verified again: 1 as recorded, 2 not\n")
    assert (
        f"run {run}, node 1: larger.py:larger\n  recorded: PASS, TESTED  [unit-tests cpython 3.0]\n"
        in done.out
    )
    assert "  now:      FAIL  [unit-tests cpython 3." in done.out
    lines = [json.loads(line) for line in cli("replay", run, "--json").out.splitlines()]
    assert [line["@"] for line in lines] == ["Difference", "Difference", "Replay"]
    assert lines[0]["recorded"]["tools"] == [["unit-tests", "cpython", "3.0"]]
    assert lines[2]["different"] == 2


def test_a_dataset_is_replayed_without_the_store(cli, store_path, tmp_path):
    assert cli("export", "out", "--format", "sft,kto,repair,trajectories").code == 0
    store_path.unlink()
    done = cli("replay", "out")
    assert done.code == 0, done.out
    assert done.out == "13 programs verified again: 13 as recorded, 0 not\n"


def test_a_dataset_that_was_changed_is_refused(cli, store_path, tmp_path):
    assert cli("export", "out", "--jsonl").code == 0
    (file, *_) = (tmp_path / "out" / "sft").glob("*.jsonl")
    file.write_text(file.read_text().replace("max", "min"))
    for command in ("replay", "import"):
        done = cli(command, "out")
        assert done.code == 2
        assert "was changed since the export" in done.err
    file.unlink()
    assert "is missing" in cli("replay", "out").err
    shutil.rmtree(tmp_path / "out" / "sft")
    (tmp_path / "plain").mkdir()
    assert "is no dataset of ours" in cli("import", "plain").err


def test_runs_come_back_exactly_from_their_events(cli, store_path, tmp_path):
    for flags in ((), ("--jsonl",)):
        assert cli("export", "out", "--format", "events", "--overwrite", *flags).code == 0
        other = tmp_path / f"other{len(flags)}.sqlite"
        done = cli("import", "out", "--store", other)
        assert done.code == 0, done.err
        assert "4 runs with 13 programs" in done.out
        with Store.open(str(store_path)) as before, Store.open(str(other)) as after:
            assert [s.id for s in before.runs()] == [s.id for s in after.runs()]
            for summary in before.runs():
                assert list(before.timed_events(summary.id)) == list(after.timed_events(summary.id))
                again = replace(after.summary(summary.id), started=summary.started)
                assert again == before.summary(summary.id)
        counts = json.loads(cli("import", "out", "--store", other, "--json").out)
        assert (counts["known"], counts["runs"]) == (4, 0)


def test_trees_come_back_from_trajectories(cli, store_path, tmp_path):
    assert cli("export", "out", "--format", "trajectories").code == 0
    assert cli("import", "out", "--store", "other.sqlite").code == 0
    with Store.open(str(store_path)) as before, Store.open(str(tmp_path / "other.sqlite")) as after:
        for summary in before.runs():
            old, new = before.tree(summary.id), after.tree(summary.id)
            assert [(n.parent, n.proposal, n.verdict, n.visits, n.value) for n in old] == [
                (n.parent, n.proposal, n.verdict, n.visits, n.value) for n in new
            ]
            assert old.started.task == new.started.task


def test_programs_come_back_with_their_verdicts_from_other_formats(cli, store_path, tmp_path):
    assert cli("export", "out", "--format", "kto", "--solutions", "2").code == 0
    done = cli("import", "out", "--store", "other.sqlite")
    assert done.code == 0, done.err
    with Store.open(str(tmp_path / "other.sqlite")) as after:
        assert len(after.runs()) == 4
        assert all(summary.status == "solved" for summary in after.runs())
        assert len(list(after.verified())) == 5
    replayed = cli("replay", "latest", "--store", tmp_path / "other.sqlite")
    assert replayed.code == 0, replayed.out
    assert cli("export", "twice", "--store", tmp_path / "other.sqlite", "--format", "sft,dpo").code == 0


def test_grpo_alone_holds_no_programs(cli, store_path):
    assert cli("export", "out", "--format", "grpo").code == 0
    done = cli("import", "out", "--store", "other.sqlite")
    assert done.code == 2
    assert "holds no programs" in done.err


def test_stages_are_counted_by_environment_assurance_and_policy(cli, store_path):
    assert cli("export", "out").code == 0
    lines = json.loads(cli("stats", "--dataset", "out", "--json").out)["lines"]
    total = lines[0]
    stages = ("by", "runs", "attempted", "solved", "verified", "distinct", "exported")
    assert {stage: total[stage] for stage in stages} == {
        "by": "all", "runs": 4, "attempted": 4, "solved": 4, "verified": 5, "distinct": 5, "exported": 4,
    }  # fmt: skip
    names = {(line["by"], line["name"]) for line in lines[1:]}
    assert names == {("environment", "python-module"), ("assurance", "TESTED"), ("policy", "scripted")}
    table = cli("stats").out
    assert "python-module" in table
    assert "exported" in table
    assert cli("stats", "--tasks", "none*").code == 2


@pytest.mark.parametrize("command", ["replay", "import"])
def test_nothing_there_is_said(cli, store_path, command):
    done = cli(command, "no-such-place")
    assert done.code == 2
    assert len(done.err.splitlines()) == 1


def test_a_store_is_not_changed_by_reading_it(cli, store_path):
    with closing(sqlite3.connect(store_path)) as connection:
        before = connection.execute("SELECT count(*), max(time) FROM events").fetchone()
    for command in (("export", "out"), ("replay", "latest"), ("stats",)):
        assert cli(*command).code == 0
    with closing(sqlite3.connect(store_path)) as connection:
        assert connection.execute("SELECT count(*), max(time) FROM events").fetchone() == before


def test_a_dataset_taken_back_and_exported_again_has_the_same_rows(cli, store_path, tmp_path):
    flags = ("--format", ",".join(FORMATS), "--solutions", "3")
    assert cli("export", "first", *flags).code == 0
    assert cli("import", "first", "--store", "other.sqlite").code == 0
    assert cli("export", "second", *flags, "--store", "other.sqlite").code == 0
    configs = {path.name for path in (tmp_path / "first").iterdir() if path.is_dir()}
    assert configs == {*FORMATS, "tasks"}
    for config in configs:
        first, second = (
            {
                file.name: pq.read_table(file).to_pylist()
                for file in (tmp_path / folder / config).glob("*.parquet")
            }
            for folder in ("first", "second")
        )
        assert first == second, config
