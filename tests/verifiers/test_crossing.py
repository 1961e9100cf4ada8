"""The line between tests and program, both ends in this process."""

import collections
import datetime
import decimal
import fractions
import types
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofsmith import values
from proofsmith.verifiers.sandbox.inside.crossing import Crossing, Foreign

DATA = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
    | st.binary(max_size=5)
    | st.decimals(allow_nan=False) | st.fractions() | st.dates() | st.timedeltas(),
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner, inner)
    | st.dictionaries(st.integers() | st.text(max_size=3), inner, max_size=3)
    | st.frozensets(st.integers() | st.tuples(st.text(max_size=3), st.integers()), max_size=3)
    | st.sets(st.integers(), max_size=3)
    | st.lists(inner, max_size=2).map(collections.deque),
    max_leaves=10,
)  # fmt: skip


def line() -> tuple[Crossing, Crossing, list[str]]:
    problems: list[str] = []

    def refuse(number: int, args: Any, kwargs: Any) -> Any:
        raise AssertionError

    near, far = types.ModuleType("m"), types.ModuleType("m")
    for module in (near, far):
        exec("class P:\n    def __init__(self, x): self.x = x", module.__dict__)
    return (
        Crossing(values, 0, near, refuse, problems.append),
        Crossing(values, 1, far, refuse, problems.append),
        problems,
    )


@given(DATA)
def test_data_cross_and_come_back(value: object) -> None:
    near, far, problems = line()
    near.enter()
    far.enter()
    (there,) = far.unpack(near.pack([value]))
    assert there == value
    assert type(there) is type(value)
    (back,) = near.unpack(far.pack([there]))
    assert back == value
    assert not problems


@given(st.lists(st.lists(st.integers(), max_size=2), min_size=1, max_size=3), st.integers())
def test_what_is_shared_stays_shared(value: list[list[int]], number: int) -> None:
    near, far, _ = line()
    near.enter()
    far.enter()
    (there,) = far.unpack(near.pack([value]))
    there.append(there[0])
    there[0].append(number)
    (back,) = near.unpack(far.pack([there]))
    assert back is value
    assert value[-1] is value[0]
    assert value[0][-1] == number


def test_hostile_data_become_foreign_or_are_refused() -> None:
    near, _, problems = line()
    near.enter()
    (thing,) = near.unpack({"roots": [{"ref": 1}], "cells": [[1, "object", ["Unknown", None, []]]]})
    assert type(thing) is Foreign
    assert thing != 1
    assert not thing == thing  # noqa: SIM201
    for data in (
        {"roots": [{"ref": 7}], "cells": []},
        {"roots": [{"std": ["Popen", "x"]}], "cells": []},
        {"roots": [{"enum": ["P", "x"]}], "cells": []},
        {"roots": [], "cells": [[5, "exec", "x"]]},
        {"roots": [], "cells": [[3, "list", 5]]},
    ):
        with pytest.raises((KeyError, ValueError, TypeError, AttributeError)):
            near.unpack(data)
    (function,) = near.unpack({"roots": [{"builtin": "eval"}], "cells": []})
    assert type(function) is Foreign
    assert not problems


@pytest.mark.parametrize("name", ["KeyboardInterrupt", "GeneratorExit", "Skipped", "SkipTest", "Exit"])
def test_no_exception_can_steer_a_test_run(name: str) -> None:
    near, _, _ = line()
    bases = [
        ["unittest.case", name],
        ["builtins", name],
        ["builtins", "BaseException"],
        ["builtins", "object"],
    ]
    error = near.unpack_error({"bases": bases, "message": "x", "args": None})
    assert isinstance(error, Exception)
    assert type(error).__mro__[1] is Exception


def test_standard_types_keep_their_types() -> None:
    near, far, _ = line()
    near.enter()
    far.enter()
    things = [
        decimal.Decimal("1.50"),
        fractions.Fraction(1, 3),
        datetime.date(2024, 1, 2),
        range(1, 5, 2),
        collections.Counter("aab"),
        collections.OrderedDict(a=1),
    ]
    assert far.unpack(near.pack(things)) == things
    assert [type(t) for t in far.unpack(near.pack(things))] == [type(t) for t in things]
