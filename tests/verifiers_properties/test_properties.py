"""Known-good programs pass, wrong ones fail with a small readable input, and nothing else passes."""

from collections.abc import Callable
from typing import Any

import pytest

from proofsmith.budget import Budget
from proofsmith.errors import BadInput
from proofsmith.python_spec import Call, Outcome, Parameter, Property, PythonSpec, Signature
from proofsmith.types import Assurance, Candidate, Status, Task, Verdict
from proofsmith.verifiers.properties import PropertyVerifier, falsify
from proofsmith.verifiers.table import VERIFIERS
from proofsmith.verifiers.toolbox import Toolbox

Spec = Callable[..., PythonSpec]
Check = Callable[..., Verdict]

LARGEST = "def largest(xs, k):\n    return sorted(xs, reverse=True)[:k]\n"


@pytest.fixture(params=["reference", "properties"])
def largest(request: pytest.FixtureRequest, spec: Spec) -> PythonSpec:
    """The k largest items, descending; by an oracle, or by what holds of them."""
    header = "largest(xs: list[int], k: int) -> list[int]"
    common = {"examples": [(([3, 1, 2], 2), [3, 2])], "preconditions": ["k >= 0", "k <= len(xs)"]}
    if request.param == "reference":
        oracle = "def oracle(xs, k):\n    return sorted(xs)[::-1][:k]\n"
        return spec(header, reference=oracle, **common)
    return spec(
        header,
        properties=[
            "len(result) == k",
            "all(a >= b for a, b in zip(result, result[1:]))",
            "all(result.count(x) <= xs.count(x) for x in result)",
            "all(result.count(x) == xs.count(x) or x <= result[-1] for x in xs) if result else True",
        ],
        **common,
    )


def test_the_table_has_it(toolbox: Toolbox) -> None:
    assert VERIFIERS.get("properties").create(toolbox).name == "properties"


def test_a_right_program_passes_as_tested(largest: PythonSpec, check: Check) -> None:
    verdict = check(largest, LARGEST)
    assert (verdict.status, verdict.assurance) == (Status.PASS, Assurance.TESTED)
    assert verdict.tool is not None
    assert verdict.tool.name == "hypothesis"
    assert "held on" in verdict.notes[0]


@pytest.mark.parametrize(
    "body",
    [
        "return sorted(set(xs), reverse=True)[:k]",
        "return sorted(xs)[:k]",
        "return sorted(xs, reverse=True)[:k + 1]",
        "return sorted(xs, reverse=True)[:k] if len(xs) != 5 else [0] * k",
        "return sorted(xs, key=abs, reverse=True)[:k]",
        "return xs[:k]",
        "return None",
        "raise ValueError",
    ],
)
def test_mutants_fail_with_a_small_input(largest: PythonSpec, check: Check, body: str) -> None:
    verdict = check(largest, f"def largest(xs, k):\n    {body}\n")
    assert verdict.status is Status.FAIL
    assert 0.0 <= verdict.score < 1.0
    shown = verdict.counterexample
    assert shown is not None
    inputs = dict(shown.inputs)
    assert set(inputs) == {"xs", "k"}
    xs, k = eval(inputs["xs"]), eval(inputs["k"])
    assert 0 <= k <= len(xs) <= 5
    assert all(abs(x) <= 3 for x in xs)
    assert shown.violated
    if largest.reference is not None:
        assert shown.example is not None
        assert shown.example.call == Call((xs, k))
        assert shown.example.expected.value == sorted(xs, reverse=True)[:k]


def test_preconditions_are_respected(spec: Spec, check: Check) -> None:
    asked = spec(
        "root(n: int) -> int", preconditions=["n >= 0"], properties=["result ** 2 <= n < (result + 1) ** 2"]
    )
    source = (
        "import math\n\n\ndef root(n):\n    if n < 0:\n        raise SystemError\n    return math.isqrt(n)\n"
    )
    assert check(asked, source).status is Status.PASS


def test_rare_preconditions_are_met_by_mending_inputs(spec: Spec, check: Check) -> None:
    asked = spec(
        "find(xs: list[int], x: int) -> bool",
        preconditions=["xs == sorted(set(xs))", "len(xs) >= 2"],
        reference="def oracle(xs, x):\n    return x in xs\n",
    )
    binary = (
        "import bisect\n\n\ndef find(xs, x):\n"
        "    i = bisect.bisect_left(xs, x)\n    return i < len(xs) and xs[i] == x\n"
    )
    assert check(asked, binary).status is Status.PASS
    wrong = check(asked, "def find(xs, x):\n    return x in xs[1:]\n")
    assert wrong.status is Status.FAIL
    assert wrong.counterexample is not None
    assert wrong.counterexample.inputs[0] == ("xs", "[0, 1]")


