"""Examples out of a contract: inputs on which the postconditions leave one result only.

A policy that works from examples can then be used where only pre- and postconditions are given.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import z3

from proofsmith.verifiers.contracts.contract import Contract
from proofsmith.verifiers.contracts.execute import Execution
from proofsmith.verifiers.contracts.expressions import Translator, Unsupported, Value, same, truth
from proofsmith.verifiers.contracts.prove import concrete, parse_expression, symbol

_QUERY_MS = 200


def derive(contract: Contract, returns: str, inputs: Sequence[Sequence[Any]]) -> list[Any]:
    """Return the one result that meets the contract on each of `inputs`, ``None`` where it is not one.

    Inputs that break a precondition get ``None`` too, and so does everything where the contract
    has no exact translation.
    """
    try:
        result = symbol("result", returns)
        return [_only_result(contract, result, point) for point in inputs]
    except (Unsupported, z3.Z3Exception, RecursionError):
        return [None] * len(inputs)


def _only_result(contract: Contract, result: Value, point: Sequence[Any]) -> Any:
    names = [name for name, _ in contract.parameters]
    scope = dict(zip(names, map(_constant, point), strict=True))
    solver = z3.Solver()
    solver.set("timeout", _QUERY_MS)
    for text in contract.preconditions:
        solver.add(_holds(text, scope))
    for text in contract.properties:
        solver.add(_holds(text, {**scope, "result": result}))
    if solver.check() != z3.sat:
        return None
    found = concrete(solver.model(), result)
    solver.add(z3.Not(same(result, _constant(found))))
    return found if solver.check() == z3.unsat else None


def _holds(text: str, scope: dict[str, Value]) -> z3.BoolRef:
    effects = Execution({}, 0, lambda condition: True)
    value = truth(Translator(scope, z3.BoolVal(True), effects).value(parse_expression(text)))
    wrong = [*(c for c, _ in effects.failures), *effects.inexact]
    return z3.And(value, z3.Not(z3.Or([z3.BoolVal(False), *wrong])))


def _constant(value: Any) -> Value:
    if isinstance(value, tuple):
        return tuple(_constant(v) for v in value)
    if isinstance(value, bool):
        return z3.BoolVal(value)
    if isinstance(value, int):
        return z3.IntVal(value)
    raise Unsupported(f"inputs of type {type(value).__name__}")
