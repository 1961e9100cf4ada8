"""Z3 behind the worker's protocol. Imported in the worker process only.

A query has a ``head`` (declarations and definitions), ``given`` and ``goals`` (formulas as text),
``variables`` ([name, sort, width]), ``seconds``, and ``small``. Z3 is asked for a model of the given
formulas in which some goal fails; without goals, for any model of the given ones.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import z3

from proofsmith.smtlib.sexpr import unescape

SHRINKING = 1.0
"""Most seconds spent on finding a smaller model than the first."""

Send = Callable[[dict[str, Any]], None]


def start(memory_mb: int) -> None:
    """Set the limits of the library."""
    z3.set_param("memory_max_size", memory_mb)


def version() -> str:
    """Return the library's version."""
    return str(z3.get_version_string())


def answer(request: dict[str, Any], send: Send) -> dict[str, Any]:
    """Answer one query. A first model is sent ahead, because the search for a smaller one may be cut off."""
    deadline = time.monotonic() + request["seconds"]
    if "script" in request:
        return _script(request["script"], deadline)
    given_count = len(request["given"])
    formulas = request["given"] + request["goals"]
    text = request["head"] + "".join(f"(assert {f})\n" for f in formulas)
    parsed = list(z3.parse_smt2_string(text))
    if len(parsed) != len(formulas):
        raise RuntimeError("Z3 has read another number of formulas than were sent")
    given, goals = parsed[:given_count], parsed[given_count:]
    variables = [_constant(name, sort, width) for name, sort, width in request["variables"]]
    wanted = [*given, z3.Not(z3.And(goals))] if goals else given
    share = 0.4 if len(goals) > 1 else 1.0
    status, model, reason = _check(wanted, time.monotonic() + share * (deadline - time.monotonic()))
    if status == z3.unknown and len(goals) > 1:
        status, model, reason = _one_by_one(given, goals, deadline)
    if model is None:
        return {"status": str(status), "detail": reason}
    result = _report(model, variables)
    if request.get("small"):
        send(result)
        model = _smaller(wanted, variables, model, min(deadline, time.monotonic() + SHRINKING))
        result = _report(model, variables)
    return result


def _constant(name: str, sort: str, width: int) -> Any:
    if sort == "BitVec":
        return z3.BitVec(name, width)
    return {"Int": z3.Int, "Bool": z3.Bool, "String": z3.String}[sort](name)


def _check(formulas: list[Any], deadline: float) -> tuple[Any, Any, str]:
    """Return (status, model or None, reason of an unknown)."""
    left = deadline - time.monotonic()
    if left <= 0.001:
        return z3.unknown, None, "timeout"
    solver = z3.Solver()
    solver.set("timeout", max(1, int(left * 1000)))
    solver.add(*formulas)
    status = solver.check()
    if status == z3.sat:
        return status, solver.model(), ""
    return status, None, solver.reason_unknown() if status == z3.unknown else ""


def _one_by_one(given: list[Any], goals: list[Any], deadline: float) -> tuple[Any, Any, str]:
    """Refute the goals one by one: each proof is smaller than that of their conjunction."""
    undecided = ""
    for i, goal in enumerate(goals):
        left = deadline - time.monotonic()
        share = time.monotonic() + left / (len(goals) - i)
        status, model, reason = _check([*given, z3.Not(goal)], share)
        if model is not None:
            return status, model, ""
        undecided = undecided or reason
    return (z3.unknown, None, undecided) if undecided else (z3.unsat, None, "")


def _smaller(wanted: list[Any], variables: list[Any], model: Any, deadline: float) -> Any:
    """Return a model with values as small as a few queries find: one bound for all, then each alone."""
    sized = [v for v in variables if not z3.is_bool(v)]
    largest = max((_size(model, v) for v in sized), default=0)
    bound = 0
    limits: list[Any] = []
    while bound < largest:
        tried = [_within(v, bound) for v in sized]
        status, found, _ = _check(wanted + tried, min(deadline, time.monotonic() + 0.3))
        if found is not None:
            model, limits = found, tried
            break
        if status == z3.unknown or time.monotonic() > deadline:
            return model
        bound = 2 * bound or 1
    for variable in sized[:12]:
        if _size(model, variable) == 0:
            limits.append(_within(variable, 0))
            continue
        for small in (0, 1, 2):
            if small >= _size(model, variable) or time.monotonic() > deadline:
                break
            tried = [*limits, _within(variable, small)]
            _, found, _ = _check(wanted + tried, min(deadline, time.monotonic() + 0.2))
            if found is not None:
                model, limits = found, tried
                break
    return model


def _size(model: Any, variable: Any) -> int:
    value = model.eval(variable, model_completion=True)
    if z3.is_int_value(value):
        return abs(int(value.as_long()))
    if z3.is_bv_value(value):
        return int(value.as_long())
    return len(_string(value))


def _within(variable: Any, bound: int) -> Any:
    if z3.is_bv(variable):
        return z3.ULE(variable, bound) if bound >> variable.size() == 0 else z3.BoolVal(True)
    if z3.is_int(variable):
        return z3.And(variable >= -bound, variable <= bound)
    return z3.Length(variable) <= bound


def _string(value: Any) -> str:
    return unescape(value.as_string())


def _report(model: Any, variables: list[Any]) -> dict[str, Any]:
    values: list[Any] = []
    for variable in variables:
        value = model.eval(variable, model_completion=True)
        if z3.is_string_value(value):
            values.append(_string(value))
        elif z3.is_int_value(value) or z3.is_bv_value(value):
            values.append({"int": hex(value.as_long())})
        elif z3.is_true(value) or z3.is_false(value):
            values.append(z3.is_true(value))
        else:
            raise RuntimeError(f"no value for {variable} in the model: {str(value)[:100]}")
    tables = {"div0": "div", "mod0": "mod"}
    by_zero = {
        tables[d.name()]: _function_table(model[d]) for d in model.decls() if d.name() in tables and d.arity()
    }
    return {"status": "sat", "values": values, "by_zero": by_zero}


def _function_table(interpretation: Any) -> dict[str, Any]:
    *entries, default = interpretation.as_list()  # [[argument, divisor, result] ..., result of others]
    return {
        "entries": [[hex(e[0].as_long()), hex(e[-1].as_long())] for e in entries],
        "else": hex(default.as_long()),
    }


def _script(text: str, deadline: float) -> dict[str, Any]:
    """Answer whether the assertions of an SMT-LIB script can all hold."""
    try:
        formulas = list(z3.parse_smt2_string(text))
    except z3.Z3Exception as error:
        return {"status": "rejected", "detail": str(error)}
    status, model, reason = _check(formulas, deadline)
    if model is None:
        return {"status": str(status), "detail": reason}
    pairs: list[list[str]] = []
    for declaration in model.decls():
        value = model[declaration]
        pairs.append([str(declaration.name()), str(value.sexpr() if hasattr(value, "sexpr") else value)])
    return {"status": "sat", "model": sorted(pairs)}