@pytest.mark.parametrize("condition", ["n > n", "n == 123456789 * n + 1", "False"])
def test_an_impossible_precondition_is_unknown(spec: Spec, check: Check, condition: str) -> None:
    verdict = check(
        spec("f(n: int)", preconditions=[condition], properties=["True"]), "def f(n):\n    return n\n"
    )
    assert verdict.status is Status.UNKNOWN
    assert "meet the preconditions" in verdict.diagnostics[0].message


def test_nothing_to_check_is_unknown(spec: Spec, check: Check) -> None:
    verdict = check(spec("f(n: int)", examples=[((1,), 1)]), "def f(n):\n    return n\n")
    assert verdict.status is Status.UNKNOWN


@pytest.mark.parametrize("header", ["f(g: Callable[[int], int])", "f(x: Widget)", "f(x)"])
def test_types_that_cannot_be_generated_are_unknown(spec: Spec, check: Check, header: str) -> None:
    name = header[2]
    verdict = check(spec(header, properties=["True"]), f"def f({name}):\n    return 1\n")
    assert verdict.status is Status.UNKNOWN
    assert "no inputs can be generated" in verdict.diagnostics[0].message


@pytest.mark.parametrize("expression", ["result = 3", "result ==", "import os", ""])
def test_a_property_that_is_no_expression_is_bad_input(spec: Spec, check: Check, expression: str) -> None:
    with pytest.raises(BadInput, match="not an expression"):
        check(spec("f(n: int)", properties=[expression]), "def f(n):\n    return n\n")


@pytest.mark.parametrize("expression", ["result", "resulf == n", "len(result) > 0", "n / 0 == 1"])
def test_a_property_that_fails_on_a_right_result_is_bad_input(
    spec: Spec, check: Check, expression: str
) -> None:
    asked = spec("f(n: int) -> int", properties=[expression], examples=[((1,), 1)])
    with pytest.raises(BadInput, match="cannot be evaluated"):
        check(asked, "def f(n):\n    return n\n")


@pytest.mark.parametrize("expression", ["result", "10 // n > -100", "undefined > result"])
def test_a_buggy_property_is_never_the_candidates_fault(spec: Spec, check: Check, expression: str) -> None:
    verdict = check(spec("f(n: int) -> int", properties=[expression]), "def f(n):\n    return n\n")
    assert verdict.status is Status.ERROR
    assert "cannot be evaluated" in verdict.diagnostics[0].message


def test_a_property_that_fails_on_a_result_of_the_wrong_type_is_the_candidates_fault(
    spec: Spec, check: Check
) -> None:
    asked = spec("f(s: str) -> str", properties=["result.upper() == result"])
    assert check(asked, "def f(s):\n    return None\n").status is Status.FAIL


@pytest.mark.parametrize(
    ("parts", "cause"),
    [
        (
            {"examples": [((2,), 5)], "reference": "def oracle(n):\n    return n\n"},
            "reference contradicts an example",
        ),
        ({"examples": [((2,), 2)], "properties": ["result > 2"]}, "contradicts an example"),
        (
            {"reference": "def oracle(n):\n    return n\n", "properties": ["result < 9"]},
            "contradicts the reference",
        ),
        ({"reference": "def oracle(n:\n"}, "reference does not parse"),
        ({"reference": "def orakel(n):\n    return n\n"}, "does not define oracle"),
        ({"reference": "import nosuchmodule\n\n\ndef oracle(n):\n    return n\n"}, "cannot be loaded"),
        ({"properties": ["True"], "preconditions": ["nn > 0"]}, "precondition nn > 0 cannot be evaluated"),
    ],
)
def test_a_specification_that_contradicts_itself_is_bad_input(
    spec: Spec, check: Check, parts: dict[str, object], cause: str
) -> None:
    with pytest.raises(BadInput, match=cause):
        check(spec("f(n: int) -> int", **parts), "def f(n):\n    return n\n")


