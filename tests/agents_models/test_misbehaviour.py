"""Whatever a server does, a call ends on time, with an answer or with an error that says what happened."""

import json
import threading
import time

import pytest

from proofsmith.agents.models.opening import Opener
from proofsmith.agents.models.settings import ClientSettings
from proofsmith.agents.models.types import (
    AuthFailed,
    BadReply,
    BadRequest,
    ContextOverflow,
    Features,
    ModelError,
    NoSuchModel,
    Overloaded,
    Refused,
    ServerDown,
    Stopped,
    TimedOut,
    Unavailable,
)
from proofsmith.budget import Budget
from proofsmith.model_calls import Message, Request, Sampling, ToolCall, ToolSpec

TIME = Budget(seconds=100.0)


def ask(text: str = "hello", **sampling: object) -> Request:
    return Request((Message("user", text),), Sampling(max_tokens=32, **sampling))


def failed(client, request=None, budget=TIME):
    with pytest.raises(ModelError) as caught:
        client.complete(request or ask(), budget)
    return caught.value


def test_an_answer_arrives_with_its_figures(connect, echo):
    reply = connect().complete(ask(seed=3), TIME)
    assert reply.text.startswith("hello seed=")
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens, reply.usage.measured) == (10, 7, True)
    assert reply.cost is None
    assert reply.server == echo.url
    assert reply.requests == len(echo.requests) == 1
    assert echo.requests[0]["temperature"] == 1.0
    assert reply.samples[0].seed == echo.requests[0]["seed"]


@pytest.mark.parametrize(
    "behaviour",
    [
        "status:500",
        "status:502",
        "close",
        "cut",
        "raw:{not json",
        "raw:[]",
        'raw:{"choices": []}',
        "raw:",
        'usage:{"prompt_tokens": "many"}',
    ],
)
def test_a_broken_answer_is_asked_for_again(connect, echo, behaviour):
    echo.behave(behaviour, behaviour)
    assert connect().complete(ask(), TIME).text.startswith("hello")
    assert len(echo.requests) == 3


def test_a_server_that_only_gives_broken_answers_is_not_asked_for_ever(connect, echo):
    echo.behave(*["status:500"] * 100)
    client = connect(retries=1)
    assert type(failed(client)) is BadReply
    assert len(echo.requests) == 2
    for _ in range(4):
        assert type(failed(client)) is BadReply
    last = failed(client)
    assert type(last) is Unavailable
    assert "6 requests in a row failed" in str(last)
    assert "it went wrong" in str(last)


def test_one_good_answer_shows_that_the_server_is_of_use(connect, echo):
    client = connect(retries=0)
    for _ in range(3):
        echo.behave(*["status:500"] * 3)
        assert [type(failed(client)) for _ in range(3)] == [BadReply] * 3
        client.complete(ask(), TIME)


def test_retry_after_is_waited_for_and_nothing_is_counted_as_failed(connect, echo):
    echo.behave("status:429,Retry-After=1")
    started = time.monotonic()
    assert connect().complete(ask(), TIME).text.startswith("hello")
    assert time.monotonic() - started >= 1.0
    assert len(echo.requests) == 2


def test_a_server_that_wants_more_patience_than_we_have_is_given_up_at_once(connect, echo, in_time):
    echo.behave("status:429,Retry-After=3600,slow down")
    with in_time(5.0):
        error = failed(connect(patience=5.0))
        assert type(error) is Overloaded
        assert "slow down" in str(error)


def test_a_call_that_hangs_ends_on_time_and_hangs_up(connect, echo, in_time):
    echo.behave("hang", "hang")
    with in_time(1.0):
        error = failed(connect(call_seconds=0.5))
        assert type(error) is TimedOut
    assert len(echo.requests) == 2
    eventually(lambda: echo.abandoned == 2)


def test_a_trickle_of_bytes_does_not_prolong_a_call(connect, echo, in_time):
    echo.behave("trickle", "trickle")
    with in_time(1.2):
        assert type(failed(connect(call_seconds=0.6))) is TimedOut
    eventually(lambda: echo.abandoned == 2)


def test_the_budget_of_time_ends_a_call_whatever_it_waits_for(connect, echo, in_time):
    echo.behave("status:429,Retry-After=15", "hang")
    with in_time(1.0):
        error = failed(connect(), budget=Budget(seconds=1.0))
        assert isinstance(error, TimedOut | Overloaded)


