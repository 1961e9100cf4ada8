"""The code that is running, as Git knows it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import proofsmith

SAY = "from proofsmith import revision; r = revision.running(); print(r.version, r.commit or '-', r.dirty)"


@pytest.fixture
def said(tmp_path):
    """Return what a copy of the core says of itself, from a folder that may be made a checkout."""
    package = tmp_path / "src" / "proofsmith"
    package.mkdir(parents=True)
    for file in Path(proofsmith.__file__).parent.glob("*.py"):
        shutil.copy(file, package)

    def ask() -> list[str]:
        command = [sys.executable, "-c", SAY]
        environment = {"PYTHONPATH": str(package.parent), "PATH": "/usr/local/bin:/usr/bin:/bin"}
        done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.split()

    return ask


def git(folder, *words):
    names = ["-c", "user.name=A", "-c", "user.email=a@b.c"]
    done = subprocess.run(["git", *names, *words], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_the_commit_and_uncommitted_changes_are_told(said, tmp_path):
    assert said() == [proofsmith.__version__, "-", "None"]
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "src")
    git(tmp_path, "commit", "-q", "-m", "one")
    commit = git(tmp_path, "rev-parse", "HEAD")
    assert said() == [proofsmith.__version__, commit, "False"]
    (tmp_path / "src" / "proofsmith" / "budget.py").open("a").write("\n")
    assert said() == [proofsmith.__version__, commit, "True"]


def test_the_commit_of_another_project_is_not_taken_for_ours(said, tmp_path):
    git(tmp_path, "init", "-q")
    assert said()[1:] == ["-", "None"]
