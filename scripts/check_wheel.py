"""Build the wheel from a copy of this checkout and check that it holds every file of ours, and no other.

Prints one line and exits 0, or lists what is missing and what is too much and exits 1.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("agents", "cli", "environments", "store", "verifiers")


def copy_sources(to: Path) -> None:
    """Copy what the build reads into the folder `to`, so that it leaves nothing in the checkout."""
    ignore = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, to / name)
    for name in ("src", *FOLDERS):
        shutil.copytree(ROOT / name, to / name, symlinks=True, ignore=ignore)


def build(kind: str, source: Path, out: Path) -> Path:
    """Build a ``"wheel"`` or ``"sdist"`` of the folder `source` and return the file.

    Raises:
        RuntimeError: the build failed; the text is its output.
    """
    command = [
        sys.executable,
        "-m",
        "build",
        f"--{kind}",
        "--no-isolation",
        "--outdir",
        str(out),
        str(source),
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    (built,) = out.glob("*.whl" if kind == "wheel" else "*.tar.gz")
    return built


def expected_files(root: Path = ROOT) -> set[str]:
    """Return the paths inside the wheel of every file of the package in the checkout `root`."""
    found = set()
    for folder, names, files in os.walk(
        root / "src" / "proofsmith"
    ):  # the links to the five are not followed
        names[:] = [name for name in names if name != "__pycache__"]
        found |= {str(Path(folder, file).relative_to(root / "src")) for file in files}
    for folder in FOLDERS:
        for path in (root / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                found.add(f"proofsmith/{path.relative_to(root)}")
    return found


def packaged_files(wheel: Path) -> set[str]:
    """Return the paths inside `wheel`, its own metadata left out."""
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


def main() -> int:
    """Build, compare, report."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "source")
        source.mkdir()
        copy_sources(source)
        try:
            packaged = packaged_files(build("wheel", source, Path(folder, "dist")))
        except RuntimeError as error:
            print(f"the wheel cannot be built:\n{error}", file=sys.stderr)
            return 1
        expected = expected_files(source)
    for name in sorted(expected - packaged):
        print(f"missing from the wheel: {name}", file=sys.stderr)
    for name in sorted(packaged - expected):
        print(f"does not belong into the wheel: {name}", file=sys.stderr)
    if packaged != expected:
        return 1
    print(f"wheel: {len(packaged)} files, complete")
    return 0


if __name__ == "__main__":
    sys.exit(main())
