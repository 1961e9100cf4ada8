"""Programs that agree on the examples are told apart by a small input that looks like them."""

from collections.abc import Callable

import pytest

from proofsmith.budget import Budget
from proofsmith.python_spec import PythonSpec
from proofsmith.types import Candidate, Task
from proofsmith.verifiers.properties import Distinction, distinguish
from proofsmith.verifiers.toolbox import Toolbox

Spec = Callable[..., PythonSpec]


@pytest.fixture
def apart(toolbox: Toolbox, task: Callable[..., Task[PythonSpec]]) -> Callable[..., Distinction | None]:
    def run(spec: PythonSpec, *bodies: str, seed: int = 0) -> Distinction | None:
        name = spec.signature.name
        arguments = ", ".join(p.name for p in spec.signature.parameters)
        candidates = [Candidate(f"def {name}({arguments}):\n    {body}\n") for body in bodies]
        return distinguish(task(spec), candidates, Budget(seconds=100), toolbox, seed)

    return run


def test_the_smallest_plausible_input_is_named(spec: Spec, apart: Callable[..., Distinction | None]) -> None:
    asked = spec("f(xs: list[int]) -> int", examples=[(([3, 1, 2],), 3), (([5],), 5)])
    found = apart(asked, "return max(xs)", "return xs[0]", "return sorted(xs)[-1]")
    assert found is not None
    assert found.call.args == ([1, 2],)
    assert [o.value for o in found.outcomes if o] == [2, 1, 2]


def test_values_tell_more_than_crashes(spec: Spec, apart: Callable[..., Distinction | None]) -> None:
    asked = spec("f(s: str) -> str", examples=[(("abc",), "a"), (("xyz",), "x")])
    found = apart(asked, "return s[0]", "return s[:1] if len(s) < 6 else s[1]")
    assert found is not None
    assert len(found.call.args[0]) >= 6
    assert all(o is not None and o.exception is None for o in found.outcomes)


def test_a_crash_is_reported_where_nothing_else_differs(
    spec: Spec, apart: Callable[..., Distinction | None]
) -> None:
    asked = spec("f(s: str) -> str", examples=[(("abc",), "a"), (("xyz",), "x")])
    found = apart(asked, "return s[0]", "return s[:1]")
    assert found is not None
    assert found.call.args == ("",)


def test_signs_of_the_examples_are_kept_where_possible(
    spec: Spec, apart: Callable[..., Distinction | None]
) -> None:
    asked = spec("f(n) -> int", examples=[((3,), 9), ((2,), 4)])
    found = apart(asked, "return n * n", "return n * abs(n)", "return n ** 2 if n < 50 else 0")
    assert found is not None
    assert found.call.args == (50,)
    only_negative = apart(asked, "return n * n", "return n * abs(n)")
    assert only_negative is not None
    assert only_negative.call.args == (-1,)


def test_preconditions_are_respected(spec: Spec, apart: Callable[..., Distinction | None]) -> None:
    asked = spec("f(n: int) -> int", preconditions=["n >= 0"], examples=[((2,), 2)])
    assert apart(asked, "return n", "return abs(n)") is None


def test_equal_programs_and_hopeless_ones_are_not_told_apart(
    spec: Spec, apart: Callable[..., Distinction | None]
) -> None:
    asked = spec("f(n: int) -> int", examples=[((2,), 4)])
    assert apart(asked, "return n + n", "return 2 * n") is None
    assert apart(asked, "return object()", "return object()") is None
    assert apart(spec("f(g: Callable[[int], int]) -> int"), "return 1", "return 2") is None


def test_a_program_that_hangs_has_no_outcome(spec: Spec, apart: Callable[..., Distinction | None]) -> None:
    asked = spec("f(n: int) -> int", examples=[((2,), 4)])
    found = apart(asked, "return n + n", "return n * n", "while n != 2: pass")
    assert found is not None
    assert found.outcomes[2] is None or found.call.args == (2,)
    assert found.outcomes[0] != found.outcomes[1]


def test_the_same_seed_names_the_same_input(spec: Spec, apart: Callable[..., Distinction | None]) -> None:
    asked = spec("f(s: str, k: int) -> str", examples=[(("hello", 2), "he")])
    bodies = ("return s[:k]", "return s[:2]", "return s[:k].lower()")
    assert apart(asked, *bodies, seed=4) == apart(asked, *bodies, seed=4)
