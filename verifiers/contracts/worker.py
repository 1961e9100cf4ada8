"""The process that asks Z3: a contract as JSON on standard input, an answer on standard output.

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
    """Read one contract, print one answer."""
    from proofsmith.verifiers.contracts.prove import prove

    asked = json.load(sys.stdin)
    limit = int(asked.pop("memory_mb")) << 20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    sys.setrecursionlimit(20_000)
    pairs = tuple((str(name), str(annotation)) for name, annotation in asked.pop("parameters"))
    fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in asked.items()}
    answer = asdict(prove(Contract(parameters=pairs, **fields)))
    for field in ("inputs", "result", "expected"):
        answer[field] = values.encode(answer[field])
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
