"""PROVED means for all inputs, BOUNDED for all within the bound, and neither is said of a wrong program."""

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from proofsmith.budget import Budget
from proofsmith.python_spec import PythonSpec
from proofsmith.types import Assurance, Candidate, Status, Task, Verdict
from proofsmith.verifiers.properties import PropertyVerifier
from proofsmith.verifiers.properties.harmless import inexact, why_not_harmless
from proofsmith.verifiers.properties.scope import small_scope
from proofsmith.verifiers.properties.shapes import conforms, parameter_shapes
from proofsmith.verifiers.properties.symbolic import counterexample_call
from proofsmith.verifiers.sandbox import SandboxSettings
from proofsmith.verifiers.toolbox import Toolbox

Spec = Callable[..., PythonSpec]
Check = Callable[..., Verdict]

CLAMP = "clamp(x: int, low: int, high: int) -> int"
ORACLE = (
    "def oracle(x, low, high):\n    if x < low:\n        return low\n    return high if x > high else x\n"
)


@pytest.fixture(params=["reference", "properties"])
def clamp(request: pytest.FixtureRequest, spec: Spec) -> PythonSpec:
    if request.param == "reference":
        return spec(CLAMP, preconditions=["low <= high"], reference=ORACLE)
    return spec(
        CLAMP,
        preconditions=["low <= high"],
        properties=[
            "low <= result <= high",
            "result == x or x < low or x > high",
            "result in (x, low, high)",
        ],
    )


def test_a_right_program_is_proved(clamp: PythonSpec, check: Check) -> None:
    verdict = check(clamp, "def clamp(x, low, high):\n    return max(low, min(x, high))\n", Assurance.PROVED)
    assert (verdict.status, verdict.assurance) == (Status.PASS, Assurance.PROVED)
    assert verdict.tool is not None
    assert verdict.tool.name in ("z3", "crosshair")
    assert verdict.bound == ""


@pytest.mark.parametrize(
    ("header", "oracle", "body"),
    [
        (
            "f(n: int | None, d: int) -> int",
            "return d if n is None else n",
            "return n if n is not None else d",
        ),
        ("f(n: int) -> str", "return 'odd' if n % 2 else 'even'", "return 'even' if n % 2 == 0 else 'odd'"),
    ],
)
def test_crosshair_proves_what_is_more_than_numbers(
    spec: Spec, check: Check, header: str, oracle: str, body: str
) -> None:
    names = "n, d" if "d: int" in header else "n"
    asked = spec(header, reference=f"def oracle({names}):\n    {oracle}\n")
    verdict = check(asked, f"def f({names}):\n    {body}\n", Assurance.PROVED)
    assert (verdict.status, verdict.assurance) == (Status.PASS, Assurance.PROVED), verdict
    assert verdict.tool is not None
    assert verdict.tool.name == "crosshair"


@pytest.mark.parametrize(
    ("header", "oracle", "body"),
    [
        ("f(n: int | None, d: int)", "return d if n is None else n", "return n or d"),
        (
            "f(n: int | None, d: int)",
            "return d if n is None else n",
            "return d if n in (None, 10 ** 15) else n",
        ),
        ("f(b: bool, s: str)", "return s if b else ''", "return s if b and s != 'qwertz' else ''"),
        ("f(b: bool, s: str)", "return s.strip()", "return s.strip(' ')"),
    ],
)
def test_crosshair_finds_what_tests_do_not(
    spec: Spec, check: Check, header: str, oracle: str, body: str
) -> None:
    names = "n, d" if "d: int" in header else "b, s"
    asked = spec(header, reference=f"def oracle({names}):\n    {oracle}\n")
    verdict = check(asked, f"def f({names}):\n    {body}\n", Assurance.PROVED)
    assert verdict.status is Status.FAIL
    assert verdict.counterexample is not None


