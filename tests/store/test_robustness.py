"""What happens to the store when processes, disks and files misbehave: one clear line, nothing lost."""

import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest

from proofsmith.errors import BadInput, StoreError
from proofsmith.events import NodeAdded, Remark, RunResumed, RunStarted
from proofsmith.store import migrate, schema
from proofsmith.store.database import LOCK_SECONDS
from proofsmith.store.store import Store


def write(make, path, count, *more, **options):
    command = [sys.executable, make.path, str(path), str(count), *more]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


# -- killed processes --------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_after_kill_9_the_events_are_a_prefix_and_the_run_goes_on(path, make, seed):
    process = write(make, path, 1_000_000)
    run_id = process.stdout.readline().strip()
    process.stdout.readline()
    time.sleep(random.Random(seed).uniform(0.0, 0.3))
    process.send_signal(signal.SIGKILL)
    out, _ = process.communicate()
    seen = [int(line) for line in out.splitlines(keepends=True) if line.endswith("\n")]
    with Store.open(str(path)) as store:
        events = list(store.events(run_id))
        assert len(events) >= (seen[-1] if seen else 2)
        assert isinstance(events[0], RunStarted)
        wanted = [e for node in range(1, len(events) // 3 + 2) for e in make.step(node)]
        assert events[1:] == wanted[: len(events) - 1]
        assert store.summary(run_id).status == "stopped"
    more = write(make, path, len(events) + 40, run_id)
    _, err = more.communicate(timeout=120)
    assert more.returncode == 0, err
    with Store.open(str(path)) as store:
        after = list(store.events(run_id))
        assert after[: len(events)] == events
        assert isinstance(after[len(events)], RunResumed)
        assert len(after) >= len(events) + 40
        numbers = [e.node for e in after if isinstance(e, NodeAdded)]
        assert numbers == list(range(1, len(numbers) + 1))
        assert store.summary(run_id).candidates == len(numbers)


def test_two_processes_write_different_runs_at_once(path, make):
    processes = [write(make, path, 400) for _ in range(2)]
    for process in processes:
        _, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
    with Store.open(str(path)) as store:
        runs = store.runs()
        assert len(runs) == 2
        for run in runs:
            assert len(list(store.events(run.id))) == 400


def test_several_processes_make_a_new_store_at_once(path):
    program = f"from proofsmith.store.store import Store; Store.open({str(path)!r}).close()"
    processes = [
        subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.PIPE, text=True) for _ in range(4)
    ]
    for process in processes:
        _, err = process.communicate(timeout=120)
        assert process.returncode == 0, err


# -- locks -------------------------------------------------------------------------------------


def test_a_locked_store_is_an_error_within_seconds(store, path, make, in_time):
    recorder = store.start_run(make.started())
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with in_time(LOCK_SECONDS), pytest.raises(StoreError, match="is locked by another process"):
            recorder.record(make.added(1))
        other.execute("ROLLBACK")
    recorder.record(make.added(1))
    assert recorder.events == 2


def test_a_store_that_another_process_keeps_to_itself_does_not_open(store, path):
    store.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode=EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError, match="is locked by another process"):
            Store.open(str(path))


