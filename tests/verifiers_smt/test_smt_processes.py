from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from proofsmith.errors import ToolFailure
from proofsmith.verifiers.smt.pool import OutOfTime, SolverPool
from proofsmith.verifiers.smt.settings import SmtSettings

EASY = {
    "head": "(declare-const v0 Int)\n",
    "given": ["(> v0 3)"],
    "goals": [],
    "variables": [["v0", "Int", 0]],
}
HARD = {
    "head": "(declare-const a (_ BitVec 64))(declare-const b (_ BitVec 64))\n",
    "given": [
        "(= (bvmul a b) #x3f6b1f2a9c4d8e17)",
        "(bvult #x0000000000000002 a)",
        "(bvult #x0000000000000002 b)",
        "(bvult a #x00000000ffffffff)",
        "(bvult b #x00000000ffffffff)",
    ],
    "goals": [],
    "variables": [],
}


def solvers_of(parent: int) -> list[int]:
    """Return the living solver processes that `parent` started."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            stat = (entry / "stat").read_text().rpartition(")")[2].split()
            command = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if stat[0] != "Z" and int(stat[1]) == parent and b"smt.worker" in command:
            found.append(int(entry.name))
    return found


def wait_for(condition: object, seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():  # type: ignore[operator]
            return True
        time.sleep(0.05)
    return False


def test_a_worker_serves_many_queries() -> None:
    with SolverPool() as pool:
        assert pool.ask("z3", EASY, 20)["status"] == "sat"
        before = solvers_of(os.getpid())
        for _ in range(150):
            assert pool.ask("z3", EASY, 20)["status"] == "sat"
        assert solvers_of(os.getpid()) == before
        assert pool.version("z3")


def test_a_query_beyond_its_time_is_killed_and_the_next_is_answered(in_time: Any) -> None:
    with SolverPool() as pool:
        pool.ask("z3", EASY, 20)
        for _ in range(2):
            with in_time(0.7):
                try:
                    reply = pool.ask("z3", HARD, 0.7)
                    assert reply["status"] == "unknown"
                except OutOfTime:
                    pass
            assert pool.ask("z3", EASY, 20)["status"] == "sat"


@pytest.mark.parametrize("engine", ["z3", "cvc5"])
def test_a_killed_worker_is_replaced_and_never_answers(engine: str) -> None:
    outcomes: list[object] = []

    def ask() -> None:
        try:
            outcomes.append(pool.ask(engine, HARD, 4)["status"])  # type: ignore[arg-type]
        except (OutOfTime, ToolFailure) as error:
            outcomes.append(type(error))

    with SolverPool() as pool:
        pool.ask(engine, EASY, 20)  # type: ignore[arg-type]
        thread = threading.Thread(target=ask)
        thread.start()
        time.sleep(0.5)
        for pid in solvers_of(os.getpid()):
            os.kill(pid, signal.SIGKILL)
        thread.join()
        assert outcomes in ([OutOfTime], ["unknown"])
        assert pool.ask(engine, EASY, 20)["status"] == "sat"  # type: ignore[arg-type]


def test_a_worker_that_dies_twice_is_our_failure() -> None:
    outcomes: list[object] = []

    def ask() -> None:
        try:
            outcomes.append(pool.ask("z3", HARD, 30)["status"])
        except (OutOfTime, ToolFailure) as error:
            outcomes.append(type(error))

    with SolverPool() as pool:
        pool.ask("z3", EASY, 20)
        thread = threading.Thread(target=ask)
        thread.start()
        killed: set[int] = set()
        while thread.is_alive() and len(killed) < 5:
            time.sleep(0.3)
            for pid in solvers_of(os.getpid()):
                killed.add(pid)
                os.kill(pid, signal.SIGKILL)
        thread.join()
        assert outcomes == [ToolFailure]


def test_memory_is_limited() -> None:
    big = {**HARD, "head": "(declare-const a (_ BitVec 20000))(declare-const b (_ BitVec 20000))\n"}
    big["given"] = [
        "(= (bvmul a b) (bvadd a (bvmul b b)))",
        "(distinct a b)",
        "(= (bvudiv a b) (bvurem b a))",
    ]
    with SolverPool(SmtSettings(solver_memory_mb=256)) as pool:
        try:
            assert pool.ask("z3", big, 10)["status"] == "unknown"
        except (ToolFailure, OutOfTime):
            pass
        assert pool.ask("z3", EASY, 20)["status"] == "sat"


def test_close_leaves_no_process() -> None:
    pool = SolverPool()
    pool.ask("z3", EASY, 20)
    pool.ask("cvc5", EASY, 20)
    assert len(solvers_of(os.getpid())) == 2
    pool.close()
    pool.close()
    assert solvers_of(os.getpid()) == []
    with pytest.raises(ToolFailure, match="closed"):
        pool.ask("z3", EASY, 1)


def test_close_ends_a_query_in_another_thread() -> None:
    outcomes: list[object] = []

    def ask() -> None:
        try:
            outcomes.append(pool.ask("z3", HARD, 30))
        except (OutOfTime, ToolFailure) as error:
            outcomes.append(type(error))

    pool = SolverPool()
    pool.ask("z3", EASY, 20)
    thread = threading.Thread(target=ask)
    thread.start()
    time.sleep(0.3)
    pool.close()
    thread.join(60)
    assert outcomes == [ToolFailure]
    assert solvers_of(os.getpid()) == []


@pytest.mark.parametrize("engine", ["z3", "cvc5"])
def test_solvers_die_with_their_parent_even_in_the_middle_of_a_query(engine: str) -> None:
    program = (
        "from proofsmith.verifiers.smt.pool import SolverPool\n"
        f"pool = SolverPool()\npool.ask({engine!r}, {EASY!r}, 60)\nprint('ready', flush=True)\n"
        f"pool.ask({engine!r}, {HARD!r}, 60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    assert parent.stdout.readline() == b"ready\n"
    time.sleep(0.5)
    (worker,) = solvers_of(parent.pid)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert wait_for(lambda: not Path(f"/proc/{worker}").exists() or _is_zombie(worker))


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_a_query_that_is_not_one_is_our_failure() -> None:
    with SolverPool() as pool:
        with pytest.raises(ToolFailure):
            pool.ask("z3", {**EASY, "given": ["(> v0 oops)"]}, 20)
        with pytest.raises(ToolFailure):
            pool.ask("cvc5", {**EASY, "given": ["(> v0 oops)"]}, 20)
        assert pool.ask("z3", EASY, 20)["status"] == "sat"
        assert pool.ask("cvc5", EASY, 20)["status"] == "sat"
