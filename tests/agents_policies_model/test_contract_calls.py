"""Contracts on calls: rejection sampling, verified fallbacks, what is asked of the server."""

import random

import pytest

from proofsmith.agents.contracts.contract import Broken, Caller, Contract
from proofsmith.agents.models.types import BadReply, Features, LimitReached, ServerDown
from proofsmith.agents.policies.model.scripted.client import ScriptedModel
from proofsmith.budget import Budget
from proofsmith.model_calls import Message, Request, Sample, Sampling


def number(sample):
    if not sample.text.isdigit():
        raise Broken(f"{sample.text!r} is no number")
    return int(sample.text)


EVEN = Contract("even", number, lambda n: None if n % 2 == 0 else f"{n} is odd", attempts=3)


def request(n=1):
    return Request((Message("user", "a number"),), Sampling(n=n, seed=1))


class Failing(ScriptedModel):
    """Answers with the model's texts, then raises."""

    def __init__(self, error, *texts):
        self.left, self.error = list(texts), error
        super().__init__("scripted:failing", lambda request, rng: Sample(self.left.pop(0)))

    def complete(self, request, budget, shorten=None):
        if not self.left:
            raise self.error
        return super().complete(request, budget, shorten)


def test_only_answers_inside_the_contract_come_out(kit):
    answers = Caller(kit.said("seven", "7", "8")).ask(request(), EVEN, Budget())
    assert [a.value for a in answers.accepted] == [8]
    assert answers.rejected == ("'seven' is no number", "7 is odd")
    assert answers.requests == 3


def test_the_next_attempt_is_told_what_was_wrong():
    said = []

    def speak(request, rng):
        said.append(request.messages[-1].text)
        return Sample(["seven", "7", "8"][len(said) - 1])

    Caller(ScriptedModel("m", speak)).ask(request(), EVEN, Budget())
    assert said[0] == "a number"
    assert said[1].startswith("a number\n\nEarlier answers could not be used.")
    assert said[2].endswith("- 'seven' is no number\n- 7 is odd")


def test_attempts_are_bounded(kit):
    answers = Caller(kit.said("7")).ask(request(4), EVEN, Budget())
    assert answers.accepted == ()
    assert (answers.requests, len(answers.rejected)) == (3, 12)


def test_only_what_is_missing_is_asked_for_again():
    asked = []

    def speak(request, rng):
        asked.append((request.sampling.n, request.index))
        return Sample("3" if len(asked) % 2 else "4")

    answers = Caller(ScriptedModel("m", speak, Features(n=True))).ask(request(4), EVEN, Budget())
    assert [a.value for a in answers.accepted] == [4, 4, 4]
    assert asked == [(4, 0)] * 4 + [(2, 4)] * 2 + [(1, 6)]


def test_the_fallback_stands_in_and_must_keep_the_contract(kit):
    caller = Caller(kit.said("7"))
    (accepted,) = caller.ask(request(), EVEN, Budget(), fallback=lambda: 2).accepted
    assert (accepted.value, accepted.is_fallback) == (2, True)
    with pytest.raises(ValueError, match="fallback of contract even"):
        caller.ask(request(), EVEN, Budget(), fallback=lambda: 3)


def test_a_failed_call_ends_the_attempts_and_keeps_what_was_accepted():
    answers = Caller(Failing(BadReply("cut"), "2", "3")).ask(request(2), EVEN, Budget())
    assert [a.value for a in answers.accepted] == [2]
    assert answers.failure == "cut"


def test_a_server_that_is_gone_is_not_hidden_unless_something_was_accepted():
    with pytest.raises(ServerDown):
        Caller(Failing(ServerDown("down"))).ask(request(), EVEN, Budget(), fallback=lambda: 2)
    answers = Caller(Failing(ServerDown("down"), "2", "3")).ask(request(2), EVEN, Budget())
    assert [a.value for a in answers.accepted] == [2]


def test_a_limit_is_passed_on_where_nothing_can_stand_in():
    with pytest.raises(LimitReached):
        Caller(Failing(LimitReached("cost"))).ask(request(), EVEN, Budget())
    answers = Caller(Failing(LimitReached("cost"))).ask(request(), EVEN, Budget(), fallback=lambda: 2)
    assert answers.accepted[0].value == 2


def test_no_call_without_time(kit):
    answers = Caller(kit.said("2")).ask(request(), EVEN, Budget(seconds=0.0))
    assert (answers.accepted, answers.requests) == ((), 0)


def test_a_filtered_answer_is_outside_every_contract(kit):
    answers = Caller(kit.said(Sample("2", "content_filter"))).ask(request(), EVEN, Budget())
    assert answers.accepted == ()


@pytest.mark.parametrize(
    ("features", "constrain", "sent"),
    [
        (Features(grammar=True, json_schema=True), True, ("g", "", None)),
        (Features(json_schema=True), True, ("", "s", None)),
        (Features(grammar=True), False, ("", "", None)),
        (Features(logprobs=True), True, ("", "", 5)),
        (Features(), True, ("", "", None)),
    ],
)
def test_only_what_the_server_does_is_asked_of_it(features, constrain, sent):
    seen = []

    def speak(request: Request, rng: random.Random) -> Sample:
        seen.append((request.grammar, request.json_schema, request.sampling.logprobs))
        return Sample("2")

    contract = Contract("even", number, grammar="g", json_schema="s")
    Caller(ScriptedModel("m", speak, features), constrain).ask(request(), contract, Budget())
    assert seen == [sent]
