"""Deadlines, crashes and what is left behind."""

import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from proofsmith.budget import Budget
from proofsmith.dafny_spec import DafnySpec
from proofsmith.errors import ToolFailure, ToolMissing
from proofsmith.types import Candidate, Status, Task
from proofsmith.verifiers.dafny.guarded import GuardedProcess, OutOfTime
from proofsmith.verifiers.dafny.pool import DafnyPool
from proofsmith.verifiers.dafny.settings import DafnySettings
from proofsmith.verifiers.dafny.tools import find_dafny
from proofsmith.verifiers.dafny.verifier import DafnyVerifier

ENDLESS = """method Fermat(a: int, b: int, c: int)
  requires a > 0 && b > 0 && c > 0
{
  assert a * a * a + b * b * b != c * c * c;
}
"""
EASY = "method M(x: int) returns (y: int)\n  ensures y > x\n{\n  y := x + 1;\n}\n"
SECONDS = 60.0


@pytest.fixture
def pool(dafny_settings: DafnySettings) -> Iterator[DafnyPool]:
    with DafnyPool(replace(dafny_settings, dafny_servers=1)) as pool:
        yield pool


def group_of(pool: DafnyPool) -> int:
    (server,) = pool.servers.idle or pool.servers.busy
    return server._process.pid


def members(group: int) -> set[int]:
    """The living processes of a group."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group and fields[0] != "Z":
            found.add(int(folder.name))
    return found


def wait_for(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def test_a_verification_that_never_ends_is_cut_off_on_time_with_its_solver(
    pool: DafnyPool, in_time: Any
) -> None:
    assert pool.verify(EASY, seconds=SECONDS).verified
    group = group_of(pool)
    with in_time(2.0):
        report = pool.verify(ENDLESS, seconds=2.0, method_seconds=60)
    assert (report.status, report.note) == ("timeout", "the time was used up")
    wait_for(lambda: not members(group))
    assert pool.verify(EASY + "\n", seconds=SECONDS, cached=False).verified


def test_a_method_that_is_late_costs_no_server(pool: DafnyPool) -> None:
    assert pool.verify(EASY, seconds=SECONDS).verified
    group = group_of(pool)
    report = pool.verify(ENDLESS + EASY, seconds=SECONDS, method_seconds=5)
    assert report.status == "timeout"
    assert [str(m.outcome) for m in report.methods] == ["timeout", "verified"]
    assert group_of(pool) == group


def test_the_cold_call_ends_on_time_with_its_solver(
    dafny_settings: DafnySettings, pool: DafnyPool, in_time: Any
) -> None:
    assert pool.dafny
    before = solvers(dafny_settings)
    with in_time(3.0):
        assert pool.confirm(ENDLESS, seconds=3.0).status == "timeout"
    wait_for(lambda: solvers(dafny_settings) <= before)


def solvers(settings: DafnySettings) -> set[int]:
    """The running processes of the tests' Z3."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if os.readlink(folder / "exe") == os.path.realpath(settings.dafny_z3 or ""):
                found.add(int(folder.name))
        except OSError:
            continue
    return found


def test_a_server_killed_at_work_is_replaced_and_asked_again(pool: DafnyPool) -> None:
    assert pool.verify(EASY, seconds=SECONDS).verified
    group = group_of(pool)
    reports = []
    source = ENDLESS + EASY
    asking = threading.Thread(
        target=lambda: reports.append(pool.verify(source, seconds=SECONDS, method_seconds=5))
    )
    asking.start()
    wait_for(lambda: len(members(group)) > 3)
    os.kill(max(members(group), key=lambda pid: (command(pid).count("DafnyServer"), -pid)), signal.SIGKILL)
    asking.join(SECONDS)
    assert [str(m.outcome) for m in reports[0].methods] == ["timeout", "verified"]
    assert group_of(pool) != group
    wait_for(lambda: not members(group))


