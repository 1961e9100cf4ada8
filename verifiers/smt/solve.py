"""Asking Z3, without a verdict around it: counterexamples to answers, and models of formulas."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

from proofsmith.errors import ToolFailure
from proofsmith.smtlib.evaluation import Evaluator, TooLarge
from proofsmith.smtlib.problem import DefinedFunction, Problem
from proofsmith.smtlib.semantics import Value
from proofsmith.smtlib.terms import Sort, Term, subterms
from proofsmith.verifiers.smt.pool import Engine, OutOfTime, SolverPool
from proofsmith.verifiers.smt.query import Model, Query, model_query, read_model, refutation_query

MAX_PROBES = 40
"""Most small inputs that are tried before a solver is asked."""
PROBE_SECONDS = 0.2
"""Most seconds that trying them may take."""
PROBE_NODES = 20_000
"""Constraints or answers of more nodes in all are left to the solver."""


@dataclass(frozen=True)
class Refutation:
    """Whether an answer meets its problem.

    Attributes:
        status: ``"valid"`` (proved for all inputs), ``"refuted"``, ``"unknown"`` or ``"timeout"``.
        model: the input that refutes it; without values where a constraint on constants fails.
        violated: indices of the constraints that fail there.
        met: share of the problem's constraints that hold there.
        detail: the reason of an unknown.
    """

    status: Literal["valid", "refuted", "unknown", "timeout"]
    model: Model | None = None
    violated: tuple[int, ...] = ()
    met: float = 0.0
    detail: str = ""


@dataclass(frozen=True)
class Satisfaction:
    """Whether formulas can hold together: ``sat`` (with values), ``unsat``, ``unknown`` or ``timeout``."""

    status: Literal["sat", "unsat", "unknown", "timeout"]
    values: Mapping[str, Value] = field(default_factory=dict)
    detail: str = ""


def find_counterexample(
    problem: Problem,
    answer: Mapping[str, DefinedFunction],
    seconds: float,
    pool: SolverPool,
    small: bool = True,
) -> Refutation:
    """Look for an input on which `answer` breaks the problem's constraints, within `seconds`.

    Constraints without variables are computed first, then a few small inputs are tried, then Z3
    decides. Z3's counterexample is computed again with the exact evaluator before it is believed.
    `small` spends up to a second more to make its values small. The grammar is not checked here.

    Raises:
        ToolFailure: the solver crashed, or gave a model that refutes nothing.
    """
    deadline = time.monotonic() + seconds
    quick = refute_by_computing(problem, answer, seconds / 2)
    if quick is not None:
        return quick
    query = refutation_query(problem, answer)
    status, model, detail = ask_model(query, deadline - time.monotonic(), pool, small)
    if status == "unsat":
        return Refutation("valid", met=1.0)
    if model is None:
        return Refutation("timeout" if status == "timeout" else "unknown", detail=detail)
    found = judge_at(problem, answer, model, max(0.3, deadline - time.monotonic()))
    if found is None:
        return Refutation("unknown", detail="Z3's counterexample is too large to be computed again")
    if not found.violated:
        raise ToolFailure("Z3 gives a counterexample that does not refute the program when it is computed")
    return found


def refute_by_computing(
    problem: Problem, answer: Mapping[str, DefinedFunction], seconds: float
) -> Refutation | None:
    """Return a refutation found without a solver: constant constraints, and a few small inputs."""
    deadline = time.monotonic() + seconds
    evaluator = Evaluator([*problem.definitions, *answer.values()])
    if not problem.assumptions:
        closed = closed_constraints(problem)
        found = _judge(problem, evaluator, Model({}, {}), closed, deadline)
        if found is not None and found.violated:
            return found
        if len(closed) == len(problem.constraints):
            return None
    if sum(1 for f in answer.values() for _ in subterms(f.body)) > PROBE_NODES:
        return None
    deadline = min(deadline, time.monotonic() + PROBE_SECONDS)
    for values in _small_inputs(problem):
        found = _judge(problem, evaluator, Model(values, {}), range(len(problem.constraints)), deadline)
        if found is None:
            return None
        if found.violated:
            return found
    return None


def judge_at(
    problem: Problem, answer: Mapping[str, DefinedFunction], model: Model, seconds: float
) -> Refutation | None:
    """Compute all constraints at `model`; ``None`` where that is impossible (too large, too slow)."""
    evaluator = Evaluator([*problem.definitions, *answer.values()])
    everything = range(len(problem.constraints))
    return _judge(problem, evaluator, model, everything, time.monotonic() + seconds)


def _judge(
    problem: Problem, evaluator: Evaluator, model: Model, indices: Sequence[int], deadline: float
) -> Refutation | None:
    values, division = model.values, model.division
    try:
        if not all(evaluator.value(a, values, division, deadline) for a in problem.assumptions):
            return Refutation("unknown")
        violated = tuple(
            i for i in indices if not evaluator.value(problem.constraints[i], values, division, deadline)
        )
    except TooLarge:
        return None
    met = 1.0 - len(violated) / max(1, len(problem.constraints))
    return Refutation("refuted" if violated else "unknown", model, violated, met)


@lru_cache(maxsize=16)
def closed_constraints(problem: Problem) -> tuple[int, ...]:
    """Return the indices of the constraints without variables: examples, in practice."""
    open_functions = set()
    for definition in problem.definitions:
        own = {name for name, _ in definition.parameters}
        for t in subterms(definition.body):
            if (t.kind == "var" and t.name not in own) or (t.kind == "app" and t.name in open_functions):
                open_functions.add(definition.name)
                break
    return tuple(
        i
        for i, c in enumerate(problem.constraints)
        if not any(t.kind == "var" or (t.kind == "app" and t.name in open_functions) for t in subterms(c))
    )


def _small_inputs(problem: Problem) -> Iterable[dict[str, Value]]:
    """Yield small values for the problem's variables, smallest first; none for large problems."""
    names = [name for name, _ in problem.variables]
    size = 0
    for constraint in problem.constraints:
        size += sum(1 for _ in subterms(constraint))
        if size > PROBE_NODES:
            return
    choices = [_small_values(sort) for _, sort in problem.variables]
    if len(choices) <= 3:
        grid = itertools.product(*(range(len(c)) for c in choices))
        places = sorted(grid, key=sum)
    else:
        places = [tuple(k % len(c) for c in choices) for k in range(3)]
    for place in places[:MAX_PROBES]:
        yield {name: choices[i][k] for i, (name, k) in enumerate(zip(names, place, strict=True))}


