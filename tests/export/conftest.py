"""A store with runs in it, made once; commands run on copies of it."""

import importlib.util
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

from proofsmith.cli import main
from proofsmith.verifiers.toolbox import Toolbox


def _module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        f"export_tests_{name}", Path(__file__).with_name(f"{name}.py")
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def making() -> ModuleType:
    """The module that makes runs."""
    return _module("making")


@pytest.fixture(scope="session")
def toolbox() -> Iterator[Toolbox]:
    with Toolbox() as toolbox:
        yield toolbox


@pytest.fixture(scope="session")
def made(making: ModuleType, toolbox: Toolbox, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with finished runs; do not change it."""
    folder = tmp_path_factory.mktemp("made")
    making.make_store(folder / "store.sqlite", folder, toolbox)
    return folder / "store.sqlite"


@pytest.fixture
def store_path(made: Path, tmp_path: Path) -> Path:
    """A copy of that store, to be changed at will."""
    path = tmp_path / "store.sqlite"
    for part in made.parent.glob("store.sqlite*"):
        shutil.copy(part, tmp_path / part.name)
    return path


@dataclass(frozen=True)
class Ran:
    """What a command line gave."""

    code: int
    out: str
    err: str


@pytest.fixture
def cli(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Ran]:
    """Run a command line in this process, in a folder of its own."""

    def run(*arguments: object) -> Ran:
        with monkeypatch.context() as patch:
            patch.chdir(tmp_path)
            patch.setenv("PROOFSMITH_STORE", str(tmp_path / "store.sqlite"))
            capsys.readouterr()
            code = main.invoke([str(a) for a in arguments])
            captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return run
