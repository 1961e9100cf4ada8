"""Runs are recorded, listed, found and read back as they were."""

import sqlite3
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from proofsmith.budget import Budget, Spend
from proofsmith.errors import BadInput, StoreError
from proofsmith.events import ExampleLearnt, NodeMerged, Remark, RunFinished, RunResumed, Spent
from proofsmith.python_spec import Call, Example, Outcome
from proofsmith.store.store import Store
from proofsmith.tree import Tree
from proofsmith.types import Assurance, Candidate, Proposal, Status


def test_a_run_reads_back_as_it_was_recorded(store, make):
    events = [make.started(), *make.step(1), make.added(2, 1), NodeMerged(2, 1)]
    events += [ExampleLearnt(Example(Call(({3},)), Outcome(6)), 1), Remark("odd", "note", (("k", "v"),))]
    events += [Spent(Spend(seconds=1.0)), RunFinished("exhausted", 1, Spend(seconds=1.0, candidates=2))]
    with store.start_run(events[0]) as recorder:
        for event in events[1:]:
            recorder.record(event)
    assert list(store.events(recorder.run_id)) == events
    assert list(store.tree(recorder.run_id)) == list(Tree.of(events))
    times = [time for time, _ in store.timed_events(recorder.run_id)]
    assert times == sorted(times)
    assert datetime.now(UTC) - times[0] < timedelta(minutes=1)


def test_what_was_recorded_is_there_for_another_process_before_record_returns(store, path, make):
    recorder = store.start_run(make.started())
    for event in make.step(1):
        recorder.record(event)
        with closing(sqlite3.connect(path)) as other:
            assert other.execute("SELECT count(*) FROM events").fetchone() == (recorder.events,)


def test_several_events_are_kept_together_or_not_at_all(store, make):
    recorder = store.start_run(make.started())
    recorder.record_all(make.step(1))
    with pytest.raises(TypeError):
        recorder.record_all([make.added(2), object()])
    recorder.record_all([])
    assert len(list(store.events(recorder.run_id))) == recorder.events == 4
    recorder.record_all(make.step(2))
    assert len(store.tree(recorder.run_id)) == 3


def test_a_run_starts_once(store, make):
    recorder = store.start_run(make.started())
    recorder.record(make.started())
    assert recorder.events == 1
    recorder.record(make.started(seed=5))
    assert store.tree(recorder.run_id).started.seed == 5
    assert store.summary(recorder.run_id).seed == 5
    recorder.record(make.added(1))
    with pytest.raises(StoreError, match="started already"):
        recorder.record(make.started(seed=6))
    with pytest.raises(StoreError, match="started already"):
        store.start_run(make.started()).record(make.started("other"))


def test_a_program_and_a_task_are_kept_once(store, path, make):
    for _ in range(2):
        with store.start_run(make.started()) as recorder:
            recorder.record_all([*make.step(1), make.added(2, 0, make.candidate(1))])
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT count(*) FROM candidates").fetchone() == (1,)
        assert other.execute("SELECT count(*) FROM tasks").fetchone() == (1,)
        texts = other.execute("SELECT group_concat(json) FROM events").fetchone()[0]
    assert "return x" not in texts
    assert "Double x" not in texts


@pytest.mark.parametrize("source", ["", "\0", "\ud800 lone", "é\u2028\r\n", "\U0001f600" * 1000])
def test_any_text_can_be_a_program(store, make, source):
    program = Candidate(source)
    with store.start_run(make.started()) as recorder:
        recorder.record(make.added(1, 0, program))
    *_, event = store.events(recorder.run_id)
    assert event.proposal.candidate == program
    assert store.candidate(program.hash) == program
    assert store.candidate("0" * 64) is None


def test_a_thought_has_no_program(store, make):
    thought = Proposal(None, thought="fold from the left")
    with store.start_run(make.started()) as recorder:
        event = type(make.added(1))(1, 0, thought, 1.0)
        recorder.record_all([event, make.failed(1)])
    assert list(store.events(recorder.run_id))[1] == event
    assert store.summary(recorder.run_id).candidates == 0