def test_a_short_lock_is_waited_for(store, path, make):
    recorder = store.start_run(make.started())
    hold = "import sqlite3, sys, time; c = sqlite3.connect(sys.argv[1], isolation_level=None); "
    hold += "c.execute('BEGIN IMMEDIATE'); print('held', flush=True); time.sleep(0.7)"
    with subprocess.Popen([sys.executable, "-c", hold, str(path)], stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        recorder.record(make.added(1))


# -- full disks --------------------------------------------------------------------------------

FILL = """
import sys
from proofsmith.errors import StoreError
from proofsmith.events import Remark
from proofsmith.store.store import Store
sys.path.insert(0, sys.argv[2])
import writer
store = Store.open(sys.argv[1])
recorder = store.start_run(writer.started())
kept = 1
try:
    while True:
        recorder.record(Remark("x" * 5000))
        kept += 1
except StoreError as error:
    print(error)
with Store.open(sys.argv[1]) as again:
    print(kept, len(list(again.events(recorder.run_id))))
"""


def filled(make, path, prefix=(), **options):
    command = [*prefix, sys.executable, "-c", FILL, str(path), os.path.dirname(make.path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, **options)
    assert done.returncode == 0, done.stderr
    message, counts = done.stdout.splitlines()
    kept, read = counts.split()
    assert kept == read
    assert int(kept) > 10
    return message


def test_a_full_disk_is_an_error_and_what_was_recorded_stays_readable(make, bubblewrap):
    small_disk = [bubblewrap, "--ro-bind", "/", "/", "--size", "1500000", "--tmpfs", "/mnt", "--dev", "/dev"]
    message = filled(make, "/mnt/store.sqlite", small_disk)
    assert message.startswith("the store /mnt/store.sqlite cannot grow: the disk is full")


def test_a_file_size_limit_is_an_error_and_what_was_recorded_stays_readable(make, path):
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))

    message = filled(make, path, preexec_fn=limit)
    assert "disk error, quota or file-size limit" in message
    assert str(path) in message


# -- files that are no store, or another version's -----------------------------------------------


def test_a_file_that_is_no_database_is_refused_and_left_alone(path):
    path.write_text("my precious notes\n" * 1000)
    with pytest.raises(StoreError, match="is not a database"):
        Store.open(str(path))
    assert path.read_text() == "my precious notes\n" * 1000


def test_somebody_else_s_database_is_refused_and_left_alone(path):
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("CREATE TABLE recipes (id)")
    with pytest.raises(StoreError, match=r"not a store of Proofsmith.*'recipes'"):
        Store.open(str(path))
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("recipes",)]


def test_an_empty_file_becomes_a_store(path):
    path.touch()
    with Store.open(str(path)) as store:
        assert store.runs() == ()


def test_a_folder_is_bad_input(tmp_path):
    with pytest.raises(BadInput, match="is a folder"):
        Store.open(str(tmp_path))


@pytest.mark.parametrize("place", ["/proc/nowhere/store.sqlite", "file/store.sqlite", "/sys/store.sqlite"])
def test_a_place_that_cannot_be_written_is_said(tmp_path, place):
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"store.sqlite (cannot be used|cannot be opened|is read-only)"):
        Store.open(str(tmp_path / place))


def test_a_read_only_file_is_said(path, make, bubblewrap):
    Store.open(str(path)).close()
    program = (
        "import sys; from proofsmith.errors import StoreError; from proofsmith.store.store import Store\n"
        "try: Store.open(sys.argv[1]).continue_run('x')\n"
        "except StoreError as error: print(error)"
    )
    command = [bubblewrap, "--ro-bind", "/", "/", "--dev", "/dev", sys.executable, "-c", program, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200)
    assert "is read-only" in done.stdout or "cannot be opened" in done.stdout, done


def test_a_newer_store_is_refused_with_both_versions_and_what_to_do(path):
    Store.open(str(path)).close()
    with closing(sqlite3.connect(path)) as other, other:
        other.execute(f"UPDATE {schema.VERSION_TABLE} SET version_num = '0042'")
    with pytest.raises(StoreError) as caught:
        Store.open(str(path))
    message = str(caught.value)
    assert "0042" in message
    assert schema.HEAD in message
    assert "pip install -U proofsmith" in message
    assert "\n" not in message


NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{head}"


def upgrade():
    op.add_column("runs", sa.Column("colour", sa.Text))
    {then}
