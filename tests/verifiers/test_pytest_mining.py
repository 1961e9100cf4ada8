from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofsmith.python_spec import Parameter, PythonSpec, Signature, TestFile
from proofsmith.types import Task
from proofsmith.verifiers.pytest_mining import mine_examples, rewrite
from proofsmith.verifiers.toolbox import Toolbox


def mine(box: Toolbox, tests: str, returns: str | None = None, prefix: str = "") -> list[str]:
    source = "import pytest\nfrom target import f\n\n" + dedent(tests)
    spec = PythonSpec(
        Signature("f", (Parameter("x"),), returns),
        tests=(TestFile("test_f.py", source, "target"),),
        prefix=prefix,
    )
    examples = mine_examples(Task("t", "", "python", spec, ("pytest",)), box)
    assert all(e.origin == "pytest" and not e.strict and e.span for e in examples)
    return [f"{e.call.render('f')} -> {e.expected.render()}" for e in examples]


@pytest.mark.parametrize(
    ("tests", "found"),
    [
        ("def test(): assert f(1) == 2", ["f(1) -> 2"]),
        ("def test(): assert 2 == f(1)", ["f(1) -> 2"]),
        ("def test(): assert f(1) == 2 and f(x=2) == 3, 'text'", ["f(1) -> 2", "f(x=2) -> 3"]),
        ("def test():\n    r = f([1])\n    assert r == [1 + 1]", ["f([1]) -> [2]"]),
        ("def test():\n    for x in range(3): assert f(x) == x * x", ["f(0) -> 0", "f(1) -> 1", "f(2) -> 4"]),
        ("@pytest.mark.parametrize('x, y', [(1, 2), (3, 4)])\ndef test(x, y): assert f(x) == y",
         ["f(1) -> 2", "f(3) -> 4"]),
        ("@pytest.fixture\ndef one(): return 1\ndef test(one): assert f(one) == 2", ["f(1) -> 2"]),
        ("def same(x, y): assert f(x) == y\ndef test(): same(1, 2)", ["f(1) -> 2"]),
        ("def test(): assert [f(1), f(2)] == [3, 4]", ["f(1) -> 3", "f(2) -> 4"]),
        ("def test(): assert f(1) is None and f(2) is True", ["f(1) -> None", "f(2) -> True"]),
        ("def test():\n    with pytest.raises(KeyError, match='no'): f(-1)", ["f(-1) -> raises KeyError"]),
        ("def test():\n    xs = [1]\n    r = f(xs)\n    xs.append(2)\n    assert r == 1", ["f([1]) -> 1"]),
        ("import unittest\nclass TestF(unittest.TestCase):\n    def test(self):\n"
         "        self.assertEqual(f(1), 2)\n        with self.assertRaises(OSError): f(3)",
         ["f(1) -> 2", "f(3) -> raises OSError"]),
        ("def test_a(): assert f(1) > 0\ndef test_b(): assert f(2) == 3", ["f(2) -> 3"]),
        ("def test():\n    assert len(f(1)) == 2\n    assert f(2) == 3", ["f(2) -> 3"]),
    ],
)  # fmt: skip
def test_what_is_asserted_is_found(contained: Toolbox, tests: str, found: list[str]) -> None:
    assert mine(contained, tests) == found


@pytest.mark.parametrize(
    "tests",
    [
        "def test(): assert f(1)",
        "def test(): assert f(1) != 2",
        "def test(): assert not f(1) == 2",
        "def test(): assert f(1) == 2 or f(1) == 3",
        "def test(): assert f(1) == 2 == 3",
        "def test(): assert (f(1) == 2) == True",
        "def test(): assert f(1) == pytest.approx(2)",
        "def test(): assert f(1) == object()",
        "def test(): assert f(object()) == 1",
        "def test(): assert f(1) == f(2)",
        "def test(): assert f(f(1)) == 2",
        "def test(): assert f(1)[0] == 2",
        "def test(): assert f(1) == 2\ndef test_b(): assert f(1) == 3",
        "def test():\n    if f(1): assert f(2) == 3",
        "def test():\n    if f(1) == 1: assert f(2) == 3\n    else: assert f(2) == 4",
        "def test():\n    try: assert f(1) == 2\n    except AssertionError: pass",
        "def test():\n    with pytest.raises(AssertionError): assert f(1) == 2",
        "def test():\n    with pytest.raises(ValueError): f(1); f(2)",
        "def test():\n    with pytest.raises(ValueError): f(f(1))",
        "def test():\n    with pytest.raises((ValueError, KeyError)): f(1)",
        "def test():\n    with pytest.raises(ValueError): int('x')",
        "@pytest.mark.xfail\ndef test(): assert f(1) == 2",
        "@pytest.mark.skip\ndef test(): assert f(1) == 2",
        "from hypothesis import given, strategies as s\n@given(s.integers())\ndef test(x): assert f(x) == x",
        "import nothing_of_that_name\ndef test(): assert f(1) == 2",
        "def test(): (",
        "def test():\n    while True: pass",
    ],
)
def test_nothing_else_is(contained: Toolbox, tests: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proofsmith.verifiers.pytest_mining.SECONDS", 2.0)
    assert mine(contained, tests) == []


def test_truth_counts_where_the_function_returns_booleans(contained: Toolbox) -> None:
    tests = "def test():\n    assert f(1)\n    assert not f(2)\n"
    assert mine(contained, tests, "bool") == ["f(1) -> True", "f(2) -> False"]
    assert mine(contained, tests, "int") == []


def test_names_of_the_module_are_there(contained: Toolbox) -> None:
    assert mine(
        contained, "from target import BASE\ndef test(): assert f(1) == BASE", prefix="BASE = 7\n"
    ) == ["f(1) -> 7"]


def test_a_task_without_tests_has_none(contained: Toolbox) -> None:
    task = Task("t", "", "python", PythonSpec(Signature("f", ())), ())
    assert mine_examples(task, contained) == ()


@given(st.text(alphabet="asert f(x)=='1: \nwithdnopy.", max_size=60))
def test_any_text_can_be_rewritten(source: str) -> None:
    rewritten = rewrite(source)
    try:
        compile(source, "<source>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return
    compile(rewritten, "<rewritten>", "exec", dont_inherit=True)
