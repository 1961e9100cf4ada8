"""Reads every Dafny file below the folder that DAFNY_PROGRAMS names."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from proofsmith.dafny.parser import parse


def test_every_file_of_the_folder_is_read_without_loss() -> None:
    folder = os.environ.get("DAFNY_PROGRAMS")
    if not folder:
        pytest.skip("set DAFNY_PROGRAMS to a folder of Dafny programs")
    files = sorted(Path(folder).rglob("*.dfy"))
    assert files
    for file in files:
        text = file.read_bytes().decode()
        program = parse(text, str(file))
        assert "".join(t.before + t.text for t in program.tokens) == text
