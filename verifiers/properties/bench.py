"""The sandbox with a deadline: what every part of one check runs programs on."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from proofsmith.errors import ToolFailure
from proofsmith.python_spec import Call
from proofsmith.verifiers.sandbox import CallResult, Run, Sandbox


@dataclass(frozen=True)
class Program:
    """A module text and the function in it that is called."""

    source: str
    function: str


class OutOfTime(Exception):
    """The deadline passed before the candidate had its turn: nobody's fault."""


@dataclass(frozen=True)
class Bench:
    """Where programs run, and until when.

    Attributes:
        sandbox: the sandbox.
        deadline: when the check must end, on the clock of `time.monotonic`.
        seconds: wall clock for one program and all its calls together.
    """

    sandbox: Sandbox
    deadline: float
    seconds: float

    @property
    def left(self) -> float:
        """Seconds until the deadline."""
        return self.deadline - time.monotonic()

    def within(self, seconds: float) -> Bench:
        """Return this bench with a deadline at most `seconds` from now."""
        return replace(self, deadline=min(self.deadline, time.monotonic() + seconds))

    def run(self, program: Program, calls: Sequence[Call], share: float = 1.0) -> Run:
        """Run `program` on `calls` in a process of its own, for `share` of the usual time.

        Raises:
            OutOfTime: there is none left.
            ToolFailure: the sandbox failed.
        """
        seconds = min(self.seconds * share, self.left)
        if seconds < 0.02:
            raise OutOfTime
        return self.sandbox.run(program.source, program.function, calls, self.sandbox.limits(seconds))

    def run_each(self, program: Program, calls: Sequence[Call], hangs: int = 2) -> Run:
        """Run the user's own `program` on every call, starting it anew after a call that ended it.

        After `hangs` such calls, or at the deadline, the rest stays ``skipped``.

        Raises:
            OutOfTime, ToolFailure: as `run`.
        """
        run = self.run(program, calls)
        results = list(_done(run))
        if not results and calls and run.status != "load_error":
            raise ToolFailure(f"the specification's own code did not start: {run.detail or run.status}")
        while run.status != "load_error" and len(results) < len(calls) and hangs > 0:
            hangs -= 1
            try:
                again = self.run(program, calls[len(results) :], 0.25)
            except OutOfTime:
                break
            results += _done(again)
        if run.status == "load_error":
            return run
        results += [CallResult("skipped")] * (len(calls) - len(results))
        return replace(run, results=tuple(results))


def _done(run: Run) -> list[CallResult]:
    return [r for r in run.results if r.status != "skipped"]
