"""The docs say what is so: commands and options are all there, blocks run, tables agree with the code."""

import dataclasses
import os
import re
import shutil
import subprocess
import sys
import tomllib
import typing
from pathlib import Path

import pytest

from proofsmith.agents.table import POLICIES, STRATEGIES
from proofsmith.cli.main import COMMANDS
from proofsmith.cli.settings import SETTINGS_CLASSES
from proofsmith.environments.load import load
from proofsmith.environments.task_file import KEYS

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
COMMANDS_PAGE = (ROOT / "docs" / "commands.md").read_text()


def blocks(page: Path, language: str) -> list[str]:
    """Return the fenced code blocks of a page in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)


def section(command: str) -> str:
    """Return what docs/commands.md says of a command."""
    found = re.search(
        rf"^## `proofsmith {command}[ `].*?(?=^## |\Z)", COMMANDS_PAGE, re.MULTILINE | re.DOTALL
    )
    assert found is not None, f"docs/commands.md has no section on {command}"
    return found[0]


@pytest.mark.parametrize(("name", "options"), [(name, options) for name, options, _ in COMMANDS])
def test_every_option_is_documented_and_no_other(name: str, options: type) -> None:
    text = section(name)
    known = set()
    for hint in typing.get_type_hints(options, include_extras=True).values():
        info = typing.get_args(hint)[1]
        declared = [d for d in (info.default, *(info.param_decls or ())) if isinstance(d, str)]
        known |= {d for d in declared if d.startswith("-")}
    documented = set(
        re.findall(r"(?<![\w-])--?[a-z][a-z-]*", " ".join(re.findall(r"^\| (.*?) \|", text, re.M)))
    )
    assert documented == known


def test_no_command_is_documented_that_does_not_exist() -> None:
    documented = re.findall(r"^## `proofsmith (\w+)", COMMANDS_PAGE, re.MULTILINE)
    assert sorted(documented) == sorted(name for name, _, _ in COMMANDS)


def test_every_setting_is_documented_with_its_default() -> None:
    rows = dict(
        re.findall(r"^\| `(\w+)` \| (.*?) \|", COMMANDS_PAGE.partition("## Settings")[2], re.MULTILINE)
    )
    fields = {f.name: f.default for cls in SETTINGS_CLASSES for f in dataclasses.fields(cls)}
    assert rows.keys() == fields.keys()
    for name, default in fields.items():
        if isinstance(default, bool):
            assert rows[name] == str(default).lower()
        elif isinstance(default, int | float):
            assert float(rows[name]) == default
        elif isinstance(default, str):
            assert rows[name] == f'`"{default}"`'


def test_strategies_and_policies_are_named() -> None:
    text = section("solve")
    for name in (*STRATEGIES.names(), *POLICIES.names()):
        assert f"`{name}`" in text, name


def test_every_key_of_a_task_file_is_documented() -> None:
    page = (ROOT / "docs" / "task-files.md").read_text()
    for key in KEYS:
        assert f"`{key}`" in page, key


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text()):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_toml_and_python_blocks_load(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for number, text in enumerate(blocks(page, "toml")):
        table = tomllib.loads(text)
        if "signature" in table:
            Path(f"task{number}.toml").write_text(text)
            assert load(f"task{number}.toml")
        else:
            assert table.keys() <= {f.name for cls in SETTINGS_CLASSES for f in dataclasses.fields(cls)}
    for number, text in enumerate(blocks(page, "python")):
        named = re.match(r"# (\w+\.py)\n", text)
        name = named[1] if named else f"module{number}.py"
        Path(name).write_text(text)
        assert load(name)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_make_targets_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    wanted = {
        word
        for block in [*blocks(page, "sh"), *re.findall(r"`(make .*?)`", page.read_text())]
        for line in re.findall(r"^make ([^#\n`]*)", block, re.MULTILINE)
        for word in line.split()
        if "=" not in word
    }
    assert wanted <= targets


@pytest.mark.timeout(1000)
def test_shell_blocks_of_the_readme_run(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    for text in blocks(ROOT / "README.md", "python"):
        name = re.match(r"# (\w+\.py)\n", text)
        assert name is not None
        (tmp_path / name[1]).write_text(text)
    script = 'set -e\nproofsmith() { "$PYTHON" -m proofsmith.cli.main "$@"; }\n'
    script += "\n".join(blocks(ROOT / "README.md", "bash"))
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "PYTHON": sys.executable,
        "PROOFSMITH_STORE": str(tmp_path / "store.sqlite"),
        "PROOFSMITH_TIME": "300",  # the machine may be slow; nothing here uses it up
    }
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "..." not in (tmp_path / "words.py").read_text()
    assert "PASS, TESTED" in done.stdout
