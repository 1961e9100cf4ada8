"""Finding Dafny, its server, and the Z3 it needs."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from proofsmith.errors import ToolFailure, ToolMissing
from proofsmith.process import run
from proofsmith.verifiers.dafny.settings import DafnySettings

INSTALL_DAFNY = (
    "apt-get install dafny, or unpack a release of Dafny 4 from github.com/dafny-lang/dafny/releases "
    "and put it on PATH"
)
INSTALL_Z3 = "proofsmith doctor --fix (fetches Z3 4.8.5, which Dafny 2.3 was made for), or apt-get install z3"
GOOD_Z3 = "4.8.5"
"""The Z3 that Dafny 2.3 was made for; later ones mostly agree with it."""
_START_SECONDS = 30.0


@dataclass(frozen=True)
class Dafny:
    """An installed Dafny.

    Attributes:
        command: that starts the command line.
        server: that starts the server; empty if there is none (Dafny 4 has another kind).
        version: such as ``"2.3.0.10506"``.
        z3: path of the Z3 to use; empty to leave the choice to Dafny.
        z3_version: its version; empty if Dafny chooses.
    """

    command: tuple[str, ...]
    server: tuple[str, ...]
    version: str
    z3: str = ""
    z3_version: str = ""

    @property
    def major(self) -> int:
        """The first number of the version."""
        return int(self.version.split(".")[0])

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of its verdicts must know."""
        if self.major >= 3 or self.z3_version == GOOD_Z3:
            return ()
        return (
            f"Z3 {self.z3_version} in place of {GOOD_Z3}: a few proofs may be missed; "
            f"proofsmith doctor --fix fetches {GOOD_Z3}",
        )


def private_z3() -> Path:
    """Return where ``proofsmith doctor --fix`` puts Z3 (in the user's data folder)."""
    folder = Path(platformdirs.user_data_dir("proofsmith", appauthor=False))
    return folder / "tools" / f"z3-{GOOD_Z3}" / "z3"


def find_dafny(settings: DafnySettings, *, look_for_z3: bool = True) -> Dafny:
    """Find Dafny as the settings say, or on PATH, and ask for versions.

    Without `look_for_z3` none is looked for, and none is named.

    Raises:
        ToolMissing: Dafny or Z3 is not installed.
        ToolFailure: one is there and does not work.
    """
    path = _named(settings.dafny, "dafny") if settings.dafny else shutil.which("dafny")
    if path is None:
        raise ToolMissing("dafny", INSTALL_DAFNY)
    command = _runnable(path)
    version = _version_of(command)
    if not look_for_z3:
        return Dafny(command, (), version)
    if int(version.split(".")[0]) >= 3:
        z3 = _named(settings.dafny_z3, "z3") if settings.dafny_z3 else ""
        return Dafny(command, (), version, z3, z3_version(z3) if z3 else "")
    z3 = find_z3(settings)
    return Dafny(command, _server(settings, path), version, z3, z3_version(z3))


def find_z3(settings: DafnySettings) -> str:
    """Return the path of the Z3 for Dafny 2.3: the setting's, our own, or the one on PATH.

    Raises:
        ToolMissing: there is none.
    """
    if settings.dafny_z3:
        return _named(settings.dafny_z3, "z3")
    if os.access(private_z3(), os.X_OK):
        return str(private_z3())
    found = shutil.which(f"z3-{GOOD_Z3}") or shutil.which("z3")
    if found is None:
        raise ToolMissing("z3", INSTALL_Z3)
    return os.path.abspath(found)


def z3_version(path: str) -> str:
    """Return the version that a Z3 prints.

    Raises:
        ToolFailure: it prints none.
    """
    done = run([path, "--version"], seconds=_START_SECONDS, install=INSTALL_Z3)
    found = re.search(r"Z3 version (\d+(?:\.\d+)+)", done.stdout)
    if found is None:
        raise ToolFailure(
            f"{path} does not work as Z3: --version prints {_glimpse(done.stdout + done.stderr)}"
        )
    return found[1]


def _named(name: str, what: str) -> str:
    """Return the absolute path of the program that a setting names."""
    found = shutil.which(os.path.expanduser(name))
    if found is None and Path(name).suffix == ".exe" and Path(name).is_file():
        found = name
    if found is None:
        raise ToolMissing(f"{what} ({name}, as the settings say)", f"correct the setting, or {INSTALL_DAFNY}")
    return os.path.abspath(found)


def _runnable(path: str) -> tuple[str, ...]:
    if not path.endswith(".exe"):
        return (path,)
    mono = shutil.which("mono")
    if mono is None:
        raise ToolMissing("mono", "apt-get install mono-runtime")
    return (mono, path)


def _version_of(command: tuple[str, ...]) -> str:
    """Ask for the version: Dafny 3 and 4 know ``--version``, 2.3 knows ``/version``."""
    outputs = []
    for option in ("/version", "--version"):
        done = run([*command, option], seconds=_START_SECONDS, install=INSTALL_DAFNY)
        output = done.stdout + done.stderr
        found = re.search(r"^(?:Dafny )?(\d+\.\d+\.\d+(?:\.\d+)?)", output, re.MULTILINE)
        if found:
            return found[1]
        outputs.append(output)
    raise ToolFailure(f"{command[-1]} does not work as Dafny: it prints {_glimpse(outputs[-1])}")


def _server(settings: DafnySettings, dafny: str) -> tuple[str, ...]:
    """Return the command that starts DafnyServer; empty if there is none."""
    if settings.dafny_server:
        return _runnable(_named(settings.dafny_server, "DafnyServer"))
    real = Path(dafny).resolve()
    folders = [real.parent, *_folders_in(real), Path("/usr/lib/dafny")]
    for folder in folders:
        for name in ("DafnyServer", "dafny-server", "DafnyServer.exe"):
            path = folder / name
            if path.is_file() and (path.suffix == ".exe" or os.access(path, os.X_OK)):
                return _runnable(str(path))
    return ()


def _folders_in(script: Path) -> list[Path]:
    """Return the folders of programs that a short wrapper script starts."""
    try:
        text = script.read_bytes()[:4096]
    except OSError:
        return []
    if not text.startswith(b"#!"):
        return []
    return [Path(p.decode(errors="replace")).parent for p in re.findall(rb"(/\S+\.exe)\b", text)]


def _glimpse(text: str) -> str:
    words = " ".join(text.split())
    return repr(words[:120]) if words else "nothing"