def _small_values(sort: Sort) -> list[Value]:
    if sort.name == "Bool":
        return [False, True]
    if sort.name == "String":
        return ["", "a", "0"]
    if sort.name == "BitVec":
        return sorted({v % (1 << sort.width) for v in (0, 1, 2)})
    return [0, 1, -1, 2]


def satisfy(
    formulas: Sequence[Term],
    seconds: float,
    pool: SolverPool,
    definitions: Iterable[DefinedFunction] = (),
    small: bool = False,
) -> Satisfaction:
    """Ask Z3 for values of the free variables of `formulas` that make all of them true.

    Raises:
        ToolFailure: the solver crashed.
    """
    query = model_query(formulas, definitions)
    status, model, detail = ask_model(query, seconds, pool, small)
    return Satisfaction(status, model.values if model is not None else {}, detail)


def ask_model(
    query: Query, seconds: float, pool: SolverPool, small: bool = False, engine: Engine = "z3"
) -> tuple[Literal["sat", "unsat", "unknown", "timeout"], Model | None, str]:
    """Send a query; return the answer, the model of a ``sat`` (of Z3), and the reason of an unknown.

    Raises:
        ToolFailure: the solver crashed or broke its protocol.
    """
    if seconds <= 0:
        return "timeout", None, "no time was left"
    try:
        reply: dict[str, Any] | None = pool.ask(engine, query.request(small), seconds)
    except OutOfTime as late:
        reply = late.partial
    if reply is None:
        return "timeout", None, f"no answer within {seconds:.1f} s"
    status, detail = reply["status"], reply.get("detail", "")
    if status == "sat":
        return "sat", read_model(query, reply) if "values" in reply else None, ""
    if status == "unsat":
        return "unsat", None, ""
    if any(word in detail for word in ("timeout", "canceled", "interrupted")):
        return "timeout", None, detail
    return "unknown", None, detail or "the solver cannot decide"
