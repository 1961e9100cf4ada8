"""Hostile programs: each contained, judged in time, and harmless to the one judged next."""

import os
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from proofsmith.budget import Budget
from proofsmith.python_spec import Call, Example, Outcome, Parameter, PythonSpec, Signature, TestFile
from proofsmith.types import Candidate, Status, Task, Verdict
from proofsmith.verifiers.pytest_files import PytestVerifier
from proofsmith.verifiers.toolbox import Toolbox
from proofsmith.verifiers.unit_tests import UnitTestVerifier

LIMIT = {"unit-tests": 0.5, "pytest": 1.5}
SIGNATURE = Signature("f", (Parameter("x", "int"),), "str")
TESTS = dedent(
    """
    from answers import f

    def test_seven():
        assert f(7) == "ans" + "wer-49"

    def test_three():
        assert f(3) == "ans" + "wer-9"
    """
)
TASK = Task(
    "hostile",
    "",
    "python",
    PythonSpec(
        SIGNATURE,
        docstring='>>> f(7)\n"answer-49"',
        examples=(
            Example(Call((7,)), Outcome("answer-49")),
            Example(Call((3,)), Outcome("answer-9")),
        ),
        tests=(TestFile("test_answers.py", TESTS, "answers"),),
        prefix='"""Say it.\n\nf(7) gives answer-49.\n"""\n\n',
        header='def f(x: int) -> str:\n    """Answer.\n\n    >>> f(7)\n    "answer-49"\n    """\n',
    ),
    ("unit-tests", "pytest"),
)
GOOD = 'def f(x):\n    return "answer-" + str(x * x)\n'
WRONG = 'def f(x):\n    return "answer-" + str(x + x)\n'

