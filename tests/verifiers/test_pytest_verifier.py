from textwrap import dedent

import pytest

from proofsmith.budget import Budget
from proofsmith.python_spec import Parameter, PythonSpec, Signature, TestFile
from proofsmith.types import Assurance, Candidate, Status, Task, Verdict
from proofsmith.verifiers.pytest_files import NOTE, PytestVerifier
from proofsmith.verifiers.table import VERIFIERS
from proofsmith.verifiers.toolbox import Toolbox

PREFIX = dedent(
    '''
    """Shapes."""
    from dataclasses import dataclass
    from enum import Enum


    class TooMany(ValueError):
        pass


    class Colour(Enum):
        RED = 1
        BLUE = 2


    @dataclass(frozen=True)
    class Point:
        x: int
        y: int = 0


    '''
).lstrip()


def make(
    tests: str, module: str = "shapes", support: tuple[tuple[str, str], ...] = (), **spec: object
) -> Task:
    source = f"import pytest\nfrom {module} import *\nfrom {module} import f\n\n" + dedent(tests)
    file = TestFile("test_shapes.py", source, module, support)
    signature = Signature(
        "f", (Parameter("args", kind="VAR_POSITIONAL"), Parameter("kw", kind="VAR_KEYWORD"))
    )
    return Task("t", "", "python", PythonSpec(signature, tests=(file,), prefix=PREFIX, **spec), ("pytest",))


def check(box: Toolbox, task: Task, body: str, seconds: float | None = None, before: str = "") -> Verdict:
    source = f"{before}def f(*args, **kw):\n" + "".join(f"    {line}\n" for line in dedent(body).splitlines())
    return PytestVerifier.create(box).check(task, Candidate(source), Budget(seconds=seconds))


DOUBLE = make(
    """
    @pytest.mark.parametrize(("x", "y"), [(1, 2), (2, 4), (0, 0)])
    def test_double(x, y):
        assert f(x) == y

    def test_wrong_type():
        with pytest.raises(TypeError, match="no texts"):
            f("a")
    """
)
RIGHT = 'if isinstance(args[0], str):\n    raise TypeError("no texts, please")\nreturn args[0] * 2'


def test_the_table_knows_it() -> None:
    assert VERIFIERS.get("pytest") is PytestVerifier


def test_a_right_program_passes(toolbox: Toolbox) -> None:
    verdict = check(toolbox, DOUBLE, RIGHT)
    assert (verdict.status, verdict.assurance, verdict.score) == (Status.PASS, Assurance.TESTED, 1.0)
    assert NOTE in verdict.notes
    assert verdict.tool is not None
    assert verdict.tool.name == "pytest"
    assert (
        verdict.behaviour
        == check(toolbox, DOUBLE, RIGHT.replace("args[0] * 2", "args[0] + args[0]")).behaviour
    )


def test_a_wrong_program_is_told_where(contained: Toolbox) -> None:
    verdict = check(contained, DOUBLE, "return args[0] + 2")
    assert verdict.status is Status.FAIL
    assert verdict.score == pytest.approx(1 / 4)
    messages = [d.message for d in verdict.diagnostics]
    assert "test_double[1-2]: assert 3 == 2 + where 3 = f(1)" in messages
    assert verdict.diagnostics[0].span is not None
    assert (
        DOUBLE.spec.tests[0].source.splitlines()[verdict.diagnostics[0].span.line - 1].strip()
        == "assert f(x) == y"
    )


