"""What a sandboxed program did, as the trusted side sees it after decoding.

Every field was claimed by the program's own process. It can claim any *output*, which it could as
well compute; it is never told what is expected, and cannot claim anything about another job.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from proofsmith import values
from proofsmith.python_spec import Call, Outcome

Status = Literal["ok", "load_error", "timeout", "memory", "output", "died", "skipped"]
"""``ok`` the call ended (by returning or raising); ``load_error`` the module could not be executed;
``timeout``, ``memory``, ``output`` a limit was hit; ``died`` the process ended or broke the protocol;
``skipped`` an earlier call ended the process."""


@dataclass(frozen=True)
class Frame:
    """A frame of the program's own in a traceback: one-based line, function name."""

    line: int
    function: str


@dataclass(frozen=True)
class CallResult:
    """One call.

    Attributes:
        status: how it ended; `outcome` is there exactly for ``ok``.
        outcome: what it did; values that are not plain data are `Opaque`.
        loose: the same with subclasses of data types (``Counter``, named tuples, enums of ints)
            read as their base type, where that differs; for comparisons by ``==``.
        exception_bases: names of the raised exception's class and of its base classes.
        mutated: whether the arguments were changed.
        args_after: positional and keyword arguments after the call, where they were changed.
        seconds: wall clock of the call.
        trace: the program's own frames of an exception, outermost first.
        detail: one line on a status that is not ``ok``.
    """

    status: Status
    outcome: Outcome | None = None
    loose: Outcome | None = None
    exception_bases: tuple[str, ...] = ()
    mutated: bool = False
    args_after: tuple[Any, ...] | None = None
    seconds: float = 0.0
    trace: tuple[Frame, ...] = ()
    detail: str = ""

    def meets(self, expected: Outcome, strict: bool = True, tolerance: Any = None) -> bool:
        """Say whether the call ended with `expected`.

        Without `strict`, values count as their base types, and exceptions as their base classes
        (which is how ``==`` and ``pytest.raises`` see them).
        """
        if self.outcome is None:
            return False
        if self.outcome.meets(expected, strict, tolerance):
            return True
        if strict:
            return False
        if expected.exception is not None and expected.exception in self.exception_bases:
            return replace(self.outcome, exception=expected.exception).meets(expected)
        return self.loose is not None and self.loose.meets(expected, strict, tolerance)


@dataclass(frozen=True)
class Run:
    """One program and its calls.

    Attributes:
        status: ``ok`` when every call ended; else how the first that did not ended.
        results: one for each call, in order.
        detail: one line on a status that is not ``ok``.
        trace: the program's own frames of a load error.
        seconds: wall clock in the worker.
    """

    status: Status
    results: tuple[CallResult, ...]
    detail: str = ""
    trace: tuple[Frame, ...] = ()
    seconds: float = 0.0


_EXACT = values.Tolerance(0.0, 0.0)
MALFORMED = CallResult("died", detail="the program's process sent a reply that makes no sense")


def read_result(payload: bytes, call: Call) -> CallResult:
    """Decode one result of the child; whatever is wrong with it is the program's doing."""
    try:
        data = json.loads(payload)
        status = data["s"]
        seconds = float(data.get("t", 0.0))
        trace = read_trace(data)
        if status in ("memory", "output"):
            return CallResult(status, seconds=seconds, trace=trace, detail=str(data.get("m", ""))[:500])
        if status != "ok":
            return MALFORMED
        stdout = str(data.get("o", ""))
        bases: tuple[str, ...] = ()
        if "e" in data:
            bases = tuple(str(name)[:200] for name in data.get("b", ())[:20])
            name, message = str(data["e"])[:200], str(data.get("m", ""))
            outcome = Outcome(exception=name, message=message, stdout=stdout)
            loose = None
        else:
            outcome = Outcome(value=values.decode(data["v"]), stdout=stdout)
            loose = Outcome(value=values.decode(data["p"]), stdout=stdout) if "p" in data else None
        after: tuple[Any, ...] | None = None
        if "a" in data:
            args, kwargs = values.decode(data["a"])
            after = (*args, *kwargs)
        before = (*call.args, *(value for _, value in call.kwargs))
        mutated = after is not None and not values.equal(list(before), list(after), tolerance=_EXACT)
    except Exception:  # a hostile process may send anything; all of it means the same
        return MALFORMED
    return CallResult(
        "ok", outcome, loose, bases, mutated, after if mutated else None, seconds=seconds, trace=trace
    )


def read_trace(data: dict[str, Any]) -> tuple[Frame, ...]:
    """Decode the traceback of a reply."""
    return tuple(Frame(int(line), str(name)[:100]) for line, name in data.get("tb", ())[:20])


def read_run(frames: Sequence[bytes], calls: Sequence[Call], end: Status, detail: str, seconds: float) -> Run:
    """Put a run together from the child's frames (first the load report) and how its process ended.

    `end` says what it means if a frame is missing.
    """
    if not frames:
        return _ended(end, (), calls, detail or "the program's process ended while loading", seconds)
    try:
        load = json.loads(frames[0])
        failed = load["s"] != "ok"
        if failed:
            status: Status = load["s"] if load["s"] in ("memory", "output") else "load_error"
            run = Run(status, (), str(load["m"])[:2000], read_trace(load), seconds)
    except Exception:
        return _ended("died", (), calls, MALFORMED.detail, seconds)
    if failed:
        skipped = tuple(CallResult("skipped", detail=run.detail) for _ in calls)
        return Run(run.status, skipped, run.detail, run.trace, seconds)
    results = tuple(read_result(frame, call) for frame, call in zip(frames[1:], calls, strict=False))
    if len(results) < len(calls):
        return _ended(end, results, calls, detail, seconds)
    bad = next((r for r in results if r.status != "ok"), None)
    return Run("ok" if bad is None else bad.status, results, bad.detail if bad else "", (), seconds)


def _ended(
    end: Status, results: tuple[CallResult, ...], calls: Sequence[Call], detail: str, seconds: float
) -> Run:
    done = list(results)
    if len(done) < len(calls):
        last_stopped = bool(done) and done[-1].status == "output"
        done.append(CallResult("skipped" if last_stopped else end, detail=detail))
    done += [CallResult("skipped") for _ in range(len(calls) - len(done))]
    bad = next((r for r in done if r.status != "ok"), None)
    status: Status = end if bad is None else bad.status
    return Run(status, tuple(done), bad.detail if bad and bad.detail else detail, (), seconds)
