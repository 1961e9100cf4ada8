"""Examples stated in words. All docstrings here were written for these tests."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofsmith import values
from proofsmith.environments.docstring import Docstring
from proofsmith.environments.examples import read_docstring
from proofsmith.environments.holes import signature_of
from proofsmith.environments.reading import parse_python
from proofsmith.errors import BadInput
from proofsmith.python_spec import Signature


def header(text: str) -> Signature:
    (node,) = parse_python(f"{text}: ...", None).body
    return signature_of(node)  # type: ignore[arg-type]


def read(text: str, signature: str = "def f(x)") -> list[tuple[str, object]]:
    found = read_docstring(Docstring(text), header(signature))
    assert all(e.origin == "docstring" and not e.strict for e in found.examples)
    return [(e.call.render("f"), e.expected.value) for e in found.examples]


@pytest.mark.parametrize(
    "text",
    [
        "f([1, 2]) == 3",
        "f([1, 2]) => 3",
        "f([1, 2]) ==> 3",
        "f([1, 2]) -> 3",
        "f([1, 2]) --> 3",
        "f([1, 2])->3",
        "f([1, 2]) ➞ 3",
        "f([1, 2]) → 3",
        "f([1, 2]) = 3",
        "f([1, 2]): 3",
        "f([1, 2]) returns 3",
        "f([1, 2]) should return 3.",
        "f([1, 2]) must return 3",
        "f([1, 2]) will be 3",
        "f([1, 2]) is 3.",
        "f([1, 2]) gives 3",
        "f([1, 2]) evaluates to 3",
        "f([1, 2]), the result should be 3",
        "f([1, 2]) # 3",
        "f([1, 2])   # returns 3",
        "f([1, 2])  # => 3",
        "`f([1, 2])` returns `3`.",
        "``f([1, 2])`` -> ``3``",
        "- f([1, 2]) -> 3",
        "* f([1, 2]) -> 3",
        "1. f([1, 2]) -> 3",
        "assert f([1, 2]) == 3",
        "e.g. f([1, 2]) == 3, since 1 + 2 is 3",
        "For example, f([1, 2]) should return 3 because they are added.",
        "f([1, 2]) == 3 (the sum)",
        "f([1, 2]) -> 1 + 2 = 3",
        "f([1, 2]) ->\n        3",
        "f([1,\n   2]) == 3",
        "Input: [1, 2]\nOutput: 3",
        "Input: [1, 2] Output: 3",
        "Input: [1, 2], Output: 3",
        "input = [1, 2]; output = 3",
        "Input: x = [1, 2]\nOutput: 3\nExplanation: 1 + 2",
        "Input: values = [1, 2]\nOutput: 3",
        "Sample Input: [1, 2]\nSample Output: 3",
        "Input:\n    x: [1, 2]\nOutput: 3",
        "Example 1:\n\n    Input: [1, 2]\n    Output: 3\n",
        "For x = [1, 2] the output should be 3.",
        "for x = [1, 2] the result is 3",
        "if x = [1, 2] then the function should return 3",
        "Given x = [1, 2], return value should be 3",
        "When x is [1, 2] the function returns 3",
        "For x = [1, 2], their sum is small and the output should be 3.",
        "Given [1, 2], the function should return 3.",
        "For the list [1, 2] the result is 3.",
        "If the input is [1, 2], the output should be 3",
        "In [1]: f([1, 2])\n    Out[1]: 3",
        ">>> f([1, 2])  # 3",
        ">>> f([1, 2]) -> 3",
        ">>> f([1, 2])  # => 3",
        "[1, 2] -> 3",
        "  - [1, 2] => 3",
        "[1, 2] ➞ 3",
    ],
)
def test_forms(text: str) -> None:
    assert read(f"Add up.\n\n    {text}\n") == [("f([1, 2])", 3)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("f(1, 2) == [1, 2]", ("f(1, 2)", [1, 2])),
        ("f(1, b=2) -> 3", ("f(1, 2)", 3)),
        ("Input: a = 1, b = 2\nOutput: 3", ("f(1, 2)", 3)),
        ("Input: 1, 2\nOutput: 3", ("f(1, 2)", 3)),
        ("Input: (1, 2)\nOutput: 3", ("f(1, 2)", 3)),
        ("(1, 2) -> 3", ("f(1, 2)", 3)),
        ("For a = 1 and b = 2 the output should be 3", ("f(1, 2)", 3)),
        ("for a = 1, b = 2 the output should be (3, 'x')", ("f(1, 2)", (3, "x"))),
        ("f('a, b', \"c)\") => ')'", ("f('a, b', 'c)')", ")")),
        ("f('x', 'y') returns true", ("f('x', 'y')", True)),
        ("f({'a': 1}, None) -> null", ("f({'a': 1}, None)", None)),
        ("`f('a', 'b')` returns `'c'`", ("f('a', 'b')", "c")),
        ("``f(1, 'b')`` is ``\"it's\"``.", ("f(1, 'b')", "it's")),
        ("f([], '') == ''", ("f([], '')", "")),
        ("f(1, 2) -> -1.5", ("f(1, 2)", -1.5)),
    ],
)
def test_values_and_bindings(text: str, expected: tuple[str, object]) -> None:
    assert read(text, "def f(a, b)") == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "f(n) = f(n - 1) + f(n - 2)",
        "f(0) is 7 if the list is sorted",
        "f(1) is 3 more than it was",
        "f(3) == 4 or 5",
        "f(2) != 4",
        "g(f(2)) == 4",
        "f(2) + f(3) == 5",
        "xf(2) == 4",
        "obj.f(2) == 4",
        "f(x: int) -> int",
        "f(1, 2, 3) -> 4",
        "f(a) -> b",
        "f(2) takes 3 seconds",
        "f(2) is prime",
        "f(2)",
        "f([1, 2) == 3",
        "f('a) == 3",
        "Input: a list\nOutput: a number",
        "Input: 3",
        "Output: 3",
        "x -> 3",
        "1 -> 2 -> 3 if lucky",
        "For y = 3 the output should be 4",
        "f(2) is 3 times smaller",
        "O(n) = 3",
        "For 2 lists the result is 3",
        "f('`') == 3",
        "for 3 of them the answer is 4",
        "with 2, or if lucky 3",
        "f(1) is 3rd",
        "If 'x' is true, everything is copied",
        "when 3 is true",
        "with 3 the result is 4",
        "organization: null → 3",
        "retries: 3 -> 4",
        "f(1): 3D",
        "f(1) is 10% of it",
        "f(1) -> 3x",
    ],
)
def test_what_is_no_example_is_left_alone(text: str) -> None:
    assert read(text) == []


def test_terms_of_a_recurrence_are_no_examples_of_their_own() -> None:
    assert read("f(4) = f(3) + f(2)\nf(3) = 2") == [("f(3)", 2)]


def test_doctests_and_words_together() -> None:
    found = read_docstring(Docstring(">>> f(1)\n2\n\nAlso f(3) -> 4, and f(1) == 2.0.\n"), header("def f(x)"))
    assert [(e.call.args, e.expected.value, e.strict) for e in found.examples] == [
        ((1,), 2, True),
        ((3,), 4, False),
    ]


def test_a_contradiction_names_both_lines() -> None:
    with pytest.raises(BadInput) as caught:
        read_docstring(Docstring("\n>>> f(1)\n3\n\nf(1) == 4\n", first_line=6), header("def f(x)"), "m.py")
    assert str(caught.value) == (
        "m.py:10: contradictory examples: f(1): line 7 says 3, line 10 says 4 (keep one of them)"
    )


def test_a_contradiction_between_a_value_and_an_exception() -> None:
    text = ">>> f(1)\n3\n>>> f(1)\nTraceback (most recent call last):\nValueError\n"
    with pytest.raises(BadInput, match="line 1 says 3, line 3 says raises ValueError"):
        read_docstring(Docstring(text), header("def f(x)"))


def test_a_doctest_of_another_type_contradicts() -> None:
    with pytest.raises(BadInput, match="contradictory"):
        read_docstring(Docstring(">>> f(1)\n3\n>>> f(1)\n3.0\n"), header("def f(x)"))


def test_places() -> None:
    docstring = Docstring("Doc.\n\n  Then f(12) -> 3.\n", first_line=10)
    (example,) = read_docstring(docstring, header("def f(x)")).examples
    assert example.span is not None
    assert (example.span.line, example.span.column) == (12, 7)
    assert (example.span.end_line, example.span.end_column) == (12, 17)


data = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet="ab, ()[]'\"=>-:#.", max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner, inner),
    max_leaves=6,
)
ARROWS = ["==", "=>", "->", "➞", "returns", "should return", "=", "gives", ":"]


@given(
    st.lists(data, min_size=1, max_size=3),
    data,
    st.sampled_from(ARROWS),
    st.sampled_from(["", " # why", ", so"]),
)
def test_a_stated_call_is_read_back(args: list[object], result: object, arrow: str, rest: str) -> None:
    text = f"Examples:\n    f({', '.join(map(repr, args))}) {arrow} {result!r}{rest}\n"
    found = read_docstring(Docstring(text), header("def f(*args)")).examples
    (example,) = [e for e in found if values.equal(list(e.call.args), args)]
    assert values.equal(example.expected.value, result)


@given(st.text(alphabet="f(1),[]'\"=-> :.#\nInputOutput forx is", max_size=80))
def test_no_text_breaks_the_reader(text: str) -> None:
    with contextlib.suppress(BadInput):
        read_docstring(Docstring(text), header("def f(x)"))


@pytest.mark.parametrize(
    "unit", ["Input: 3 ", "f(", "f(1) -> [", "for x = 3 ", "3 -> ", "f('", "f(1) -> word "]
)
def test_strange_text_is_read_in_bounded_time(unit: str) -> None:
    started = time.process_time()
    for text in (unit * 20_000, "\n".join([unit * (500 // len(unit))] * 100)):
        read(text)
    assert time.process_time() - started < 20
