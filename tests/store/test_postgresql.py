"""The same promises on a PostgreSQL server. Needs one: set PROOFSMITH_TEST_POSTGRES to the URL of a
database in which the user may create databases, and install psycopg.
"""

import os
import secrets
import signal
import subprocess
import sys
import time

import pytest
from sqlalchemy import create_engine, make_url, text

from proofsmith.budget import Spend
from proofsmith.errors import StoreError
from proofsmith.events import NodeAdded, RunFinished, Spent
from proofsmith.store import schema
from proofsmith.store.store import Store
from proofsmith.tree import Tree
from proofsmith.types import Candidate

SERVER = os.environ.get("PROOFSMITH_TEST_POSTGRES")
if not SERVER:
    pytest.skip("no PostgreSQL server: set PROOFSMITH_TEST_POSTGRES", allow_module_level=True)


@pytest.fixture
def url():
    """The URL of a new, empty database."""
    server = make_url(SERVER).set(drivername="postgresql+psycopg")
    name = f"proofsmith_test_{secrets.token_hex(4)}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield server.set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


def execute(url, statement):
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            return connection.execute(text(statement))
    finally:
        engine.dispose()


def test_a_run_is_recorded_read_back_listed_and_continued(url, make):
    events = [make.started(), *make.step(1), make.added(2, 1, Candidate("\0\ud800")), make.passed(2)]
    events += [Spent(Spend(seconds=1.0)), RunFinished("solved", 2, Spend(seconds=1.0, candidates=2))]
    with Store.open(url) as store, store.start_run(events[0]) as recorder:
        recorder.record_all(events[1:])
        run_id = recorder.run_id
    with Store.open(url) as store:
        assert list(store.events(run_id)) == events
        assert list(store.tree(run_id)) == list(Tree.of(events))
        assert store.find(run_id[-4:]) == run_id
        (summary,) = store.runs(task="double")
        assert (summary.status, summary.seconds, summary.candidates, summary.best) == ("solved", 1.0, 2, 2)
        ((task, program, verdict),) = store.verified()
        assert (task.id, program.source, verdict.status) == ("double", "\0\ud800", "PASS")
        with store.continue_run(run_id) as more:
            assert more.events == len(events)
            with pytest.raises(StoreError, match="in use"):
                store.continue_run(run_id)
            more.record(make.added(3, 0, make.candidate(1)))
        assert len(list(store.events(run_id))) == len(events) + 1


@pytest.mark.parametrize(
    "statement", ["DELETE FROM events", "UPDATE candidates SET language = ''", "TRUNCATE events CASCADE"]
)
def test_history_cannot_be_changed_even_by_hand(url, make, statement):
    with Store.open(url) as store, store.start_run(make.started()) as recorder:
        recorder.record_all(make.step(1))
    with pytest.raises(Exception, match="append-only"):
        execute(url, statement)


def test_a_newer_store_is_refused(url):
    Store.open(url).close()
    execute(url, f"UPDATE {schema.VERSION_TABLE} SET version_num = '0042'")
    with pytest.raises(StoreError, match=r"0042.*pip install -U proofsmith"):
        Store.open(url)


def test_tables_of_another_program_are_no_hindrance_unless_they_have_our_names(url):
    execute(url, "CREATE TABLE recipes (id int)")
    Store.open(url).close()
    execute(url, f"DROP TABLE {schema.VERSION_TABLE}")
    with pytest.raises(StoreError, match="not a store of Proofsmith"):
        Store.open(url)


def test_an_absent_server_is_one_line_without_the_password(url):
    address = make_url(url).set(host="127.0.0.1", port=1, password="geheim", query={})
    with pytest.raises(StoreError) as caught:
        Store.open(address.render_as_string(hide_password=False))
    assert "geheim" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_processes_make_the_store_and_write_at_once_and_survive_kill_9(url, make):
    command = [sys.executable, make.path, url]
    writers = [subprocess.Popen([*command, "200"], stderr=subprocess.PIPE, text=True) for _ in range(2)]
    for process in writers:
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
    process = subprocess.Popen([*command, "100000"], stdout=subprocess.PIPE, text=True)
    run_id = process.stdout.readline().strip()
    seen = [process.stdout.readline() for _ in range(2)]
    time.sleep(0.2)
    process.send_signal(signal.SIGKILL)
    seen += process.communicate()[0].splitlines()
    with Store.open(url) as store:
        assert [r.candidates for r in store.runs()[1:]] == [67, 67]
        events = list(store.events(run_id))
        assert len(events) >= int(seen[-2])
        wanted = [e for node in range(1, len(events) // 3 + 2) for e in make.step(node)]
        assert events[1:] == wanted[: len(events) - 1]
        store.continue_run(run_id).close()
        assert store.summary(run_id).candidates == sum(isinstance(e, NodeAdded) for e in events)


def test_a_lock_is_waited_for_some_seconds_only(url, make):
    with Store.open(url) as store, store.start_run(make.started()) as recorder:
        engine = create_engine(url)
        with engine.begin() as other:
            other.execute(text("LOCK TABLE events IN EXCLUSIVE MODE"))
            with pytest.raises(StoreError, match="is locked by another process"):
                recorder.record(make.added(1))
        engine.dispose()
        recorder.record(make.added(1))
    with Store.open(url) as store:
        assert len(list(store.events(recorder.run_id))) == 2
