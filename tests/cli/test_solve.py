"""Solving from the command line: what goes where, and with which exit code."""

import json
import os
import re
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from proofsmith import codec
from proofsmith.agents.ambiguity import Ambiguity
from proofsmith.cli.asking import _dialogue
from proofsmith.events import NodeJudged, RunFinished, RunStarted
from proofsmith.python_spec import Call, Outcome
from proofsmith.tree import Tree

TWO = '''def double(x: int) -> int:
    """Twice.

    >>> double(2)
    4
    """
    raise NotImplementedError


BETWEEN = "kept"


def triple(x: int) -> int:
    """Thrice.

    >>> triple(2)
    6
    """
    ...
'''
BOTH = ["def {0}(x):\n    return x * 2\n", "def {0}(x):\n    return x * 3\n"]


def test_solved_module_goes_to_standard_output_and_all_else_to_standard_error(workplace: Any) -> None:
    ran = workplace.program("solve", "median.py", *workplace.script(workplace.FIRST, workplace.RIGHT))
    assert ran.code == 0
    assert ran.out == workplace.MEDIAN.replace("    ...\n", "    return sorted(xs)[len(xs) // 2]\n")
    assert "median.py:median: PASS, TESTED" in ran.err
    assert "proofsmith show" in ran.err
    assert "Traceback" not in ran.err


def test_unsolved_shows_the_best_program_and_how_to_go_on(workplace: Any, cli: Any) -> None:
    script = workplace.script(workplace.FIRST, workplace.LAST)
    ran = cli("solve", "median.py", "--candidates", "2", *script)
    assert (ran.code, ran.out) == (1, "")
    assert "not solved (the budget of candidates is used up)" in ran.err
    assert "best program so far: FAIL, score 0.67" in ran.err
    assert "    return xs[-1]" in ran.err
    assert re.search(r"proofsmith resume \S+ --candidates 4$", ran.err, re.MULTILINE)


def test_everything_tried_is_not_an_invitation_to_go_on(workplace: Any, cli: Any) -> None:
    ran = cli("solve", "median.py", *workplace.script(workplace.FIRST))
    assert ran.code == 1
    assert "everything the policy can propose was tried" in ran.err
    assert "proofsmith resume" not in ran.err


def test_output_file_and_in_place_hold_the_module(workplace: Any, cli: Any) -> None:
    script = workplace.script(workplace.RIGHT)
    expected = workplace.MEDIAN.replace("    ...\n", "    return sorted(xs)[len(xs) // 2]\n")
    ran = cli("solve", "median.py", "-o", "out.py", "--in-place", *script)
    assert ran.code == 0
    assert (workplace.folder / "out.py").read_text() == expected
    assert (workplace.folder / "median.py").read_text() == expected


def test_unsolved_writes_nothing(workplace: Any, cli: Any) -> None:
    ran = cli("solve", "median.py", "-o", "out.py", "--in-place", *workplace.script(workplace.FIRST))
    assert ran.code == 1
    assert not (workplace.folder / "out.py").exists()
    assert (workplace.folder / "median.py").read_text() == workplace.MEDIAN


@pytest.mark.parametrize("in_place", [False, True])
def test_several_holes_are_solved_one_after_another(workplace: Any, cli: Any, in_place: bool) -> None:
    workplace.write("two.py", TWO)
    workplace.write("proofsmith.toml", "policy = 'scripted:Scripted'\n")
    programs = [p.format("{name}") for p in BOTH]
    workplace.script(*programs)
    ran = cli("solve", "two.py", *(["--in-place"] if in_place else []))
    assert ran.code == 0, ran.err
    expected = TWO.replace("    raise NotImplementedError\n", "    return x * 2\n")
    expected = expected.replace("    ...\n", "    return x * 3\n")
    assert ran.out == expected
    assert ((workplace.folder / "two.py").read_text() == expected) is in_place


def test_one_of_two_solved_is_not_solved_but_delivered(workplace: Any, cli: Any) -> None:
    workplace.write("two.py", TWO)
    ran = cli("solve", "two.py", *workplace.script(BOTH[0].format("{name}")))
    assert ran.code == 1
    assert "return x * 2" in ran.out
    assert ran.out.endswith("    ...\n")


def test_target_chooses_the_function(workplace: Any, cli: Any) -> None:
    workplace.write("two.py", TWO)
    ran = cli("solve", "two.py", "--target", "triple", *workplace.script(BOTH[1].format("triple")))
    assert ran.code == 0
    assert "double" not in ran.err


def test_json_is_the_events_and_a_result(workplace: Any, cli: Any) -> None:
    ran = cli("solve", "median.py", "--json", *workplace.script(workplace.FIRST, workplace.RIGHT))
    *lines, last = [json.loads(line) for line in ran.out.splitlines()]
    events = [codec.from_data(line) for line in lines]
    assert ran.code == 0
    assert isinstance(events[0], RunStarted)
    assert isinstance(events[-1], RunFinished)
    assert [e.verdict.score for e in events if isinstance(e, NodeJudged)] == [pytest.approx(1 / 3), 1.0]
    assert Tree.of(events).best == 3
    assert (last["@"], last["solved"], last["exit_code"], last["node"]) == ("Result", True, 0, 3)
    assert "sorted(xs)" in last["program"]


def test_settings_flag_over_environment_over_file(workplace: Any, cli: Any) -> None:
    workplace.write("proofsmith.toml", "seed = 1\ntime = 11\nstrategy = 'best-of-n'\n")
    script = workplace.script(workplace.RIGHT)
    environment = {"PROOFSMITH_SEED": "2", "PROOFSMITH_TIME": "12"}
    ran = cli("solve", "median.py", "--seed", "3", "--json", *script, **environment)
    started = codec.from_data(json.loads(ran.out.splitlines()[0]))
    assert (started.seed, started.budget.seconds, started.strategy) == (3, 12.0, "best-of-n")


