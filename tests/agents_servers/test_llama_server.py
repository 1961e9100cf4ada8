"""A real model server does what we ask it for, and what we ask it for arrives."""

import contextlib
import json
import re
import sqlite3
import threading
import time

import pytest

from proofsmith.agents.models.types import ContextOverflow, ModelError
from proofsmith.agents.policies.model.languages.python_grammar import python_grammar
from proofsmith.budget import Budget
from proofsmith.cli.main import invoke
from proofsmith.events import BackedUp, NodeAdded, NodeJudged
from proofsmith.model_calls import Message, Request, Sampling
from proofsmith.python_spec import Parameter, Signature
from proofsmith.store.store import Store
from proofsmith.types import Status

TIME = Budget(seconds=60.0)
DIGITS = 'root ::= [0-9]{12}'  # fmt: skip
PROBLEM = """(set-logic LIA)
(synth-fun pick ((a Int) (b Int)) Int
  ((S Int) (C Bool))
  ((S Int (a b (ite C a b)))
   (C Bool ((< a b) (> a b)))))
(declare-var a Int)
(declare-var b Int)
{constraints}
(check-synth)
"""
SMALLER = PROBLEM.format(constraints="(constraint (and (<= (pick a b) a) (<= (pick a b) b)))")
IMPOSSIBLE = PROBLEM.format(constraints="(constraint (= (pick a b) (+ a b)))")


def ask(text="Say something.", **options):
    more = {k: options.pop(k) for k in ("grammar", "json_schema") if k in options}
    return Request((Message("user", text),), Sampling(**{"max_tokens": 24, **options}), **more)


def test_the_probe_finds_out_what_it_does(connect, llama):
    client = connect(llama)
    features = client.features
    assert client.dialect.name == "llama.cpp"
    assert (features.n, features.logprobs, features.seed) == (True, True, True)
    assert (features.grammar, features.json_schema, features.context) == (True, True, 4096)
    assert features.tools is False  # noise calls no tools


def test_one_request_gives_several_answers_and_the_seed_repeats_them(connect, llama):
    client = connect(llama)
    first = client.complete(ask(n=3, seed=5), TIME)
    again = client.complete(ask(n=3, seed=5), TIME)
    other = client.complete(ask(n=3, seed=6), TIME)
    assert first.requests == 1
    assert {"n", "seed"} <= set(first.honoured)
    assert len({s.text for s in first.samples}) == 3
    assert [s.text for s in first.samples] == [s.text for s in again.samples]
    assert [s.text for s in first.samples] != [s.text for s in other.samples]
    assert first.usage.prompt_tokens == len("<user>Say something.\n<assistant>")


def test_log_probabilities_and_token_ids_are_those_of_the_answer(connect, llama):
    sample = connect(llama).complete(ask(grammar=DIGITS, logprobs=5), TIME).samples[0]
    assert re.fullmatch(r"[0-9]{12}", sample.text)
    assert sample.token_ids is not None
    assert bytes(sample.token_ids[:12]).decode() == sample.text  # a token is a byte here
    assert sample.logprobs is not None
    assert sample.entropies is not None
    assert len(sample.logprobs) == len(sample.entropies) == len(sample.token_ids)
    assert all(p < 0 for p in sample.logprobs)
    assert sample.self_certainty is not None
    assert sample.self_certainty >= 0


def test_sampling_truncates_nothing_unless_asked_to(connect, llama):
    client = connect(llama)

    def distinct(**options):
        replies = client.complete_all(
            [ask(n=16, max_tokens=1, seed=i, logprobs=0, **options) for i in range(16)], TIME
        )
        assert not [r for r in replies if isinstance(r, ModelError)]
        return len({s.logprobs for r in replies for s in r.samples})

    assert distinct() > 60  # the server's own default keeps 40
    assert distinct(top_k=3) == 3


def test_answers_obey_grammar_and_schema_also_at_a_high_temperature(connect, llama):
    client = connect(llama)
    schema = {
        "type": "object",
        "properties": {"k": {"enum": ["aa", "bb"]}},
        "required": ["k"],
        "additionalProperties": False,
    }
    for seed in range(4):
        hot = {"temperature": 3.0, "seed": seed, "max_tokens": 120}
        assert re.fullmatch(r"[0-9]{12}", client.complete(ask(grammar=DIGITS, **hot), TIME).text)
        reply = client.complete(ask(json_schema=json.dumps(schema), **hot), TIME)
        assert json.loads(reply.text)["k"] in ("aa", "bb")
        assert "json_schema" in reply.honoured


