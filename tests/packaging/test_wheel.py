"""The built package: every file of ours and nothing else, by both routes, and it runs where it lands."""

import importlib.util
import subprocess
import sys
import tarfile
import venv
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def checker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("check_wheel", ROOT / "scripts" / "check_wheel.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def source(checker: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("source")
    checker.copy_sources(folder)
    return folder


@pytest.fixture(scope="module")
def wheel(checker: ModuleType, source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    built: Path = checker.build("wheel", source, tmp_path_factory.mktemp("wheel"))
    return built


def test_wheel_holds_every_file_of_the_package_and_nothing_else(
    checker: ModuleType, wheel: Path, source: Path
) -> None:
    packaged = checker.packaged_files(wheel)
    assert packaged == checker.expected_files(source)
    assert {name.split("/")[0] for name in packaged} == {"proofsmith"}


def test_wheel_made_from_the_source_archive_is_the_same(
    checker: ModuleType, wheel: Path, source: Path, tmp_path: Path
) -> None:
    archive = checker.build("sdist", source, tmp_path / "sdist")
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path, filter="data")
    unpacked = tmp_path / archive.name.removesuffix(".tar.gz")
    again = checker.build("wheel", unpacked, tmp_path / "wheel")
    assert checker.packaged_files(again) == checker.packaged_files(wheel)


def _fresh_environment(folder: Path) -> Path:
    """Make a virtual environment that sees this one's dependencies, but not this checkout."""
    venv.create(folder, with_pip=False)
    (site,) = folder.glob("lib/python*/site-packages")
    ours = next(p for p in sys.path if p.endswith("site-packages"))
    # A plain path entry: .pth files of that folder (the editable install) are not processed.
    (site / "dependencies.pth").write_text(ours + "\n")
    return folder / "bin" / "python"


@pytest.mark.parametrize("editable", [False, True])
def test_installed_program_runs_outside_the_checkout(
    editable: bool, wheel: Path, source: Path, tmp_path: Path
) -> None:
    python = _fresh_environment(tmp_path / "venv")
    pip = [sys.executable, "-m", "pip", "--python", str(python), "--quiet"]
    options = ["--no-deps", "--no-index", "--ignore-installed"]
    what = ["--no-build-isolation", "--editable", str(source)] if editable else [str(wheel)]
    subprocess.run([*pip, "install", *options, *what], check=True, capture_output=True)
    program = python.parent / "proofsmith"
    done = subprocess.run([program, "--version"], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("proofsmith ")
    where = "import proofsmith.verifiers.table as t, proofsmith.cli.main; print(t.__file__)"
    done = subprocess.run([python, "-c", where], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.startswith(str(source if editable else tmp_path))
