"""Warm Yosys processes for the tests that prove something."""

import importlib.util
import os
from collections.abc import Iterator

import pytest

from proofsmith.verifiers.toolbox import Toolbox


@pytest.fixture(scope="session")
def toolbox() -> Iterator[Toolbox]:
    """A toolbox whose processes live as long as the tests."""
    if importlib.util.find_spec("pyosys") is None:
        message = "pyosys is not installed: pip install 'proofsmith[verilog]'"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    with Toolbox() as toolbox:
        yield toolbox
