"""Cache, cassettes and accounting around a client, without any server."""

import threading
import time
from dataclasses import replace

import pytest

from proofsmith.agents.ledger import RunLedger
from proofsmith.agents.models.accounting import billed
from proofsmith.agents.models.cache import CachedClient, ReplyCache
from proofsmith.agents.models.cassettes import Cassette, Recording, RecordingClient
from proofsmith.agents.models.types import (
    BadReply,
    ContextOverflow,
    Features,
    LimitReached,
    ModelError,
    Models,
    NotRecorded,
    ServerDown,
)
from proofsmith.budget import Budget, Meter, Spend
from proofsmith.errors import BadInput, StoreError
from proofsmith.events import ModelCalled, Spent
from proofsmith.model_calls import Message, Reply, Request, Sample, Sampling, Usage

NO_LIMIT = Budget()


class Counting:
    """A client that answers with numbers, one up each time; `errors` come first."""

    def __init__(self, cost: float | None = None, errors: tuple[ModelError, ...] = (), seconds: float = 0.0):
        self.name, self.features, self.url = "counting", Features(n=True), "http://localhost/v1"
        self.prices = None if cost is None else (0.0, cost / 10)
        self.cost, self.errors, self.seconds = cost, list(errors), seconds
        self.asked: list[Request] = []
        self.at_once = self.most_at_once = 0
        self._lock = threading.Lock()

    def complete(self, request, budget, shorten=None):
        (reply,) = self.complete_all((request,), budget, shorten)
        if isinstance(reply, ModelError):
            raise reply
        return reply

    def complete_all(self, requests, budget, shorten=None):
        with self._lock:
            self.at_once += len(requests)
            self.most_at_once = max(self.most_at_once, self.at_once)
        time.sleep(self.seconds)
        with self._lock:
            self.at_once -= len(requests)
            return tuple(self._answer(r) for r in requests)

    def close(self):
        return None

    def _answer(self, request):
        self.asked.append(request)
        if self.errors:
            return self.errors.pop(0)
        n = request.sampling.n
        samples = tuple(Sample(f"{len(self.asked)}.{request.index + i}", logprobs=(-1.0,)) for i in range(n))
        usage = Usage(5, 2 * n)
        return Reply(samples, usage, self.cost, self.name, self.url, 0.01, honoured=("seed", "n"))


def ask(text="hello", n=1, **changes):
    sampling = Sampling(n=n, max_tokens=10, seed=1)
    return replace(Request((Message("user", text),), sampling, purpose="code"), **changes)


@pytest.fixture
def cache(tmp_path):
    cache = ReplyCache(tmp_path / "answers.sqlite")
    yield cache
    cache.close()


def test_equal_requests_are_answered_from_the_cache_and_cost_nothing(cache):
    inner = Counting(cost=1.0)
    client = CachedClient(inner, cache, ("m", "u"))
    first = client.complete(ask(n=2), NO_LIMIT)
    again = client.complete(ask(n=2, purpose="other", template="other"), NO_LIMIT)
    assert (first.cached, again.cached) == (False, True)
    assert again.samples == first.samples
    assert again.spend == Spend()
    assert again.honoured == ("seed", "n")
    assert len(inner.asked) == 1


@pytest.mark.parametrize(
    "other",
    [
        ask("else"),
        ask(sampling=Sampling(max_tokens=10, seed=2)),
        ask(sampling=Sampling(max_tokens=11, seed=1)),
        ask(sampling=Sampling(max_tokens=10, seed=1, temperature=0.5)),
        ask(grammar="root ::= 'a'"),
        ask(index=1),
    ],
)
def test_other_requests_are_not(cache, other):
    inner = Counting()
    client = CachedClient(inner, cache, ("m", "u"))
    client.complete(ask(), NO_LIMIT)
    assert not client.complete(other, NO_LIMIT).cached


def test_another_server_or_model_has_answers_of_its_own(cache):
    inner = Counting()
    for context in (("m", "u"), ("m", "v"), ("n", "u"), ("m", "u", "another file")):
        assert not CachedClient(inner, cache, context).complete(ask(), NO_LIMIT).cached


def test_siblings_differ_and_only_those_missing_are_asked_for(cache):
    inner = Counting()
    client = CachedClient(inner, cache, ("m",))
    two = client.complete(ask(n=2), NO_LIMIT)
    five = client.complete(ask(n=5), NO_LIMIT)
    assert five.samples[:2] == two.samples
    assert len({s.text for s in five.samples}) == 5
    assert (inner.asked[1].sampling.n, inner.asked[1].index) == (3, 2)
    assert client.complete(ask(index=4), NO_LIMIT).samples == five.samples[4:]


