"""The cassettes in examples/models/: runs with a model that repeat without one, in the real command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CASSETTES = sorted((ROOT / "examples" / "models").glob("*.cassette"))
TASKS = {"running_maximum": "running_maximum.py", "clamp": "sygus/clamp.sl"}


def replayed(cassette: Path, store: Path, task: str) -> tuple[int, list[dict]]:
    command = [sys.executable, "-m", "proofsmith.cli.main", "solve", str(ROOT / "examples" / task)]
    command += ["--replay", str(cassette), "--store", str(store), "--json"]
    environment = {**os.environ, "PROOFSMITH_API_KEY": ""}
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=120, env=environment, cwd=store.parent
    )
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def test_there_is_one_for_each_task_named_here() -> None:
    assert [c.stem for c in CASSETTES] == sorted(TASKS)


@pytest.mark.parametrize("cassette", CASSETTES, ids=lambda c: c.stem)
def test_a_shipped_cassette_solves_its_task_without_a_server(cassette: Path, tmp_path: Path) -> None:
    code, lines = replayed(cassette, tmp_path / "store.sqlite", TASKS[cassette.stem])
    assert code == 0, "record it anew: see docs/models.md"
    result = lines[-1]
    assert result["solved"]
    answers = [line for line in cassette.read_text().splitlines() if '"cassette"' not in line[:12]]
    assert 0 < result["spent"]["model_calls"] <= len(answers)


def test_a_cassette_of_another_task_is_one_clear_line(tmp_path: Path) -> None:
    code, _ = replayed(CASSETTES[0], tmp_path / "store.sqlite", "lucas.py")
    assert code == 3