def test_crash_of_ours_is_one_line_and_code_3(workplace: Any) -> None:
    workplace.write("crashing.py", "class Crashing:\n    create = None\n    name = 'x'\n")
    workplace.environment["PYTHONPATH"] = str(workplace.folder)
    ran = workplace.program("solve", "median.py", "--policy", "crashing:Crashing")
    assert ran.code == 3
    lines = [line for line in ran.err.splitlines() if line.startswith("proofsmith: ")]
    assert len(lines) == 1
    assert "internal error: TypeError" in lines[0]
    details = Path(lines[0].rpartition("details: ")[2].rstrip(")"))
    assert "Traceback" in details.read_text()
    details.unlink()


def test_require_sandbox_refuses_without_bubblewrap(workplace: Any, cli: Any) -> None:
    script = workplace.script(workplace.RIGHT)
    missing = {"PROOFSMITH_BUBBLEWRAP": "no-such-bwrap"}
    ran = cli("solve", "median.py", "--require-sandbox", *script, **missing)
    assert ran.code == 3
    assert ran.complains("bubblewrap")
    ran = cli("solve", "median.py", *script, **missing)
    assert ran.code == 0
    assert "warning: bubblewrap is not in force" in ran.err


def test_full_output_is_one_line(workplace: Any) -> None:
    with open("/dev/full", "w") as full:
        ran = workplace.program("solve", "median.py", *workplace.script(workplace.RIGHT), stdout=full)
    assert ran.code == 3
    assert ran.err.splitlines()[-1].startswith("proofsmith: No space left on device")


def test_program_is_shown_when_the_file_changed_meanwhile(workplace: Any) -> None:
    process = workplace.start("solve", "median.py", "--in-place", *workplace.script(workplace.RIGHT, pause=2))
    deadline = time.monotonic() + 120
    while not (workplace.folder / "store.sqlite").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    workplace.write("median.py", "def median(xs):\n    return 1\n")
    out, err = process.communicate(timeout=120)
    assert process.returncode == 2
    assert "sorted(xs)" in out
    assert "proofsmith: median.py: median has no missing body any more" in err
    assert "return 1" in (workplace.folder / "median.py").read_text()


def test_tests_that_cannot_run_are_no_fault_of_the_program(workplace: Any, cli: Any) -> None:
    workplace.write(
        "test_more.py", "import nosuchpackage\nfrom more import f\n\n\ndef test_f():\n    assert f(1)\n"
    )
    programs = [f"def f(n):\n    return {n}\n" for n in range(8)]
    ran = cli("solve", "test_more.py", "--time", "200", *workplace.script(*programs))
    assert ran.code in (2, 3)
    assert "nosuchpackage" in ran.err
    assert "Traceback" not in ran.err


DOUBLE_OR_SQUARE = '''def grow(x: int) -> int:
    """Make it larger.

    >>> grow(2)
    4
    """
    ...
'''
WAYS = [f"def grow(x):\n    return {way}\n" for way in ("x * 2", "x ** 2", "x + 2")]


def test_ambiguity_is_told_with_the_input_that_shows_it(workplace: Any, cli: Any) -> None:
    workplace.write("grow.py", DOUBLE_OR_SQUARE)
    ran = cli("solve", "grow.py", *workplace.script(*WAYS), SCRIPT_BATCH="3")
    assert ran.code == 0
    assert re.search(r"ambiguous: several programs .* grow\(-?\d+\) tells them apart", ran.err)


def test_the_answer_to_a_question_decides(workplace: Any) -> None:
    workplace.write("grow.py", DOUBLE_OR_SQUARE)
    workplace.environment["SCRIPT_BATCH"] = "3"
    command = ["solve", "grow.py", "--ask", *workplace.script(*WAYS)]
    process = workplace.start(*command, stdin=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stderr is not None
    told = ""
    while "leave it open: " not in told:
        told += os.read(process.stderr.fileno(), 4096).decode() or "leave it open: "
    asked = re.search(r"disagree on grow\((-?\d+)\)", told)
    assert asked is not None, told
    out, err = process.communicate(f"= {int(asked[1]) ** 2}\n", timeout=120)
    if "leave it open" in err:
        raise AssertionError("one answer should do: " + err)
    assert process.returncode == 0
    assert "return x ** 2" in out


FOUND = Ambiguity("f", Call((0,)), (Outcome(1), Outcome(2), None, Outcome(1)), ("a", "b", "c", "d"))


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("1\n", Outcome(1)),
        ("2\n", Outcome(2)),
        ("[3, 4]\n", Outcome([3, 4])),
        ("= 1\n", Outcome(1)),
        ("raises ValueError\n", Outcome(exception="ValueError")),
        ("what?\n7\n", Outcome(7)),
        ("\n", None),
        ("", None),
    ],
)
def test_answers_to_a_question(
    typed: str, expected: Outcome | None, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = iter([*typed.splitlines(keepends=True), ""])
    example = _dialogue(FOUND, lambda: next(lines))
    assert (None if example is None else example.expected) == expected
    shown = capsys.readouterr().err
    assert "disagree on f(0)" in shown
    assert "1) 1\n  2) 2\n" in shown


def test_one_example_that_says_too_little_is_told(workplace: Any, cli: Any) -> None:
    workplace.write(
        "add.py", 'def add(a: int, b: int) -> int:\n    """>>> add(1, 2)\n    3\n    """\n    ...\n'
    )
    ran = cli("solve", "add.py", "--time", "2")
    assert (ran.code, ran.out) == (1, "")
    assert "no program fits 1 example more surely than by chance" in ran.err
