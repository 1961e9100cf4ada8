"""Settings: flag over environment over file over default, and one clear line when a value is wrong."""

import enum
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofsmith.errors import BadInput
from proofsmith.settings import load_file, overlay


class Colour(enum.StrEnum):
    RED = "RED"
    BLUE = "BLUE"


@dataclass(frozen=True)
class Example:
    width: int = 4
    seconds: float | None = None
    colour: Colour = Colour.RED
    sandbox: bool = True
    folder: Path = Path("here")
    name: str = "x"


maybe = st.none() | st.integers(-1000, 1000)


@given(flag=maybe, variable=maybe, table=maybe)
def test_flag_over_environment_over_file_over_default(flag, variable, table):
    environment = {} if variable is None else {"PROOFSMITH_WIDTH": str(variable)}
    file = ({} if table is None else {"width": table}, "proofsmith.toml")
    got = overlay(Example, {"width": flag}, environment=environment, file=file)
    assert got.width == next(x for x in (flag, variable, table, 4) if x is not None)


def test_texts_become_the_types_of_their_fields():
    environment = {
        "PROOFSMITH_SECONDS": "1.5",
        "PROOFSMITH_COLOUR": "blue",
        "PROOFSMITH_SANDBOX": "no",
        "PROOFSMITH_FOLDER": "/somewhere",
    }
    got = overlay(Example, {}, environment=environment)
    assert got == Example(4, 1.5, Colour.BLUE, False, Path("/somewhere"))


@pytest.mark.parametrize(
    ("flags", "environment", "table", "fragments"),
    [
        ({}, {"PROOFSMITH_WIDTH": "wide"}, {}, ["PROOFSMITH_WIDTH", "wide", "int"]),
        ({}, {"PROOFSMITH_SANDBOX": "maybe"}, {}, ["PROOFSMITH_SANDBOX", "maybe"]),
        ({"colour": "green"}, {}, {}, ["--colour", "green", "RED or BLUE"]),
        ({}, {}, {"width": True}, ["proofsmith.toml, width", "True"]),
        ({}, {}, {"width": []}, ["proofsmith.toml, width"]),
        ({}, {}, {"sandbox": 3}, ["proofsmith.toml, sandbox"]),
        ({}, {}, {"name": 3}, ["proofsmith.toml, name"]),
        ({}, {}, {"width": 2.5}, ["proofsmith.toml, width", "2.5"]),
        ({}, {}, {"width": float("inf")}, ["proofsmith.toml, width", "inf"]),
    ],
)
def test_a_wrong_value_names_where_it_came_from(flags, environment, table, fragments):
    with pytest.raises(BadInput) as caught:
        overlay(Example, flags, environment=environment, file=(table, "proofsmith.toml"))
    message = str(caught.value)
    assert "\n" not in message
    for fragment in fragments:
        assert fragment in message


def test_the_nearest_file_counts(tmp_path):
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "proofsmith.toml").write_text("width = 7\n")
    (tmp_path / "a" / "pyproject.toml").write_text("[tool.other]\nwidth = 1\n")
    assert load_file(inner) == ({"width": 7}, str(tmp_path / "proofsmith.toml"))
    (tmp_path / "a" / "pyproject.toml").write_text("[tool.proofsmith]\nwidth = 8\n")
    assert load_file(inner)[0] == {"width": 8}


def test_a_broken_settings_file_is_bad_input_and_a_broken_pyproject_is_not_ours(tmp_path):
    (tmp_path / "pyproject.toml").write_text("not toml [")
    load_file(tmp_path)
    (tmp_path / "proofsmith.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(BadInput) as caught:
        load_file(tmp_path)
    assert "proofsmith.toml" in str(caught.value)
