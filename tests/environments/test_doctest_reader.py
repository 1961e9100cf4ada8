"""Doctests as examples: what is a single call, what stays a script, where it stands in the file."""

from __future__ import annotations

import contextlib
import doctest
import types

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofsmith import values
from proofsmith.environments.docstring import Docstring
from proofsmith.environments.doctests import Doctests, doctest_file, read_doctests
from proofsmith.environments.examples import read_docstring
from proofsmith.environments.holes import signature_of
from proofsmith.environments.reading import parse_python
from proofsmith.errors import BadInput
from proofsmith.python_spec import Example, Outcome, Signature


def header(text: str) -> Signature:
    (node,) = parse_python(f"{text}: ...", None).body
    return signature_of(node)  # type: ignore[arg-type]


def read(text: str, signature: str = "def f(x)") -> Doctests:
    return read_doctests(Docstring(text), header(signature))


def only(text: str, signature: str = "def f(x)") -> Example:
    found = read(text, signature)
    assert not found.script
    (example,) = found.examples
    return example


def calls(found: Doctests) -> list[tuple[str, str]]:
    return [(e.call.render("f"), e.expected.render()) for e in found.examples]


data = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.tuples(inner) | st.dictionaries(st.text(), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.lists(data, max_size=3), data.filter(lambda v: v is not None))
def test_a_rendered_call_and_result_is_read_back(args: list[object], result: object) -> None:
    call = f"f({', '.join(map(repr, args))})"
    example = only(f"Words.\n\n    >>> {call}\n    {result!r}\n", "def f(*args)")
    assert values.equal(list(example.call.args), args)
    assert values.equal(example.expected.value, result)
    assert example.strict
    assert example.origin == "doctest"


def test_arguments_may_be_expressions_and_earlier_names() -> None:
    found = read(">>> xs = [0] * 3\n>>> f(xs)\n1\n>>> f(list(range(3)))\n2\n>>> f(2 ** 3)\n3")
    assert calls(found) == [("f([0, 0, 0])", "1"), ("f([0, 1, 2])", "2"), ("f(8)", "3")]
    assert not found.script


def test_a_result_may_be_named_first() -> None:
    found = read(">>> got = f(3)\n>>> got\n9\n>>> got == 9\nTrue")
    assert calls(found) == [("f(3)", "9"), ("f(3)", "9")]


def test_a_result_over_several_lines() -> None:
    assert only(">>> f(1)\n[[1, 2],\n [3, 4]]").expected.value == [[1, 2], [3, 4]]


def test_a_call_over_several_lines() -> None:
    assert only(">>> f(\n...     [1,\n...      2])\n3").call.args == ([1, 2],)


def test_keywords_become_positions_where_they_can() -> None:
    example = only(">>> f(b=2, a=1)\n3", "def f(a, b, *, c=0)")
    assert example.call.args == (1, 2)
    assert not example.call.kwargs


def test_a_traceback_is_the_exception() -> None:
    text = ">>> f(-1)\nTraceback (most recent call last):\n  File 'x', line 1\nlib.errors.TooSmall: -1: no\n"
    assert only(text).expected == Outcome(exception="TooSmall")


def test_a_comparison_leaves_types_open() -> None:
    example = only(">>> f(2) == 4\nTrue")
    assert (example.expected.value, example.strict) == (4, False)
    assert only(">>> 4 == f(2)\nTrue").expected.value == 4
    assert only(">>> f(2) is None\nTrue") == only(">>> f(2) is None\nTrue", "def f(x) -> None")


def test_a_comparison_without_its_answer_is_meant_as_true() -> None:
    assert only(">>> f(2) == 4").expected.value == 4


def test_a_comparison_that_is_false_is_no_example() -> None:
    found = read(">>> f(2) == 4\nFalse")
    assert not found.examples
    assert "f(2) == 4" in found.script


def test_printed_results() -> None:
    assert only(">>> print(f(3))\n7").expected.value == 7
    assert only(">>> print(f(3))\n7", "def f(x) -> str").expected.value == "7"
    assert only(">>> print(f(3))\nseven").expected.value == "seven"


def test_a_function_that_prints() -> None:
    assert only(">>> f(3)\none two\nthree", "def f(x)").expected == Outcome(None, stdout="one two\nthree\n")
    assert only(">>> f(3)\n7", "def f(x) -> None").expected == Outcome(None, stdout="7\n")
    blank = only(">>> f(3)\na\n<BLANKLINE>\nb", "def f(x) -> None")
    assert blank.expected.stdout == "a\n\nb\n"


def test_a_string_without_its_quotes_is_the_string() -> None:
    assert only(">>> f(3)\nthree", "def f(x) -> str").expected == Outcome("three")


def test_nothing_after_a_call_is_none_or_nothing() -> None:
    assert only(">>> f(3)\n").expected == Outcome(None)
    assert only(">>> f(3)\n", "def f(x) -> int | None").expected == Outcome(None)
    assert read(">>> f(3)\n", "def f(x) -> int") == Doctests((), "", frozenset({0}))


