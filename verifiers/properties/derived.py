"""Examples that a specification implies without stating them, for policies that work from examples.

A reference function is run on small generated inputs; a contract is solved on them, and gives an
example wherever it leaves one result only. They sort out candidates early; the verifiers that
judge the properties and the reference still decide.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from proofsmith.python_spec import Call, Example, Outcome, PythonSpec
from proofsmith.types import Task
from proofsmith.verifiers.contracts.contract import Contract, derive_results
from proofsmith.verifiers.properties.bench import Bench, OutOfTime
from proofsmith.verifiers.properties.prepare import prepare
from proofsmith.verifiers.properties.shapes import UnsupportedAnnotation
from proofsmith.verifiers.toolbox import Toolbox

_WANTED = 12
"""Examples derived at most: enough to tell small programs apart, few enough to check fast."""

_TRIED = 40
_SECONDS = 10.0
_CALL_SECONDS = 3.0


def derive_examples(
    task: Task[PythonSpec], toolbox: Toolbox, seed: int = 0, seconds: float = _SECONDS
) -> tuple[Example, ...]:
    """Return examples for calls that the task has none for; empty if it implies none.

    It takes at most `seconds`, and never more than ten to run a reference or to solve a contract.

    Raises:
        BadInput: the specification's own code is wrong.
        ToolFailure: the sandbox failed.
    """
    spec = task.spec
    seconds = min(seconds, _SECONDS)
    bench = Bench(toolbox.sandbox, time.monotonic() + seconds, _CALL_SECONDS)
    try:
        prepared = prepare(spec, bench, _TRIED, seed)
    except (UnsupportedAnnotation, OutOfTime):
        return ()
    known = {example.call.key for example in spec.examples}
    inputs = list(zip(prepared.calls, prepared.expected, strict=True))
    fresh = [(call, expected) for call, expected in inputs if call.key not in known and not call.kwargs]
    if spec.reference is not None:
        found = [
            Example(call, expected.outcome, strict=False, origin="reference")
            for call, expected in fresh
            if expected is not None
        ]
    else:
        found = _by_contract(spec, [call for call, _ in fresh], bench.left)
    return tuple(found[:_WANTED])


def contract_of(spec: PythonSpec, program: str = "", seconds: float = _SECONDS) -> Contract:
    """Return what is to be proved of `program` against a specification's properties and reference."""
    return Contract(
        program=program,
        function=spec.signature.name,
        parameters=tuple((p.name, p.annotation or "?") for p in spec.signature.parameters),
        preconditions=tuple(p.expression for p in spec.preconditions),
        properties=tuple(p.expression for p in spec.properties),
        reference=spec.reference or "",
        reference_name=spec.reference_name or spec.signature.name,
        seconds=seconds,
    )


def _by_contract(spec: PythonSpec, calls: Sequence[Call], seconds: float) -> list[Example]:
    """Solve the postconditions on each input; where one result is left, it is the one expected."""
    contract = contract_of(spec, seconds=seconds)
    results = derive_results(contract, spec.signature.returns or "int", [c.args for c in calls])
    return [
        Example(call, Outcome(result), strict=False, origin="contract")
        for call, result in zip(calls, results, strict=True)
        if result is not None
    ]
