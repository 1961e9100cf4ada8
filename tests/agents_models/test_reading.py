"""The pure parts: what an answer, an error, a header and a key look like, and what is made of them."""

import asyncio
import email.utils
import math
import random

import pytest

from proofsmith.agents.models import answers, wire
from proofsmith.agents.models.failures import Failure, Trouble, classify, plain, retry_after
from proofsmith.agents.models.limiter import GaveUp, Limiter
from proofsmith.agents.models.probing import Probed, remember, remembered
from proofsmith.agents.models.redaction import public_url, redact
from proofsmith.agents.models.settings import ClientSettings
from proofsmith.agents.models.types import Features
from proofsmith.model_calls import Message, Request, Sample, Sampling, ToolCall, ToolSpec, Usage


def choice(text="x", **more):
    return {"index": 0, "finish_reason": "stop", "message": {"content": text}, **more}


def token(name, logprob, *tops, **more):
    return {
        "token": name,
        "logprob": logprob,
        "top_logprobs": [{"token": "t", "logprob": p} for p in tops],
        **more,
    }


def test_log_probabilities_become_signals():
    half, quarter = math.log(0.5), math.log(0.25)
    content = [token("a", half, half, quarter, id=7), token("b", quarter, half, half, id=8)]
    (sample,) = answers.samples_of({"choices": [choice(logprobs={"content": content})]}, seed=3)
    assert sample.logprobs == (half, quarter)
    assert sample.token_ids == (7, 8)
    assert sample.tokens == ("a", "b")
    assert sample.nll == pytest.approx(math.log(8))
    assert sample.entropies == pytest.approx((1.5 * math.log(2), math.log(2)))
    assert sample.self_certainty == pytest.approx(0.5 * (math.log(3 / 2) / 2 + math.log(3) / 2 - math.log(2)))
    assert sample.seed == 3


def test_a_uniform_distribution_is_least_certain_and_a_sure_one_more():
    uniform = answers.self_certainty([[math.log(0.25)] * 4])
    sure = answers.self_certainty([[math.log(0.97), *[math.log(0.01)] * 3]])
    assert uniform == pytest.approx(0.0, abs=1e-12)
    assert sure > 0.5
    assert answers.entropy([math.log(0.25)] * 4) == pytest.approx(math.log(4))
    assert answers.entropy([0.0]) == 0.0


def test_without_alternatives_there_is_no_entropy():
    content = [token("a", -1.0)]
    (sample,) = answers.samples_of({"choices": [choice(logprobs={"content": content})]}, seed=None)
    assert sample.logprobs == (-1.0,)
    assert sample.entropies is None
    assert sample.self_certainty is None


@pytest.mark.parametrize(
    "content", [None, [], "junk", [{"token": "a"}], [{"token": "a", "logprob": "high"}], [3]]
)
def test_broken_log_probabilities_are_none(content):
    (sample,) = answers.samples_of({"choices": [choice(logprobs={"content": content})]}, seed=None)
    assert sample.text == "x"
    assert sample.logprobs is None
    assert sample.tokens is None


@pytest.mark.parametrize("answer", [None, [], {}, {"choices": None}, {"choices": [3]}, {"choices": [{}]}])
def test_what_is_no_answer_is_broken(answer):
    with pytest.raises(Failure) as caught:
        answers.samples_of(answer, None)
    assert caught.value.trouble is Trouble.BROKEN


def test_tool_calls_are_read_and_junk_among_them_left_out():
    calls = [
        {"id": "1", "function": {"name": "run", "arguments": "{not json"}},
        {"function": {"name": "verify", "arguments": None}},
        {"function": {}},
        "junk",
    ]
    message = {"content": None, "tool_calls": calls, "reasoning_content": "hm"}
    (sample,) = answers.samples_of({"choices": [{"message": message, "finish_reason": "tool_calls"}]}, None)
    assert sample.tool_calls == (ToolCall("1", "run", "{not json"), ToolCall("call-1", "verify", "{}"))
    assert (sample.text, sample.reasoning, sample.finish_reason) == ("", "hm", "tool_calls")


def test_token_ids_of_vllm_are_found_wherever_they_are():
    for place in (choice(token_ids=[1, 2]), choice(provider_specific_fields={"token_ids": [1, 2]})):
        (sample,) = answers.samples_of({"choices": [place]}, None)
        assert sample.token_ids == (1, 2)


def test_token_ids_with_gaps_are_left_out():
    sample = Sample("x", token_ids=(1, 2))
    assert answers.whole((sample,), Usage(3, 2)) == (sample,)
    assert answers.whole((sample,), Usage(3, 3)) == (sample,)  # the end of the text is a token too
    assert answers.whole((sample,), Usage(3, 9))[0].token_ids is None