@pytest.mark.parametrize(
    ("tests", "body"),
    [
        ("def test(): xs = [3, 1]; f(xs); assert xs == [1, 3]", "args[0].sort()"),
        ("def test(): xs = [[1], [2]]; a = xs[0]; f(xs); assert a == [9]", "args[0][0][0] = 9"),
        ("def test(): d = {}; f(d, d); assert d == {1: 2}", "args[0][1] = 1; args[1][1] = 2"),
        ("def test(): xs = [1]; assert f(xs) is xs", "return args[0]"),
        ("def test(): xs = [1]; assert f(xs) is not xs and f(xs) == xs", "return list(args[0])"),
        ("def test(): xs = [1]; xs.append(xs); assert f(xs) == 2", "return len(args[0])"),
        ("def test(): assert f(Point(1, 2)) == Point(2, 1)", "return Point(args[0].y, args[0].x)"),
        ("def test(): assert f([Point(1)], p=Point(3))[0].x == 1", "return [args[0][0], kw['p']]"),
        ("def test(): assert f(Colour.RED) is Colour.BLUE", "return Colour.BLUE"),
        ("def test():\n    with pytest.raises(TooMany): f()", "raise TooMany('3')"),
        ("def test():\n    with pytest.raises(LookupError): f()", "raise KeyError('a')"),
        ("def test():\n    with pytest.raises(SystemExit): f()", "raise SystemExit(2)"),
        ("def test():\n    with pytest.raises(Exception) as e: f()\n    assert e.value.args == (1, [2])",
         "raise ValueError(1, [2])"),
        ("def test(): assert f([3, -4], key=abs) == -4", "return max(args[0], key=kw['key'])"),
        ("def test(): assert f([3, 4], lambda x: -x) == 3", "return max(args[0], key=args[1])"),
        ("def test():\n    def bad(x): raise TooMany\n    with pytest.raises(TooMany): f(bad)", "args[0](1)"),
        ("def test(): assert f(2)(3) == 5", "return lambda y: args[0] + y"),
        ("def test(): assert list(f()) == [0, 1, 2]", "yield from range(3)"),
        ("import itertools\ndef test(): assert list(itertools.islice(f(), 3)) == [0, 1, 2]",
         "n = 0\nwhile True:\n    yield n\n    n += 1"),
        ("def test(): assert f(x for x in [1, 2]) == 3", "return sum(args[0])"),
        ("def test(): assert f(range(4)) == range(1, 4)", "return args[0][1:]"),
        ("def test(capsys): f(); assert capsys.readouterr().out == 'hi\\n'", "print('hi')"),
        ("def test(): assert f(0.1) == pytest.approx(0.3)", "return args[0] * 3"),
        ("def test(): assert f() == {'a': 2}", "from collections import Counter\nreturn Counter('aa')"),
        ("from decimal import Decimal as D\ndef test(): assert f(D('1.5')) == D('3')", "return 2 * args[0]"),
        ("def test(tmp_path): assert f() == 1", "return 1"),
        ("import unittest\nclass TestF(unittest.TestCase):\n    def test(self): self.assertEqual(f(), 1)",
         "return 1"),
    ],
)  # fmt: skip
def test_calls_are_as_in_one_process(contained: Toolbox, tests: str, body: str) -> None:
    task = make(tests)
    verdict = check(contained, task, body)
    assert verdict.status is Status.PASS, verdict
    assert check(contained, task, "return 'wrong'").status is not Status.PASS


def test_helpers_and_packages_beside_the_tests(contained: Toolbox) -> None:
    support = (
        ("conftest.py", "import pytest\n\n\n@pytest.fixture\ndef two():\n    return 2\n"),
        ("helping.py", "def three():\n    return 3\n"),
        ("geometry/other.py", "FOUR = 4\n"),
    )
    tests = """
    from helping import three
    from geometry.other import FOUR

    def test(two):
        assert f(two, three()) == FOUR + 1
    """
    task = make(tests, "geometry.shapes", support)
    assert check(contained, task, "return sum(args)").status is Status.PASS
    assert check(contained, task, "return 0").status is Status.FAIL


def test_several_files(contained: Toolbox) -> None:
    first = make("def test(): assert f(1) == 1")
    second = TestFile("test_more.py", "import shapes\ndef test(): assert shapes.f(2) == 2\n", "shapes")
    task = first.with_spec(PythonSpec(first.spec.signature, tests=(*first.spec.tests, second), prefix=PREFIX))
    assert check(contained, task, "return args[0]").status is Status.PASS
    assert check(contained, task, "return 1").score == 0.5


