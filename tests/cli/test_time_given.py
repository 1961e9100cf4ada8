"""The time that a command is given counts from its start: reading and preparing are not free."""

import json
import time
from typing import Any

from proofsmith.cli.clock import began, command_clock

SLOW_TO_IMPORT = """import time

from growing import grow

time.sleep(2.5)


def test_grow():
    assert grow(2) == 4
"""
RIGHT = "def grow(n):\n    return 2 * n\n"


def test_preparing_a_task_uses_up_its_time(workplace: Any, cli: Any) -> None:
    workplace.write("test_growing.py", SLOW_TO_IMPORT)
    ran = cli("solve", "test_growing.py", "--json", "--time", "2", *workplace.script(RIGHT))
    result = json.loads(ran.out.splitlines()[-1])
    assert (ran.code, result["reason"]) == (1, "budget: seconds")
    assert result["spent"]["seconds"] >= 2
    assert "verifier_calls" not in result["spent"]  # none


def test_judging_has_the_time_that_preparing_left(workplace: Any, cli: Any) -> None:
    workplace.write("test_growing.py", SLOW_TO_IMPORT)
    workplace.write("right.py", RIGHT)
    ran = cli("verify", "test_growing.py", "--candidate", "right.py", "--json", "--time", "2")
    result = json.loads(ran.out)
    assert (ran.code, result["accepted"]) == (1, False)
    assert result["verdict"]["status"]["value"] in ("UNKNOWN", "TIMEOUT")


def test_going_on_counts_from_the_command_too(workplace: Any, cli: Any) -> None:
    workplace.write("slow_to_load.py", "import time\n\nfrom scripted import Scripted\n\ntime.sleep(1.5)\n")
    script = workplace.script(workplace.FIRST, workplace.RIGHT)
    assert cli("solve", "median.py", "--candidates", "1", *script).code == 1
    before = json.loads(cli("runs", "--json").out)["seconds"]
    ran = cli("resume", "latest", "--candidates", "9", "--time", "60", "--json")
    result = json.loads(ran.out.splitlines()[-1])
    assert result["solved"]
    assert result["spent"]["seconds"] > before


def test_the_clock_of_a_command_stands_where_it_began() -> None:
    with command_clock():
        first = began()
        time.sleep(0.01)
        assert began() == first
    assert began() > first
