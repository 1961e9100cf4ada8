"""Fetching the Z3 that Dafny 2.3 was made for, from its Python wheel, into a private folder."""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
import zipfile
from pathlib import Path

from proofsmith.errors import ToolFailure
from proofsmith.process import run
from proofsmith.verifiers.dafny.tools import GOOD_Z3, private_z3, z3_version

REQUIREMENT = f"z3-solver=={GOOD_Z3}.0"
KNOWN = {
    "z3_solver-4.8.5.0-py2.py3-none-manylinux1_x86_64.whl": (
        "6dada60c4166a00891eb69e9c49872b004a464269d82b9ce2ac2300572e77f8c"
    ),
}
"""SHA-256 of the wheels whose content is known; another platform's is taken as the index gives it."""
_DOWNLOAD_SECONDS = 180.0


def fetch_z3(folder: Path | None = None) -> Path:
    """Download Z3 with pip and put it into `folder` (default: the private one); return its path.

    All or nothing: a reader sees no file, or the complete one. The checksum is noted beside it.

    Raises:
        ToolFailure: it cannot be downloaded, is not what it should be, or does not run here.
    """
    target = private_z3() if folder is None else folder / "z3"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".fetching-", dir=target.parent) as scratch:
            wheel = _download(scratch)
            digest = _check(wheel)
            binary = _unpack(wheel, Path(scratch))
            found = z3_version(str(binary))
            if found != GOOD_Z3:
                raise ToolFailure(f"{wheel.name} holds Z3 {found}, not {GOOD_Z3}")
            (target.parent / "SHA256").write_text(f"{digest}  {wheel.name}\n", encoding="utf-8")
            os.replace(binary, target)
    except OSError as error:
        raise ToolFailure(f"Z3 cannot be put into {target.parent}: {error}") from None
    return target


def _download(scratch: str) -> Path:
    options = ["--no-deps", "--only-binary", ":all:", "--disable-pip-version-check", "--no-input", "--quiet"]
    command = [sys.executable, "-m", "pip", "download", *options, "--dest", scratch, REQUIREMENT]
    done = run(command, seconds=_DOWNLOAD_SECONDS)
    wheels = sorted(Path(scratch).glob("*.whl"))
    if done.code != 0 or len(wheels) != 1:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        cause = "no answer in time" if done.timed_out else lines[-1] if lines else f"code {done.code}"
        raise ToolFailure(f"pip cannot download {REQUIREMENT}: {cause[:300]}")
    return wheels[0]


def _check(wheel: Path) -> str:
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if KNOWN.get(wheel.name, digest) != digest:
        raise ToolFailure(f"{wheel.name} has the checksum {digest}, not the known one")
    return digest


def _unpack(wheel: Path, scratch: Path) -> Path:
    try:
        with zipfile.ZipFile(wheel) as archive:
            names = [n for n in archive.namelist() if n.endswith(("/data/bin/z3", "/data/data/bin/z3"))]
            if len(names) != 1:
                raise ToolFailure(f"{wheel.name} holds no z3 program")
            binary = scratch / "z3"
            binary.write_bytes(archive.read(names[0]))
    except zipfile.BadZipFile:
        raise ToolFailure(f"{wheel.name} is not a wheel") from None
    binary.chmod(0o755)
    return binary
