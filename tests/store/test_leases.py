"""One process at a time appends to a run; a dead one's claim lapses, a living one's does not."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from proofsmith.errors import StoreError
from proofsmith.events import Remark
from proofsmith.store.leases import Holder

HOLD = """
import sys, time
sys.argv = [sys.argv[0], *sys.argv[1:]]
from proofsmith.store.store import Store
recorder = Store.open(sys.argv[1]).continue_run(sys.argv[2])
print("held", flush=True)
time.sleep(600)
"""


@pytest.fixture
def run_id(store, make):
    with store.start_run(make.started()) as recorder:
        recorder.record_all(make.step(1))
    return recorder.run_id


@pytest.fixture
def holder(path, run_id):
    """A live process that holds the run."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path), run_id], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout.readline() == "held\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def rewrite(path, **columns):
    with closing(sqlite3.connect(path)) as other, other:
        for column, value in columns.items():
            other.execute(f"UPDATE leases SET {column} = ?", (value,))


def test_a_run_in_use_by_a_live_process_is_refused(store, run_id, holder):
    with pytest.raises(StoreError, match=rf"run {run_id} is in use by process {holder.pid} on "):
        store.continue_run(run_id)
    assert store.summary(run_id).status == "running"


def test_the_claim_of_a_killed_process_lapses(store, run_id, holder):
    holder.send_signal(signal.SIGKILL)  # not reaped yet: a zombie still has its process id
    os.waitid(os.P_PID, holder.pid, os.WEXITED | os.WNOWAIT)
    assert store.summary(run_id).status == "stopped"
    with store.continue_run(run_id) as recorder:
        recorder.record(Remark("goes on"))
        assert store.summary(run_id).status == "running"
    assert store.summary(run_id).status == "stopped"


def test_the_same_process_does_not_continue_a_run_twice(store, run_id):
    with store.continue_run(run_id), pytest.raises(StoreError, match="in use"):
        store.continue_run(run_id)
    store.continue_run(run_id).close()


def test_a_new_process_with_the_old_number_is_not_the_holder(store, path, run_id):
    recorder = store.continue_run(run_id)
    rewrite(path, born="1", pid=os.getpid())
    store.continue_run(run_id).close()
    recorder.close()


def test_nothing_is_known_of_another_machine_but_force_takes_over(store, path, run_id):
    recorder = store.continue_run(run_id)
    rewrite(path, host="elsewhere/machine/boot/pid:[1]")
    with pytest.raises(StoreError, match="on elsewhere"):
        store.continue_run(run_id)
    with store.continue_run(run_id, force=True) as taken:
        taken.record(Remark("mine now"))
        with pytest.raises(StoreError, match="continued by another process"):
            recorder.record(Remark("still mine?"))
        recorder.close()
        with pytest.raises(StoreError, match="in use"):
            store.continue_run(run_id)


def test_another_container_of_this_machine_may_be_alive_but_nothing_before_a_reboot_is():
    here = Holder.here()
    host, machine, boot, namespace = here.host.split("/")
    assert not here.is_gone()
    assert not Holder(f"{host}/{machine}/{boot}/pid:[1]", 1, "1").is_gone()
    assert not Holder(f"{host}/other/older/{namespace}", 1, "1").is_gone()
    if machine:
        assert Holder(f"{host}/{machine}/older/{namespace}", here.pid, here.born).is_gone()


def test_a_run_that_cannot_be_read_is_released_again(store, path, run_id):
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("DROP TRIGGER events_no_update")
        other.execute("UPDATE events SET json = 'x' WHERE seq = 2")
    for _ in range(2):
        with pytest.raises(StoreError, match="event 2 is damaged"):
            store.continue_run(run_id)
