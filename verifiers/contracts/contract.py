"""What is asked of the prover, what it answers, and asking it in a process that can be killed."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from proofsmith import process, values

_START_SECONDS = 3.0
"""What loading Z3 may take beside its work, on a slow machine."""

_MEMORY_MB = 4096


@dataclass(frozen=True)
class Contract:
    """What is to be proved: source texts only, so that it travels as JSON.

    `program` is the whole module; `parameters` are (name, annotation) pairs; `reference` is a
    module that defines `reference_name`, or empty. Loops and recursion are followed to `unroll`.
    """

    program: str
    function: str
    parameters: tuple[tuple[str, str], ...]
    preconditions: tuple[str, ...] = ()
    properties: tuple[str, ...] = ()
    reference: str = ""
    reference_name: str = ""
    unroll: int = 8
    seconds: float = 10.0


@dataclass(frozen=True)
class Answer:
    """What Z3 found.

    `outcome` is ``"proved"``, ``"bounded"`` (for all inputs on which no loop or recursion goes
    further than the bound), ``"refuted"`` or ``"unknown"`` with a `reason`. For a refutation:
    `inputs` (one value per parameter), what the program does there (`result` or `exception`), what
    a reference does (`expected`), and which property is `violated`.
    """

    outcome: str
    reason: str = ""
    inputs: tuple[Any, ...] = ()
    result: Any = None
    exception: str = ""
    expected: Any = None
    violated: str = ""


def ask(contract: Contract) -> Answer:
    """Prove or refute `contract` in a worker process, killed at its deadline.

    Everything that goes wrong there is an ``"unknown"`` with its reason, never a proof.
    """
    answer, why = _work({"op": "prove", "contract": asdict(contract)}, contract.seconds)
    if answer is None:
        return Answer("unknown", why)
    return Answer(**answer)


def derive_results(contract: Contract, returns: str, inputs: Sequence[Sequence[Any]]) -> list[Any]:
    """Return, for each input, the only result that the contract allows there, else ``None``.

    `returns` is the annotation of the result. See `proofsmith.verifiers.contracts.examples`.
    """
    job = {"op": "derive", "contract": asdict(contract), "returns": returns}
    points = values.encode([tuple(point) for point in inputs])
    answer, _ = _work({**job, "inputs": points}, contract.seconds)
    return [None] * len(inputs) if answer is None else list(answer["results"])


def _work(job: dict[str, Any], seconds: float) -> tuple[dict[str, Any] | None, str]:
    """Have the worker do `job`; its answer, or ``None`` and why there is none."""
    done = process.run(
        [sys.executable, "-P", "-m", "proofsmith.verifiers.contracts.worker"],
        seconds=seconds + _START_SECONDS,
        stdin=json.dumps({**job, "memory_mb": _MEMORY_MB}),
        max_output=1_000_000,
    )
    if done.timed_out:
        return None, "Z3 did not answer in time"
    try:
        answer = values.decode(json.loads(done.stdout))
        return dict(answer), ""
    except (ValueError, TypeError):
        last = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.code}"]
        return None, f"the prover failed: {last[0][:200]}"
