"""From what the user typed to a place: path, URL, environment, default."""

from pathlib import Path

import platformdirs
import pytest

from proofsmith.errors import BadInput, ToolMissing
from proofsmith.store.database import engine_for
from proofsmith.store.location import checkpoint_file, file_of, resolve, shown


def test_the_flag_comes_before_the_environment_and_that_before_the_default(tmp_path):
    environment = {"PROOFSMITH_STORE": str(tmp_path / "env.sqlite")}
    assert file_of(resolve(str(tmp_path / "flag.sqlite"), environment)) == tmp_path / "flag.sqlite"
    assert file_of(resolve(None, environment)) == tmp_path / "env.sqlite"
    default = Path(platformdirs.user_data_dir("proofsmith")) / "store.sqlite"
    for empty in ({}, {"PROOFSMITH_STORE": ""}):
        assert file_of(resolve(None, empty)) == file_of(resolve("", empty)) == default


@pytest.mark.parametrize("name", ["runs.db", "./runs.db", "sqlite:///runs.db", "100% odd?name#.db"])
def test_a_path_is_made_absolute_and_kept_as_it_is(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    plain = name.removeprefix("sqlite:///")
    assert file_of(resolve(name, {})) == tmp_path / plain


def test_the_home_folder_is_known():
    assert file_of(resolve("~/x.sqlite", {})) == Path.home() / "x.sqlite"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_by_url(scheme):
    url = resolve(f"{scheme}://me:secret@host:5433/runs", {})
    assert url.drivername == "postgresql+psycopg"
    assert file_of(url) is None
    assert "secret" not in shown(url)
    assert checkpoint_file(url).parent == Path(platformdirs.user_data_dir("proofsmith"))
    assert checkpoint_file(url) != checkpoint_file(url.set(database="other"))


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("mysql://host/x", "mysql is not supported"),
        ("://", "not a database URL"),
        ("sqlite://", "would keep nothing"),
        ("sqlite:///:memory:", "would keep nothing"),
        (".", "is a folder"),
    ],
)
def test_what_cannot_be_a_store_is_bad_input(text, cause):
    with pytest.raises(BadInput, match=cause) as caught:
        resolve(text, {})
    assert "\n" not in str(caught.value)


def test_a_missing_driver_says_how_to_install_it():
    with pytest.raises(ToolMissing, match="pip install"):
        engine_for(resolve("postgresql+nosuchdriver://host/x", {}))
