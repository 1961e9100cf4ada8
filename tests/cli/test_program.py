"""The program as a whole: fast to answer, whole sentences, at home on a terminal of 80 columns."""

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from typing import Any

import pytest

from proofsmith import __version__
from proofsmith.cli.main import COMMANDS

HEAVY = ("litellm", "langgraph", "sqlalchemy", "z3", "hypothesis", "crosshair", "rich", "black")
HELPS = [["--help"], ["--version"], *([name, "--help"] for name, _, _ in COMMANDS)]


@pytest.mark.parametrize("arguments", HELPS, ids=" ".join)
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys; from proofsmith.cli.main import invoke; code = invoke(sys.argv[2:]); "
        "heavy = [m for m in sys.argv[1].split() if m in sys.modules]; "
        "sys.exit(f'imported {heavy}' if heavy else code)"
    )
    command = [sys.executable, "-c", code, " ".join(HEAVY), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(("Usage: proofsmith", f"proofsmith {__version__}"))
    assert all(len(line) <= 80 for line in done.stdout.splitlines())


def test_help_lists_every_command_with_a_whole_sentence(cli: Any) -> None:
    text = cli("--help").out
    for name, _, _ in COMMANDS:
        assert re.search(rf"^  {name} +\S.*\.$", text, re.MULTILINE), name
    assert ".." not in text.partition("Commands:")[2]


def on_a_terminal(workplace: Any, *arguments: str, columns: int = 80, rows: int = 24) -> tuple[int, str]:
    """Run the program on a terminal of its own; return its exit code and what the terminal received."""
    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    environment = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES", "NO_COLOR")}
    process = subprocess.Popen(
        [sys.executable, "-m", "proofsmith.cli.main", *arguments],
        cwd=workplace.folder,
        env=environment | workplace.environment | {"TERM": "xterm-256color"},
        stdin=child,
        stdout=child,
        stderr=child,
    )
    os.close(child)
    received = b""
    while True:
        try:
            block = os.read(parent, 65536)
        except OSError:
            break
        if not block:
            break
        received += block
    os.close(parent)
    return process.wait(30), received.decode()


def visible_lines(text: str) -> list[str]:
    """Return the lines a terminal shows, escape sequences taken out."""
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
    return [line for part in plain.split("\n") for line in part.split("\r")]


def test_live_view_fits_80_columns_and_leaves_a_clean_screen(workplace: Any) -> None:
    wide = f"def median(xs):\n    return {' + '.join(['xs[0]'] * 40)}\n"
    script = workplace.script(wide, workplace.FIRST, workplace.LAST, workplace.RIGHT, pause=0.25)
    code, text = on_a_terminal(workplace, "solve", "median.py", *script)
    lines = visible_lines(text)
    assert code == 0
    assert all(len(line) <= 80 for line in lines)
    assert any("best program, node" in line for line in lines), "the live picture was drawn"
    assert text.count("\x1b[?25l") == text.count("\x1b[?25h") > 0, "the cursor is shown again"
    end = text[text.rindex("median.py:median: ") :]
    assert "sorted" in end
    assert "\x1b[1A" not in end, "what was said last is not drawn over"


@pytest.mark.parametrize("command", [["show", "latest"], ["show", "latest", "--node", "2"], ["runs"]])
def test_listings_on_a_terminal_of_80_columns(workplace: Any, cli: Any, command: list[str]) -> None:
    cli("solve", "median.py", *workplace.script(workplace.FIRST, workplace.RIGHT))
    code, text = on_a_terminal(workplace, *command)
    assert code == 0
    assert all(len(line) <= 80 for line in visible_lines(text))
    assert "median" in text


def test_no_colours_where_the_user_wants_none(workplace: Any, cli: Any) -> None:
    cli("solve", "median.py", *workplace.script(workplace.RIGHT))
    workplace.environment["NO_COLOR"] = "1"
    _, text = on_a_terminal(workplace, "show", "latest")
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", text)


@pytest.mark.usefixtures("bubblewrap")
def test_doctor_finds_every_verifier_sound(cli: Any) -> None:
    ran = cli("doctor", "--json")
    findings = {f["name"]: f for f in json.loads(ran.out)["findings"]}
    assert [f for f in findings.values() if f["state"] != "ok"] == []
    assert ran.code == 0
    assert {"sandbox", "store", "verifier unit-tests", "verifier pytest", "verifier properties"} <= set(
        findings
    )
    assert "bubblewrap" in findings["sandbox"]["detail"]


def test_doctor_names_the_remedy(cli: Any) -> None:
    ran = cli("doctor", PROOFSMITH_BUBBLEWRAP="no-such-bwrap")
    assert ran.code == 0
    assert re.search(r"warning +sandbox", ran.out)
    assert "apt-get install bubblewrap" in ran.out
    ran = cli("doctor", "--require-sandbox", PROOFSMITH_BUBBLEWRAP="no-such-bwrap")
    assert ran.code == 3
    assert re.search(r"FAILED +sandbox", ran.out)


def test_doctor_reports_a_store_that_cannot_be_used(workplace: Any, cli: Any) -> None:
    workplace.write("store.sqlite", "hello, world; " * 100)
    ran = cli("doctor")
    assert ran.code == 3
    assert re.search(r"FAILED +store", ran.out)


@pytest.mark.parametrize(
    ("program", "code"),
    [
        ("def median(xs):\n    return sorted(xs)[len(xs) // 2]\n", 0),
        ("def median(xs):\n    return xs[0]\n", 1),
        ("def mean(xs):\n    return xs[0]\n", 1),
        ("def median(xs:\n", 1),
        ("def median(xs):\n    while True:\n        pass\n", 1),
    ],
)
def test_verify_judges_a_program(workplace: Any, cli: Any, program: str, code: int) -> None:
    workplace.write("program.py", program)
    ran = cli("verify", "median.py", "--candidate", "program.py", PROOFSMITH_SECONDS="1")
    assert (ran.code, ran.err) == (code, "")
    assert ran.out.startswith("median.py:median: " + ("PASS, TESTED" if code == 0 else ""))
    ran = cli("verify", "median.py", "--candidate", "program.py", "--json", PROOFSMITH_SECONDS="1")
    assert json.loads(ran.out)["accepted"] is (code == 0)


def test_verify_takes_the_function_out_of_the_filled_module(workplace: Any, cli: Any) -> None:
    filled = workplace.MEDIAN.replace("    ...\n", "    return middle(sorted(xs))\n")
    filled = filled.replace("LIMIT = 3", "LIMIT = 4\n\n\ndef middle(xs):\n    return xs[len(xs) // 2]")
    workplace.write("filled.py", filled + '\n\nif __name__ == "__main__":\n    print(median([1]))\n')
    ran = cli("verify", "median.py", "--candidate", "filled.py")
    assert (ran.code, ran.err) == (0, ""), ran.out


def test_verify_judges_a_module_as_it_stands(workplace: Any, cli: Any) -> None:
    right = workplace.MEDIAN.replace("    ...\n", "    return sorted(xs)[len(xs) // 2]\n")
    workplace.write("right.py", right)
    ran = cli("verify", "right.py")
    assert (ran.code, ran.err) == (0, ""), ran.out
    assert ran.out.startswith("right.py:median: PASS, TESTED")
    workplace.write("wrong.py", right.replace("sorted(xs)", "xs"))
    ran = cli("verify", "wrong.py", "--json")
    assert ran.code == 1
    assert json.loads(ran.out)["accepted"] is False
    workplace.write("half.py", right + '\n\ndef mean(xs):\n    """>>> mean([2])\n    2\n    """\n')
    ran = cli("verify", "half.py")
    assert ran.code == 1
    assert "mean has no body yet" in ran.err
    assert "half.py:median: PASS, TESTED" in ran.out


def test_verify_judges_what_a_test_file_imports(workplace: Any, cli: Any) -> None:
    workplace.write(
        "test_twice.py", "from twice import twice\n\n\ndef test_it():\n    assert twice(2) == 4\n"
    )
    ran = cli("verify", "test_twice.py")
    assert ran.code == 2
    assert ran.complains("test_twice.py:1", "twice:twice", "--candidate")
    for body, code in (("x + x", 0), ("x + 1", 1)):
        workplace.write("twice.py", f"def twice(x):\n    return {body}\n")
        ran = cli("verify", "test_twice.py")
        assert (ran.code, ran.err) == (code, ""), ran.out


def test_programs_are_written_as_utf8_whatever_the_locale(workplace: Any) -> None:
    workplace.environment |= {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    text = workplace.MEDIAN.replace("middle value", "médian ✓")
    workplace.write("median.py", text)
    process = workplace.start("solve", "median.py", *workplace.script(workplace.RIGHT), encoding="utf-8")
    out, err = process.communicate(timeout=200)
    assert process.returncode == 0, err
    assert "médian ✓" in out


def test_a_program_may_name_its_parameters_where_tests_do_not(workplace: Any, cli: Any) -> None:
    asserted = "    assert grow(2) == 4\n    assert grow(5, by=1) == 6\n"
    tests = f"from growing import grow\n\n\ndef test_grow():\n{asserted}"
    workplace.write("test_growing.py", tests)
    workplace.write("right.py", "def grow(size, by=None):\n    return size + (by or size)\n")
    ran = cli("verify", "test_growing.py", "--candidate", "right.py")
    assert (ran.code, ran.out.splitlines()[0]) == (0, "test_growing.py:grow: PASS, TESTED")
    workplace.write("wrong.py", "def grow(size, step=None):\n    return size + (step or size)\n")
    ran = cli("verify", "test_growing.py", "--candidate", "wrong.py")
    assert ran.code == 1
    assert "FAIL" in ran.out