@pytest.mark.parametrize(
    "body",
    [
        "return max(low, min(x, high)) if x != 7654321 else low - 1",
        "return max(low, min(x, high)) if x < 10 ** 9 else x",
        "return max(low, min(x, high)) if high - low < 10 ** 12 else low - 1",
        "return int(max(low, min(x, high)) / 1) if x < 10 ** 17 else low - 1",
        "return max(low, min(x, high)) + (x * x == 10 ** 18 + 2 * 10 ** 9 + 1) * 10 ** 30",
    ],
)
def test_a_wrong_program_is_never_proved(clamp: PythonSpec, check: Check, body: str) -> None:
    verdict = check(clamp, f"def clamp(x, low, high):\n    {body}\n", Assurance.PROVED, seconds=15)
    assert verdict.assurance is not Assurance.PROVED


def test_a_rare_mistake_is_found_and_made_small(clamp: PythonSpec, check: Check) -> None:
    source = "def clamp(x, low, high):\n    return max(low, min(x, high)) if x != 7654321 else low - 1\n"
    verdict = check(clamp, source, Assurance.PROVED)
    assert verdict.status is Status.FAIL
    assert verdict.counterexample is not None
    assert dict(verdict.counterexample.inputs)["x"] == "7654321"


def test_exceptions_of_the_reference_are_part_of_the_proof(spec: Spec, check: Check) -> None:
    oracle = "def oracle(a, b):\n    if b == 0:\n        raise ValueError('b')\n    return a - b\n"
    asked = spec("f(a: int, b: int) -> int", reference=oracle)
    right = "def f(a, b):\n    if not b:\n        raise ValueError\n    return a - b\n"
    assert check(asked, right, Assurance.PROVED).assurance is Assurance.PROVED
    assert check(asked, "def f(a, b):\n    return a - b\n", Assurance.PROVED).status is Status.FAIL


def test_without_need_crosshair_is_not_asked(clamp: PythonSpec, check: Check) -> None:
    source = "def clamp(x, low, high):\n    return max(low, min(x, high))\n"
    assert check(clamp, source).assurance is Assurance.TESTED
    assert check(clamp, source, symbolic=True).assurance is Assurance.PROVED


def test_bounded_is_all_of_a_small_scope(spec: Spec, check: Check) -> None:
    asked = spec("total(xs: list[int]) -> int", reference="def oracle(xs):\n    return sum(xs)\n")
    source = "def total(xs):\n    t = 0\n    for x in xs:\n        t += x\n    return t\n"
    verdict = check(asked, source, Assurance.BOUNDED)
    assert (verdict.status, verdict.assurance) == (Status.PASS, Assurance.BOUNDED)
    assert "up to" in verdict.bound
    wrong = "def total(xs):\n    return sum(xs) if xs != [2, 1, 0, 1] else 0\n"
    assert check(asked, wrong, Assurance.BOUNDED).status is Status.FAIL


def workers() -> list[str]:
    """Command lines of CrossHair processes that are ours, or nobody's any more."""
    left = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            command = file.read_bytes().decode(errors="replace")
            if "symbolic_worker.py" in command and _parent(file.parent) in ("1", str(os.getpid())):
                left.append(command)
    return left


def _parent(process: Path) -> str:
    return (process / "stat").read_text().rpartition(")")[2].split()[1]


def test_loops_without_end_of_paths_are_not_proved_and_end_in_time(
    spec: Spec, check: Check, in_time: Any
) -> None:
    asked = spec(
        "f(n: int) -> int",
        preconditions=["n >= 0"],
        reference="def oracle(n):\n    return n * (n + 1) // 2\n",
    )
    with in_time(15.0):
        verdict = check(asked, "def f(n):\n    return sum(range(n + 1))\n", Assurance.PROVED, seconds=7)
        assert verdict.status is Status.PASS
        assert verdict.assurance is Assurance.BOUNDED
    assert not workers()


