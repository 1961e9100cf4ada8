"""What is done once for a task: the inputs its specification admits, and what is expected on them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from proofsmith.errors import BadInput
from proofsmith.python_spec import Call, Example, PythonSpec
from proofsmith.verifiers.properties.bench import Bench
from proofsmith.verifiers.properties.inputs import distinct_calls, fits, generate_inputs, repaired
from proofsmith.verifiers.properties.judge import Judge
from proofsmith.verifiers.properties.oracle import Expected, Oracle, describe
from proofsmith.verifiers.properties.shapes import Shape, cardinality, parameter_shapes
from proofsmith.verifiers.properties.shrink import weight
from proofsmith.verifiers.text import show, show_call, show_expected, show_outcome

ROUNDS = 3
"""How often more inputs are generated while too few meet the preconditions."""

ENOUGH = 10
"""Fewest inputs that a PASS may rest on, unless the types have no more."""


@dataclass(frozen=True)
class Prepared:
    """Inputs and what is asked of them.

    Attributes:
        calls: inputs that meet the preconditions, the examples' first, then simplest first.
        expected: what the reference does on each, where it says anything.
        shapes: one a parameter.
        fresh: how many of them are no example's.
        generated: how many inputs were generated to find these.
        exhausted: the generator had no further distinct inputs.
    """

    calls: tuple[Call, ...]
    expected: tuple[Expected | None, ...]
    shapes: tuple[Shape, ...]
    fresh: int
    generated: int
    exhausted: bool
    oracle: Oracle
    judge: Judge

    @property
    def enough(self) -> bool:
        """Whether a verdict may rest on these inputs."""
        return self.fresh >= ENOUGH or (self.exhausted and len(self.calls) > 0)


def prepare(spec: PythonSpec, bench: Bench, count: int, seed: int, extra: Sequence[Any] = ()) -> Prepared:
    """Find `count` inputs that meet the preconditions, and what the reference does on them.

    Raises:
        BadInput: the specification's code cannot be run, or contradicts itself.
        UnsupportedAnnotation: nothing tells how to make an argument.
        OutOfTime: there was not enough of it.
        ToolFailure: the sandbox failed.
    """
    oracle = Oracle(spec)
    shapes = parameter_shapes(spec)
    own = distinct_calls((e.call for e in spec.examples), len(spec.examples) + 1)
    examples = _admitted(oracle, bench, own)
    found: list[Call] = []
    tried: list[Call] = []
    exhausted = False
    for attempt in range(ROUNDS):
        drawn = generate_inputs(spec, count * 2**attempt, seed + attempt, extra)
        tried += drawn
        exhausted = _exhausted(spec, shapes, len(drawn))
        found += _admitted(oracle, bench, drawn)
        if len(found) < count // 2 and spec.preconditions:
            mended = [c for c in distinct_calls(repaired(drawn[:200]), 1500) if fits(c, spec, shapes)]
            tried += mended
            found += _admitted(oracle, bench, mended)
        if exhausted or not spec.preconditions or len(found) >= count:
            break
    if not found and not examples:
        oracle.require_preconditions(bench, tried[:50])
    known = {c.key for c in examples}
    fresh = [c for c in distinct_calls(found, count) if c.key not in known]
    calls = (*examples, *sorted(fresh, key=weight))
    expected = tuple(oracle.expected(bench, calls))
    _require_consistent(spec, oracle, bench, (calls, expected))
    judge = Judge(spec, oracle)
    return Prepared(calls, expected, shapes, len(fresh), len(tried), exhausted, oracle, judge)


def _exhausted(spec: PythonSpec, shapes: Sequence[Shape], drawn: int) -> bool:
    """Say whether `drawn` distinct calls are all that there are."""
    counts = [cardinality(s) for s in shapes]
    if any(p.kind.startswith("VAR_") for p in spec.signature.parameters):
        return False
    return None not in counts and drawn >= math.prod(c for c in counts if c is not None)


def _admitted(oracle: Oracle, bench: Bench, calls: Sequence[Call]) -> list[Call]:
    return [c for c, ok in zip(calls, oracle.admitted(bench, calls), strict=True) if ok]


def _require_consistent(
    spec: PythonSpec,
    oracle: Oracle,
    bench: Bench,
    inputs: tuple[Sequence[Call], Sequence[Expected | None]],
) -> None:
    """Refuse a specification whose examples, reference and properties disagree with one another."""
    calls, expected = inputs
    by_key = {c.key: e for c, e in zip(calls, expected, strict=True)}
    shown = [e for e in spec.examples if e.call.key in by_key]
    for example in shown:
        wanted = by_key[example.call.key]
        if wanted is not None and not wanted.result.meets(example.expected, False, spec.tolerance):
            raise BadInput(
                f"the reference contradicts an example: {show_call(spec.signature.name, example.call)} gives "
                f"{show_expected(example.expected)}, the reference {show_outcome(wanted.outcome)}",
                line=_line(example),
            )
    cases: list[tuple[Call, Any, Example | None]] = [
        (e.call, e.expected.value, e) for e in shown if e.expected.exception is None
    ]
    cases += [
        (c, e.outcome.value, None)
        for c, e in zip(calls, expected, strict=True)
        if e is not None and e.outcome.exception is None
    ]
    answers = oracle.judge(bench, [c for c, _, _ in cases], [v for _, v, _ in cases])
    for (call, value, source), row in zip(cases, answers, strict=True):
        for answer in row:
            if answer.holds:
                continue
            whose = "an example" if source is not None else "the reference"
            text = f"{show_call(spec.signature.name, call)} with result {show(value)}"
            if answer.problem:
                cause = (
                    f"property {describe(answer.property)} cannot be evaluated on {text}: {answer.problem}"
                )
            else:
                cause = f"property {describe(answer.property)} contradicts {whose}: it is false on {text}"
            span = answer.property.span
            raise BadInput(cause, line=span.line if span else None)


def _line(example: Example) -> int | None:
    return example.span.line if example.span else None