def test_a_dead_server_is_waited_for_with_one_line_and_another_when_it_is_back(connect, echo):
    client = connect()
    lines: list[str] = []
    client.attention.notify = lines.append
    client.complete(ask(), TIME)
    echo.stop()
    timer = threading.Timer(2.5, echo.start)
    timer.start()
    reply = client.complete(ask("again"), TIME)
    timer.join()
    assert reply.text.startswith("again")
    assert len(lines) == 2
    assert "does not answer" in lines[0]
    assert "waiting for it, at most 20 s" in lines[0]
    assert "answers again after" in lines[1]


def test_a_server_that_stays_dead_is_given_up_after_our_patience(connect, echo):
    client = connect(patience=1.5)
    echo.stop()
    started = time.monotonic()
    replies = client.complete_all([ask(str(i)) for i in range(20)], TIME)
    assert {type(r) for r in replies} == {ServerDown}
    assert time.monotonic() - started > 1.0
    assert "does not answer" in str(replies[0])


def test_waiting_ends_when_the_run_is_to_stop(connect, echo, in_time):
    client = connect()
    echo.behave("hang")
    stop = threading.Event()
    client.attention.stopped = stop.is_set
    threading.Timer(0.5, stop.set).start()
    with in_time(0.5):
        assert type(failed(client)) is Stopped


@pytest.mark.parametrize(
    ("behaviour", "kind"),
    [
        ("status:401,wrong key", AuthFailed),
        ("status:403,not for you", AuthFailed),
        ("status:404,no such model", NoSuchModel),
        ("status:400,the field x is unknown", BadRequest),
        ("status:400,This model's maximum context length is 512 tokens", ContextOverflow),
        ("filter", Refused),
    ],
)
def test_what_cannot_get_better_is_not_asked_again(connect, echo, behaviour, kind):
    echo.behave(behaviour)
    error = failed(connect())
    assert type(error) is kind
    assert len(echo.requests) == 1
    said = behaviour.partition(",")[2]
    assert said in str(error)


def test_a_reply_that_cannot_be_used_is_paid_for_all_the_same(connect, echo):
    echo.behave("filter")
    spend = failed(connect(price_in=1e6, price_out=1e6)).spend
    assert (spend.model_calls, spend.tokens, spend.cost) == (1, 17, 17.0)


@pytest.mark.parametrize(
    "usage",
    ["null", "{}", '{"prompt_tokens": -1, "completion_tokens": 5}',
     '{"prompt_tokens": 5, "completion_tokens": 0}', '{"prompt_tokens": 1e12, "completion_tokens": 10}',
     '{"prompt_tokens": 5, "completion_tokens": 99999999}',
     '{"prompt_tokens": 99999999, "completion_tokens": 7}'],
)  # fmt: skip
def test_figures_that_cannot_be_right_are_replaced_by_an_estimate(connect, echo, usage):
    echo.behave(f"usage:{usage}")
    reply = connect().complete(ask(), TIME)
    assert not reply.usage.measured
    assert 1 <= reply.usage.prompt_tokens < 100
    assert 1 <= reply.usage.completion_tokens < 100


def test_overflow_shortens_once_and_says_what_was_asked(connect, echo):
    long = Request((Message("user", "x" * 2000),), Sampling(max_tokens=32))
    text = "request (2000 tokens) exceeds the available context size (500 tokens)"
    shares: list[float] = []

    def shorten(request: Request, share: float) -> Request:
        shares.append(share)
        return Request((Message("user", "x" * int(2000 * share)),), request.sampling)

    echo.behave(f"status:400,{text}")
    reply = connect().complete(long, TIME, shorten)
    assert shares == [0.75 * 500 / 2000]
    assert reply.sent is not None
    assert len(reply.sent.messages[0].text) == 375
    echo.behave(f"status:400,{text}", f"status:400,{text}")
    with pytest.raises(ContextOverflow):
        connect().complete(long, TIME, shorten)
    assert len(shares) == 2


@pytest.mark.parametrize(
    "text",
    [
        "This model's maximum context length is 1000 tokens. However, you requested 1010 tokens "
        "(910 in the messages, 100 in the completion).",
        "'max_tokens' is too large: 100. This model's maximum context length is 1000 tokens and your "
        "request has 910 input tokens.",
    ],
)
def test_only_the_answer_is_shortened_where_that_is_enough(connect, echo, text):
    echo.behave(f"status:400,{text}")
    request = Request((Message("user", "hello"),), Sampling(max_tokens=100))
    reply = connect().complete(request, TIME)
    assert echo.requests[1]["max_tokens"] == 90
    assert reply.sent is not None
    assert reply.sent.messages == request.messages


