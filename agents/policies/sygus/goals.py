"""Specifications as goals for one function: on which points is a column of its values right?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from proofsmith.agents.policies.sygus.rules import inline, inlined_definitions
from proofsmith.agents.policies.sygus.vector.evaluate import Evaluator
from proofsmith.smtlib.problem import Problem, SynthFunction
from proofsmith.smtlib.terms import (
    BOOL,
    Sort,
    Term,
    app,
    const,
    free_variables,
    rebuild,
    subterms,
    var,
    with_args,
)

Array = NDArray[Any]
Point = dict[str, Any]
"""Values of variables by name."""


class Goal(Protocol):
    """What a function's values must be on the points seen so far.

    Attributes:
        function: the function to find.
        pointwise: whether each value can be judged by itself, so that programs may be joined.
        inputs: columns of the function's parameters; one entry is one value of the function.
        size: entries in a column.
    """

    function: SynthFunction
    pointwise: bool
    inputs: dict[str, Array]
    size: int

    def right(self, rows: Array) -> Array:
        """Return which row (of values) is right at which point, as booleans: rows x points.

        Where `pointwise`, points are the entries of a row.
        """
        ...


@lru_cache(maxsize=4)
def specification(problem: Problem) -> tuple[Term, ...]:
    """Return the constraints with defined functions written out, under the assumptions."""
    definitions = inlined_definitions(problem.definitions)
    constraints = [c for t in problem.constraints for c in _conjuncts(inline(t, definitions))]
    if problem.assumptions:
        given = [inline(a, definitions) for a in problem.assumptions]
        assumed = given[0] if len(given) == 1 else app("and", BOOL, *given)
        constraints = [app("=>", BOOL, assumed, c) for c in constraints]
    return tuple(constraints)


def _conjuncts(term: Term) -> list[Term]:
    found, stack = [], [term]
    while stack:
        t = stack.pop()
        if t.kind == "app" and t.name == "and":
            stack.extend(reversed(t.args))
        else:
            found.append(t)
    return found


def applications(terms: Sequence[Term], names: set[str]) -> list[Term]:
    """Return the distinct applications of the functions `names`, in order of first occurrence."""
    found: dict[Term, None] = {}
    for term in terms:
        for t in subterms(term):
            if t.kind == "app" and t.name in names:
                found.setdefault(t)
    return list(found)


@dataclass(frozen=True)
class Example:
    """One input-output example: argument values, and the value wanted."""

    inputs: tuple[Any, ...]
    output: Any


@lru_cache(maxsize=4)
def examples(problem: Problem) -> tuple[Example, ...] | None:
    """Return the input-output examples that the problem consists of; ``None`` if it is no such problem.

    Contradicting examples are kept as they are; equal ones count once.
    """
    if len(problem.functions) != 1 or problem.assumptions:
        return None
    name = problem.functions[0].name
    found: dict[Example, None] = {}
    for term in specification(problem):
        example = _example(term, name)
        if example is None:
            return None
        found.setdefault(example)
    return tuple(found) or None


def _example(term: Term, name: str) -> Example | None:
    if term.kind == "app" and term.name == name and term.sort == BOOL:
        call, output = term, True
    elif term.kind == "app" and term.name == "not" and term.args[0].name == name:
        call, output = term.args[0], False
    elif term.kind == "app" and term.name == "=" and len(term.args) == 2:
        a, b = (_folded(t) for t in term.args)
        call, value = (a, b) if a.kind == "app" else (b, a)
        if value.kind != "const" or call.kind != "app" or call.name != name:
            return None
        output = value.value  # type: ignore[assignment]
    else:
        return None
    arguments = [_folded(a) for a in call.args]
    if call.kind != "app" or call.name != name or any(a.kind != "const" for a in arguments):
        return None
    return Example(tuple(a.value for a in arguments), output)


def _folded(term: Term) -> Term:
    """Return a negated number as a constant; anything else as it is."""
    if term.kind == "app" and term.name == "-" and len(term.args) == 1 and term.args[0].kind == "const":
        return const(-int(term.args[0].value or 0), term.sort)
    return term


class ExampleGoal:
    """Input-output examples."""

    pointwise = True

    def __init__(self, function: SynthFunction, given: Sequence[Example], evaluator: Evaluator) -> None:
        self.function, self.size = function, len(given)
        columns = zip(*(e.inputs for e in given), strict=True) if function.parameters else ()
        self.inputs = {
            name: evaluator.column(list(values), sort)
            for (name, sort), values in zip(function.parameters, columns, strict=True)
        }
        self.target = evaluator.column([e.output for e in given], function.sort)

    def right(self, rows: Array) -> Array:
        """See `Goal.right`."""
        out: Array = rows == self.target
        return out


class SpecGoal:
    """A logical specification on given values of its variables.

    With all applications of the function alike it is pointwise: an entry of a column is a value
    at a point. Otherwise a column has one entry for each application at each point.
    """

    def __init__(self, shape: Shape, points: Sequence[Point], evaluator: Evaluator) -> None:
        self.function, self._shape, self._evaluator = shape.function, shape, evaluator
        self._points = len(points)
        self._env = {
            name: evaluator.column([p[name] for p in points], sort) for name, sort in shape.variables.items()
        }
        self.pointwise = len(shape.calls) == 1
        self.size = len(points) * len(shape.calls)
        self.inputs = {}
        for i, (name, _) in enumerate(shape.function.parameters):
            columns = [
                np.broadcast_to(evaluator.evaluate(call.args[i], self._env), (self._points,))
                for call in shape.calls
            ]
            self.inputs[name] = np.stack(columns, axis=1).ravel()

    def right(self, rows: Array) -> Array:
        """See `Goal.right`."""
        calls = len(self._shape.calls)
        split = rows.reshape(len(rows), self._points, calls)
        env = {**self._env, **{call_name(i): split[:, :, i] for i in range(calls)}}
        out: Array = np.ones((len(rows), self._points), dtype=bool)
        for body in self._shape.bodies:
            out &= np.broadcast_to(self._evaluator.evaluate(body, env), out.shape)
        return out


def call_name(i: int) -> str:
    """Return the variable that stands for the value of the call number `i`."""
    return f"@{i}"


@dataclass(frozen=True)
class Shape:
    """A specification of one function, taken apart.

    Attributes:
        function: the function to find.
        calls: its distinct applications; their arguments do not apply it.
        bodies: the constraints, with `call_name` variables in place of the calls.
        variables: the free variables.
    """

    function: SynthFunction
    calls: tuple[Term, ...]
    bodies: tuple[Term, ...]
    variables: Mapping[str, Sort]


def shape_of(problem: Problem) -> Shape | None:
    """Take the specification apart; ``None`` for several functions or nested applications."""
    if len(problem.functions) != 1:
        return None
    function = problem.functions[0]
    constraints = specification(problem)
    calls = applications(constraints, {function.name})
    if any(applications(call.args, {function.name}) for call in calls) or not calls:
        return None
    bodies = tuple(replace_calls(c, calls) for c in constraints)
    variables = dict(problem.variables)
    used = {
        n: s for t in (*bodies, *(a for c in calls for a in c.args)) for n, s in free_variables(t).items()
    }
    free = {n: s for n, s in used.items() if not n.startswith("@")}
    return Shape(function, tuple(calls), bodies, {n: variables.get(n, s) for n, s in free.items()})


def replace_calls(term: Term, calls: Sequence[Term]) -> Term:
    """Return `term` with the `calls` replaced by their `call_name` variables."""
    numbers = {call: i for i, call in enumerate(calls)}

    def change(t: Term, args: tuple[Term, ...]) -> Term:
        made = with_args(t, args)
        i = numbers.get(made) if made.kind == "app" else None
        return made if i is None else var(call_name(i), made.sort)

    return rebuild(term, change)
