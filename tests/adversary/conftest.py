"""The tools that the attacks are tried on."""

import os
import shutil

import pytest


@pytest.fixture(scope="session")
def iverilog() -> str:
    """The path of ``iverilog``; without it a test is skipped on a laptop, and fails in CI."""
    path = shutil.which("iverilog")
    if path is None:
        message = "Icarus Verilog is not installed: apt-get install iverilog"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return path
