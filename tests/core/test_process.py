"""A deadline kills the whole process group, output is bounded, nothing stays behind."""

import os
import signal
import sys
import time

import pytest

from proofsmith.errors import ToolFailure, ToolMissing
from proofsmith.process import run

STUBBORN = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    print(os.getpid(), flush=True)
    time.sleep(600)
{parent}
"""


def python(program, **options):
    return run([sys.executable, "-S", "-c", program], **{"seconds": 100, **options})


def gone(pid, within=60.0):
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
            with open(f"/proc/{pid}/stat") as file:
                if file.read().rpartition(")")[2].split()[0] == "Z":
                    return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.02)
    return False


def test_output_and_code_come_back():
    done = python(
        "import sys; print(input()[::-1]); print('no', file=sys.stderr); sys.exit(3)", stdin="abc\n"
    )
    assert (done.code, done.stdout, done.stderr, done.timed_out) == (3, "cba\n", "no\n", False)
    assert done.command[0] == sys.executable
    assert not done.truncated


def test_the_deadline_kills_the_group_though_it_ignores_sigterm_and_holds_the_pipes(in_time):
    with in_time(4.0):
        done = python(STUBBORN.format(parent="time.sleep(600)"), seconds=4.0)
    assert done.timed_out
    assert done.code is None
    assert gone(int(done.stdout))


def test_a_grandchild_that_holds_the_pipes_is_killed_when_the_program_ends(in_time):
    with in_time(0.3):
        done = python(STUBBORN.format(parent="time.sleep(0.3); os._exit(0)"))
    assert done.code == 0
    assert gone(int(done.stdout))


def test_a_grandchild_that_floods_the_pipes_does_not_make_a_program_that_ended_time_out():
    flood = "import os\nif os.fork() == 0:\n    while True: os.write(1, b'x' * 65536)\nos._exit(7)\n"
    done = python(flood, max_output=1000)
    assert done.code == 7
    assert done.truncated


def test_output_is_bounded_while_the_rest_is_read_and_dropped():
    done = python("import sys; sys.stdout.write('x' * 5_000_000); sys.stderr.write('end')", max_output=1000)
    assert done.code == 0
    assert (len(done.stdout), done.stderr, done.truncated) == (1000, "end", True)


def test_input_that_nobody_reads_is_no_error():
    assert python("pass", stdin="x" * 5_000_000).code == 0


def test_large_input_and_output_do_not_block_each_other():
    text = "0123456789" * 200_000
    assert python("import sys; sys.stdout.write(sys.stdin.read())", stdin=text).stdout == text


def test_bytes_that_are_not_utf8_are_replaced():
    assert python(r"import os; os.write(1, b'a\xffb')").stdout == "a\ufffdb"


def test_a_program_killed_by_a_signal_reports_it():
    assert python("import os, signal; os.kill(os.getpid(), signal.SIGKILL)").code == -signal.SIGKILL


def test_a_closed_output_does_not_end_the_wait():
    started = time.monotonic()
    done = python("import os, time; os.close(1); os.close(2); time.sleep(0.5); os._exit(4)")
    assert done.code == 4
    assert time.monotonic() - started >= 0.5


def test_a_missing_program_says_how_to_install_it():
    with pytest.raises(ToolMissing, match="apt install frobnicate"):
        run(["frobnicate-9"], seconds=1, install="apt install frobnicate")


def test_a_program_that_cannot_start_is_our_failure(tmp_path):
    script = tmp_path / "script"
    script.write_text("#!/bin/sh\n")
    with pytest.raises(ToolFailure, match="script"):
        run([str(script)], seconds=1)
    with pytest.raises(ToolFailure, match="nowhere"):
        run([sys.executable, "-c", ""], seconds=1, cwd=str(tmp_path / "nowhere"))


def test_the_environment_and_folder_are_those_given(tmp_path):
    done = python("import os; print(os.environ.get('A'), os.environ.get('HOME'), os.getcwd())",
                  env={"A": "1"}, cwd=str(tmp_path))  # fmt: skip
    assert done.stdout.split() == ["1", "None", str(tmp_path)]
