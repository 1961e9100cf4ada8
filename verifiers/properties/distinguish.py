"""Finding an input that tells apart programs which agree on every example."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from proofsmith import values
from proofsmith.budget import Budget
from proofsmith.errors import ToolFailure
from proofsmith.python_spec import Call, Outcome, PythonSpec
from proofsmith.types import Candidate, Task
from proofsmith.values import is_data
from proofsmith.verifiers.assembly import program_text
from proofsmith.verifiers.guards import check_candidate
from proofsmith.verifiers.properties.bench import Bench, OutOfTime, Program
from proofsmith.verifiers.properties.inputs import distinct_calls, generate_inputs, literals
from proofsmith.verifiers.properties.oracle import Oracle
from proofsmith.verifiers.properties.shapes import Shape, UnsupportedAnnotation, parameter_shapes
from proofsmith.verifiers.properties.shrink import shrink, value_weight, weight
from proofsmith.verifiers.sandbox import CallResult
from proofsmith.verifiers.toolbox import Toolbox

INPUTS = 300
"""Inputs tried, beside those that shrinking tries."""

SECONDS = 20.0
"""Longest time that is spent, for programs that are slow on some inputs."""


@dataclass(frozen=True)
class Distinction:
    """An input on which candidates differ.

    Attributes:
        call: a small input that looks like the examples'.
        outcomes: what each candidate did there, in the order they were given; ``None`` for one that
            did not end by itself, or that is no program for the task.
    """

    call: Call
    outcomes: tuple[Outcome | None, ...]


def distinguish(
    task: Task[PythonSpec], candidates: Sequence[Candidate], budget: Budget, toolbox: Toolbox, seed: int
) -> Distinction | None:
    """Return a small, plausible input on which some of `candidates` return different values.

    Inputs meet the preconditions and are close to the examples: of the same types, signs and sizes.
    Different values tell more than a value here and an exception there, which is only reported where
    nothing else differs. ``None``: no difference was found, or inputs cannot be generated.

    Raises:
        BadInput: a precondition cannot be evaluated.
        ToolFailure: the sandbox failed.
    """
    spec = task.spec
    seconds = SECONDS if budget.seconds is None else min(SECONDS, budget.seconds)
    bench = Bench(toolbox.sandbox, time.monotonic() + seconds, toolbox.sandbox.settings.seconds)
    try:
        shapes = parameter_shapes(spec)
        extra = [value for c in candidates for value in literals(c.source)]
        drawn = generate_inputs(spec, INPUTS, seed, extra)
        oracle = Oracle(spec)
        calls = [c for c, ok in zip(drawn, oracle.admitted(bench, drawn), strict=True) if ok]
    except (UnsupportedAnnotation, OutOfTime):
        return None
    calls.sort(key=lambda c: (_strangeness(c, spec), weight(c)))
    field = _Field(task, candidates, bench)
    rows = field.outcomes(calls)
    for telling in (_values_differ, _some_raise):
        found = next((c for c, row in zip(calls, rows, strict=True) if telling(row)), None)
        if found is not None:
            return _smallest(found, telling, field, oracle, shapes)
    return None


class _Field:
    """The candidates, run side by side."""

    def __init__(self, task: Task[PythonSpec], candidates: Sequence[Candidate], bench: Bench) -> None:
        self.spec = task.spec
        self.bench = bench
        self._programs = [
            Program(program_text(task, c), self.spec.signature.name)
            if check_candidate(task, c) is None
            else None
            for c in candidates
        ]
        self._seen: dict[str, tuple[Outcome | None, ...]] = {}

    def outcomes(self, calls: Sequence[Call]) -> list[tuple[Outcome | None, ...]]:
        """Return, for each call, what each candidate did; nothing once the time is up."""
        new = [c for c in distinct_calls(calls, len(calls) + 1) if c.key not in self._seen]
        columns = [self._column(program, new) for program in self._programs]
        for at, call in enumerate(new):
            self._seen[call.key] = tuple(column[at] for column in columns)
        return [self._seen[c.key] for c in calls]

    def _column(self, program: Program | None, calls: Sequence[Call]) -> list[Outcome | None]:
        if program is None or not calls:
            return [None] * len(calls)
        fair = self.bench.within(max(0.1, self.bench.left / len(self._programs)))
        try:
            return [_comparable(r) for r in fair.run(program, calls).results]
        except OutOfTime:
            return [None] * len(calls)


def _comparable(result: CallResult) -> Outcome | None:
    """The outcome without the exception's text; no outcome where a value is not plain data."""
    outcome = result.outcome
    if outcome is None or not is_data(outcome.value):
        return None
    return Outcome(outcome.value, outcome.exception)


def _values_differ(row: Sequence[Outcome | None]) -> bool:
    returned = [o.value for o in row if o is not None and o.exception is None]
    return any(not values.equal(returned[0], other) for other in returned[1:])


def _some_raise(row: Sequence[Outcome | None]) -> bool:
    """Some return, some raise; which exception it is where all raise says little."""
    return len({o.exception is None for o in row if o is not None}) == 2


def _smallest(
    call: Call,
    telling: Callable[[Sequence[Outcome | None]], bool],
    field: _Field,
    oracle: Oracle,
    shapes: Sequence[Shape],
) -> Distinction:
    """Shrink `call` while it tells the candidates apart and looks no stranger."""
    strange = _strangeness(call, field.spec)

    def still(calls: Sequence[Call]) -> int | None:
        asked = [at for at, ok in enumerate(oracle.admitted(field.bench, calls)) if ok]
        asked = [at for at in asked if _strangeness(calls[at], field.spec) <= strange]
        rows = field.outcomes([calls[at] for at in asked])
        return next((at for at, row in zip(asked, rows, strict=True) if telling(row)), None)

    with contextlib.suppress(OutOfTime, ToolFailure):  # the larger input tells them apart as well
        call = shrink(call, shapes, still)
    return Distinction(call, field.outcomes([call])[0])


def _strangeness(call: Call, spec: PythonSpec) -> int:
    """How unlike the examples' arguments the call's are: signs, emptiness, size, characters."""
    strange = 0
    for at, value in enumerate(call.args):
        shown = [e.call.args[at] for e in spec.examples if at < len(e.call.args)]
        shown = [v for v in shown if type(v) is type(value)]
        if shown:
            strange += _unlike(value, shown)
        elif any(at < len(e.call.args) for e in spec.examples):
            strange += 3
    return strange


def _unlike(value: Any, shown: Sequence[Any]) -> int:
    kind = type(value)
    if kind in (int, float):
        negative = bool(value < 0 and all(v >= 0 for v in shown))
        zero = bool(value == 0 and all(v > 0 for v in shown))
        large = bool(abs(value) > 2 * max(abs(v) for v in shown) + 10)
        return 4 * negative + 2 * zero + large
    if kind not in (str, list, tuple, set, frozenset, dict):
        return 0
    strange = 2 * (not value and all(shown))
    strange += value_weight(value)[0] > 2 * max(value_weight(v)[0] for v in shown) + 4
    if kind is str:
        classes = {_class(c) for v in shown for c in v}
        return strange + 2 * any(_class(c) not in classes for c in value)
    inside = [item for v in shown for item in v]
    alike = [(item, [v for v in inside if type(v) is type(item)]) for item in value]
    return strange + max((_unlike(item, found) for item, found in alike if found), default=0)


def _class(character: str) -> str:
    """What kind of character it is: letters of one case, digits, or itself."""
    if character.isalpha():
        return "upper" if character.isupper() else "lower"
    return "digit" if character.isdigit() else character
