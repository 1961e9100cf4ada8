"""SMT-LIB scripts (``.smt2``): proved when their assertions cannot all hold."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from proofsmith.errors import BadInput
from proofsmith.smtlib.script import assertions_of
from proofsmith.verifiers.smt.pool import Engine, OutOfTime, SolverPool


@dataclass(frozen=True)
class ScriptResult:
    """``unsat``, ``sat`` with the model as (name, value text) pairs, ``unknown``, or ``timeout``."""

    status: Literal["unsat", "sat", "unknown", "timeout"]
    model: tuple[tuple[str, str], ...] = ()
    detail: str = ""


def check_script(text: str, seconds: float, pool: SolverPool, engine: Engine = "z3") -> ScriptResult:
    """Ask whether the assertions of a script can all hold.

    Raises:
        BadInput: the text is not a script, or Z3 does not accept it.
        ToolFailure: the solver crashed.
    """
    request: dict[str, Any] = {"script": assertions_of(text)}
    try:
        reply = pool.ask(engine, request, seconds)
    except OutOfTime:
        return ScriptResult("timeout", detail=f"no answer within {seconds:.1f} s")
    if reply["status"] == "rejected":
        raise BadInput(f"{engine} does not accept this script: {_first_error(reply['detail'])}")
    if reply["status"] in ("sat", "unsat"):
        model = tuple((str(name), str(value)) for name, value in reply.get("model", ()))
        return ScriptResult(reply["status"], model)
    detail = reply.get("detail", "")
    late = any(word in detail for word in ("timeout", "canceled", "interrupted"))
    return ScriptResult("timeout" if late else "unknown", detail=detail)


def _first_error(detail: str) -> str:
    found = re.search(r'\(error "(?:line \d+ column \d+: )?([^"]*)"\)', detail)
    return found[1] if found else detail.strip()[:200]
