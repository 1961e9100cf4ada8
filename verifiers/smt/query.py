"""From terms to a query's text, and from a reply back to values.

All names of the problem are replaced by safe ones (``v0``, ``f0``), so that none can collide with a
solver's own symbols, and only text written from checked terms ever reaches a solver.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from proofsmith.smtlib.evaluation import ByZero
from proofsmith.smtlib.printing import print_definition, print_term
from proofsmith.smtlib.problem import DefinedFunction, Problem, SynthFunction
from proofsmith.smtlib.semantics import Value, euclidean_div, euclidean_mod
from proofsmith.smtlib.terms import Sort, Term, subterms


@dataclass(frozen=True)
class Query:
    """A question for a solver: is there a model of `given` in which a goal fails (or just a model)?

    Attributes:
        head: declarations and definitions.
        given, goals: formulas as text.
        variables: (the problem's name, the name in the text, sort).
    """

    head: str
    given: tuple[str, ...]
    goals: tuple[str, ...]
    variables: tuple[tuple[str, str, Sort], ...]

    def request(self, small: bool = False) -> dict[str, Any]:
        """Return the message for a worker; `small` asks for small values."""
        return {
            "head": self.head,
            "given": list(self.given),
            "goals": list(self.goals),
            "variables": [[name, sort.name, sort.width] for _, name, sort in self.variables],
            "small": small,
        }


@dataclass(frozen=True)
class Model:
    """Values of variables, and where the model needs them, of integer division by zero.

    `by_zero` maps ``"div"`` or ``"mod"`` to the results by dividend and the result for all others.
    """

    values: Mapping[str, Value]
    by_zero: Mapping[str, tuple[Mapping[int, int], int]]

    @property
    def division(self) -> ByZero | None:
        """The model's division by zero for the evaluator, ``None`` where the model is silent."""
        if not self.by_zero:
            return None

        def divide(name: str, dividend: int) -> int:
            if name not in self.by_zero:
                return euclidean_div(dividend, 0) if name == "div" else euclidean_mod(dividend, 0)
            entries, default = self.by_zero[name]
            return entries.get(dividend, default)

        return divide


def refutation_query(problem: Problem, answer: Mapping[str, DefinedFunction]) -> Query:
    """Return the query for an input on which `answer` breaks the problem's constraints."""
    names = Names(problem.variables)
    before, after = _around_answer(problem)
    functions = [*before, *answer.values(), *after]
    return Query(
        names.head(functions),
        tuple(names.text(t) for t in problem.assumptions),
        tuple(names.text(t) for t in problem.constraints) or ("true",),
        names.table(),
    )


def model_query(
    formulas: Sequence[Term], definitions: Iterable[DefinedFunction] = (), goals: Sequence[Term] = ()
) -> Query:
    """Return the query for values of the free variables that satisfy all `formulas` (and break a goal)."""
    definitions = tuple(definitions)
    variables: dict[str, Sort] = {}
    for formula in [*formulas, *goals]:
        variables.update((t.name, t.sort) for t in subterms(formula) if t.kind == "var")
    for definition in definitions:
        own = {name for name, _ in definition.parameters}
        free = (t for t in subterms(definition.body) if t.kind == "var" and t.name not in own)
        variables.update((t.name, t.sort) for t in free)
    names = Names(tuple(variables.items()))
    head = names.head(definitions)
    return Query(head, tuple(map(names.text, formulas)), tuple(map(names.text, goals)), names.table())


def _around_answer(problem: Problem) -> tuple[list[DefinedFunction], list[DefinedFunction]]:
    """Split the problem's definitions into those an answer may use, and those that use the answer."""
    found = {f.name for f in problem.functions}
    before, after = [], []
    for definition in problem.definitions:
        if any(t.kind == "app" and t.name in found for t in subterms(definition.body)):
            found.add(definition.name)
            after.append(definition)
        else:
            before.append(definition)
    return before, after


class Names:
    """Safe names for the variables, functions and parameters of one query."""

    def __init__(self, variables: Sequence[tuple[str, Sort]]) -> None:
        self._variables = {name: (f"v{i}", sort) for i, (name, sort) in enumerate(variables)}
        self._functions: dict[str, str] = {}

    def declare(self, function: SynthFunction) -> str:
        """Return the declaration of a function without a definition."""
        self._functions[function.name] = f"u{len(self._functions)}"
        sorts = " ".join(str(sort) for _, sort in function.parameters)
        return f"(declare-fun {self._functions[function.name]} ({sorts}) {function.sort})\n"

    def function(self, name: str) -> str:
        """Return the safe name of a function declared or defined before."""
        return self._functions[name]

    def head(self, functions: Iterable[DefinedFunction]) -> str:
        """Return the declarations of the variables, and the definitions of `functions`."""
        lines = [f"(declare-const {name} {sort})" for name, sort in self._variables.values()]
        for function in functions:
            self._functions[function.name] = f"f{len(self._functions)}"
            lines.append(print_definition(function, names=self._inside(function)))
        return "\n".join([*lines, ""])

    def text(self, term: Term) -> str:
        """Return a formula over the variables and functions."""
        return print_term(term, names=self._inside(None))

    def table(self) -> tuple[tuple[str, str, Sort], ...]:
        """Return the variables: (name, safe name, sort)."""
        return tuple((name, safe, sort) for name, (safe, sort) in self._variables.items())

    def _inside(self, function: DefinedFunction | None) -> Callable[[str], str]:
        parameters = {} if function is None else {n: f"p{i}" for i, (n, _) in enumerate(function.parameters)}

        def name(original: str) -> str:
            if original in parameters:
                return parameters[original]
            if original in self._variables:
                return self._variables[original][0]
            return self._functions[original]

        return name


def read_model(query: Query, reply: Mapping[str, Any]) -> Model:
    """Return the model of a worker's ``sat`` reply."""
    values = {
        name: read_value(value) for (name, _, _), value in zip(query.variables, reply["values"], strict=True)
    }
    by_zero = {
        # Z3 gives the divisor too in some versions; the dividend is first, the result last.
        name: (
            {int(read_value(row[0])): int(read_value(row[-1])) for row in table["entries"]},
            int(read_value(table["else"])),
        )
        for name, table in reply.get("by_zero", {}).items()
    }
    return Model(values, by_zero)


def read_value(data: Any) -> Value:
    """Return the value that a worker sent."""
    if isinstance(data, dict):
        return int(data["int"], 16)
    assert isinstance(data, bool | str)
    return data