def test_errors_are_never_cached(cache):
    inner = Counting(errors=(BadReply("no"), ServerDown("gone")))
    client = CachedClient(inner, cache, ("m",))
    for kind in (BadReply, ServerDown):
        with pytest.raises(kind):
            client.complete(ask(), NO_LIMIT)
    assert not client.complete(ask(), NO_LIMIT).cached
    assert client.complete(ask(), NO_LIMIT).cached


def test_the_cache_is_readable_by_its_owner_only_and_survives_damage(tmp_path):
    path = tmp_path / "folder" / "answers.sqlite"
    cache = ReplyCache(path)
    cache.put([("k", Sample("x"))], ())
    assert path.stat().st_mode & 0o077 == 0
    cache._connection.execute('UPDATE samples SET json = \'{"@": "Future"}\'')
    assert cache.get("k") is None
    cache.close()
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(StoreError, match="delete it"):
        ReplyCache(path)


def record(path, inner, requests):
    recording = Recording(str(path), {"coder": inner}, (("coder", "counting"),))
    answers = RecordingClient(inner, recording).complete_all(requests, NO_LIMIT)
    recording.close()
    return answers


def test_a_cassette_plays_what_was_recorded_in_any_order(tmp_path):
    path = tmp_path / "run.jsonl"
    overflow = ContextOverflow("too long")
    overflow.spend = Spend(model_calls=1, tokens=9)
    inner = Counting(cost=0.5, errors=(overflow,))
    requests = [ask("a"), ask("b", n=2), ask("c"), ask("b", n=2)]
    answers = record(path, inner, requests)
    cassette = Cassette(str(path))
    player = cassette.models["coder"]
    assert cassette.pairs == (("coder", "counting"),)
    assert (player.name, player.features, cassette.rows) == ("counting", inner.features, 4)
    assert player.complete(requests[2], NO_LIMIT) == answers[2]
    assert player.complete(requests[1], NO_LIMIT) == answers[1]
    assert player.complete(requests[1], NO_LIMIT) == answers[3]
    with pytest.raises(ContextOverflow, match="too long") as caught:
        player.complete(requests[0], NO_LIMIT)
    assert caught.value.spend == overflow.spend
    with pytest.raises(NotRecorded, match="holds no"):
        player.complete(requests[1], NO_LIMIT)
    with pytest.raises(NotRecorded):
        player.complete(ask("never asked"), NO_LIMIT)


def test_what_ended_a_run_is_not_recorded(tmp_path):
    path = tmp_path / "run.jsonl"
    record(path, Counting(errors=(ServerDown("gone"),)), [ask()])
    assert Cassette(str(path)).rows == 0


def test_a_cassette_cut_in_its_last_line_plays_the_rest(tmp_path):
    path = tmp_path / "run.jsonl"
    record(path, Counting(), [ask("a"), ask("b")])
    path.write_text(path.read_text()[:-40])
    assert Cassette(str(path)).rows == 1


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{"cassette": 99}\n', 1),
        ("hello\n", 1),
        ('{"cassette":1,"models":{},"pairs":[]}\n{"x":1}\n{"y":2}\n', 2),
        ("", None),
    ],
)
def test_what_is_no_cassette_is_said_with_its_line(tmp_path, text, line):
    path = tmp_path / "x.jsonl"
    path.write_text(text)
    with pytest.raises(BadInput) as caught:
        Cassette(str(path))
    assert (caught.value.path, caught.value.line) == (str(path), line)


def test_a_recording_replaces_no_file(tmp_path):
    path = tmp_path / "x.jsonl"
    path.write_text("mine")
    with pytest.raises(BadInput, match="exists already"):
        Recording(str(path), {})
    assert path.read_text() == "mine"


class Book:
    """A ledger that writes down what it is told."""

    def __init__(self, budget):
        self.events = []
        self.meter = Meter(budget)
        self.ledger = RunLedger(self.meter, self.events.append)

    def bill(self, client):
        return self.ledger.bill(Models(coder=client), lambda: False).coder


