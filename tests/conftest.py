"""What all tests share: nothing of the user's is read or written, and missing tools are noticed."""

import os
import shutil
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def _nothing_of_the_user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Point the data directory elsewhere and forget the user's own settings."""
    patch = pytest.MonkeyPatch()
    for name in os.environ:
        if name.startswith("PROOFSMITH_"):
            patch.delenv(name)
    patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
    yield
    patch.undo()


@pytest.fixture(scope="session")
def bubblewrap() -> str:
    """The path of ``bwrap``. Without it a test is skipped on a laptop, and fails in CI."""
    path = shutil.which("bwrap")
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail("bubblewrap is not installed: apt-get install bubblewrap")
        pytest.skip("bubblewrap is not installed: apt-get install bubblewrap")
    return path
