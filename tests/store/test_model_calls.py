"""Calls of language models are kept whole, what they repeat is kept once, and older stores are migrated."""

import sqlite3
from contextlib import closing

import pytest
from alembic import command
from alembic.config import Config

from proofsmith.errors import StoreError
from proofsmith.events import ModelCalled
from proofsmith.model_calls import Message, Reply, Request, Sample, Sampling, ToolCall, ToolSpec, Usage
from proofsmith.store import migrate
from proofsmith.store.database import connect, engine_for
from proofsmith.store.location import resolve
from proofsmith.store.store import Store
from proofsmith.tree import Tree

SYSTEM = Message("system", "You write small programs. \ud83d \0 keep to the point.")


def called(text: str = "def f(): ...", cost: float | None = None, seed: int = 1) -> ModelCalled:
    request = Request(
        (SYSTEM, Message("user", f"Attempt {seed}")),
        Sampling(n=2, seed=seed, stop=("\n\n",), logprobs=3),
        grammar='root ::= "a"',
        json_schema='{"type": "object"}',
        tools=(ToolSpec("run", "Runs the program."),),
        purpose="code",
        template="ab" * 32,
    )
    samples = (
        Sample(text, tokens=("def", " f"), token_ids=(1, 2), logprobs=(-0.5, -0.25), entropies=(0.1, 0.2)),
        Sample("", "tool_calls", tool_calls=(ToolCall("1", "run", '{"x": 1}'),)),
    )
    reply = Reply(samples, Usage(100, 20), cost, "tiny", "http://localhost/v1", 0.5, call="0123456789abcdef")
    return ModelCalled(request, reply, "coder", 3)


def test_a_call_reads_back_as_it_was_recorded_and_counts_as_spent(store, make):
    events = [make.started(), called(cost=0.25), called(cost=None)]
    with store.start_run(events[0]) as recorder:
        recorder.record_all(events[1:])
    assert list(store.events(recorder.run_id)) == events
    spent = store.summary(recorder.run_id).spend
    assert (spent.model_calls, spent.tokens, spent.cost) == (2, 240, 0.25)
    tree = store.tree(recorder.run_id)
    assert tree.unpriced == 1
    assert tree.spent.tokens == Tree.of(events).spent.tokens == 240


def test_what_calls_have_in_common_is_kept_once(store, path, make):
    with store.start_run(make.started()) as recorder:
        for seed in range(20):
            recorder.record(called(seed=seed))
    with closing(sqlite3.connect(path)) as file:
        bodies = [row[0] for row in file.execute("SELECT body FROM texts")]
        rows = file.execute("SELECT json FROM events WHERE kind = 'ModelCalled'").fetchall()
        calls = file.execute(
            "SELECT call, agent, node, cost, cached, prompt_tokens FROM model_calls"
        ).fetchall()
    assert sum("keep to the point" in body for body in bodies) == 1
    assert len(bodies) == 20 + 6  # the questions; system message, grammar, schema, tool, two answers
    assert not any("keep to the point" in row[0] for row in rows)
    assert set(calls) == {("0123456789abcdef", "coder", 3, None, 0, 100)}


def test_what_was_said_cannot_be_changed(store, path, make):
    with store.start_run(make.started()) as recorder:
        recorder.record(called())
    with closing(sqlite3.connect(path)) as file:
        for table in ("texts", "model_calls"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                file.execute(f"DELETE FROM {table}")
        file.execute("DROP TRIGGER texts_no_update")
        file.execute("UPDATE texts SET body = replace(body, 'def f', 'def g') WHERE body LIKE '%def f%'")
        file.commit()
    with pytest.raises(StoreError, match="event 1 is damaged: a text of a model call"):
        list(store.events(recorder.run_id))


def test_a_store_of_before_is_migrated_after_a_copy_was_made(path, make):
    engine = engine_for(resolve(str(path)))
    config = Config()
    config.set_main_option("script_location", str(migrate.FOLDER))
    with connect(engine, writes=True) as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    engine.dispose()
    with Store.open(str(path)) as store, store.start_run(make.started()) as recorder:
        recorder.record(called())
        assert list(store.events(recorder.run_id))[1] == called()
    with closing(sqlite3.connect(path.with_name(f"{path.name}.v0001.backup"))) as copy:
        tables = {row[0] for row in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert "events" in tables
    assert "texts" not in tables