def test_exceptions_are_part_of_what_a_reference_does(spec: Spec, check: Check) -> None:
    oracle = "def oracle(a, b):\n    if b == 0:\n        raise ValueError('b')\n    return a // b\n"
    asked = spec("div(a: int, b: int) -> int", reference=oracle)
    assert (
        check(asked, "def div(a, b):\n    if not b:\n        raise ValueError\n    return a // b\n").status
        is Status.PASS
    )
    verdict = check(asked, "def div(a, b):\n    return a // b\n")
    assert verdict.status is Status.FAIL
    assert verdict.counterexample is not None
    assert verdict.counterexample.expected == "ValueError"
    assert "raised ZeroDivisionError" in verdict.counterexample.actual
    assert verdict.counterexample.example is not None
    assert verdict.counterexample.example.expected.exception == "ValueError"
    quiet = check(asked, "def div(a, b):\n    return a // b if b else None\n")
    assert quiet.status is Status.FAIL


def test_without_a_reference_an_exception_on_a_valid_input_fails(spec: Spec, check: Check) -> None:
    asked = spec("head(xs: list[int]) -> int", preconditions=["len(xs) > 0"], properties=["result in xs"])
    verdict = check(asked, "def head(xs):\n    return xs[2]\n")
    assert verdict.status is Status.FAIL
    assert "raised IndexError" in verdict.diagnostics[0].message
    assert verdict.counterexample is not None
    assert verdict.counterexample.inputs == (("xs", "[0]"),)


def test_a_program_that_mostly_raises_what_an_example_asks_for_is_not_passed(
    spec: Spec, check: Check
) -> None:
    asked = spec(
        "half(n: int) -> int",
        properties=["result * 2 == n"],
        examples=[((4,), 2), ((3,), Outcome(exception="ValueError"))],
    )
    right = "def half(n):\n    if n % 2:\n        raise ValueError\n    return n // 2\n"
    assert check(asked, right).status is Status.PASS
    lazy = "def half(n):\n    if n != 4:\n        raise ValueError\n    return 2\n"
    assert check(asked, lazy).status is Status.UNKNOWN


def test_changing_arguments_is_compared_with_the_reference(spec: Spec, check: Check) -> None:
    asked = spec("tidy(xs: list[int]) -> None", reference="def oracle(xs):\n    xs.sort()\n")
    assert check(asked, "def tidy(xs):\n    xs[:] = sorted(xs)\n").status is Status.PASS
    verdict = check(asked, "def tidy(xs):\n    sorted(xs)\n")
    assert verdict.status is Status.FAIL
    assert "arguments" in verdict.diagnostics[0].message


def test_what_a_reference_prints_counts(spec: Spec, check: Check) -> None:
    asked = spec("say(n: int) -> None", reference="def oracle(n):\n    print(n)\n")
    assert check(asked, "def say(n):\n    print(n)\n").status is Status.PASS
    assert check(asked, "def say(n):\n    pass\n").status is Status.FAIL


def test_floats_are_compared_with_tolerance(spec: Spec, check: Check) -> None:
    asked = spec("mean(a: float, b: float) -> float", reference="def oracle(a, b):\n    return (a + b) / 2\n")
    assert check(asked, "def mean(a, b):\n    return a / 2 + b / 2\n").status is Status.PASS
    assert check(asked, "def mean(a, b):\n    return a + b / 2\n").status is Status.FAIL


def test_a_silent_reference_is_unknown(spec: Spec, check: Check) -> None:
    asked = spec("f(n: int) -> object", reference="def oracle(n):\n    return object()\n")
    assert check(asked, "def f(n):\n    return object()\n").status is Status.UNKNOWN


def test_inputs_on_which_the_reference_hangs_are_left_out(spec: Spec, check: Check, in_time: Any) -> None:
    oracle = "def oracle(n):\n    while n < -15:\n        pass\n    return n * 2\n"
    asked = spec("f(n: int) -> int", reference=oracle)
    with in_time(15.0):
        verdict = check(asked, "def f(n):\n    return n + n\n", call_seconds=1.0)
        assert verdict.status in (Status.PASS, Status.UNKNOWN)
    assert check(asked, "def f(n):\n    return n\n", call_seconds=1.0).status is Status.FAIL


def test_an_endless_loop_is_a_timeout_in_time(largest: PythonSpec, check: Check, in_time: Any) -> None:
    endless = "def largest(xs, k):\n    while True:\n        pass\n"
    with in_time(2.0):
        verdict = check(largest, endless, seconds=2.0)
    assert verdict.status in (Status.TIMEOUT, Status.UNKNOWN)  # a slow machine has not begun by then
    assert check(largest, endless, seconds=100.0, call_seconds=1.0).status is Status.TIMEOUT


def test_a_wrong_answer_before_an_endless_loop_is_a_fail(largest: PythonSpec, check: Check) -> None:
    source = "def largest(xs, k):\n    while k > 2:\n        pass\n    return xs[:k]\n"
    assert check(largest, source, call_seconds=1.0).status is Status.FAIL


