"""In the child that runs the tests: pytest, with a stand-in for the program's function.

There is nothing of the candidate in this process. The module that the tests import is the task's own
text, and its function asks the program's process over the line.
"""

from __future__ import annotations

import importlib
import io
import os
import random
import sys
import types
from typing import Any

import pytest

OPTIONS = [
    "-q",
    "--capture=sys",
    "--tb=short",
    "--color=no",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:faulthandler",
]
MAX_MESSAGE = 1000


class Reporter:
    """A pytest plugin that reports each test's outcome over the line as it comes."""

    def __init__(self, send: Any, peer: Any) -> None:
        self._send, self._peer = send, peer
        self._problems = 0
        self._calls = 0
        self._inside = 0

    def pytest_collectreport(self, report: Any) -> None:
        """A file that cannot be collected: is it for a call of the program, or for its own reasons?"""
        if report.failed:
            caused = self._peer.failures > 0
            message = str(getattr(report, "longreprtext", report.longrepr))
            self._send({"collect": report.nodeid, "message": message[-MAX_MESSAGE:], "program": caused})

    def pytest_collection_finish(self, session: Any) -> None:
        """How many tests there are."""
        self._send({"collected": [item.nodeid for item in session.items]})

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: Any) -> None:
        """A test begins."""
        self._problems = len(self._peer.problems)
        self._calls = self._peer.calls

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: Any) -> Any:
        """Count the calls that a test itself makes, apart from those of fixtures and modules."""
        before = self._peer.calls
        try:
            return (yield)
        finally:
            self._inside += self._peer.calls - before

    def pytest_runtest_logreport(self, report: Any) -> None:
        """One phase (setup, call, teardown) of one test ended."""
        if report.when != "call" and report.passed:
            return
        outcome = "xfail" if hasattr(report, "wasxfail") else report.outcome
        message, line = _crash(report) if report.outcome == "failed" else ("", None)
        shared = self._peer.calls - self._inside
        problems = self._peer.problems[self._problems :]
        self._send(
            {
                "test": report.nodeid,
                "when": report.when,
                "outcome": outcome,
                "message": message[:MAX_MESSAGE],
                "line": line,
                "file": str(report.location[0]),
                "innocent": self._peer.calls == self._calls and shared == 0,
                "crossing": problems[0] if problems else "",
            }
        )


def _crash(report: Any) -> tuple[str, int | None]:
    """Return what went wrong and the line of the test file where it did."""
    longrepr = report.longrepr
    crash = getattr(longrepr, "reprcrash", None)
    message = str(crash.message) if crash is not None else str(longrepr)
    line = None
    for entry in getattr(getattr(longrepr, "reprtraceback", None), "reprentries", ()):
        place = getattr(entry, "reprfileloc", None)
        if place is not None and os.path.basename(str(place.path)) == os.path.basename(report.location[0]):
            line = int(place.lineno)
    return message, line


def main(inside: Any, job: dict[str, Any], line: Any) -> None:
    """Run the test files of `job` and report; the last message is ``{"done": exit code}``.

    `inside` holds the modules of this folder.
    """
    send, _ = line
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    home = os.getcwd()
    sys.path.insert(0, home)
    sys.stdin = io.StringIO()
    sys.stdout = sys.stderr = io.StringIO()
    module = types.ModuleType(job["modules"][0])
    peer = inside.peer.Peer(inside.crossing, inside.values, 0, module, line)
    function = _stand_in(peer)
    if job.get("mine"):
        random.seed(0)
        miner = inside.miner.Miner(inside.values, send, job["boolean"])
        miner.install()
        function = _stand_in(miner)
    try:
        _fill(module, job, function)
    except BaseException as error:
        text = f"{type(error).__name__}: {error}"
        send({"collect": module.__name__, "message": text[:MAX_MESSAGE], "program": peer.failures > 0})
        send({"done": 2})
        return
    for name in job["modules"]:
        _install(name, module, home)
    code = pytest.main([*OPTIONS, f"--rootdir={home}", *job["tests"]], plugins=[Reporter(send, peer)])
    send({"done": int(code)})


def _stand_in(asked: Any) -> Any:
    """Return the function that the tests see; it asks a `Peer` or tells a `Miner`."""
    if hasattr(asked, "stand_in"):
        return lambda *args, **kwargs: asked.stand_in(*args, **kwargs)

    def stand_in(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        return asked.call(0, args, kwargs)

    return stand_in


def _fill(module: types.ModuleType, job: dict[str, Any], function: Any) -> None:
    """Execute the task's module text with the stand-in where the function belongs."""
    name = job["function"]
    function.__name__ = function.__qualname__ = name
    function.__module__ = module.__name__
    function.__doc__ = job["docstring"]
    sys.modules[module.__name__] = module
    for text in (job["prefix"], job["suffix"]):
        exec(compile(text, "<module>", "exec", dont_inherit=True), module.__dict__)
        module.__dict__[name] = function


def _install(name: str, module: types.ModuleType, home: str) -> None:
    """Make the module importable as `name`, with packages above it that also hold support files."""
    parts = name.split(".")
    for depth in range(1, len(parts)):
        package = ".".join(parts[:depth])
        if package not in sys.modules:
            try:
                importlib.import_module(package)
            except ImportError:
                made = types.ModuleType(package)
                made.__path__ = [os.path.join(home, *parts[:depth])]
                sys.modules[package] = made
    sys.modules[name] = module
    if len(parts) > 1:
        setattr(sys.modules[".".join(parts[:-1])], parts[-1], module)
