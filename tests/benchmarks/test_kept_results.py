"""What benchmarks share: results that outlive a kill, arguments that are refused in one line."""

from __future__ import annotations

import argparse
import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def running() -> ModuleType:
    path = Path(__file__).parents[2] / "benchmarks" / "running.py"
    spec = importlib.util.spec_from_file_location("benchmarks_running", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_line_that_was_cut_off_is_done_again(running: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    kept = running.Kept(path)
    kept.add({"file": "a", "solved": True})
    with path.open("a") as file:
        file.write('{"file": "b", "sol')
    again = running.Kept(path)
    assert again.rows == [{"file": "a", "solved": True}]
    again.add({"file": "b", "solved": False})
    assert [row["file"] for row in running.Kept(path).rows] == ["a", "b"]


def test_without_a_file_results_are_in_memory(running: ModuleType) -> None:
    kept = running.Kept(None)
    kept.add({"file": "a"})
    assert kept.rows == [{"file": "a"}]


def test_arguments_that_make_no_sense_are_refused(running: ModuleType, tmp_path: Path) -> None:
    assert running.positive("0.5") == 0.5
    assert running.counted("3") == 3
    assert running.folder(str(tmp_path)) == tmp_path
    for read, text in (
        (running.positive, "0"),
        (running.positive, "nan"),
        (running.counted, "0"),
        (running.folder, str(tmp_path / "none")),
    ):
        with pytest.raises(argparse.ArgumentTypeError):
            read(text)
