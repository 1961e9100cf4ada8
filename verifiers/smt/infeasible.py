"""Proving that a specification has no solution at all, whatever the program.

The functions to find are left undefined for Z3, and the constraints are stated at more and more inputs:
when no function at all meets them there, there is no program. Inputs come from refuting the
function that Z3 proposes, as in counterexample-guided synthesis.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial, reduce
from typing import Any

from proofsmith.smtlib.expansion import Expander
from proofsmith.smtlib.printing import literal_text
from proofsmith.smtlib.problem import DefinedFunction, Problem, SynthFunction
from proofsmith.smtlib.semantics import TooLarge, Value
from proofsmith.smtlib.terms import BOOL, Sort, Term, app, const, free_variables, substitute, var
from proofsmith.verifiers.smt.pool import OutOfTime, SolverPool
from proofsmith.verifiers.smt.query import Names, read_value
from proofsmith.verifiers.smt.solve import find_counterexample

MAX_ROUNDS = 60
MAX_TABLE = 200
"""Rows of a proposed function beyond which it is not worth refuting."""


@dataclass(frozen=True)
class Infeasibility:
    """No program exists: nothing meets the constraints at these `points` (values by variable).

    Without points the constraints contradict each other without any input.
    """

    points: tuple[Mapping[str, Value], ...]
    text: str


def prove_infeasible(problem: Problem, seconds: float, pool: SolverPool) -> Infeasibility | None:
    """Return a proof that no program meets the specification, ``None`` if none is found in `seconds`.

    The grammars are not looked at: what no program of the logic can do, none of a grammar can.

    Raises:
        ToolFailure: the solver crashed.
    """
    deadline = time.monotonic() + seconds
    try:
        expander = Expander(problem.definitions)
        given = tuple(map(expander.expand, problem.assumptions))
        wanted = tuple(map(expander.expand, problem.constraints))
    except TooLarge:
        return None
    points: list[Mapping[str, Value]] = []
    for _ in range(MAX_ROUNDS):
        try:
            request = _functions_query(problem, given, wanted, points)
            reply = pool.ask("z3", request, max(0.0, deadline - time.monotonic()))
        except OutOfTime:
            return None
        if reply["status"] == "unsat":
            ask = partial(_contradicts, problem, given, wanted, pool, deadline)
            needed = _needed(points, ask)
            return Infeasibility(tuple(needed), _explain(problem, needed))
        if reply["status"] != "sat":
            return None
        proposal = _proposal(problem, reply["functions"])
        left = deadline - time.monotonic()
        if proposal is None or left <= 0:
            return None
        found = find_counterexample(problem, proposal, left, pool, small=False)
        if found.status != "refuted" or found.model is None or found.model.by_zero:
            return None
        point = found.model.values
        if not point or point in points:
            return None
        points.append(point)
    return None


def _contradicts(
    problem: Problem,
    given: tuple[Term, ...],
    wanted: tuple[Term, ...],
    pool: SolverPool,
    deadline: float,
    points: list[Mapping[str, Value]],
) -> bool:
    """Say whether no function meets the constraints at `points`, as far as the time allows."""
    left = min(0.5, deadline - time.monotonic())
    if left <= 0:
        return False
    try:
        return bool(
            pool.ask("z3", _functions_query(problem, given, wanted, points), left)["status"] == "unsat"
        )
    except OutOfTime:
        return False


def _needed(
    points: list[Mapping[str, Value]], contradicts: Callable[[list[Mapping[str, Value]]], bool]
) -> list[Mapping[str, Value]]:
    """Leave out the points that the contradiction does not need."""
    needed = list(points)
    for point in points:
        fewer = [p for p in needed if p is not point]
        if contradicts(fewer):
            needed = fewer
    return needed


def _functions_query(
    problem: Problem,
    given: tuple[Term, ...],
    wanted: tuple[Term, ...],
    points: list[Mapping[str, Value]],
) -> dict[str, Any]:
    """Return the request for functions that meet the constraints at `points`."""
    names = Names(())
    head = "".join(names.declare(f) for f in problem.functions)
    closed = frozenset() if given else frozenset(t for t in wanted if not free_variables(t))
    formulas = [names.text(t) for t in wanted if t in closed]
    for point in points:
        constants = {name: const(point[name], sort) for name, sort in problem.variables}
        stated = [names.text(substitute(t, constants)) for t in wanted if t not in closed]
        if given:
            assumed = " ".join(names.text(substitute(t, constants)) for t in given)
            stated = [f"(=> (and true {assumed}) (and true {' '.join(stated)}))"]
        formulas += stated
    return {
        "head": head,
        "given": formulas,
        "goals": [],
        "variables": [],
        "functions": [names.function(f.name) for f in problem.functions],
    }


def _proposal(problem: Problem, tables: Mapping[str, Any]) -> dict[str, DefinedFunction] | None:
    """Return the functions of Z3's model; ``None`` where they are too large to be worth refuting."""
    made = {}
    for i, function in enumerate(problem.functions):
        table = tables.get(f"u{i}", {"entries": [], "else": None})
        if len(table["entries"]) > MAX_TABLE:
            return None
        made[function.name] = _tabulated(function, table)
    return made


def _tabulated(function: SynthFunction, table: Mapping[str, Any]) -> DefinedFunction:
    parameters = [var(name, sort) for name, sort in function.parameters]
    other = _default(function.sort) if table["else"] is None else read_value(table["else"])
    body = const(other, function.sort)
    for row in reversed(table["entries"]):
        *arguments, result = map(read_value, row)
        tests = [app("=", BOOL, p, const(a, p.sort)) for p, a in zip(parameters, arguments, strict=True)]
        test = reduce(lambda a, b: app("and", BOOL, a, b), tests)
        body = app("ite", function.sort, test, const(result, function.sort), body)
    return DefinedFunction(function.name, function.parameters, function.sort, body)


def _default(sort: Sort) -> Value:
    values: dict[str, Value] = {"Bool": False, "String": ""}
    return values.get(sort.name, 0)


def _explain(problem: Problem, points: list[Mapping[str, Value]]) -> str:
    """Say in words where no program meets the constraints."""
    places = [
        " and ".join(f"{name} = {literal_text(point[name], sort)}" for name, sort in problem.variables)
        for point in points
    ]
    if not places:
        return "no program exists: the constraints contradict each other whatever the input"
    if len(places) == 1:
        return f"no program exists: nothing meets the constraints at {places[0]}"
    return f"no program exists: nothing meets the constraints at all of these: {'; '.join(places)}"
