"""Every core record survives the trip through JSON, and junk is one kind of error."""

import dataclasses
import enum
import json
import math
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proofsmith import codec
from proofsmith.budget import Spend
from proofsmith.events import NodeAdded, NodeJudged
from proofsmith.logic_spec import SmtScript, SygusSpec
from proofsmith.python_spec import Call, Outcome, Parameter, PythonSpec, Signature
from proofsmith.types import (
    Assurance,
    Candidate,
    Counterexample,
    Diagnostic,
    Origin,
    Part,
    Proposal,
    Status,
    Task,
    Tool,
    Verdict,
)

RECORDS = sorted(
    (c for c in codec._classes().values() if not issubclass(c, enum.Enum)), key=lambda c: c.__name__
)

text = st.text(st.characters(exclude_categories=()), max_size=20)
floats = st.floats(allow_nan=False)
scalars = st.none() | st.booleans() | st.integers() | floats | text | st.binary(max_size=10)
hashable = scalars | st.lists(scalars, max_size=2).map(tuple) | st.frozensets(scalars, max_size=2)
plain = st.recursive(
    hashable,
    lambda s: (
        st.lists(s, max_size=3) | st.dictionaries(hashable, s, max_size=3) | st.sets(hashable, max_size=3)
    ),
    max_leaves=8,
)  # fmt: skip


@st.composite
def verdicts(draw):
    status = draw(st.sampled_from(Status))
    passed = status is Status.PASS
    return Verdict(
        status,
        draw(text),
        assurance=draw(st.sampled_from(Assurance)) if passed else None,
        score=1.0 if passed else draw(st.floats(0, 1, exclude_max=True)),
        diagnostics=draw(st.lists(st.from_type(Diagnostic), max_size=2).map(tuple)),
        counterexample=draw(st.none() | st.from_type(Counterexample)),
        seconds=draw(floats),
        tool=draw(st.none() | st.from_type(Tool)),
        behaviour=draw(st.none() | text),
        notes=draw(st.lists(text, max_size=2).map(tuple)),
        parts=draw(st.lists(st.from_type(Part), max_size=2).map(tuple)),
    )


OUR_STRATEGIES = {
    str: text,
    float: floats,
    Outcome: st.builds(Outcome, plain, st.none() | text, st.none() | text, st.none() | text),
    Call: st.builds(
        Call, st.lists(plain, max_size=3).map(tuple), st.lists(st.tuples(text, plain), max_size=2).map(tuple)
    ),
    Verdict: verdicts(),
    Task: st.builds(
        Task,
        spec=st.from_type(PythonSpec) | st.from_type(SygusSpec) | st.from_type(SmtScript),
        verifiers=st.lists(text, max_size=2).map(tuple),
        assurance=st.sampled_from(Assurance),
        objective=st.none() | text,
        origin=st.from_type(Origin),
    ),
}


@pytest.fixture(autouse=True, scope="module")
def _strategies():
    for cls, strategy in OUR_STRATEGIES.items():
        st.register_type_strategy(cls, strategy)


@pytest.mark.parametrize("cls", RECORDS, ids=lambda c: c.__name__)
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_every_record_survives_the_trip(cls, data):
    record = data.draw(st.from_type(cls))
    written = codec.dumps(record)
    assert written.isascii()
    back = codec.loads(written)
    assert back == record
    assert type(back) is type(record)
    assert codec.dumps(back) == written


def test_there_is_a_name_for_every_record_and_no_two_share_one():
    from proofsmith import (
        budget,
        dafny_spec,
        events,
        logic_spec,
        model_calls,
        python_spec,
        source,
        types,
        values,
        verilog_spec,
    )

    specs = (dafny_spec, logic_spec, python_spec, verilog_spec)
    modules = (budget, events, model_calls, source, types, values, *specs)
    found = [
        item
        for module in modules
        for item in vars(module).values()
        if isinstance(item, type) and dataclasses.is_dataclass(item)
        and item.__module__ == module.__name__ and item is not values.Opaque
    ]  # fmt: skip
    assert {c.__name__ for c in found} == {c.__name__ for c in RECORDS}
    assert len({c.__name__ for c in found}) == len(found)


