"""What a stranger wrote is shown on a terminal, and does nothing to it."""

import io
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from rich.text import Text

from proofsmith.cli.view import terminal
from proofsmith.cli.view.console import SafeConsole
from proofsmith.cli.view.terminal import written_out

TITLE = "\x1b]0;title\x07"


def test_control_characters_are_written_out_and_lines_are_kept() -> None:
    assert written_out(f"a{TITLE}\x9bb\r\x7f\u202ec\u2066\n\td") == (
        "a\\x1b]0;title\\x07\\x9bb\\r\\x7f\\u202ec\\u2066\n\td"
    )
    ordinary = "x → y, ünïcode, 漢字, \U0001f600, zero\u200bwidth"
    assert written_out(ordinary) == ordinary


def test_a_console_obeys_itself_and_no_text() -> None:
    shown = io.StringIO()
    console = SafeConsole(file=shown, force_terminal=True, color_system="standard", width=80, _environ={})
    console.print(Text.assemble((f"bad{TITLE}", "red"), "\u202e"))
    assert shown.getvalue() == "\x1b[31mbad\\x1b]0;title\x1b[0m\\u202e\n"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_prints_are_guarded_and_consoles_still_have_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    out, err = Terminal(), io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    terminal.guard_terminal()
    print(f"a{TITLE}")
    sys.stdout.writelines(["b\x1b\n"])
    sys.stderr.write(f"c{TITLE}")
    SafeConsole(force_terminal=True, color_system="standard", _environ={}).print(Text("d\x1b", "red"))
    assert out.getvalue() == "a\\x1b]0;title\\x07\nb\\x1b\n\x1b[31md\\x1b\x1b[0m\n"
    assert err.getvalue() == f"c{TITLE}"  # no terminal: files and pipes get what was written


def test_a_program_that_cannot_be_read_is_quoted_harmlessly(tmp_path: Path) -> None:
    path = tmp_path / "bad.dfy"
    path.write_text(f"method M() {{ assert x.{TITLE} }}\n", encoding="utf-8")
    ours, theirs = pty.openpty()
    try:
        command = [sys.executable, "-c", "from proofsmith.cli.main import main; main()", "verify", str(path)]
        subprocess.run(command, stdin=theirs, stdout=theirs, stderr=theirs, timeout=120, check=False)
        shown = os.read(ours, 100_000)
    finally:
        os.close(theirs)
        os.close(ours)
    assert b"bad.dfy" in shown
    assert b"\x1b" not in shown