def test_several_answers_come_from_a_server_that_gives_one(connect, echo):
    echo.choices = 1
    client = connect()
    reply = client.complete(ask(n=4, seed=9), TIME)
    assert len(reply.samples) == 4
    assert len({s.seed for s in reply.samples}) == 4
    assert len({s.text for s in reply.samples}) == 4
    assert reply.requests == 4
    assert "n" not in reply.honoured
    assert reply.usage.tokens == 4 * 17
    assert client.features.n is False  # seen once, and asked singly from now on
    before = len(echo.requests)
    client.complete(ask(n=3), TIME)
    assert [r.get("n", 1) for r in echo.requests[before:]] == [1, 1, 1]


def test_several_answers_in_one_request_where_the_server_gives_them(connect, echo):
    reply = connect(Features(n=True)).complete(ask(n=4), TIME)
    assert len(reply.samples) == 4
    assert "n" in reply.honoured
    assert len(echo.requests) == 1


def test_token_ids_of_prompt_and_answer_arrive_through_litellm(connect, echo):
    message = {"role": "assistant", "content": "abc", "reasoning_content": "hm"}
    choice = {"index": 0, "finish_reason": "stop", "token_ids": [1, 2, 3], "message": message}
    usage = {"prompt_tokens": 2, "completion_tokens": 3, "total_tokens": 5}
    answer = {
        "id": "x",
        "object": "chat.completion",
        "created": 1,
        "model": "echo",
        "prompt_token_ids": [5, 6],
    }
    echo.behave("raw:" + json.dumps({**answer, "choices": [choice], "usage": usage}))
    reply = connect().complete(ask(), TIME)
    assert reply.prompt_token_ids == (5, 6)
    assert reply.samples[0].token_ids == (1, 2, 3)
    assert reply.samples[0].reasoning == "hm"


def test_a_server_that_gives_only_so_many_answers_at_once_is_asked_several_times(connect, echo):
    echo.behave("status:400,Field 'n': Value must be between 1 <= value <= 4, but got 10")
    client = connect(Features(n=True))
    assert len(client.complete(ask(n=10, seed=1), TIME).samples) == 10
    assert sorted(r.get("n", 1) for r in echo.requests) == [2, 4, 4, 10]
    assert len({r["seed"] for r in echo.requests}) == 3
    assert len(client.complete(ask(n=5), TIME).samples) == 5
    assert sorted(r.get("n", 1) for r in echo.requests[4:]) == [1, 4]


def test_answers_that_arrived_are_kept_when_others_fail(connect, echo):
    echo.behave("ok", "status:400,no", "ok")
    reply = connect(Features(n=False)).complete(ask(n=3), TIME)
    assert len(reply.samples) == 2


def test_too_many_requests_make_fewer_at_a_time(connect, echo):
    client = connect(concurrency=16)
    echo.delay = 0.05
    echo.behave(*["ok"] * 8, *["status:429,Retry-After=0"] * 8)
    replies = client.complete_all([ask(str(i)) for i in range(60)], TIME)
    assert all(not isinstance(r, ModelError) for r in replies)
    assert [r.text.split()[0] for r in replies] == [str(i) for i in range(60)]
    assert echo.busiest <= 16
    assert client._server.limiter.limit < 16


def test_the_key_is_sent_and_shown_nowhere(connect, echo, echo_module, capsys):
    key = echo_module.KEY
    echo.behave(f"status:401,the key {key} is wrong")
    error = failed(connect())
    assert echo.keys == [f"Bearer {key}"]
    assert "is wrong" in str(error)
    shown = capsys.readouterr()
    for text in (str(error), repr(error), shown.out, shown.err):
        assert key not in text


def test_a_key_for_openai_is_not_sent_to_another_server(connect, echo, monkeypatch):
    monkeypatch.delenv("PROOFSMITH_API_KEY")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-for-openai-only-12345")
    monkeypatch.setenv("HOSTED_VLLM_API_KEY", "sk-for-somebody-else-12345")
    connect().complete(ask(), TIME)
    assert "sk-for" not in echo.keys[0]


def test_what_is_known_not_to_work_is_not_sent(connect, echo):
    nothing = Features(n=False, logprobs=False, grammar=False, json_schema=False, tools=False)
    schema = json.dumps({"type": "object"})
    request = Request(
        (Message("user", "x"),), Sampling(logprobs=2), grammar='root ::= "a"', json_schema=schema
    )
    connect(nothing).complete(request, TIME)
    assert not {"logprobs", "top_logprobs", "grammar", "response_format"} & echo.requests[0].keys()
    connect().complete(request, TIME)
    assert {"logprobs", "top_logprobs", "response_format"} <= echo.requests[1].keys()


