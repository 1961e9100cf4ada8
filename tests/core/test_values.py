"""Values that cross a process boundary: what goes in comes out, and only equal data are equal."""

import json
import math
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofsmith import values
from proofsmith.values import Opaque, decode, digest, encode, equal, is_data

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.complex_numbers()
    | st.text(st.characters(exclude_categories=()))
    | st.binary()
)
hashables = st.recursive(
    scalars, lambda s: st.lists(s, max_size=3).map(tuple) | st.frozensets(s, max_size=3), max_leaves=6
)
data = st.recursive(
    scalars,
    lambda s: (
        st.lists(s, max_size=4)
        | st.lists(s, max_size=4).map(tuple)
        | st.dictionaries(hashables, s, max_size=4)
        | st.sets(hashables, max_size=4)
        | st.frozensets(hashables, max_size=4)
    ),
    max_leaves=15,
)
json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda s: (
        st.lists(s, max_size=3)
        | st.dictionaries(
            st.sampled_from(["int", "float", "list", "tuple", "dict", "set", "opaque", "bytes", "?"]),
            s,
            max_size=2,
        )
    ),
    max_leaves=10,
)  # fmt: skip


def printed(value):
    """An independent canonical form: `repr` with the members of sets sorted."""
    if isinstance(value, list | tuple):
        return f"{type(value).__name__}{[printed(x) for x in value]}"
    if isinstance(value, dict):
        return f"dict{[(printed(k), printed(v)) for k, v in value.items()]}"
    if isinstance(value, set | frozenset):
        return f"{type(value).__name__}{sorted(map(printed, value))}"
    return repr(value)


@given(data)
def test_data_survive_the_trip_through_json(value):
    back = decode(json.loads(json.dumps(encode(value))))
    assert printed(back) == printed(value)
    assert is_data(value)
    assert equal(back, value)
    assert digest(back) == digest(value)


@given(data, data)
def test_equality_is_symmetric_and_follows_the_types(a, b):
    assert equal(a, b) == equal(b, a)
    assert equal(a, b, strict=False) == equal(b, a, strict=False)
    if equal(a, b):
        assert type(a) is type(b)
        assert equal(a, b, strict=False)
    if digest(a) == digest(b):
        assert equal(a, b)


@given(json_like)
def test_what_encode_never_made_is_one_kind_of_error(junk):
    try:
        decode(junk)
    except ValueError:
        pass


@pytest.mark.parametrize("depth", [1_000, 100_000])
def test_deep_nesting_is_refused_in_both_directions(depth):
    deep = []
    for _ in range(depth):
        deep = [deep]
    assert not is_data(deep)
    nested = 1
    for _ in range(depth):
        nested = {"list": [nested]}
    try:
        decode(nested)
    except ValueError:
        pass


def test_a_cycle_is_carried_as_opaque():
    loop = []
    loop.append(loop)
    assert not is_data(loop)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (1, True), (1, 1.0), (0, False), ([1], [True]), ([1], (1,)), ({1}, {True}), ({1}, {1.0}),
        ({1: "a"}, {True: "a"}), ({1.0: "a"}, {1: "a"}), ({(1,)}, {(True,)}), (frozenset({1}), {1}),
        ("1", 1), (b"a", "a"), (None, False), ({"a": 1}, {"a": True}),
        (frozenset({frozenset({0})}), frozenset({frozenset({False})})),
    ],
)  # fmt: skip
def test_strict_equality_tells_types_apart_at_every_level(a, b):
    assert not equal(a, b)
    assert digest(a) != digest(b)


@pytest.mark.parametrize(
    ("a", "b"),
    [(1, True), (1, 1.0), ({1}, {True}), ({1: 2.0}, {True: 2}), (frozenset({1}), {1.0}), ([0], [-0.0])],
)  # fmt: skip
def test_lenient_equality_compares_numbers_as_python_does(a, b):
    assert equal(a, b, strict=False)


@pytest.mark.parametrize(
    ("a", "b"),
    [([1], (1,)), ("1", 1), ({1}, {2}), ({1}, [1]), ({"a": 1}, {"a": 1, "b": 2}), (None, 0)],
)  # fmt: skip
def test_lenient_equality_is_still_equality(a, b):
    assert not equal(a, b, strict=False)


def test_floats_are_equal_within_the_tolerance_and_nan_is_itself():
    assert equal(0.1 + 0.2, 0.3)
    assert equal([math.nan], [math.nan])
    assert equal({math.nan}, {float("nan")})
    assert equal({float("nan"): 1}, {float("nan"): 1})
    assert not equal(0.3, 0.301)
    assert not equal(math.inf, -math.inf)
    assert not equal(math.nan, 0.0)
    assert not equal(10**400, math.inf, strict=False)
    assert equal(1.0, 1.1, tolerance=values.Tolerance(abs=0.2))


class Chameleon:
    def __eq__(self, other):
        return True

    def __hash__(self):
        return hash(1)


class SlyInt(int):
    def __eq__(self, other):
        return True

    __hash__ = int.__hash__


@pytest.mark.parametrize(
    "wrap", [lambda x: x, lambda x: [x], lambda x: {x}, lambda x: {x: 1}, lambda x: {"k": x}]
)
@pytest.mark.parametrize("fake", [Chameleon(), SlyInt(7), Opaque("A", "1")])
@pytest.mark.parametrize("strict", [True, False])
def test_an_object_that_equals_everything_equals_nothing(wrap, fake, strict):
    assert not equal(wrap(fake), wrap(1), strict)
    assert not equal(wrap(1), wrap(fake), strict)
    assert not equal(wrap(fake), wrap(fake), strict)
    assert not is_data(wrap(fake))


def test_encoding_calls_no_method_of_a_foreign_object():
    class Hostile:
        def __getattribute__(self, name):
            raise AssertionError(name)

        def __repr__(self):
            raise AssertionError

    (encoded,) = encode([Hostile()])["list"]
    assert set(encoded) == {"opaque"}


def test_equal_sets_have_one_text_and_one_digest_in_every_process():
    program = (
        "from proofsmith.values import digest, encode; import json;"
        "s = {str(i) for i in range(50)}; print(json.dumps(encode(s)), digest(s, {'a': 1, 'b': 2}))"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    assert digest([1, 2]) != digest([2, 1])
    assert digest(1, 2) != digest([1, 2])
