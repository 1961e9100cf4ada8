import pytest

from proofsmith.budget import Budget
from proofsmith.python_spec import Call, Example, Outcome, Parameter, PythonSpec, Signature
from proofsmith.source import Span
from proofsmith.types import Assurance, Candidate, Status, Task, Verdict
from proofsmith.verifiers.sandbox import SandboxSettings
from proofsmith.verifiers.table import VERIFIERS
from proofsmith.verifiers.toolbox import Toolbox
from proofsmith.verifiers.unit_tests import UnitTestVerifier

SIGNATURE = Signature("total", (Parameter("xs", "list[int]"),), "int")


def task(*examples: Example, **spec: object) -> Task:
    return Task("t", "", "python", PythonSpec(SIGNATURE, examples=examples, **spec), ("unit-tests",))


def of(argument: object, value: object = None, **more: object) -> Example:
    exception = more.pop("exception", None)
    return Example(Call((argument,)), Outcome(value, exception), **more)


SUM = task(of([1, 2], 3, span=Span(4)), of([], 0), of([5, 5, 5], 15))


def check(toolbox: Toolbox, task: Task, body: str, seconds: float | None = None) -> Verdict:
    source = f"def total(xs):\n    {body}\n" if "def " not in body else body
    return UnitTestVerifier.create(toolbox).check(task, Candidate(source), Budget(seconds=seconds))


def test_the_table_knows_it() -> None:
    assert VERIFIERS.get("unit-tests") is UnitTestVerifier


def test_a_right_program_passes(toolbox: Toolbox) -> None:
    verdict = check(toolbox, SUM, "return sum(xs)")
    assert (verdict.status, verdict.assurance, verdict.score) == (Status.PASS, Assurance.TESTED, 1.0)
    assert verdict.tool is not None
    assert verdict.tool.name == "cpython"
    assert verdict.seconds > 0
    assert verdict.notes == (() if toolbox.sandbox.kind == "bubblewrap" else ("no sandbox",))


def test_a_wrong_program_is_told_where(contained: Toolbox) -> None:
    verdict = check(contained, SUM, "return sum(xs) or 1")
    assert (verdict.status, verdict.assurance) == (Status.FAIL, None)
    assert verdict.score == pytest.approx(2 / 3)
    assert [d.message for d in verdict.diagnostics] == ["total([]) returned 1, expected 0"]
    shown = verdict.counterexample
    assert shown is not None
    assert (shown.inputs, shown.expected, shown.actual) == ((("xs", "[]"),), "0", "returned 1")
    assert shown.example == SUM.spec.examples[1]


def test_the_counterexample_is_the_smallest_failing_input(contained: Toolbox) -> None:
    verdict = check(contained, SUM, "return 7")
    assert len(verdict.diagnostics) == 3
    assert verdict.diagnostics[0].span == Span(4)
    assert verdict.counterexample is not None
    assert verdict.counterexample.example == SUM.spec.examples[1]


def test_a_crash_is_shown_with_its_line(contained: Toolbox) -> None:
    verdict = check(contained, SUM, "first = xs[0]\n    return first + sum(xs[1:])")
    assert "total([]) raised IndexError('list index out of range') at line 2: 'first = xs[0]'" in (
        verdict.diagnostics[0].message
    )


def test_expected_exceptions(contained: Toolbox) -> None:
    raising = task(of(None, exception="TypeError"), of([], 0))
    assert check(contained, raising, "return sum(xs)").status is Status.PASS
    assert check(contained, raising, "return sum(xs or [])").status is Status.FAIL
    assert check(contained, raising, "raise ValueError").score == 0.0


@pytest.mark.parametrize(
    ("expected", "strict", "value", "status"),
    [
        (1, True, "1", Status.PASS),
        (1, True, "True", Status.FAIL),
        (1, True, "1.0", Status.FAIL),
        (1, False, "1.0", Status.PASS),
        (0.3, True, "0.1 + 0.2", Status.PASS),
        (0.3, True, "0.30001", Status.FAIL),
        ([1, (2,)], True, "[1, (2,)]", Status.PASS),
        ([1, (2,)], True, "[1, [2]]", Status.FAIL),
        ({1}, True, "{1}", Status.PASS),
        ({"a": 1}, False, "__import__('collections').Counter('a')", Status.PASS),
        ({"a": 1}, True, "__import__('collections').Counter('a')", Status.FAIL),
        ([1], True, "(x for x in [1])", Status.FAIL),
        (None, True, "None", Status.PASS),
        (None, True, "object()", Status.FAIL),
        (float("nan"), True, "float('nan')", Status.PASS),
    ],
)
def test_comparison(contained: Toolbox, expected: object, strict: bool, value: str, status: Status) -> None:
    verdict = check(contained, task(of([], expected, strict=strict)), f"return {value}")
    assert verdict.status is status