@pytest.mark.parametrize(
    ("header", "body", "why"),
    [
        ("f(x: float) -> bool", "return x > 0", "kind float"),
        ("f(n: int) -> int", "return int(n / 2)", "true division"),
        ("f(n: int) -> int", "return int(n * 1.0)", "a float"),
        ("f(d: dict[str, int]) -> int", "return len(d)", "kind dict"),
        ("f(n) -> int", "return n", "no type hint"),
    ],
)
def test_what_crosshair_only_approximates_it_is_not_asked(
    spec: Spec, check: Check, header: str, body: str, why: str
) -> None:
    argument = header[2]
    asked = spec(header, properties=["True"], examples=[((1,), 1)] if header.startswith("f(n)") else [])
    verdict = check(asked, f"def f({argument}):\n    {body}\n", Assurance.PROVED)
    assert verdict.assurance is not Assurance.PROVED
    assert any(why in note for note in verdict.notes), verdict.notes


@pytest.mark.parametrize(
    "source",
    [
        "def f(xs):\n    return [x * 2 for x in sorted(set(xs)) if x % 2 == 0]\n",
        "from math import gcd\n\n\ndef f(a, b):\n    return abs(a * b) // gcd(a, b) if a and b else 0\n",
        "import itertools\n\n\ndef f(xs):\n    return list(itertools.accumulate(xs))\n",
        "def f(s):\n    try:\n        return int(s)\n    except ValueError:\n        return None\n",
        "LIMIT = 3\n\n\ndef g(n):\n    return n if n < LIMIT else g(n - 1)\n\n\ndef f(n):\n    return g(n)\n",
        "def f(s):\n    return ' '.join(w[::-1] for w in s.split())\n",
        "from collections import Counter\n\n\ndef f(s):\n    return Counter(s).most_common(1)[0][0]\n",
    ],
)
def test_ordinary_programs_are_harmless(source: str) -> None:
    assert why_not_harmless(source) == ""
    assert inexact(source) == ""


@pytest.mark.parametrize(
    ("header", "size"),
    [
        ("f(n: int)", 1000),
        ("f(a: int, b: int)", 1000),
        ("f(xs: list[int], k: int)", 1000),
        ("f(a: bool, s: str)", 500),
    ],
)
def test_a_small_scope_is_complete_and_says_its_bound(spec: Spec, header: str, size: int) -> None:
    asked = spec(header)
    shapes = parameter_shapes(asked)
    scope = small_scope(asked, shapes)
    assert scope is not None
    assert size <= len(scope.calls) <= 4000
    assert len({c.key for c in scope.calls}) == len(scope.calls)
    assert all(conforms(v, s) for c in scope.calls for v, s in zip(c.args, shapes, strict=True))
    assert scope.bound


@pytest.mark.parametrize("header", ["f(x: float)", "f(b: bytes)", "f(x: Any)", "f()"])
def test_types_without_a_small_scope(spec: Spec, header: str) -> None:
    asked = spec(header)
    shapes = parameter_shapes(asked)
    assert small_scope(asked, shapes) is None


@pytest.mark.parametrize(
    ("message", "args"),
    [
        ("false when calling check(1, -2) (which returns False)", (1, -2)),
        ("false when calling check(s = 'a) (b', n = 3) (which returns False)", ("a) (b", 3)),
        ("ValueError: x when calling check([(1, 'a')], None)", ([(1, "a")], None)),
        ("false when calling check(f(1), 2)", None),
        ("nothing of the kind", None),
    ],
)
def test_counterexamples_are_read(message: str, args: tuple[object, ...] | None) -> None:
    call = counterexample_call(message, 2)
    assert (None if call is None else call.args) == args


def test_crosshair_also_runs_without_bubblewrap(spec: Spec, task: Callable[..., Task[PythonSpec]]) -> None:
    asked = spec("f(n: int) -> str", reference="def oracle(n):\n    return 'odd' if n % 2 else 'even'\n")
    right = Candidate("def f(n):\n    return 'even' if n % 2 == 0 else 'odd'\n")
    with Toolbox(SandboxSettings(bubblewrap="no-such-program")) as toolbox:
        verdict = PropertyVerifier(toolbox).check(task(asked, Assurance.PROVED), right, Budget(seconds=20))
    assert verdict.assurance is Assurance.PROVED
    assert "no sandbox" in verdict.notes