def test_no_time_is_nobodys_fault(largest: PythonSpec, check: Check) -> None:
    assert check(largest, LARGEST, seconds=0.0).status is Status.UNKNOWN


def test_a_program_that_is_none_for_the_task_fails(largest: PythonSpec, check: Check) -> None:
    for source in ("def other(xs, k):\n    return 1\n", "def largest(xs:\n", "largest = 3\n"):
        assert check(largest, source).status is Status.FAIL


def test_the_module_around_the_hole_is_there_for_both(spec: Spec, check: Check) -> None:
    asked = spec(
        "f(n: int) -> int",
        prefix="LIMIT = 10\n\n\ndef bounded(n):\n    return -LIMIT <= n <= LIMIT\n\n\n",
        properties=["bounded(result)"],
    )
    assert check(asked, "def f(n):\n    return max(-LIMIT, min(n, LIMIT))\n").status is Status.PASS
    assert check(asked, "def f(n):\n    return n\n").status is Status.FAIL


def test_properties_see_comprehensions_defaults_and_a_parameter_named_like_a_builtin(
    spec: Spec, check: Check
) -> None:
    asked = spec(
        "f(list: list[int], k: int = 2) -> list[int]",
        properties=[
            "all(x * k in result for x in list)",
            "len(result) == len([y for y in list if k is not None])",
        ],
    )
    assert check(asked, "def f(list, k=2):\n    return [x * k for x in list]\n").status is Status.PASS


def test_the_same_question_has_the_same_answer(largest: PythonSpec, check: Check) -> None:
    source = "def largest(xs, k):\n    return sorted(set(xs), reverse=True)[:k]\n"
    first, second = check(largest, source), check(largest, source)
    assert first.counterexample == second.counterexample
    assert (first.score, first.behaviour) == (second.score, second.behaviour)


def test_behaviour_tells_programs_apart(largest: PythonSpec, check: Check) -> None:
    good = check(largest, LARGEST).behaviour
    assert good == check(largest, "def largest(xs, k):\n    return sorted(xs)[::-1][:k]\n").behaviour
    assert good != check(largest, "def largest(xs, k):\n    return xs[:k]\n").behaviour


def test_falsify_looks_around_the_candidates_own_constants(
    spec: Spec, check: Check, toolbox: Toolbox, task: Callable[..., Task[PythonSpec]]
) -> None:
    asked = spec(
        "double(n: int) -> int", reference="def oracle(n):\n    return 2 * n\n", examples=[((2,), 4)]
    )
    source = "def double(n):\n    return n + n if n != 7013 else 0\n"
    assert check(asked, source).status is Status.PASS
    verdict = falsify(task(asked), Candidate(source), Budget(seconds=10), toolbox, 1)
    assert verdict.status is Status.FAIL
    assert verdict.counterexample is not None
    assert verdict.counterexample.inputs == (("n", "7013"),)
    good = falsify(task(asked), Candidate("def double(n):\n    return n * 2\n"), Budget(), toolbox, 1)
    assert good.status is Status.PASS


def test_falsify_with_nothing_to_go_by_is_unknown(
    spec: Spec, toolbox: Toolbox, task: Callable[..., Task[PythonSpec]]
) -> None:
    asked = task(spec("f(n: int)"))
    assert (
        falsify(asked, Candidate("def f(n):\n    return n\n"), Budget(), toolbox, 0).status is Status.UNKNOWN
    )


def test_a_verifier_judges_many_candidates_of_one_task_quickly(
    spec: Spec, toolbox: Toolbox, task: Callable[..., Task[PythonSpec]]
) -> None:
    asked = task(spec("f(xs: list[int]) -> int", reference="def oracle(xs):\n    return sum(xs)\n"))
    verifier = PropertyVerifier(toolbox)
    verdicts = [
        verifier.check(asked, Candidate(f"def f(xs):\n    return sum(xs) + {n}\n"), Budget(seconds=10))
        for n in range(5)
    ]
    assert [v.status for v in verdicts] == [Status.PASS] + [Status.FAIL] * 4
    verifier.close()
    verifier.close()


def test_keywords_of_any_name_are_left_out(spec: Spec, check: Check) -> None:
    parameters = (Parameter("n", "int"), Parameter("more", kind="VAR_KEYWORD"))
    asked = PythonSpec(Signature("f", parameters, "int"), properties=(Property("result == n"),))
    assert check(asked, "def f(n, **more):\n    return n\n").status is Status.PASS
