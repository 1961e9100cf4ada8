"""One run of a task's test files against one program: two processes, and this side between them.

The tests' process has no line of the candidate in it, the program's process no line of the tests.
Calls and answers go through here unread; test reports come from the tests' process alone.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from dataclasses import dataclass, field, replace
from typing import Any

from proofsmith.errors import ToolFailure
from proofsmith.python_spec import PythonSpec
from proofsmith.types import Task
from proofsmith.verifiers.sandbox import Run, Sandbox
from proofsmith.verifiers.sandbox.child import Child, ChildEnded
from proofsmith.verifiers.sandbox.pool import TESTERS
from proofsmith.verifiers.sandbox.results import Status
from proofsmith.verifiers.sandbox.session import load_report

TESTER_MEMORY_MB = 2048
TESTER_SECONDS = 10.0
"""What pytest itself may take on top of the program's time."""
MAX_RESTARTS = 5


@dataclass(frozen=True)
class TestReport:
    """One phase of one test.

    Attributes:
        name: pytest's node id.
        outcome: ``passed``, ``failed``, ``skipped`` or ``xfail``.
        message: why it failed.
        file, line: where in the test file it failed.
        crossing: what could not be brought from one process to the other during the test, if anything.
        innocent: whether the program had no part in it: it was not called.
    """

    name: str
    outcome: str
    message: str = ""
    file: str = ""
    line: int | None = None
    crossing: str = ""
    innocent: bool = False

    __test__ = False  # not a test class, whatever pytest thinks of the name


@dataclass(frozen=True)
class TestRun:
    """What happened.

    Attributes:
        load: how loading the program went.
        collected: node ids of the tests found.
        reports: in the order in which they came.
        code: pytest's exit code; ``None`` if it did not get that far.
        uncollected: why a file could not be collected, and whether the program is to blame.
        ended: how the program's process ended, when it did: status and detail.
        behaviour: digest of all that was said between tests and program, where it says everything.
    """

    load: Run
    collected: tuple[str, ...] = ()
    reports: tuple[TestReport, ...] = ()
    code: int | None = None
    uncollected: tuple[str, bool] | None = None
    ended: tuple[Status, str] | None = None
    behaviour: str | None = None

    __test__ = False


@dataclass
class _Notes:
    """What is gathered during a run."""

    collected: tuple[str, ...] = ()
    reports: list[TestReport] = field(default_factory=list)
    code: int | None = None
    uncollected: tuple[str, bool] | None = None
    ended: tuple[Status, str] | None = None
    transcript: Any = field(default_factory=hashlib.sha256)
    complete: bool = True

    def take(self, message: dict[str, Any]) -> None:
        """Keep one report of the tests' process."""
        if "collected" in message:
            self.collected = tuple(message["collected"])
        elif "collect" in message:
            self.uncollected = self.uncollected or (str(message["message"]), bool(message["program"]))
        elif "test" in message:
            self.reports.append(
                TestReport(
                    message["test"],
                    message["outcome"],
                    message["message"],
                    message["file"],
                    message["line"],
                    message["crossing"],
                    bool(message["innocent"]),
                )
            )
        elif "done" in message:
            self.code = int(message["done"])


def run_tests(task: Task[PythonSpec], program: str, sandbox: Sandbox, seconds: float | None) -> TestRun:
    """Run the task's test files with `program` behind their import, for at most `seconds`.

    Raises:
        ToolFailure: the tests' process ended without an answer, or the sandbox does not work.
        ToolMissing: bubblewrap is required and missing.
    """
    limits = sandbox.limits(seconds)
    whole = (
        limits.seconds + TESTER_SECONDS if seconds is None else min(seconds, limits.seconds + TESTER_SECONDS)
    )
    deadline = time.monotonic() + whole
    name = task.spec.signature.name
    job: dict[str, Any] = {
        "op": "open",
        "program": program,
        "module": task.spec.tests[0].module,
        "function": name,
    }
    job["relay"] = True
    with contextlib.ExitStack() as stack:
        child = sandbox.child(job, limits)
        stack.callback(lambda: child.close())
        load = load_report(child, limits)
        if load.status != "ok":
            return TestRun(load)
        room = replace(limits, memory_mb=TESTER_MEMORY_MB)
        tester = sandbox.child(tester_job(task), room, TESTERS, tester_files(task))
        stack.callback(tester.close)
        notes = _Notes()
        restarts = 0
        while notes.code is None:
            try:
                frame = tester.receive(deadline)
            except ChildEnded as end:
                if end.status != "timeout":
                    raise ToolFailure(f"the process that runs the tests failed: {end.detail}") from None
                notes.ended = notes.ended or ("timeout", "the tests did not end in time")
                break
            message = json.loads(frame)
            if "call" not in message and "data" not in message:
                notes.take(message)
                continue
            if _relay(frame, child, tester, notes, min(deadline, time.monotonic() + limits.seconds)):
                continue
            assert notes.ended is not None
            restarts += 1
            if notes.ended[0] == "timeout" or restarts > MAX_RESTARTS:
                break
            child = sandbox.child(job, limits)
            load_report(child, limits)
    return _result(load, notes)


def _result(load: Run, notes: _Notes) -> TestRun:
    whole = notes.complete and notes.ended is None and notes.code is not None
    return TestRun(
        load,
        notes.collected,
        tuple(notes.reports),
        notes.code,
        notes.uncollected,
        notes.ended,
        notes.transcript.hexdigest() if whole else None,
    )


def _relay(frame: bytes, child: Child, tester: Child, notes: _Notes, deadline: float) -> bool:
    """Carry one message to the program and its answer back; say whether the program still lives."""
    notes.transcript.update(frame)
    try:
        child.send(frame)
        answer = child.receive(deadline)
    except ChildEnded as end:
        notes.ended = notes.ended or (end.status, end.detail)
        tester.send(json.dumps({"ended": end.detail}).encode())
        return False
    notes.transcript.update(answer)
    notes.complete = notes.complete and b'"foreign"' not in answer and b'"function"' not in answer
    tester.send(answer)
    return True


def tester_files(task: Task[PythonSpec]) -> tuple[tuple[str, str], ...]:
    """Return the files (name, text) that the tests' process finds in its folder."""
    files = {"pytest.ini": "[pytest]\n"}
    for test in task.spec.tests:
        files.update([(test.name, test.source), *test.support])
    return tuple(sorted(files.items()))


def tester_job(task: Task[PythonSpec]) -> dict[str, Any]:
    """Return the job that runs the task's test files."""
    spec = task.spec
    return {
        "op": "test",
        "tests": [test.name for test in spec.tests],
        "modules": list(dict.fromkeys(test.module for test in spec.tests)),
        "function": spec.signature.name,
        "docstring": spec.docstring,
        "prefix": spec.prefix,
        "suffix": spec.suffix,
    }
