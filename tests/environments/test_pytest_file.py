"""Tasks from pytest files: what is missing, its header, and the files it takes along."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from proofsmith.environments.load import load
from proofsmith.errors import BadInput

Write = Callable[..., str]


def test_a_missing_module(write: Write) -> None:
    text = '"""Areas."""\nfrom shapes import area\n\ndef test_a():\n    assert area(2, 3) == 6\n'
    path = write("test_shapes.py", text)
    (task,) = load(path)
    assert task.id == "test_shapes.py:area"
    assert task.statement == "Areas."
    assert task.spec.signature.render() == "def area(a, b):"
    assert task.verifiers == ("pytest",)
    (test,) = task.spec.tests
    assert (test.name, test.source, test.module, test.support) == ("test_shapes.py", text, "shapes", ())
    assert task.spec.assemble("def area(a, b):\n    return a * b\n") == "def area(a, b):\n    return a * b\n"


@pytest.mark.parametrize(
    ("calls", "header"),
    [
        ("f(1)", "def f(n):"),
        ("f('x')", "def f(text):"),
        ("f([1], 'x')", "def f(items, text):"),
        ("f({}, True, 1.5)", "def f(mapping, flag, x):"),
        ("f(1, 2)", "def f(a, b):"),
        ("f('x', 'y')", "def f(text1, text2):"),
        ("f(1); f(1, 2)", "def f(a, b=None):"),
        ("f('x', limit=3)", "def f(text, limit):"),
        ("f('x'); f('x', limit=3)", "def f(text, limit=None):"),
        ("f()", "def f():"),
        ("f(object())", "def f(value):"),
        ("width = 3; f(width, 4)", "def f(width, n):"),
        ("f(f'{1}')", "def f(text):"),
        ("# f(rows, columns) makes a grid\n    f(1, 2)", "def f(rows, columns):"),
    ],
)
def test_the_header_is_inferred(write: Write, calls: str, header: str) -> None:
    path = write("test_x.py", f"from nowhere import f\n\ndef test_f():\n    {calls}\n")
    assert load(path)[0].spec.signature.render() == header


def test_names_of_a_parametrised_test(write: Write) -> None:
    path = write(
        "test_x.py",
        """\
        import pytest
        from nowhere import power

        @pytest.mark.parametrize(("base", "exponent", "expected"), [(2, 3, 8)])
        def test_power(base, exponent, expected):
            assert power(base, exponent) == expected
        """,
    )
    assert load(path)[0].spec.signature.render() == "def power(base, exponent):"


def test_a_module_with_a_hole(write: Write) -> None:
    write(
        "words.py",
        'X = 1\n\n\ndef f(text: str) -> int:\n    """Count.\n\n    >>> f("a")\n    1\n    """\n    ...\n',
    )
    path = write("test_words.py", "from words import X, f\n\ndef test_f():\n    assert f('a b') == 2 * X\n")
    (task,) = load(path)
    assert task.spec.signature.render() == "def f(text: str) -> int:"
    assert task.statement == "Count."
    assert task.spec.prefix == "X = 1\n\n\n"
    assert [e.expected.value for e in task.spec.examples] == [1]
    assert task.verifiers == ("unit-tests", "pytest")


@pytest.mark.parametrize("place", ["words.py", "src/words.py", "../words.py", "../src/words.py"])
def test_where_modules_are_found(write: Write, place: str) -> None:
    write(f"tests/{place}", "def f(text):\n    raise NotImplementedError\n")
    path = write("tests/test_words.py", "import words\n\ndef test_f():\n    assert words.f('a b') == 2\n")
    (task,) = load(path)
    assert task.spec.signature.render() == "def f(text):"
    assert task.spec.tests[0].module == "words"


@pytest.mark.parametrize(
    "head",
    ["import words as w", "from words import f as w_f", "import words\nw_f = words.f"],
)
def test_other_ways_to_import(write: Write, head: str) -> None:
    call = "w.f" if "as w" in head and "w_f" not in head else "w_f"
    call = "words.f" if "w_f =" in head else call
    path = write("test_words.py", f"{head}\n\ndef test_f():\n    assert {call}('a b') == 2\n")
    (task,) = load(path)
    assert (task.spec.tests[0].module, task.spec.signature.render()) == ("words", "def f(text):")


def test_a_package(write: Write) -> None:
    write("pack/__init__.py", "VERSION = 1\n")
    path = write("test_words.py", "from pack.words import f\n\ndef test_f():\n    assert f('a b') == 2\n")
    (task,) = load(path)
    assert task.spec.tests[0].module == "pack.words"


def test_local_modules_come_along(write: Write) -> None:
    write(
        "conftest.py",
        "import pytest\nimport makers\n\n@pytest.fixture\ndef text():\n    return makers.make()\n",
    )
    write("makers.py", "from deep import thing\n\ndef make():\n    return thing\n")
    write("deep.py", "thing = 'a b'\n")
    write("unused.py", "thing = 'a b'\n")
    path = write("test_words.py", "from words import f\n\ndef test_f(text):\n    assert f(text) == 2\n")
    (task,) = load(path)
    assert [name for name, _ in task.spec.tests[0].support] == ["conftest.py", "deep.py", "makers.py"]
    assert dict(task.spec.tests[0].support)["deep.py"] == "thing = 'a b'\n"


def test_an_installed_package_of_the_same_name(write: Write) -> None:
    path = write("test_x.py", "from sortedcontainers import f\n\ndef test_f():\n    assert f(1) == 2\n")
    assert load(path)[0].id == "test_x.py:f"
    path = write(
        "test_x.py", "from sortedcontainers import SortedSet\n\ndef test_f():\n    assert SortedSet()\n"
    )
    with pytest.raises(BadInput, match="every function that these tests import exists"):
        load(path)


TWO = "from one import f\nfrom two import g\n\ndef test_f():\n    assert f(1) == g(2)\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("from one import f\n", r"test_x\.py: there are no tests in this file"),
        ("def test_x():\n    assert True\n", r"test_x\.py: every function that these tests import exists"),
        ("import math\n\ndef test_x():\n    assert math.gcd(2, 4) == 2\n", r"every function .* exists"),
        (
            TWO,
            r"test_x\.py:1: these tests import several missing .*: one:f, two:g \(choose one",
        ),
        (
            "from .one import f\n\ndef test_x():\n    f(1)\n",
            r"test_x\.py:1: relative imports are not supported",
        ),
        ("from one import f\n\ndef test_x():\n    f(*[1])\n", r"test_x\.py:1: no plain call of f shows"),
        ("def test_x(:\n", r"test_x\.py:1: syntax error"),
    ],
)
def test_bad_input(write: Write, text: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        load(write("test_x.py", text))


def test_choosing_among_several(write: Write) -> None:
    path = write("test_x.py", TWO)
    with pytest.raises(BadInput, match=r"test_x\.py:2: these tests also need two:g, which does not exist"):
        load(path, function="one:f")
    with pytest.raises(BadInput, match=r"h is not a missing function .*missing here: one:f, two:g"):
        load(path, function="h")
    write("two.py", "def g(n):\n    return n\n")
    assert load(path)[0].id == "test_x.py:f"
    write("two.py", "def g(n): ...\n")
    with pytest.raises(BadInput, match=r"test_x\.py:1: these tests also need one:f"):
        load(path, function="two:g")
    assert load(path, function="one:f")[0].id == "test_x.py:f"


def test_a_module_that_cannot_be_parsed(write: Write) -> None:
    write("one.py", "def f(:\n")
    with pytest.raises(BadInput, match=r"one\.py:1: syntax error"):
        load(write("test_x.py", TWO))
