"""Every input that cannot be used: exit code 2 and one line that names the place, the cause, the way out."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CONTRADICTION = '''def f(x):
    """Do it.

    >>> f(1)
    3
    >>> f(1)
    4
    """
    ...
'''


@pytest.mark.parametrize(
    ("name", "content", "parts"),
    [
        ("missing.py", None, ["missing.py"]),
        ("latin.py", "# caf\xe9\ndef f(): ...\n".encode("latin-1"), ["latin.py", "UTF-8"]),
        ("null.py", b"\0\1\2", ["null.py"]),
        ("empty.py", b"", ["empty.py"]),
        ("broken.py", b"x = 1\n\ndef f(:\n    ...\n", ["broken.py:3"]),
        ("whole.py", b"def f():\n    return 1\n", ["whole.py", "no function is missing its body"]),
        ("silent.py", b"x = 1\n\n\ndef f(x):\n    ...\n", ["silent.py:4", "f"]),
        ("contradiction.py", CONTRADICTION.encode(), ["contradiction.py", "4", "6"]),
        ("suite.jsonl", b'{"task_id": "a"\n', ["suite.jsonl:1"]),
        ("task.toml", b'statement = "unfinished\n', ["task.toml"]),
        ("notes.txt", b"hello", ["notes.txt"]),
    ],
)
@pytest.mark.parametrize("command", ["solve", "verify"])
def test_files_that_are_no_specification(
    workplace: Any, cli: Any, command: str, name: str, content: bytes | None, parts: list[str]
) -> None:
    if content is not None:
        workplace.write(name, content)
    workplace.write("program.py", workplace.RIGHT)
    more = ["--candidate", "program.py"] if command == "verify" else []
    ran = cli(command, name, *more)
    assert (ran.code, ran.out) == (2, "")
    assert ran.complains(*parts), ran.err


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["solve"], ["FILE", "proofsmith solve --help"]),
        (["solve", "median.py", "--frobnicate"], ["--frobnicate"]),
        (["solve", "median.py", "--time", "soon"], ["--time"]),
        (["solve", "median.py", "--time", "0"], ["--time", "positive"]),
        (["solve", "median.py", "--time", "nan"], ["--time", "positive"]),
        (["solve", "median.py", "--candidates", "0"], ["--candidates", "at least 1"]),
        (["solve", "median.py", "--verifier-calls", "-3"], ["--verifier-calls", "at least 1"]),
        (["solve", "median.py", "--strategy", "luck"], ["luck", "mcts", "best-of-n"]),
        (["solve", "median.py", "--policy", "oracle"], ["oracle", "symbolic"]),
        (["solve", "median.py", "--policy", "nowhere:Policy"], ["nowhere"]),
        (["solve", "median.py", "--assurance", "hopeful"], ["--assurance", "TESTED or BOUNDED or PROVED"]),
        (["solve", "median.py", "--assurance", "proved"], ["median.py", "PROVED", "reference"]),
        (["solve", "median.py", "--target", "mean"], ["median.py", "mean"]),
        (["solve", "median.py", "-o", "no/such/folder/x.py"], ["no/such/folder"]),
        (["solve", "median.py", "-o", "."], ["folder"]),
        (["solve", "median.py", "--store", "."], ["folder"]),
        (["solve", "median.py", "--store", "mysql://host/db"], ["mysql"]),
        (["verify", "median.py", "--candidate", "nothing.py"], ["nothing.py"]),
        (["verify", "median.py"], ["--candidate", "body"]),
        (["verify", "median.py", "--target", "mean"], ["median.py", "mean"]),
        (["verify", "median.py", "--candidate", "median.py:median"], ["median.py:median"]),
        (["runs", "--limit", "0"], ["--limit"]),
        (["show", "20200101"], ["20200101"]),
        (["resume", "20200101"], ["20200101"]),
        (["demo", "nowhere"], ["nowhere"]),
        (["improvise"], ["improvise", "proofsmith --help"]),
        (["--shout"], ["--shout"]),
    ],
    ids=" ".join,
)
def test_wrong_command_lines(cli: Any, arguments: list[str], parts: list[str]) -> None:
    ran = cli(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert ran.complains(*parts), ran.err


@pytest.mark.parametrize(
    ("settings", "parts"),
    [
        ("time = ", ["proofsmith.toml"]),
        ("tiem = 3", ["proofsmith.toml", "tiem", "did you mean time?"]),
        ("time = 'long'", ["proofsmith.toml", "time"]),
        ("time = -1", ["time"]),
        ("strategy = 'luck'", ["luck"]),
    ],
)
def test_wrong_settings_files(workplace: Any, cli: Any, settings: str, parts: list[str]) -> None:
    workplace.write("proofsmith.toml", settings)
    ran = cli("solve", "median.py")
    assert (ran.code, ran.out) == (2, "")
    assert ran.complains(*parts), ran.err


def test_wrong_environment(cli: Any) -> None:
    ran = cli("solve", "median.py", PROOFSMITH_TIME="long")
    assert ran.code == 2
    assert ran.complains("PROOFSMITH_TIME", "long")


def test_candidate_in_another_encoding(workplace: Any, cli: Any) -> None:
    workplace.write("program.py", "# é\n".encode("latin-1"))
    ran = cli("verify", "median.py", "--candidate", "program.py")
    assert ran.code == 2
    assert ran.complains("program.py", "UTF-8")


def test_in_place_needs_a_hole(workplace: Any, cli: Any) -> None:
    prompt = 'def f(x):\n    """Same.\n\n    >>> f(1)\n    1\n    """\n'
    task = {"task_id": "t/1", "prompt": prompt, "entry_point": "f", "canonical_solution": "", "test": ""}
    workplace.write("suite.jsonl", json.dumps(task) + "\n")
    ran = cli("solve", "suite.jsonl:t/1", "--in-place")
    assert ran.code == 2
    assert ran.complains("suite.jsonl", "-o")


def test_a_script_is_proved_and_not_searched_for(workplace: Any, cli: Any) -> None:
    text = "(set-logic QF_LIA)\n(declare-const x Int)\n(assert (> x 0))\n(assert (< x {}))\n(check-sat)\n"
    workplace.write("never.smt2", text.format(0))
    workplace.write("ever.smt2", text.format(9))
    assert cli("verify", "never.smt2").out.startswith("never.smt2: PASS, PROVED")
    ran = cli("verify", "ever.smt2")
    assert ran.code == 1
    assert ran.out.startswith("ever.smt2: FAIL")
    ran = cli("solve", "never.smt2")
    assert ran.code == 2
    assert ran.complains("never.smt2", "proofsmith verify")


def test_unwritable_output_is_noticed_before_the_search(workplace: Any, tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    ran = workplace.program("solve", "median.py", "-o", "taken")
    assert ran.code == 2
    assert ran.complains("taken", "folder")


def test_in_place_into_what_cannot_be_written_is_noticed_before_the_search(
    workplace: Any, bubblewrap: str
) -> None:
    read_only = [bubblewrap, "--ro-bind", "/", "/", "--dev", "/dev"]
    command = [*read_only, sys.executable, "-m", "proofsmith.cli.main", "solve", "median.py", "--in-place"]
    environment = os.environ | workplace.environment
    done = subprocess.run(
        command, cwd=workplace.folder, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "proofsmith: median.py: cannot be written (check its permissions)\n"