def test_a_call_is_charged_and_recorded_before_it_is_read():
    book = Book(Budget(cost=10.0))
    client = book.bill(Counting(cost=0.5))
    book.ledger.at = 7
    reply = client.complete(ask(n=2), NO_LIMIT)
    (event,) = book.events
    assert event == ModelCalled(ask(n=2), reply, "coder", 7)
    assert len(reply.call) == 16
    spent = book.meter.spent
    assert (spent.model_calls, spent.tokens, spent.cost) == (1, 9, 0.5)
    assert book.meter.reserved == Spend()


def test_the_same_answers_have_the_same_name_and_others_another():
    names = []
    for text in ("a", "a", "b"):
        names.append(Book(NO_LIMIT).bill(Counting()).complete(ask(text), NO_LIMIT).call)
    assert names[0] == names[1] != names[2]


def test_the_request_that_was_really_sent_is_recorded():
    class Shortening(Counting):
        def _answer(self, request):
            return replace(super()._answer(request), sent=ask("short"))

    book = Book(NO_LIMIT)
    reply = book.bill(Shortening()).complete(ask("long"), NO_LIMIT)
    assert book.events[0].request == ask("short")
    assert reply.sent is None


def test_what_a_failed_call_used_is_charged_too():
    error = BadReply("no")
    error.spend = Spend(model_calls=2, tokens=30, cost=0.1, seconds=5.0)
    book = Book(NO_LIMIT)
    with pytest.raises(BadReply):
        book.bill(Counting(errors=(error,))).complete(ask(), NO_LIMIT)
    assert book.events == [Spent(Spend(model_calls=2, tokens=30, cost=0.1))]
    assert book.meter.spent.tokens == 30


@pytest.mark.parametrize(
    ("limit", "budget"),
    [("model_calls", Budget(model_calls=3)), ("tokens", Budget(tokens=100)), ("cost", Budget(cost=2.0))],
)
def test_parallel_calls_never_spend_more_than_may_be_spent(limit, budget):
    book = Book(budget)
    inner = Counting(cost=0.5, seconds=0.02)
    client = book.bill(inner)
    outcomes = []

    def work():
        for _ in range(5):
            try:
                outcomes.append(client.complete(ask(), Budget(seconds=20.0)))
            except LimitReached as error:
                outcomes.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    refused = [o for o in outcomes if isinstance(o, LimitReached)]
    assert refused
    assert {e.limit for e in refused} == {limit}
    assert len(outcomes) - len(refused) == len(inner.asked) >= 3
    assert getattr(book.meter.spent, limit) <= getattr(budget, limit)
    assert book.meter.reserved.model_calls == 0


def test_a_call_waits_for_room_that_others_do_not_use():
    book = Book(Budget(tokens=60))  # a call may use 27 tokens and uses 7
    inner = Counting(seconds=0.2)
    client = book.bill(inner)
    replies = client.complete_all([ask(str(i)) for i in range(4)], Budget(seconds=20.0))
    assert all(isinstance(r, Reply) for r in replies)
    assert inner.most_at_once == 2
    assert book.meter.spent.tokens == 28


def test_fewer_answers_are_asked_for_where_there_is_no_room_for_all():
    inner = Counting()
    book = Book(Budget(tokens=50))  # an answer may use 10 tokens, the question 18
    reply = book.bill(inner).complete(ask(n=8), NO_LIMIT)
    assert len(reply.samples) == inner.asked[0].sampling.n == 2
    assert book.events[0].request == inner.asked[0]
    singly = Counting()
    singly.features = Features(n=False)
    assert len(Book(Budget(model_calls=3)).bill(singly).complete(ask(n=4), NO_LIMIT).samples) == 2


def test_calls_that_do_not_fit_are_told_apart_from_those_that_do():
    book = Book(Budget(model_calls=2))
    replies = book.bill(Counting()).complete_all([ask(str(i)) for i in range(4)], NO_LIMIT)
    assert [type(r) for r in replies] == [Reply, Reply, LimitReached, LimitReached]


def test_an_unknown_price_is_no_error_and_no_cost():
    book = Book(Budget(cost=0.01))
    client = book.bill(Counting(cost=None))
    for _ in range(3):
        assert client.complete(ask(), NO_LIMIT).cost is None
    assert book.meter.spent.cost == 0.0


def test_a_client_without_ledger_is_not_billed():
    models = Models(coder=Counting())
    assert billed(models, Book(NO_LIMIT).ledger).planner is None
    assert not Models()
    assert models


def test_a_limit_is_named_in_words():
    assert str(LimitReached("model_calls")) == "another model call might exceed the budget of model calls"
