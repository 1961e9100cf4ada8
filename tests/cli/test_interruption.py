"""Runs that are stopped, killed, continued; stores that fail; what stays readable."""

import json
import os
import re
import resource
import signal
import sqlite3
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from proofsmith.events import NodeAdded, RunFinished
from proofsmith.store.schema import VERSION_TABLE
from proofsmith.store.store import Store


def wrong(count: int) -> list[str]:
    return [f"def median(xs):\n    return {n}\n" for n in range(100, 100 + count)]


def wait_for_nodes(store: Path, count: int, process: "subprocess.Popen[str]") -> str:
    """Wait until the only run in `store` has `count` nodes; return its id."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        if store.exists():
            connection = sqlite3.connect(f"file:{store}?mode=ro", uri=True)
            try:
                row = connection.execute("SELECT id FROM runs").fetchone()
                query = "SELECT count(*) FROM events WHERE kind = 'NodeJudged'"
                if row is not None and connection.execute(query).fetchone()[0] >= count:
                    return str(row[0])
            except sqlite3.OperationalError:
                pass  # the tables are being made
            finally:
                connection.close()
        time.sleep(0.02)
    raise AssertionError(f"no progress: {process.poll()}")


@pytest.fixture
def slow(workplace: Any) -> list[str]:
    flags: list[str] = workplace.script(*wrong(40), workplace.RIGHT, pause=0.05)
    return ["solve", "median.py", *flags]


def test_killed_run_goes_on_without_losing_or_repeating(workplace: Any, slow: list[str]) -> None:
    process = workplace.start(*slow)
    run_id = wait_for_nodes(workplace.folder / "store.sqlite", 5, process)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    with Store.open(str(workplace.folder / "store.sqlite")) as store:
        assert store.summary(run_id).status == "stopped"
        before = list(store.events(run_id))
    (workplace.folder / "median.py").unlink()  # the store alone is enough
    workplace.environment["SCRIPT_PAUSE"] = "0"
    ran = workplace.program("resume", run_id)
    assert ran.code == 0, ran.err
    assert "return sorted(xs)[len(xs) // 2]" in ran.out
    with Store.open(str(workplace.folder / "store.sqlite")) as store:
        after = list(store.events(run_id))
    assert after[: len(before)] == before
    programs = [
        e.proposal.candidate.source for e in after if isinstance(e, NodeAdded) and e.proposal.candidate
    ]
    assert sorted(programs) == sorted({*wrong(40), workplace.RIGHT})
    again = workplace.program("resume", run_id)
    assert again.code == 0
    assert "solved already" in again.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_stops_cleanly_and_says_how_to_go_on(workplace: Any, slow: list[str], number: int) -> None:
    process = workplace.start(*slow)
    run_id = wait_for_nodes(workplace.folder / "store.sqlite", 3, process)
    process.send_signal(number)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert out == ""
    assert f"proofsmith resume {run_id}" in err
    assert "Traceback" not in err
    with Store.open(str(workplace.folder / "store.sqlite")) as store:
        assert store.summary(run_id).status == "interrupted"
        *_, last = store.events(run_id)
    assert isinstance(last, RunFinished)
    workplace.environment["SCRIPT_PAUSE"] = "0"
    assert workplace.program("resume", run_id).code == 0


def test_run_in_use_cannot_be_resumed(workplace: Any, slow: list[str]) -> None:
    process = workplace.start(*slow)
    run_id = wait_for_nodes(workplace.folder / "store.sqlite", 1, process)
    ran = workplace.program("resume", run_id)
    process.kill()
    process.communicate()
    assert ran.code == 3
    assert ran.complains(run_id, str(process.pid))


def test_used_up_budget_needs_more_to_go_on(workplace: Any, cli: Any) -> None:
    script = workplace.script(*wrong(2), workplace.RIGHT)
    assert cli("solve", "median.py", "--candidates", "2", *script).code == 1
    ran = cli("resume", "latest")
    assert ran.code == 2
    assert ran.complains("budget of candidates", "--candidates")
    assert cli("resume", "latest", "--candidates", "10").code == 0


def test_newer_store_is_named_as_such(workplace: Any, cli: Any) -> None:
    cli("runs")
    with sqlite3.connect(workplace.folder / "store.sqlite") as connection:
        connection.execute(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    for command in (["solve", "median.py"], ["runs"], ["show", "x"], ["resume", "x"]):
        ran = cli(*command)
        assert ran.code == 3
        assert ran.complains("9999")


def test_locked_store_is_said_in_seconds(workplace: Any, cli: Any, in_time: Any) -> None:
    cli("runs")
    connection = sqlite3.connect(workplace.folder / "store.sqlite", isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    with in_time(10.0):
        ran = cli("solve", "median.py", *workplace.script(workplace.RIGHT))
        connection.close()
        assert ran.code == 3
        assert ran.complains("locked")


def test_file_that_is_no_store(workplace: Any, cli: Any) -> None:
    workplace.write("store.sqlite", "hello, world; " * 100)
    ran = cli("runs")
    assert ran.code == 3
    assert ran.complains("store.sqlite", "not a database")


def test_full_disk_stops_the_run_and_keeps_what_was_recorded(workplace: Any) -> None:
    workplace.program("runs")
    large = [f"def median(xs):\n    return {n}\n    # {'x' * 20_000}{n}\n" for n in range(100)]
    script = workplace.script(*large)
    size = (workplace.folder / "store.sqlite").stat().st_size

    def small_files() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 400_000, size + 400_000))

    ran = workplace.program("solve", "median.py", *script, preexec_fn=small_files)
    assert ran.code == 3
    complaints = [line for line in ran.err.splitlines() if line.startswith("proofsmith: ")]
    assert len(complaints) == 1
    assert "stays readable" in complaints[0]
    shown = workplace.program("show", "latest", "--json")
    assert shown.code == 0
    nodes = [json.loads(line) for line in shown.out.splitlines()]
    assert nodes[0]["nodes"] == len(nodes) - 1 > 3


def test_show_needs_nothing_but_the_store(workplace: Any, cli: Any) -> None:
    cli("solve", "median.py", *workplace.script(workplace.FIRST, workplace.RIGHT))
    (workplace.folder / "median.py").unlink()
    ran = cli("show", "latest")
    assert ran.code == 0
    for part in ("median.py:median: Return the middle value.", "✗ 2 0.33", "✓ 3 1.00", "sorted(xs)"):
        assert part in ran.out
    ran = cli("show", "latest", "--node", "2")
    assert "return xs[0]" in ran.out
    assert "counterexample: xs=[3, 1, 2]: expected 2" in ran.out
    assert cli("show", "latest", "--node", "9").complains("no node 9", "0 to 3")
    nodes = [json.loads(line) for line in cli("show", "latest", "--json").out.splitlines()]
    assert [n["@"] for n in nodes] == ["Run", "Node", "Node", "Node", "Node"]
    assert nodes[1]["children"] == [1]


def test_runs_lists_newest_first_and_fits_80_columns(workplace: Any, cli: Any) -> None:
    workplace.write("a_rather_long_module_name_for_a_task.py", workplace.MEDIAN)
    script = workplace.script(workplace.RIGHT)
    cli("solve", "median.py", *script)
    cli("solve", "a_rather_long_module_name_for_a_task.py", *script)
    ran = cli("runs", COLUMNS="80")
    lines = ran.out.splitlines()
    assert ran.code == 0
    assert "a_rather" in lines[1]
    assert "median.py:median" in lines[2]
    assert all(len(line) <= 80 for line in lines)
    rows = [json.loads(line) for line in cli("runs", "--json", "--limit", "1").out.splitlines()]
    assert [(row["status"], row["assurance"]) for row in rows] == [("solved", "TESTED")]


def test_reader_that_stops_reading_is_no_error(workplace: Any, cli: Any) -> None:
    script = workplace.script(*wrong(30), workplace.RIGHT)
    cli("solve", "median.py", *script)
    reading, writing = os.pipe()
    os.close(reading)
    ran = workplace.program("show", "latest", "--json", stdout=writing)
    os.close(writing)
    assert (ran.code, ran.err) == (0, "")


def test_ids_of_runs_are_easy_to_type(workplace: Any, cli: Any) -> None:
    cli("solve", "median.py", *workplace.script(workplace.RIGHT))
    run_id = json.loads(cli("runs", "--json").out)["id"]
    assert re.fullmatch(r"\d{8}-\d{6}-\w{4}", run_id)
    assert cli("show", run_id[-4:]).code == 0


def test_looking_into_a_store_that_is_not_there_does_not_make_one(cli: Any, tmp_path: Path) -> None:
    place = tmp_path / "mistyped.sqlite"
    for command in (["runs"], ["show", "latest"], ["resume", "latest"]):
        done = cli(*command, "--store", str(place))
        assert done.code == 2
        assert "there is no store here" in done.err
        assert not place.exists()
