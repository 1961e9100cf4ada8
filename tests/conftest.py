"""What all tests share: nothing of the user's is read or written, and missing tools are noticed."""

import importlib.util
import os
import shutil
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

import hypothesis
import pytest

if TYPE_CHECKING:
    from proofsmith.verifiers.dafny.pool import DafnyPool
    from proofsmith.verifiers.dafny.settings import DafnySettings


hypothesis.settings.load_profile("ci")  # the same examples on every machine, and no limit of time

SLACK = 60.0
"""Seconds by which a slow machine may be late; what does not keep its deadline at all is later."""


@pytest.fixture
def in_time() -> Callable[[float], AbstractContextManager[None]]:
    """Return ``in_time(deadline)``: a block that must end in about `deadline` seconds."""

    @contextmanager
    def block(deadline: float) -> Iterator[None]:
        started = time.monotonic()
        yield
        took = time.monotonic() - started
        assert took < deadline + SLACK, f"took {took:.1f} s where {deadline:g} s were given"

    return block


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
    """The path of ``bwrap``."""
    return _program("bwrap", "apt-get install bubblewrap")


@pytest.fixture(scope="session")
def iverilog() -> str:
    """The path of ``iverilog``."""
    return _program("iverilog", "apt-get install iverilog")


@pytest.fixture(scope="session")
def yosys_program() -> str:
    """The path of the ``yosys`` program."""
    return _program("yosys", "apt-get install yosys")


@pytest.fixture(scope="session")
def modules() -> Callable[..., None]:
    """Return ``modules(*names, install=...)``, which says that a test needs these optional modules."""

    def need(*names: str, install: str) -> None:
        for name in names:
            if importlib.util.find_spec(name) is None:
                _missing(name, install)

    return need


def _program(name: str, install: str) -> str:
    path = shutil.which(name)
    if path is None:
        _missing(name, install)
    return str(path)


def _missing(what: str, install: str) -> None:
    """Skip the test on a laptop, visibly; fail it in CI."""
    message = f"{what} is not installed: {install}"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


_ATTEMPTS = 3
"""So often is Z3 fetched: an index that does not answer once must not change what the tests run with."""


@pytest.fixture(scope="session")
def dafny_z3(pytestconfig: pytest.Config) -> str:
    """The path of a Z3: 4.8.5, fetched once and kept; where that fails, visibly, the one on PATH."""
    from proofsmith.errors import ProofsmithError
    from proofsmith.verifiers.dafny.fetch_z3 import fetch_z3

    cache = pytestconfig.cache
    assert cache is not None
    path = cache.mkdir("z3-for-dafny") / "z3"
    cause: ProofsmithError | None = None
    for _ in range(_ATTEMPTS):
        if path.exists():
            return str(path)
        try:
            fetch_z3(path.parent)
        except ProofsmithError as error:
            cause = error
    if path.exists():
        return str(path)
    found = shutil.which("z3")
    if found is None:
        _missing("z3", "apt-get install z3")
    warnings.warn(f"Z3 4.8.5 cannot be fetched, {found} takes its place: {cause}", stacklevel=1)
    return str(found)


@pytest.fixture(scope="session")
def dafny_settings(dafny_z3: str) -> "DafnySettings":
    """Settings for the real Dafny. Without it a test is skipped on a laptop, and fails in CI."""
    from proofsmith.verifiers.dafny.settings import DafnySettings

    _program("dafny", "apt-get install dafny")
    return DafnySettings(dafny_z3=dafny_z3, dafny_servers=1)


@pytest.fixture(scope="session")
def dafny_pool(dafny_settings: "DafnySettings") -> Iterator["DafnyPool"]:
    """One warm server for all tests."""
    from proofsmith.verifiers.dafny.pool import DafnyPool

    with DafnyPool(dafny_settings) as pool:
        yield pool
