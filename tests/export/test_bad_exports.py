"""Bad input, damaged stores, full disks, killed exports: a clear line, and no half of a dataset."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from proofsmith.store.migrate import FOLDER


def rows_of(out: Path, config: str) -> list[dict]:
    return [
        row for file in sorted((out / config).glob("*.parquet")) for row in pq.read_table(file).to_pylist()
    ]


def left_behind(folder: Path) -> list[str]:
    """What an export that failed has left beside the store."""
    return [p.name for p in folder.iterdir() if not p.name.startswith("store.sqlite")]


@pytest.mark.parametrize(
    ("flags", "parts"),
    [
        (["--tasks", "no-such*"], ["nothing to export", "no-such*"]),
        (["--verdict", "PROVED"], ["nothing to export as sft", "only verdicts PROVED"]),
        (["--runs", "2000"], ["there is no run '2000'"]),
        (["--format", "sft,csv"], ["there is no 'csv'", "known: sft"]),
        (["--verdict", "GOOD"], ["there is no 'GOOD'", "PASS"]),
        (["--splits", "train=0.5"], ["add up to 0.5"]),
        (["--splits", "train"], ["is not NAME=SHARE"]),
        (["--prefer", "nice"], ["there is no 'nice'", "short"]),
        (["--against", "nowhere.jsonl"], ["nowhere.jsonl", "does not exist"]),
        (["--store", "nowhere.sqlite"], ["there is no store here"]),
    ],
)
def test_what_cannot_be_exported_is_refused_and_said(cli, store_path, tmp_path, flags, parts):
    done = cli("export", "out", *flags)
    assert done.code == 2
    (line,) = done.err.splitlines()
    assert all(part in line for part in parts), line
    assert left_behind(tmp_path) == []


def test_an_empty_store_says_so(cli, tmp_path):
    from proofsmith.store.store import Store

    with Store.open(str(tmp_path / "store.sqlite")):
        pass
    done = cli("export", "out")
    assert done.code == 2
    assert "holds no runs" in done.err


def test_a_folder_that_exists_is_only_replaced_when_asked_and_ours(cli, store_path, tmp_path):
    assert cli("export", "out", "--format", "grpo").code == 0
    before = {p: p.read_bytes() for p in (tmp_path / "out").rglob("*") if p.is_file()}
    refused = cli("export", "out")
    assert refused.code == 2
    assert "exists already" in refused.err
    assert "--overwrite" in refused.err
    assert {p: p.read_bytes() for p in (tmp_path / "out").rglob("*") if p.is_file()} == before
    assert cli("export", "out", "--overwrite").code == 0
    assert (tmp_path / "out" / "sft").is_dir()
    assert not (tmp_path / "out" / "grpo").exists()
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "thesis.txt").write_text("dear")
    foreign = cli("export", "home", "--overwrite")
    assert foreign.code == 2
    assert "not a dataset of ours" in foreign.err
    assert (tmp_path / "home" / "thesis.txt").read_text() == "dear"


def damage(path: Path, statement: str, *values: object) -> None:
    """Change a store as a broken disk would: without asking its triggers."""
    with closing(sqlite3.connect(path)) as connection, connection:
        names = [r[0] for r in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]
        for name in names:
            connection.execute(f"DROP TRIGGER {name}")
        assert connection.execute(statement, values).rowcount > 0


def test_damaged_records_are_counted_named_and_skipped(cli, store_path, tmp_path):
    damage(
        store_path, "UPDATE events SET json = '{broken' WHERE run = 1 AND kind = 'NodeJudged' AND node = 3"
    )
    damage(store_path, "UPDATE candidates SET source = 'x' WHERE hash = (SELECT candidate FROM events "
                       "WHERE run = 2 AND kind = 'NodeAdded' AND node = 4)")  # fmt: skip
    damage(store_path, "DELETE FROM events WHERE run = 3 AND kind = 'NodeAdded' AND node = 3")
    done = cli("export", "out", "--format", "sft,trajectories", "--splits", "train=1")
    assert done.code == 0, done.err
    assert "event" in done.err
    assert "is damaged" in done.err
    assert "is missing" in done.err
    nodes = rows_of(tmp_path / "out", "trajectories")
    places = {(row["task_id"].partition(".")[0], row["node"]): row for row in nodes}
    assert places["larger", 3]["verdict"] is None
    assert ("vowels", 4) not in places
    assert ("evens", 3) not in places
    assert {row["task_id"] for row in rows_of(tmp_path / "out", "sft")} == {
        "evens.py:evens", "larger.py:larger", "shout.py:shout", "vowels.py:vowels",
    }  # fmt: skip
    assert "record is damaged" in (tmp_path / "out" / "README.md").read_text()


def test_a_damaged_task_costs_its_runs_only(cli, store_path, tmp_path):
    damage(store_path, "UPDATE tasks SET json = '{}' WHERE id = 'shout.py:shout'")
    done = cli("export", "out", "--splits", "train=1")
    assert done.code == 0, done.err
    assert "damaged, left out: task" in done.err
    assert len(rows_of(tmp_path / "out", "sft")) == 3


def test_an_older_store_is_migrated_after_a_copy(cli, store_path, tmp_path):
    """What schema version 1 lacked is taken away from a store; then it is one."""
    assert len(list((FOLDER / "versions").glob("m*.py"))) >= 2
    with closing(sqlite3.connect(store_path)) as connection, connection:
        connection.execute("DROP TABLE model_calls")
        connection.execute("DROP TABLE texts")
        connection.execute("UPDATE proofsmith_version SET version_num = '0001'")
    done = cli("export", "out", "--splits", "train=1")
    assert done.code == 0, done.err
    assert len(rows_of(tmp_path / "out", "sft")) == 4
    copy = tmp_path / "store.sqlite.v0001.backup"
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT version_num FROM proofsmith_version").fetchone() == ("0001",)


def test_programs_that_utf8_cannot_hold_are_counted_and_left_out(cli, tmp_path, making, toolbox):
    from proofsmith.store.store import Store

    (task,) = making.tasks_of(tmp_path, "larger", making.MODULES["larger"])
    odd = "def larger(a, b):\n    '\ud800'\n    return max(a, b)\n"
    with Store.open(str(tmp_path / "store.sqlite")) as store:
        making.write_run(
            store, task, [(odd, making.PASS), ("def larger(a, b):\n    return b\n", making.FAIL)]
        )
    done = cli("export", "out", "--format", "kto", "--reverify", "none", "--splits", "train=1")
    assert done.code == 0, done.err
    assert "not UTF-8: 1" in done.err
    assert [row["label"] for row in rows_of(tmp_path / "out", "kto")] == [False]
    done = cli("export", "nodes", "--format", "trajectories", "--reverify", "none", "--splits", "train=1")
    assert "not UTF-8: 1" in done.err
    assert [row["verdict"] for row in rows_of(tmp_path / "nodes", "trajectories")] == [None, "FAIL"]


PROGRAM = [sys.executable, "-m", "proofsmith.cli.main"]


def test_a_full_disk_leaves_no_half_of_a_dataset(bubblewrap, store_path, tmp_path):
    """A file system of 100 kB in memory, in a namespace of its own."""
    (tmp_path / "disk").mkdir()
    export = f"export {tmp_path}/disk/out --format sft,trajectories,events,grpo --reverify none"
    inside = f"{' '.join(PROGRAM)} {export}; echo code $?; ls -A {tmp_path}/disk"
    command = [bubblewrap, "--bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--size", "100000"]
    command += ["--tmpfs", str(tmp_path / "disk"), "sh", "-c", inside]
    environment = os.environ | {"PROOFSMITH_STORE": str(store_path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=100)
    assert done.stdout.split() == ["code", "3"], (done.stdout, done.stderr)
    (line,) = done.stderr.splitlines()
    assert "disk/out: No space left on device" in line


def test_a_killed_export_leaves_nothing_under_the_final_name(store_path, tmp_path):
    command = [*PROGRAM, "export", "out", "--format", "sft,trajectories"]
    environment = os.environ | {"PROOFSMITH_STORE": str(store_path)}
    process = subprocess.Popen(command, env=environment, cwd=tmp_path, start_new_session=True)
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        if list(tmp_path.glob(".out.partial-*")):
            break
        time.sleep(0.005)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)
    if process.returncode == -signal.SIGKILL:
        assert not (tmp_path / "out").exists()
    command.append("--overwrite")
    again = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, timeout=100)
    assert again.returncode == 0
    assert (tmp_path / "out" / "README.md").is_file()
