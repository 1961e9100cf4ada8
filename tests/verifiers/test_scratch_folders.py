"""Temporary folders that a killed process leaves behind."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from proofsmith.verifiers.scratch import owned_prefix, sweep

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")

MAKES_ONE = """
import sys, tempfile, time
from proofsmith.verifiers.scratch import owned_prefix
print(tempfile.mkdtemp(prefix=owned_prefix("test"), dir=sys.argv[1]), flush=True)
time.sleep(60)
"""


def test_the_folder_of_a_killed_process_goes_and_that_of_a_live_one_stays(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", MAKES_ONE, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    made = Path(process.stdout.readline().strip())
    (made / "file").write_text("left behind")
    mine = Path(tempfile.mkdtemp(prefix=owned_prefix("test"), dir=tmp_path))
    sweep(tmp_path)
    assert made.is_dir()
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    sweep(tmp_path)
    assert not made.exists()
    assert mine.is_dir()


def test_what_belongs_to_others_is_left_alone(tmp_path: Path) -> None:
    gone = owned_prefix("test").replace(f"-{os.getpid()}-", "-999999999-")
    elsewhere = "proofsmith-test-1-999999999-5-abc"
    for name in (f"{gone}abc", elsewhere, "proofsmith-report", "unrelated"):
        (tmp_path / name).mkdir()
    (tmp_path / f"{gone}file").write_text("no folder")
    (tmp_path / f"{gone}link").symlink_to(tmp_path / "unrelated")
    sweep(tmp_path)
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {elsewhere, "proofsmith-report", "unrelated", f"{gone}file", f"{gone}link"}
