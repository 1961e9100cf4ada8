"""Python files judged as they stand: what is judged, and that nothing of the file is changed for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from proofsmith.environments.finished import finished
from proofsmith.errors import BadInput

Write = Callable[..., str]

MODULE = '''\
"""A module."""

import math
import functools


def named(function):
    return function


@functools.lru_cache
def area(r: int) -> float:
    """Of a circle.

    >>> area(0)
    0.0
    """
    # the formula
    square = r * r

    return math.pi * square  # exact enough


def half(n: int) -> int:
    """ensures: 2 * result <= n"""
    @named
    def halve(x): return x // 2
    return halve(n)


def untold(x):
    """Does what it does."""
    return x


def later(x: int) -> int:
    """later(1) returns 2."""
    ...


LIMIT = area(1)
'''


def test_what_is_told_and_done_is_judged(write: Write) -> None:
    found, missing = finished(write("shapes.py", MODULE))
    assert [one.task.id for one in found] == ["shapes.py:area", "shapes.py:half"]
    assert missing == ("later",)
    assert finished(write("shapes.py", MODULE) + ":half")[0][0].task.spec.properties[0].expression
    ((only,), none) = finished(write("shapes.py", MODULE), "area")
    assert (only.task.spec.signature.name, none) == ("area", ())


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_specification_and_candidate_together_are_the_file(write: Write, newline: str) -> None:
    path = write("shapes.py", MODULE.replace("\n", newline))
    first, second = finished(path)[0]
    assert first.task.spec.assemble(first.candidate.source) == MODULE.replace("\n", newline)
    whole = second.task.spec.assemble(second.candidate.source)
    assert whole.count("@named") == 1
    assert whole.replace("\r\n", "\n").startswith(MODULE.partition("    @named")[0])


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("def f(x):\n    return x\n", ["no function in this file", "--candidate"]),
        ('def f(x):\n    """>>> f(1)\n    1\n    """\n', ["no function in this file", "--candidate"]),
        (MODULE + "\n\ndef half(n):\n    return n\n", ["half is defined again"]),
        ("def f(x:\n", ["syntax error"]),
    ],
)
def test_what_cannot_be_judged(write: Write, text: str, parts: list[str]) -> None:
    with pytest.raises(BadInput) as caught:
        finished(write("shapes.py", text))
    assert all(part in str(caught.value) for part in parts), str(caught.value)


def test_how_other_functions_are_written_does_not_matter(write: Write) -> None:
    others = "\n\ndef untold(x): return x; return 1\n\n\nif True:\n    def named(f):\n        return f\n"
    found, _ = finished(write("shapes.py", MODULE + others))
    assert [one.task.id for one in found] == ["shapes.py:area", "shapes.py:half"]


def test_a_function_of_which_nothing_is_told_is_named(write: Write) -> None:
    with pytest.raises(BadInput, match="nothing says what untold must do"):
        finished(write("shapes.py", MODULE), "untold")


def test_tests_judge_the_module_that_they_import(write: Write) -> None:
    path = write("test_shapes.py", "import shapes\n\n\ndef test_half():\n    assert shapes.half(4) == 2\n")
    with pytest.raises(BadInput, match="does not exist or has no body"):
        finished(path)
    write("shapes.py", MODULE)
    ((only,), _) = finished(path)
    assert only.task.spec.tests[-1].module == "shapes"
    assert "x // 2" in only.candidate.source
    with pytest.raises(BadInput, match="no function area of a module beside them"):
        finished(path, "area")


def test_tests_of_installed_modules_judge_nothing(write: Write) -> None:
    path = write("test_gcd.py", "from math import gcd\n\n\ndef test_gcd():\n    assert gcd(4, 6) == 2\n")
    assert Path(path).exists()
    with pytest.raises(BadInput, match="no function of a module beside them"):
        finished(path)
