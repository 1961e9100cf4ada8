"""Inputs fit the signature, are the same every time, and stay near the examples."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofsmith.python_spec import Call, Parameter, PythonSpec, Signature
from proofsmith.verifiers.properties import generate_inputs
from proofsmith.verifiers.properties.inputs import fits, literals, repaired
from proofsmith.verifiers.properties.shapes import conforms, parameter_shapes
from proofsmith.verifiers.properties.shrink import shrink, simpler, simpler_values, value_weight, weight

Spec = Callable[..., PythonSpec]


@pytest.mark.parametrize(
    "header",
    [
        "f(xs: list[int], k: int) -> int",
        "f(s: str, t: str = 'a')",
        "f(d: dict[str, float], flag: Optional[bool])",
        "f(pairs: list[tuple[int, str]])",
    ],
)
def test_inputs_are_distinct_and_fit(spec: Spec, header: str) -> None:
    asked = spec(header)
    calls = generate_inputs(asked, 100, 3)
    assert len({c.key for c in calls}) == len(calls) >= 60
    assert all(fits(c, asked, parameter_shapes(asked)) for c in calls)


def test_the_same_seed_gives_the_same_inputs_in_every_process(spec: Spec, tmp_path: Path) -> None:
    asked = spec("f(s: str, xs: set[str])", examples=[(("hello", {"a", "bc", "d"}), 1)])
    here = [c.key for c in generate_inputs(asked, 50, 7)]
    program = (
        "from proofsmith.python_spec import *\n"
        "from proofsmith.verifiers.properties import generate_inputs\n"
        "p = (Parameter('s', 'str'), Parameter('xs', 'set[str]'))\n"
        "e = Example(Call(('hello', {'a', 'bc', 'd'})), Outcome(1))\n"
        "spec = PythonSpec(Signature('f', p), examples=(e,))\n"
        "print(*(c.key for c in generate_inputs(spec, 50, 7)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONHASHSEED": "12345"},
        check=True,
    )
    assert done.stdout.split() == here
    assert [c.key for c in generate_inputs(asked, 50, 8)] != here
    assert not list(tmp_path.iterdir()), "generating inputs leaves nothing behind"


def test_inputs_look_like_the_examples(spec: Spec) -> None:
    asked = spec("f(s: str) -> bool", examples=[(("(()())",), True), (("(()",), False)])
    texts = [c.args[0] for c in generate_inputs(asked, 100, 0)]
    assert sum(set(t) <= set("()") for t in texts) > 40


def test_constants_of_the_specification_are_tried(spec: Spec) -> None:
    asked = spec("f(n: int) -> int", properties=["result == 0 if n == 5417 else True"])
    assert any(c.args[0] == 5417 for c in generate_inputs(asked, 100, 0))


def test_small_types_run_out(spec: Spec) -> None:
    assert {c.args for c in generate_inputs(spec("f(a: bool, b: bool)"), 100, 0)} == {
        (a, b) for a in (False, True) for b in (False, True)
    }
    assert generate_inputs(spec("f()"), 100, 0) == (Call(),)


def test_some_arguments_have_to_do_with_one_another(spec: Spec) -> None:
    calls = generate_inputs(spec("f(xs: list[int], k: int, s: str, t: str)"), 150, 0)
    assert any(c.args[1] == len(c.args[0]) > 2 for c in calls)
    assert any(c.args[1] in c.args[0] for c in calls)
    assert any(len(c.args[2]) > len(c.args[3]) > 1 and c.args[3] in c.args[2] for c in calls)
    sides = generate_inputs(spec("f(a: int, b: int, c: int)"), 100, 0)
    assert any(c.args[0] + c.args[1] == c.args[2] != 0 for c in sides)
    assert any(len(set(c.args)) == 1 for c in sides)


def test_keyword_only_and_variadic_parameters() -> None:
    parameters = (
        Parameter("a", "int"),
        Parameter("rest", "int", kind="VAR_POSITIONAL"),
        Parameter("flag", "bool", "False", "KEYWORD_ONLY"),
        Parameter("more", None, kind="VAR_KEYWORD"),
    )
    spec = PythonSpec(Signature("f", parameters[:3]))

    def f(a: int, *rest: int, flag: bool = False) -> tuple[object, ...]:
        return a, rest, flag

    for call in generate_inputs(spec, 60, 1):
        a, rest, flag = f(*call.args, **dict(call.kwargs))
        assert type(a) is int
        assert all(type(r) is int for r in rest)
        assert type(flag) is bool


def test_repairs_make_what_preconditions_ask_for() -> None:
    calls = list(repaired([Call(([3, 1, 3, -2], [5]))]))
    assert any(c.args[0] == [-2, 1, 3, 3] for c in calls)
    assert any(c.args[0] == [3, 1, -2] for c in calls)
    assert any(len(c.args[0]) == len(c.args[1]) for c in calls)
    assert all(x >= 0 for c in calls if c.args[0] == [3, 1, 3, 2] for x in c.args[0])


def test_literals_leave_docstrings_out() -> None:
    assert literals("def f(n):\n    'a docstring'\n    return n + 41 if n else 'x'\n") == ["x", 41]
    assert literals("n == 3 and s == 'ab'") == [3, "ab"]
    assert literals("def (") == []


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=True)
    | st.text(max_size=5)
    | st.binary(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(st.integers(), inner, max_size=3)
        | st.sets(st.integers(), max_size=4)
    ),
    max_leaves=8,
)


@settings(deadline=None)
@given(VALUES)
def test_simpler_values_keep_the_type(value: object) -> None:
    assert all(type(v) is type(value) for v in simpler_values(value))


@settings(deadline=None)
@given(st.tuples(st.lists(st.integers(), max_size=5), st.text(max_size=5), st.floats(allow_nan=False)))
def test_shrinking_ends_at_the_simplest_where_anything_will_do(args: tuple[object, ...]) -> None:
    spec = PythonSpec(
        Signature("f", (Parameter("a", "list[int]"), Parameter("b", "str"), Parameter("c", "float")))
    )
    shapes = parameter_shapes(spec)
    call = Call(args)
    assert all(weight(c) < weight(call) for c in simpler(call, shapes))
    assert shrink(call, shapes, lambda calls: 0, rounds=200) == Call(([], "", 0.0))


def test_shrinking_keeps_what_was_asked(spec: Spec) -> None:
    shapes = parameter_shapes(spec("f(xs: list[int])"))

    def still(calls: list[Call]) -> int | None:
        return next(
            (i for i, c in enumerate(calls) if any(x > 100 for x in c.args[0]) and len(c.args[0]) > 1), None
        )

    small = shrink(Call(([5, -3, 4000, 77, 12],)), shapes, still)  # type: ignore[arg-type]
    assert len(small.args[0]) == 2
    assert max(small.args[0]) == 101
    assert 0 in small.args[0]


@given(VALUES)
def test_weights_are_finite(value: object) -> None:
    parts, magnitude = value_weight(value)
    assert parts >= 1
    assert magnitude >= 0


def test_mutated_examples_stay_in_shape(spec: Spec) -> None:
    asked = spec("f(p: tuple[int, str], o: Optional[list[bool]])", examples=[(((1, "a"), [True]), 0)])
    shapes = parameter_shapes(asked)
    assert all(
        conforms(v, s) for c in generate_inputs(asked, 100, 5) for v, s in zip(c.args, shapes, strict=True)
    )
