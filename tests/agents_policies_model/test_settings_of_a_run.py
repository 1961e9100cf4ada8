"""The settings of the model agents travel with the run: `resume` takes them from its record."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from proofsmith.agents.policies.model.settings import EDITS, RANKS, AgentSettings
from proofsmith.events import ModelCalled
from proofsmith.store.store import Store

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = st.builds(
    AgentSettings,
    thoughts=st.integers(0, 9),
    edits=st.sampled_from(EDITS),
    decompose=st.booleans(),
    rank_by=st.sampled_from(RANKS),
    temperature=st.floats(0, 2),
    symbolic_fallback=st.booleans(),
)


@given(SETTINGS)
def test_settings_come_back_from_a_run_s_record(settings):
    assert AgentSettings().with_pairs(dict(settings.as_pairs())) == settings


def test_what_another_version_wrote_is_left_out():
    pairs = {"thoughts": "many", "no_such_setting": "1", "edits": "whole"}
    assert AgentSettings().with_pairs(pairs) == AgentSettings(edits="whole")


def _proofsmith(folder: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-m",
        "proofsmith.cli.main",
        *words,
        "--store",
        str(folder / "store.sqlite"),
        "--json",
    ]
    environment = {**os.environ, **variables}
    return subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment, cwd=folder)


def test_resume_works_as_the_run_was_started(tmp_path):
    task, program = (
        ROOT / "examples" / "running_maximum.py",
        ROOT / "examples" / "models" / "running_maximum.txt",
    )
    model = f"scripted:skilled={program}@0.05"
    plain = {"PROOFSMITH_THOUGHTS": "0", "PROOFSMITH_SYMBOLIC_FALLBACK": "false"}
    words = ("solve", str(task), "--model", model, "--max-calls", "1")
    first = _proofsmith(tmp_path, *words, PROOFSMITH_TEMPERATURE="0.25", **plain)
    run = json.loads(first.stdout.splitlines()[-1])["run"]
    _proofsmith(tmp_path, "resume", run, "--max-calls", "6")
    with Store.open(str(tmp_path / "store.sqlite")) as store:
        calls = [e for e in store.events(run) if isinstance(e, ModelCalled)]
    assert len(calls) > 1
    assert {c.request.sampling.temperature for c in calls if c.agent == "coder"} == {0.25}
