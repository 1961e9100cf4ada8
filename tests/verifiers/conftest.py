from collections.abc import Iterator

import pytest

from proofsmith.verifiers.sandbox import SandboxSettings
from proofsmith.verifiers.toolbox import Toolbox

NO_BUBBLEWRAP = "no-such-bubblewrap"


@pytest.fixture(scope="session")
def contained(bubblewrap: str) -> Iterator[Toolbox]:
    """A toolbox whose sandbox is bubblewrap."""
    with Toolbox(SandboxSettings(require_sandbox=True, seconds=4.0)) as toolbox:
        yield toolbox


@pytest.fixture(scope="session")
def plain() -> Iterator[Toolbox]:
    """A toolbox without bubblewrap."""
    with Toolbox(SandboxSettings(bubblewrap=NO_BUBBLEWRAP, seconds=4.0)) as toolbox:
        yield toolbox


@pytest.fixture(params=["bubblewrap", "process"])
def toolbox(request: pytest.FixtureRequest) -> Toolbox:
    """Each kind of sandbox in turn."""
    box: Toolbox = request.getfixturevalue("contained" if request.param == "bubblewrap" else "plain")
    return box
