"""The demo: every task file of a folder is found, solved live and summed up."""

from pathlib import Path
from typing import Any

import pytest

from proofsmith.cli.demo import task_files
from proofsmith.environments.load import load

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
DOUBLE = (
    'def double(x):\n    """Twice.\n\n    >>> double(2)\n    4\n    >>> double(3)\n    6\n    """\n    ...\n'
)


@pytest.fixture
def folder(workplace: Any) -> Path:
    path: Path = workplace.folder / "tasks"
    (path / "more").mkdir(parents=True)
    (path / "median.py").write_text(workplace.MEDIAN)
    (path / "more" / "double.py").write_text(DOUBLE)
    return path


@pytest.mark.usefixtures("folder")
def test_all_solved_is_code_0_with_a_summary_of_80_columns(workplace: Any, cli: Any) -> None:
    workplace.write("proofsmith.toml", "policy = 'scripted:Scripted'\n")
    workplace.script("def {name}(x):\n    return x * 2\n", workplace.RIGHT.replace("median", "{name}"))
    ran = cli("demo", "tasks", "--plain", COLUMNS="80")
    assert ran.code == 0, ran.err
    lines = ran.out.splitlines()
    assert all(len(line) <= 80 for line in lines[:3])
    assert [line.split()[:4] for line in lines[1:3]] == [
        ["✓", "median.py:median", "PASS", "TESTED"],
        ["✓", "double.py:double", "PASS", "TESTED"],
    ]
    assert lines[4].startswith("2 of 2 solved in ")
    assert str(workplace.folder / "store.sqlite") in lines[4]
    assert "sorted(xs)" in ran.err


@pytest.mark.usefixtures("folder")
def test_one_unsolved_is_code_1(workplace: Any, cli: Any) -> None:
    workplace.write("proofsmith.toml", "policy = 'scripted:Scripted'\n")
    workplace.script("def {name}(x):\n    return x * 2\n")
    ran = cli("demo", "tasks", "--plain")
    assert ran.code == 1
    assert "1 of 2 solved in " in ran.out


def test_modules_beside_their_tests_are_not_tasks_of_their_own(tmp_path: Path) -> None:
    for name in ("a.py", "test_a.py", "b.py", "conftest.py", "README.md", "c.toml", "d.jsonl"):
        (tmp_path / name).touch()
    assert [path.name for path in task_files(tmp_path)] == ["b.py", "c.toml", "d.jsonl", "test_a.py"]


def test_folders_in_folders_are_left_out(tmp_path: Path) -> None:
    for name in ("a.py", "near/b.dfy", "near/far/c.dfy"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert [path.name for path in task_files(tmp_path)] == ["a.py", "b.dfy"]


def test_a_task_whose_tool_is_missing_is_left_out(workplace: Any, cli: Any) -> None:
    (workplace.folder / "tasks").mkdir()
    same = "method Same(n: nat) returns (r: nat) ensures r == n { r := n; }\n"
    (workplace.folder / "tasks" / "same.dfy").write_text(same)
    workplace.write("proofsmith.toml", "dafny = '/nowhere/dafny'\n")
    ran = cli("demo", "tasks", "--plain")
    assert ran.code == 1
    assert ran.err.startswith("same.dfy: left out; dafny (/nowhere/dafny")
    assert "0 of 0 solved in " in ran.out


def test_the_examples_are_at_least_twelve_in_all_forms() -> None:
    files = task_files(EXAMPLES)
    tasks = [task for path in files for task in load(str(path))]
    assert len(tasks) >= 12
    assert {"py", "toml", "jsonl"} <= {path.suffix[1:] for path in files}
    assert any(path.name.startswith("test_") for path in files)