def test_history_cannot_be_changed_even_by_hand(store, path, make):
    store.start_run(make.started()).record(make.added(1))
    with closing(sqlite3.connect(path)) as other:
        for table in ("events", "candidates", "tasks"):
            with pytest.raises(sqlite3.DatabaseError, match="append-only"):
                other.execute(f"DELETE FROM {table}")
        with pytest.raises(sqlite3.DatabaseError, match="append-only"):
            other.execute("UPDATE events SET json = '{}'")


# -- summaries ---------------------------------------------------------------------------------


def test_a_summary_follows_the_run(store, make):
    recorder = store.start_run(make.started(seed=2**70))
    first = store.summary(recorder.run_id)
    assert (first.status, first.verdict, first.best, first.task) == ("running", None, None, "double")
    assert (first.seed, first.strategy, first.policy, first.version) == (2**70, "mcts", "symbolic", "0.1.0")
    recorder.record_all([make.added(1), make.failed(1, 0.25), make.added(2), make.failed(2, 0.75)])
    best = store.summary(recorder.run_id)
    assert (best.verdict, best.score, best.best) == (Status.FAIL, 0.75, 2)
    recorder.record_all([make.added(3), make.passed(3), Spent(Spend(seconds=2.5))])
    recorder.record_all([make.added(4), make.passed(4, Assurance.PROVED), make.added(5), make.failed(5)])
    recorder.record(RunFinished("solved", 3))
    recorder.close()
    done = store.summary(recorder.run_id)
    assert (done.status, done.reason, done.verdict, done.assurance, done.best) == (
        "solved", "solved", Status.PASS, Assurance.TESTED, 3,
    )  # fmt: skip
    assert done.candidate == make.candidate(3).hash
    assert (done.seconds, done.candidates, done.verifier_calls) == (2.5, 5, 5)
    assert done.started <= done.finished


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        ("solved", "solved"), ("interrupted", "interrupted"), ("exhausted", "unsolved"),
        ("budget: seconds", "unsolved"), ("failed: bwrap is broken", "failed"),
    ],
)  # fmt: skip
def test_how_a_run_ended_becomes_its_status(store, make, reason, status):
    with store.start_run(make.started()) as recorder:
        recorder.record(RunFinished(reason, None, Spend(seconds=3.0, candidates=7)))
    summary = store.summary(recorder.run_id)
    assert (summary.status, summary.reason, summary.candidates) == (status, reason, 7)


def test_a_node_judged_again_can_lose_its_place(store, make):
    recorder = store.start_run(make.started())
    recorder.record_all([make.added(1), make.passed(1), make.added(2), make.failed(2, 0.5)])
    recorder.record(make.failed(1, 0.25))
    summary = store.summary(recorder.run_id)
    assert (summary.best, summary.verdict) == (2, Status.FAIL) == (store.tree(recorder.run_id).best, "FAIL")


def test_runs_are_listed_newest_first_and_can_be_filtered(store, make):
    ids = []
    for name in ("a", "b", "a"):
        with store.start_run(make.started(name)) as recorder:
            ids.append(recorder.run_id)
    with store.continue_run(ids[0]) as recorder:
        recorder.record(RunFinished("solved"))
    assert [r.id for r in store.runs()] == ids[::-1]
    assert [r.id for r in store.runs(2)] == ids[:0:-1]
    assert [r.id for r in store.runs(None, task="a")] == [ids[2], ids[0]]
    assert [r.id for r in store.runs(status="solved")] == [ids[0]]
    assert [r.status for r in store.runs(status="stopped")] == ["stopped", "stopped"]
    assert store.runs(status="running") == ()


# -- finding -----------------------------------------------------------------------------------


