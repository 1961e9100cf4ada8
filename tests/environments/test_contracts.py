"""Contracts in docstrings: what is read, what is refused, what is asked for."""

from __future__ import annotations

import pytest

from proofsmith.environments.load import load
from proofsmith.errors import BadInput
from proofsmith.types import Assurance

HEADER = "def ratio(a: int, b: {type}) -> int:\n"
BODY = '    """Say how often.\n\n    {lines}\n    """\n    ...\n'


def task(tmp_path, *lines: str, type: str = "int"):
    path = tmp_path / "ratio.py"
    path.write_text(HEADER.format(type=type) + BODY.format(lines="\n    ".join(lines)))
    (loaded,) = load(str(path))
    return loaded


def test_lines_become_pre_and_postconditions_with_their_places(tmp_path):
    loaded = task(tmp_path, "requires: b > 0", "ensures: result * b <= a", "  ensures: result >= 0")
    assert [p.expression for p in loaded.spec.preconditions] == ["b > 0"]
    assert [p.expression for p in loaded.spec.properties] == ["result * b <= a", "result >= 0"]
    assert loaded.spec.properties[0].span.line == 5
    assert loaded.verifiers == ("properties",)
    assert loaded.assurance is Assurance.BOUNDED


def test_types_without_a_proof_ask_for_tests_only(tmp_path):
    loaded = task(tmp_path, "ensures: result >= 0", type="str")
    assert loaded.assurance is Assurance.TESTED


def test_capitalised_words_are_prose(tmp_path):
    loaded = task(tmp_path, "Requires: nothing at all", "ensures: result == a")
    assert loaded.spec.preconditions == ()


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("requires: b must be positive", "not a Python expression"),
        ("requires: result > 0", "names result"),
        ("ensures: result == c", "names c"),
        ("ensures: result ==", "not a Python expression"),
    ],
)
def test_what_is_no_contract_is_refused_with_its_line(tmp_path, line, cause):
    with pytest.raises(BadInput, match=cause) as caught:
        task(tmp_path, line)
    assert caught.value.line == 4


def test_names_bound_inside_an_expression_are_its_own(tmp_path):
    loaded = task(tmp_path, "ensures: all(result != k for k in range(a))")
    assert len(loaded.spec.properties) == 1
