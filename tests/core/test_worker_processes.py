"""Child processes that answer in frames: whole answers, deadlines, deaths, and what is left behind."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from proofsmith.errors import ToolFailure
from proofsmith.workers.pool import WarmPool
from proofsmith.workers.process import FramedProcess, Gone, NoReply

CHILD = """
import os, subprocess, sys, time
from proofsmith.workers.frames import die_with_parent, receive, send, silence, take_channel
if sys.argv[1:] == ["broken"]:
    sys.exit("no such engine")
out = take_channel()
silence()
os.write(1, b"chatter of a library")
send(out, {"ready": os.getpid()})
while (request := receive(0)) is not None:
    if "sleep" in request:
        send(out, {"child": subprocess.Popen(["sleep", "60"]).pid})
        time.sleep(request["sleep"])
    elif "torn" in request:
        os.write(out, b"\\0\\0\\0\\x40half of it")
        time.sleep(60)
    elif "size" in request:
        os.write(out, b"\\xff\\0\\0\\0")
        time.sleep(60)
    elif "die" in request:
        send(out, {"last": 1})
        os._exit(3)
    send(out, {"echo": request})
"""


def started(*arguments: str) -> FramedProcess:
    return FramedProcess([sys.executable, "-P", "-c", CHILD, *arguments], what="the echo")


@pytest.fixture
def echo() -> Iterator[FramedProcess]:
    process = started()
    assert reply(process)["ready"] == process.pid
    yield process
    process.kill()


def reply(process: FramedProcess, seconds: float = 100) -> dict[str, object]:
    answer: dict[str, object] = json.loads(process.receive(time.monotonic() + seconds))
    return answer


def send(process: FramedProcess, message: object, seconds: float = 100) -> None:
    process.send(json.dumps(message).encode(), time.monotonic() + seconds)


def gone(pid: int) -> bool:
    """Whether a process has ended, or does so within a minute."""
    for _ in range(1200):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.05)
    return False


def test_what_is_larger_than_a_pipe_goes_both_ways(echo: FramedProcess) -> None:
    text = "x" * 3_000_000
    send(echo, text)
    assert reply(echo) == {"echo": text}


def test_answers_that_came_together_are_told_apart(echo: FramedProcess) -> None:
    for number in range(3):
        send(echo, {"n": number})
    assert [reply(echo)["echo"] for _ in range(3)] == [{"n": 0}, {"n": 1}, {"n": 2}]


def test_the_deadline_holds_and_the_whole_group_is_killed(echo: FramedProcess, in_time: Any) -> None:
    send(echo, {"sleep": 60})
    grandchild = reply(echo)["child"]
    assert isinstance(grandchild, int)
    with in_time(0.2), pytest.raises(NoReply):
        echo.receive(time.monotonic() + 0.2)
    echo.kill()
    echo.kill()
    assert gone(echo.pid)
    assert gone(grandchild)


def test_half_an_answer_is_none(echo: FramedProcess) -> None:
    send(echo, {"torn": True})
    with pytest.raises(NoReply):
        echo.receive(time.monotonic() + 0.3)


def test_a_length_beyond_all_measure_is_not_waited_for(echo: FramedProcess) -> None:
    send(echo, {"size": True})
    with pytest.raises(Gone, match="too large"):
        echo.receive(time.monotonic() + 100)


def test_the_last_answer_of_one_that_ends_is_heard(echo: FramedProcess) -> None:
    send(echo, {"die": True})
    assert reply(echo) == {"last": 1}
    with pytest.raises(Gone):
        echo.receive(time.monotonic() + 100)


def test_sending_to_one_that_does_not_read_ends_on_time(echo: FramedProcess, in_time: Any) -> None:
    send(echo, {"sleep": 60})
    with in_time(0.3), pytest.raises(NoReply):
        echo.send(b"x" * 10_000_000, time.monotonic() + 0.3)
    assert echo.sending


def test_sending_to_the_dead_says_so(echo: FramedProcess) -> None:
    echo.end()
    assert gone(echo.pid)
    with pytest.raises(Gone):
        send(echo, {})
    assert not echo.alive


def test_why_one_does_not_start_is_told() -> None:
    process = started("broken")
    with pytest.raises(Gone):
        process.receive(time.monotonic() + 100)
    assert process.last_words() == "no such engine"
    process.kill()
    with pytest.raises(ToolFailure, match="the echo cannot be started"):
        FramedProcess(["/no/such/program"], what="the echo")


def test_news_are_taken_without_waiting(echo: FramedProcess) -> None:
    assert echo.pull() is None
    echo.post(json.dumps({"n": 1}).encode())
    echo.push()
    deadline = time.monotonic() + 100
    while (frame := echo.pull()) is None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert frame is not None
    assert json.loads(frame) == {"echo": {"n": 1}}


def test_a_pool_keeps_what_works_and_replaces_the_dead() -> None:
    pool: WarmPool[str, FramedProcess] = WarmPool(lambda _: started(), "the echoes")
    first = pool.take("a")
    assert pool.busy == (first,)
    pool.give_back(first, broken=False)
    assert pool.take("a") is first
    pool.give_back(first, broken=False)
    os.kill(first.pid, 9)
    assert gone(first.pid)
    second = pool.take("a")
    assert second is not first
    other = pool.take("b")
    pool.give_back(other, broken=True)
    assert gone(other.pid)
    pool.close()
    pool.give_back(second, broken=False)
    assert gone(second.pid)
    with pytest.raises(ToolFailure, match="the echoes are closed"):
        pool.take("a")
    pool.warm("a")
    assert pool.idle == ()


def test_a_pool_is_filled_up_to_a_number() -> None:
    pool: WarmPool[None, FramedProcess] = WarmPool(lambda _: started(), "the echoes")
    worker = pool.take(None)
    pool.fill(None, 3)
    assert (len(pool.busy), len(pool.idle)) == (1, 2)
    pool.fill(None, 2)
    assert len(pool.idle) == 2
    waiting = pool.idle
    pool.give_back(worker, broken=False)
    pool.close()
    assert all(gone(one.pid) for one in (worker, *waiting))
    pool.fill(None, 4)
    assert pool.idle == ()


def test_closing_a_pool_frees_whoever_waits_for_a_worker() -> None:
    pool: WarmPool[None, FramedProcess] = WarmPool(lambda _: started(), "the echoes")
    worker = pool.take(None)
    reply(worker)
    send(worker, {"sleep": 60})
    reply(worker)
    seen: list[type[Exception]] = []

    def wait() -> None:
        try:
            worker.receive(time.monotonic() + 60)
        except (Gone, NoReply) as error:
            seen.append(type(error))

    thread = threading.Thread(target=wait)
    thread.start()
    pool.close()
    thread.join(20)
    pool.give_back(worker, broken=True)
    assert seen == [Gone]