def test_a_run_is_found_by_a_prefix_or_by_its_last_part(store, make):
    with pytest.raises(BadInput, match="holds no runs yet"):
        store.find("x")
    one, two = (store.start_run(make.started()).run_id for _ in range(2))
    assert store.find(one) == one
    assert store.find(two.rpartition("-")[2]) == two
    assert store.find("latest") == two
    shared = one[: next(i for i, (a, b) in enumerate(zip(one, two, strict=True)) if a != b)]
    with pytest.raises(BadInput, match="several runs") as caught:
        store.find(shared)
    assert one in str(caught.value)
    for unknown in ("nothing", "%", "_", "", "2%"):
        with pytest.raises(BadInput, match="there is no run") as caught:
            store.find(unknown)
        assert two in str(caught.value)


@pytest.mark.parametrize("read", ["events", "tree", "summary", "continue_run"])
def test_an_unknown_run_is_bad_input(store, read):
    with pytest.raises(BadInput, match="there is no run 'nothing'"):
        getattr(store, read)("nothing")


# -- verified programs -------------------------------------------------------------------------


def test_verified_programs_come_newest_first_and_once_per_task(store, make):
    with store.start_run(make.started("a")) as recorder:
        recorder.record_all([make.added(1), make.failed(1), make.added(2), make.passed(2)])
        recorder.record_all([make.added(3), make.passed(3), make.failed(3)])
    with store.start_run(make.started("b")) as recorder:
        recorder.record_all([make.added(1, 0, make.candidate(2)), make.passed(1, Assurance.PROVED)])
    with store.start_run(make.started("a")) as recorder:
        recorder.record_all([make.added(1, 0, make.candidate(2)), make.passed(1)])
    found = [(task.id, program, verdict.assurance) for task, program, verdict in store.verified()]
    assert found == [("a", make.candidate(2), "TESTED"), ("b", make.candidate(2), "PROVED")]
    assert [task.id for task, *_ in store.verified(limit=1)] == ["a"]
    assert list(store.verified("dafny")) == []


# -- continuing --------------------------------------------------------------------------------


def test_a_run_goes_on_where_it_stopped(store, make):
    with store.start_run(make.started()) as recorder:
        recorder.record_all([*make.step(1), Spent(Spend(seconds=1.0)), RunFinished("interrupted", 1)])
    with store.continue_run(recorder.run_id) as more:
        assert more.events == recorder.events == 6
        more.record_all([RunResumed(Budget(seconds=9.0)), make.added(2), make.passed(2)])
        assert store.summary(recorder.run_id).status == "running"
        more.record_all([Spent(Spend(seconds=1.0)), RunFinished("solved", 2)])
    summary = store.summary(recorder.run_id)
    assert (summary.status, summary.seconds, summary.candidates, summary.best) == ("solved", 2.0, 2, 2)
    assert len(list(store.events(recorder.run_id))) == 11


def test_a_closed_recorder_records_no_more(store, make):
    recorder = store.start_run(make.started())
    recorder.close()
    recorder.close()
    with pytest.raises(StoreError, match="is closed"):
        recorder.record(make.added(1))


def test_threads_share_a_recorder(store, make):
    recorder = store.start_run(make.started())

    def work(number):
        for i in range(25):
            recorder.record(Remark(f"{number}.{i}"))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    texts = [e.text for e in store.events(recorder.run_id) if isinstance(e, Remark)]
    assert len(set(texts)) == 100
    for number in range(4):
        mine = [t for t in texts if t.startswith(f"{number}.")]
        assert mine == [f"{number}.{i}" for i in range(25)]


def test_the_checkpoints_lie_beside_the_store(store, path):
    assert store.checkpoint_path("any") == path.with_name("store.sqlite.checkpoints.sqlite")


def test_reading_a_long_run_holds_no_lock(store, path, make):
    recorder = store.start_run(make.started())
    recorder.record_all([Remark(str(i)) for i in range(1200)])
    reading = store.events(recorder.run_id)
    next(reading)
    with Store.open(str(path)) as other, other.start_run(make.started()) as second:
        second.record(Remark("while reading"))
        with closing(sqlite3.connect(path)) as plain:
            assert plain.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
    assert sum(1 for _ in reading) == 1200