def test_fields_at_their_default_are_left_out_and_new_fields_read_old_rows():
    assert json.loads(codec.dumps(Spend(candidates=3))) == {"@": "Spend", "candidates": 3}
    assert codec.loads('{"@": "Spend"}') == Spend()


@pytest.mark.parametrize("number", [math.inf, -math.inf])
def test_infinities_are_json_that_any_reader_takes(number):
    proposal = Proposal(Candidate("x"), logprobs=(-0.5, number))
    written = codec.dumps(proposal)
    json.loads(written, parse_constant=pytest.fail)
    assert codec.loads(written) == proposal


def test_nan_comes_back_as_nan():
    assert math.isnan(codec.loads(codec.dumps(Spend(cost=math.nan))).cost)


@pytest.mark.parametrize("thing", [object(), [1], {"a": 1}, b"x", 1j, Spend])
def test_what_is_no_record_is_refused(thing):
    with pytest.raises(TypeError):
        codec.dumps(thing)


JUNK = [
    "", "{", "[1,", '{"@": "Nobody"}', '{"@": 3}', '{"@": ["x"]}', "{}", '{"@": "Spend", "later": 1}',
    '{"@": "Status"}', '{"@": "Status", "value": "MAYBE"}', '{"@": "Status", "value": [1]}',
    '{"@": "Candidate"}', '{"@": "float"}', '{"@": "float", "value": null}',
    '{"@": "Outcome", "value": {"int": 5}}', '{"@": "Outcome", "value": {"set": [{"list": []}]}}',
    '{"@": "Verdict", "status": {"@": "Status", "value": "PASS"}, "verifier": "v"}',
    '{"@": "Verdict", "status": {"@": "Status", "value": "FAIL"}, "verifier": "v", "score": "high"}',
    "[" * 100_000, '{"@": "Outcome", "value": ' + '{"list": [' * 50_000,
]  # fmt: skip


@pytest.mark.parametrize("junk", JUNK, ids=range(len(JUNK)))
def test_junk_is_a_value_error(junk):
    with pytest.raises(ValueError):
        codec.loads(junk)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
        lambda s: (
            st.lists(s, max_size=3)
            | st.fixed_dictionaries(
                {"@": st.sampled_from([c.__name__ for c in RECORDS]) | s},
                optional=dict.fromkeys(["node", "verdict", "source", "value", "args", "status", "score"], s),
            )
        ),
        max_leaves=12,
    )
)  # fmt: skip
def test_almost_records_are_read_or_are_a_value_error(junk):
    try:
        codec.from_data(junk)
    except ValueError:
        pass


def test_a_record_has_one_text_in_every_process():
    program = (
        "from proofsmith import codec\nfrom proofsmith.python_spec import *\n"
        "print(codec.dumps(Outcome([{str(i) for i in range(40)}, frozenset('abcdef')])))"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-c", program], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(texts) == 1


def test_a_judged_candidate_reads_as_it_was_written():
    spec = PythonSpec(Signature("f", (Parameter("x", "int"),), "int"))
    assert codec.loads(codec.dumps(Task("t", "s", "python", spec, ("a", "b")))).spec is not spec
    verdict = Verdict(Status.PASS, "unit-tests", Assurance.TESTED, score=1.0)
    for event in (NodeAdded(1, 0, Proposal(None, thought="plan"), 1.0), NodeJudged(1, verdict, (verdict,))):
        assert codec.loads(codec.dumps(event)) == event


@pytest.mark.parametrize("cls", RECORDS, ids=lambda c: c.__name__)
@settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_the_text_written_at_once_is_the_text_of_the_data(cls, data):
    record = data.draw(st.from_type(cls))
    assert codec.dumps(record) == json.dumps(codec.to_data(record), separators=(",", ":"))


def test_an_encoder_writes_something_else_for_the_classes_it_is_told():
    encoder = codec.TextEncoder({Candidate: lambda c: json.dumps(c.source.upper())})
    assert json.loads(encoder.text(Proposal(Candidate("x"))))["candidate"] == "X"
    assert json.loads(codec.dumps(Proposal(Candidate("x"))))["candidate"]["source"] == "x"


def test_what_is_not_a_core_type_is_refused_however_deep_it_is():
    for item in (object(), (1, {2}), Proposal(Candidate("x"), data=(("k", object()),))):
        with pytest.raises(TypeError, match="not one of the core types"):
            codec.dumps(item)