HOSTILE = {
    "endless loop": "while True:\n    pass",
    "endless loop that catches everything": """
        while True:
            try:
                while True:
                    pass
            except BaseException:
                pass
        """,
    "endless recursion": "return f(x)",
    "endless recursion without a limit": "import sys\nsys.setrecursionlimit(10**9)\nreturn f(x)",
    "fork bomb": "import os\nwhile True:\n    os.fork()",
    "fork bomb that catches": """
        import os
        while True:
            try:
                os.fork()
            except OSError:
                pass
        """,
    "new program": 'import subprocess\nsubprocess.run(["sleep", "100"])\nreturn ""',
    "memory hog": "hog = []\nwhile True:\n    hog.append(bytearray(10**7))",
    "one huge object": 'return "a" * 10**12',
    "huge result": 'return "a" * 10**8',
    "many files": """
        import os
        for i in range(10**5):
            with open(f"/tmp/{i}", "w") as file:
                file.write("x" * 10**6)
        """,
    "output flood": 'while True:\n    print("spam" * 1000)',
    "raw output flood": 'import os\nwhile True:\n    os.write(1, b"spam" * 1000)',
    "os._exit": "import os\nos._exit(0)",
    "sys.exit": "import sys\nsys.exit(0)",
    "exit at import": ("import os\n\n\nclass Now:\n    os._exit(0)\n", "return 1"),
    "crash": "import ctypes\nctypes.string_at(0)",
    "killing the parent": """
        import os, signal
        for pid in {os.getppid(), 1}:
            for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP):
                try:
                    os.kill(pid, number)
                except OSError:
                    pass
        """,
    "killing everybody": "import os\nos.kill(-1, 9)",
    "limits of the parent": """
        import os, resource
        resource.prlimit(os.getppid(), resource.RLIMIT_CPU, (0, 0))
        """,
    "signals by way of a file": """
        import fcntl, os, signal
        reader, writer = os.pipe()
        fcntl.fcntl(reader, fcntl.F_SETOWN, os.getppid())
        fcntl.fcntl(reader, fcntl.F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(reader, fcntl.F_SETFL, os.O_ASYNC)
        os.write(writer, b"x")
        """,
    "socket": """
        import socket
        socket.create_connection(("127.0.0.1", 22), timeout=1)
        """,
    "always equal": """
        class Equal(str):
            def __eq__(self, other): return True
            def __ne__(self, other): return False
            def __hash__(self): return 0
            def __bool__(self): return True
        return Equal()
        """,
    "always equal object": """
        class Equal:
            def __eq__(self, other): return True
            def __ne__(self, other): return False
            def __getattr__(self, name): return self
        return Equal()
        """,
    "patched builtins": """
        import builtins, json, operator, sys
        builtins.isinstance = lambda *a: True
        builtins.len = lambda *a: 0
        builtins.zip = builtins.sorted = builtins.dict = lambda *a, **k: []
        builtins.AssertionError = ValueError
        operator.eq = lambda a, b: True
        for module in list(sys.modules.values()):
            for name in ("equal", "meets", "encode", "_dumps", "digest"):
                if hasattr(module, name):
                    setattr(module, name, lambda *a, **k: True)
        """,
    "frames and gc": """
        import gc, sys, os
        wanted = "ans" + "wer-"
        seen = []
        frame = sys._getframe()
        while frame is not None:
            seen += [frame.f_locals, frame.f_globals, frame.f_code.co_consts]
            frame = frame.f_back
        seen += gc.get_objects() + [f.__doc__, dict(os.environ), sys.argv, sys.modules]
        for item in seen:
            text = item if isinstance(item, str) else str(item)[:10**6] if type(item) in (
                list, dict, tuple, bytes) else ""
            at = text.find(wanted + "4" if x == 7 else wanted + "9")
            if at >= 0:
                return text[at : at + 9 if x == 7 else at + 8]
        """,
    "memory of its own process": """
        wanted = ("ans" + "wer-").encode()
        for line in open("/proc/self/maps"):
            if "rw" in line and "[v" not in line:
                start, end = (int(part, 16) for part in line.split()[0].split("-"))
                import ctypes
                block = ctypes.string_at(start, end - start)
                at = block.find(wanted + b"49") if x == 7 else block.find(wanted + b"9")
                if at >= 0:
                    return block[at : at + 9 if x == 7 else at + 8].decode()
        """,
    "memory of others": """
        import os
        found = []
        for pid in os.listdir("/proc"):
            if pid.isdigit() and int(pid) != os.getpid():
                for name in ("environ", "mem", "maps", "cwd/x", "fd"):
                    try:
                        with open(f"/proc/{pid}/{name}", "rb") as file:
                            found.append(file.read(100))
                    except OSError:
                        pass
        return "answer-" + str(x * x) if found else ""
        """,
    "threads left running": """
        import threading
        def work():
            while True:
                pass
        for _ in range(5):
            threading.Thread(target=work).start()
        return ""
        """,
    "thread bomb": """
        import threading, time
        while True:
            threading.Thread(target=time.sleep, args=(100,)).start()
        """,
    "forged replies": """
        import json, os, struct
        reply = {"s": "ok", "v": "answer-0", "id": 1, "end": "exit", "code": 0, "seconds": 0, "dirty": False}
        reply.update(frame=True, closed=True, done=0, data={"roots": ["answer-0"], "cells": []})
        text = json.dumps(reply).encode()
        for payload in (text, text + b"\\n" + text, b"x" * 100, b""):
            for fd in range(64):
                try:
                    os.set_blocking(fd, False)
                    for _ in range(50):
                        os.write(fd, struct.pack(">I", len(payload)) + payload)
                except OSError:
                    pass
        os._exit(0)
        """,
    "endless reply": """
        import os
        while True:
            for fd in range(3, 64):
                try:
                    os.write(fd, b"\\x00\\x00\\x00\\x02{}" * 1000)
                except OSError:
                    pass
        """,
    "a huge frame": """
        import os
        for fd in range(3, 64):
            try:
                os.write(fd, b"\\xff\\xff\\xff\\xff")
            except OSError:
                pass
        """,
    "deleted files": """
        import os, shutil, sys
        for place in ("/tmp", "/run", os.getcwd(), *sys.path):
            shutil.rmtree(place, ignore_errors=True)
        """,
    "closed channels": "import os\nos.closerange(0, 64)",
    "alarm and deaf to signals": """
        import signal
        for number in range(1, 32):
            try:
                signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError):
                pass
        signal.alarm(1)
        while True:
            pass
        """,
    "a test skipped": """
        class Skipped(Exception):
            pass
        try:
            from _pytest.outcomes import Skipped
        except ImportError:
            pass
        import unittest
        raise unittest.SkipTest("skip") if x == 7 else Skipped("skip")
        """,
    "the test run stopped": "raise KeyboardInterrupt",
    "a lying exception": """
        class Liar(Exception):
            def __str__(self):
                while True:
                    pass
        raise Liar
        """,
}

AGAINST_PYTEST = [
    "endless loop",
    "endless recursion",
    "one huge object",
    "huge result",
    "output flood",
    "os._exit",
    "sys.exit",
    "exit at import",
    "crash",
    "killing the parent",
    "always equal",
    "always equal object",
    "patched builtins",
    "frames and gc",
    "memory of its own process",
    "memory of others",
    "forged replies",
    "a huge frame",
    "deleted files",
    "a test skipped",
    "the test run stopped",
]


def program(attack: str | tuple[str, str]) -> str:
    before, body = ("", attack) if isinstance(attack, str) else attack
    lines = dedent(body).strip("\n").splitlines()
    return before + "def f(x):\n" + "".join(f"    {line}\n" for line in lines)