def test_our_grammar_of_python_functions_keeps_the_server_quick(connect, llama):
    client = connect(llama)
    signature = Signature("f", (Parameter("xs", "list"), Parameter("n", "int")))
    request = ask(grammar=python_grammar(signature), max_tokens=300, n=4, seed=1)
    reply = client.complete(request, Budget(seconds=30.0))
    assert len({s.text for s in reply.samples}) == 4
    assert all(s.text.startswith("```python\ndef f(xs: list, n: int):\n    ") for s in reply.samples)


def test_a_prompt_that_is_too_long_is_shortened_to_what_fits(connect, llama):
    client = connect(llama)
    long = ask("x" * 20_000)
    with pytest.raises(ContextOverflow) as caught:
        client.complete(long, TIME)
    assert caught.value.share is not None
    assert 0.1 < caught.value.share < 0.21
    reply = client.complete(long, TIME, lambda request, share: ask("x" * int(20_000 * share)))
    assert reply.usage.prompt_tokens < 4096
    assert reply.sent is not None


def test_a_server_that_is_restarted_in_the_middle_answers_everything(connect, restartable):
    client = connect(restartable, patience=60.0)
    lines: list[str] = []
    client.attention.notify = lines.append

    def restart():
        time.sleep(0.3)
        restartable.stop()
        time.sleep(1.5)
        restartable.start()

    restarting = threading.Thread(target=restart)
    restarting.start()
    texts = []
    for wave in range(5):
        replies = client.complete_all([ask(f"{wave}/{i}", max_tokens=64, seed=i) for i in range(8)], TIME)
        texts += [r.text for r in replies if not isinstance(r, ModelError)]
        time.sleep(0.2)
    restarting.join()
    assert len(texts) == 40
    assert len(lines) == 2
    assert "does not answer" in lines[0]
    assert "answers again" in lines[1]


def solve(tmp_path, text, *options):
    problem = tmp_path / "problem.sl"
    problem.write_text(text)
    store = tmp_path / ("played.sqlite" if "--replay" in options else "store.sqlite")
    code = invoke(["solve", str(problem), "--plain", "--store", str(store), *options])
    with Store.open(str(store)) as opened:
        return code, list(opened.events(opened.find("latest")))


def test_noise_held_to_the_problems_grammar_is_searched_until_it_is_proved(llama, tmp_path, capsys):
    cassette = str(tmp_path / "calls.jsonl")
    model = ("--base-url", llama.url, "--planner", "symbolic", "--critic", "symbolic")
    code, events = solve(tmp_path, SMALLER, *model, "--coder", "tiny", "--record", cassette, "--time", "300")
    shown = capsys.readouterr()
    assert code == 0, shown.err
    assert "PASS, PROVED" in shown.err
    assert "model call" in shown.err
    played_code, played = solve(tmp_path, SMALLER, "--replay", cassette, "--time", "300")
    assert played_code == 0

    def steps(found):
        kept = [e for e in found if isinstance(e, NodeAdded | BackedUp)]
        return kept, [(e.node, e.verdict.status) for e in found if isinstance(e, NodeJudged)]

    assert steps(played) == steps(events)


def test_a_run_whose_server_dies_ends_cleanly_and_says_so(restartable, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("PROOFSMITH_PATIENCE", "2")
    monkeypatch.setenv("PROOFSMITH_MODEL_CACHE", "0")
    watcher = threading.Thread(target=_kill_after_first_call, args=(restartable, tmp_path / "store.sqlite"))
    watcher.start()
    options = (
        "--base-url",
        restartable.url,
        "--planner",
        "symbolic",
        "--critic",
        "symbolic",
        "--coder",
        "tiny",
    )
    code, events = solve(tmp_path, IMPOSSIBLE, *options, "--time", "300")
    watcher.join()
    shown = capsys.readouterr().err
    assert code == 3
    assert "does not answer" in shown
    assert "go on:" in shown
    assert "Traceback" not in shown
    judged = [e.verdict.status for e in events if isinstance(e, NodeJudged)]
    assert judged
    assert Status.ERROR not in judged
    assert events[-1].reason.startswith("failed: the model server")


def _kill_after_first_call(server, store):
    """Kill the server when the store at `store` has a model call."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if store.exists():
            with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(store)) as file:
                if file.execute("SELECT count(*) FROM model_calls").fetchone()[0]:
                    server.stop()
                    return
        time.sleep(0.05)