def test_a_lone_surrogate_can_be_asked_about(connect, echo):
    assert connect().complete(ask("a \ud83d b"), TIME).text.startswith("a ? b")


def test_hundreds_of_calls_at_once(connect, echo):
    client = connect(concurrency=200)
    echo.crowd = 150
    replies = client.complete_all([ask(str(i)) for i in range(300)], Budget(seconds=120.0))
    assert [r.text.split()[0] for r in replies] == [str(i) for i in range(300)]
    assert 150 <= echo.busiest <= 200


def eventually(condition, seconds=60.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_providers_model_is_asked_at_its_address_with_its_key_and_has_a_price(echo, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-for-openai-only-12345")
    monkeypatch.setenv("OPENAI_BASE_URL", echo.url)
    opener = Opener(ClientSettings(model="openai/gpt-4o-mini", model_cache=False))
    client, _ = opener.live("openai/gpt-4o-mini")
    assert client.prices == pytest.approx((0.15e-6, 0.6e-6))
    assert client.features.tools is True
    request = Request(
        (Message("user", "hello"),), Sampling(seed=1, top_k=5, max_tokens=99), grammar='root ::= "x"'
    )
    reply = client.complete(request, TIME)
    assert reply.text.startswith("hello")
    assert reply.cost == pytest.approx(10 * 0.15e-6 + 7 * 0.6e-6)
    assert echo.keys == ["Bearer sk-for-openai-only-12345"]
    sent = echo.requests[0]
    assert sent["model"] == "gpt-4o-mini"
    assert not {"grammar", "top_k", "min_p", "structured_outputs"} & sent.keys()
    echo.behave("status:429,Retry-After=1")
    started = time.monotonic()
    client.complete(request, TIME)
    assert time.monotonic() - started >= 1.0
    echo.behave("status:500", "close", "status:401,wrong key sk-for-openai-only-12345")
    error = failed(client, request)
    assert type(error) is AuthFailed
    assert "sk-for" not in str(error)


def test_a_model_whose_name_begins_like_a_providers_is_asked_by_its_whole_name(connect, echo):
    echo.model = "openai/gpt-oss-20b"
    opener = Opener(ClientSettings(base_url=echo.url, model_cache=False, probe=False))
    for name in ("openai/gpt-oss-20b", "hosted_vllm/openai/gpt-oss-20b"):
        client, listed = opener.live(name)
        assert listed is not None
        assert listed.context == 4096
        client.complete(ask(), TIME)
    assert [r["model"] for r in echo.requests] == ["openai/gpt-oss-20b"] * 2


@pytest.mark.parametrize("provider", [False, True])
def test_tools_and_what_they_answered_travel_through_litellm(connect, echo, monkeypatch, provider):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-for-openai-only-12345")
    monkeypatch.setenv("OPENAI_BASE_URL", echo.url)
    parameters = {"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]}
    tool = ToolSpec("run", "Runs the program.", json.dumps(parameters))
    call = {"id": "c1", "type": "function", "function": {"name": "run", "arguments": '{"x": 3}'}}
    message = {"role": "assistant", "content": None, "tool_calls": [call]}
    choice = {"index": 0, "finish_reason": "tool_calls", "message": message}
    usage = {"prompt_tokens": 2, "completion_tokens": 3, "total_tokens": 5}
    answer = {
        "id": "x",
        "object": "chat.completion",
        "created": 1,
        "model": "echo",
        "choices": [choice],
        "usage": usage,
    }
    echo.behave("raw:" + json.dumps(answer))
    client = connect(Features(tools=True))
    if provider:
        client, _ = Opener(ClientSettings(model_cache=False)).live("openai/gpt-4o-mini")
    question = Message("user", "run it")
    sample = client.complete(Request((question,), tools=(tool,)), TIME).samples[0]
    assert sample.tool_calls == (ToolCall("c1", "run", '{"x": 3}'),)
    assert sample.finish_reason == "tool_calls"
    asked = echo.requests[0]["tools"][0]["function"]
    assert (asked["name"], asked["parameters"]) == ("run", parameters)
    after = (question, Message("assistant", "", sample.tool_calls), Message("tool", "9", tool_call_id="c1"))
    client.complete(Request(after, tools=(tool,)), TIME)
    sent = echo.requests[1]["messages"]
    assert sent[1]["tool_calls"][0]["function"] == call["function"]
    assert (sent[2]["role"], sent[2]["tool_call_id"], sent[2]["content"]) == ("tool", "c1", "9")
