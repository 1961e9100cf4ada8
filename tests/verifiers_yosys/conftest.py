"""One pool of warm Yosys processes for all tests of the folder, and the tools that they need."""

import os
import shutil
from collections.abc import Iterator

import pytest

from proofsmith.verifiers.toolbox import Toolbox
from proofsmith.verifiers.yosys.pool import YosysPool
from proofsmith.verifiers.yosys.settings import YosysSettings


def _missing(what: str, install: str) -> None:
    message = f"{what} is not installed: {install}"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def iverilog() -> str:
    """The path of ``iverilog``."""
    path = shutil.which("iverilog")
    if path is None:
        _missing("Icarus Verilog", "apt-get install iverilog")
    return str(path)


@pytest.fixture(scope="session")
def yosys_program() -> str:
    """The path of the ``yosys`` program."""
    path = shutil.which("yosys")
    if path is None:
        _missing("Yosys", "apt-get install yosys")
    return str(path)


@pytest.fixture(scope="session")
def toolbox(iverilog: str) -> Iterator[Toolbox]:
    """A toolbox whose processes live as long as the tests; `TEST_YOSYS` names another Yosys to test with."""
    with Toolbox(YosysSettings(yosys=os.environ.get("TEST_YOSYS", "pyosys"))) as toolbox:
        yield toolbox


@pytest.fixture(scope="session")
def pool(toolbox: Toolbox) -> YosysPool:
    """Warm Yosys processes."""
    return toolbox.shared(YosysPool.create)