def test_only_what_a_value_prints_as_is_a_value() -> None:
    assert only(">>> f(3)\n3/5", "def f(x) -> str").expected == Outcome("3/5")
    assert only(">>> f(3)\n3/5").expected.stdout == "3/5\n"
    assert only(">>> f(3)\n(1-2j)").expected == Outcome(1 - 2j)
    assert only(">>> f(3)\nfrozenset({1})").expected == Outcome(frozenset({1}))
    assert read(">>> f(3)\n1 + 2", "def f(x) -> int").script


def test_a_remark_after_the_result_is_no_result() -> None:
    assert only(">>> f(3)\n7\nNote: this holds for odd numbers only").expected.value == 7


def test_options() -> None:
    assert read(">>> f(1)  # doctest: +SKIP\n2").examples == ()
    found = read(">>> f(1)  # doctest: +ELLIPSIS\n[1, ..., 9]")
    assert not found.examples
    assert "ELLIPSIS" in found.script
    assert only(">>> f(1)  # doctest: +NORMALIZE_WHITESPACE\n[1,\n   2]").expected.value == [1, 2]


@pytest.mark.parametrize(
    "text",
    [
        ">>> sorted(f(3))\n[1, 2]",
        ">>> f(3).upper()\n'A'",
        ">>> f(f(3))\n4",
        ">>> f(open)\n4",
        ">>> f(range(3))\n4",
        ">>> for i in range(2):\n...     print(f(i))\n0\n1",
        ">>> f(3)\n<object at 0x7f>",
        ">>> f(3)\nPoint(x=1, y=2)",
        ">>> f(3)\narray([1, 2])",
        ">>> f(3)\n<generator object f at 0x7f>",
        ">>> f(1) == f(2)\nTrue",
        ">>> f(\n3",
    ],
)
def test_what_is_no_single_call_stays_a_script(text: str) -> None:
    found = read(text)
    assert not found.examples
    assert found.script


def test_a_call_whose_effect_is_looked_at_later_stays_in_the_script() -> None:
    found = read(">>> xs = [2, 1]\n>>> f(xs)\n>>> xs\n[1, 2]\n>>> f([1])\n")
    assert [c for c, _ in calls(found)] == ["f([2, 1])", "f([1])"]
    assert found.script == ">>> xs = [2, 1]\n\n>>> f(xs)\n\n>>> xs\n[1, 2]\n"


def test_the_script_runs_as_the_doctests_do() -> None:
    text = r'''
    >>> xs = ["\\n", """a"""]
    >>> f(xs)
    >>> xs
    ['a', '\\n']
    >>> if xs:
    ...     print(xs[0])
    a
    '''
    found = read(text)
    file = doctest_file(found.script, "subject_of_script", "f")
    assert run_test(file.source, lambda xs: xs.reverse()) is None
    assert "Expected" in str(run_test(file.source, lambda xs: None))


def run_test(source: str, function: object) -> AssertionError | None:
    """Run the generated test against `function`, as the module it imports."""
    module = types.ModuleType("subject_of_script")
    module.__dict__["f"] = function
    names: dict[str, object] = {}
    exec(source.replace("import subject_of_script as subject", ""), {"subject": module}, names)
    scope = {"SCRIPT": names["SCRIPT"], "doctest": doctest, "subject": module}
    test = types.FunctionType(names["test_doctests_of_f"].__code__, scope)  # type: ignore[attr-defined]
    try:
        test()
    except AssertionError as error:
        return error
    return None


def test_an_example_that_does_not_fit_the_header() -> None:
    with pytest.raises(BadInput, match=r"^m\.py:2: the example f\(1, 2\) does not fit def f\(x\)$"):
        read_doctests(Docstring("x\n>>> f(1, 2)\n3"), header("def f(x)"), "m.py")


def test_a_wrong_call_that_must_fail_is_fine() -> None:
    found = read(">>> f(1, 2)\nTraceback (most recent call last):\nTypeError: no\n")
    assert "f(1, 2)" in found.script


def test_escapes_that_break_a_doctest_are_read_as_meant() -> None:
    text = 'def f(x):\n    """Words.\n\n    >>> f("a\\nb")\n    \'b\'\n    """\n'
    from proofsmith.environments.docstring import of_function

    docstring = of_function(parse_python(text, None).body[0], text)  # type: ignore[arg-type]
    (example,) = read_docstring(docstring, header("def f(x)")).examples
    assert example.call.args == ("a\nb",)
    assert example.span is not None
    assert example.span.line == 4


def test_places() -> None:
    docstring = Docstring("Täxt. >>> f(1)\n\n  >>> f(1)\n  2\n", first_line=5, first_column=7)
    (example,) = read_doctests(docstring, header("def f(x)")).examples
    assert example.span is not None
    assert (example.span.line, example.span.column, example.span.end_line, example.span.end_column) == (
        7,
        2,
        8,
        3,
    )


@given(st.text(alphabet=">. f(1)\n\t'\"[]=#:Trueackblsnoi-", max_size=80))
def test_no_text_breaks_the_reader(text: str) -> None:
    with contextlib.suppress(BadInput):
        read(text)


def test_constants_of_math() -> None:
    found = read(">>> from math import inf\n>>> import math\n>>> f(-inf)\ninf\n>>> f(math.pi)\nnan")
    assert calls(found) == [("f(-inf)", "inf"), ("f(3.141592653589793)", "nan")]
