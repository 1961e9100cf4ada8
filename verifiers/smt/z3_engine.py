"""Z3 behind the worker's protocol. Imported in the worker process only.

A query has a ``head`` (declarations and definitions), ``given`` and ``goals`` (formulas as text),
``variables`` ([name, sort, width]), ``functions`` (names of undefined ones), ``seconds``, and ``small``.
Z3 is asked for a model of the given formulas in which some goal fails; without goals, for any model
of the given ones. The reply has the values of the variables, and the tables of the functions.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import z3

from proofsmith.smtlib.sexpr import unescape

SHRINKING = 1.0
"""Most seconds spent on finding a smaller model than the first."""

Send = Callable[[dict[str, Any]], None]


RENEWED_AFTER = 64
"""Queries that share one Z3 context, which is slow to make and grows with use."""


class _Contexts:
    """The current context. Z3 shows definitions of earlier queries in the models of later ones in the
    same context, so undefined functions must not have the names that defined ones have.
    """

    def __init__(self) -> None:
        self._current: Any = None
        self._used = 0

    def next(self) -> Any:
        if self._current is None or self._used >= RENEWED_AFTER:
            self._current, self._used = z3.Context(), 0
        self._used += 1
        return self._current


_contexts = _Contexts()


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
    context = _contexts.next()
    parsed = list(z3.parse_smt2_string(text, ctx=context))
    if len(parsed) != len(formulas):
        raise RuntimeError("Z3 has read another number of formulas than were sent")
    given, goals = parsed[:given_count], parsed[given_count:]
    variables = [_constant(name, sort, width, context) for name, sort, width in request["variables"]]
    wanted = [*given, z3.Not(z3.And(goals))] if goals else given
    share = 0.4 if len(goals) > 1 else 1.0
    wanted = wanted or [z3.BoolVal(True, context)]
    status, model, reason = _check(wanted, time.monotonic() + share * (deadline - time.monotonic()))
    if status == z3.unknown and len(goals) > 1:
        status, model, reason = _one_by_one(given, goals, deadline)
    if model is None:
        return {"status": str(status), "detail": reason}
    result = _report(model, variables, request.get("functions", ()))
    if request.get("small"):
        send(result)
        model = _smaller(wanted, variables, model, min(deadline, time.monotonic() + SHRINKING))
        result = _report(model, variables, request.get("functions", ()))
    return result


def _constant(name: str, sort: str, width: int, context: Any) -> Any:
    if sort == "BitVec":
        return z3.BitVec(name, width, context)
    return {"Int": z3.Int, "Bool": z3.Bool, "String": z3.String}[sort](name, context)


def _check(formulas: list[Any], deadline: float) -> tuple[Any, Any, str]:
    """Return (status, model or None, reason of an unknown)."""
    left = deadline - time.monotonic()
    if left <= 0.001:
        return z3.unknown, None, "timeout"
    solver = z3.Solver(ctx=formulas[0].ctx)
    solver.set("timeout", max(1, int(left * 1000)))
    solver.add(*formulas)
    status = solver.check()
    if status == z3.sat:
        return status, solver.model(), ""
    reason = solver.reason_unknown() if status == z3.unknown else ""
    if "memory" in reason:
        raise MemoryError(reason)
    return status, None, reason


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
    """Return a model with values as small as a few queries find, and strings of plain characters.

    One bound for all variables comes first, then each variable alone.
    """
    sized = [v for v in variables if not z3.is_bool(v)]
    model, limits = _bounded(wanted, sized, model, deadline)
    for variable in sized[:12]:
        wishes = [_within(variable, k) for k in (0, 1, 2) if k < _size(model, variable)]
        if z3.is_string(variable) and _string(model.eval(variable, model_completion=True)):
            wishes += [_made_of(variable, "a", "z"), _made_of(variable, " ", "~")]
        elif not wishes:
            limits.append(_within(variable, 0))
        fulfilled: set[str] = set()
        for wish in wishes:
            kind = wish.decl().name()
            if kind in fulfilled or time.monotonic() > deadline:
                continue
            _, found, _ = _check([*wanted, *limits, wish], min(deadline, time.monotonic() + 0.2))
            if found is not None:
                fulfilled.add(kind)
                limits.append(wish)
                model = found
    return model


def _bounded(wanted: list[Any], sized: list[Any], model: Any, deadline: float) -> tuple[Any, list[Any]]:
    """Return a model within the smallest power of two that bounds all values, and those bounds."""
    largest = max((_size(model, v) for v in sized), default=0)
    bound = 0
    while bound < largest and time.monotonic() < deadline:
        limits = [_within(v, bound) for v in sized]
        status, found, _ = _check(wanted + limits, min(deadline, time.monotonic() + 0.3))
        if found is not None:
            return found, limits
        if status == z3.unknown:
            break
        bound = 2 * bound or 1
    return model, []


def _made_of(variable: Any, first: str, last: str) -> Any:
    """Return the formula that a string has only characters from `first` to `last`."""
    ctx = variable.ctx
    characters = z3.Range(z3.StringVal(first, ctx), z3.StringVal(last, ctx))
    return z3.InRe(variable, z3.Star(characters))


def _size(model: Any, variable: Any) -> int:
    value = model.eval(variable, model_completion=True)
    if z3.is_int_value(value):
        return abs(int(value.as_long()))
    if z3.is_bv_value(value):
        return int(value.as_long())
    return len(_string(value))


def _within(variable: Any, bound: int) -> Any:
    if z3.is_bv(variable):
        return z3.ULE(variable, bound) if bound >> variable.size() == 0 else z3.BoolVal(True, variable.ctx)
    if z3.is_int(variable):
        return z3.And(variable >= -bound, variable <= bound)
    return z3.Length(variable) <= bound


def _string(value: Any) -> str:
    return unescape(z3.simplify(value).as_string())


def _report(model: Any, variables: list[Any], functions: Sequence[str] = ()) -> dict[str, Any]:
    values = [_value(model.eval(variable, model_completion=True)) for variable in variables]
    tables = {str(d.name()): model[d] for d in model.decls() if d.arity()}
    by_zero = {
        name: _table(tables[solver_name])
        for solver_name, name in (("div0", "div"), ("mod0", "mod"))
        if solver_name in tables
    }
    found = {name: _table(tables[name]) for name in functions if name in tables}
    constants = {str(d.name()): model[d] for d in model.decls() if not d.arity()}
    found |= {
        name: {"entries": [], "else": _value(constants[name])} for name in functions if name in constants
    }
    return {"status": "sat", "values": values, "by_zero": by_zero, "functions": found}


def _value(value: Any) -> Any:
    if not (z3.is_string_value(value) or z3.is_int_value(value)):
        value = z3.simplify(value)  # strings in tables are sequences of characters
    if z3.is_string_value(value):
        return _string(value)
    if z3.is_int_value(value) or z3.is_bv_value(value):
        return {"int": hex(value.as_long())}
    if z3.is_true(value) or z3.is_false(value):
        return z3.is_true(value)
    raise RuntimeError(f"not a value in the model: {str(value)[:100]}")


def _table(interpretation: Any) -> dict[str, Any]:
    """Return a function's table: [argument, ..., result] rows, and the result for all others."""
    *rows, default = interpretation.as_list()
    return {"entries": [[_value(v) for v in row] for row in rows], "else": _value(default)}


def _script(text: str, deadline: float) -> dict[str, Any]:
    """Answer whether the assertions of an SMT-LIB script can all hold."""
    try:
        context = z3.Context()
        formulas = list(z3.parse_smt2_string(text, ctx=context)) or [z3.BoolVal(True, context)]
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
