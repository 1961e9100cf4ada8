"""Reads every Dafny file below the folder that PROOFSMITH_DAFNY_FOLDER names."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from proofsmith.dafny.parser import parse


def test_every_file_of_the_folder_is_read_without_loss() -> None:
    folder = os.environ.get("PROOFSMITH_DAFNY_FOLDER")
    if not folder:
        pytest.skip("set PROOFSMITH_DAFNY_FOLDER to a folder of Dafny programs")
    files = sorted(Path(folder).rglob("*.dfy"))
    assert files
    for file in files:
        text = file.read_bytes().decode()
        program = parse(text, str(file))
        assert "".join(t.before + t.text for t in program.tokens) == text
