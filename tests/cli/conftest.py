"""Running the command line: in this process where that is enough, as a real program elsewhere."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from proofsmith.cli import main

HERE = Path(__file__).parent

MEDIAN = '''"""Numbers."""

LIMIT = 3


def median(xs: list[int]) -> int:
    """Return the middle value.

    >>> median([3, 1, 2])
    2
    >>> median([5])
    5
    >>> median([1, 9, 4, 2, 7])
    4
    """
    ...


def other() -> int:
    return LIMIT
'''
RIGHT = "def median(xs):\n    return sorted(xs)[len(xs) // 2]\n"
FIRST = "def median(xs):\n    return xs[0]\n"
LAST = "def median(xs):\n    return xs[-1]\n"


@dataclass(frozen=True)
class Ran:
    """What a command line gave."""

    code: int
    out: str
    err: str

    def complains(self, *parts: str) -> bool:
        """Say whether the whole of standard error is one line of complaint that holds all `parts`."""
        lines = self.err.splitlines()
        return len(lines) == 1 and lines[0].startswith("proofsmith: ") and all(p in lines[0] for p in parts)


@dataclass
class Workplace:
    """A folder with a task in it, a store of its own, and a script of programs to propose."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    MEDIAN = MEDIAN
    RIGHT = RIGHT
    FIRST = FIRST
    LAST = LAST

    def write(self, name: str, text: str | bytes) -> Path:
        """Write a file into the folder."""
        path = self.folder / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def script(self, *programs: str, pause: float = 0.0) -> list[str]:
        """Have these programs proposed, in this order; return the flags for it."""
        scripts = self.folder / "script"
        scripts.mkdir(exist_ok=True)
        for number, program in enumerate(programs):
            (scripts / f"{number:04}.py").write_text(program)
        self.environment |= {"SCRIPT": str(scripts), "SCRIPT_PAUSE": str(pause)}
        return ["--policy", "scripted:Scripted"]

    def start(self, *arguments: str, **options: object) -> "subprocess.Popen[str]":
        """Start the program."""
        command = [sys.executable, "-m", "proofsmith.cli.main", *arguments]
        settings = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(  # type: ignore[call-overload, no-any-return]
            command, cwd=self.folder, env=os.environ | self.environment, text=True, **(settings | options)
        )

    def program(self, *arguments: str, timeout: float = 200.0, **options: object) -> Ran:
        """Run the program and wait for it."""
        process = self.start(*arguments, **options)
        try:
            out, err = process.communicate(timeout=timeout)
        finally:
            process.kill()
        return Ran(process.returncode, out or "", err or "")


@pytest.fixture
def workplace(tmp_path: Path) -> Workplace:
    place = Workplace(tmp_path)
    place.write("median.py", MEDIAN)
    place.environment = {"PYTHONPATH": str(HERE), "PROOFSMITH_STORE": str(tmp_path / "store.sqlite")}
    return place


@pytest.fixture
def cli(
    workplace: Workplace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Ran]:
    """Run a command line in this process, in the workplace's folder."""

    def run(*arguments: str, **environment: str) -> Ran:
        with monkeypatch.context() as patch:
            patch.chdir(workplace.folder)
            patch.syspath_prepend(str(HERE))
            for name, value in (workplace.environment | environment).items():
                patch.setenv(name, value)
            capsys.readouterr()
            code = main.invoke(list(arguments))
            captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return run