def command(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return ""
    return words[1].decode() if len(words) > 1 else ""


def test_a_program_that_kills_every_server_is_a_failure_of_ours(
    dafny_settings: DafnySettings, tmp_path: Path
) -> None:
    server = executable(tmp_path / "DafnyServer", "#!/bin/sh\nread -r word\nexit 3\n")
    settings = replace(dafny_settings, dafny_server=str(server))
    with DafnyPool(settings) as pool, pytest.raises(ToolFailure, match="does not work"):
        pool.verify(EASY, seconds=SECONDS)


def test_servers_that_grow_are_replaced(dafny_settings: DafnySettings) -> None:
    with DafnyPool(replace(dafny_settings, dafny_memory_mb=1)) as pool:
        assert pool.verify(EASY, seconds=SECONDS).verified
        group = group_of(pool)
        assert pool.verify(EASY + "\n", seconds=SECONDS, cached=False).verified
        assert group_of(pool) != group
        wait_for(lambda: not members(group))


def test_nothing_is_left_when_we_are_killed(dafny_settings: DafnySettings, tmp_path: Path) -> None:
    code = f"""
import sys, threading
from proofsmith.verifiers.dafny.pool import DafnyPool
from proofsmith.verifiers.dafny.settings import DafnySettings
pool = DafnyPool(DafnySettings(dafny_z3={dafny_settings.dafny_z3!r}, dafny_servers=1))
pool.verify({EASY!r}, seconds=60)
server, = pool.servers.idle
print(server._process.pid, flush=True)
threading.Thread(target=lambda: pool.verify({ENDLESS!r}, seconds=60, method_seconds=60), daemon=True).start()
pool.confirm({ENDLESS!r}, seconds=60)
"""
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    group = int(child.stdout.readline())
    before = solvers(dafny_settings)
    wait_for(lambda: len(members(group)) > 3 and len(solvers(dafny_settings) - before) >= 1)
    child.kill()
    child.wait()
    wait_for(lambda: not members(group), 3.0)


def test_closing_ends_those_who_wait(pool: DafnyPool) -> None:
    assert pool.verify(EASY, seconds=SECONDS).verified
    errors = []

    def ask() -> None:
        try:
            pool.verify(ENDLESS, seconds=SECONDS, method_seconds=60)
        except ToolFailure as error:
            errors.append(str(error))

    asking = threading.Thread(target=ask)
    asking.start()
    wait_for(lambda: bool(pool.servers.busy))
    pool.close()
    asking.join(10)
    assert len(errors) == 1
    assert "closed" in errors[0]
    pool.close()


def test_two_servers_work_at_the_same_time(dafny_settings: DafnySettings) -> None:
    with DafnyPool(replace(dafny_settings, dafny_servers=2)) as pool:
        reports = []
        asking = [
            threading.Thread(
                target=lambda i=i: reports.append(pool.verify(EASY + "\n" * i, seconds=SECONDS, cached=False))
            )
            for i in range(4)
        ]
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join()
        assert all(report.verified for report in reports)
        assert 1 <= len(pool.servers.idle) <= 2


def executable(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


BROKEN = {
    "says nothing": "exit 0\n",
    "is no Z3": "echo hello\n",
    "crashes at work": 'case "$*" in *version*) echo "Z3 version 4.8.5 - 64 bit";; *) exit 1;; esac\n',
    "proves everything": (
        'case "$*" in *version*) echo "Z3 version 4.8.5 - 64 bit"; exit;; esac\n'
        "while read -r line; do case $line in\n"
        '*"get-info :name"*) echo "(:name \\"Z3\\")";;\n'
        "*check-sat*) echo unsat;;\n"
        "*get-info*rlimit*) echo '(:rlimit 1)';;\n"
        "*get-info*) echo '(:reason-unknown \\\"\\\")';;\n"
        "esac; done\n"
    ),
}


@pytest.mark.parametrize("script", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_z3_is_an_error_and_never_a_pass(
    dafny_settings: DafnySettings, tmp_path: Path, script: str
) -> None:
    z3 = executable(tmp_path / "z3", "#!/bin/sh\n" + script)
    task = Task("t", "", "dafny", DafnySpec(EASY), ("dafny",))
    with DafnyPool(replace(dafny_settings, dafny_z3=str(z3))) as pool:
        with pytest.raises(ToolFailure):
            pool.confirm(EASY, seconds=40)
        verifier = DafnyVerifier(pool)
        for source in (EASY, EASY.replace("y := x + 1;", "y := x + 1;\n  assert y > x;")):
            verdict = verifier.check(task, Candidate(source, "dafny"), Budget(seconds=40))
            assert verdict.status is Status.ERROR, verdict
            assert "z3" in verdict.diagnostics[0].message.lower()


def test_a_missing_dafny_is_said_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolMissing, match="apt-get install dafny"):
        find_dafny(DafnySettings())
    with pytest.raises(ToolMissing, match="correct the setting"):
        find_dafny(DafnySettings(dafny="no-such-dafny"))


def test_a_program_that_is_no_dafny_is_a_failure(tmp_path: Path) -> None:
    path = executable(tmp_path / "dafny", "#!/bin/sh\necho hello\n")
    with pytest.raises(ToolFailure, match="does not work as Dafny"):
        find_dafny(DafnySettings(dafny=str(path)))


def test_a_guarded_program_has_no_more_memory_than_it_is_given() -> None:
    command = [sys.executable, "-c", "x = bytearray(400_000_000); print(len(x))"]
    for memory_mb, wanted in ((250, 1), (4000, 0)):
        process = GuardedProcess(command, memory_mb=memory_mb)
        assert process.finish(time.monotonic() + 100)[0] == wanted
        process.kill()


def test_a_guarded_program_gives_code_and_output_and_dies_on_time() -> None:
    process = GuardedProcess(["/bin/sh", "-c", "cat; echo out; echo err >&2; exit 7"])
    process.write(b"in\n", time.monotonic() + 60)
    assert process.finish(time.monotonic() + 60) == (7, "in\nout\nerr\n")
    process.kill()
    process = GuardedProcess(["/bin/sh", "-c", "echo begun; sleep 100 & sleep 100"])
    with pytest.raises(OutOfTime) as late:
        process.finish(time.monotonic() + 3)
    assert late.value.output == "begun\n"
    process.kill()
    wait_for(lambda: not members(process.pid))
