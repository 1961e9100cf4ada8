"""A checkout or a virtual environment may lie below ``/tmp``: the sandbox's own must not hide it."""

from pathlib import Path

import pytest

from proofsmith.python_spec import Call
from proofsmith.verifiers.sandbox import isolation
from proofsmith.verifiers.sandbox.settings import Limits, SandboxSettings
from proofsmith.verifiers.toolbox import Toolbox

PROGRAM = """import os
import tempfile


def look(folder):
    with tempfile.TemporaryFile() as file:
        file.write(b"x")
    return os.listdir(folder)
"""


@pytest.mark.usefixtures("bubblewrap")
def test_what_the_interpreter_needs_is_seen_below_tmp(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not tmp_path.is_relative_to("/tmp"):
        pytest.skip("the test's own folder is not below /tmp")
    (tmp_path / "package").mkdir()
    prefixes = isolation._prefixes()
    monkeypatch.setattr(isolation, "_prefixes", lambda: [*prefixes, str(tmp_path)])
    with Toolbox(SandboxSettings(require_sandbox=True, workers=1)) as toolbox:
        run = toolbox.sandbox.run(PROGRAM, "look", [Call((str(tmp_path),))], Limits())
    (result,) = run.results
    assert result.outcome is not None
    assert result.outcome.value == ["package"]