def test_what_is_around_the_hole_works_with_it(contained: Toolbox) -> None:
    suffix = "\n\ndef twice(x):\n    return f(f(x))\n"
    task = make("def test(): assert twice(1) == 5", suffix=suffix)
    assert check(contained, task, "return args[0] + 2").status is Status.PASS
    assert check(contained, task, "return args[0] + 1").status is Status.FAIL


@pytest.mark.parametrize(
    ("tests", "status"),
    [
        ("x = 1", Status.UNKNOWN),
        ("@pytest.mark.skip\ndef test(): assert f() == 1", Status.UNKNOWN),
        ("def test(): pytest.importorskip('nothing_of_that_name')", Status.UNKNOWN),
        ("@pytest.mark.xfail\ndef test(): assert f() == 2", Status.UNKNOWN),
        ("import nothing_of_that_name\ndef test(): assert f() == 1", Status.ERROR),
        ("def test(no_such_fixture): assert f() == 1", Status.ERROR),
        ("def test(): assert 1 == 2", Status.ERROR),
        ("def test(): (", Status.ERROR),
        ("@pytest.mark.xfail(strict=True)\ndef test(): assert f() == 1", Status.FAIL),
        ("assert f() == 2\ndef test(): assert f() == 1", Status.ERROR),
        ("def test(): assert f(object()) == 1", Status.UNKNOWN),
        ("import os\ndef test(): f(); os._exit(0)", Status.ERROR),
        ("def test(): f(); pytest.exit('enough', returncode=0)", Status.UNKNOWN),
        ("def test_a(): assert f() == 1\ndef test_b(): pytest.exit('enough', returncode=0)", Status.ERROR),
    ],
)
def test_when_in_doubt_it_is_no_pass(contained: Toolbox, tests: str, status: Status) -> None:
    assert check(contained, make(tests), "return 1").status is status


def test_skipped_tests_are_noted(contained: Toolbox) -> None:
    task = make("@pytest.mark.skip\ndef test_a(): pass\n\ndef test_b(): assert f() == 1\n")
    verdict = check(contained, task, "return 1")
    assert verdict.status is Status.PASS
    assert "1 tests were skipped" in verdict.notes


def test_objects_that_cannot_cross_equal_nothing_and_cannot_be_looked_into(contained: Toolbox) -> None:
    own = "class Own:\n    x = 1\n\n\n"
    assert (
        check(contained, make("def test(): assert f() == 1"), "return Own()", before=own).status
        is Status.FAIL
    )
    verdict = check(contained, make("def test(): assert f().x == 1"), "return Own()", before=own)
    assert verdict.status is Status.UNKNOWN
    assert "cannot be looked into" in verdict.diagnostics[0].message


def test_an_endless_loop_is_a_timeout_in_time(contained: Toolbox) -> None:
    task = make("def test_a(): assert f(0) == 1\n\ndef test_b(): assert f(1) == 1\n")
    verdict = check(contained, task, "while args[0]:\n    pass\nreturn 1", seconds=10.0)
    assert verdict.status is Status.TIMEOUT
    assert verdict.score == pytest.approx(0.5)
    assert verdict.seconds < 40


def test_a_death_that_the_tests_swallow_is_still_a_fail(contained: Toolbox) -> None:
    task = make("def test():\n    with pytest.raises(BaseException): f()\n")
    assert check(contained, task, "import os\nos._exit(0)").status is Status.FAIL
    assert check(contained, task, "raise ValueError").status is Status.PASS


def test_no_tests_is_no_pass(contained: Toolbox) -> None:
    task = DOUBLE.with_spec(PythonSpec(DOUBLE.spec.signature))
    assert check(contained, task, RIGHT).status is Status.UNKNOWN


def test_broken_programs_fail_before_any_test(contained: Toolbox) -> None:
    assert (
        check(contained, DOUBLE, "return 1", before="import nothing_of_that_name\n\n\n").status is Status.FAIL
    )
    assert check(contained, DOUBLE, "return (").status is Status.FAIL
