"""The process that asks Z3: a job as JSON on standard input, an answer on standard output.

Z3 is native code that may ignore its own time limit or use much memory; here it can be killed. The
candidate is read as text and never executed.
"""

from __future__ import annotations

import json
import resource
import sys
from dataclasses import asdict
from typing import Any

from proofsmith import values
from proofsmith.verifiers.contracts.contract import Contract


def main() -> None:
    """Do one job."""
    job = json.load(sys.stdin)
    limit = int(job["memory_mb"]) << 20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    sys.setrecursionlimit(20_000)
    contract = _contract(job["contract"])
    if job["op"] == "prove":
        from proofsmith.verifiers.contracts.prove import prove

        answer: dict[str, Any] = asdict(prove(contract))
    else:
        from proofsmith.verifiers.contracts.examples import derive

        answer = {"results": derive(contract, job["returns"], values.decode(job["inputs"]))}
    json.dump(values.encode(answer), sys.stdout)


def _contract(data: dict[str, Any]) -> Contract:
    fields: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in data.items()}
    fields["parameters"] = tuple((str(name), str(annotation)) for name, annotation in data["parameters"])
    return Contract(**fields)


if __name__ == "__main__":
    main()
