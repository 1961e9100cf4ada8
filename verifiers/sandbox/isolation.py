"""The command lines that start a worker: inside bubblewrap, or as a plain process.

The bubblewrap sandbox sees the system's programs and libraries, this interpreter and the worker's own
files, all read-only, and a small private folder, usually ``/tmp``. Everything else, home directories and the
checkout included, is not there at all.
"""

from __future__ import annotations

import json
import os
import shutil
import site
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from proofsmith import values
from proofsmith.verifiers.sandbox import inside

INSTALL_BUBBLEWRAP = "apt install bubblewrap (or your distribution's package of that name)"
_COMMON = """
abc bisect collections collections.abc contextlib copy dataclasses datetime decimal enum fractions functools
hashlib heapq itertools json math operator random re statistics string typing
"""
PRELOAD = tuple(_COMMON.split())
"""What programs import most; loaded once in the worker, so that it costs each of them nothing."""

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store", "/gnu/store")
_ETC = ("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives", "/etc/localtime")
_INSIDE = "/run/proofsmith"


@dataclass(frozen=True)
class Flavour:
    """What kind of worker: the modules loaded before the fork, and whether it is a test runner."""

    preload: tuple[str, ...] = PRELOAD
    tester: bool = False


def interpreter() -> str:
    """Return the interpreter that runs the worker: the one under any virtual environment."""
    return os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)


def module_path() -> list[str]:
    """Return the folders of installed packages that programs may import from."""
    folders = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), *site.getsitepackages()]
    return [f for f in dict.fromkeys(folders) if os.path.isdir(f)]


def environment() -> dict[str, str]:
    """Return the whole environment of a worker."""
    kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    return {
        **kept,
        "PATH": "/usr/bin:/bin",
        "HOME": "/nonexistent",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "LANG": "C.UTF-8",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }


def _binds() -> list[str]:
    """Return the read-only mounts, outer folders before inner ones."""
    arguments: list[str] = []
    bound: list[str] = []
    for path in _SYSTEM:
        if os.path.islink(path):
            arguments += ["--symlink", os.readlink(path), path]
        elif os.path.isdir(path):
            arguments += ["--ro-bind", path, path]
            bound.append(path)
    for path in _ETC:
        arguments += ["--ro-bind-try", path, path]
    for path in _prefixes():
        if not any(Path(path).is_relative_to(b) for b in bound):
            arguments += ["--ro-bind", path, path]
            bound.append(path)
    return arguments


def readable() -> list[str]:
    """Return what a program in a plain process may read, where the kernel can enforce that."""
    devices = [f"/dev/{name}" for name in ("null", "zero", "random", "urandom")]
    return [*_SYSTEM, *_ETC, *_prefixes(), *devices]


def _prefixes() -> list[str]:
    """Return the folders that this interpreter and its packages live in, outer ones first."""
    found = {sys.prefix, sys.base_prefix, sys.base_exec_prefix, str(Path(interpreter()).parent.parent)}
    found |= {os.path.realpath(path) for path in found} | set(module_path())
    found -= {"/", str(Path.home())}  # an interpreter in ~/bin must not lay the home directory open
    found.add(str(Path(interpreter()).parent))
    return sorted((path for path in found if os.path.isdir(path)), key=len)


def scratch_folder() -> str:
    """Return the one writable folder in bubblewrap: ``/tmp``, unless this interpreter lives below it.

    There (a checkout or a virtual environment in ``/tmp``) a private ``/tmp`` would hide the interpreter.
    """
    below = any(Path(path).is_relative_to("/tmp") for path in _prefixes())
    return "/scratch" if below else "/tmp"


def sandbox_prefix(program: str, disk_mb: int, binds: Sequence[tuple[str, str]] = ()) -> list[str]:
    """Return the bubblewrap command line up to the command that it is to run.

    No network, own process ids, no capabilities, a clean environment, and as file system only what
    the module's docstring says, plus the read-only `binds` (source, place inside).
    """
    command = [program, "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    command += ["--as-pid-1", "--hostname", "sandbox", "--proc", "/proc", "--dev", "/dev", *_binds()]
    command += ["--size", str(disk_mb << 20), "--tmpfs", scratch_folder()]
    for source, place in binds:
        command += ["--ro-bind", source, place]
    command += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", scratch_folder(), "--clearenv"]
    for name, text in (environment() | {"TMPDIR": scratch_folder()}).items():
        command += ["--setenv", name, text]
    return command


def worker_command(
    bubblewrap: str | None, flavour: Flavour, disk_mb: int, scratch: str
) -> tuple[list[str], dict[str, str]]:
    """Return the worker's command line and environment; plain where `bubblewrap` is ``None``.

    `scratch` is a private folder for a plain worker; in bubblewrap it is `scratch_folder`.
    """
    here = Path(inside.__file__).parent
    files = {path.name: str(path) for path in here.glob("[a-z]*.py")}
    files["values.py"] = str(Path(values.__file__))
    binds: list[tuple[str, str]] = []
    if bubblewrap is not None:
        binds = [(os.path.realpath(path), f"{_INSIDE}/{name}") for name, path in files.items()]
        files = {name: f"{_INSIDE}/{name}" for name in files}
        scratch = scratch_folder()
    config = {
        "bubblewrap": bubblewrap is not None,
        "scratch": scratch,
        "path": module_path(),
        "values": files["values.py"],
        "tester": flavour.tester,
        "preload": list(flavour.preload),
        "readable": readable(),
    }
    command = [interpreter(), "-I", "-S", "-B", files["worker.py"], json.dumps(config)]
    if bubblewrap is not None:
        command = sandbox_prefix(bubblewrap, disk_mb, binds) + command
    return command, environment()


def find_bubblewrap(program: str) -> str | None:
    """Return the path of the bubblewrap program, or ``None``."""
    return shutil.which(program)


@cache
def bubblewrap_version(program: str) -> str:
    """Return what ``bwrap --version`` says, without the program's name."""
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    return done.stdout.strip().removeprefix("bubblewrap").strip() or "unknown"