def test_changed_arguments(contained: Toolbox) -> None:
    body = "xs.append(0)\n    return sum(xs)"
    assert check(contained, task(of([1], 1)), body).status is Status.PASS
    verdict = check(contained, task(of([1], 1, may_mutate=False)), body)
    assert verdict.status is Status.FAIL
    assert "changed its arguments to ([1, 0],)" in verdict.diagnostics[0].message


def test_what_is_printed_can_matter(contained: Toolbox) -> None:
    example = Example(Call(([1],)), Outcome(None, stdout="1\n"))
    assert check(contained, task(example), "print(sum(xs))").status is Status.PASS
    assert check(contained, task(example), "print(xs)").status is Status.FAIL


def test_an_endless_loop_is_a_timeout_with_the_share_met_before(contained: Toolbox) -> None:
    body = "while len(xs) == 3:\n        pass\n    return sum(xs)"
    verdict = check(contained, SUM, body, seconds=4.0)
    assert verdict.status is Status.TIMEOUT
    assert verdict.score == pytest.approx(2 / 3)
    assert verdict.behaviour is None


def test_no_examples_is_no_pass(contained: Toolbox) -> None:
    assert check(contained, task(), "return sum(xs)").status is Status.UNKNOWN


def test_no_time_is_no_verdict(contained: Toolbox) -> None:
    assert check(contained, SUM, "return sum(xs)", seconds=0).status is Status.UNKNOWN


@pytest.mark.parametrize(
    "source", ["def total(xs):\n    return (", "def other(xs):\n    return 0\n", "total = sum"]
)
def test_what_does_not_fit_fails_without_being_run(contained: Toolbox, source: str) -> None:
    verdict = UnitTestVerifier.create(contained).check(SUM, Candidate(source), Budget())
    assert (verdict.status, verdict.tool) == (Status.FAIL, None)
    assert verdict.diagnostics[0].code == "guard"


def test_a_program_that_cannot_be_loaded_fails(contained: Toolbox) -> None:
    verdict = check(contained, SUM, "import nothing_of_that_name\n\n\ndef total(xs):\n    return 0\n")
    assert verdict.status is Status.FAIL
    assert "ModuleNotFoundError" in verdict.diagnostics[0].message


def test_behaviour_is_what_it_does_not_how(contained: Toolbox) -> None:
    bodies = (
        "return sum(xs)",
        "return sum(xs, 0)",
        "return 1",
        "return 1 + 0",
        "return [] if xs else iter([])",
    )
    same = [check(contained, SUM, body).behaviour for body in bodies]
    assert same[0] == same[1] != same[2] == same[3]
    assert same[4] is None


def test_our_failure_is_an_error_not_a_fail() -> None:
    settings = SandboxSettings(bubblewrap="no-such-program", require_sandbox=True)
    with Toolbox(settings) as toolbox:
        verdict = check(toolbox, SUM, "return 0")
    assert verdict.status is Status.ERROR
    assert "bubblewrap is not installed" in verdict.diagnostics[0].message


def test_the_module_around_the_hole_is_there(contained: Toolbox) -> None:
    around = task(of([1], 11), prefix="BASE = 10\n\n\n", suffix="\n\ndef helper(x):\n    return x\n")
    assert check(contained, around, "return helper(BASE + sum(xs))").status is Status.PASS


def test_large_and_odd_values_are_shown_short(contained: Toolbox) -> None:
    verdict = check(
        contained, task(of([1] * 10**5, 0), of([2], 0)), "return 10**5000 if xs == [2] else 'x' * 10**5"
    )
    assert all(len(d.message) < 1000 for d in verdict.diagnostics)
