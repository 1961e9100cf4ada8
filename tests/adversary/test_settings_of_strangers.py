"""A settings file, or a run, that came from somebody else runs nothing and gets no keys."""

from pathlib import Path

import pytest

from proofsmith.agents.models.settings import ClientSettings
from proofsmith.budget import Budget
from proofsmith.cli.model_clients import recorded
from proofsmith.cli.settings import TOOL_SETTINGS
from proofsmith.errors import BadInput
from proofsmith.events import RunStarted
from proofsmith.python_spec import PythonSpec, Signature
from proofsmith.settings import KEY_VARIABLE, load_file, overlay
from proofsmith.types import Assurance, Task
from proofsmith.verifiers.dafny.settings import DafnySettings
from proofsmith.verifiers.sandbox.settings import SandboxSettings

PROGRAMS = ["dafny", "dafny_server", "dafny_z3", "yosys", "abc", "iverilog", "bubblewrap"]
ELSEWHERE = "https://models.example.org/v1"
KEY = {KEY_VARIABLE: "not-a-key-at-all"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a program, which is not the user's home."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    program = tmp_path / "repository" / "bin" / "tool"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    (tmp_path / "link").symlink_to(program)
    monkeypatch.chdir(program.parent.parent)
    return program.parent.parent


def settings_of(folder: Path, text: str, environment: dict[str, str]) -> list[object]:
    (folder / "proofsmith.toml").write_text(text)
    file = load_file(folder)
    return [overlay(cls, {}, environment=environment, file=file) for cls in (*TOOL_SETTINGS, ClientSettings)]


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize(
    "path", ["bin/tool", "./bin/tool", "{folder}/bin/tool", "../link", "../repository/bin/tool"]
)
def test_a_program_that_came_with_the_file_is_not_run(folder: Path, name: str, path: str) -> None:
    text = f"{name} = '{path.format(folder=folder)}'\n"
    with pytest.raises(BadInput, match=f"{name} names a program in the folder of the settings file"):
        settings_of(folder, text, {})


def test_nor_one_that_is_found_there_by_name(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "bin")
    with pytest.raises(BadInput, match="in the folder of the settings file"):
        settings_of(folder, "yosys = 'tool'\n", {})


def test_programs_of_the_system_and_of_the_environment_may_be_named(folder: Path) -> None:
    found = settings_of(folder, "bubblewrap = '/bin/sh'\n", {"PROOFSMITH_DAFNY": "bin/tool"})
    assert SandboxSettings(bubblewrap="/bin/sh") in found
    assert DafnySettings(dafny="bin/tool") in found


def test_a_file_at_home_is_the_users_own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folder))
    assert DafnySettings(dafny="bin/tool") in settings_of(folder, "dafny = 'bin/tool'\n", {})


def test_a_key_goes_to_no_address_of_a_file(folder: Path) -> None:
    for address in (
        ELSEWHERE,
        "http://localhost.example.org",
        "http://127.0.0.1@example.org/v1",
        "http://[::1",
    ):
        with pytest.raises(BadInput, match="does not get the key"):
            settings_of(folder, f"base_url = '{address}'\n", KEY)
    assert ClientSettings(base_url=ELSEWHERE) in settings_of(folder, f"base_url = '{ELSEWHERE}'\n", {})
    here = "http://127.0.0.1:8000/v1"
    assert ClientSettings(base_url=here) in settings_of(folder, f"base_url = '{here}'\n", KEY)
    given = {**KEY, "PROOFSMITH_BASE_URL": ELSEWHERE}
    assert ClientSettings(base_url=ELSEWHERE) in settings_of(
        folder, "base_url = 'http://example.com'\n", given
    )


def test_a_key_goes_to_no_address_of_a_recorded_run(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = PythonSpec(Signature("f", ()))
    task = Task("t", "", "python", spec, ("examples",), Assurance.TESTED)
    pairs = (("coder", "some-model"), ("base_url", ELSEWHERE))
    started = RunStarted(task, "mcts", "symbolic", 0, Budget(), "1", pairs)
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    assert recorded(started, ClientSettings()).base_url == ELSEWHERE
    monkeypatch.setenv(KEY_VARIABLE, "not-a-key-at-all")
    with pytest.raises(BadInput, match="does not get the key"):
        recorded(started, ClientSettings())
    assert recorded(started, ClientSettings(base_url=ELSEWHERE)).base_url == ELSEWHERE
