"""One pool of warm Yosys processes for all tests of the folder."""

import os
from collections.abc import Iterator

import pytest

from proofsmith.verifiers.toolbox import Toolbox
from proofsmith.verifiers.yosys.pool import YosysPool
from proofsmith.verifiers.yosys.settings import YosysSettings


@pytest.fixture(scope="session")
def toolbox(iverilog: str) -> Iterator[Toolbox]:
    """A toolbox whose processes live as long as the tests; `TEST_YOSYS` names another Yosys to test with."""
    with Toolbox(YosysSettings(yosys=os.environ.get("TEST_YOSYS", "pyosys"))) as toolbox:
        yield toolbox


@pytest.fixture(scope="session")
def pool(toolbox: Toolbox) -> YosysPool:
    """Warm Yosys processes."""
    return toolbox.shared(YosysPool.create)
