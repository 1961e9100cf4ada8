"""Programs on which Dafny crashes, though it works on others."""

import stat
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from proofsmith.budget import Budget
from proofsmith.dafny_spec import DafnySpec
from proofsmith.types import Candidate, Status, Task
from proofsmith.verifiers.dafny.pool import DafnyPool
from proofsmith.verifiers.dafny.report import Crashed
from proofsmith.verifiers.dafny.settings import DafnySettings
from proofsmith.verifiers.dafny.tools import find_dafny
from proofsmith.verifiers.dafny.verifier import DafnyVerifier

PROGRAM = """method Next(x: int) returns (y: int)
  ensures y > x
{
  y := x + 1;
}
"""
FATAL = PROGRAM.replace("y := x + 1;", "y := x + 1;\n  assert y == x + 1 && 4711 > 0;")
GOOD = PROGRAM.replace("y := x + 1;", "y := x + 1;\n  assert y == x + 1;")

SERVER = """#!{python}
import base64, subprocess, sys
real = subprocess.Popen({command!r}, stdin=subprocess.PIPE)
for line in sys.stdin.buffer:
    try:
        fatal = b"4711" in base64.b64decode(line)
    except ValueError:
        fatal = False
    if fatal:
        real.kill()
        sys.exit(3)
    real.stdin.write(line)
    real.stdin.flush()
"""
COMMAND = """#!/bin/sh
for last; do :; done
if grep -q 4711 "$last"; then exit 134; fi
exec {command} "$@"
"""


def program(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


@pytest.fixture(scope="module")
def pool(dafny_settings: DafnySettings, tmp_path_factory: pytest.TempPathFactory):
    """The real Dafny, which crashes on texts with a certain number."""
    folder = tmp_path_factory.mktemp("crashing")
    dafny = find_dafny(dafny_settings)
    server = SERVER.format(python=sys.executable, command=list(dafny.server))
    settings = replace(dafny_settings, dafny_server=program(folder / "DafnyServer", server))
    with DafnyPool(settings) as made:
        yield made


def judged(pool: DafnyPool, source: str, task: str = PROGRAM) -> Status:
    spec = Task("t", "", "dafny", DafnySpec(task), ("dafny",))
    return DafnyVerifier(pool).check(spec, Candidate(source, "dafny"), Budget(seconds=200)).status


def test_a_candidate_that_crashes_dafny_is_set_aside_and_the_next_one_judged(pool: DafnyPool) -> None:
    assert [judged(pool, FATAL), judged(pool, GOOD)] == [Status.UNKNOWN, Status.PASS]


def test_servers_that_work_and_crash_on_a_text_are_told_from_those_that_do_not_work(pool: DafnyPool) -> None:
    with pytest.raises(Crashed):
        pool.verify(FATAL, seconds=200)


def test_so_is_a_command_line(dafny_settings: DafnySettings, tmp_path: Path) -> None:
    dafny = find_dafny(dafny_settings)
    command = COMMAND.format(command=" ".join(dafny.command))
    settings = replace(dafny_settings, dafny=program(tmp_path / "dafny", command))
    with DafnyPool(settings) as pool:
        with pytest.raises(Crashed, match="134"):
            pool.confirm(FATAL, seconds=200)
        assert pool.confirm(GOOD, seconds=200).verified


def test_a_task_that_crashes_dafny_is_a_failure_of_ours(pool: DafnyPool) -> None:
    assert judged(pool, FATAL, task=FATAL) is Status.ERROR