def judge(toolbox: Toolbox, kind: str, source: str) -> Verdict:
    verifier = (UnitTestVerifier if kind == "unit-tests" else PytestVerifier).create(toolbox)
    return verifier.check(TASK, Candidate(source), Budget(seconds=LIMIT[kind] if source != GOOD else None))


@pytest.mark.parametrize("attack", HOSTILE)
def test_unit_tests_contain_it(toolbox: Toolbox, attack: str, in_time: Any) -> None:
    with in_time(LIMIT["unit-tests"]):
        verdict = judge(toolbox, "unit-tests", program(HOSTILE[attack]))
        assert verdict.status in (Status.FAIL, Status.TIMEOUT), verdict
    assert judge(toolbox, "unit-tests", GOOD).status is Status.PASS
    assert judge(toolbox, "unit-tests", WRONG).status is Status.FAIL


@pytest.mark.parametrize("attack", AGAINST_PYTEST)
def test_pytest_contains_it(contained: Toolbox, attack: str, in_time: Any) -> None:
    with in_time(LIMIT["pytest"]):
        verdict = judge(contained, "pytest", program(HOSTILE[attack]))
        assert verdict.status in (Status.FAIL, Status.TIMEOUT), verdict
    assert judge(contained, "pytest", GOOD).status is Status.PASS


@pytest.mark.parametrize("attack", ["always equal object", "os._exit", "forged replies", "endless loop"])
def test_pytest_contains_it_in_a_plain_process(plain: Toolbox, attack: str) -> None:
    assert judge(plain, "pytest", program(HOSTILE[attack])).status in (Status.FAIL, Status.TIMEOUT)
    assert judge(plain, "pytest", GOOD).status is Status.PASS


def test_no_file_is_written(toolbox: Toolbox, tmp_path: Path) -> None:
    places = [Path.home(), Path.cwd(), tmp_path, Path("/var/tmp"), Path("/dev/shm")]
    targets = [place / f"proofsmith-hostile-{os.getpid()}" for place in places]
    body = "".join(
        f"try:\n    open({str(t)!r}, 'w').write('x')\nexcept OSError:\n    pass\n" for t in targets
    )
    verdict = judge(toolbox, "unit-tests", program(body + "return ''"))
    assert verdict.status is Status.FAIL
    assert not [t for t in targets if t.exists()]


def test_no_file_is_changed_or_removed(toolbox: Toolbox, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.write_text("as it was")
    body = f"""
        import os
        path = {str(kept)!r}
        for attempt in (
            lambda: os.truncate(path, 0), lambda: os.unlink(path), lambda: os.rename(path, path + "x"),
            lambda: os.chmod(path, 0), lambda: open(path, "a").write("x"),
            lambda: os.symlink("/", path + "l"),
        ):
            try:
                attempt()
            except OSError:
                pass
        return ""
        """
    assert judge(toolbox, "unit-tests", program(body)).status is Status.FAIL
    assert kept.read_text() == "as it was"
    assert sorted(tmp_path.iterdir()) == [kept]


def test_the_checkout_cannot_be_read(contained: Toolbox) -> None:
    body = f"return 'answer-' + str(x * x) if __import__('os').path.exists({__file__!r}) else ''"
    assert judge(contained, "unit-tests", program(body)).status is Status.FAIL


def test_files_of_others_cannot_be_read_in_a_plain_process(plain: Toolbox) -> None:
    if "Landlock" not in plain.sandbox.describe():
        pytest.skip("this kernel has no Landlock")
    body = f"return 'answer-' + str(x * x) if open({__file__!r}).read() else ''"
    assert judge(plain, "unit-tests", program(body)).status is Status.FAIL


def test_nothing_of_one_program_reaches_the_next(toolbox: Toolbox) -> None:
    leave = program("open('/tmp/left', 'w').write('answer-')\nreturn ''")
    take = program("return open('/tmp/left').read() + str(x * x)")
    assert judge(toolbox, "unit-tests", leave).status is Status.FAIL
    for _ in range(3):
        assert judge(toolbox, "unit-tests", take).status is Status.FAIL


def test_changed_arguments_are_no_way_around_the_comparison(toolbox: Toolbox) -> None:
    spec = PythonSpec(
        Signature("f", (Parameter("xs"),)),
        examples=(Example(Call(([2, 1],)), Outcome([1, 2]), may_mutate=False),),
    )
    task = Task("t", "", "python", spec, ("unit-tests",))
    verifier = UnitTestVerifier.create(toolbox)
    hiding = "def f(xs):\n    xs.sort()\n    return list(xs)\n"
    honest = "def f(xs):\n    return sorted(xs)\n"
    assert verifier.check(task, Candidate(hiding), Budget()).status is Status.FAIL
    assert verifier.check(task, Candidate(honest), Budget()).status is Status.PASS