def test_a_server_that_counts_one_of_several_answers_is_corrected():
    samples = [Sample("word " * 40)] * 4
    usage = answers.usage_of(
        {"usage": {"prompt_tokens": 9, "completion_tokens": 50}}, samples, [Message("user", "hello you")], 100
    )
    assert not usage.measured
    assert usage.completion_tokens == 200


ERRORS = [
    ("RateLimitError", 429, "OpenAIException - slow down", Trouble.BUSY),
    ("InternalServerError", 500, "OpenAIException - Cannot connect to host x:1", Trouble.DOWN),
    ("InternalServerError", 500, "Hosted_vllmException - Server disconnected", Trouble.BROKEN),
    ("InternalServerError", 500, "The output does not match the expected peg-native format", Trouble.GARBLED),
    ("Timeout", 408, "APITimeoutError - Request timed out.", Trouble.SLOW),
    ("ServiceUnavailableError", 503, "loading model", Trouble.BUSY),
    ("BadRequestError", 400, "This model's maximum context length is 10 tokens", Trouble.OVERFLOW),
    ("BadRequestError", 400, "temperature must be positive", Trouble.REJECTED),
    ("AuthenticationError", 401, "Invalid key", Trouble.DENIED),
    ("NotFoundError", 404, "no such model", Trouble.MISSING),
    ("APIError", 200, "Unable to get json response", Trouble.BROKEN),
]


@pytest.mark.parametrize(("name", "status", "text", "trouble"), ERRORS)
def test_errors_are_told_apart(name, status, text, trouble):
    error = type(name, (Exception,), {})(f"litellm.{name}: {text}")
    failure = classify(error, status=status)
    assert failure.trouble is trouble
    assert "litellm" not in failure.text


def test_a_refused_connection_is_seen_in_the_cause():
    error = RuntimeError("InternalServerError: it went wrong")
    error.__cause__ = ConnectionRefusedError(111, "refused")
    assert classify(error, status=500).trouble is Trouble.DOWN


def test_the_message_is_taken_out_of_the_servers_json():
    text = 'BadRequestError: Hosted_vllmException - {"error":{"code":400,"message":"failed to \\"parse\\""}}'
    assert plain(text) == 'failed to \\"parse\\"'
    assert len(plain("word " * 1000)) == 240
    assert plain("Cannot connect to host h:1 ssl:<ssl.SSLContext object at 0x7f> [refused]") == (
        "Cannot connect to host h:1 [refused]"
    )


def test_retry_after_is_a_number_or_a_date():
    assert retry_after({"Retry-After": "2.5"}) == 2.5
    assert retry_after({"retry-after-ms": "1500", "retry-after": "9"}) == 1.5
    date = email.utils.formatdate(1_000_030, usegmt=True)
    assert retry_after({"Retry-After": date}, now=1_000_000.0) == pytest.approx(30.0)
    assert retry_after({"Retry-After": date}, now=2_000_000.0) == 0.0
    assert retry_after({"Retry-After": "soon"}) is None
    assert retry_after({}) is None


@pytest.mark.parametrize(
    "text",
    [
        "Incorrect API key provided: sk-proj-abcdefghijklmnop",
        "Authorization: Bearer abcdef0123456789",
        "{'x-api-key': 'abcdef0123456789'}",
        "https://user:abcdef0123456789@host/v1 failed",
        "the key is hush-hush-hush here",
        "AIzaSyA-abcdefghijklmnopqrstuvw",
        "api_key=abcdef0123456789",
    ],
)
def test_keys_are_taken_out_of_texts(text):
    shown = redact(text, {"MY_PROVIDER_API_KEY": "hush-hush-hush", "HOME": "/root"})
    assert "***" in shown
    for secret in ("abcdef", "hush-hush"):
        assert secret not in shown


def test_what_is_no_key_stays():
    text = "the token limit is 4096 and the key idea, /root/work, is to sort"
    assert redact(text, {"TOKEN": "is", "HOME": "/root"}) == text
    assert public_url("http://me:pw@host:80/v1/?key=1#x") == "http://host:80/v1"