"""


@pytest.fixture
def newer_code(tmp_path, monkeypatch):
    """Code one schema version ahead, with a real migration; returns a function to write that."""
    folder = tmp_path / "100% new" / "migrations"
    shutil.copytree(migrate.FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    old_head = schema.HEAD

    def install(then="pass"):
        (folder / "versions" / "m9999_next.py").write_text(NEXT.format(head=old_head, then=then))
        monkeypatch.setattr(migrate, "FOLDER", folder)
        monkeypatch.setattr(schema, "HEAD", "9999")

    return install


def test_an_older_store_is_migrated_after_a_backup(path, make, newer_code):
    with Store.open(str(path)) as store, store.start_run(make.started()) as recorder:
        recorder.record_all(make.step(1))
    old = schema.HEAD
    newer_code()
    with Store.open(str(path)) as store:
        assert len(list(store.events(recorder.run_id))) == 4
    with closing(sqlite3.connect(path)) as migrated:
        assert migrated.execute("SELECT colour FROM runs").fetchall() == [(None,)]
    backup = path.with_name(f"store.sqlite.v{old}.backup")
    with closing(sqlite3.connect(backup)) as copy:
        assert copy.execute("SELECT count(*) FROM events").fetchone() == (4,)
    Store.open(str(path)).close()
    assert len(list(path.parent.glob("*.backup*"))) == 1


def test_a_migration_that_fails_changes_nothing(path, make, newer_code):
    with Store.open(str(path)) as store, store.start_run(make.started()) as recorder:
        recorder.record_all(make.step(1))
    old = schema.HEAD
    newer_code(then="op.execute('SELECT 1 FROM nowhere')")
    with pytest.raises(StoreError, match="nowhere"):
        Store.open(str(path))
    with closing(sqlite3.connect(path)) as other:
        assert other.execute(f"SELECT version_num FROM {schema.VERSION_TABLE}").fetchone() == (old,)
        assert "colour" not in [row[1] for row in other.execute("PRAGMA table_info(runs)")]


# -- damage ------------------------------------------------------------------------------------


@pytest.fixture
def damaged(store, path, make):
    """A run of four events, and a function that changes its rows by hand."""
    with store.start_run(make.started()) as recorder:
        recorder.record_all(make.step(1))

    def change(statement):
        with closing(sqlite3.connect(path)) as other, other:
            for table in ("events", "candidates", "tasks"):
                other.execute(f"DROP TRIGGER {table}_no_update")
                other.execute(f"DROP TRIGGER {table}_no_delete")
            other.execute(statement)
        return recorder.run_id

    return change


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("UPDATE events SET json = substr(json, 1, 40) WHERE seq = 2", "event 2 is damaged"),
        ("UPDATE events SET json = '[]' WHERE seq = 2", "event 2 is damaged: it should be a NodeJudged"),
        ("UPDATE events SET json = '{\"@\":\"NodeAdded\"}' WHERE seq = 1", "event 1 is damaged"),
        ("UPDATE events SET kind = 'Invented' WHERE seq = 3", "event 3 is damaged"),
        ("UPDATE events SET json = replace(json, '0.5', '7.5') WHERE seq = 2", "event 2 is damaged: score"),
        ("UPDATE events SET json = replace(json, 'node', 'knot') WHERE seq = 3", "event 3 is damaged"),
        ("UPDATE events SET json = replace(json, '{', '[') WHERE seq = 0", "event 0 is damaged"),
        ("DELETE FROM events WHERE seq = 2", "event 2 is missing"),
        ("UPDATE candidates SET source = CAST('f = 2' AS BLOB)", "event 1 is damaged: its program"),
        ("UPDATE candidates SET source = x'ff'", "event 1 is damaged"),
        ("UPDATE tasks SET json = replace(json, 'Double', 'Triple')", "its task is damaged"),
        ("DELETE FROM tasks", "its task is damaged: it is missing"),
        ("UPDATE events SET json = replace(json, ':1,', ':9,') WHERE seq = 1", "do not fit together"),
    ],
)  # fmt: skip
def test_a_damaged_record_names_the_run_and_the_event(store, damaged, statement, message):
    run_id = damaged(statement)
    with pytest.raises(StoreError, match=message) as caught:
        store.tree(run_id)
    assert f"run {run_id}" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_with_overwritten_pages_is_said_to_be_damaged(path, make):
    with Store.open(str(path)) as store, store.start_run(make.started()) as recorder:
        recorder.record_all([Remark("x" * 3000) for _ in range(50)])
        with closing(sqlite3.connect(path)) as other:
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    blocks = bytearray(path.read_bytes())
    blocks[4096:] = random.Random(1).randbytes(len(blocks) - 4096)
    path.write_bytes(bytes(blocks))
    with pytest.raises(StoreError, match=r"is damaged|is not a database"), Store.open(str(path)) as store:
        list(store.events(recorder.run_id))