def test_a_request_is_written_in_the_dialect_of_its_server():
    request = Request(
        (
            Message("system", "s"),
            Message("assistant", "", (ToolCall("1", "run", "{}"),)),
            Message("tool", "4", tool_call_id="1"),
        ),
        Sampling(temperature=0.5, top_p=0.9, min_p=0.1, logprobs=2, stop=("\n",)),
        grammar="root ::= [0-9]",
        tools=(ToolSpec("run", "Runs it."),),
    )
    llama = wire.to_wire(request, Features(), wire.DIALECTS["llama.cpp"], n=3, seed=5)
    assert llama.extra == {"top_k": 0, "min_p": 0.1, "grammar": "root ::= [0-9]"}
    assert (llama.fields["n"], llama.fields["seed"], llama.fields["stop"]) == (3, 5, ["\n"])
    assert llama.messages[1]["tool_calls"][0]["function"]["name"] == "run"
    assert llama.messages[2] == {"role": "tool", "content": "4", "tool_call_id": "1"}
    assert llama.fields["tools"][0]["function"]["name"] == "run"
    vllm = wire.to_wire(request, Features(), wire.DIALECTS["vllm"], n=1, seed=None)
    assert vllm.extra["structured_outputs"] == {"grammar": "root ::= [0-9]"}
    assert vllm.extra["return_token_ids"] is True
    assert vllm.extra["top_k"] == -1
    sglang = wire.to_wire(request, Features(), wire.DIALECTS["sglang"], n=1, seed=None)
    assert sglang.extra["ebnf"] == "root ::= [0-9]"
    hosted = wire.to_wire(request, Features(), wire.DIALECTS["hosted"], n=1, seed=None)
    assert hosted.extra == {}
    assert "grammar" not in str(hosted.fields)


def test_what_was_in_force_is_named_only_where_it_is_known():
    request = Request((), Sampling(seed=1), grammar="g", json_schema="{}", tools=(ToolSpec("t", ""),))
    llama = wire.DIALECTS["llama.cpp"]
    everything = Features(True, True, True, True, True, True, True)
    assert wire.honoured(request, everything, llama) == ("seed", "grammar", "tools")
    assert wire.honoured(request, Features(), llama) == ()
    assert wire.honoured(request, everything, wire.DIALECTS["hosted"]) == ("seed", "json_schema", "tools")


def test_seeds_differ_by_number_and_repeat():
    seeds = [wire.derived_seed(7, i) for i in range(100)]
    assert len(set(seeds)) == 100
    assert seeds == [wire.derived_seed(7, i) for i in range(100)]
    assert all(s is not None and 0 <= s < 2**31 for s in seeds)
    assert wire.derived_seed(None, 3) is None


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


def test_the_limit_shrinks_at_once_and_grows_slowly():
    async def scenario():
        clock = Clock()
        limiter = Limiter(32, 60.0, clock, random.Random(0))
        limiter.turned_away(0.0)
        limiter.turned_away(0.0)  # of the same round
        assert limiter.limit == 16
        assert limiter.allowed == 1
        clock.now += 2
        limiter.turned_away(0.0)
        assert limiter.limit == 8
        limiter.succeeded()
        assert limiter.allowed == 8
        for _ in range(8):
            limiter.succeeded()
        assert limiter.allowed == 9
        for _ in range(5000):
            limiter.succeeded()
        assert limiter.allowed == 32

    asyncio.run(scenario())


def test_those_who_wait_are_sent_away_when_patience_ends():
    async def scenario():
        clock = Clock()
        limiter = Limiter(4, 10.0, clock, random.Random(0))
        limiter.down()
        waiting = [asyncio.create_task(limiter.acquire()) for _ in range(3)]
        await asyncio.sleep(0)
        clock.now += 11
        limiter.down()
        found = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(f) for f in found] == [GaveUp] * 3
        assert limiter.in_use == 0

    asyncio.run(scenario())


def test_a_cancelled_wait_takes_no_permit():
    async def scenario():
        limiter = Limiter(1, 10.0, Clock(), random.Random(0))
        await limiter.acquire()
        waiting = asyncio.create_task(limiter.acquire())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        other = asyncio.create_task(limiter.acquire())
        limiter.release()
        await asyncio.wait_for(other, 1.0)
        assert limiter.in_use == 1

    asyncio.run(scenario())


def test_what_a_probe_found_is_remembered(tmp_path):
    path = tmp_path / "deep" / "servers.json"
    found = Probed(Features(n=True, grammar=False, context=4096), "vllm", 9, 200)
    remember(path, "a", found)
    remember(path, "b", Probed(Features(), "hosted"))
    again = remembered(path, "a")
    assert again == Probed(found.features, "vllm")
    assert remembered(path, "c") is None
    path.write_text("{broken")
    assert remembered(path, "a") is None


def test_agents_have_the_common_model_unless_they_have_their_own():
    settings = ClientSettings(model="m", critic="Symbolic", planner="p")
    assert [settings.name_of(a) for a in ("planner", "coder", "critic")] == ["p", "m", None]
    assert ClientSettings().name_of("coder") is None
